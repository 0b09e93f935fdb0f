/* 資格確認履歴照会: what the terminal has answered, by conditions. */
import { ITEMS } from "../common/consent.js";
import { pick, t } from "../common/text.js";
import { Button, Field, html, useState } from "../common/ui.js";
import { readDate } from "./birthdate.js";
import { Moment } from "./consents.js";
import { dayAfter } from "./day.js";
import { Grid, ListPage } from "./grid.js";
import { Born, Name } from "./name.js";
import { usePaged } from "./paged.js";
import { FoundStatus } from "./status.js";
import { typedDate } from "./typed.js";

/* name: how it is typed; openapi.yaml has the form of each */
const FIELDS = {
	from: readDate, to: readDate,
	chart_number: (v) => v.normalize("NFKC").trim(),
	name: (v) => v.trim(), kana: (v) => v.trim(),
	birthdate: readDate,
	insurer_number: (v) => {
		const digits = v.normalize("NFKC").trim();

		return /^\d{0,8}$/u.test(digits) ? digits : null;
	},
};
const CHOICES = {
	source: ["check", "face", "list"],
	validity: ["1", "2", "3", "4", "5", "6"],
	state: ["new", "same", "imported", "set_aside"],
};
const MONTH_DAYS = 30;
/* What people search by; the rest is folded away. */
const FIRST = ["from", "to", "chart_number", "name", "birthdate"];

/* {query}, or {wrong: field}. */
export function queryOf(fields, choices) {
	const read = Object.entries(FIELDS).map(([name, parse]) =>
	    [name, parse(fields[name] ?? "")]);
	const wrong = read.find(([, value]) => value === null);

	return wrong !== undefined ? { wrong: wrong[0] } :
	    { query: { ...Object.fromEntries(read), ...choices } };
}

/* What was agreed to, in short words. */
function Agreed({ row }) {
	const agreed = ITEMS.filter((item) => row.consents.some((c) =>
	    c.item === item && c.flag === "1"));

	return agreed.length === 0 ? "—" : agreed.map((item) =>
	    t(`desk.item.${item}`)).join("・");
}

/* Who it is by the register; by the answer while it is nobody's. */
export function Who({ row }) {
	return html`${row.patient === null ? html`<span class="person"><span
	    class="name">${row.name}</span><span class="kana">${row.kana}</span>
	    </span>` : html`<${Name} patient=${row.patient} />`}`;
}

/* 保険者番号, and 記号・番号 （枝番） below it. */
export function Insurance({ row }) {
	return html`<span class="insurance-line">${row.insurer_number}</span>
	<span class="insurance-line">${[row.insured_card_symbol,
	    row.insured_identification_number].filter(Boolean).join("・")}
	${row.insured_branch_number !== "" && t("desk.finding.branch",
	    { n: row.insured_branch_number })}</span>`;
}

export const COLUMNS = [
	{ name: "at", cell: (row) => html`<${Moment} at=${row.at} short />` },
	{ name: "chart", cell: (row) => row.chart_number ??
	    html`<span class="nobody">${pick(row.link_label)}</span>` },
	{ name: "who", cell: (row) => html`<${Who} row=${row} />` },
	{ name: "born", cell: (row) => row.birthdate === null ? "—" :
	    html`<${Born} date=${row.birthdate} short />` },
	{ name: "state", cell: (row) => html`<${FoundStatus} row=${row} />` },
	{ name: "insurance", cell: (row) => html`<${Insurance} row=${row} />` },
	{ name: "source", cell: (row) => pick(row.source_label) },
	{ name: "agreed", cell: (row) => html`<${Agreed} row=${row} />` },
];

function Choice({ name, value, onChange }) {
	return html`<label class="field choice">
		<b>${t(`desk.history.${name}`)}</b>
		<select value=${value ?? ""} onChange=${(event) =>
		    onChange(event.target.value || null)}>
			<option value="">${t("desk.history.any")}</option>
			${CHOICES[name].map((word) => html`<option key=${word}
			    value=${word}>${t(`desk.history.${name}.${word}`)}
			</option>`)}</select></label>`;
}

export function History({ desk }) {
	const first = { from: dayAfter(desk.today, -MONTH_DAYS), to: "" };
	const [fields, setFields] = useState(() => ({ ...first,
		from: typedDate(first.from) }));
	const [choices, setChoices] = useState({});
	const [asked, setAsked] = useState({ from: first.from });
	const [wrong, setWrong] = useState(null);
	const [more, setMore] = useState(false);
	const list = usePaged("/findings", "findings", asked);

	function search() {
		const { query, wrong: field = null } = queryOf(fields, choices);

		setWrong(field);
		setMore(more || (field !== null && !FIRST.includes(field)));
		if (field === null) {
			setAsked(query);
			list.reload();
		}
	}

	const field = (name) => html`<${Field} key=${name}
	    id=${`history-${name}`} maxlength="100"
	    label=${t(`desk.history.${name}`)} value=${fields[name] ?? ""}
	    wrong=${wrong === name ? t("desk.history.wrong") : null}
	    onInput=${(event) => setFields({ ...fields,
		[name]: event.target.value })} />`;
	const tools = html`<form class="conditions" autocomplete="off"
	    onSubmit=${(event) => event.preventDefault()}>
		${FIRST.map(field)}
		<${Button} type="submit" kind="main" onPress=${search}>
			${t("desk.search.go")}<//>
		<${Button} aria-expanded=${more ? "true" : "false"}
		    onPress=${() => setMore(!more)}>
			${t("desk.history.more")}<//>
		${more && html`<div class="conditions more">
			${Object.keys(FIELDS).filter((name) =>
			    !FIRST.includes(name)).map(field)}
			${Object.keys(CHOICES).map((name) => html`<${Choice}
			    key=${name} name=${name} value=${choices[name]}
			    onChange=${(value) => setChoices({ ...choices,
				[name]: value })} />`)}</div>`}
	</form>`;

	return html`<${ListPage} desk=${desk} list=${list} tools=${tools}
	    empty=${t("desk.history.none")}>
		<${Grid} label=${t("desk.tab.history")} list=${list}
		    columns=${COLUMNS} idOf=${(row) => row.id}
		    action=${({ detail }) => detail ? "desk.action.detail" :
			null}
		    onOpen=${(row) => desk.open("finding", { id: row.id,
			ids: list.rows.filter((r) => r.detail)
			    .map((r) => r.id) })} /><//>`;
}
