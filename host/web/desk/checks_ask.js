/*
 * 単件照会 and 一括照会: whom to ask about, for which day.  What cannot be asked
 * is a row of the list with the reason, not an error here.
 */
import { pick, t } from "../common/text.js";
import { Button, Dialog, Field, Icon, html, useRef, useState }
	from "../common/ui.js";
import { chartsOf } from "./ask.js";
import { chartsOfFile } from "./checks_csv.js";
import { checkOf } from "./checks_row.js";
import { Search } from "./search.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";
import { typedDate } from "./typed.js";

/* A file of appointments; more is none. */
const FILE_MAX = 4 << 20;
/* DEN-17 */
const LIMITS = ["unknown", "yes", "no"];

/* What both dialogs do: ask, and say how many. */
function useAsk(desk, category, date, onDone) {
	const [typed, setTyped] = useState(typedDate(date));
	const [wrong, setWrong] = useState(null);
	const { problem, send } = useSend();

	async function ask(charts, limit = "unknown") {
		const { body, day, wrong: field = null } = checkOf(category,
		    charts, { typed, limit, staff: desk.staff,
		    today: desk.today });

		setWrong(field);
		if (field !== null)
			return;
		const job = await send("/jobs", body);

		if (job === null)
			return;
		if (onDone(day) !== false)
			desk.close();
		desk.setSaid(t("desk.checks.asked", { what: pick(job.label),
		    n: charts.length }));
	}

	const day = html`<${Field} id="check-date" maxlength="20" value=${typed}
	    label=${t("desk.checks.date")}
	    wrong=${wrong === "date" ? t("desk.history.wrong") : null}
	    onInput=${(event) => setTyped(event.target.value)} />`;

	return { ask, wrong, problem, day };
}

export function LimitConsent({ value, onChange }) {
	return html`<fieldset class="choices"><legend>
			${t("desk.checks.limit")}</legend>
		${LIMITS.map((word) => html`<label key=${word}>
			<input type="radio" name="limit" checked=${word === value}
			    onChange=${() => onChange(word)} />
			${t(`desk.checks.limit.${word}`)}</label>`)}</fieldset>`;
}

/* chart and patient: of a row; without them they are looked for here.  onDone
 * is told the day, and returns false where it opens the next dialog. */
export function CheckOne({ desk, chart = "", patient = null,
	date = desk.today, onDone = () => {}, onBack = desk.close }) {
	const [typed, setTyped] = useState(chart);
	const [chosen, setChosen] = useState(patient);
	const [limit, setLimit] = useState("unknown");
	const [looking, setLooking] = useState(false);
	const { ask, wrong, problem, day } = useAsk(desk, "check", date, onDone);
	const number = typed.normalize("NFKC").trim();
	const known = chosen?.chart_number === number ? chosen : null;

	return html`<${Dialog} class=${looking ? "wide" : ""}
	    title=${t("desk.checks.one")} onClose=${onBack}>
		${looking && html`<${Search} first=${{}} given=${[]}
		    chosen=${chosen} onChoose=${(found) => {
			setChosen(found);
			setTyped(found?.chart_number ?? "");
		    }} />`}
		<form class="ask" autocomplete="off"
		    onSubmit=${(event) => event.preventDefault()}>
			<div class="conditions check-fields">
				${looking ? wrong === "charts" && html`<p
				    class="wrong" role="status"><${Icon}
				    name="warn" />${t("desk.match.need_patient")}
				</p>` : html`<${Field} id="check-chart"
				    maxlength="32" value=${typed}
				    label=${t("desk.history.chart_number")}
				    wrong=${wrong === "charts" ?
					t("desk.checks.wrong_chart") : null}
				    onInput=${(event) =>
					setTyped(event.target.value)} />`}
				${chart === "" && html`<${Button}
				    aria-expanded=${looking ? "true" : "false"}
				    onPress=${() => setLooking(!looking)}>
					${t("desk.checks.search")}<//>`}
				${day}</div>
			${known !== null && html`<p class="result-person">
				<span class="name">${known.name}</span>
				<span class="kana">${known.kana}</span></p>`}
			<${LimitConsent} value=${limit} onChange=${setLimit} />
			<${Staff} desk=${desk} wrong=${wrong === "staff"} />
			<${Trouble} problem=${problem} />
			<div class="ask-actions">
				<${Button} onPress=${onBack}>
					${t("desk.match.cancel")}<//>
				<${Button} type="submit" kind="main"
				    onPress=${() => ask([number]
					.filter(Boolean), limit)}>
					${t("desk.checks.go")}<//></div></form>
	<//>`;
}

/* A button for the browser's own way to choose a file. */
function Choose({ told, onFile }) {
	const input = useRef(null);

	async function choose(event) {
		const [file] = event.target.files;

		if (file !== undefined)
			await onFile(file);
		event.target.value = "";
	}

	return html`<div class="check-file">
		<${Button} onPress=${() => { input.current.click(); }}>
			${t("desk.checks.file")}<//>
		<input id="check-file" ref=${input} type="file" hidden
		    accept=".csv,.txt,text/csv,text/plain" onChange=${choose} />
		<p role="status">${told}</p></div>`;
}

/* charts: those that were ticked. */
export function CheckMany({ desk, date, charts = [], onDone = () => {} }) {
	const [text, setText] = useState(charts.join("\n"));
	const [told, setTold] = useState(null);
	const { ask, wrong, problem, day } = useAsk(desk, "insurance", date,
	    onDone);
	const all = chartsOf(text);

	async function read(file) {
		const found = file.size > FILE_MAX ? [] :
		    chartsOfFile(await file.arrayBuffer());

		setTold(t(found.length === 0 ? "desk.checks.file_none" :
		    "desk.checks.file_read", { n: found.length }));
		setText([...new Set([...all, ...found])].join("\n"));
	}

	return html`<${Dialog} title=${t("desk.checks.many")}
	    onClose=${desk.close}>
		<form class="ask" autocomplete="off"
		    onSubmit=${(event) => event.preventDefault()}>
			<div class="field"><label for="check-charts">
				${t("desk.ask.charts")}</label>
				<p class="hint" id="check-charts-hint">
					${t("desk.checks.paste")}</p>
				<textarea id="check-charts" rows="3"
				    maxlength="70000" spellcheck=${false}
				    aria-describedby="check-charts-hint"
				    value=${text} onInput=${(event) =>
					setText(event.target.value)} />
				<p role="status">${t("desk.checks.count",
				    { n: all.length })}</p>
				${wrong === "charts" && html`<p class="wrong">
					<${Icon} name="warn" />
					${t("desk.ask.wrong_charts")}</p>`}</div>
			<${Choose} told=${told} onFile=${read} />
			<div class="conditions check-fields">${day}
				<${Staff} desk=${desk}
				    wrong=${wrong === "staff"} /></div>
			<p class="hint">${t("desk.checks.evening")}</p>
			<${Trouble} problem=${problem} />
			<div class="ask-actions">
				<${Button} onPress=${desk.close}>
					${t("desk.match.cancel")}<//>
				<${Button} type="submit" kind="main"
				    onPress=${() => ask(all)}>
					${t("desk.checks.go")}<//></div></form>
	<//>`;
}
