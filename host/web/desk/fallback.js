/*
 * What the patient showed where nothing could be asked (features.md DIS-04):
 * noted by hand; the last one counts, the audit has each.
 */
import { t } from "../common/text.js";
import { html, useState } from "../common/ui.js";
import { Question } from "./job_dialogs.js";
import { useSend } from "./send.js";

/* openapi.yaml, Fallback */
const WAYS = ["portal", "notice", "certificate", "statement"];
/* status.word of a visit that was asked about, or still may be */
const ASKED = new Set(["running", "inquiring", "valid", "unregistered"]);

export const mayFallBack = (visit) => !ASKED.has(visit.status.word);

export function Fallback({ desk, visit }) {
	const [way, setWay] = useState(visit.fallback?.way ?? WAYS[0]);
	const { problem, send } = useSend();

	const go = async (staff) => await send(`/visits/${visit.id}/fallback`,
	    { way, staff }) === null ? null : t("desk.fallback.done");

	return html`<${Question} desk=${desk} name="fallback" problem=${problem}
	    go=${go}><fieldset class="choices"><legend class="aside">
			${t("desk.fallback.what")}</legend>
		${WAYS.map((word) => html`<label key=${word}>
			<input type="radio" name="way" checked=${word === way}
			    onChange=${() => setWay(word)} />
			${t(`desk.fallback.${word}`)}</label>`)}</fieldset><//>`;
}
