/* The list with what frames it: how many, the pages, what waits above. */
import { t } from "../common/text.js";
import { Button, Icon, html, useMemo } from "../common/ui.js";
import { PAGE, orderOf } from "./day.js";
import { useOrder } from "./hand.js";
import { KeyButton } from "./keys.js";
import { List } from "./list.js";
import { Trouble, unlessOffline } from "./trouble.js";

function Empty({ day, filter }) {
	if (day.loading || (day.problem !== null && day.rows.size === 0))
		return html`<p class="empty">${t(day.loading ?
			"desk.loading" : "desk.empty.unread")}</p>`;
	return html`<div class="empty"><p><b>${t(day.rows.size === 0 ?
		"desk.empty.day" : `desk.empty.${filter}`)}</b></p>
		${day.rows.size === 0 && html`<p>${t("desk.empty.next")}</p>`}
	</div>`;
}

/* page: from 0; pages there are, and the ids on it. */
export function usePages(day, filter, page, held) {
	const wanted = useMemo(() => orderOf(day.rows, filter),
	    [day.rows, filter]);
	const what = `${day.date} ${filter}`;
	const order = useOrder(wanted, what, held && !day.loading);
	const pages = Math.max(1, Math.ceil(order.ids.length / PAGE));
	const now = Math.min(page, pages - 1);

	return { ...order, what: `${what} ${now}`, pages, page: now,
	    all: order.ids.length,
	    ids: order.ids.slice(now * PAGE, (now + 1) * PAGE) };
}

/* said: what was done last; it lies over the head of the list, so that
 * nothing below it moves. */
export function Board({ day, filter, pages, hand, quiet, may, said,
	onAction }) {
	const offset = pages.page * PAGE;

	return html`<div class="board">
		<${Trouble} problem=${unlessOffline(day.problem)} />
		<div class="above" role="status">
			${said !== null && html`<p class="said">
				<${Icon} name="check" />${said}</p>`}
			${pages.waiting > 0 && html`<${Button} icon="left"
			    class="news" onPress=${pages.release}>
				${t("desk.list.news", { n: pages.waiting })}<//>`}
		</div>
		<div class="scroll">${pages.ids.length === 0 ? html`<${Empty}
		    day=${day} filter=${filter} />` : html`<${List}
		    rows=${day.rows} ids=${pages.ids} offset=${offset}
		    total=${pages.all} what=${pages.what} quiet=${quiet}
		    may=${may} hand=${hand} onAction=${onAction} />`}</div>
	</div>`;
}

export function Foot({ pages, onPage, children }) {
	const first = pages.all === 0 ? 0 : pages.page * PAGE + 1;
	const last = Math.min(pages.all, (pages.page + 1) * PAGE);

	return html`<footer class="foot">
		<p class="range" role="status">${t(pages.all === 0 ?
			"desk.range_none" : "desk.range",
		    { total: pages.all, first, last })}</p>
		<${KeyButton} name="F6" off=${pages.page === 0}
		    onPress=${() => onPage(-1)}>${t("desk.page.before")}<//>
		<${KeyButton} name="F7" off=${pages.page >= pages.pages - 1}
		    onPress=${() => onPage(1)}>${t("desk.page.after")}<//>
		<div class="foot-rest">${children}</div>
	</footer>`;
}
