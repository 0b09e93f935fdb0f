/*
 * What a person decides about a finding, with a reason that the audit keeps:
 * it is nobody's again, it is set aside (対象外), it waits again.
 */
import { t } from "../common/text.js";
import { Field, html, useState } from "../common/ui.js";
import { Question } from "./job_dialogs.js";
import { useSend } from "./send.js";

/* name: of the texts desk.NAME; path: below /findings/{id}. */
function Reasoned({ desk, id, name, path }) {
	const [reason, setReason] = useState("");
	const [wrong, setWrong] = useState(false);
	const { problem, send } = useSend();

	async function go(staff) {
		const why = reason.trim();

		setWrong(why === "");
		if (why === "" || await send(`/findings/${id}/${path}`,
		    { staff, reason: why }) === null)
			return null;
		return t(`desk.${name}.done`);
	}

	return html`<${Question} desk=${desk} name=${name} problem=${problem}
	    go=${go}><${Field} id=${`${path}-reason`} maxlength="200"
		label=${t("desk.assign.reason")} value=${reason}
		wrong=${wrong ? t("desk.imports.need_reason") : null}
		onInput=${(event) => setReason(event.target.value)} /><//>`;
}

export const Unlink = (what) => html`<${Reasoned} ...${what} name="unlink"
    path="unlinking" />`;
export const SetAside = (what) => html`<${Reasoned} ...${what} name="aside"
    path="set-aside" />`;
export const Return = (what) => html`<${Reasoned} ...${what} name="back"
    path="return" />`;
