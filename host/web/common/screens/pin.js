import { Dots, Pad } from "../digits.js";
import { html, useState } from "../dom.js";
import { Frame } from "../frame.js";
import { Banner, Button, Text } from "../parts.js";
import { t } from "../text.js";

const LENGTH = 4;
/* features.md 1.13: three wrong in a row and the PIN is locked */
const MATTERS = 2;

/* The last try is asked for by itself, with two equal answers. */
function LastTry({ wrong, onYes, onNo }) {
	return html`<${Frame} name="last" kind="question" step=${1}
	    title=${t("pin.last.title")}
	    heading=${html`<${Text} name="pin.last.title" />`}
	    lead=${t("pin.last.lead")} spoken=${t("pin.last.spoken")}>
		${wrong && html`<${Banner} kind="warn" title=${t("pin.wrong")} />`}
		<div class="pair">
			<${Button} onPress=${onYes}>${t("pin.last.yes")}<//>
			<${Button} onPress=${onNo}>${t("pin.last.no")}<//>
		</div>
	<//>`;
}

function Warnings({ wrong, tries, problem }) {
	if (tries <= MATTERS)
		return html`<${Banner} kind="warn" title=${wrong ? t("pin.wrong") :
		    t("pin.careful")}>
			<p>${t("pin.left", { tries })}</p><//>`;
	if (wrong)
		return html`<${Banner} kind="warn" title=${t("pin.wrong")} />`;
	return problem && html`<${Banner} kind="bad" title=${t("pin.again")} />`;
}

/*
 * The 4-digit PIN, or the second one.  memo.tries holds how many were left
 * when one was sent: fewer now means that it was wrong.
 */
export function Pin({ visit, send, sent, memo, online, onDecline }) {
	const [digits, setDigits] = useState("");
	const [sure, setSure] = useState(false);
	const which = visit.wants, tries = visit.tries_left;
	const wrong = memo.tries?.[which] > tries;
	const ready = digits.length === LENGTH && online && tries !== null;
	const calm = !wrong && tries > MATTERS;

	async function enter() {
		if (!ready)
			return;
		const body = { pin: digits, which, tries_left: tries,
			...(tries === 1 ? { last_try: true } : {}) };

		setDigits("");
		memo.tries = { ...memo.tries, [which]: tries };
		await send("pin", body);
	}

	if (tries === 1 && !sure)
		return html`<${LastTry} wrong=${wrong}
		    onYes=${() => setSure(true)} onNo=${onDecline} />`;
	return html`<${Frame} name=${which} kind="split" step=${1}
	    title=${t(`${which}.title`)}
	    heading=${html`<${Text} name=${`${which}.title`} />`}
	    lead=${calm && html`<${Text} name=${`${which}.lead`} />`}
	    spoken=${(wrong ? t("pin.wrong") : "") + t(`${which}.spoken`)}
	    main=${html`<${Button} kind="main" off=${!ready} onPress=${enter}>
		${t("pin.enter")}<//>`}>
		<div class="entry">
			<${Warnings} wrong=${wrong} tries=${tries}
			    problem=${sent} />
			<${Dots} count=${digits.length} of=${LENGTH}
			    label=${t(`${which}.title`)} />
		</div>
		<${Pad} max=${LENGTH} change=${setDigits} onEnter=${enter} />
	<//>`;
}
