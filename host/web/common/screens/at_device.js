import { html } from "../dom.js";
import { Frame } from "../frame.js";
import { Banner, Text } from "../parts.js";
import { t } from "../text.js";

/* features.md 1.13: three wrong in a row and the PIN is locked */
const MATTERS = 2;

/* The PIN is entered at the reader's own device: nothing is entered here. */
export function AtDevice({ visit }) {
	const tries = visit.tries_left;

	return html`<${Frame} name="pin_at_device" kind="calm" step=${1}
	    title=${t("pin_at_device.title")}
	    heading=${html`<${Text} name="pin_at_device.title" />`}
	    lead=${html`<${Text} name="pin_at_device.lead" />`}
	    spoken=${t("pin_at_device.spoken")}>
		${tries !== null && tries <= MATTERS && html`<${Banner}
		    kind="warn" title=${t("pin.careful")}>
			<p>${t("pin.left", { tries })}</p><//>`}
		<div class="spinner" aria-hidden="true"><span></span><span></span
		    ><span></span></div>
	<//>`;
}
