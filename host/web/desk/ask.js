/* 新規リクエスト: what is asked, of which range or of which patients. */
import { pick, t } from "../common/text.js";
import { Button, Dialog, Field, html, useState } from "../common/ui.js";
import { readDate, readMonth } from "./birthdate.js";
import { useLoad } from "./load.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";
import { typedDate, typedMonth } from "./typed.js";

/* Asked for in other places: documents at the patient. */
const ELSEWHERE = new Set(["checkup", "drug"]);
/* openapi.yaml, POST /jobs */
const CHARTS_MAX = 2000;

/* What was typed between any separators, full width too. */
export const chartsOf = (text) => [...new Set(text.normalize("NFKC")
    .split(/[\s,、;]+/u).filter(Boolean))];

function Choices({ name, legend, rows, wordOf, value, onChange }) {
	return html`<fieldset class="choices"><legend>${legend}</legend>
		${rows.map((row) => html`<label key=${wordOf(row)}>
			<input type="radio" name=${name}
			    checked=${wordOf(row) === value}
			    onChange=${() => onChange(wordOf(row))} />
			${pick(row.label)}</label>`)}</fieldset>`;
}

/* The fields of an axis: a month, or two days. */
const PARTS = { month: ["month"], consent: ["from", "to"],
	examination: ["from", "to"], none: [] };

const READ = { month: readMonth, from: readDate, to: readDate };

/* The body of POST /jobs, or {wrong: field}. */
export function askOf(row, axis, fields) {
	const charts = chartsOf(fields.charts ?? "");

	if (row.charts)
		return charts.length === 0 || charts.length > CHARTS_MAX ?
		    { wrong: "charts" } :
		    { body: { category: row.category, charts } };
	const read = PARTS[axis].map((name) => [name,
	    READ[name](fields[name] ?? "")]);
	const wrong = read.find(([, value]) => value === null || value === "");

	return wrong !== undefined ? { wrong: wrong[0] } : { body: {
	    category: row.category, axis, ...Object.fromEntries(read) } };
}

/* The default of an axis stands there at first. */
const firstOf = ({ month, from, to }) => ({
	month: month === null ? "" : typedMonth(month),
	from: from === null ? "" : typedDate(from),
	to: to === null ? "" : typedDate(to) });

function Form({ desk, rows, chosen, onDone }) {
	const [category, setCategory] = useState(chosen ?? rows[0].category);
	const row = rows.find((r) => r.category === category);
	const [axis, setAxis] = useState(row.axes[0]?.axis ?? "none");
	const [fields, setFields] = useState(row.axes.length === 0 ? {} :
	    firstOf(row.axes[0]));
	const [wrong, setWrong] = useState(null);
	const { problem, send } = useSend();

	function choose(word) {
		const next = rows.find((r) => r.category === word);

		setCategory(word);
		setAxis(next.axes[0]?.axis ?? "none");
		setFields(next.axes.length === 0 ? {} : firstOf(next.axes[0]));
		setWrong(null);
	}

	function turn(word) {
		setAxis(word);
		setFields(firstOf(row.axes.find((a) => a.axis === word)));
	}

	async function ask() {
		const { body, wrong: field = null } = askOf(row, axis, fields);

		setWrong(field ?? (desk.staff.trim() === "" ? "staff" : null));
		if (field !== null || desk.staff.trim() === "")
			return;
		const job = await send("/jobs", { ...body,
		    staff: desk.staff.trim() });

		if (job !== null)
			onDone(job);
	}

	return html`<form class="ask" autocomplete="off"
	    onSubmit=${(event) => event.preventDefault()}>
		<${Choices} name="category" legend=${t("desk.ask.category")}
		    rows=${rows} wordOf=${(r) => r.category} value=${category}
		    onChange=${choose} />
		${row.axes.length > 1 && html`<${Choices} name="axis"
		    legend=${t("desk.ask.axis")} rows=${row.axes}
		    wordOf=${(a) => a.axis} value=${axis} onChange=${turn} />`}
		${row.charts ? html`<${Field} id="ask-charts" maxlength="20000"
		    label=${t("desk.ask.charts")} hint=${t("desk.ask.charts_hint")}
		    value=${fields.charts ?? ""}
		    wrong=${wrong === "charts" ? t("desk.ask.wrong_charts") : null}
		    onInput=${(event) => setFields({ ...fields,
			charts: event.target.value })} />` : html`<div
		    class="conditions">${PARTS[axis].map((name) => html`<${Field}
			key=${name} id=${`ask-${name}`} maxlength="20"
			label=${t(`desk.ask.${name}`)} value=${fields[name]}
			wrong=${wrong === name ? t("desk.history.wrong") : null}
			onInput=${(event) => setFields({ ...fields,
			    [name]: event.target.value })} />`)}</div>`}
		<${Staff} desk=${desk} wrong=${wrong === "staff"} />
		<${Trouble} problem=${problem} />
		<div class="ask-actions">
			<${Button} onPress=${desk.close}>
				${t("desk.match.cancel")}<//>
			<${Button} type="submit" kind="main" onPress=${ask}>
				${t("desk.ask.go")}<//></div></form>`;
}

/* chosen: the category that stands there at first. */
export function Ask({ desk, chosen, onDone = () => {} }) {
	const load = useLoad("/jobs/categories");
	const rows = (load.value?.categories ?? []).filter((row) =>
	    !ELSEWHERE.has(row.category));

	function done(job) {
		desk.close();
		desk.setSaid(t("desk.ask.done", { what: pick(job.label) }));
		onDone(job);
	}

	return html`<${Dialog} title=${t("desk.job.new")}
	    onClose=${desk.close}>
		<${Trouble} problem=${load.problem} />
		${rows.length === 0 ? load.problem === null &&
		    html`<p>${t("desk.loading")}</p>` : html`<${Form}
		    desk=${desk} rows=${rows} chosen=${chosen}
		    onDone=${done} />`}<//>`;
}
