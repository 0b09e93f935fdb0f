/*
 * Figures as bars (uPlot), with the same figures as a table for whoever does
 * not see bars, or wants to copy them.
 *
 *	labels	what each bar is called, in order
 *	values	a number for each, null where there is none
 *	kind	what the bars count, for the axis: texts desk.chart.KIND
 */
import { t } from "../common/text.js";
import { html, useEffect, useLang, useRef } from "../common/ui.js";
import UPlot from "../vendor/uplot.js";

const HEIGHT = 220;
const AXIS_CSS = "16px";
/* The widest label of an axis, by its letters: more are left out. */
const PER_LETTER = 16;

const colour = (name) => getComputedStyle(document.documentElement)
    .getPropertyValue(name).trim();

/* Every nth label, so that none lies over another. */
const spaceOf = (labels) => PER_LETTER *
    Math.max(2, ...labels.map((label) => label.length));

function optionsOf(labels, width) {
	const font = `${AXIS_CSS} ${colour("--font")}`;
	const axis = { font, stroke: colour("--ink"),
	    grid: { stroke: colour("--line"), width: 1 },
	    ticks: { show: false } };

	return {
		width, height: HEIGHT,
		legend: { show: false }, cursor: { show: false },
		scales: {
			x: { time: false, range: [-0.5, labels.length - 0.5] },
			y: { range: (_, least, most) => [0, Math.max(1, most)] },
		},
		series: [{}, { fill: colour("--main"), stroke: colour("--main"),
		    width: 0, points: { show: false },
		    paths: UPlot.paths.bars({ size: [0.7, 64] }) }],
		axes: [{ ...axis, grid: { show: false },
		    space: spaceOf(labels), incrs: [1, 2, 5, 10, 25, 50, 100],
		    values: (_, at) => at.map((i) => labels[i] ?? "") },
		{ ...axis, size: 64, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500,
		    1000, 2000, 5000, 10_000, 50_000, 100_000],
		    values: (_, at) => at.map((n) => n.toLocaleString("ja")) }],
	};
}

function Bars({ labels, values, name }) {
	const frame = useRef(null);

	useEffect(() => {
		const data = [labels.map((_, i) => i), values];
		const plot = new UPlot(optionsOf(labels,
		    frame.current.clientWidth), data, frame.current);
		const watch = new ResizeObserver(() => plot.setSize({
			width: frame.current.clientWidth, height: HEIGHT }));

		watch.observe(frame.current);
		return () => {
			watch.disconnect();
			plot.destroy();
		};
	}, [labels, values]);
	return html`<div class="bars" role="img" aria-label=${name}
	    ref=${frame}></div>`;
}

export function Chart({ name, title, kind, labels, values }) {
	const sum = values.reduce((a, b) => a + (b ?? 0), 0);

	useLang();
	return html`<figure class="chart">
		<figcaption><h2>${title}</h2>
			<p>${t(`desk.chart.${kind}`, { n: sum
			    .toLocaleString("ja") })}</p></figcaption>
		${sum === 0 ? html`<p class="nothing">${t("desk.chart.none")}</p>` :
		html`<${Bars} labels=${labels} values=${values}
		    name=${t("desk.chart.image", { title })} />
		<details><summary>${t("desk.chart.table")}</summary>
			<table><thead><tr><th scope="col">${name}</th>
				<th scope="col">${t("desk.chart.number")}</th></tr>
			</thead><tbody>${labels.map((label, i) => html`<tr
			    key=${label}><th scope="row">${label}</th>
				<td>${values[i] ?? "–"}</td></tr>`)}</tbody></table>
		</details>`}</figure>`;
}

/* What there is several of, each with its share, longest first.
 * rows: [{label, value}] */
export function Shares({ title, rows }) {
	const sum = rows.reduce((a, row) => a + row.value, 0);
	const order = [...rows].sort((a, b) => b.value - a.value);

	return html`<section class="chart"><h2>${title}</h2>
		${sum === 0 ? html`<p class="nothing">${t("desk.chart.none")}</p>` :
		html`<table class="shares"><tbody>
			${order.map((row) => html`<tr key=${row.label}>
				<th scope="row">${row.label}</th>
				<td class="share-bar"><progress max=${order[0].value}
				    value=${row.value} aria-hidden="true"></progress></td>
				<td>${row.value.toLocaleString("ja")}</td>
				<td>${t("desk.chart.percent", { n:
				    Math.round(row.value * 1000 / sum) / 10 })}</td>
			</tr>`)}</tbody></table>`}</section>`;
}
