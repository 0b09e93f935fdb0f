/* What went wrong: what, since when, what to do, and the code to read out. */
import { clock } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Banner, html } from "../common/ui.js";

export function Trouble({ problem, children }) {
	if (problem === null || problem === undefined)
		return null;
	return html`<${Banner} kind="bad" title=${pick(problem.text)}>
		<p>${problem.since && html`<span class="since">
			${t("desk.since", { time: clock(problem.since) })}</span>`}
		${pick(problem.next)}</p>
		${problem.detail && html`<p class="detail">
			${problem.detail}</p>`}
		<p class="help-code">${t("desk.code.help")}
			<code>${problem.code}</code></p>
		${children}<//>`;
}

/* A lost network is one band across the page, not one at each place. */
export const unlessOffline = (problem) =>
	problem?.code === "OFFLINE" ? null : problem;
