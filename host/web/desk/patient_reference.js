/*
 * 特健・薬剤等を取得する: the monthly confirmation when nothing changed and the
 * reference number is not registered (features.md DEN-19 (1)); afterwards it
 * is gone (DEN-20).  Which case it is, the agent says.
 */
import { pick, t } from "../common/text.js";
import { Button, Dialog, html, Icon, useState } from "../common/ui.js";
import { useLoad } from "./load.js";
import { queryText } from "./paged.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";

/* Whether the button stands there, for a comparison. */
export const isUnregistered = (comparison) =>
	comparison?.suggestion.confirm === "reference";

/* finding: whose comparison decides; null: there is none. */
export function ReferenceButton({ desk, finding, onDone, onBack }) {
	const load = useLoad(finding === null ? null :
	    `/findings/${finding}/comparison`);

	if (!isUnregistered(load.value))
		return null;
	return html`<p class="why"><${Icon} name="info" />
		${pick(load.value.suggestion.why)}
		<${Button} onPress=${() => { desk.open("patientReference", {
		    finding, chart: load.value.chart_number, onDone, onBack,
		    given: load.value.reference.theirs !== null }); }}>
			${t("desk.patient.fetch")}<//></p>`;
}

/* By the newest answer that is the patient's. */
export function PatientReference({ desk, patient, onDone }) {
	const registered = patient.reference_number !== null;
	const load = useLoad(registered ? null : `/findings?${queryText({
	    chart_number: patient.chart_number, outcome: "accepted",
	    limit: 1 })}`);
	const newest = load.value?.findings[0] ?? null;

	return registered ? null : html`<${ReferenceButton} desk=${desk}
	    finding=${newest?.id ?? null} onDone=${onDone}
	    onBack=${() => onDone()} />`;
}

/*
 * given: the answer brought a number, which is taken over; without one ours is
 * asked to be registered, and comes with the next check.
 */
export function RegisterReference({ desk, finding, chart, given, onDone,
	onBack }) {
	const [wrong, setWrong] = useState(false);
	const { problem, send } = useSend();

	async function go() {
		const staff = desk.staff.trim();

		setWrong(staff === "");
		if (staff === "")
			return;
		const answer = await (given ? send("/imports", {
		    findings: [finding], action: "reference", staff }) :
		    send("/jobs", { category: "register", charts: [chart],
			staff }));

		if (answer !== null)
			onDone(t(given ? "desk.patient.fetched" :
			    "desk.patient.registering"));
	}

	return html`<${Dialog} title=${t("desk.patient.fetch")}
	    onClose=${onBack} actions=${html`
		<${Button} onPress=${onBack}>${t("desk.match.cancel")}<//>
		<${Button} kind="main" onPress=${go}>
			${t("desk.patient.fetch_go")}<//>`}>
		<p>${t(given ? "desk.patient.fetch_text" :
		    "desk.patient.register_text")}</p>
		<${Staff} desk=${desk} wrong=${wrong} />
		<${Trouble} problem=${problem} /><//>`;
}
