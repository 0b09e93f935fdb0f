/*
 * The dialogs of the desk by name.  Each gets the desk (site, may, staff,
 * open, close, put) and what it was opened with.
 */
import { t } from "../common/text.js";
import { Button, Dialog, html, useEffect } from "../common/ui.js";
import { Ask } from "./ask.js";
import { Assign } from "./assign.js";
import { Cancel } from "./cancel.js";
import { CheckMany, CheckOne } from "./checks_ask.js";
import { Clients } from "./clients.js";
import { Compare } from "./compare.js";
import { Device } from "./device.js";
import { Devices } from "./devices.js";
import { DocumentAsk } from "./documents_patient.js";
import { DocumentView } from "./documents_view.js";
import { Enrolment } from "./enrolment.js";
import { Fallback } from "./fallback.js";
import { Finding } from "./finding.js";
import { useIdle } from "./idle.js";
import { ImportAll, Imported } from "./import_dialogs.js";
import { CancelJob, Csv, HandOver, RetryJob } from "./job_dialogs.js";
import { useLoad } from "./load.js";
import { Match } from "./match.js";
import { Passcodes } from "./passcodes.js";
import { Patient } from "./patient.js";
import { Confirm, Unlink as UnlinkPatient } from "./patient_dialogs.js";
import { PatientEdit } from "./patient_edit.js";
import { RegisterReference } from "./patient_reference.js";
import { personOf, personOfIdentity } from "./person.js";
import { Reception } from "./reception.js";
import { Report } from "./report.js";
import { ResultView } from "./result.js";
import { Side } from "./side.js";
import { Slip } from "./slip.js";
import { Trouble } from "./trouble.js";
import { Return, SetAside, Unlink } from "./unlink.js";

/* Design rule R23: a patient's dialog nobody reads closes. */
const IDLE_MS = 3 * 60e3;

/* Closes the desk's dialog when it was left alone. */
function Fading({ desk, children }) {
	const [idle] = useIdle(IDLE_MS);

	useEffect(() => {
		if (idle)
			desk.close();
	}, [idle]);
	return children;
}

/* What the card said is asked for when the dialog opens, not before. */
function MatchVisit({ desk, row }) {
	const visit = useLoad(`/visits/${row.id}`);

	if (visit.value !== null)
		return html`<${Match} desk=${desk} subject=${{
			path: `/visits/${row.id}/patient`,
			source: row.mode === "slip" ? "slip" : "card",
			person: personOfIdentity(visit.value.identity),
			given: [], why: visit.value.error, row,
			visit: visit.value }} />`;
	return html`<${Dialog} title=${t("desk.match.title")}
	    onClose=${desk.close} actions=${html`<${Button}
	    onPress=${desk.close}>${t("desk.close")}<//>`}>
		${visit.problem === null && html`<p>${t("desk.loading")}</p>`}
		<${Trouble} problem=${visit.problem}>
			<${Button} onPress=${visit.reload}>${t("desk.again")}<//>
		<//><//>`;
}

const matchResult = (desk, { row }) => html`<${Match} desk=${desk}
    subject=${{ path: `/results/${row.result}/patient`, source: "face",
	person: personOf(row), given: row.candidates, why: row.why }} />`;

const side = (desk) => html`<${Dialog} class="wide"
    title=${t("desk.side.title")} onClose=${desk.close}
    actions=${html`<${Button} onPress=${desk.close}>
	${t("desk.close")}<//>`}><${Side} site=${desk.site} today=${desk.today}
    onBind=${(row) => desk.open("matchResult", { row })} /><//>`;

const result = (desk, { row }) => html`<${ResultView} id=${row.id}
    may=${desk.may} onCancel=${(visit) => desk.open("cancel", { row: visit })}
    onFallback=${(visit) => desk.open("fallback", { visit })}
    onClose=${desk.close} />`;

/* A dialog of a patient's that takes what it was opened with. */
const personal = (Part) => [(desk, { name, turn, ...what }) => html`<${Part}
    key=${turn} desk=${desk} ...${what} />`, true];

