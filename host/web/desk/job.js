/* How one job stands, in the words of the agent. */
import { longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Icon, html } from "../common/ui.js";
import { shownDate } from "./name.js";

/* state: icon, tone */
const LOOKS = {
	making: ["wait", "info"], open: ["wait", "info"],
	held: ["wait", "warn"], unsure: ["staff", "warn"],
	cancelling: ["ended", "plain"], cancelled: ["ended", "plain"],
	done: ["valid", "good"], failed: ["alert", "bad"],
};
export function JobState({ job }) {
	const [icon, tone] = LOOKS[job.state];

	return html`<div class="status ${tone}"><${Icon} name=${icon} />
		<div class="status-text"><span class="status-word">
			${pick(job.text)}</span>
			${job.code !== null && html`<span class="status-code">
				${job.code}</span>`}
			${job.message !== null && html`<span class="status-date">
				${job.message}</span>`}</div></div>`;
}

/* A date that does not break within. */
const whole = (date) => shownDate(date, true).replaceAll(" ", "\u00a0");

/* 取得範囲: a month, a range and of what, or how many patients. */
export function rangeText(job) {
	if (job.month !== null)
		return longDate(`${job.month}-01`).replace(/^1 |1日$/u, "");
	if (job.from !== null)
		return t("desk.job.range", { axis: pick(job.axis_label),
		    from: whole(job.from), to: whole(job.to) });
	return t("desk.job.persons", { n: job.persons.total });
}

/* n of m, and how long it may still take. */
export function Progress({ job }) {
	const { done, total, seconds } = job.progress;

	return html`${total !== null && html`<span>${t("desk.job.progress",
	    { done, total })}</span>`}
	${job.ended_at === null && seconds !== null && html`
		<span class="hint">${t("desk.job.seconds", { n:
			Math.max(1, Math.round(seconds / 60)) })}</span>`}`;
}
