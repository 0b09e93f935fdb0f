/* Where we are, whether it is the real thing, and whether it is connected. */
import { clock, longDate } from "../common/date.js";
import { lang, setLang, t } from "../common/text.js";
import { Button, Icon, html, useEffect, useState } from "../common/ui.js";
import { dayOf } from "./day.js";

const TICK_MS = 1000;

/* The agent's clock as far as we know it: skew is its lead in ms. */
export function useMinute(skew) {
	const minute = () => Math.floor((Date.now() + skew) / 60e3) * 60e3;
	const [now, setNow] = useState(minute);

	useEffect(() => {
		const timer = setInterval(() => setNow(minute), TICK_MS);

		setNow(minute);
		return () => clearInterval(timer);
	}, [skew]);
	return now;
}

function Clock({ skew }) {
	const now = useMinute(skew);

	return html`<p class="clock"><span>${longDate(dayOf(now))}</span>
		<time>${clock(now)}</time></p>`;
}

function Link({ state }) {
	const live = state !== "offline";

	return html`<p class="link ${live ? "good" : "bad"}" role="status">
		<${Icon} name=${live ? "link" : "offline"} />
		${t(`desk.link.${state}`)}</p>`;
}

function TestBanner() {
	return html`<p class="test-banner"><${Icon} name="warn" />
		<b>${t("desk.test.title")}</b> ${t("desk.test.text")}</p>`;
}

export function Header({ client, skew, link, onDevice }) {
	return html`<header><div class="header">
		<h1>${t("desk.title")}</h1>
		<p class="institution">${t("desk.institution")}
			<b>${client.institution_code}</b>${" "}
			<span class="environment">${t(client.test_mode ?
			    "desk.environment.test" :
			    "desk.environment.production")}</span></p>
		<${Link} state=${link} />
		<${Clock} skew=${skew} />
		<${Button} kind="quiet" icon="globe"
		    lang=${lang() === "ja" ? "en" : "ja"}
		    onPress=${() => setLang(lang() === "ja" ? "en" : "ja")}>
			${t("desk.other_language")}<//>
		<${Button} kind="quiet" icon="gear" onPress=${onDevice}>
			${t("desk.device.open")}<//>
	</div>${client.test_mode && html`<${TestBanner} />`}</header>`;
}
