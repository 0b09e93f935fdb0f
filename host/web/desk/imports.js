/*
 * 資格情報の取込: whose insurance is not in the register yet (COS-14), whose
 * has changed (COS-34), and what was taken over, to be looked at once by a
 * person (COS-20) and undone where it was wrong.
 */
import { clock, longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Button, Icon, Toggle, html, useEvents, useState } from "../common/ui.js";
import { useFlock } from "./checks.js";
import { flipped } from "./compare.js";
import { Moment } from "./consents.js";
import { dayOf } from "./day.js";
import { Grid, ListPage } from "./grid.js";
import { Insurance } from "./history.js";
import { useLoad } from "./load.js";
import { Name } from "./name.js";
import { queryText, usePaged } from "./paged.js";

const VIEWS = ["changed", "new", "done"];
/* openapi.yaml, POST /imports */
const BATCH_MAX = 100;

/* Findings that are compared for one page; openapi.yaml allows no more. */
const PIECE = 200;

/* What may be taken over without looking: it has a patient, and an action. */
const mayPick = (row) => row.chart_number !== null &&
    row.suggestion.action !== null;

/*
 * [picked ids, {has, toggle, all, may} for the grid, a function that forgets].
 * What is no longer among the rows is not picked.
 */
function usePicked(rows) {
	const [held, setIds] = useState(new Set());
	const ids = new Set(rows.filter((row) => mayPick(row) &&
	    held.has(row.finding)).map((row) => row.finding));

	return [ids, {
		may: mayPick,
		has: (id) => ids.has(id),
		toggle: (id) => setIds(flipped(ids, id)),
		all: (page) => setIds(page.every((id) => ids.has(id)) ?
		    new Set() : new Set(page)),
	}, () => setIds(new Set())];
}

/*
 * Each finding is compared before it is known whether it belongs here: page by
 * page of what waits, and the page says of how many.
 */
function useWaiting(view) {
	const [page, setPage] = useState(0);
	const load = useLoad(`/imports/waiting?${queryText({ kind: view,
	    limit: PIECE, offset: page * PIECE })}`);
	const { waiting: rows = [], pending = 0, looked_at: looked = 0 } =
	    load.value ?? {};
	const pages = Math.max(1, Math.ceil(pending / PIECE), page + 1);

	return { rows, total: rows.length, first: 0, page, pages,
		said: load.value === null ? null : pages === 1 ? null :
		    t("desk.imports.piece", { total: pending,
			first: page * PIECE + 1, last: page * PIECE + looked,
			n: rows.length }),
		answer: load.value, problem: load.problem,
		loading: load.value === null && load.problem === null,
		reload: load.reload,
		turn: (n) => setPage(Math.max(0,
		    Math.min(pages - 1, page + n))) };
}

function Views({ view, onView }) {
	return html`<div class="filters" role="group"
	    aria-label=${t("desk.imports.view")}>
		${VIEWS.map((name) => html`<${Button} key=${name}
		    aria-pressed=${name === view ? "true" : "false"}
		    class="filter ${name === view ? "now" : ""}"
		    onPress=${() => onView(name)}>
			${t(`desk.imports.${name}`)}<//>`)}</div>`;
}

const stamp = (at) => at === null ? "—" :
    `${longDate(dayOf(Date.parse(at)))} ${clock(at)}`;

/* 最後に照会した日時, 最後に取込した日時 (COS-36) */
function Last({ answer }) {
	return answer?.last_asked_at === undefined ? null : html`<p
	    class="hint last">${t("desk.imports.last", {
		asked: stamp(answer.last_asked_at),
		imported: stamp(answer.last_imported_at) })}</p>`;
}

