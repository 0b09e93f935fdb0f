import { get, post } from "./api.js";
import { useEffect, useRef, useState } from "./dom.js";
import { link, onEvent, onLink } from "./events.js";

/* A late event may have been lost with a connection: look again so often. */
const LOOK_MS = 10_000;

/* "live" or "offline"; a page that has just begun is not offline yet. */
export function useLink() {
	const [state, setState] = useState(link());

	useEffect(() => {
		const off = onLink(setState);

		setState(link());
		return off;
	}, []);
	return state;
}

/* Calls fn({id, type, data}) for every event, while the page stands. */
export function useEvents(fn) {
	const now = useRef(fn);

	now.current = fn;
	useEffect(() => onEvent((event) => now.current(event)), []);
}

/*
 * Follows a visit: its events, every reconnection, and now and then.
 *
 *	visit	 as it stands; null before it is known and without an id
 *	lost	 the problem of the last look; null when it went well
 *	problem	 of the last step that was sent; null when it went well
 *	send	 (step, body): POST /visits/{id}/{step}, one at a time; true when
 *		 it was done
 *	reload	 looks at once
 */
const NOTHING = { id: null, visit: null, lost: null, problem: null };

export function useVisit(id) {
	const [held, setHeld] = useState(NOTHING);
	const now = useRef(id), looks = useRef(0), busy = useRef(false);
	const missed = useRef(false);
	const mine = held.id === id ? held : NOTHING;

	now.current = id;

	function keep(change) {
		if (now.current === id)
			setHeld((old) => ({ ...(old.id === id ? old : NOTHING),
			    id, ...change }));
	}

	/* A look that was overtaken by another, or by a step, says nothing. */
	async function look() {
		const turn = ++looks.current;
		const seen = await get(`/visits/${id}`).then(
		    (visit) => ({ visit, lost: null }),
		    (lost) => ({ lost }));

		if (turn === looks.current)
			keep(seen);
	}

	/* The answer of a step may be older than an event that came before it. */
	async function reload() {
		if (busy.current)
			missed.current = true;
		else
			await look();
	}

	async function send(step, body) {
		if (busy.current)
			return false;
		busy.current = true;
		keep({ problem: null });
		try {
			const visit = await post(`/visits/${id}/${step}`, body);

			looks.current++;
			keep({ visit, lost: null });
			return true;
		} catch (problem) {
			keep({ problem });
			await look();
			return false;
		} finally {
			busy.current = false;
			if (missed.current)
				look();
			missed.current = false;
		}
	}

	useEffect(() => {
		if (id === null)
			return undefined;
		reload();
		const timer = setInterval(reload, LOOK_MS);
		const offs = [
			onEvent(({ type, data }) =>
			    type === "visit" && data.visit === id && reload()),
			onLink((state) => state === "live" && reload()),
		];

		return () => {
			clearInterval(timer);
			offs.forEach((off) => off());
		};
	}, [id]);

	return { visit: mine.visit, lost: mine.lost, problem: mine.problem, send,
		reload };
}
