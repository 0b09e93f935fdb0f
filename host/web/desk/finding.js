/*
 * One finding as the terminal's own detail screen has it (features.md OQS-08,
 * BAT-09): every field that came, 前へ and 次へ through the list it was opened
 * from, insurance and 医療扶助 as a switch.
 */
import { pick, t } from "../common/text.js";
import { Button, Dialog, Icon, html } from "../common/ui.js";
import { Moment } from "./consents.js";
import { useLoad } from "./load.js";
import { Born } from "./name.js";
import { Records } from "./result.js";
import { Status } from "./status.js";
import { Trouble } from "./trouble.js";

/* Whose it is, and where that stands open what to do. */
function Linked({ row }) {
	return html`<p class="result-person">
		<span class="name">${row.patient?.name ?? (row.name ||
		    t("desk.row.nobody"))}</span>
		<span class="kana">${row.kana}</span>
		${row.birthdate !== null && html`<span><${Born}
		    date=${row.birthdate} />${row.age !== null &&
			` ${t("desk.row.age", { n: row.age })}`}</span>`}
		<span>${row.chart_number === null ? pick(row.link_label) :
		    t("desk.result.chart", { n: row.chart_number })}</span>
		<span>${t("desk.result.reference", { n: row.reference_number ??
			t("desk.result.unregistered") })}</span></p>
	${pick(row.link_advice) !== "" && html`<p class="why"><${Icon}
	    name="warn" />${pick(row.link_advice)}</p>`}`;
}

function Body({ finding }) {
	const { row, data } = finding;

	return html`<${Linked} row=${row} />
	<div class="result-status"><${Status} status=${row.status} />
		${pick(row.status.advice) !== "" && html`<p>
			${pick(row.status.advice)}</p>`}</div>
	${row.message !== null && html`<p class="why"><${Icon} name="info" />
		${row.message}</p>`}
	${data.records.length > 0 && html`<${Records}
	    records=${data.records} />`}
	<p class="hint">${pick(row.source_label)} <${Moment} at=${row.at} />
		${" "}${pick(row.state_label)}</p>`;
}

/* ids: of the list it was opened from, none: no 前へ and 次へ. */
export function Finding({ desk, id, ids = [] }) {
	const load = useLoad(`/findings/${id}`);
	const at = ids.indexOf(id);
	const go = (n) => desk.open("finding", { id: ids[at + n], ids });
	const foot = html`${ids.length > 1 && html`
		<${Button} off=${at <= 0} onPress=${() => go(-1)}>
			${t("desk.finding.before")}<//>
		<${Button} off=${at >= ids.length - 1} onPress=${() => go(1)}>
			${t("desk.finding.after")}<//>`}
	${desk.may.ledger && load.value?.row.outcome === "accepted" && html`
		<${Button} onPress=${() => desk.open("assign", { id })}>
			${t("desk.finding.assign")}<//>
		<${Button} onPress=${() => desk.open("compare", { id })}>
			${t("desk.finding.compare")}<//>`}
	<${Button} kind="main" onPress=${desk.close}>${t("desk.close")}<//>`;

	return html`<${Dialog} class="wide result" actions=${foot}
	    title=${t("desk.finding.title")} onClose=${desk.close}>
		<div class="read" role="region" tabindex="0"
		    aria-label=${t("desk.finding.title")}>
			<${Trouble} problem=${load.problem}>
				<${Button} onPress=${load.reload}>
					${t("desk.again")}<//><//>
			${load.value === null ? load.problem === null &&
			    html`<p>${t("desk.loading")}</p>` :
			    html`<${Body} finding=${load.value} />`}
		</div><//>`;
}
