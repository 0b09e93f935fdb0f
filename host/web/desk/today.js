/* Today's list, or another day's, with what frames it. */
import { t } from "../common/text.js";
import { html, useState } from "../common/ui.js";
import { Board, Foot, usePages } from "./board.js";
import { countsOf, dayAfter } from "./day.js";
import { useHand } from "./hand.js";
import { useKeys } from "./keys.js";
import { Side } from "./side.js";
import { Toolbar, nextFilter } from "./toolbar.js";
import { Tools } from "./tools.js";

/* The dialog that each action of a row opens. */
const OPENS = { match: "match", cancel: "cancel", follow: "result",
	reason: "result", record: "result", result: "result" };

/* Day, filter and page of the list. Today stays today over midnight. */
export function useView(today) {
	const [view, setView] = useState({ date: null, filter: "all", page: 0 });
	const date = view.date ?? today;

	return { ...view, date,
		onDay(n) {
			const to = dayAfter(date, n);

			setView({ ...view, date: to >= today ? null : to,
			    page: 0 });
		},
		onFilter: (filter) => setView({ ...view, filter, page: 0 }),
		onPage: (page) => setView({ ...view, page }) };
}

/* view as useView, day as useDay gives it. */
export function Today({ desk, view, day }) {
	const { may, site, today, wide, open } = desk;
	const [held, hand] = useHand();
	const pages = usePages(day, view.filter, view.page, held);
	const counts = countsOf(day.rows);
	const quiet = desk.alarms.length > 0;
	const turn = (n) => view.onPage(Math.max(0,
	    Math.min(pages.pages - 1, pages.page + n)));

	useKeys({
		F4: () => view.onDay(-1),
		F5: () => view.date < today && view.onDay(1),
		F6: () => turn(-1),
		F7: () => turn(1),
		F8: () => may.receive && open("receive"),
		F9: () => view.onFilter(nextFilter(view.filter)),
		F10: () => may.side && !wide && open("side"),
	}, desk.shown === null);

	return html`<div class="work">
		<${Toolbar} date=${view.date} today=${today} counts=${counts}
		    filter=${view.filter} quiet=${quiet} may=${may}
		    onDay=${view.onDay} onFilter=${view.onFilter}
		    onReceive=${() => { open("receive"); }} />
		<div class="middle">
			<${Board} day=${day} filter=${view.filter} pages=${pages}
			    hand=${hand} quiet=${quiet} may=${may}
			    said=${desk.said}
			    onAction=${(row, action) =>
				open(OPENS[action], { row })} />
			${wide && may.side && html`<aside class="side"
			    aria-label=${t("desk.side.title")}><${Side}
			    site=${site} today=${today} onBind=${(row) =>
				open("matchResult", { row })} /></aside>`}
		</div></div>
		<${Foot} pages=${pages} onPage=${turn}>
			<${Tools} site=${site} may=${may} wide=${wide}
			    onOpen=${open} /><//>`;
}
