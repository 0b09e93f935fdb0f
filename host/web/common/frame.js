import { createContext, html, useContext, useEffect, useRef } from "./dom.js";
import { Icon } from "./icon.js";
import { Button, Steps } from "./parts.js";
import { hush, say } from "./speech.js";
import { lang, t } from "./text.js";

/*
 * What a page puts around every screen: bar (its tools), note (what is wrong
 * right now, above the screen), quit (what やめる does), speaks.
 */
export const Around = createContext({ bar: null, note: null, quit: null,
	speaks: false });

function useSpoken(text, speaks) {
	useEffect(() => {
		if (speaks)
			say(text);
		return hush;
	}, [text, speaks, lang()]);
}

/*
 * One screen: tools and steps on top, one thing to do, やめる always at the
 * lower left, the main action at the lower right.  name tells screens apart:
 * with a new one the heading is focused and read out.  title is plain text;
 * heading and lead are what is drawn, sign an icon above them.
 */
export function Frame({ name, title, heading, lead, sign, spoken, step,
	kind = "", main, side, quit = true, children }) {
	const around = useContext(Around), head = useRef(null);

	useEffect(() => { head.current.focus({ preventScroll: true }); }, [name]);
	useSpoken(spoken ?? title, around.speaks);

	return html`<div class="frame ${kind}">
		<header class="frame-bar">
			${step === undefined ?
			    html`<span class="frame-gap"></span>` :
			    html`<${Steps} now=${step} />`}
			${around.bar}
		</header>
		<main class="frame-main" id="main">
			${around.note}
			<div class="frame-head">
				${sign && html`<div class=${`sign ${sign}`}>
					<${Icon} name=${sign} /></div>`}
				<h1 ref=${head} tabindex="-1">
					${heading ?? title}</h1>
				${lead && html`<p class="lead">${lead}</p>`}
			</div>
			<div class="frame-body">${children}</div>
		</main>
		<footer class="frame-foot">
			${quit && around.quit && html`<${Button} class="quit"
			    icon="cross" onPress=${around.quit}>
				${t("frame.quit")}<//>`}
			<div class="frame-side">${side}</div>
			<div class="frame-go">${main}</div>
		</footer>
	</div>`;
}
