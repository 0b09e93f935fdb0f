/* The clients, for the administrator: who has a token, and a new code. */
import { clock } from "../common/date.js";
import { t } from "../common/text.js";
import { Button, Dialog, html } from "../common/ui.js";
import { useLoad } from "./load.js";
import { Trouble } from "./trouble.js";

function notes(c) {
	return [c.home && t("desk.client.home"),
	    c.evidence_key && t("desk.client.key"),
	    c.unlocked && t("desk.client.unlocked"),
	    c.locked_until !== null && t("desk.client.locked",
		{ time: clock(c.locked_until) })].filter(Boolean).join("、");
}

export function Clients({ onEnrol, onClose }) {
	const clients = useLoad("/clients");

	const label = (name) => t(`desk.client.column_${name}`);

	return html`<${Dialog} class="wide" title=${t("desk.client.title")}
	    onClose=${onClose} actions=${html`<${Button} onPress=${onClose}>
		${t("desk.close")}<//>`}>
		<${Trouble} problem=${clients.problem} />
		${clients.value === null ? html`<p>${t("desk.loading")}</p>` :
		html`<p>${t("desk.total", { total: clients.value.total,
			n: clients.value.clients.length })}</p>
		<table class="plain-table">
			<thead><tr>${["name", "role", "state", "notes", "action"]
				.map((c) => html`<th key=${c} scope="col">
				${label(c)}</th>`)}</tr></thead>
			<tbody>${clients.value.clients.map((c) => html`<tr
			    key=${c.name}>
				<th scope="row">${c.name}</th>
				<td data-label=${label("role")}>
					${t(`desk.role.${c.role}`)}</td>
				<td data-label=${label("state")}>${t(c.enrolled ?
					"desk.client.enrolled" :
					"desk.client.new")}</td>
				<td data-label=${label("notes")}>${notes(c)}</td>
				<td><${Button} onPress=${() => { onEnrol(c.name); }}
				    aria-label=${t("desk.row.do", { who: c.name,
					action: t("desk.client.enrol") })}>
					${t("desk.client.enrol")}<//></td>
			</tr>`)}</tbody></table>`}
	<//>`;
}
