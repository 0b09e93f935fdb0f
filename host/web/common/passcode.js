/* 目視確認用パスコード: at the kiosk it opens visual mode, on the phone the page. */
import { get } from "./api.js";
import { clock } from "./date.js";
import { Dots, Pad } from "./digits.js";
import { html, useState } from "./dom.js";
import { Banner } from "./parts.js";
import { pick, t } from "./text.js";

/* schemas Passcode and Staff of openapi.yaml */
export const PASSCODE_MIN = 6;
export const PASSCODE_MAX = 12;
export const STAFF_MAX = 32;

/* Wrong passcodes have locked this client: until when. */
async function lockedUntil() {
	const client = await get("/client").catch(() => null);

	return client?.locked_until ?? null;
}

/*
 * Digits that are forgotten as they are sent.  onSend(passcode) -> null or the
 * problem, which is kept in refusal with until.
 */
export function usePasscode(onSend) {
	const [digits, setDigits] = useState("");
	const [refusal, setRefusal] = useState({ problem: null, until: null });
	const ready = digits.length >= PASSCODE_MIN;

	async function enter() {
		if (!ready)
			return;
		const passcode = digits;

		setDigits("");
		const problem = await onSend(passcode);

		if (problem !== null)
			setRefusal({ problem, until: problem.code === "LOCKED" ?
			    await lockedUntil() : null });
	}

	return { digits, setDigits, ready, enter, ...refusal };
}

/* code: of usePasscode */
export function PasscodeEntry({ code, label }) {
	return html`<div class="entry">
		${code.problem !== null && html`<${Banner} kind="bad"
		    title=${pick(code.problem.text)}>
			<p>${code.until === null ? pick(code.problem.next) :
			    t("passcode.locked", { until: clock(code.until) })}</p>
		<//>`}
		<${Dots} count=${code.digits.length} label=${label}
		    of=${Math.max(PASSCODE_MIN, code.digits.length)} />
	</div>
	<${Pad} max=${PASSCODE_MAX} change=${code.setDigits}
	    onEnter=${code.enter} />`;
}
