/*
 * 照会依頼: what is asked of the terminal without a visit.  The list as the
 * tool has it (features.md BAT-01); a job opened shows whom it found (BAT-08),
 * or how its parts stand.
 */
import { pick, t } from "../common/text.js";
import { Button, html, useEvents, useState } from "../common/ui.js";
import { useFlock } from "./checks.js";
import { Moment } from "./consents.js";
import { Found } from "./found.js";
import { Grid, ListPage } from "./grid.js";
import { JobState, Progress, rangeText } from "./job.js";
import { usePaged } from "./paged.js";

/* Lists without conditions, of all that the room has. */
const VIEWS = [null, "open", "unsure", "done", "failed"];

const COLUMNS = [
	{ name: "asked", cell: (job) => html`<${Moment}
	    at=${job.created_at} short />` },
	{ name: "category", cell: (job) => pick(job.label) },
	{ name: "range", cell: (job) => rangeText(job) },
	{ name: "outcome", cell: (job) => html`<${JobState} job=${job} />` },
	{ name: "progress", cell: (job) => html`<${Progress} job=${job} />` },
	{ name: "imported", cell: (job) => job.findings.total === 0 ? "—" :
	    t("desk.job.progress", { done: job.findings.imported,
		total: job.findings.total }) },
	{ name: "reception", cell: (job) => job.reception_number ?? "—" },
];

function List({ desk, onOpen }) {
	const [state, setState] = useState(null);
	const list = usePaged("/jobs", "jobs", { state });

	const soon = useFlock(list.reload);

	useEvents(({ type }) => type === "job" && soon());

	const tools = html`<div class="filters" role="group"
	    aria-label=${t("desk.job.view")}>
		${VIEWS.map((word) => html`<${Button} key=${word ?? "all"}
		    aria-pressed=${word === state ? "true" : "false"}
		    class="filter ${word === state ? "now" : ""}"
		    onPress=${() => setState(word)}>
			${t(`desk.job.view.${word ?? "all"}`)}<//>`)}</div>
	<${Button} kind="main" icon="plus"
	    onPress=${() => { desk.open("ask", { onDone: list.reload }); }}>
		${t("desk.job.new")}<//>`;

	return html`<${ListPage} desk=${desk} list=${list} tools=${tools}
	    empty=${t("desk.job.none")}>
		<${Grid} label=${t("desk.tab.jobs")} list=${list}
		    columns=${COLUMNS} action="desk.action.open"
		    idOf=${(job) => job.id} onOpen=${onOpen} /><//>`;
}

export function Jobs({ desk }) {
	const [open, setOpen] = useState(null);

	return open === null ? html`<${List} desk=${desk}
	    onOpen=${(job) => setOpen(job.id)} />` : html`<${Found}
	    desk=${desk} id=${open} onBack=${() => setOpen(null)} />`;
}
