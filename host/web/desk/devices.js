/*
 * 訪問用の機器: the devices that bring a card reader over the network, who is
 * connected, and who was invited.  A device is invited by invitation.js.
 */
import { clock, longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Banner, Button, Dialog, Field, Icon, html, useEffect, useEvents,
	useRef, useState } from "../common/ui.js";
import { dayOf } from "./day.js";
import { Invitation, Invite, asName, wrongName } from "./invitation.js";
import { useLoad } from "./load.js";
import { useSend } from "./send.js";
import { Trouble } from "./trouble.js";

/* Not every coming and going is an event of the desk. */
const LOOK_MS = 1500;

/* state: icon, tone of status.js, the time that belongs to it */
const LOOKS = {
	connected: ["link", "good", null],
	away: ["offline", "plain", "last_seen"],
	invited: ["wait", "info", "expires_at"],
	revoked: ["ended", "plain", "revoked_at"],
};
const COLUMNS = ["name", "state", "enrolled", "action"];

const stampOf = (at) => `${longDate(dayOf(Date.parse(at)))} ${clock(at)}`;

/* A name that was revoked may be another device's now. */
const keyOf = (row) => `${row.name} ${row.revoked_at ?? ""}`;

/* Those in use as they came, then the invited, then what is over: no row
 * moves because a device comes or goes. */
const RANK = { connected: 0, away: 0, invited: 1, revoked: 2 };
const inOrder = (rows) => [...rows].sort((a, b) =>
	RANK[a.state] - RANK[b.state]);

function State({ row }) {
	const [icon, tone, time] = LOOKS[row.state];
	const at = time === null ? null : row[time];

	return html`<div class="status ${tone}"><${Icon} name=${icon} />
		<div class="status-text"><span class="status-word">
			${pick(row.label)}</span>${" "}
			${time !== null && html`<span class="status-date">
				${at === null ? t("desk.devices.never") :
				    t(`desk.devices.${time}`,
				    { time: stampOf(at) })}</span>`}
		</div></div>`;
}

/* What is asked about a row stands below it, and takes the focus. */
function Asked({ label, children }) {
	const box = useRef(null);

	useEffect(() => box.current.focus(), []);
	return html`<tr class="asked"><td colspan=${COLUMNS.length}>
		<div class="asked-box" role="group" tabindex="-1" ref=${box}
		    aria-label=${label}>${children}</div></td></tr>`;
}

function Rename({ row, rows, problem, onRename, onKeep }) {
	const [name, setName] = useState(row.name);
	const same = name === row.name;
	const wrong = same ? null : wrongName(rows, name);

	return html`<${Asked} label=${t("desk.devices.rename_of",
	    { name: row.name })}>
		<form class="issue" autocomplete="off"
		    onSubmit=${(event) => event.preventDefault()}>
			<${Field} id="device-rename" maxlength="32" value=${name}
			    label=${t("desk.devices.new_name")}
			    wrong=${wrong} onInput=${(event) =>
				setName(asName(event.target.value))} />
			<${Button} onPress=${onKeep}>${t("desk.devices.keep")}<//>
			<${Button} type="submit" kind="main"
			    off=${same || wrong !== null}
			    onPress=${() => onRename(name)}>
				${t("desk.devices.rename")}<//>
		</form>
		<${Trouble} problem=${problem} /><//>`;
}

function Revoke({ row, problem, onRevoke, onKeep }) {
	const what = row.state === "invited" ? "uninvite" : "revoke";

	return html`<${Asked} label=${t(`desk.devices.${what}_sure`,
	    { name: row.name })}>
		<${Banner} kind="warn" title=${t(`desk.devices.${what}_sure`,
		    { name: row.name })}>
			<p>${t(`desk.devices.${what}_what`)}</p>
			<div class="cell-actions">
				<${Button} onPress=${onKeep}>
					${t("desk.devices.keep")}<//>
				<${Button} kind="danger" onPress=${onRevoke}>
					${t(`desk.devices.${what}`)}<//></div><//>
		<${Trouble} problem=${problem} /><//>`;
}

const doing = (row, action) => t("desk.row.do", { who: row.name,
	action: t(`desk.devices.${action}`) });

/* The buttons of a row: button(what it asks, its word). */
function Actions({ row, onAsk }) {
	const button = (what, word, kind) => html`<${Button} kind=${kind}
	    data-ask=${what} aria-label=${doing(row, word)}
	    onPress=${() => { onAsk(what); }}>${t(`desk.devices.${word}`)}<//>`;

	if (row.state === "revoked")
		return null;
	if (row.state === "invited")
		return button("revoke", "uninvite", "plain");
	return html`${button("rename", "rename", "plain")}
		${button("revoke", "revoke", "danger")}`;
}

