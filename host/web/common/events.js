/*
 * The agent's events.  EventSource cannot send a token, so the stream is read
 * by fetch.  It resumes after the last event it saw.
 */
import { call, check, hasToken } from "./api.js";
import { emitter } from "./emitter.js";

const BACKOFF_MS = [500, 1000, 2000, 5000];
const CONNECT_MS = 10_000;
/* So long without a byte the connection may be dead: open a new one. */
const SILENCE_MS = 45_000;

/* Calls onEvent({id, type, data}) for each event of a text/event-stream. */
export function parser(onEvent) {
	let rest = "", event = { id: null, type: "message", data: [] };

	function dispatch() {
		const { id, type, data } = event;

		event = { id: null, type: "message", data: [] };
		if (data.length > 0)
			onEvent({ id, type, data: data.join("\n") });
	}

	const fields = {
		id: (value) => { event.id = value; },
		event: (value) => { event.type = value; },
		data: (value) => { event.data.push(value); },
	};

	function line(text) {
		const colon = text.indexOf(":");
		const name = colon < 0 ? text : text.slice(0, colon);
		const value = colon < 0 ? "" : text.slice(colon + 1);

		if (text === "")
			dispatch();
		else
			fields[name]?.(value.startsWith(" ") ? value.slice(1) :
			    value);
	}

	return (chunk) => {
		const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);

		rest = lines.pop();
		lines.forEach(line);
	};
}

async function read(stream, feed, alive) {
	const reader = stream.pipeThrough(new TextDecoderStream()).getReader();

	for (;;) {
		const { done, value } = await reader.read();

		if (done)
			return;
		alive();
		feed(value);
	}
}

function wait(ms, signal) {
	return new Promise((done) => {
		const end = () => {
			clearTimeout(timer);
			removeEventListener("online", end);
			signal.removeEventListener("abort", end);
			done();
		};
		const timer = setTimeout(end, ms);

		addEventListener("online", end);
		signal.addEventListener("abort", end);
	});
}

function parsed(event, onEvent) {
	let data;

	try {
		data = JSON.parse(event.data);
	} catch {
		return;
	}
	onEvent({ ...event, data });
}

/* One connection, until it ends; onOpen when it stands. */
async function connect(stopped, last, onEvent, onOpen) {
	const quiet = new AbortController();
	const abort = () => quiet.abort();
	let timer = setTimeout(abort, CONNECT_MS);
	const alive = () => {
		clearTimeout(timer);
		timer = setTimeout(abort, SILENCE_MS);
	};

	stopped.addEventListener("abort", abort);
	addEventListener("offline", abort);
	try {
		const answer = await check(await call("/events", {
			method: "GET", signal: quiet.signal,
			headers: {
				Accept: "text/event-stream",
				...(last.id === null ? {} :
				    { "Last-Event-ID": last.id }),
			},
		}));

		alive();
		onOpen();
		await read(answer.body, parser((event) => {
			last.id = event.id ?? last.id;
			parsed(event, onEvent);
		}), alive);
	} finally {
		clearTimeout(timer);
		stopped.removeEventListener("abort", abort);
		removeEventListener("offline", abort);
		quiet.abort();
	}
}

/*
 * onEvent({id, type, data}) with type visit, reader or alarm and data parsed;
 * onState("live" | "offline").  Returns what stops it.  It also stops when
 * the token is gone.
 */
export function listen(onEvent, onState) {
	const stop = new AbortController();
	const last = { id: null };
	let failures = 0;

	(async () => {
		while (!stop.signal.aborted && hasToken()) {
			let opened = false;

			try {
				await connect(stop.signal, last, onEvent, () => {
					opened = true;
					failures = 0;
					onState("live");
				});
			} catch {
				failures++;
			}
			if (stop.signal.aborted)
				return;
			if (!opened)
				onState("offline");
			await wait(BACKOFF_MS[Math.min(failures,
			    BACKOFF_MS.length - 1)], stop.signal);
		}
	})();
	return () => stop.abort();
}

/*
 * One stream for the whole page: begins with the first listener, ends with
 * the last.  state is "live", "offline", or "starting" before either.
 */
const events = emitter(), states = emitter();
let stop = null, state = "starting";

function follow() {
	stop ??= listen(events.emit, (now) => {
		state = now;
		states.emit(now);
	});
}

function leave() {
	if (events.size + states.size > 0 || stop === null)
		return;
	stop();
	stop = null;
	state = "starting";
}

function joined(list, fn) {
	const off = list.on(fn);

	follow();
	return () => {
		off();
		leave();
	};
}

/* Each returns what takes the listener off again. */
export const onEvent = (fn) => joined(events, fn);
export const onLink = (fn) => joined(states, fn);
export const link = () => state;
