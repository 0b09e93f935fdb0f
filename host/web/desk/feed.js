/*
 * Reads the visits of a day and keeps reading: all of them in blocks, then
 * each one an event names, a few at a time; all again after a reconnection.
 */
import { get } from "../common/api.js";
import { onEvent, onLink } from "../common/events.js";
import { rowOf } from "./day.js";

/* openapi.yaml, /visits: the most one answer holds */
const BLOCK = 500;
/* More changes than this at once are read as a list. */
const MANY = 40;
const EVERY_MS = 150;
const AT_ONCE = 4;
/* After a look that failed. */
const RETRY_MS = 5000;

/* A visit that has gone meanwhile, or is not ours to see, is no row. */
async function visitOf(id) {
	try {
		return rowOf(await get(`/visits/${id}`));
	} catch (problem) {
		if (problem.status === 403 || problem.status === 404)
			return null;
		throw problem;
	}
}

/* Calls work, and once more at its end when it was asked for meanwhile. */
function oneAtATime(work) {
	let running = false, again = false;

	return async function run() {
		again = running;
		if (running)
			return;
		running = true;
		await work();
		running = false;
		if (again)
			run();
	};
}

/*
 * onRows(rows) for whatever was read, onLook(problem) at the end of each look
 * at the whole day; null when it went well.  Returns what stops it.
 */
export function feed(date, onRows, onLook) {
	const asked = new Set();
	let over = false, timer = null, retry = null;

	async function blocks() {
		let offset = 0, total = 1;

		while (offset < total && !over) {
			const some = await get(`/visits?date=${date}` +
			    `&limit=${BLOCK}&offset=${offset}`);

			if (!over)
				onRows(some.visits);
			total = some.visits.length === 0 ? 0 : some.total;
			offset += some.visits.length;
		}
	}

	const look = oneAtATime(async () => {
		let problem = null;

		try {
			await blocks();
		} catch (error) {
			problem = Object.assign(error,
			    { since: new Date().toISOString() });
		}
		if (over)
			return;
		onLook(problem);
		clearTimeout(retry);
		if (problem !== null)
			retry = setTimeout(look, RETRY_MS);
	});

	async function some() {
		const ids = [...asked].slice(0, AT_ONCE);

		ids.forEach((id) => asked.delete(id));
		const rows = await Promise.all(ids.map(visitOf));

		if (!over)
			onRows(rows.filter((row) => row !== null));
	}

	async function catchUp() {
		timer = null;
		if (asked.size > MANY) {
			asked.clear();
			look();
			return;
		}
		try {
			await some();
			later();
		} catch {
			/* Whatever was missed is in the whole day. */
			look();
		}
	}

	function later() {
		if (!over && timer === null && asked.size > 0)
			timer = setTimeout(catchUp, EVERY_MS);
	}

	const offs = [
		onEvent(({ type, data }) => {
			if (type === "visit")
				asked.add(data.visit);
			later();
		}),
		onLink((state) => state === "live" && look()),
	];

	look();
	return () => {
		over = true;
		clearTimeout(timer);
		clearTimeout(retry);
		offs.forEach((off) => off());
	};
}