/* name: [dialog, whether a patient's data is in it] */
const DIALOGS = {
	match: [(desk, { row }) => html`<${MatchVisit} desk=${desk}
	    row=${row} />`, true],
	matchResult: [matchResult, true],
	result: [result, true],
	ask: [(desk, { chosen, onDone }) => html`<${Ask} desk=${desk}
	    chosen=${chosen} onDone=${onDone} />`, true],
	cancelJob: [(desk, { job, onDone }) => html`<${CancelJob} desk=${desk}
	    job=${job} onDone=${onDone} />`],
	retryJob: [(desk, { job, onDone }) => html`<${RetryJob} desk=${desk}
	    job=${job} onDone=${onDone} />`],
	handOver: [(desk, { job, findings, onDone }) => html`<${HandOver}
	    desk=${desk} job=${job} findings=${findings} onDone=${onDone} />`],
	csv: [(desk, { job, query }) => html`<${Csv} desk=${desk} job=${job}
	    query=${query} />`],
	assign: [(desk, { id, onDone }) => html`<${Assign} desk=${desk} id=${id}
	    onDone=${onDone} />`, true],
	unlink: [(desk, { id }) => html`<${Unlink} desk=${desk} id=${id} />`],
	setAside: [(desk, { id }) => html`<${SetAside} desk=${desk}
	    id=${id} />`],
	back: [(desk, { id }) => html`<${Return} desk=${desk} id=${id} />`],
	compare: [(desk, { id, chart, onDone }) => html`<${Compare}
	    desk=${desk} id=${id} chart=${chart} onDone=${onDone} />`, true],
	importAll: [(desk, { ids, onDone }) => html`<${ImportAll} desk=${desk}
	    ids=${ids} onDone=${onDone} />`],
	imported: [(desk, { id, onDone }) => html`<${Imported} desk=${desk}
	    id=${id} onDone=${onDone} />`, true],
	report: [(desk, { batch }) => html`<${Report} desk=${desk}
	    batch=${batch} />`, true],
	finding: [(desk, { id, ids }) => html`<${Finding} desk=${desk} id=${id}
	    ids=${ids} />`, true],
	patient: personal(Patient),
	patientEdit: personal(PatientEdit),
	patientConfirm: personal(Confirm),
	patientUnlink: personal(UnlinkPatient),
	patientReference: personal(RegisterReference),
	checkOne: personal(CheckOne),
	checkMany: personal(CheckMany),
	documentAsk: personal(DocumentAsk),
	document: personal(DocumentView),
	fallback: [(desk, { visit }) => html`<${Fallback} desk=${desk}
	    visit=${visit} />`],
	cancel: [(desk, { row }) => html`<${Cancel} row=${row}
	    onClose=${desk.close} onDone=${desk.done("desk.done.cancel")} />`,
	    true],
	receive: [(desk) => html`<${Reception} onClose=${desk.close}
	    readers=${desk.site.health.value?.readers ?? []}
	    onDone=${desk.done("desk.done.receive")} />`, true],
	side: [side, true],
	slip: [(desk) => html`<${Slip} onClose=${desk.close}
	    onMatch=${(row) => desk.open("match", { row })} />`, true],
	enrolment: [(desk, { client = null }) => html`<${Enrolment}
	    client=${client} skew=${desk.site.skew} onClose=${desk.close} />`],
	clients: [(desk) => html`<${Clients} onClose=${desk.close}
	    onEnrol=${(client) => desk.open("enrolment", { client })} />`],
	devices: [(desk) => html`<${Devices} onClose=${desk.close} />`],
	passcodes: [(desk) => html`<${Passcodes} onClose=${desk.close} />`],
	device: [(desk) => html`<${Device} client=${desk.client}
	    onClose=${desk.close} />`],
};

/* shown: {name, …} as it was opened, or null. */
export function OpenDialog({ desk, shown }) {
	if (shown === null)
		return null;
	const [dialog, fades = false] = DIALOGS[shown.name];

	return fades ? html`<${Fading} key=${shown.turn} desk=${desk}>
		${dialog(desk, shown)}<//>` : dialog(desk, shown);
}
