/*
 * A visit that was made without a network and brought here later: when, by
 * whom, on which device, and what its evidence is worth.
 */
import { clock, longDate } from "../common/date.js";
import { t } from "../common/text.js";
import { Icon, html } from "../common/ui.js";
import { dayOf } from "./day.js";
import { evidenceOf } from "./evidence.js";
import { modeText } from "./name.js";

const stampOf = (at) => `${longDate(dayOf(Date.parse(at)))} ${clock(at)}`;

function factsOf(visit) {
	const at = visit.identity?.proof?.at;

	return [["device", visit.filed.device],
	    ["made", at && stampOf(at)],
	    [visit.mode === "home" ? "arrived" : "scanned",
		stampOf(visit.filed.at)],
	    ["staff", visit.staff],
	    ["reason", visit.reason && t(`desk.reason.${visit.reason}`)],
	].filter(([, value]) => value);
}

/* A device's word gets no mark of ours. */
function Evidence({ who, words }) {
	const looks = (holds) => !holds ? ["warn", "warn"] :
	    who === "agent" ? ["good", "valid"] : ["said", "info"];

	return html`<div class="evidence" data-by=${who}>
		<dt>${t(`desk.filed.by_${who}`)}</dt>
		${words.map(([word, holds]) => {
			const [tone, icon] = looks(holds);

			return html`<dd key=${word} class=${tone}>
				<${Icon} name=${icon} />
				<span>${t(`desk.evidence.${word}`)}</span></dd>`;
		})}</div>`;
}

export function Filed({ visit }) {
	if (!visit.filed)
		return null;
	return html`<section class="filed" aria-labelledby="filed-title">
		<h3 id="filed-title"><${Icon}
		    name=${visit.mode === "home" ? "offline" : "staff"} />
			${modeText(visit)}
			${visit.mode === "home" && html`<span class="filed-method">
				${t("desk.filed.method", { method:
				    t(`desk.mode.${visit.method}`) })}</span>`}</h3>
		<dl>${factsOf(visit).map(([name, value]) => html`<div
		    key=${name}><dt>${t(`desk.filed.${name}`)}</dt>
			<dd>${value}</dd></div>`)}
			${evidenceOf(visit.identity).map(([who, words]) =>
			    html`<${Evidence} key=${who} who=${who}
				words=${words} />`)}</dl>
	</section>`;
}
