/*
 * 目視確認用パスコード, for the administrator: which there are, a new one
 * (its digits are shown once, and gone with the dialog), and revocation.
 */
import { clock, longDate } from "../common/date.js";
import { t } from "../common/text.js";
import { Banner, Button, Dialog, Field, html, useState }
	from "../common/ui.js";
import { dayOf } from "./day.js";
import { useLoad } from "./load.js";
import { useSend } from "./send.js";
import { Trouble } from "./trouble.js";

/* openapi.yaml, POST /passcodes: least, most, what is proposed */
const LENGTH = { min: 6, max: 12, first: 8 };
const DAYS = { min: 1, max: 366, first: 30 };

const fits = (text, { min, max }) => /^\d{1,3}$/u.test(text) &&
	Number(text) >= min && Number(text) <= max;

const stampOf = (at) => `${longDate(dayOf(Date.parse(at)))} ${clock(at)}`;

function Issued({ issued }) {
	return html`<div class="code-sheet" role="status"><div>
		<p class="code-label">${t("desk.passcode.shown")}</p>
		<p class="big-code">${issued.passcode.replace(/(\d{3})(?=\d)/gu,
		    "$1 ")}</p>
		<p>${t("desk.passcode.until",
		    { time: stampOf(issued.row.expires_at) })}</p>
		<p class="hint">${t("desk.passcode.once")}</p>
		<p class="hint">${t("desk.passcode.restart")}</p></div></div>`;
}

function Issue({ onIssue }) {
	const [length, setLength] = useState(String(LENGTH.first));
	const [days, setDays] = useState(String(DAYS.first));
	const bad = !fits(length, LENGTH) || !fits(days, DAYS);
	const number = (name, value, set, range) => html`<${Field}
	    id="passcode-${name}" inputmode="numeric" maxlength="3" value=${value}
	    label=${t(`desk.passcode.${name}`)} wrong=${fits(value, range) ?
	    null : t("desk.passcode.range", range)}
	    onInput=${(event) => set(event.target.value.normalize("NFKC"))} />`;

	return html`<form class="issue" autocomplete="off"
	    onSubmit=${(event) => event.preventDefault()}>
		${number("length", length, setLength, LENGTH)}
		${number("days", days, setDays, DAYS)}
		<${Button} type="submit" kind="main" off=${bad}
		    onPress=${() => onIssue({ length: Number(length),
			days: Number(days) })}>${t("desk.passcode.issue")}<//>
	</form>`;
}

function Table({ rows, asked, onAsk, onRevoke }) {
	const label = (name) => t(`desk.passcode.column_${name}`);
	const cell = (row) => asked === row.id ? html`
		<span>${t("desk.passcode.sure")}</span>
		<${Button} onPress=${() => onAsk(null)}>
			${t("desk.passcode.keep")}<//>
		<${Button} kind="danger" onPress=${() => onRevoke(row.id)}>
			${t("desk.passcode.revoke")}<//>` : row.state === "valid" &&
		html`<${Button} kind="danger" onPress=${() => onAsk(row.id)}>
			${t("desk.passcode.revoke")}<//>`;

	return html`<table class="plain-table">
		<thead><tr>${["state", "length", "issued", "expires", "action"]
			.map((c) => html`<th key=${c} scope="col">
			${label(c)}</th>`)}</tr></thead>
		<tbody>${rows.map((row) => html`<tr key=${row.id}>
			<td data-label=${label("state")}>
				${t(`desk.passcode.${row.state}`)}</td>
			<td data-label=${label("length")}>
				${t("desk.passcode.digits", { n: row.length })}</td>
			<td data-label=${label("issued")}>
				${stampOf(row.issued_at)}<br />${row.issued_by}</td>
			<td data-label=${label("expires")}>
				${stampOf(row.expires_at)}</td>
			<td><div class="cell-actions">${cell(row)}</div></td>
		</tr>`)}</tbody></table>`;
}

export function Passcodes({ onClose }) {
	const list = useLoad("/passcodes");
	const [issued, setIssued] = useState(null);
	const [asked, setAsked] = useState(null);
	const { problem, send } = useSend();

	async function issue(body) {
		setIssued(await send("/passcodes", body));
		list.reload();
	}

	async function revoke(id) {
		if (await send(`/passcodes/${id}/revocation`) !== null)
			setAsked(null);
		list.reload();
	}

	const rows = list.value?.passcodes ?? [];

	return html`<${Dialog} class="wide" title=${t("desk.passcode.title")}
	    onClose=${onClose} actions=${html`<${Button} onPress=${onClose}>
		${t("desk.close")}<//>`}>
		${issued === null ? html`<${Issue} onIssue=${issue} />` :
		    html`<${Issued} issued=${issued} />`}
		<${Trouble} problem=${problem} />
		<${Trouble} problem=${list.problem} />
		${list.value !== null && (rows.length === 0 ? html`<${Banner}
		    title=${t("desk.passcode.none")} />` :
		html`<p>${t("desk.total", { total: list.value.total,
			n: rows.length })}</p>
		<${Table} rows=${rows} asked=${asked} onAsk=${setAsked}
		    onRevoke=${revoke} />`)}
	<//>`;
}
