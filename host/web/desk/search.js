/* The patient is looked for by chart number, birth date, name or kana. */
import { wareki } from "../common/date.js";
import { lang, t } from "../common/text.js";
import { Button, Field, html, useEffect, useState } from "../common/ui.js";
import { get } from "../common/api.js";
import { readDate } from "./birthdate.js";
import { Born, Name } from "./name.js";
import { Trouble } from "./trouble.js";

/* openapi.yaml, ChartNumber */
const CHART = /^[!-~]{1,32}$/u;

/* {query} for the API, or {wrong: field}. */
export function queryOf({ chart, birthdate, name }) {
	const number = chart.normalize("NFKC").trim();
	const date = readDate(birthdate);
	const rows = [["chart_number", number], ["birthdate", date],
	    ["name", name.trim()]].filter(([, v]) => v);

	if (number !== "" && !CHART.test(number))
		return { wrong: "chart" };
	if (date === null)
		return { wrong: "birthdate" };
	return rows.length === 0 ? { wrong: "all" } :
	    { query: rows.map(([k, v]) => `${k}=${encodeURIComponent(v)}`)
		.join("&") };
}

/* Candidates as a set of radio buttons. */
function Candidates({ found, chosen, onChoose }) {
	return html`<fieldset class="candidates">
		<legend>${t("desk.search.found", { total: found.total,
		    n: found.patients.length })}</legend>
		${found.patients.length === 0 && html`<p class="nothing">
			${t("desk.search.none")}</p>`}
		${found.patients.map((p) => html`<label key=${p.chart_number}
		    class=${chosen?.chart_number === p.chart_number ?
			"chosen" : ""}>
			<input type="radio" name="candidate"
			    checked=${chosen?.chart_number === p.chart_number}
			    onChange=${() => onChoose(p)} />
			<span class="candidate-chart">${p.chart_number}</span>
			<${Name} patient=${p} />
			<${Born} date=${p.birthdate} />
		</label>`)}
		${found.total > found.patients.length && html`<p class="hint">
			${t("desk.search.more")}</p>`}</fieldset>`;
}

/*
 * first: what is known already (birthdate as YYYY-MM-DD); when there is
 * something the search begins with it.  given: patients proposed by the agent.
 */
export function Search({ first, given, chosen, onChoose }) {
	const [fields, setFields] = useState({ chart: "",
	    birthdate: lang() === "ja" ? wareki(first.birthdate) :
		first.birthdate ?? "",
	    name: "" });
	const [found, setFound] = useState(given.length === 0 ? null :
	    { total: given.length, patients: given });
	const [wrong, setWrong] = useState(null);
	const [problem, setProblem] = useState(null);

	async function search() {
		const { query, wrong: field = null } = queryOf(fields);

		setWrong(field);
		setProblem(null);
		if (field !== null)
			return;
		try {
			setFound(await get(`/patients?${query}`));
			onChoose(null);
		} catch (error) {
			setProblem(error);
		}
	}

	useEffect(() => {
		if (given.length === 0 && first.birthdate)
			setTimeout(search);
	}, []);

	const field = (name) => html`<${Field} id="search-${name}"
	    label=${t(`desk.search.${name}`)} value=${fields[name]}
	    maxlength="100" wrong=${wrong === name ?
	    t(`desk.search.wrong_${name}`) : null}
	    onInput=${(event) => setFields({ ...fields,
		[name]: event.target.value })} />`;

	return html`<div class="search">
		<form autocomplete="off"
		    onSubmit=${(event) => event.preventDefault()}>
			${field("chart")}${field("birthdate")}${field("name")}
			<${Button} type="submit" onPress=${search}>
				${t("desk.search.go")}<//>
		</form>
		${wrong === "all" && html`<p class="wrong" role="status">
			${t("desk.search.wrong_all")}</p>`}
		<${Trouble} problem=${problem} />
		<div aria-live="polite">${found !== null && html`<${Candidates}
		    found=${found} chosen=${chosen} onChoose=${onChoose} />`}</div>
	</div>`;
}
