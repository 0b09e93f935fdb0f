import { Pad } from "../digits.js";
import { html, useState } from "../dom.js";
import { NumberPlaces } from "../drawing.js";
import { Frame } from "../frame.js";
import { Banner, Button } from "../parts.js";
import { pick, t } from "../text.js";

/* card-and-readers.md 3: birth date YYMMDD of the era year, year of expiry,
   security code */
const PARTS = [["birth", 6], ["expiry", 4], ["security", 4]];
const LENGTH = 14;

const starts = PARTS.map((_, i) => PARTS.slice(0, i).reduce(
    (sum, [, length]) => sum + length, 0));

function Part({ index, number, now }) {
	const [name, length] = PARTS[index];
	const part = number.slice(starts[index], starts[index] + length);

	return html`<li class=${index === now ? "part now" : "part"}
	    aria-current=${index === now ? "true" : null}>
		<span class="part-number" aria-hidden="true">${index + 1}</span>
		<span class="part-label">${t(`number_b.${name}`)}
			<span class="hint">
				${t(`number_b.${name}.hint`)}</span></span>
		<span class="part-digits">${Array.from({ length }, (_, i) =>
		    html`<span key=${i} class=${i < part.length ? "cell full" :
			"cell"}>${part[i] ?? ""}</span>`)}</span>
	</li>`;
}

/* 照合番号B, typed by the staff from the front of the card. */
export function NumberB({ visit, send, sent, memo, online }) {
	const tries = visit.tries_left;
	/* Asked for once more: what was sent did not fit the card. */
	const wrong = memo.number === true && sent === null;
	const [number, setNumber] = useState("");
	const now = starts.findLastIndex((start) => number.length >= start);
	const ready = number.length === LENGTH && online;

	async function enter() {
		if (!ready)
			return;
		const body = { number };

		setNumber("");
		memo.number = true;
		await send("number-b", body);
	}

	return html`<${Frame} name="number_b" kind="split wide" step=${1}
	    title=${t("number_b.title")} lead=${t("number_b.lead")}
	    main=${html`<${Button} kind="main" off=${!ready} onPress=${enter}>
		${t("number_b.enter")}<//>`}>
		<div class="entry">
			${sent && html`<${Banner} kind="bad"
			    title=${pick(sent.text)} />`}
			${wrong && html`<${Banner} kind="bad"
			    title=${t("number_b.wrong")}>
				<p>${t("number_b.again", { tries })}</p><//>`}
			<${NumberPlaces} now=${now} />
			<ol class="parts">${PARTS.map((_, i) => html`<${Part}
			    key=${i} index=${i} number=${number}
			    now=${now} />`)}</ol>
			<p class="aside" role="status">${t("pad.count", {
			    label: t(`number_b.${PARTS[now][0]}`),
			    count: number.length - starts[now],
			    of: PARTS[now][1] })}</p>
		</div>
		<${Pad} max=${LENGTH} change=${setNumber} onEnter=${enter} />
	<//>`;
}
