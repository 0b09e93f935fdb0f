/* How a patient, a birth date and a way of verifying are written here. */
import { longDate, warekiShort } from "../common/date.js";
import { lang, t } from "../common/text.js";
import { html } from "../common/ui.js";

/* Kana under the name. */
export function Name({ patient }) {
	return html`<span class="person"><span class="name">
		${patient.name}</span>
		<span class="kana">${patient.kana}</span></span>`;
}

/* short, in Japanese: R 8.11.20, as the tools' lists write it. */
export const shownDate = (date, short) => short && lang() === "ja" ?
    warekiShort(date) : longDate(date);

/* In the era; the western year on hover. */
export function Born({ date, short = false }) {
	return html`<time datetime=${date} title=${date}>
		${shownDate(date, short)}</time>`;
}

function modeOf(visit) {
	if (visit.filed && visit.mode === "home")
		return "filed";
	return visit.mode === "home" ? `home_${visit.method}` : visit.mode;
}

export const modeText = (visit) => t(`desk.mode.${modeOf(visit)}`);

/* Visits of the command line have no client; what a device brought was made
 * on it. */
export const placeText = (visit) =>
	visit.client ?? visit.filed?.device ?? t("desk.row.no_client");

export const patientText = (visit) =>
	visit.patient?.name ?? t("desk.row.nobody");
