/*
 * 同意済資格情報 取得結果: one job with whom it found, and what can be done
 * with them: look at each, compare and import, hand over to 日レセ, save as
 * CSV; who was not answered, and what to do about it.
 */
import { pick, t } from "../common/text.js";
import { Button, html, useEvents, useState } from "../common/ui.js";
import { ITEMS } from "../common/consent.js";
import { useFlock } from "./checks.js";
import { Moment } from "./consents.js";
import { Grid, ListPage } from "./grid.js";
import { Insurance, Who } from "./history.js";
import { JobState, Progress, rangeText } from "./job.js";
import { useLoad } from "./load.js";
import { Born } from "./name.js";
import { usePaged } from "./paged.js";
import { FoundStatus } from "./status.js";

const VIEWS = ["findings", "problem"];

/* Of several consents to one item, one that stands; then one that ended. */
const consentOf = (row, item) => {
	const all = row.consents.filter((c) => c.item === item);

	return all.find((c) => c.flag === "1") ??
	    all.find((c) => c.flag !== "0") ?? all[0];
};

const Sign = ({ sign, word }) => html`<span title=${word}><span
    aria-hidden="true">${sign}</span><span class="aside">${word}</span></span>`;

/* flag of OQSCD016; the others are consents that ended */
const SIGNS = { 0: "・", 1: "●" };

/*
 * ● where it was agreed to (BAT-08).  What did not come with the answer is
 * not said to be none (BAT-13).
 */
const mark = (item) => ({ name: `item-${item}`, cell(row) {
	const consent = consentOf(row, item);

	if (consent === undefined)
		return html`<${Sign} sign="—" word=${t("desk.found.silent")} />`;
	return html`<${Sign} word=${pick(consent.flag_label)}
	    sign=${SIGNS[consent.flag] ?? t("desk.found.ended")} />`;
} });

/* The end that comes first. */
const soonest = (row) => ITEMS.map((item) => consentOf(row, item)?.ends_at ??
    null).filter((at) => at !== null).sort()[0] ?? null;

const FINDINGS = [
	{ name: "reference", cell: (row) => row.reference_number ?? "—" },
	{ name: "chart", cell: (row) => row.chart_number ??
	    html`<span class="nobody">${pick(row.link_label)}</span>` },
	{ name: "who", cell: (row) => html`<${Who} row=${row} />` },
	{ name: "born", cell: (row) => row.birthdate === null ? "—" :
	    html`<${Born} date=${row.birthdate} short />` },
	{ name: "state", cell: (row) => html`<${FoundStatus} row=${row} />` },
	{ name: "imported", cell: (row) => pick(row.state_label) },
	...ITEMS.map(mark),
	{ name: "until", cell: (row) => html`<${Moment} at=${soonest(row)}
	    short />` },
	{ name: "insurance", cell: (row) => html`<${Insurance} row=${row} />` },
];

const PERSONS = [
	{ name: "chart", cell: (row) => row.chart_number ?? "—" },
	{ name: "who", cell: (row) => row.patient === null ? "—" :
	    html`<${Who} row=${row} />` },
	{ name: "state", cell: (row) => pick(row.label) },
	{ name: "code", cell: (row) => row.code ?? "—" },
	{ name: "message", cell: (row) => row.message ?? "—" },
];

function Head({ job, onBack, view, onView }) {
	const { error, missing, failed, skipped } = job.persons;
	const counts = { findings: job.findings.total,
		problem: error + missing + failed + skipped };

	return html`<${Button} icon="left" onPress=${onBack}>
		${t("desk.found.back")}<//>
	<p class="found-head"><b>${pick(job.label)}</b> ${rangeText(job)}
		<span class="hint">${t("desk.found.reception", { n:
			job.reception_number ?? "—" })}</span></p>
	<${JobState} job=${job} /><${Progress} job=${job} />
	<div class="filters" role="group" aria-label=${t("desk.job.view")}>
		${VIEWS.map((name) => html`<${Button} key=${name}
		    aria-pressed=${name === view ? "true" : "false"}
		    class="filter ${name === view ? "now" : ""}"
		    onPress=${() => onView(name)}>${t(`desk.found.${name}`)}
			<span class="count">${counts[name]}</span><//>`)}</div>`;
}

const RUNS = new Set(["making", "open", "held", "unsure"]);

function Tools({ desk, job, onChange }) {
	const of = (name) => () => { desk.open(name, { job, onDone: onChange }); };
	const { error, missing, failed } = job.persons;

	return html`${RUNS.has(job.state) && html`<${Button}
	    onPress=${of("cancelJob")}>${t("desk.found.cancel")}<//>`}
	${(error + missing + failed > 0 || job.state === "unsure" ||
	    job.state === "failed") && html`<${Button}
	    onPress=${of("retryJob")}>${t("desk.found.retry")}<//>`}
	${job.findings.total > 0 && html`
		<${Button} onPress=${of("handOver")}>${t("desk.found.orca")}<//>
		<${Button} onPress=${of("csv")}>${t("desk.found.csv")}<//>`}`;
}

export function Found({ desk, id, onBack }) {
	const [view, setView] = useState("findings");
	const job = useLoad(`/jobs/${id}`);
	const findings = usePaged(view === "findings" ? "/findings" : null,
	    "findings", { job: id });
	const persons = usePaged(view === "problem" ? `/jobs/${id}/persons` :
	    null, "persons", { state: "problem" });
	const list = view === "findings" ? findings : persons;
	const reload = () => {
		job.reload();
		list.reload();
	};

	const soon = useFlock(reload);

	useEvents(({ type, data }) => {
		if (type === "finding" || (type === "job" && data.job === id))
			soon();
	});
	if (job.value === null)
		return html`<${ListPage} desk=${desk} empty=${t("desk.loading")}
		    list=${{ ...list, problem: job.problem }}
		    tools=${html`<${Button} icon="left" onPress=${onBack}>
			${t("desk.found.back")}<//>`} />`;

	return html`<${ListPage} desk=${desk} list=${list}
	    tools=${html`<${Head} job=${job.value} view=${view}
		onBack=${onBack} onView=${setView} />`}
	    foot=${html`<${Tools} desk=${desk} job=${job.value}
		onChange=${reload} />`}
	    empty=${t(`desk.found.none_${view}`)}>
		${view === "findings" ? html`<${Grid} list=${list}
		    label=${t("desk.found.findings")} columns=${FINDINGS}
		    action=${({ detail }) => detail ? "desk.action.detail" :
			null}
		    idOf=${(row) => row.id}
		    onOpen=${(row) => desk.open("finding", { id: row.id,
			ids: list.rows.filter((r) => r.detail)
			    .map((r) => r.id) })} />` :
		html`<${Grid} list=${list} columns=${PERSONS}
		    label=${t("desk.found.problem")}
		    idOf=${(row) => row.seq} />`}<//>`;
}
