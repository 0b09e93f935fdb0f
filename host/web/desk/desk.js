/* The desk: the day's list, what stands around it, and what keys do. */
import { t } from "../common/text.js";
import { Banner, Button, html, useEffect, useRef, useState }
	from "../common/ui.js";
import { clock } from "../common/date.js";
import { Alarms } from "./alarm.js";
import { Board, Foot, usePages } from "./board.js";
import { countsOf, dayAfter, dayOf } from "./day.js";
import { OpenDialog } from "./dialogs.js";
import { useHand } from "./hand.js";
import { Header, useMinute } from "./header.js";
import { useIdle } from "./idle.js";
import { KeyButton, useKeys } from "./keys.js";
import { patientText, placeText } from "./name.js";
import { Side, lateRefusals, openRequests } from "./side.js";
import { useLinkSince, useSite, useWide } from "./site.js";
import { Toolbar, nextFilter } from "./toolbar.js";
import { useDay } from "./use_day.js";

/* Design rule R23: the list nobody looks at is covered. */
const IDLE_MS = 10 * 60e3;
/* How long the last thing done is shown. */
const SAID_MS = 8000;

/* The dialog that each action of a row opens. */
const OPENS = { match: "match", cancel: "cancel", follow: "result",
	reason: "result", record: "result", result: "result" };

/* Nothing of a patient is on the page behind it. */
function Cover({ waiting, onWake }) {
	useEffect(() => {
		addEventListener("keydown", onWake);
		return () => removeEventListener("keydown", onWake);
	}, []);
	return html`<main class="cover" id="main">
		<p><b>${t("desk.cover.title")}</b></p>
		<p>${waiting > 0 ? t("desk.cover.waiting", { n: waiting }) :
			t("desk.cover.text")}</p>
		<${Button} kind="main" onPress=${onWake}>
			${t("desk.cover.wake")}<//></main>`;
}

/* Buttons at the foot: what waits, and what few people need. */
function Tools({ site, may, wide, readers, onOpen }) {
	const results = site.results.value?.total ?? 0;
	const requests = openRequests(site.requests.value).length;
	const bad = readers.filter((r) => r.error !== null).length;
	const refused = lateRefusals(site.refused.value,
	    Date.now() + site.skew).length;

	return html`${may.side && !wide && html`<${KeyButton} name="F10"
	    class=${results > 0 || bad > 0 || refused > 0 ? "wanting" : ""}
	    onPress=${() => { onOpen("side"); }}>
		${t(bad > 0 ? "desk.side.open_bad" : "desk.side.open",
		    { results, requests, bad })}
		${refused > 0 && t("desk.side.open_refused",
		    { n: refused })}<//>`}
	${may.slips && html`<${Button} onPress=${() => { onOpen("slip"); }}>
		${t("desk.slip.open")}<//>`}
	${may.homes && html`<${Button}
	    onPress=${() => { onOpen("enrolment"); }}>
		${t("desk.enrolment.open")}<//>`}
	${may.devices && html`<${Button}
	    onPress=${() => { onOpen("devices"); }}>
		${t("desk.devices.open")}<//>`}
	${may.manage && html`<${Button}
	    onPress=${() => { onOpen("passcodes"); }}>
		${t("desk.passcode.open")}<//>
	<${Button} onPress=${() => { onOpen("clients"); }}>
		${t("desk.client.open")}<//>`}`;
}

/* Day, filter and page of the list. Today stays today over midnight. */
function useView(today) {
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

/* The open dialog, the last thing done, and the staff name between dialogs. */
function useDialogs() {
	const [shown, setShown] = useState(null);
	const [said, setSaid] = useState(null);
	const [staff, setStaff] = useState("");
	const turn = useRef(0), origin = useRef(null);

	/* One dialog may have led to another: back to where it began. */
	useEffect(() => {
		if (shown === null && document.activeElement === document.body)
			origin.current?.focus();
	}, [shown]);

	useEffect(() => {
		const timer = said === null ? null :
		    setTimeout(() => setSaid(null), SAID_MS);

		return () => clearTimeout(timer);
	}, [said]);

	return { shown, said, staff, setStaff, setSaid,
		open(name, what = {}) {
			if (shown === null)
				origin.current = document.activeElement;
			setSaid(null);
			setShown({ ...what, name, turn: ++turn.current });
		},
		close: () => setShown(null),
		forget() {
			setShown(null);
			setSaid(null);
			setStaff("");
		} };
}

/* client: as /client says; may: what its role may do here (role.js). */
export function Desk({ client, may }) {
	const site = useSite(may);
	const wide = useWide();
	const [link, since] = useLinkSince();
	const today = dayOf(useMinute(site.skew));
	const view = useView(today);
	const day = useDay(view.date);
	const [held, hand] = useHand();
	const pages = usePages(day, view.filter, view.page, held);
	const counts = countsOf(day.rows);
	const dialogs = useDialogs();
	const [idle, wake] = useIdle(IDLE_MS);
	const alarms = site.health.value?.alarms ?? [];
	const readers = site.health.value?.readers ?? [];
	const { open } = dialogs;

	const turn = (n) => view.onPage(Math.max(0,
	    Math.min(pages.pages - 1, pages.page + n)));

	const desk = { ...dialogs, client, may, site, today,
		done: (key) => (visit) => {
			day.put(visit);
			dialogs.close();
			dialogs.setSaid(t(key, { name: patientText(visit),
			    client: placeText(visit) }));
		} };

	useEffect(() => {
		if (idle)
			dialogs.forget();
	}, [idle]);
	useKeys({
		F4: () => view.onDay(-1),
		F5: () => view.date < today && view.onDay(1),
		F6: () => turn(-1),
		F7: () => turn(1),
		F8: () => may.receive && open("receive"),
		F9: () => view.onFilter(nextFilter(view.filter)),
		F10: () => may.side && !wide && open("side"),
	}, dialogs.shown === null && !idle);

	return html`<div class="desk">
		<${Header} client=${client} skew=${site.skew} link=${link}
		    onDevice=${() => { open("device"); }} />
		<${Alarms} alarms=${alarms} today=${today} />
		${link === "offline" && html`<div class="offline"><${Banner}
		    kind="warn" title=${t("desk.offline.title", { time:
			clock(since) })}><p>${t("desk.offline.next", { time:
			clock(since) })}</p><//></div>`}
		${idle ? html`<${Cover} waiting=${counts.waiting}
		    onWake=${wake} />` : html`<main class="work" id="main">
		<${Toolbar} date=${view.date} today=${today} counts=${counts}
		    filter=${view.filter} quiet=${alarms.length > 0} may=${may}
		    onDay=${view.onDay} onFilter=${view.onFilter}
		    onReceive=${() => { open("receive"); }} />
		<div class="middle">
			<${Board} day=${day} filter=${view.filter} pages=${pages}
			    hand=${hand} quiet=${alarms.length > 0} may=${may}
			    said=${dialogs.said}
			    onAction=${(row, action) =>
				open(OPENS[action], { row })} />
			${wide && may.side && html`<aside class="side"
			    aria-label=${t("desk.side.title")}><${Side}
			    site=${site} today=${today} onBind=${(row) =>
				open("matchResult", { row })} /></aside>`}
		</div></main>
		<${Foot} pages=${pages} onPage=${turn}>
			<${Tools} site=${site} may=${may} wide=${wide}
			    readers=${readers} onOpen=${open} /><//>`}
		<${OpenDialog} desk=${desk} shown=${dialogs.shown} />
	</div>`;
}
