/* This desk: who it is to the agent, and how it stops being that. */
import { forget } from "../common/api.js";
import { t } from "../common/text.js";
import { Banner, Button, Dialog, html, useState } from "../common/ui.js";

export function Device({ client, onClose }) {
	const [asked, setAsked] = useState(false);
	const facts = [["name", client?.name], ["role", client &&
	    t(`desk.role.${client.role}`)], ["institution",
	    client?.institution_code], ["trust", client &&
	    t(client.test_mode ? "desk.test.title" : "desk.device.live")]];

	const foot = html`<${Button} onPress=${onClose}>${t("desk.close")}<//>
	${asked ? html`<${Button} kind="danger" onPress=${forget}>
		${t("desk.device.forget_yes")}<//>` :
	    html`<${Button} kind="danger" onPress=${() => setAsked(true)}>
		${t("desk.device.forget")}<//>`}`;

	return html`<${Dialog} title=${t("desk.device.title")} onClose=${onClose}
	    actions=${foot}>
		<dl class="fact-list">${facts.map(([name, value]) => html`<div
		    key=${name}><dt>${t(`desk.device.${name}`)}</dt>
			<dd>${value ?? "—"}</dd></div>`)}</dl>
		${asked && html`<${Banner} kind="warn"
		    title=${t("desk.device.sure")}>
			<p>${t("desk.device.sure_next")}</p><//>`}
	<//>`;
}
