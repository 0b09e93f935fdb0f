/*
 * 資格確認結果 of a visit, or why there is none.  Everything shown is held in
 * this dialog alone and gone with it; it closes by itself when nobody reads.
 */
import { ITEMS } from "../common/consent.js";
import { clock, longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Button, Dialog, html, useState, useVisit } from "../common/ui.js";
import { dayOf } from "./day.js";
import { mayFallBack } from "./fallback.js";
import { groupsOf, titleOf } from "./field.js";
import { Filed } from "./filed.js";
import { Born, Name, modeText, placeText } from "./name.js";
import { Status } from "./status.js";
import { Trouble } from "./trouble.js";

function Value({ line }) {
	if (line.parts === undefined)
		return html`<span title=${line.title}>${line.text}</span>`;
	return html`<span class="grouped">${line.parts.map((p, i) =>
	    html`<span key=${i}>${p}</span>`)}</span>`;
}

function Group({ group, id }) {
	return html`<section class="result-group" aria-labelledby=${id}>
		<h3 id=${id}>${t(`desk.group.${group.name}`)}</h3>
		<dl>${group.lines.map((line) => html`<div key=${line.name}>
			<dt>${line.label}</dt>
			<dd><${Value} line=${line} /></dd></div>`)}</dl>
	</section>`;
}

/* Insurance and 医療扶助 of one person: a switch at top left (BAT-09). */
export function Records({ records }) {
	const [at, setAt] = useState(0);
	const now = Math.min(at, records.length - 1);

	return html`${records.length > 1 && html`<div class="tabs" role="group"
	    aria-label=${t("desk.result.records")}>
		${records.map((r, i) => html`<${Button} key=${i}
		    aria-pressed=${i === now ? "true" : "false"}
		    class=${i === now ? "now" : ""}
		    onPress=${() => setAt(i)}>${t("desk.result.tab",
		    { n: i + 1, title: titleOf(r) })}<//>`)}</div>`}
	<div class="result-groups">${groupsOf(records[now]).map((g, i) =>
	    html`<${Group} key=${`${now}-${i}`} group=${g}
		id="result-${i}" />`)}</div>`;
}

function Person({ patient }) {
	if (patient === null)
		return html`<p class="result-person nothing">
			${t("desk.row.nobody")}</p>`;
	return html`<p class="result-person">
		<${Name} patient=${patient} />
		<span>${t("desk.result.chart", { n: patient.chart_number })}</span>
		<span>${patient.sex && t(`desk.sex.${patient.sex}`)}${" "}
			<${Born} date=${patient.birthdate} />${" "}
			${t("desk.row.age", { n: patient.age })}</span>
		<span>${t("desk.result.reference", { n:
			patient.reference_number ??
			t("desk.result.unregistered") })}</span></p>`;
}

/* What the person agreed to, item by item (MAP-06). */
function Agreed({ consent }) {
	const lines = ITEMS.map((name) => ({ name,
		label: t(`consent.${name}.title`),
		text: t(consent[name] ? "consent.yes" : "consent.no") }));

	if (consent.prescription !== null)
		lines.push({ name: "prescription",
			label: t("consent.prescription.title"),
			text: t(`consent.${consent.prescription}`) });
	return html`<div class="result-groups"><${Group} id="result-agreed"
	    group=${{ name: "agreed", lines }} /></div>`;
}

function Course({ visit }) {
	const at = visit.started_at;

	return html`<p class="hint">${t("desk.result.course", {
		date: longDate(dayOf(Date.parse(at))), time: clock(at),
		mode: modeText(visit), client: placeText(visit) })}
	${visit.staff !== null && t("desk.result.staff", { name: visit.staff })}
	${visit.reason !== null && t("desk.result.reason",
	    { reason: t(`desk.reason.${visit.reason}`) })}</p>`;
}

function Body({ visit }) {
	const records = visit.result?.records ?? [];

	return html`<${Person} patient=${visit.patient} />
	<div class="result-status"><${Status}
	    status=${visit.status} wants=${visit.wants} />
		${pick(visit.status.advice) !== "" && html`<p>
			${pick(visit.status.advice)}</p>`}</div>
	<${Trouble} problem=${visit.error} />
	<${Filed} visit=${visit} />
	${visit.fallback && html`<p class="hint fallback">
		${t("desk.result.fallback", { what: pick(visit.fallback.label),
		    name: visit.fallback.staff })}</p>`}
	${records.length > 0 && html`<${Records} records=${records} />`}
	${visit.consent.confirmed_at !== null && html`<${Agreed}
	    consent=${visit.consent} />`}
	<${Course} visit=${visit} />`;
}

/* status.word of a visit that can be given up */
const RUNS = new Set(["running", "inquiring", "unmatched"]);

/* Escape and 閉じる close; a visit that still runs can be given up. */
export function ResultView({ id, may, onCancel, onFallback, onClose }) {
	const { visit, problem, send, reload } = useVisit(id);
	const runs = may.cancel && RUNS.has(visit?.status.word);

	/* A result bound at the desk has no kiosk that would close it. */
	function close() {
		if (may.close && visit?.wants === "closing" &&
		    visit.client === null)
			send("closing");
		onClose();
	}

	const foot = html`${runs && html`<${Button} kind="danger"
		onPress=${() => onCancel(visit)}>${t("desk.action.cancel")}<//>`}
	${may.match && visit !== null && mayFallBack(visit) && html`<${Button}
	    onPress=${() => onFallback(visit)}>${t("desk.fallback.open")}<//>`}
	<${Button} kind="main" onPress=${close}>
		${t("desk.close")}<//>`;

	return html`<${Dialog} class="wide result" title=${t("desk.result.title")}
	    onClose=${close} actions=${foot}>
		<p class=${visit === null ? "" : "aside"} role="status">
			${visit !== null ? pick(visit.status.label) :
			    problem === null && t("desk.loading")}</p>
		<div class="read" role="region" tabindex="0"
		    aria-label=${t("desk.result.title")}>
			<${Trouble} problem=${problem}>
				<${Button} onPress=${reload}>
					${t("desk.again")}<//><//>
			${visit !== null && html`<${Body} visit=${visit} />`}
		</div>
	<//>`;
}
