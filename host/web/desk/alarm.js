/*
 * What concerns the whole site, in one band: what, since when, what to do,
 * and the code to read to the help desk.  While it stands the patients' own
 * errors are quiet.
 */
import { clock, longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Icon, html } from "../common/ui.js";
import { dayOf } from "./day.js";

function since(at, today) {
	const day = dayOf(Date.parse(at));

	return t("desk.since", { time: day === today ? clock(at) :
	    `${longDate(day)} ${clock(at)}` });
}

export function Alarms({ alarms, today }) {
	return html`<div class="alarms" role="alert">
		${alarms.map((a) => html`<section key=${a.code} class="alarm">
			<${Icon} name="stop" />
			<p class="alarm-text"><strong>${pick(a.text)}</strong>
				<span>${since(a.since, today)}</span></p>
			<p class="alarm-next">${pick(a.next)}</p>
			<p class="alarm-code">${t("desk.code.help")}
				<code>${a.code}</code></p>
		</section>`)}</div>`;
}
