import { post } from "../common/api.js";
import { CardAtPhone } from "../common/drawing.js";
import { screenOf, useFlow } from "../common/flow.js";
import { Around } from "../common/frame.js";
import { useClient, useReader } from "../common/standing.js";
import { t } from "../common/text.js";
import { Button, codeOfAddress, Enrol, html, Icon, render, useEffect,
	useLang, useLink, useRef, useState, useToken } from "../common/ui.js";
import { VisitFlow } from "../common/visit_flow.js";
import { DeadlineNote, IdleWatch } from "../common/watch.js";
import { Bar, Home, Preparing, Reason, Settings } from "./home.js";
import { Desk, Later, Result } from "./result.js";
import { Unlock } from "./unlock.js";

const AWAY_MS = 180_000;
const ITEMS = 6;
const UNTIMED = ["working", "outcome", "ended", "gone", "desk", "later"];

/* The visit this tab was at, so that a reload goes on with it: its id only. */
const PLACE = "shikaku.visit.at";

function remember(id) {
	if (id === null)
		sessionStorage.removeItem(PLACE);
	else
		sessionStorage.setItem(PLACE, id);
}

/*
 * Locked here at once, and at the agent as soon as it can be told.  blanked:
 * it was done because nobody touched anything.
 */
function useLock(client, setClient, link) {
	const [here, setHere] = useState(false);
	const [blanked, setBlanked] = useState(false);

	async function tell() {
		await post("/client/lock").then(setClient, () => {});
	}

	useEffect(() => {
		if (here && client.unlocked && link !== "offline")
			tell();
	}, [here, link]);
	return { locked: here || !client.unlocked, blanked,
		lock(idle) {
			setBlanked(idle);
			setHere(true);
		},
		opened(now) {
			setBlanked(false);
			setHere(false);
			setClient(now);
		} };
}

const OfflineNote = () => html`<div class="offline" role="status">
	<${Icon} name="offline" /><p><strong>${t("visit.offline.title")}</strong>
	${" "}${t("visit.offline.lead")}</p></div>`;

/* The visit of this page: how it begins, and the same again. */
function useVisiting(follows) {
	const [slow, setSlow] = useState(false);
	const flow = useFlow(follows, sessionStorage.getItem(PLACE));
	const last = useRef({ method: "pin" });

	useEffect(() => { remember(flow.id); }, [flow.id]);

	function begin(ask) {
		flow.leave();
		last.current = ask;
		return flow.start({ mode: "home", slow, ...ask });
	}

	/* Who waits for the person is cancelled; what is under way goes on. */
	function drop() {
		if (flow.visit?.wants && flow.visit.wants !== "closing")
			flow.giveUp();
		else
			flow.leave();
		setSlow(false);
	}

	return { flow, slow, setSlow, begin, drop,
		again: () => begin(last.current),
		busy: flow.id !== null || flow.starting || flow.problem !== null,
		screen: flow.visit === null ? "working" : screenOf(flow.visit) };
}

const LAYOUT = { Card: CardAtPhone, cardLead: "visit.card.lead",
	cardReader: "visit.away.next", items: ITEMS, overview: false,
	all: ["consent.all.items", "consent.none.items"],
	outcome: Result, desk: Desk, later: Later, endSeconds: null };

/* What stands above a screen: no signal, and a step's time that runs out. */
const Notes = ({ online, timed, flow }) => html`
	${!online && html`<${OfflineNote} />`}
	${timed && html`<${DeadlineNote} visit=${flow.visit}
	    onOver=${flow.giveUp} />`}`;

/* open: null, "settings", "mode" or "reason" */
function Open({ client, reader, visiting, online, open, setOpen, opened }) {
	const { flow, slow, setSlow, begin, again, busy } = visiting;
	const home = () => { setOpen(null); };
	const reason = () => { setOpen("reason"); };

	function start(ask) {
		home();
		return begin(ask);
	}

	if (open === "mode")
		return html`<${Unlock} changing online=${online} onDone=${opened}
		    onCancel=${home} />`;
	if (open === "reason")
		return html`<${Reason} online=${online} onCancel=${home}
		    onBegin=${(why) => start({ method: "visual",
			reason: why })} />`;
	if (!busy)
		return html`<${Home} reader=${reader} slow=${slow}
		    setSlow=${setSlow} online=${online} onVisual=${reason}
		    onPin=${() => start({ method: "pin" })} />`;
	return html`<${VisitFlow} key=${flow.id} flow=${flow} client=${client}
	    reader=${reader} layout=${LAYOUT} online=${online}
	    onEnd=${flow.leave} onAgain=${again}
	    ways=${html`<${Button} icon="eye" onPress=${() => {
		flow.leave();
		reason();
	    }}>${t("visit.home.visual")}<//>`} />`;
}

function Visiting({ client, setClient }) {
	const link = useLink(), online = link !== "offline";
	const { locked, blanked, lock, opened } = useLock(client, setClient, link);
	const visiting = useVisiting(!locked), { flow, busy, drop } = visiting;
	const [open, setOpen] = useState(null);
	const reader = useReader(client.name, () => {});
	const timed = busy && !locked && !UNTIMED.includes(visiting.screen);

	function shut(idle) {
		drop();
		setOpen(null);
		lock(idle);
	}

	function enter(now) {
		setOpen(null);
		opened(now);
	}

	const around = { speaks: false, quit: flow.giveUp,
		bar: html`<${Bar} client=${client} onSettings=${locked || busy ||
		    open !== null ? null : () => { setOpen("settings"); }} />`,
		note: html`<${Notes} online=${online} timed=${timed}
		    flow=${flow} />` };

	return html`<${Around.Provider} value=${around}>
		${locked ? html`<${Unlock} key="locked" blanked=${blanked}
		    online=${online} onDone=${enter} />` :
		html`<${Open} client=${client} reader=${reader}
		    visiting=${visiting} online=${online} open=${open}
		    setOpen=${setOpen} opened=${enter} />`}
		${open === "settings" && !locked && html`<${Settings}
		    onMode=${() => { setOpen("mode"); }} onLock=${() => shut(false)}
		    onClose=${() => { setOpen(null); }} />`}
		<${IdleWatch} speaks=${false} ms=${locked ? null : AWAY_MS}
		    onOver=${() => shut(true)} />
	<//>`;
}

function Standing() {
	const { client, setClient, problem } = useClient(false);

	if (client === null)
		return html`<${Preparing} text=${problem?.status === 403 ?
		    t("visit.wrong_client") : null} />`;
	return client.home ? html`<${Visiting} client=${client}
	    setClient=${setClient} />` :
	    html`<${Preparing} text=${t("visit.wrong_client")} />`;
}

const given = codeOfAddress();

function Page() {
	const [there, entered] = useToken();

	useLang();
	return there ? html`<${Standing} />` :
	    html`<${Enrol} given=${given} onDone=${entered} />`;
}

render(html`<${Page} />`, document.body);
