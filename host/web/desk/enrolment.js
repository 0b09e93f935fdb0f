/*
 * A one-time code with which a client's page gets its token, and its QR code
 * for a phone.  Both leave the page when they expire or the dialog closes.
 */
import { clock } from "../common/date.js";
import { t } from "../common/text.js";
import { Banner, Button, Choice, Dialog, html, useEffect, useState }
	from "../common/ui.js";
import { useLoad } from "./load.js";
import { Qr } from "./qr.js";
import { useSend } from "./send.js";
import { Trouble } from "./trouble.js";

/* The code, until it has expired by the agent's clock. */
function useCode(skew) {
	const [code, setCode] = useState(null);

	useEffect(() => {
		if (code === null || code.over)
			return undefined;
		const ms = Date.parse(code.expires_at) - Date.now() - skew;
		const timer = setTimeout(() => setCode({ client: code.client,
		    over: true }), Math.max(0, ms));

		return () => clearTimeout(timer);
	}, [code, skew]);
	return [code, setCode];
}

function Code({ code, home }) {
	if (code.over)
		return html`<${Banner} kind="warn"
		    title=${t("desk.enrolment.over")} />`;
	return html`<div class="code-sheet" role="status">
		${home && html`<${Qr} rows=${code.qr}
		    label=${t("desk.enrolment.qr", { client: code.client })} />`}
		<div><p>${t(home ? "desk.enrolment.how_home" :
			"desk.enrolment.how")}</p>
			<p class="code-label">${t("desk.enrolment.code")}</p>
			<p class="big-code">${code.code}</p>
			<p>${t("desk.enrolment.until",
			    { time: clock(code.expires_at) })}</p>
			<p class="hint">${t("desk.enrolment.once")}</p></div>
	</div>`;
}

/* client: its name, or null to choose one of the home clients. */
export function Enrolment({ client, skew, onClose }) {
	const clients = useLoad("/clients");
	const [chosen, setChosen] = useState(client);
	const [code, setCode] = useCode(skew);
	const { problem, send } = useSend();
	const all = clients.value?.clients ?? [];
	const homes = all.filter((c) => c.home);
	const home = all.find((c) => c.name === chosen)?.home ?? false;

	async function issue() {
		const answer = await send(`/clients/${chosen}/enrolment`);

		if (answer !== null)
			setCode(answer);
	}

	const foot = html`<${Button} onPress=${onClose}>${t("desk.close")}<//>
	${(code === null || code.over) && html`<${Button} kind="main"
	    off=${chosen === null} onPress=${issue}>
		${t("desk.enrolment.issue")}<//>`}`;

	return html`<${Dialog} class="enrolment" onClose=${onClose}
	    title=${t(client === null ? "desk.enrolment.title" :
		"desk.enrolment.title_of", { client })} actions=${foot}>
		<${Trouble} problem=${clients.problem} />
		${code === null && client === null && clients.value !== null &&
		(homes.length === 0 ? html`<${Banner} kind="warn"
		    title=${t("desk.enrolment.none")}>
			<p>${t("desk.enrolment.none_next")}</p><//>` :
		html`<${Choice} name="client" value=${chosen}
		    label=${t("desk.enrolment.which")} onChange=${setChosen}
		    rows=${homes.map((c) => [c.name, html`<b>${c.name}</b>${" "}
			<span class="hint">${t(c.enrolled ?
			    "desk.client.enrolled" : "desk.client.new")}
			</span>`])} />`)}
		${code === null && html`<p class="hint">
			${t("desk.enrolment.warning")}</p>`}
		${code !== null && html`<${Code} code=${code} home=${home} />`}
		<${Trouble} problem=${problem} />
	<//>`;
}
