import { nothing } from "./consent.js";
import { html, useEffect, useRef, useState } from "./dom.js";
import { isAsking, screenOf } from "./flow.js";
import { AtDevice } from "./screens/at_device.js";
import { Attest } from "./screens/attest.js";
import { Card } from "./screens/card.js";
import { Confirm } from "./screens/confirm.js";
import { Consent } from "./screens/consent.js";
import { Ended } from "./screens/ended.js";
import { NumberB } from "./screens/number_b.js";
import { Pin } from "./screens/pin.js";
import { Working } from "./screens/working.js";
import { after, useCountdown } from "./time.js";

/* A check takes seconds (features.md 4.1); after this the person may go. */
const PATIENCE_MS = 20000;

const SCREENS = { card: Card, number_b: NumberB, attest: Attest, pin: Pin,
	at_device: AtDevice,
	consent: Consent, confirm: Confirm, working: Working,
	face: (props) => html`<${Working} ...${props} face />` };

/* The page's own problem where the visit has none to show. */
const EXPIRED = { code: "EXPIRED" };
const DECLINED = { code: "PIN_LAST_TRY" };

function problemOf(flow, declined) {
	if (declined)
		return DECLINED;
	if (flow.problem !== null)
		return flow.problem;
	if (flow.lost?.code === "NO_SUCH")
		return flow.lost;
	if (flow.visit !== null && screenOf(flow.visit) === "ended")
		return flow.visit.error ?? EXPIRED;
	return null;
}

/* The name of the screen; a terminal that takes its time holds nobody. */
function useScreen(visit) {
	const name = visit === null ? "working" : screenOf(visit);
	const asking = visit !== null && name === "working" &&
	    isAsking(visit);
	const [end, setEnd] = useState(null);
	const left = useCountdown(end);

	useEffect(() => setEnd(asking ? after(PATIENCE_MS) : null), [asking]);
	return asking && left === 0 ? "later" : name;
}

/*
 * One visit from its first screen to its last.  The page gives what is its
 * own:
 *
 *	layout	 Card (drawing), cardLead, items, overview, all (of
 *		 screens/consent.js), outcome, desk, later (screens), endSeconds
 *	ways	 buttons for another way of checking
 *	onAgain	 begins the same again; null where that cannot be
 *	onEnd	 it is over: forget
 */
export function VisitFlow({ flow, client, reader, layout, online, ways,
	onAgain, onEnd }) {
	const [answers, setAnswers] = useState(nothing());
	const [declined, setDeclined] = useState(false);
	const memo = useRef({});
	const { visit } = flow;
	const name = useScreen(visit);
	const problem = problemOf(flow, declined);

	useEffect(() => { name === "gone" && problem === null && onEnd(); },
	    [name]);

	async function decline() {
		setDeclined(true);
		await flow.send("cancellation");
	}

	if (problem !== null)
		return html`<${Ended} problem=${problem} ways=${ways}
		    onAgain=${onAgain} onBack=${onEnd}
		    seconds=${layout.endSeconds} />`;
	const Screen = SCREENS[name] ?? layout[name] ?? Working;

	return html`<${Screen} key=${`${name}-${visit?.wants}`} visit=${visit}
	    client=${client} reader=${reader} layout=${layout} online=${online}
	    answers=${answers} setAnswers=${setAnswers} memo=${memo.current}
	    send=${flow.send} sent=${flow.sent} onDecline=${decline}
	    onEnd=${onEnd} />`;
}
