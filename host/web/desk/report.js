/* ■オンライン資格確認_資格取込結果 of one batch (features.md COS-18). */
import { call, check, get } from "../common/api.js";
import { pick, t } from "../common/text.js";
import { Banner, Button, Dialog, Icon, html, useState }
	from "../common/ui.js";
import { clock, longDate } from "../common/date.js";
import { dayOf } from "./day.js";
import { printPage, saveText } from "./save.js";
import { Trouble } from "./trouble.js";

const ICONS = { imported: "check", unchanged: "minus", refused: "alert" };

function Entry({ entry }) {
	return html`<p>${entry.text}</p>
	<dl>${entry.lines.map((line, i) => html`<div key=${i}>
		<dt>${line.label}</dt><dd>${line.value}</dd></div>`)}</dl>`;
}

export function Row({ row }) {
	return html`<section class="result-group"><h3 class="report-title">
		<${Icon} name=${ICONS[row.outcome]} />
		<span>${t(`desk.report.${row.outcome}`)}</span>
		<span>${row.chart_number ?? "—"}</span>
		<span>${row.name}</span></h3>
		${row.error !== null && html`<p class="why">
			${pick(row.error.text)} ${pick(row.error.next)}
			<code>${row.error.code}</code></p>`}
		${row.sections.map((section) => html`<div key=${section.kind}>
			<h4>${section.title}</h4>
			${section.entries.map((entry, i) => html`<${Entry}
			    key=${i} entry=${entry} />`)}</div>`)}
		${row.display.map((shown, i) => html`<div key=${i}>
			<h4>${shown.title}</h4>
			<${Entry} entry=${shown} /></div>`)}
		${row.manual.length > 0 && html`<${Banner} kind="warn"
		    title=${t("desk.compare.manual")}><ul>${row.manual
			.map((m, i) => html`<li key=${i}>${pick(m)}</li>`)}</ul>
		<//>`}
		${row.review && html`<p class="hint">${t("desk.report.review")}
		</p>`}</section>`;
}

async function bodyOf(path, type) {
	const answer = await check(await call(path, { method: "GET",
	    headers: { Accept: type } }));

	return answer.text();
}

export function Report({ desk, batch }) {
	const [problem, setProblem] = useState(null);
	const first = batch.rows.find((row) => row.id !== null);

	const trying = (fn) => async () => {
		setProblem(null);
		try {
			await fn();
		} catch (error) {
			setProblem(error);
		}
	};

	const foot = html`${first !== undefined && html`
		<${Button} onPress=${trying(async () => printPage(await bodyOf(
		    `/imports/${first.id}/report.html`, "text/html")))}>
			${t("desk.report.print")}<//>
		<${Button} onPress=${trying(async () => saveText(
		    (await get(`/imports/${first.id}`)).report_name,
		    await bodyOf(`/imports/${first.id}/report`,
			"text/plain")))}>
			${t("desk.report.save")}<//>`}
	<${Button} kind="main" onPress=${desk.close}>${t("desk.close")}<//>`;

	return html`<${Dialog} class="wide result" actions=${foot}
	    title=${t("desk.report.title")} onClose=${desk.close}>
		<div class="read" role="region" tabindex="0"
		    aria-label=${t("desk.report.title")}>
			<p class="hint">${longDate(dayOf(Date.parse(batch.at)))}
				${" "}${clock(batch.at)}　${batch.staff}</p>
			<p role="status"><b>${t("desk.report.counts",
			    batch.counts)}</b></p>
			${batch.rows.map((row) => html`<${Row} key=${row.finding}
			    row=${row} />`)}
			<${Trouble} problem=${problem} /></div><//>`;
}
