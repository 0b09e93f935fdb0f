/* What is done with a patient in one step: 保険証確認, 照会番号の削除. */
import { t } from "../common/text.js";
import { Button, Dialog, Field, html, useState } from "../common/ui.js";
import { PatientHead } from "./patient.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";

/* name: texts desk.patient.NAME_…; more: members beside chart and staff, or
 * the name of what is missing. */
function Step({ desk, patient, name, path, kind = "main", more = () => ({}),
	onDone, onBack, children }) {
	const [wrong, setWrong] = useState(null);
	const { problem, send } = useSend();

	async function go() {
		const staff = desk.staff.trim();
		const rest = more();
		const field = staff === "" ? "staff" : typeof rest === "string" ?
		    rest : null;

		setWrong(field);
		if (field === null && await send(path, { staff,
		    chart_number: patient.chart_number, ...rest }) !== null)
			onDone(t(`desk.patient.${name}_done`));
	}

	return html`<${Dialog} title=${t(`desk.patient.${name}`)}
	    onClose=${onBack} actions=${html`
		<${Button} onPress=${onBack}>${t("desk.match.cancel")}<//>
		<${Button} kind=${kind} onPress=${go}>
			${t(`desk.patient.${name}_go`)}<//>`}>
		<${PatientHead} patient=${patient} />
		<p>${t(`desk.patient.${name}_text`)}</p>
		${children?.(wrong)}
		<${Staff} desk=${desk} wrong=${wrong === "staff"} />
		<${Trouble} problem=${problem} /><//>`;
}

/* DEN-24: F4 or a double click, a window, OK: today. */
export const Confirm = (props) => html`<${Step} ...${props} name="confirm"
    path="/patient/confirmation" />`;

/* DEN-21: the number was another person's. */
export function Unlink(props) {
	const [reason, setReason] = useState("");

	return html`<${Step} ...${props} name="unlink" kind="danger"
	    path="/patient/unlinking" more=${() => reason.trim() === "" ?
		"reason" : { reason: reason.trim() }}>
		${(wrong) => html`<${Field} id="unlink-reason" maxlength="200"
		    label=${t("desk.patient.reason")} value=${reason}
		    wrong=${wrong === "reason" ?
			t("desk.imports.need_reason") : null}
		    onInput=${(event) => setReason(event.target.value)} />`}<//>`;
}
