/*
 * 薬剤情報・特定健診情報: what is kept, for those who may read it (features.md
 * R09).  The list says of each until when; reading asks who, and is a row of
 * the audit.
 */
import { t, pick } from "../common/text.js";
import { html, useEvents } from "../common/ui.js";
import { useFlock } from "./checks.js";
import { Moment } from "./consents.js";
import { Grid, ListPage } from "./grid.js";
import { Name } from "./name.js";
import { usePaged } from "./paged.js";

/* 2026-01 ～ 2026-11, as the file was asked for; a check-up has none. */
export const monthsText = (row) => row.from === null ? "—" :
    t("desk.documents.months", { from: row.from, to: row.to ?? row.from });

export const formText = (row) => t(`desk.documents.form.${row.form}`);

const COLUMNS = [
	{ name: "received", cell: (row) => html`<${Moment}
	    at=${row.received_at} short />` },
	{ name: "chart", cell: (row) => row.chart_number },
	{ name: "who", cell: (row) => row.patient === null ? "—" :
	    html`<${Name} patient=${row.patient} />` },
	{ name: "document", cell: (row) => pick(row.label) },
	{ name: "form", cell: formText },
	{ name: "months", cell: monthsText },
	{ name: "expires", cell: (row) => html`<${Moment}
	    at=${row.expires_at} short />` },
];

export function Documents({ desk }) {
	const list = usePaged("/documents", "documents");
	const soon = useFlock(list.reload);

	useEvents(({ type }) => type === "document" && soon());
	return html`<${ListPage} desk=${desk} list=${list} tools=${html`<p
	    class="hint">${t("desk.documents.about")}</p>`}
	    empty=${t("desk.documents.none")}>
		<${Grid} label=${t("desk.tab.documents")} list=${list}
		    columns=${COLUMNS} action="desk.action.open"
		    idOf=${(row) => row.id} onOpen=${(row) => desk.open(
			"document", { document: row })} /><//>`;
}
