/*
 * The invitation of a device: the activation text and its QR code, for a
 * quarter of an hour.  Both leave the page when they expire, when the device
 * has come, or when the dialog closes.
 */
import { t } from "../common/text.js";
import { until, useCountdown } from "../common/time.js";
import { Banner, Button, Field, html, useEffect, useMemo, useRef, useState }
	from "../common/ui.js";
import { Qr } from "./qr.js";

/* openapi.yaml, DeviceName */
const isName = (text) => /^[a-z0-9][a-z0-9-]{0,31}$/u.test(text);
const isUsed = (rows, name) => rows.some((row) => row.name === name &&
	(row.state === "away" || row.state === "connected"));

/* As it is typed on a Japanese keyboard. */
export const asName = (text) => text.normalize("NFKC").toLowerCase();

/* Why a device cannot have this name; null if it can. */
export function wrongName(rows, name) {
	if (!isName(name))
		return t("desk.devices.name_rule");
	return isUsed(rows, name) ? t("desk.devices.name_used") : null;
}

export function Invite({ rows, onInvite }) {
	const [name, setName] = useState("");
	const wrong = wrongName(rows, name);
	const form = useRef(null);

	/* Whoever came here by a button that is gone. */
	useEffect(() => {
		if (document.activeElement === document.body)
			form.current.querySelector("input").focus();
	}, []);

	return html`<form class="issue devices-invite" autocomplete="off"
	    ref=${form}
	    onSubmit=${(event) => event.preventDefault()}>
		<${Field} id="device-name" maxlength="32" value=${name}
		    label=${t("desk.devices.name")}
		    hint=${t("desk.devices.name_hint")}
		    wrong=${name === "" ? null : wrong}
		    onInput=${(event) => setName(asName(event.target.value))} />
		<${Button} type="submit" kind="main" off=${wrong !== null}
		    onPress=${() => onInvite(name)}>
			${t("desk.devices.invite")}<//>
	</form>`;
}

/* Its groups stay whole where the line breaks. */
function Groups({ text }) {
	return html`<p class="activation">${text.split("-").map((group, i) =>
	    html`${i > 0 && html`<span>-</span><wbr />`}<span key=${i}>
		${group}</span>`)}</p>`;
}

function Left({ expires }) {
	const left = useCountdown(useMemo(() => until(expires), [expires]));

	return html`<p role="timer">${t("desk.devices.left", {
		minutes: Math.floor(left / 60),
		seconds: String(left % 60).padStart(2, "0") })}</p>`;
}

/* An option does not break behind its first dash. */
function Step({ name, command }) {
	return html`<li>${t(`desk.devices.step_${name}`)}<br />
		<code>${command.split(/(--\S+)/u).map((part, i) => i % 2 === 0 ?
		    part : html`<span key=${i} class="whole">${part}</span>`)}
		</code></li>`;
}

function Sheet({ invitation }) {
	const { name, address, text, url, qr, expires_at: expires } = invitation;

	return html`<section class="code-sheet invitation"
	    aria-label=${t("desk.devices.invited", { name })}>
		<${Qr} rows=${qr} label=${t("desk.devices.qr", { name })} />
		<div><h3>${t("desk.devices.invited", { name })}</h3>
			<dl class="facts"><div>
				<dt>${t("desk.devices.address")}</dt>
				<dd><code>${address}</code></dd></div><div>
				<dt>${t("desk.devices.text")}</dt>
				<dd><${Groups} text=${text} /></dd></div></dl>
			<${Left} expires=${expires} />
			<p class="hint">${t("desk.devices.once")}</p></div>
		<ol class="device-steps">
			<${Step} name="enrol" command=${
			    `shikaku-reader enrol "${url}" --folder ~/.shikaku`} />
			<${Step} name="connect" command=${
			    `shikaku-reader connect --folder ~/.shikaku "pcsc:*"`
			} /></ol>
	</section>`;
}

function Over({ name, came, onOver }) {
	return html`<${Banner} kind=${came ? "good" : "warn"} title=${t(came ?
	    "desk.devices.came" : "desk.devices.late", { name })}>
		<p>${t(came ? "desk.devices.came_next" :
		    "desk.devices.late_next", { name })}</p>
		<div class="cell-actions"><${Button} onPress=${onOver}>
			${t("desk.devices.another")}<//></div><//>`;
}

/*
 * rows: the devices as they are now: the one that was invited may have come.
 * onOver: another may be invited.
 */
export function Invitation({ invitation, rows, onOver }) {
	const { name, expires_at: expires } = invitation;
	const [late, setLate] = useState(false);
	const came = isUsed(rows, name);
	const box = useRef(null);

	useEffect(() => box.current.focus(), []);

	useCountdown(useMemo(() => until(expires), [expires]),
	    () => setLate(true));
	return html`<div tabindex="-1" ref=${box} class="invitation-box">
		${came || late ? html`<${Over} name=${name} came=${came}
		    onOver=${onOver} />` :
		    html`<${Sheet} invitation=${invitation} />`}</div>`;
}
