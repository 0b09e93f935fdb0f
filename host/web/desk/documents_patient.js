/*
 * How far a patient's drug and check-up information has come, and asking for
 * it while the consent stands.  Nothing here says that there is none: what was
 * not asked for, or not delivered, is not "no drugs" (features.md BAT-13).
 */
import { pick, t } from "../common/text.js";
import { Button, Dialog, Field, html, Icon, useEvents, useState }
	from "../common/ui.js";
import { readMonth } from "./birthdate.js";
import { useFlock } from "./checks.js";
import { Moment } from "./consents.js";
import { formText, monthsText } from "./documents.js";
import { useLoad } from "./load.js";
import { queryText } from "./paged.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";

/* state: icon, tone */
const LOOKS = {
	none_asked: ["info", "plain"], asked: ["wait", "info"],
	not_consented: ["stop", "warn"], ended: ["ended", "warn"],
	delivered: ["valid", "good"], refused: ["alert", "bad"],
};

/* The consent that lets this kind be asked for; null: none stands now. */
export const grantFor = (consents, kind) => consents.find((grant) =>
    grant.item === kind && grant.valid) ?? null;

/* Why it may not be asked for, for people. */
const whyNot = (consents, kind) => t(consents.some((grant) =>
    grant.item === kind && grant.ended) ? "desk.documents.ended" :
    "desk.documents.not_consented");

function State({ standing }) {
	const [icon, tone] = LOOKS[standing.state];

	return html`<div class="status ${tone}"><${Icon} name=${icon} />
		<div class="status-text"><span class="status-word">
			${pick(standing.text)}</span>
		${standing.at !== null && html`<span class="status-date">
			<${Moment} at=${standing.at} short /></span>`}
		${standing.message !== null && html`<span class="status-date">
			${standing.message}</span>`}</div></div>`;
}

function Standing({ desk, patient, standing, back }) {
	const grant = grantFor(patient.consents, standing.kind);
	const why = `document-why-${standing.kind}`;

	return html`<tr><th scope="row">${pick(standing.label)}</th>
		<td><${State} standing=${standing} /></td>
		<td><${Button} off=${grant === null} aria-describedby=${why}
		    onPress=${() => { desk.open("documentAsk", { patient,
			kind: standing.kind, label: standing.label,
			onDone: back, onBack: () => back() }); }}>
			${t("desk.documents.ask")}<//>
			<p class="hint" id=${why}>${grant === null ?
			    whyNot(patient.consents, standing.kind) :
			    grant.ends_at !== null && html`
				${t("desk.documents.until")}<${Moment}
				    at=${grant.ends_at} short />`}</p></td></tr>`;
}

function Kept({ desk, row, back }) {
	return html`<li><b>${pick(row.label)}</b> <span>${formText(row)}</span>
		${row.from !== null && html`<span>${monthsText(row)}</span>`}
		<span class="hint">
		${t("desk.documents.expires")}<${Moment} at=${row.expires_at}
		    short /></span>
		${desk.may.documents && html`<${Button} onPress=${() => {
			desk.open("document", { document: row,
			    onBack: () => back() }); }}>
			${t("desk.action.open")}<//>`}</li>`;
}

/* back: what opens the patient again. */
export function PatientDocuments({ desk, patient, back }) {
	const load = useLoad(`/documents?${queryText({
	    chart_number: patient.chart_number })}`);
	const soon = useFlock(load.reload);
	const { standings = [], documents = [], total = 0 } = load.value ?? {};

	/* Asked for by a job: it is asked when the job's part is. */
	useEvents(({ type }) => ["document", "job"].includes(type) && soon());
	return html`<section class="result-group"
	    aria-labelledby="patient-documents">
		<h3 id="patient-documents">${t("desk.documents.title")}</h3>
		<${Trouble} problem=${load.problem} />
		<table class="facts"><tbody>${standings.map((standing) =>
		    html`<${Standing} key=${standing.kind} desk=${desk}
			patient=${patient} standing=${standing}
			back=${back} />`)}</tbody></table>
		${total > 0 && html`<p>${t("desk.documents.kept", { total,
		    n: documents.length })}</p><ul class="facts">
			${documents.map((row) => html`<${Kept} key=${row.id}
			    desk=${desk} row=${row} back=${back} />`)}</ul>`}
	</section>`;
}

/* What is shown in the page first. */
const FORMS = ["xml", "pdf"];
export function DocumentAsk({ desk, patient, kind, label, onDone, onBack }) {
	const [form, setForm] = useState("xml");
	const [treatments, setTreatments] = useState(false);
	const [months, setMonths] = useState({ from: "", to: "" });
	const [wrong, setWrong] = useState(null);
	const { problem, send } = useSend();

	async function ask() {
		const staff = desk.staff.trim();
		const read = Object.entries(months).map(([name, value]) =>
		    [name, value.trim() === "" ? "" : readMonth(value)]);
		const field = read.find(([, value]) => value === null)?.[0] ??
		    (staff === "" ? "staff" : null);

		setWrong(field);
		if (field !== null)
			return;
		const got = await send("/documents", { kind, form, staff,
		    chart_number: patient.chart_number,
		    ...(kind === "drug" ? { treatments, ...Object.fromEntries(
			read.filter(([, value]) => value !== "")) } : {}) });

		if (got !== null)
			onDone(pick(got.text));
	}

	return html`<${Dialog} title=${t("desk.documents.ask_title",
	    { kind: pick(label) })} onClose=${onBack} actions=${html`
		<${Button} onPress=${onBack}>${t("desk.match.cancel")}<//>
		<${Button} kind="main" onPress=${ask}>
			${t("desk.documents.ask")}<//>`}>
		<p class="hint">${t("desk.documents.who_reads")}</p>
		<fieldset class="choices"><legend>${t("desk.documents.form")}
			</legend>${FORMS.map((word) => html`<label key=${word}>
			<input type="radio" name="form" checked=${word === form}
			    onChange=${() => setForm(word)} />
			${t(`desk.documents.way.${word}`)}</label>`)}</fieldset>
		${kind === "drug" && html`<div class="conditions">
			${["from", "to"].map((name) => html`<${Field} key=${name}
			    id=${`document-${name}`} maxlength="10"
			    label=${t(`desk.documents.${name}`)}
			    value=${months[name]}
			    wrong=${wrong === name ? t("desk.history.wrong") :
				null}
			    onInput=${(event) => setMonths({ ...months,
				[name]: event.target.value })} />`)}</div>
		<label class="tick-line"><input type="checkbox"
		    checked=${treatments}
		    onChange=${() => setTreatments(!treatments)} />
			${t("desk.documents.treatments")}</label>`}
		<${Staff} desk=${desk} wrong=${wrong === "staff"} />
		<${Trouble} problem=${problem} /><//>`;
}
