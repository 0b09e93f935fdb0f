/* The list of the day: a grid. */
import { clock } from "../common/date.js";
import { t } from "../common/text.js";
import { Button, html } from "../common/ui.js";
import { useCursor } from "./cursor.js";
import { actionOf } from "./day.js";
import { useGuard } from "./hand.js";
import { Name, modeText, patientText, placeText } from "./name.js";
import { Status } from "./status.js";

const COLUMNS = ["time", "chart", "who", "age", "state", "mode", "action"];

function Age({ patient }) {
	return patient === null ? null : html`<abbr title=${patient.birthdate}>
		${t("desk.row.age", { n: patient.age })}</abbr>`;
}

function Mode({ row }) {
	return html`<span class="how">${modeText(row)}</span>
		<span class="where">${placeText(row)}</span>`;
}

function Row({ row, place, current, quiet, may, onCursor, onAction }) {
	const action = actionOf(row, may);
	const who = patientText(row);

	function enter(event) {
		if (event.key === "Enter" &&
		    event.target === event.currentTarget) {
			event.preventDefault();
			onAction(row, action);
		}
	}

	return html`<tr role="row" data-id=${row.id}
	    tabindex=${current ? 0 : -1} aria-rowindex=${place}
	    class=${action === "match" ? "wanting" : ""}
	    onFocus=${onCursor} onKeyDown=${enter}>
		<td role="gridcell" class="time"><time
		    datetime=${row.started_at}>${clock(row.started_at)}</time></td>
		<td role="gridcell" class="chart">
			${row.patient?.chart_number ?? "—"}</td>
		<td role="gridcell" class="who">
			${row.patient === null ? html`<span class="nobody">
				${who}</span>` : html`<${Name}
			    patient=${row.patient} />`}</td>
		<td role="gridcell" class="age"><${Age} patient=${row.patient} />
		</td>
		<td role="gridcell" class="state">
			<${Status} status=${row.status} wants=${row.wants}
			    quiet=${quiet} /></td>
		<td role="gridcell" class="mode"><${Mode} row=${row} /></td>
		<td role="gridcell" class="action">
			<${Button} kind=${action === "match" ? "main" : "plain"}
			    tabindex=${current ? 0 : -1}
			    aria-label=${t("desk.row.do", { who,
				action: t(`desk.action.${action}`) })}
			    onPress=${() => { onAction(row, action); }}>
				${t(`desk.action.${action}`)}<//></td>
	</tr>`;
}

/*
 * ids: the rows of this page in order; offset: how many are before them, of
 * total.  what: which list this is (hand.js).
 */
export function List({ rows, ids, offset, total, what, quiet, may,
	hand, onAction }) {
	const { body, current, keys, setCursor } = useCursor(ids);
	const guard = useGuard(ids, what);

	return html`<table role="grid" class="list" aria-rowcount=${total + 1}
	    aria-label=${t("desk.list.label")}>
		<thead role="rowgroup"><tr role="row" aria-rowindex="1">
			${COLUMNS.map((c) => html`<th key=${c} role="columnheader"
			    class=${c} scope="col">${t(`desk.column.${c}`)}</th>`)}
		</tr></thead>
		<tbody role="rowgroup" ref=${body} onKeyDown=${keys}
		    onClickCapture=${guard} ...${hand}>
			${ids.map((id, i) => html`<${Row} key=${id}
			    row=${rows.get(id)} place=${offset + i + 2}
			    current=${id === current} quiet=${quiet} may=${may}
			    onCursor=${() => setCursor(id)}
			    onAction=${onAction} />`)}
		</tbody></table>`;
}
