/*
 * Something the desk keeps looking at: read at once, on every reconnection,
 * when reload is called, and every ms milliseconds (0: not by the clock).
 * What was known stays while it is read again or cannot be.
 *
 *	value	 the last answer, null before the first
 *	problem	 why the last look failed, with since: when that began
 */
import { get } from "../common/api.js";
import { onLink } from "../common/events.js";
import { useEffect, useRef, useState } from "../common/ui.js";

export function useLoad(path, ms = 0) {
	const [held, setHeld] = useState({ path, value: null, problem: null });
	const turn = useRef(0);
	const mine = held.path === path ? held : { value: null, problem: null };

	async function reload() {
		const now = ++turn.current;
		let change;

		if (path === null)
			return;
		try {
			change = { value: await get(path), problem: null };
		} catch (problem) {
			change = { problem: Object.assign(problem,
			    { since: new Date().toISOString() }) };
		}
		if (now !== turn.current)
			return;
		setHeld((old) => {
			const base = old.path === path ? old :
			    { value: null, problem: null };

			return { ...base, path, ...change, problem:
			    change.problem && (base.problem ?? change.problem) };
		});
	}

	useEffect(() => {
		const timer = ms > 0 ? setInterval(reload, ms) : null;
		const off = onLink((state) => state === "live" && reload());

		reload();
		return () => {
			turn.current++;
			clearInterval(timer);
			off();
		};
	}, [path, ms]);

	return { value: mine.value, problem: mine.problem, reload };
}
