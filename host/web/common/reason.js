import { html } from "./dom.js";
import { Choice } from "./parts.js";
import { t } from "./text.js";

/* features.md OQS-09: the four cases in which visual mode is allowed */
const REASONS = ["face_and_pin", "disability", "illness", "machine"];

/* value: null before the staff has chosen */
export function ReasonChoice({ value, onChange }) {
	return html`<${Choice} name="reason" label=${t("staff.reason")}
	    value=${value} onChange=${onChange}
	    rows=${REASONS.map((id) => [id, t(`staff.reason.${id}`)])} />`;
}
