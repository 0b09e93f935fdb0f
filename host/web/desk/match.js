/*
 * Who is this?  What the card or the face reader says, the register's
 * candidates, both side by side, and a person of the staff who decides.  The
 * agent has the last word: what contradicts the card it refuses.
 */
import { pick, t } from "../common/text.js";
import { Button, Dialog, Field, Icon, html, useState }
	from "../common/ui.js";
import { Filed } from "./filed.js";
import { Born } from "./name.js";
import { compare } from "./same.js";
import { Search } from "./search.js";
import { useSend } from "./send.js";
import { Trouble } from "./trouble.js";

/* openapi.yaml, Staff */
const STAFF_MAX = 32;
const MARK_ICONS = { changed: "info", stop: "stop" };

function valueOf(field, value) {
	if (value === null)
		return html`<span class="nothing">
			${t("desk.match.silent")}</span>`;
	if (field === "sex")
		return t(`desk.sex.${value}`);
	if (field === "birthdate")
		return html`<${Born} date=${value} />`;
	return value;
}

function Mark({ mark }) {
	if (mark === "none")
		return null;
	if (mark === "same" || mark === "unknown")
		return html`<span class="aside">${t(`desk.mark.${mark}`)}</span>`;
	return html`<span class="mark ${mark}"><${Icon}
	    name=${MARK_ICONS[mark]} />${t(`desk.mark.${mark}`)}</span>`;
}

/* Left 現在の情報, right what was read; a difference is a band and a word. */
export function Comparison({ patient, person, source }) {
	const rows = compare(patient, person);
	const ours = (row, i) => patient !== null ? html`<td>
		${valueOf(row.field, row.ours)}</td>` : i === 0 && html`<td
		class="nobody" rowspan=${rows.length}>
			${t("desk.match.need_patient")}</td>`;

	return html`<section aria-labelledby="comparison-title">
	<table class="comparison">
		<caption id="comparison-title">${t("desk.match.compare")}</caption>
		<thead><tr><th scope="col">${t("desk.match.field")}</th>
			<th scope="col">${t("desk.match.ours")}</th>
			<th scope="col">${t(`desk.match.${source}`)}</th>
		</tr></thead>
		<tbody aria-live="polite">${rows.map((row, i) => html`<tr
		    key=${row.field} class=${row.mark}>
			<th scope="row">${t(`desk.person.${row.field}`)}${" "}
				<${Mark} mark=${row.mark} /></th>
			${ours(row, i)}
			<td>${valueOf(row.field, row.theirs)}</td></tr>`)}
		</tbody></table>
	${rows.every((row) => row.theirs === null) && html`<p class="hint">
		${t("desk.match.unread")}</p>`}
	</section>`;
}

/* Why a person is asked, in one line. */
function Why({ error }) {
	return error && html`<p class="why"><${Icon} name="warn" />
		<b>${pick(error.text)}</b> ${pick(error.next)}
		<span class="help-code">${t("desk.code.help")}
			<code>${error.code}</code></span></p>`;
}

/* What stands in the way of deciding; null when nothing does. */
export function obstacle(chosen, person, staff) {
	if (chosen === null)
		return "desk.match.need_patient";
	if (compare(chosen, person).some((row) => row.mark === "stop"))
		return "desk.match.stop";
	return staff.trim() === "" ? "desk.match.need_staff" : null;
}

/*
 * subject: {path, person, source: card | face | slip, given, why}, and row and visit
 * where it is one.  The desk keeps the name of the staff for the next one.
 */
export function Match({ desk, subject }) {
	const { person, source } = subject;
	const { staff } = desk;
	const [chosen, setChosen] = useState(null);
	const { problem, send } = useSend();
	const missing = obstacle(chosen, person, staff);
	const stopped = missing === "desk.match.stop";

	async function decide() {
		const visit = await send(subject.path, {
			chart_number: chosen.chart_number, staff: staff.trim() });

		if (visit !== null)
			desk.done(`desk.done.${source}`)(visit);
	}

	const foot = html`<div class="decide">
		<p id="match-missing" role="status" class=${stopped ? "wrong" :
		    "hint"}>${missing !== null && html`
			${stopped && html`<${Icon} name="stop" />`}
			<span>${t(missing)}</span>`}</p>
		<${Field} id="match-staff" label=${t("desk.match.staff")}
		    value=${staff} maxlength=${STAFF_MAX}
		    onInput=${(event) => desk.setStaff(event.target.value)} />
		${subject.row && desk.may.cancel && html`<${Button} kind="danger"
		    onPress=${() => desk.open("cancel", { row: subject.row })}>
			${t("desk.match.give_up")}<//>`}
		<${Button} onPress=${desk.close}>${t("desk.match.cancel")}<//>
		<${Button} kind="main" off=${missing !== null}
		    aria-describedby=${missing === null ? null : "match-missing"}
		    onPress=${decide}>${t("desk.match.decide")}<//>
	</div>`;

	return html`<${Dialog} class="wide match" title=${t("desk.match.title")}
	    onClose=${desk.close} actions=${foot}>
		<${Why} error=${subject.why} />
		<${Trouble} problem=${problem} />
		${subject.visit && html`<${Filed} visit=${subject.visit} />`}
		<div class="match-panes">
			<${Comparison} patient=${chosen} person=${person}
			    source=${source} />
			<${Search} first=${person} given=${subject.given}
			    chosen=${chosen} onChoose=${setChosen} />
		</div>
	<//>`;
}
