/* What a page knows while nobody is being served: its client, its reader. */
import { get, hasToken, post } from "./api.js";
import { useEffect, useRef, useState } from "./dom.js";
import { onLink } from "./events.js";
import { useEvents } from "./follow.js";

const AGAIN_MS = 3000;

/*
 * Schema Client, read anew after every reconnection; null until it is known.
 * starts: the first time by POST /client/start.  problem: why it is not known.
 */
export function useClient(starts) {
	const [client, setClient] = useState(null);
	const [problem, setProblem] = useState(null);
	const begun = useRef(!starts), timer = useRef(null);

	async function read() {
		clearTimeout(timer.current);
		try {
			const now = begun.current ? await get("/client") :
			    await post("/client/start");

			begun.current = true;
			setClient(now);
			setProblem(null);
		} catch (error) {
			setProblem(error);
			if (hasToken())
				timer.current = setTimeout(read, AGAIN_MS);
		}
	}

	useEffect(() => {
		const off = onLink((state) => state === "live" &&
		    begun.current && read());

		read();
		return () => {
			off();
			clearTimeout(timer.current);
		};
	}, []);
	return { client, setClient, problem, read };
}

/*
 * Schema Reader of the client, null until it is known.  onCard when a card was
 * put in that was not there before: a card that was left behind is not one.
 */
export function useReader(name, onCard) {
	const [reader, setReader] = useState(null);
	const empty = useRef(false), last = useRef(0);

	async function read() {
		const turn = ++last.current;
		const list = await get("/readers").catch(() => null);
		const mine = list?.readers.find((row) => row.client === name);

		if (turn !== last.current || mine === undefined)
			return;
		setReader(mine);
		const put = mine.card && empty.current;

		empty.current = !mine.card;
		if (put)
			onCard();
	}

	useEvents(({ type, data }) => type === "reader" &&
	    (data.client ?? name) === name && read());
	useEffect(() => {
		const off = onLink((state) => state === "live" && read());

		if (name !== null)
			read();
		return off;
	}, [name]);
	return reader;
}
