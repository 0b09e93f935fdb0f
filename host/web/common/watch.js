import { Dialog } from "./dialog.js";
import { html, useEffect, useMemo, useState } from "./dom.js";
import { Banner, Button } from "./parts.js";
import { say } from "./speech.js";
import { t } from "./text.js";
import { until, useCountdown, useIdle } from "./time.js";

/* pages.md: the person is warned before the screen forgets. */
const WARN_S = 15;

/* The step's own deadline, of the agent: cannot be moved from here. */
export function DeadlineNote({ visit, onOver }) {
	const deadline = visit?.deadline ?? null;
	const end = useMemo(() => until(deadline), [deadline]);
	const left = useCountdown(end, onOver);

	if (left === null || left > WARN_S)
		return null;
	return html`<${Banner} kind="warn" title=${html`${t("watch.deadline")}
		${" "}<span aria-hidden="true">
			${t("watch.left", { left })}</span>`} />`;
}

/*
 * Nobody has touched anything for ms: asks whether to go on, then onOver.
 * ms null: does not watch.
 */
export function IdleWatch({ ms, speaks, onOver }) {
	const [asking, setAsking] = useState(false);
	const [left, again] = useIdle(ms, asking, onOver);
	const near = left !== null && left <= WARN_S;

	useEffect(() => {
		setAsking(near);
		if (near && speaks)
			say(t("watch.idle.title"));
	}, [near]);
	if (!near)
		return null;
	return html`<${Dialog} title=${t("watch.idle.title")} onClose=${again}
	    actions=${html`<${Button} onPress=${onOver}>${t("watch.idle.end")}<//>
		<${Button} kind="main" onPress=${again}>
		${t("watch.idle.more")}<//>`}>
		<p>${t("watch.idle.lead")}</p>
		<p class="seconds" role="timer" aria-live="off">${t("watch.left",
		    { left })}</p>
	<//>`;
}
