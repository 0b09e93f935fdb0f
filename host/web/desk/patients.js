/* 患者: looked for by chart number, birth date, name or kana (OQS-06 is the
 * history of answers, this is the register). */
import { t } from "../common/text.js";
import { Button, Field, html, useEffect, useState } from "../common/ui.js";
import { Grid, ListPage } from "./grid.js";
import { KeyButton } from "./keys.js";
import { useLoad } from "./load.js";
import { Born, Name } from "./name.js";
import { queryOf } from "./search.js";

const FIELDS = ["chart", "birthdate", "name"];

const COLUMNS = [
	{ name: "chart", cell: (row) => row.chart_number },
	{ name: "who", cell: (row) => html`<${Name} patient=${row} />` },
	{ name: "born", cell: (row) => html`<${Born} date=${row.birthdate}
	    short />` },
	{ name: "age", cell: (row) => t("desk.row.age", { n: row.age }) },
	{ name: "sex", cell: (row) => row.sex === null ? "—" :
	    t(`desk.sex.${row.sex}`) },
	{ name: "reference", cell: (row) => row.reference_number ??
	    t("desk.result.unregistered") },
];

/* What GET /patients has: no pages, the first 50 of a total. */
function usePatients(query) {
	const load = useLoad(query === null ? null : `/patients?${query}`);

	return { rows: load.value?.patients ?? [], first: 0, page: 0, pages: 1,
	    total: load.value?.total ?? 0, problem: load.problem,
	    loading: query !== null && load.value === null &&
		load.problem === null,
	    reload: load.reload, turn: () => {} };
}

export function Patients({ desk }) {
	const [fields, setFields] = useState({ chart: "", birthdate: "",
	    name: "" });
	const [asked, setAsked] = useState(null);
	const [wrong, setWrong] = useState(null);
	const list = usePatients(asked);
	const fresh = () => { desk.open("patientEdit",
	    { onDone: list.reload }); };

	/* A dialog may have changed whoever stands here. */
	useEffect(() => {
		if (desk.shown === null)
			list.reload();
	}, [desk.shown]);

	function search() {
		const { query, wrong: field = null } = queryOf(fields);

		setWrong(field);
		if (field === null) {
			setAsked(query);
			list.reload();
		}
	}

	const tools = html`<form class="conditions" autocomplete="off"
	    onSubmit=${(event) => event.preventDefault()}>
		${FIELDS.map((name) => html`<${Field} key=${name}
		    id=${`patients-${name}`} maxlength="100"
		    label=${t(`desk.search.${name}`)} value=${fields[name]}
		    wrong=${wrong === name || wrong === "all" &&
			name === "chart" ? t(`desk.search.wrong_${wrong}`) :
			null}
		    onInput=${(event) => setFields({ ...fields,
			[name]: event.target.value })} />`)}
		<${Button} type="submit" kind="main" onPress=${search}>
			${t("desk.search.go")}<//></form>
	${desk.may.ledger && html`<div class="tools end"><${KeyButton}
	    name="F8" onPress=${fresh}>${t("desk.patient.new")}<//></div>`}`;

	return html`<${ListPage} desk=${desk} list=${list} tools=${tools}
	    keys=${desk.may.ledger ? { F8: fresh } : {}}
	    empty=${t(asked === null ? "desk.patient.begin" :
		"desk.search.none")}
	    foot=${list.total > list.rows.length && html`<p class="hint">
		${t("desk.search.more")}</p>`}>
		<${Grid} label=${t("desk.tab.patients")} list=${list}
		    columns=${COLUMNS} action="desk.action.patient"
		    idOf=${(row) => row.chart_number}
		    onOpen=${(row) => desk.open("patient",
			{ chart: row.chart_number })} /><//>`;
}
