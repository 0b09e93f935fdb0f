/*
 * One patient with everything the register has: 保険 with its history as 過1,
 * 過2 …, consents with their ends, imports, 照会番号, 保険証確認日, documents;
 * and what can be done about it.
 */
import { longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Banner, Button, Dialog, html, useEvents } from "../common/ui.js";
import { useFlock } from "./checks.js";
import { Moment, Standing } from "./consents.js";
import { PatientDocuments } from "./documents_patient.js";
import { KeyButton, useKeys } from "./keys.js";
import { useLoad } from "./load.js";
import { Born, Name } from "./name.js";
import { queryText } from "./paged.js";
import { named } from "./patient_fields.js";
import { PatientReference } from "./patient_reference.js";
import { Trouble } from "./trouble.js";

export function spanText(row) {
	const from = row.valid_from === null ? "" : longDate(row.valid_from);
	const until = row.valid_until === null ? "" :
	    longDate(row.valid_until);

	if (from === "" && until === "")
		return t("desk.patient.span_none");
	return t("desk.patient.span", { from, until });
}

/* The code stands beside what it means. */
function valueText(field) {
	const text = field.text === null ? "" : pick(field.text);

	return text === "" || text === field.value ? field.value : text;
}

function Lines({ lines }) {
	return html`<dl>${lines.map(([name, label, value]) => html`<div
	    key=${name}><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function Coverage({ row }) {
	return html`<${Lines} lines=${row.fields.filter((f) => f.value !== "")
	    .map((f) => [f.name, pick(f.label), html`<span
		title=${f.value}>${valueText(f)}</span>`])} />`;
}

/* What is past is folded away, and still there. */
function Coverages({ group }) {
	const id = `patient-${group.kind}`;

	return html`<section class="result-group" aria-labelledby=${id}>
		<h3 id=${id}>${pick(group.label)}</h3>
		${group.rows.map(({ row, past, coming }) => past === 0 ? html`<div
		    key=${row.id}><p><b>${t(coming ? "desk.patient.coming" :
			"desk.patient.current")}</b>${" "}
			${spanText(row)}</p>
			<${Coverage} row=${row} /></div>` : html`<details
		    key=${row.id} class="past"><summary>
			<b>${t("desk.patient.past", { n: past })}</b>${" "}
			${spanText(row)}</summary>
			<${Coverage} row=${row} /></details>`)}
	</section>`;
}

const BASIC = ["post_number", "address"];
/* While there is no coverage that says it. */
const INSURANCE = ["insurer_number", "insured_card_symbol",
	"insured_identification_number", "insured_branch_number"];

function Basic({ patient }) {
	const value = (name) => patient[name] || "—";
	const names = patient.coverages.some((row) => row.kind ===
	    "insurance") ? BASIC : [...BASIC, ...INSURANCE];

	return html`<section class="result-group"
	    aria-labelledby="patient-basic">
		<h3 id="patient-basic">${t("desk.patient.basic")}</h3>
		<${Lines} lines=${[
		    ["confirmed", t("desk.patient.confirmed_on"),
			patient.confirmed_on === null ? "—" :
			    html`<${Born} date=${patient.confirmed_on} />`],
		    ["reference", t("desk.patient.reference"),
			patient.reference_number ??
			    t("desk.result.unregistered")],
		    ...names.map((name) => [name, t(`desk.patient.${name}`),
			value(name)])]} /></section>`;
}

function Consents({ rows }) {
	return html`<section class="result-group"
	    aria-labelledby="patient-consents">
		<h3 id="patient-consents">${t("desk.patient.consents")}</h3>
		${rows.length === 0 ? html`<p class="hint">
			${t("desk.patient.no_consents")}</p>` : html`<table
		    class="facts"><thead><tr>
			${["item", "care", "standing", "until"].map((name) =>
			    html`<th key=${name} scope="col">
				${t(`desk.column.${name}`)}</th>`)}</tr></thead>
			<tbody>${rows.map((row) => html`<tr
			    key=${`${row.finding} ${row.item} ${row.care}`}>
				<th scope="row">${pick(row.label)}</th>
				<td>${pick(row.care_label)}</td>
				<td><${Standing} row=${row} /></td>
				<td><${Moment} at=${row.ends_at} short /></td>
			</tr>`)}</tbody></table>`}</section>`;
}

function Imports({ desk, patient, back }) {
	const { imports, imports_total: total } = patient;

	return html`<section class="result-group"
	    aria-labelledby="patient-imports">
		<h3 id="patient-imports">${t("desk.patient.imports", {
		    total, n: imports.length })}</h3>
		<ul class="facts">${imports.map((row) => html`<li key=${row.id}>
			<${Moment} at=${row.at} short /> ${pick(row.label)}
			<span class="hint">${pick(row.state_label)}
				${" "}${row.staff}</span>
			${desk.may.ledger && html`<${Button}
			    onPress=${() => { desk.open("imported", {
				id: row.id, onDone: back }); }}>
				${t("desk.action.detail")}<//>`}</li>`)}</ul>
	</section>`;
}

export function PatientHead({ patient }) {
	return html`<p class="result-person"><${Name} patient=${patient} />
		<span>${t("desk.result.chart", { n: patient.chart_number })}
		</span><span>${patient.sex && t(`desk.sex.${patient.sex}`)}
			${" "}<${Born} date=${patient.birthdate} />${" "}
			${t("desk.row.age", { n: patient.age })}</span>
		<span>${t("desk.result.reference", { n:
			patient.reference_number ??
			t("desk.result.unregistered") })}</span></p>`;
}

/* chart: whose; said: what was done last, in a dialog that led back here;
 * warnings: of the register, about what was just saved. */
export function Patient({ desk, chart, said = null, warnings = [] }) {
	const load = useLoad(`/patient?${queryText({ chart_number: chart })}`);
	const soon = useFlock(load.reload);
	const patient = load.value;
	const back = (what) => { desk.open("patient", { chart,
	    said: typeof what === "string" ? what : null }); };
	const go = (name, more = {}) => () => { desk.open(name, { chart,
	    patient, onBack: () => back(), onDone: (told) => {
		back(told);
		return false;
	    }, ...more }); };
	const confirm = go("patientConfirm");

	useEvents(({ type }) => ["import", "finding", "document", "job"]
	    .includes(type) && soon());
	useKeys({ F4: confirm }, desk.may.ledger && patient !== null);

	const foot = html`${desk.may.ledger && patient !== null && html`
		<${Button} onPress=${go("checkOne", { onDone: () => {
			back(t("desk.checks.asked_one"));
			return false;
		} })}>${t("desk.checks.one")}<//>
		<${KeyButton} name="F4" onPress=${confirm}>
			${t("desk.patient.confirm")}<//>
		<${Button} onPress=${go("patientEdit")}>
			${t("desk.patient.edit")}<//>
		${patient.reference_number !== null && html`<${Button}
		    kind="danger" onPress=${go("patientUnlink")}>
			${t("desk.patient.unlink")}<//>`}`}
	<${Button} kind="main" onPress=${desk.close}>${t("desk.close")}<//>`;

	return html`<${Dialog} class="wide result" actions=${foot}
	    title=${t("desk.patient.title")} onClose=${desk.close}>
		<div class="read" role="region" tabindex="0"
		    aria-label=${t("desk.patient.title")}>
			<p class=${said === null ? "" : "said"} role="status">
				${said}</p>
			${warnings.length > 0 && html`<${Banner} kind="warn"
			    title=${t("desk.patient.warnings")}><ul>
				${warnings.map((w) => html`<li key=${w.field}>
					${t(`desk.patient.${w.field}`)}：${w.text}
				</li>`)}</ul>
				<p>${t("desk.patient.warnings_next")}</p><//>`}
			<${Trouble} problem=${load.problem}>
				<${Button} onPress=${load.reload}>
					${t("desk.again")}<//><//>
			${patient === null ? load.problem === null &&
			    html`<p>${t("desk.loading")}</p>` : html`
			<${PatientHead} patient=${patient} />
			${desk.may.ledger && html`<${PatientReference}
			    desk=${desk} patient=${patient} onDone=${back} />`}
			<div class="result-groups"><${Basic} patient=${patient} />
				${named(patient.coverages,
				    desk.today).map((group) => html`
				<${Coverages} key=${group.kind}
				    group=${group} />`)}</div>
			<${PatientDocuments} desk=${desk} patient=${patient}
			    back=${back} />
			<${Consents} rows=${patient.consents} />
			<${Imports} desk=${desk} patient=${patient}
			    back=${back} />`}
		</div><//>`;
}
