/* The desk: the day's list, what stands around it, and what keys do. */
import { t } from "../common/text.js";
import { Banner, Button, html, useEffect, useRef, useState }
	from "../common/ui.js";
import { clock } from "../common/date.js";
import { Alarms } from "./alarm.js";
import { countsOf, dayOf } from "./day.js";
import { OpenDialog } from "./dialogs.js";
import { Header, useMinute } from "./header.js";
import { useIdle } from "./idle.js";
import { patientText, placeText } from "./name.js";
import { forgetPaper } from "./save.js";
import { useLinkSince, useSite, useWide } from "./site.js";
import { Panel, Tabs, useTab } from "./tabs.js";
import { useView } from "./today.js";
import { useDay } from "./use_day.js";

/* Design rule R23: the list nobody looks at is covered. */
const IDLE_MS = 10 * 60e3;
/* How long the last thing done is shown. */
const SAID_MS = 8000;

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
	const dialogs = useDialogs();
	const [tab, setTab] = useTab(may);
	const [idle, wake] = useIdle(IDLE_MS);
	const alarms = site.health.value?.alarms ?? [];

	const desk = { ...dialogs, client, may, site, today, wide, alarms, setTab,
		done: (key) => (visit) => {
			day.put(visit);
			dialogs.close();
			dialogs.setSaid(t(key, { name: patientText(visit),
			    client: placeText(visit) }));
		} };

	useEffect(() => {
		if (idle) {
			dialogs.forget();
			forgetPaper();
		}
	}, [idle]);
	useEffect(() => forgetPaper, []);

	return html`<div class="desk">
		<${Header} client=${client} skew=${site.skew} link=${link}
		    onDevice=${() => { dialogs.open("device"); }} />
		<${Alarms} alarms=${alarms} today=${today} />
		${link === "offline" && html`<div class="offline"><${Banner}
		    kind="warn" title=${t("desk.offline.title", { time:
			clock(since) })}><p>${t("desk.offline.next", { time:
			clock(since) })}</p><//></div>`}
		${idle ? html`<${Cover} waiting=${countsOf(day.rows).waiting}
		    onWake=${wake} />` : html`
		<${Tabs} may=${may} tab=${tab} onTab=${setTab} />
		<${Panel} tab=${tab}><${tab.page} key=${tab.name} desk=${desk}
		    view=${view} day=${day} /><//>`}
		<${OpenDialog} desk=${desk} shown=${dialogs.shown} />
	</div>`;
}
