import { html } from "../dom.js";
import { isAsking } from "../flow.js";
import { Frame } from "../frame.js";
import { t } from "../text.js";

/* name: working.card, working.asking or working.face */
export function Working({ visit, face = false }) {
	const asking = visit !== null && isAsking(visit);
	const name = face ? "face" : asking ? "asking" : "card";

	return html`<${Frame} name="working" kind="calm" step=${asking ? 2 : 1}
	    title=${t(`working.${name}.title`)} quit=${!asking}>
		<div class="spinner" aria-hidden="true"><span></span><span></span
		    ><span></span></div>
		<p class="lead" role="status">${t(`working.${name}.lead`)}</p>
	<//>`;
}
