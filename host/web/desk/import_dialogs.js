/* Taking over several at once, looking one over, undoing it. */
import { t } from "../common/text.js";
import { Button, Dialog, Field, html, useState } from "../common/ui.js";
import { useLoad } from "./load.js";
import { Row } from "./report.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";

/* 資格情報の取込を開始します。よろしいですか？ (COS-17) */
export function ImportAll({ desk, ids, onDone }) {
	const [wrong, setWrong] = useState(false);
	const { problem, send } = useSend();

	async function go() {
		const staff = desk.staff.trim();

		setWrong(staff === "");
		if (staff === "")
			return;
		const batch = await send("/imports", { findings: ids, staff });

		if (batch === null)
			return;
		onDone();
		desk.setSaid(t("desk.imports.said"));
		desk.open("report", { batch });
	}

	return html`<${Dialog} title=${t("desk.imports.title")}
	    onClose=${desk.close} actions=${html`
		<${Button} onPress=${desk.close}>${t("desk.match.cancel")}<//>
		<${Button} kind="main" onPress=${go}>
			${t("desk.imports.yes")}<//>`}>
		<p>${t("desk.imports.sure")}</p>
		<p class="hint">${t("desk.imports.how", { n: ids.length })}</p>
		<${Staff} desk=${desk} wrong=${wrong} />
		<${Trouble} problem=${problem} /><//>`;
}

/* One import: what it did; 確認済にする, 取り消す with a reason. */
export function Imported({ desk, id, onDone }) {
	const load = useLoad(`/imports/${id}`);
	const [reason, setReason] = useState("");
	const [wrong, setWrong] = useState(null);
	const { problem, send } = useSend();
	const one = load.value;

	const doing = (path, body, said) => async () => {
		const staff = desk.staff.trim();
		const field = staff === "" ? "staff" :
		    "reason" in body && body.reason === "" ? "reason" : null;

		setWrong(field);
		if (field !== null ||
		    await send(`/imports/${id}/${path}`, { staff, ...body }) ===
		    null)
			return;
		desk.close();
		desk.setSaid(t(said));
		onDone();
	};

	const foot = html`<${Button} onPress=${desk.close}>${t("desk.close")}<//>
	${one !== null && one.state !== "undone" && html`<${Button} kind="danger"
	    onPress=${doing("undoing", { reason: reason.trim() },
		"desk.imports.undone")}>${t("desk.imports.undo")}<//>`}
	${one?.state === "open" && html`<${Button} kind="main"
	    onPress=${doing("review", {}, "desk.imports.reviewed")}>
		${t("desk.imports.review")}<//>`}`;

	return html`<${Dialog} class="wide result" actions=${foot}
	    title=${t("desk.imports.one")} onClose=${desk.close}>
		<div class="read" role="region" tabindex="0"
		    aria-label=${t("desk.imports.one")}>
			<${Trouble} problem=${load.problem} />
			${one?.report && html`<${Row} row=${one.report} />`}
			${one?.undone_at && html`<p class="why">
				${t("desk.imports.undone_by", {
				    staff: one.undone_by, why: one.undone_why })}</p>`}
			${one !== null && one.state !== "undone" && html`
			<div class="conditions"><${Staff} desk=${desk}
			    wrong=${wrong === "staff"} />
			<${Field} id="reason" maxlength="200" value=${reason}
			    label=${t("desk.imports.reason")}
			    wrong=${wrong === "reason" ?
				t("desk.imports.need_reason") : null}
			    onInput=${(event) => setReason(event.target.value)} />
			</div>`}
			<${Trouble} problem=${problem} /></div><//>`;
}
