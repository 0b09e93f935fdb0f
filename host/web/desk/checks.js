/*
 * 本日の照会: the patients of a day whose qualification was asked for without
 * a card (features.md DEN-03 to DEN-10, DEN-25, DEN-26), one row each.  The
 * day is that of the qualification, 資格確認日: another one may be looked at,
 * and asked for (COS-31).
 */
import { clock } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Button, Field, html, Icon, useEvents, useEffect, useRef, useState }
	from "../common/ui.js";
import { readDate } from "./birthdate.js";
import { nextOf } from "./checks_row.js";
import { flipped } from "./compare.js";
import { dayAfter } from "./day.js";
import { Grid, ListPage } from "./grid.js";
import { KeyButton } from "./keys.js";
import { Name } from "./name.js";
import { usePaged } from "./paged.js";
import { Status } from "./status.js";
import { typedDate } from "./typed.js";

/* Events come in flocks: the list is read once for each. */
const FLOCK_MS = 300;

/* Calls fn a moment after the first of several calls. */
export function useFlock(fn) {
	const timer = useRef(null), now = useRef(fn);

	now.current = fn;
	useEffect(() => () => clearTimeout(timer.current), []);
	return () => {
		timer.current ??= setTimeout(() => {
			timer.current = null;
			now.current();
		}, FLOCK_MS);
	};
}

/* What is wrong and what to do, below the state. */
function State({ row }) {
	const lines = [row.message, pick(row.status?.advice),
	    pick(row.link_advice), row.unsure ? t("desk.checks.unsure") : ""]
	    .filter(Boolean);

	return html`${row.status === null ? html`<div class="status plain">
		<${Icon} name="minus" /><div class="status-text">
			<span class="status-word">${pick(row.label)}</span>
		</div></div>` : html`<${Status} status=${{ ...row.status,
		    code: row.status.code ?? row.code }} />`}
	${lines.map((line) => html`<span class="hint" key=${line}>
		${line}</span>`)}`;
}

const COLUMNS = [
	{ name: "time", cell: (row) => html`<time datetime=${row.asked_at}>
		${clock(row.asked_at)}</time>` },
	{ name: "chart", cell: (row) => row.chart_number },
	{ name: "who", cell: (row) => row.patient === null ?
	    html`<span class="nobody">${t("desk.checks.nobody")}</span>` :
	    html`<${Name} patient=${row.patient} />` },
	{ name: "age", cell: (row) => row.patient === null ? "—" :
	    t("desk.row.age", { n: row.patient.age }) },
	{ name: "state", cell: (row) => html`<${State} row=${row} />` },
	{ name: "imported", cell: (row) => row.import_label === null ? "—" :
	    pick(row.import_label) },
];

/* F4 前日, F5 次日, or the day typed. */
function Day({ date, today, onDay }) {
	const [typed, setTyped] = useState(null);
	const [wrong, setWrong] = useState(false);
	const shown = typed ?? typedDate(date);

	function go(event) {
		const day = readDate(shown);

		event?.preventDefault();
		setWrong(day === null || day === "");
		if (day === null || day === "")
			return;
		setTyped(null);
		onDay(day);
	}

	return html`<form class="day checks-day" onSubmit=${go}>
		<${KeyButton} name="F4" onPress=${() => {
			setTyped(null);
			onDay(dayAfter(date, -1));
		}}>${t("desk.day.before")}<//>
		<${Field} id="checks-date" maxlength="20" value=${shown}
		    label=${t("desk.checks.date")}
		    wrong=${wrong ? t("desk.history.wrong") : null}
		    onInput=${(event) => setTyped(event.target.value)}
		    onBlur=${() => typed !== null && go()} />
		<${KeyButton} name="F5" onPress=${() => {
			setTyped(null);
			onDay(dayAfter(date, 1));
		}}>${t("desk.day.after")}<//>
		${date !== today && html`<${Button} onPress=${() => {
			setTyped(null);
			onDay(today);
		}}>${t("desk.day.today")}<//>`}</form>`;
}

export function Checks({ desk }) {
	const [day, setDay] = useState(null);
	const [picked, setPicked] = useState(new Set());
	const date = day ?? desk.today;
	const list = usePaged("/checks", "checks", { date });
	const soon = useFlock(list.reload);
	const charts = list.rows.map((row) => row.chart_number)
	    .filter((chart) => picked.has(chart));
	const onDay = (to) => {
		setPicked(new Set());
		setDay(to === desk.today ? null : to);
	};
	const onDone = (asked) => {
		setPicked(new Set());
		if (asked !== undefined)
			onDay(asked);
		list.reload();
	};
	const many = () => { desk.open("checkMany", { date, charts, onDone }); };
	const one = (row) => { desk.open("checkOne", { date, onDone,
	    chart: row?.chart_number, patient: row?.patient }); };

	useEvents(({ type }) => ["job", "finding", "import"].includes(type) &&
	    soon());

	function open(row) {
		const next = nextOf(row);

		if (next === "check")
			one(row);
		else if (next === "result")
			desk.open("finding", { id: row.finding, ids: list.rows
			    .map((r) => r.finding).filter(Boolean) });
		else if (next === "patient")
			desk.open("patient", { chart: row.chart_number });
		else if (next === "register")
			desk.open("patientEdit", { chart: row.chart_number,
			    check: true, onDone: list.reload });
	}

	const tools = html`<${Day} date=${date} today=${desk.today}
	    onDay=${onDay} />
	<div class="tools"><${KeyButton} name="F8" kind="main"
	    onPress=${() => one()}>${t("desk.checks.one")}<//>
	<${KeyButton} name="F9" onPress=${many}>${charts.length === 0 ?
	    t("desk.checks.many") : t("desk.checks.picked",
		{ n: charts.length })}<//>
	<${KeyButton} name="F10" onPress=${() => { desk.open("patientEdit",
	    { check: true, onDone: list.reload }); }}>
		${t("desk.checks.card")}<//></div>`;

	return html`<${ListPage} desk=${desk} list=${list} tools=${tools}
	    empty=${t("desk.checks.none")} keys=${{
		F4: () => onDay(dayAfter(date, -1)),
		F5: () => onDay(dayAfter(date, 1)),
		F8: () => one(), F9: many,
		F10: () => { desk.open("patientEdit", { check: true,
		    onDone: list.reload }); } }}>
		<${Grid} label=${t("desk.tab.checks")} list=${list}
		    columns=${COLUMNS} idOf=${(row) => row.chart_number}
		    action=${(row) => {
			const next = nextOf(row);

			return next === null ? null : `desk.action.${next}`;
		    }} onOpen=${open} picked=${{
			may: (row) => row.patient !== null,
			has: (id) => picked.has(id),
			toggle: (id) => setPicked(flipped(picked, id)),
			all: (ids) => setPicked(ids.every((id) =>
			    picked.has(id)) ? new Set() : new Set(ids)) }} />
	<//>`;
}
