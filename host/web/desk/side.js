/*
 * Beside the list: face readers' results that no visit was found for, what
 * the terminal still owes an answer to, what devices brought and was refused,
 * and the card readers.
 */
import { clock, longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Button, Icon, html } from "../common/ui.js";
import { Trouble, unlessOffline } from "./trouble.js";
import { dayOf } from "./day.js";

const OPEN = new Set(["new", "written", "unanswered"]);

/* What was refused lately: the rest has been seen, and stays in the list. */
const LATELY_MS = 3 * 86400e3;

export const lateRefusals = (answer, now) => (answer?.refused ?? [])
	.filter((row) => now - Date.parse(row.at) < LATELY_MS);

export const openRequests = (answer) =>
	(answer?.requests ?? []).filter((r) => OPEN.has(r.state));

/* 10:42 today, with its day otherwise */
function at(time, today) {
	const day = dayOf(Date.parse(time));

	return html`<time datetime=${time}>${day === today ? clock(time) :
	    `${longDate(day)} ${clock(time)}`}</time>`;
}

function Section({ name, count, empty, problem, children }) {
	return html`<section class="side-section" aria-labelledby="side-${name}">
		<h2 id="side-${name}">${t(`desk.side.${name}`)}
			<span class="count">${t(`desk.count_${name}`,
			    { n: count })}</span></h2>
		<${Trouble} problem=${unlessOffline(problem)} />
		${count === 0 ? html`<p class="nothing">${t(empty)}</p>` :
		    html`<ul>${children}</ul>`}
	</section>`;
}

function ResultItem({ row, today, onBind }) {
	return html`<li><p class="side-main"><b>${row.name}</b>
			<span class="kana">${row.kana}</span></p>
		<p class="side-sub">${at(row.received_at, today)}
			${" "}${pick(row.why.text)}</p>
		<${Button} kind="main" onPress=${() => { onBind(row); }}
		    aria-label=${t("desk.row.do", { who: row.name,
			action: t("desk.action.match") })}>
			${t("desk.action.match")}<//></li>`;
}

function RequestItem({ row, today }) {
	const who = row.chart_number === null ? t("desk.request.many") :
	    t("desk.request.chart", { n: row.chart_number });

	return html`<li><p class="side-main"><b>${who}</b></p>
		<p class="side-sub">${t(`desk.request.${row.state}`)}${" "}
			${t("desk.request.from")}${at(row.created_at, today)}</p>
		${row.message && html`<p class="side-sub">${row.message}</p>`}
	</li>`;
}

/* A record of a visit without a network.  Of its content nothing was kept. */
function RefusedItem({ row, today }) {
	return html`<li class="bad"><p class="side-main"><${Icon} name="stop" />
			<b>${row.device}</b> ${at(row.at, today)}</p>
		<p>${pick(row.why.text)}</p>
		<p class="side-sub">${pick(row.why.next)} <code>
			${row.why.code}</code></p></li>`;
}

function ReaderItem({ reader }) {
	const bad = reader.error !== null || reader.state === "absent";

	return html`<li class=${bad ? "bad" : ""}>
		<p class="side-main">${bad && html`<${Icon} name="alert" />`}
			<b>${reader.client}</b> ${pick(reader.label)}
			${reader.card && html` · ${t("desk.reader.card")}`}</p>
		${reader.error !== null && html`<p>${pick(reader.error.text)}</p>
		<p class="side-sub">${pick(reader.error.next)}${" "}
			<code>${reader.error.code}</code></p>`}
	</li>`;
}

/* site: as useSite gives it. */
export function Side({ site, today, onBind }) {
	const { results, requests, refused } = site;
	const waiting = results.value?.results ?? [];
	const open = openRequests(requests.value);
	const readers = site.health.value?.readers ?? [];
	const bad = refused.value?.refused ?? [];

	return html`<div class="side-body">
		<${Section} name="results" count=${waiting.length}
		    empty="desk.side.no_results" problem=${results.problem}>
			${waiting.map((row) => html`<${ResultItem} key=${row.result}
			    row=${row} today=${today} onBind=${onBind} />`)}<//>
		<${Section} name="requests" count=${open.length}
		    empty="desk.side.no_requests" problem=${requests.problem}>
			${open.map((row) => html`<${RequestItem} key=${row.file}
			    row=${row} today=${today} />`)}<//>
		<${Section} name="refused" count=${refused.value?.total ?? 0}
		    empty="desk.side.no_refused" problem=${refused.problem}>
			${bad.length > 0 && html`<li class="side-lead">
				${t("desk.side.refused_lead")}</li>`}
			${bad.map((row, i) => html`<${RefusedItem}
			    key=${`${row.at} ${i}`} row=${row}
			    today=${today} />`)}<//>
		<${Section} name="readers" count=${readers.length}
		    empty="desk.side.no_readers">
			${readers.map((r) => html`<${ReaderItem} key=${r.client}
			    reader=${r} />`)}<//>
	</div>`;
}
