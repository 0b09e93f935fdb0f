import { Frame } from "../common/frame.js";
import { Button, html, Icon, Text, useMemo } from "../common/ui.js";
import { t } from "../common/text.js";
import { after, useCountdown } from "../common/time.js";

const SHOWN_S = 12;
/* schema Status, what a patient can be told; everything else is "other" */
const WORDS = ["valid", "lost", "lost_new", "none", "several",
	"unregistered"];

/* One calm sentence that leaves by itself. */
function Parting({ name, step, icon, who, text, factor, onOver }) {
	const end = useMemo(() => after(SHOWN_S * 1000 * factor), []);
	const left = useCountdown(end, onOver);

	return html`<${Frame} name=${name} kind="calm" step=${step}
	    title=${t(`${text}.title`)}
	    heading=${html`<${Text} name=${`${text}.title`} />`}
	    spoken=${t(`${text}.title`) + t(`${text}.lead`)}
	    sign=${icon} quit=${false}
	    main=${html`<${Button} kind="main" onPress=${onOver}>
		${t("outcome.end")}<//>`}>
		${who && html`<p class="who">
			${t("outcome.who", { name: who })}</p>`}
		<p class="lead"><${Text} name=${`${text}.lead`} /></p>
		<p class="take"><${Icon} name="card" />${t("outcome.card")}</p>
		<p class="small" aria-hidden="true">${t("outcome.leaving",
		    { left })}</p>
	<//>`;
}

/* The result in the patient's words. */
export function Outcome({ visit, send, onEnd }) {
	const word = WORDS.includes(visit.status.word) ? visit.status.word :
	    "other";

	/* Whether it arrives or not, the screen forgets. */
	function close() {
		send("closing");
		onEnd();
	}

	return html`<${Parting} name="outcome" step=${3}
	    icon=${word === "valid" ? "check" : "info"}
	    who=${visit.patient?.name} text=${`outcome.${word}`}
	    factor=${visit.slow ? 2 : 1} onOver=${close} />`;
}

/* The desk has to name the patient. */
export function Desk({ visit, onEnd }) {
	return html`<${Parting} name="desk" step=${2} icon="info"
	    text="outcome.desk" factor=${visit.slow ? 2 : 1} onOver=${onEnd} />`;
}

/* The terminal has not answered in time. */
export function Later({ visit, onEnd }) {
	return html`<${Parting} name="later" step=${2} icon="wait"
	    text="outcome.later" factor=${visit.slow ? 2 : 1} onOver=${onEnd} />`;
}
