/*
 * The visits of one day, as a value: a map of rows by id, which of them are
 * shown, and in what order.  Nothing here draws or waits.
 */
const COLUMNS = ["id", "mode", "method", "purpose", "client", "state",
    "wants", "status", "patient", "filed", "started_at", "updated_at"];

export const PAGE = 100;

export const FILTERS = {
	all: () => true,
	waiting: (row) => row.wants === "patient",
	errors: (row) => row.status.word === "error",
};

/* A visit as a row of the list. */
export function rowOf(visit) {
	return Object.fromEntries(COLUMNS.map((c) => [c, visit[c]]));
}

/* New map; a row that is older than the one we hold changes nothing. */
export function withRows(rows, more) {
	const next = new Map(rows);

	for (const row of more) {
		const held = next.get(row.id);
		if (held === undefined ||
		    Date.parse(held.updated_at) <= Date.parse(row.updated_at))
			next.set(row.id, row);
	}
	return next;
}

/* Ids under the filter, newest first. */
export function orderOf(rows, filter) {
	return [...rows.values()].filter(FILTERS[filter])
		.map((row) => [Date.parse(row.started_at), row.id])
		.sort(([a, x], [b, y]) => b - a || (x < y ? 1 : -1))
		.map(([, id]) => id);
}

/* How many rows each filter lets through. */
export function countsOf(rows) {
	const counts = {};

	for (const name of Object.keys(FILTERS))
		counts[name] = [...rows.values()].filter(FILTERS[name]).length;
	return counts;
}

/* status.word: what to do with the row next, where it is not its result */
const NEXT = {
	running: "cancel",
	inquiring: "follow",
	error: "reason",
	unmatched: "record",
	cancelled: "record",
	expired: "record",
};

/* The one thing to do with a row next, of what this client may. */
export function actionOf(row, may) {
	const next = row.wants === "patient" ? "match" :
	    NEXT[row.status.word] ?? "result";

	if (next === "match" || next === "cancel")
		return may[next] ? next : "follow";
	return next;
}

/* The calendar day in Japan of an instant, and the day n days later. */
export function dayOf(ms) {
	return new Date(ms + 9 * 3600e3).toISOString().slice(0, 10);
}

export function dayAfter(date, n) {
	return dayOf(Date.parse(`${date}T12:00:00+09:00`) + n * 86400e3);
}
