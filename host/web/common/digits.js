import { html, useLayoutEffect, useRef } from "./dom.js";
import { Button } from "./parts.js";
import { t } from "./text.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/*
 * A number pad; the keys of a keyboard do the same.  change is the setter of
 * the state that holds the digits; the pad itself never has them.
 */
export function Pad({ max, change, onEnter }) {
	const add = (digit) => change((old) => old.length < max ? old + digit :
	    old);
	const back = () => change((old) => old.slice(0, -1));
	const keys = useRef(null);

	keys.current = (event) => {
		if (event.target.matches("input") || event.ctrlKey ||
		    event.altKey || event.metaKey)
			return;
		if (/^[0-9]$/.test(event.key))
			add(event.key);
		else if (event.key === "Backspace")
			back();
		else if (event.key === "Enter" && !event.target.matches("button"))
			onEnter?.();
	};
	useLayoutEffect(() => {
		const press = (event) => keys.current(event);

		addEventListener("keydown", press);
		return () => removeEventListener("keydown", press);
	}, []);

	return html`<div class="pad" role="group" aria-label=${t("pad.label")}>
		${KEYS.map((digit) => html`<${Button} key=${digit}
		    onPress=${() => { add(digit); }}>${digit}<//>`)}
		<${Button} class="pad-word" onPress=${() => { change(""); }}
		    >${t("pad.clear")}<//>
		<${Button} onPress=${() => { add("0"); }}>0<//>
		<${Button} class="pad-word" onPress=${() => { back(); }}
		    >${t("pad.back")}<//>
	</div>`;
}

/* How many were entered, not which. */
export function Dots({ count, of, label }) {
	return html`<div class="dots">
		<div class="dots-row" aria-hidden="true">
			${Array.from({ length: of }, (_, i) => html`<span key=${i}
			    class=${i < count ? "dot full" : "dot"}></span>`)}
		</div>
		<p class="aside" role="status">${t("pad.count",
		    { label, count, of })}</p>
	</div>`;
}