const WAITING = [
	{ name: "chart", cell: (row) => row.chart_number ?? "—" },
	{ name: "ledger", cell: (row) => row.patient === null ? html`<span
	    class="standing warn"><${Icon} name="warn" />
		${t("desk.imports.nobody")}</span>` :
	    html`<${Name} patient=${row.patient} />` },
	{ name: "who", cell: (row) => row.name },
	{ name: "kind", cell: (row) => row.kind },
	{ name: "insurance", cell: (row) => html`<${Insurance}
	    row=${{ insured_branch_number: "", ...row }} />` },
	{ name: "suggested", cell: (row) => html`<b>${pick(row.suggestion.label)}</b>
	    <span class="hint">${pick(row.suggestion.why)}</span>` },
];

function Waiting({ desk, view, onView }) {
	const list = useWaiting(view);
	const [picked, picks, forget] = usePicked(list.rows);
	const last = useLoad("/imports?limit=1");
	const reload = () => {
		forget();
		list.reload();
		last.reload();
	};

	const soon = useFlock(list.reload);

	useEvents(({ type }) => (type === "finding" || type === "import") &&
	    soon());

	/* One that is nobody's yet is first given to its patient. */
	const open = (row) => row.chart_number === null ?
	    desk.open("assign", { id: row.finding, onDone: reload }) :
	    desk.open("compare", { id: row.finding, chart: row.chart_number,
		onDone: reload });
	const foot = html`<${Button} kind="main"
	    off=${picked.size === 0 || picked.size > BATCH_MAX}
	    onPress=${() => desk.open("importAll", { ids: [...picked],
		onDone: reload })}>
		${t("desk.imports.go", { n: picked.size })}<//>`;

	return html`<${ListPage} desk=${desk} list=${list} foot=${foot}
	    tools=${html`<${Views} view=${view} onView=${onView} />
		<${Last} answer=${last.value} />`}
	    empty=${t(list.pages > 1 ? "desk.imports.none_here" :
		`desk.imports.none_${view}`)}>
		<${Grid} label=${t(`desk.imports.${view}`)} list=${list}
		    columns=${WAITING} action=${(row) => row.chart_number ===
			null ? "desk.action.match" : "desk.action.compare"}
		    picked=${picks} idOf=${(row) => row.finding}
		    onOpen=${open} /><//>`;
}

const STATES = { open: "wait", reviewed: "valid", undone: "ended" };

const DONE = [
	{ name: "at", cell: (row) => html`<${Moment} at=${row.at} short />` },
	{ name: "chart", cell: (row) => row.chart_number },
	{ name: "who", cell: (row) => row.patient === null ? "—" :
	    html`<${Name} patient=${row.patient} />` },
	{ name: "kind", cell: (row) => pick(row.label) },
	{ name: "staff", cell: (row) => row.staff },
	{ name: "standing", cell: (row) => html`<span class="standing"><${Icon}
	    name=${STATES[row.state]} />${pick(row.state_label)}</span>` },
];

function Done({ desk, view, onView }) {
	const [open, setOpen] = useState(false);
	const list = usePaged("/imports", "imports",
	    { to_review: open ? "yes" : null });

	const soon = useFlock(list.reload);

	useEvents(({ type }) => type === "import" && soon());

	return html`<${ListPage} desk=${desk} list=${list}
	    tools=${html`<${Views} view=${view} onView=${onView} />
		<${Toggle} on=${open} icon="check" onPress=${setOpen}>
			${t("desk.imports.to_review")}<//>
		<${Last} answer=${list.answer} />`}
	    empty=${t("desk.imports.none_done")}>
		<${Grid} label=${t("desk.imports.done")} list=${list}
		    columns=${DONE} action="desk.action.open"
		    idOf=${(row) => row.id} onOpen=${(row) => desk.open("imported",
			{ id: row.id, onDone: list.reload })} /><//>`;
}

export function Imports({ desk }) {
	const [view, setView] = useState("changed");

	return view === "done" ? html`<${Done} desk=${desk} view=${view}
	    onView=${setView} />` : html`<${Waiting} key=${view} desk=${desk}
	    view=${view} onView=${setView} />`;
}
