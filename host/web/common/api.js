/*
 * The agent's API, as host/api/openapi.yaml describes it.  Paths are below
 * /api/v1.  Every call has a deadline; every failure is a Problem.
 */
import { emitter } from "./emitter.js";
import { load, save } from "./page.js";

const BASE = "/api/v1";
const GET_MS = 10_000;
/* A step at the card is answered when the card has: 10 s at most (features.md
   4.3), and the agent's own work on top. */
const POST_MS = 20_000;
const RETRY_MS = [400, 1600];

const signedOut = emitter();

/* What went wrong, in both languages.  A lost network has the code OFFLINE. */
export class Problem extends Error {
	constructor(body, retryAfter) {
		super(body.code);
		this.name = "Problem";
		this.status = body.status;
		this.code = body.code;
		this.text = body.text;
		this.next = body.next;
		this.detail = body.detail ?? "";
		this.misfits = body.misfits ?? [];
		this.retryAfter = body.retry_after ?? retryAfter ?? null;
	}
}

const OFFLINE = {
	status: 0,
	code: "OFFLINE",
	text: { ja: "通信できません", en: "There is no connection" },
	next: { ja: "つながると続けられます",
		en: "You can go on when it is back" },
};

const GARBLED = {
	code: "BAD_ANSWER",
	text: { ja: "応答を読み取れませんでした",
		en: "The answer could not be read" },
	next: { ja: "もう一度お試しください", en: "Please try again" },
};

export const hasToken = () => load("") !== null;

/* The token is gone, here and now; onSignedOut hears of it. */
export function forget() {
	save("", null);
	signedOut.emit();
}

/* Returns what takes the listener off again. */
export const onSignedOut = signedOut.on;

/* Without a token the request goes out without one. */
function authorization() {
	const token = load("");

	return token === null ? {} : { Authorization: `Bearer ${token}` };
}

/* The Date header counts whole seconds: less than this is no difference. */
const SKEW_MS = 2000;
let skew = 0;

/* The agent's time, which deadlines are in; a tablet's clock may differ. */
export const now = () => Date.now() + skew;

function compareClocks(answer) {
	const there = Date.parse(answer.headers.get("Date")) - Date.now();

	if (!Number.isNaN(there))
		skew = Math.abs(there) < SKEW_MS ? 0 : there;
}

/* fetch with this page's manners: no cookie, cache, referrer or redirect. */
export async function call(path, { headers, ...rest }) {
	try {
		const answer = await fetch(BASE + path, {
			credentials: "omit", cache: "no-store", redirect: "error",
			referrerPolicy: "no-referrer", ...rest,
			headers: { ...authorization(), ...headers },
		});

		compareClocks(answer);
		return answer;
	} catch {
		throw new Problem(OFFLINE);
	}
}

async function problemOf(answer) {
	const after = Number(answer.headers.get("Retry-After")) || null;
	const body = await answer.json().catch(() => null);

	if (body?.code === undefined || body.text?.ja === undefined)
		return new Problem({ ...GARBLED, status: answer.status }, after);
	return new Problem({ ...body, status: answer.status }, after);
}

/* Throws the Problem of an answer that is one. */
export async function check(answer) {
	if (answer.ok)
		return answer;
	if (answer.status === 401 && hasToken())
		forget();
	throw await problemOf(answer);
}

async function json(answer) {
	await check(answer);
	try {
		return await answer.json();
	} catch (error) {
		if (error.name !== "SyntaxError")
			throw new Problem(OFFLINE);
		throw new Problem({ ...GARBLED, status: answer.status });
	}
}

export async function get(path) {
	return json(await call(path, {
		method: "GET",
		signal: AbortSignal.timeout(GET_MS),
		headers: { Accept: "application/json" },
	}));
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/*
 * One request is one key: a lost answer is asked for again with the same key,
 * so that nothing is done twice.  A caller that repeats an OFFLINE request
 * itself passes the key it used before.  told hears the status of an answer.
 */
export async function post(path, body = null,
    { key = crypto.randomUUID(), told = () => {} } = {}) {
	const request = () => call(path, {
		method: "POST",
		signal: AbortSignal.timeout(POST_MS),
		headers: {
			Accept: "application/json",
			"Idempotency-Key": key,
			...(body === null ? {} :
			    { "Content-Type": "application/json" }),
		},
		body: body === null ? undefined : JSON.stringify(body),
	});

	async function once() {
		const answer = await request();

		told(answer.status);
		return json(answer);
	}

	for (const ms of RETRY_MS) {
		try {
			return await once();
		} catch (problem) {
			if (problem.code !== "OFFLINE")
				throw problem;
		}
		await pause(ms);
	}
	return once();
}

/* An object URL; the caller revokes it. */
export async function photo(path) {
	const answer = await check(await call(path, {
		method: "GET",
		signal: AbortSignal.timeout(GET_MS),
		headers: { Accept: "image/png" },
	}));

	try {
		return URL.createObjectURL(await answer.blob());
	} catch {
		throw new Problem(OFFLINE);
	}
}

/* Keeps the token; returns the client it belongs to. */
export async function enrol(code) {
	const answer = await call("/tokens", {
		method: "POST",
		signal: AbortSignal.timeout(POST_MS),
		headers: {
			Accept: "application/json",
			"Content-Type": "application/json",
		},
		body: JSON.stringify({ code }),
	});
	const { token, client } = await json(answer);

	save("", token);
	return client;
}
