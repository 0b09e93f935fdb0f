/* Who of the staff does it; the desk keeps the name for the next one. */
import { t } from "../common/text.js";
import { Field, html } from "../common/ui.js";

/* openapi.yaml, Staff */
const STAFF_MAX = 32;

export function Staff({ desk, wrong = false }) {
	return html`<${Field} id="staff" label=${t("desk.match.staff")}
	    value=${desk.staff} maxlength=${STAFF_MAX}
	    wrong=${wrong ? t("desk.match.need_staff") : null}
	    onInput=${(event) => desk.setStaff(event.target.value)} />`;
}
