/* The consent calendar: what ends when, and why it ended. */
import { clock } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Button, Icon, html, useState } from "../common/ui.js";
import { dayAfter, dayOf } from "./day.js";
import { Grid, ListPage } from "./grid.js";
import { Name, shownDate } from "./name.js";
import { usePaged } from "./paged.js";

/* name: what is asked of the agent, from today's date */
const VIEWS = {
	soon: (today) => ({ ended: "no", ends_before: dayAfter(today, 8) }),
	month: (today) => ({ ended: "no", ends_before: dayAfter(today, 32) }),
	open: () => ({ ended: "no" }),
	ended: () => ({ ended: "yes" }),
};

/* short: as the tools' lists write it, R 8.11.20 */
export function Moment({ at, short = false }) {
	if (at === null)
		return "—";
	const date = dayOf(Date.parse(at));

	return html`<time class="moment" datetime=${at} title=${date}>
		<span>${shownDate(date, short)}</span>${" "}
		<span>${clock(at)}</span></time>`;
}

function Who({ row }) {
	return row.patient === null ? html`<span class="nobody">${row.name}
		</span>` : html`<${Name} patient=${row.patient} />`;
}

/* Never by colour alone: icon, word, and where it ended the reason. */
export function Standing({ row }) {
	return html`<span class="standing ${row.valid ? "good" : "bad"}">
		<${Icon} name=${row.valid ? "valid" : "ended"} />
		${pick(row.flag_label)}</span>
	${row.reason !== null && html`<span class="hint">
		${pick(row.reason)}</span>`}`;
}

const COLUMNS = [
	{ name: "until", cell: (row) => html`<${Moment} at=${row.ends_at} short />` },
	{ name: "chart", cell: (row) => row.patient?.chart_number ?? "—" },
	{ name: "who", cell: (row) => html`<${Who} row=${row} />` },
	{ name: "item", cell: (row) => pick(row.label) },
	{ name: "care", cell: (row) => pick(row.care_label) },
	{ name: "agreed", cell: (row) => html`<${Moment}
	    at=${row.agreed_at} short />` },
	{ name: "standing", cell: (row) => html`<${Standing} row=${row} />` },
];

export function Consents({ desk }) {
	const [view, setView] = useState("soon");
	const list = usePaged("/consents", "consents", VIEWS[view](desk.today));
	const tools = html`<div class="filters" role="group"
	    aria-label=${t("desk.consents.view")}>
		${Object.keys(VIEWS).map((name) => html`<${Button} key=${name}
		    aria-pressed=${name === view ? "true" : "false"}
		    class="filter ${name === view ? "now" : ""}"
		    onPress=${() => setView(name)}>
			${t(`desk.consents.${name}`)}<//>`)}</div>`;

	return html`<${ListPage} desk=${desk} list=${list} tools=${tools}
	    empty=${t("desk.consents.none")}>
		<${Grid} label=${t("desk.tab.consents")} list=${list}
		    columns=${COLUMNS}
		    action=${desk.may.ledger ? "desk.action.detail" : undefined}
		    idOf=${(row) => `${row.finding}-${row.item}`}
		    onOpen=${desk.may.ledger ? (row) => desk.open("finding",
			{ id: row.finding }) : undefined} /><//>`;
}
