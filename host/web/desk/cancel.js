/* 中止: asked once more, because what was begun is lost. */
import { t } from "../common/text.js";
import { Button, Dialog, html } from "../common/ui.js";
import { patientText, placeText } from "./name.js";
import { useSend } from "./send.js";
import { Trouble } from "./trouble.js";

export function Cancel({ row, onDone, onClose }) {
	const { problem, send } = useSend();
	const asked = row.status.word === "inquiring";

	async function cancel() {
		const visit = await send(`/visits/${row.id}/cancellation`);

		if (visit !== null)
			onDone(visit);
	}

	const foot = html`<${Button} onPress=${onClose}>
		${t("desk.cancel.no")}<//>
	<${Button} kind="danger" onPress=${cancel}>
		${t("desk.cancel.yes")}<//>`;

	return html`<${Dialog} title=${t("desk.cancel.title")} onClose=${onClose}
	    actions=${foot}>
		<p>${t("desk.cancel.who", { name: patientText(row),
			client: placeText(row) })}</p>
		<p>${t(asked ? "desk.cancel.asked" : "desk.cancel.text")}</p>
		<${Trouble} problem=${problem} />
	<//>`;
}
