/*
 * A document before whoever may read it: first who, for the audit.  XML is a
 * table here, with ▲▽ where the agent marks a value (features.md ORC-06); PDF
 * is handed over byte by byte as a file, because a closed page has no room for
 * a viewer of the browser.
 */
import { call, check, get } from "../common/api.js";
import { longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Banner, Button, Dialog, html, useEffect, useState }
	from "../common/ui.js";
import { formText, monthsText } from "./documents.js";
import { Moment } from "./consents.js";
import { queryText } from "./paged.js";
import { saveBytes } from "./save.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";

const PDF_MS = 60_000;

const dateText = (text) => text ? longDate(text) : "";

/* 2025-12 or 202512 as a month. */
export const monthText = (text) => longDate(`${(text ?? "")
    .replace(/\D/gu, "")}01`).replace(/^1 |1日$/u, "");

/* What the file holds beside the known: under its own names. */
function Other({ other }) {
	const rows = other === undefined || other === null ? [] :
	    Object.entries(other);

	return rows.length > 0 && html`<dl class="other">${rows.map(([name,
	    value]) => html`<div key=${name}><dt>${name}</dt>
		<dd>${Array.isArray(value) ? value.map((one, i) =>
		    html`<${Value} key=${i} value=${one} />`) :
		    html`<${Value} value=${value} />`}</dd></div>`)}</dl>`;
}

function Value({ value }) {
	return typeof value === "object" && value !== null ?
	    html`<${Other} other=${value} />` : html`<span>${value}</span>`;
}

const DRUG = ["name", "ingredient", "amount", "usage", "times"];
const TREATMENT = ["name", "amount", "times"];

/* amount with its unit; code under the name, as the lists have it. */
function cellOf(row, name) {
	if (name === "amount")
		return [row.amount, row.unit].filter(Boolean).join(" ");
	if (name === "usage")
		return [row.usage, row.instruction].filter(Boolean).join(" ");
	return html`${row[name] ?? ""}${name === "name" && row.code &&
	    html`<span class="hint">${row.code}</span>`}`;
}

function Table({ caption, names, rows }) {
	return rows?.length > 0 && html`<table class="facts">
		<caption>${caption}</caption>
		<thead><tr>${names.map((name) => html`<th key=${name} scope="col">
			${t(`desk.documents.${name}`)}</th>`)}</tr></thead>
		<tbody>${rows.map((row, i) => html`<tr key=${i}>
			${names.map((name) => html`<td key=${name}>
				${cellOf(row, name)}
				${name === names[0] && html`<${Other}
				    other=${row.other} />`}</td>`)}</tr>`)}
		</tbody></table>`;
}

function Month({ month }) {
	return html`<section class="result-group"><h3>
		${t("desk.documents.of_month", { month: monthText(month.month),
		    source: t(`desk.documents.source.${month.source}`) })}</h3>
		${month.dates.map((day, i) => html`<div key=${i}>
			<${Table} names=${DRUG} rows=${day.drugs}
			    caption=${t("desk.documents.dispensed", {
				on: dateText(day.dispensed_on),
				from: dateText(day.prescribed_on) })} />
			<${Table} names=${TREATMENT} rows=${day.treatments}
			    caption=${t("desk.documents.treated", {
				on: dateText(day.dispensed_on ??
				    day.prescribed_on) })} />
			<${Other} other=${day.other} /></div>`)}
		<${Other} other=${month.other} /></section>`;
}

/* Never by the mark alone: it has its word. */
function Mark({ mark }) {
	return mark && html`<b class="mark differs">${mark}
		<span class="aside">${t(mark === "▲" ? "desk.documents.high" :
		    "desk.documents.low")}</span></b>`;
}

function Checkup({ checkup }) {
	return html`<section class="result-group"><h3>
		${t("desk.documents.checked", { on: dateText(checkup.on) })}</h3>
		<table class="facts"><thead><tr>
			${["item", "value", "mark"].map((name) => html`<th
			    key=${name} scope="col">
				${t(`desk.documents.${name}`)}</th>`)}</tr></thead>
		<tbody>${checkup.items.map((item, i) => html`<tr key=${i}
		    class=${item.mark ? "changed" : ""}>
			<th scope="row">${item.name}<${Other}
			    other=${item.other} /></th>
			<td>${[item.text || item.value, item.unit]
			    .filter(Boolean).join(" ")}</td>
			<td><${Mark} mark=${item.mark} /></td></tr>`)}
		</tbody></table><${Other} other=${checkup.other} /></section>`;
}

function View({ view }) {
	const { person = {}, months = [], checkups = [] } = view;

	return html`<p class="result-person"><span class="name">
		${person.name}</span><span class="kana">${person.kana}</span>
		<span>${dateText(person.birthdate)}</span></p>
	<${Other} other=${person.other} />
	${months.map((month, i) => html`<${Month} key=${i}
	    month=${month} />`)}
	${checkups.map((checkup, i) => html`<${Checkup} key=${i}
	    checkup=${checkup} />`)}
	${view.other && html`<details class="past"><summary>
		${t("desk.documents.other")}</summary>
		<${Other} other=${view.other} /></details>`}`;
}

async function pdfOf(path) {
	const answer = await check(await call(path, { method: "GET",
	    signal: AbortSignal.timeout(PDF_MS),
	    headers: { Accept: "application/pdf" } }));

	return answer.arrayBuffer();
}

export function DocumentView({ desk, document, onBack = desk.close }) {
	const [wrong, setWrong] = useState(false);
	const [view, setView] = useState(null);
	const [saved, setSaved] = useState(false);
	const [problem, setProblem] = useState(null);
	const xml = document.form === "xml";

	async function open() {
		const staff = desk.staff.trim();
		const path = `/documents/${document.id}`;

		setWrong(staff === "");
		setProblem(null);
		if (staff === "")
			return;
		try {
			if (xml) {
				setView(await get(`${path}/view?${queryText({
				    staff })}`));
			} else {
				saveBytes(document.file, await pdfOf(`${path}?${
				    queryText({ staff })}`),
				    "application/pdf");
				setSaved(true);
			}
		} catch (error) {
			setProblem(error);
		}
	}

	/* Who it is was said for the one before. */
	useEffect(() => {
		if (xml && desk.staff.trim() !== "")
			open();
	}, []);

	return html`<${Dialog} class="wide result" onClose=${onBack}
	    title=${t("desk.documents.one", { kind: pick(document.label) })}
	    actions=${html`${view === null && html`<${Button} onPress=${open}>
		${t(xml ? "desk.documents.read" : "desk.documents.save")}<//>`}
	    <${Button} kind="main" onPress=${onBack}>
		${t("desk.close")}<//>`}>
		<div class="read" role="region" tabindex="0"
		    aria-label=${t("desk.documents.one",
			{ kind: pick(document.label) })}>
			<p class="hint">${formText(document)}${" "}
				${document.from !== null &&
				    monthsText(document)}${" "}
				${t("desk.documents.expires")}<${Moment}
				    at=${document.expires_at} short /></p>
			${view === null && html`<p>${t("desk.documents.audit")}</p>
			<${Staff} desk=${desk} wrong=${wrong} />`}
			${saved && html`<${Banner} kind="warn"
			    title=${t("desk.documents.saved")}>
				<p>${t("desk.documents.saved_next")}</p><//>`}
			<${Trouble} problem=${problem} />
			${view !== null && html`<${View} view=${view} />`}
		</div><//>`;
}
