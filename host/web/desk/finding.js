/*
 * One finding as the terminal's own detail screen has it (features.md OQS-08,
 * BAT-09): every field that came, 前へ and 次へ through the list it was opened
 * from, insurance and 医療扶助 as a switch.
 */
import { pick, t } from "../common/text.js";
import { Button, Dialog, Icon, html, useState } from "../common/ui.js";
import { Moment } from "./consents.js";
import { useLoad } from "./load.js";
import { Born } from "./name.js";
import { ReferenceButton } from "./patient_reference.js";
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
	${row.status !== null && html`<div class="result-status"><${Status}
	    status=${row.status} />
		${pick(row.status.advice) !== "" && html`<p>
			${pick(row.status.advice)}</p>`}</div>`}
	${row.message !== null && html`<p class="why"><${Icon} name="info" />
		${row.message}</p>`}
	${data.records.length > 0 && html`<${Records}
	    records=${data.records} />`}
	<p class="hint">${pick(row.source_label)} <${Moment} at=${row.at} />
		${" "}${pick(row.state_label)}</p>`;
}

/* Steps through the list; the focus stays on the button, to press it again. */
function Steps({ at, last, onGo }) {
	return html`<div class="steps-of">
		<${Button} off=${at === 0} onPress=${() => onGo(at - 1)}>
			${t("desk.finding.before")}<//>
		<p role="status">${t("desk.finding.place", { n: at + 1,
			total: last + 1 })}</p>
		<${Button} off=${at === last} onPress=${() => onGo(at + 1)}>
			${t("desk.finding.after")}<//></div>`;
}

/* state: the dialog that takes it out of what waits, or back. */
const ASIDE = { new: "setAside", same: "setAside", set_aside: "back" };

/* id: which one first; ids: of the list it was opened from, none: no 前へ and
 * 次へ. */
export function Finding({ desk, id: first, ids = [] }) {
	const [id, setId] = useState(first);
	const load = useLoad(`/findings/${id}`);
	const at = ids.indexOf(id);
	const row = load.value?.row;
	const whose = (name) => () => desk.open(name, { id });
	const foot = html`${ids.length > 1 && at >= 0 && html`<${Steps} at=${at}
	    last=${ids.length - 1} onGo=${(to) => setId(ids[to])} />`}
	${desk.may.ledger && row?.outcome === "accepted" && html`
		${row.chart_number !== null && html`<${Button} onPress=${() =>
		    desk.open("patient", { chart: row.chart_number })}>
			${t("desk.action.patient")}<//>`}
		${row.chart_number === null ? html`<${Button}
		    onPress=${whose("assign")}>${t("desk.finding.assign")}<//>` :
		html`<${Button} onPress=${whose("unlink")}>
			${t("desk.finding.unlink")}<//>`}
		<${Button} onPress=${whose("compare")}>
			${t("desk.finding.compare")}<//>`}
	${desk.may.ledger && ASIDE[row?.state] && html`<${Button}
	    onPress=${whose(ASIDE[row.state])}>
		${t(`desk.finding.${ASIDE[row.state]}`)}<//>`}
	<${Button} kind="main" onPress=${desk.close}>${t("desk.close")}<//>`;

	return html`<${Dialog} class="wide result" actions=${foot}
	    title=${t("desk.finding.title")} onClose=${desk.close}>
		<div class="read" role="region" tabindex="0" key=${id}
		    aria-label=${t("desk.finding.title")}>
			<${Trouble} problem=${load.problem}>
				<${Button} onPress=${load.reload}>
					${t("desk.again")}<//><//>
			${load.value === null ? load.problem === null &&
			    html`<p>${t("desk.loading")}</p>` :
			    html`<${Body} finding=${load.value} />
			${desk.may.ledger && row.chart_number !== null &&
			    row.outcome === "accepted" && html`
			<${ReferenceButton} desk=${desk} finding=${id}
			    onBack=${() => desk.open("finding", { id, ids })}
			    onDone=${(said) => desk.open("patient",
				{ chart: row.chart_number, said })} />`}`}
		</div><//>`;
}
