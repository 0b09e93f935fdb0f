/*
 * A list of findings, jobs, consents …: the same grid for all of them.
 *
 *	columns	[{name, cell(row), wide}]; heads are texts desk.column.NAME
 *	idOf	a row's id
 *	onOpen	Enter, a double click, or the button at the end of the row
 *	action	the button's word, or what gives it for a row (null: that row is
 *		not opened); none: the grid has no buttons
 *	picked	{has(id), toggle(id), all(ids), may(row)}: boxes to tick, where
 *		may says so; none: no boxes
 */
import { t } from "../common/text.js";
import { Button, html } from "../common/ui.js";
import { useCursor } from "./cursor.js";
import { KeyButton, useKeys } from "./keys.js";
import { Trouble, unlessOffline } from "./trouble.js";

function Tick({ picked, row, id, current }) {
	return html`<td role="gridcell" class="tick">${picked.may(row) && html`
		<input type="checkbox" checked=${picked.has(id)}
		    tabindex=${current ? 0 : -1}
		    aria-label=${t("desk.grid.pick")}
		    onChange=${() => picked.toggle(id)} />`}</td>`;
}

function Row({ row, id, place, grid, current, onCursor }) {
	const { columns, onOpen, action, picked } = grid;
	const word = typeof action === "function" ? action(row) : action;
	const opens = onOpen !== undefined && word !== null;
	const picks = picked !== undefined && picked.may(row);
	const open = () => onOpen(row);

	function key(event) {
		if (event.target !== event.currentTarget)
			return;
		if (event.key === "Enter" && opens) {
			event.preventDefault();
			open();
		} else if (event.key === " " && picked !== undefined) {
			event.preventDefault();
			if (picks)
				picked.toggle(id);
		}
	}

	return html`<tr role="row" data-id=${id} tabindex=${current ? 0 : -1}
	    aria-rowindex=${place} onFocus=${onCursor} onKeyDown=${key}
	    aria-selected=${picks ? String(picked.has(id)) : null}
	    onDblClick=${opens ? open : null}>
		${picked !== undefined && html`<${Tick} picked=${picked}
		    row=${row} id=${id} current=${current} />`}
		${columns.map((column) => html`<td key=${column.name}
		    role="gridcell" class=${`col-${column.name}`}
		    data-label=${t(`desk.column.${column.name}`)}>
			${column.cell(row)}</td>`)}
		${action !== undefined && html`<td role="gridcell"
		    class="action">${word !== null && html`<${Button}
		    tabindex=${current ? 0 : -1}
		    onPress=${open}>${t(word)}<//>`}</td>`}</tr>`;
}

/* Columns may scroll sideways; rows never hide: the total stands below. */
export function Grid({ label, list, ...grid }) {
	const { columns, idOf, action, picked } = grid;
	const ids = list.rows.map(idOf);
	const some = list.rows.filter((row) => picked?.may(row)).map(idOf);
	const { body, current, keys, setCursor } = useCursor(ids);

	return html`<table role="grid" class="list grid" aria-label=${label}
	    aria-rowcount=${list.total + 1}>
		<thead role="rowgroup"><tr role="row" aria-rowindex="1">
			${picked !== undefined && html`<th role="columnheader"
			    class="tick"
			    data-label=${t("desk.grid.pick_all")}>${some.length > 0 && html`<input
			    type="checkbox" checked=${some.every(picked.has)}
			    aria-label=${t("desk.grid.pick_all")}
			    onChange=${() => picked.all(some)} />`}</th>`}
			${columns.map(({ name }) => html`<th key=${name}
			    role="columnheader" scope="col" class=${`col-${name}`}>
				${t(`desk.column.${name}`)}</th>`)}
			${action !== undefined && html`<th role="columnheader"
			    scope="col" class="action">
				${t("desk.column.action")}</th>`}
		</tr></thead>
		<tbody role="rowgroup" ref=${body} onKeyDown=${keys}>
			${list.rows.map((row, i) => html`<${Row} key=${ids[i]}
			    row=${row} id=${ids[i]} grid=${grid}
			    place=${list.first + i + 2}
			    current=${ids[i] === current}
			    onCursor=${() => setCursor(ids[i])} />`)}
		</tbody></table>`;
}

function Foot({ list, children }) {
	const last = list.first + list.rows.length;

	return html`<footer class="foot">
		<p class="range" role="status">${list.said ?? t(
		    list.total === 0 ? "desk.range_none" : "desk.range",
		    { total: list.total, first: list.first + 1, last })}</p>
		<${KeyButton} name="F6" off=${list.page === 0}
		    onPress=${() => list.turn(-1)}>${t("desk.page.before")}<//>
		<${KeyButton} name="F7" off=${list.page >= list.pages - 1}
		    onPress=${() => list.turn(1)}>${t("desk.page.after")}<//>
		<div class="foot-rest">${children}</div></footer>`;
}

/* What is not known is not called nothing. */
function Nothing({ list, text }) {
	return list.problem === null && html`<div class="empty"><p>
		${list.loading ? t("desk.loading") : text}</p></div>`;
}

/*
 * A tab that is a list: tools above it, what was done last, the grid, and how
 * many there are.  empty: what is said when there is nothing.
 */
export function ListPage({ desk, list, tools, foot, empty, keys = {},
	children }) {
	useKeys({ F6: () => list.turn(-1), F7: () => list.turn(1), ...keys },
	    desk.shown === null);
	return html`<div class="work">
		<div class="toolbar">${tools}</div>
		<div class="middle"><div class="board">
			<${Trouble} problem=${unlessOffline(list.problem)} />
			<div class="above" role="status">${desk.said !== null &&
			    html`<p class="said">${desk.said}</p>`}</div>
			<div class="scroll">${list.rows.length > 0 ? children :
			    html`<${Nothing} list=${list} text=${empty} />`}</div>
		</div></div></div>
	<${Foot} list=${list}>${foot}<//>`;
}
