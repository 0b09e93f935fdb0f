/* Counts of what the desk does, as charts; nothing of them is about a person. */
import { longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Button, html, useMemo, useState } from "../common/ui.js";
import { Chart, Shares } from "./chart.js";
import { dayAfter } from "./day.js";
import { useLoad } from "./load.js";
import { Trouble, unlessOffline } from "./trouble.js";

/* openapi.yaml, figures: 92 days at the most */
const SPANS = [7, 30, 90];
const READ_MS = 60_000;

const shortDate = (date) => `${Number(date.slice(5, 7))}/` +
    `${Number(date.slice(8))}`;

/* In seconds; null: longer than all others. */
const timeText = (ms) => ms === null ? t("desk.figures.longer") :
    t("desk.figures.up_to", { n: ms / 1000 });

/* What each chart is made of: labels and values of the answer. */
const bars = (rows, label, value) => ({ labels: rows.map(label),
	values: rows.map(value) });

function chartsOf(f) {
	return [
		{ name: "days", kind: "checks", ...bars(f.days,
		    (d) => shortDate(d.date), (d) => d.checks) },
		{ name: "failed", kind: "checks", ...bars(f.days,
		    (d) => shortDate(d.date), (d) => d.failed) },
		{ name: "hours", kind: "checks", ...bars(f.hours,
		    (_, hour) => String(hour), (n) => n) },
		{ name: "answer_times", kind: "checks", ...bars(f.answer_times,
		    (b) => timeText(b.up_to_ms), (b) => b.checks) },
		{ name: "consents", kind: "consents", ...bars(f.consents,
		    (d) => shortDate(d.date), (d) => d.ends) },
	];
}

const shares = (rows) => rows.map((row) => ({ label: pick(row.label),
	value: row.checks }));

function Charts({ figures }) {
	const charts = useMemo(() => chartsOf(figures), [figures]);

	return html`<div class="charts">
		${charts.map(({ name, ...rest }) => html`<${Chart} key=${name}
		    title=${t(`desk.figures.${name}`)}
		    name=${t(`desk.figures.by_${name}`)} ...${rest} />`)}
		<${Shares} title=${t("desk.figures.outcomes")}
		    rows=${shares(figures.outcomes)} />
		<${Shares} title=${t("desk.figures.causes")}
		    rows=${shares(figures.causes)} />
	</div>`;
}

export function Figures({ desk }) {
	const [span, setSpan] = useState(30);
	const from = dayAfter(desk.today, 1 - span);
	const load = useLoad(`/figures?from=${from}&to=${desk.today}`, READ_MS);

	return html`<div class="work">
		<div class="toolbar"><div class="filters" role="group"
		    aria-label=${t("desk.figures.span")}>
			${SPANS.map((days) => html`<${Button} key=${days}
			    aria-pressed=${days === span ? "true" : "false"}
			    class="filter ${days === span ? "now" : ""}"
			    onPress=${() => setSpan(days)}>
				${t("desk.figures.days_of", { n: days })}<//>`)}
		</div><p>${t("desk.figures.from_to", { from: longDate(from),
		    to: longDate(desk.today) })}</p></div>
		<div class="scroll" tabindex="0" role="region"
		    aria-label=${t("desk.tab.figures")}>
			<${Trouble} problem=${unlessOffline(load.problem)} />
			${load.value === null ? load.problem === null &&
			    html`<p class="empty">${t("desk.loading")}</p>` :
			    html`<${Charts} figures=${load.value} />`}
		</div></div>`;
}
