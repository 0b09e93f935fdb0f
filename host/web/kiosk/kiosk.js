import { forget } from "../common/api.js";
import { CardOnReader } from "../common/drawing.js";
import { screenOf, useFlow } from "../common/flow.js";
import { Around } from "../common/frame.js";
import { useLook } from "../common/look.js";
import { canSpeak, useMute } from "../common/speech.js";
import { useClient, useReader } from "../common/standing.js";
import { lang, setLang, t } from "../common/text.js";
import { after, useCountdown, useIdle } from "../common/time.js";
import { Banner, Button, codeOfAddress, Enrol, html, render, Toggle, useLang,
	useLink, useState, useToken } from "../common/ui.js";
import { VisitFlow } from "../common/visit_flow.js";
import { DeadlineNote, IdleWatch } from "../common/watch.js";
import { Blank, Idle, Preparing } from "./idle.js";
import { Desk, Later, Outcome } from "./outcome.js";
import { useRoom } from "./room.js";
import { StaffDialog } from "./staff.js";

/* pages.md, Kiosk: nobody has touched anything */
const AWAY_MS = 60_000;
const BLANK_MS = 3000;
const END_S = 20;
/* Screens that leave by themselves, or where the agent is at work. */
const UNWATCHED = ["working", "face", "outcome", "desk", "later", "ended",
	"gone"];
const LAYOUT = { Card: CardOnReader, cardLead: "card.lead", overview: true,
	all: ["consent.all", "consent.none"], outcome: Outcome, desk: Desk,
	later: Later, endSeconds: END_S };

function Tools({ client, mute, setMute, look, setLook }) {
	const other = lang() === "ja" ? "en" : "ja";

	return html`<div class="tools">
		${client.test_mode && html`<span class="tag">
			${t("test_mode")}</span>`}
		<${Button} kind="quiet" icon="globe" lang=${other}
		    onPress=${() => { setLang(other); }}>${t("tools.lang")}<//>
		${canSpeak && html`<${Button} kind="quiet"
		    icon=${mute ? "mute" : "sound"}
		    onPress=${() => { setMute(!mute); }}>
			${t(mute ? "tools.unmute" : "tools.mute")}<//>`}
		<${Toggle} on=${look} icon="letter"
		    onPress=${(to) => { setLook(to); }}>${t("tools.look")}<//>
	</div>`;
}

/* The other ways of checking, as far as this kiosk has them. */
function Ways({ client, onFace, onStaff }) {
	return html`${client.evidence_key && html`<${Button} icon="face"
	    onPress=${onFace}>${t("ways.face")}<//>`}
	${client.staff_button && html`<${Button} icon="staff"
	    onPress=${onStaff}>${t("ways.staff")}<//>`}
	${!client.staff_button && html`<p>${t("ways.call")}</p>`}`;
}

/* What belongs to the person ends with the person. */
function useManners() {
	const [look, setLook] = useLook("look");
	const [slow, setSlow] = useState(false);

	return { look, setLook, slow, setSlow, reset() {
		setLook(false);
		setSlow(false);
		setLang("ja");
	} };
}

/* Until when the screen stays blank; null when it is not. */
function useBlank() {
	const [until, setUntil] = useState(null);

	useCountdown(until, () => setUntil(null));
	return [until !== null, (on) => setUntil(on ? after(BLANK_MS) : null)];
}

/* The visit of this kiosk: how it begins and how the screen forgets it. */
function useServing(manners, setBlank) {
	const flow = useFlow(true);

	function cleared() {
		manners.reset();
		setBlank(true);
	}

	function begin(body) {
		flow.leave();
		setBlank(false);
		return flow.start({ ...body, slow: manners.slow });
	}

	return { flow, begin,
		pin: () => { begin({ mode: "pin" }); },
		face: () => { begin({ mode: "face" }); },
		end() {
			flow.leave();
			cleared();
		},
		quit() {
			flow.giveUp();
			cleared();
		},
		busy: flow.id !== null || flow.starting || flow.problem !== null,
		screen: flow.visit === null ? "working" : screenOf(flow.visit) };
}

/* What stands above a screen: no connection, and time that runs out. */
const Notes = ({ link, watched, serving }) => html`
	${link === "offline" && html`<${Banner} kind="warn"
	    title=${t("offline.title")}><p>${t("offline.lead")}</p><//>`}
	${watched && html`<${DeadlineNote} visit=${serving.flow.visit}
	    onOver=${serving.quit} />`}`;

function Screen({ client, reader, serving, manners, blank, online, onStaff }) {
	const { flow, pin, face, end } = serving;
	const layout = { ...LAYOUT, items: useRoom(manners.look) };
	const visual = flow.visit?.mode === "visual";

	function staff() {
		flow.leave();
		onStaff();
	}

	if (serving.busy)
		return html`<${VisitFlow} key=${flow.id} flow=${flow}
		    client=${client} reader=${reader} layout=${layout}
		    online=${online} onEnd=${end} onAgain=${visual ? null : pin}
		    ways=${html`<${Ways} client=${client} onFace=${face}
			onStaff=${staff} />`} />`;
	if (blank)
		return html`<${Blank} reader=${reader} />`;
	return html`<${Idle} client=${client} reader=${reader}
	    slow=${manners.slow} setSlow=${manners.setSlow} onBegin=${pin}
	    onStaff=${onStaff} />`;
}

function Served({ client }) {
	const [mute, setMute] = useMute();
	const manners = useManners(), link = useLink();
	const [staff, setStaff] = useState(false);
	const [blank, setBlank] = useBlank();
	const serving = useServing(manners, setBlank), { busy } = serving;
	const reader = useReader(client.name, () => !busy && !staff &&
	    serving.pin());
	const watched = busy && !UNWATCHED.includes(serving.screen);

	useIdle(busy ? null : AWAY_MS, false, manners.reset);

	async function startVisual(body) {
		const problem = await serving.begin(body);

		if (problem !== null)
			serving.flow.leave();
		return problem;
	}

	const around = { speaks: true, quit: serving.quit,
		bar: html`<${Tools} client=${client} mute=${mute} setMute=${setMute}
		    look=${manners.look} setLook=${manners.setLook} />`,
		note: html`<${Notes} link=${link} watched=${watched}
		    serving=${serving} />` };

	return html`<${Around.Provider} value=${around}>
		<${Screen} client=${client} reader=${reader} serving=${serving}
		    manners=${manners} blank=${blank} online=${link !== "offline"}
		    onStaff=${() => { setStaff(true); }} />
		<${IdleWatch} speaks ms=${watched ? AWAY_MS *
		    (manners.slow ? 2 : 1) : null} onOver=${serving.quit} />
		${staff && html`<${StaffDialog} onStart=${startVisual}
		    onClose=${() => { setStaff(false); }} />`}
	<//>`;
}

function Standing() {
	const { client, problem } = useClient(true);

	return client === null ? html`<${Preparing} problem=${problem}
	    onForget=${forget} />` : html`<${Served} client=${client} />`;
}

const given = codeOfAddress();

function Kiosk() {
	const [there, entered] = useToken();

	useLang();
	return there ? html`<${Standing} />` :
	    html`<${Enrol} given=${given} onDone=${entered} />`;
}

render(html`<${Kiosk} />`, document.body);
