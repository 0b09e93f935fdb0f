/* The pieces every page is made of. */
import { html, useEffect, useRef, useState } from "./dom.js";
import { Icon } from "./icon.js";
import { page } from "./page.js";
import { onLang, pieces, t } from "./text.js";

/* Renders again when the language changes. */
export function useLang() {
	const [, tick] = useState(0);

	useEffect(() => onLang(() => tick((n) => n + 1)), []);
}

/* A text with its furigana, which only the kiosk has room for. */
export function Text({ name, vars }) {
	if (page !== "kiosk")
		return t(name, vars);
	return pieces(name, vars).map((part) => typeof part === "string" ? part :
	    html`<ruby>${part[0]}<rp>(</rp><rt>${part[1]}</rt><rp>)</rp></ruby>`);
}

/*
 * kind: main, plain, quiet, danger.  onPress may return a promise: until it
 * is settled the button does nothing more.  off: stands there, can be reached
 * and says why (title), does nothing.
 */
export function Button({ kind = "plain", icon, off = false, onPress, children,
	class: extra = "", ...rest }) {
	const busy = useRef(false);
	const [shown, show] = useState(false);
	const here = useRef(true);

	useEffect(() => () => { here.current = false; }, []);

	async function press() {
		if (off || busy.current)
			return;
		busy.current = true;
		const done = onPress();

		if (done instanceof Promise)
			show(true);
		try {
			await done;
		} finally {
			busy.current = false;
			if (here.current)
				show(false);
		}
	}

	return html`<button type="button" class="button ${kind} ${extra}"
	    aria-disabled=${off ? "true" : null} aria-busy=${shown ? "true" : null}
	    onClick=${press} ...${rest}>
		${icon && html`<${Icon} name=${icon} />`}
		<span class="button-text">${children}</span></button>`;
}

/* A button that is either on or off. */
export function Toggle({ on, icon, onPress, children }) {
	return html`<${Button} kind="quiet" class="toggle" icon=${icon}
	    aria-pressed=${on ? "true" : "false"}
	    onPress=${() => onPress(!on)}>${children}<//>`;
}

const STEPS = ["input", "check", "done"];

/* 1 入力 2 確認 3 完了; now is 1 to 3. */
export function Steps({ now }) {
	return html`<ol class="steps" aria-label=${t("steps.label")}>
		${STEPS.map((name, i) => html`<li key=${name}
		    class=${i + 1 < now ? "past" : i + 1 === now ? "now" : ""}
		    aria-current=${i + 1 === now ? "step" : null}>
			<span class="steps-number">${i + 1 < now ?
			    html`<${Icon} name="check" />` : i + 1}</span>
			${t(`steps.${name}`)}
			${i + 1 < now && html`<span class="aside">
				${t("steps.past")}</span>`}
		</li>`)}</ol>`;
}

const BANNER_ICONS = { info: "info", good: "check", warn: "warn", bad: "stop" };

/* kind: info, good, warn, bad.  Said aloud as it appears. */
export function Banner({ kind = "info", title, children }) {
	return html`<div class="banner ${kind}"
	    role=${kind === "bad" ? "alert" : "status"}>
		<${Icon} name=${BANNER_ICONS[kind]} />
		<div><p class="banner-title">${title}</p>${children}</div>
	</div>`;
}

/* label, hint and what is wrong, tied to the input. */
export function Field({ id, label, hint, wrong, ...rest }) {
	const said = [hint && `${id}-hint`, wrong && `${id}-wrong`]
	    .filter(Boolean).join(" ");

	return html`<div class="field">
		<label for=${id}>${label}</label>
		${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
		<input id=${id} autocomplete="off" autocapitalize="off"
		    spellcheck=${false} aria-describedby=${said || null}
		    aria-invalid=${wrong ? "true" : null} ...${rest} />
		${wrong && html`<p class="wrong" id="${id}-wrong">
			<${Icon} name="warn" />${wrong}</p>`}
	</div>`;
}

/* One of several; nothing is chosen before the person does. */
export function Choice({ name, label, rows, value, onChange }) {
	return html`<fieldset class="choice">
		<legend>${label}</legend>
		${rows.map(([id, text]) => html`<label key=${id}
		    class=${value === id ? "chosen" : ""}>
			<input type="radio" name=${name} value=${id}
			    checked=${value === id}
			    onChange=${() => onChange(id)} />
			<span>${text}</span></label>`)}
	</fieldset>`;
}
