/* A finding is nobody's again: a person says why; the audit keeps it. */
import { t } from "../common/text.js";
import { Field, html, useState } from "../common/ui.js";
import { Question } from "./job_dialogs.js";
import { useSend } from "./send.js";

export function Unlink({ desk, id }) {
	const [reason, setReason] = useState("");
	const [wrong, setWrong] = useState(false);
	const { problem, send } = useSend();

	async function go(staff) {
		const why = reason.trim();

		setWrong(why === "");
		if (why === "" || await send(`/findings/${id}/unlinking`,
		    { staff, reason: why }) === null)
			return null;
		return t("desk.unlink.done");
	}

	return html`<${Question} desk=${desk} name="unlink" problem=${problem}
	    go=${go}><${Field} id="unlink-reason" maxlength="200"
		label=${t("desk.assign.reason")} value=${reason}
		wrong=${wrong ? t("desk.imports.need_reason") : null}
		onInput=${(event) => setReason(event.target.value)} /><//>`;
}
