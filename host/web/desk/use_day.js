/*
 * The day's visits, kept up to date.
 *
 *	rows	 map of rows by id (day.js)
 *	loading	 until the first look has ended
 *	problem	 why the last look failed, with since: when that began
 *	put	 (visit): it stands like this now
 */
import { useEffect, useState } from "../common/ui.js";
import { dayOf, rowOf, withRows } from "./day.js";
import { feed } from "./feed.js";

const EMPTY = { rows: new Map(), loading: true, problem: null };

export function useDay(date) {
	const [held, setHeld] = useState({ date, ...EMPTY });
	const day = held.date === date ? held : { date, ...EMPTY };

	/* What comes late for another day is dropped. */
	const change = (what) => setHeld((old) =>
	    old.date === date ? { ...old, ...what(old) } : old);
	const add = (rows) => change((old) => ({ rows: withRows(old.rows,
	    rows.filter((row) => dayOf(Date.parse(row.started_at)) === date)) }));
	const looked = (problem) => change((old) => ({ loading: false,
	    problem: problem && (old.problem ?? problem) }));

	useEffect(() => {
		setHeld({ date, ...EMPTY });
		return feed(date, add, looked);
	}, [date]);

	return { ...day, put: (visit) => add([rowOf(visit)]) };
}
