/*
 * A visit's state as the receipt computers show it (features.md DEN-05 …
 * DEN-10): icon, word, 確認日, and the code in its brackets.
 */
import { longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Icon, html } from "../common/ui.js";

/* word: icon, tone */
const LOOKS = {
	running: ["card", "info"],
	inquiring: ["wait", "info"],
	valid: ["valid", "good"],
	unregistered: ["valid", "good"],
	lost: ["minus", "bad"],
	lost_new: ["minus", "bad"],
	none: ["minus", "bad"],
	several: ["people", "warn"],
	unmatched: ["staff", "warn"],
	error: ["alert", "bad"],
	cancelled: ["ended", "plain"],
	expired: ["ended", "plain"],
};

/* The states that carry their code (DEN-07 … DEN-10); 有効 does not. */
const CODED = new Set(["lost", "lost_new", "none", "several", "unregistered",
	"error"]);
const VALIDITY = /^[2-6]$/u;
/* What the terminal or the system behind it says, not we. */
const TERMINAL = /^OQS/u;

function codesOf({ code, word }) {
	if (code === null || !CODED.has(word))
		return [];
	if (VALIDITY.test(code))
		return [t("desk.code.validity", { code }) +
		    t(`desk.validity.${code}`)];
	return TERMINAL.test(code) ? [t("desk.code.status"),
	    t("desk.code.terminal", { code })] : [t("desk.code.ours", { code })];
}

/*
 * wants: what a running visit waits for.  quiet: a site-wide alarm says it
 * already.
 */
export function Status({ status, wants = null, quiet = false }) {
	const [icon, tone] = LOOKS[status.word] ?? ["info", "plain"];
	const shown = quiet && status.word === "error" ? "plain" : tone;

	return html`<div class="status ${shown}">
		<${Icon} name=${icon} />
		<div class="status-text">
			<span class="status-word">${CODED.has(status.word) ?
			    t(`desk.word.${status.word}`) :
			    pick(status.label)}</span>${" "}
			${wants !== null && status.word === "running" && html`<span
			    class="status-date">${t(`desk.wants.${wants}`)}</span>`}
			${status.confirmed_on !== null && html`<span
			    class="status-date">${t("desk.confirmed_on")}<time
			    datetime=${status.confirmed_on}
			    title=${status.confirmed_on}>${longDate(
			    status.confirmed_on)}</time></span>`}
			${codesOf(status).map((code) => html`<span key=${code}
			    class="status-code">${code}</span>`)}
		</div></div>`;
}

/* Of a row of a list, which has its day elsewhere.  A registration of 照会番号
 * says nothing of a qualification, and has none. */
export const FoundStatus = ({ row }) => row.status === null ? "—" :
    html`<${Status} status=${{ ...row.status, confirmed_on: null }} />`;
