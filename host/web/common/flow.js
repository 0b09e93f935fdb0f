import { post } from "./api.js";
import { useRef, useState } from "./dom.js";
import { useEvents, useVisit } from "./follow.js";

/* What the visit wants is the screen. */
const WANTS = {
	card: "card", number_b: "number_b", face_file: "face", evidence: "face",
	attestation: "attest", pin: "pin", text_pin: "pin",
	pin_at_device: "at_device", consent: "consent",
	confirmation: "confirm", patient: "desk", closing: "outcome",
};
/* It wants nothing: its end, or the agent is at work. */
const STATES = {
	unanswered: "later", done: "gone", cancelled: "gone", refused: "ended",
	expired: "ended",
};
const ENDS = ["done", "cancelled", "refused", "expired"];
/* A visit somebody else began is taken up only before anything about a person
   can be on the screen (features.md R23). */
const EARLY = ["idle", "card", "verified"];

/* From here on the card has done its work. */
const AFTER = ["confirmed", "matched", "requested", "answered"];

export const isAsking = (visit) => AFTER.includes(visit.state);
export const isEnd = (visit) => ENDS.includes(visit.state);

export function screenOf(visit) {
	if (visit.error !== null && isEnd(visit))
		return "ended";
	/* In mode face the kiosk's own program reads the number off the card. */
	if (visit.wants === "number_b" && visit.method === "face")
		return "face";
	return visit.wants === null ? STATES[visit.state] ?? "working" :
	    WANTS[visit.wants];
}

/* What does not arrive is ended by the agent's own deadline. */
function cancelled(id) {
	post(`/visits/${id}/cancellation`).catch(() => {});
}

/*
 * The visit this page is at: the one it began, or, where follows is true, one
 * that the same client began elsewhere.
 *
 *	id, visit, lost, send, reload	as of useVisit; sent is its problem
 *	starting, problem		of start
 *	start(body)			begins one; null, or the problem
 *	leave()				forgets it here; it goes its way
 *	giveUp()			cancels it and forgets it here
 */
export function useFlow(follows, first = null) {
	const [id, setId] = useState(first);
	const [starting, setStarting] = useState(false);
	const [problem, setProblem] = useState(null);
	const left = useRef(new Set()), turn = useRef(0), asking = useRef(false);
	const held = useVisit(id);

	function leave() {
		turn.current++;
		left.current.add(id);
		setId(null);
		setProblem(null);
		setStarting(false);
	}

	function cancel(gone) {
		left.current.add(gone);
		cancelled(gone);
	}

	function giveUp() {
		if (id !== null)
			cancel(id);
		leave();
	}

	async function start(body) {
		const mine = ++turn.current;

		asking.current = true;
		setProblem(null);
		setStarting(true);
		try {
			const visit = await post("/visits", body);

			if (mine === turn.current)
				setId(visit.id);
			else
				cancel(visit.id);
			return null;
		} catch (error) {
			if (mine === turn.current)
				setProblem(error);
			return error;
		} finally {
			asking.current = false;
			if (mine === turn.current)
				setStarting(false);
		}
	}

	useEvents(({ type, data }) => {
		const free = id === null || (held.visit !== null &&
		    isEnd(held.visit));

		if (type !== "visit" || !follows || asking.current || !free ||
		    data.visit === id || left.current.has(data.visit) ||
		    !EARLY.includes(data.state))
			return;
		setProblem(null);
		setId(data.visit);
	});

	return { id, visit: held.visit, lost: held.lost, send: held.send,
		sent: held.problem, reload: held.reload, starting, problem, start,
		leave, giveUp };
}