function Row({ row, children, onAsk }) {
	const label = (name) => t(`desk.devices.column_${name}`);

	return html`<tr class=${row.state} data-name=${row.name}>
		<th scope="row">${row.name}</th>
		<td data-label=${label("state")}><${State} row=${row} /></td>
		<td data-label=${label("enrolled")}>${row.enrolled_at === null ?
		    "—" : stampOf(row.enrolled_at)}</td>
		<td><div class="cell-actions"><${Actions} row=${row}
		    onAsk=${onAsk} /></div></td></tr>${children}`;
}

/* asked: {key, what, name} of the row that is asked about, or null. */
function Table({ rows, asked, problem, onAsk, onRename, onRevoke }) {
	const keep = () => { onAsk(null); };

	return html`<table class="plain-table devices">
		<thead><tr>${COLUMNS.map((c) => html`<th key=${c} scope="col">
			${t(`desk.devices.column_${c}`)}</th>`)}</tr></thead>
		<tbody>${rows.map((row) => {
			const key = keyOf(row);
			const what = asked?.key === key ? asked.what : null;

			return html`<${Row} key=${key} row=${row}
			    onAsk=${(one) => onAsk({ key, what: one,
				name: row.name })}>
				${what === "rename" && html`<${Rename} row=${row}
				    rows=${rows} problem=${problem} onKeep=${keep}
				    onRename=${(name) => onRename(row, name)} />`}
				${what === "revoke" && html`<${Revoke} row=${row}
				    problem=${problem} onKeep=${keep}
				    onRevoke=${() => onRevoke(row)} />`}<//>`;
		})}</tbody></table>`;
}

/* Where the focus goes when what had it is gone: to the button that asked,
 * under the name its device has by then. */
function useBack() {
	const to = useRef(null);

	useEffect(() => {
		if (to.current === null ||
		    document.activeElement !== document.body)
			return;
		const { name, what } = to.current;

		to.current = null;
		(document.querySelector(`[data-name="${name}"] ` +
		    `[data-ask="${what}"]`) ??
		    document.getElementById("dialog-title")).focus();
	});
	return to;
}

/* The devices as they are now, in order; null before they are known. */
function useDevices() {
	const list = useLoad("/devices", LOOK_MS);

	useEvents(({ type }) => type === "reader" && list.reload());
	return { ...list, address: list.value?.address ?? null,
		rows: list.value === null ? null : inOrder(list.value.devices) };
}

function List({ list, asked, ...rest }) {
	if (list.rows === null)
		return list.problem === null && html`<p>${t("desk.loading")}</p>`;
	if (list.rows.length === 0)
		return html`<p class="nothing">${t("desk.devices.none")}</p>`;
	return html`<p>${t("desk.total", { total: list.value.total,
		n: list.rows.length })}</p>
	<${Table} rows=${list.rows} asked=${asked} ...${rest} />`;
}

const NoAddress = () => html`<${Banner} kind="warn"
    title=${t("desk.devices.closed")}>
	<p>${t("desk.devices.closed_next")}</p>
	<p><code>[devices]<br />listen = 0.0.0.0:8788<br />
		address = agent.example.jp:8788</code></p><//>`;

export function Devices({ onClose }) {
	const list = useDevices();
	const [asked, setAsked] = useState(null);
	const [invitation, setInvitation] = useState(null);
	const invite = useSend(), change = useSend();
	const back = useBack();

	async function ask(row, what, body) {
		const answer = await change.send(`/devices/${row.name}/${what}`,
		    body);

		await list.reload();
		if (answer === null)
			return;
		if (answer.state === "revoked" && answer.name === invitation?.name)
			setInvitation(null);
		back.current = { name: answer.name, what: asked.what };
		setAsked(null);
	}

	function choose(next) {
		if (next === null)
			back.current = { name: asked.name, what: asked.what };
		setAsked(next);
	}

	async function issue(name) {
		const answer = await invite.send("/devices", { name });

		if (answer !== null)
			setInvitation(answer);
		list.reload();
	}

	const open = list.value !== null && list.address !== null;

	return html`<${Dialog} class="wide" title=${t("desk.devices.title")}
	    onClose=${onClose} actions=${html`<${Button} onPress=${onClose}>
		${t("desk.close")}<//>`}>
		${list.value !== null && list.address === null &&
		    html`<${NoAddress} />`}
		${open && (invitation === null ?
		    html`<${Invite} rows=${list.rows} onInvite=${issue} />` :
		    html`<${Invitation} invitation=${invitation}
			rows=${list.rows}
			onOver=${() => { setInvitation(null); }} />`)}
		<${Trouble} problem=${invite.problem} />
		<${Trouble} problem=${list.problem} />
		<${List} list=${list} asked=${asked} problem=${change.problem}
		    onAsk=${choose}
		    onRename=${(row, name) => ask(row, "name", { name })}
		    onRevoke=${(row) => ask(row, "revocation")} />
	<//>`;
}
