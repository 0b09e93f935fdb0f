/*
 * What the scenes of the pages stand on: one Chromium, a page for each client
 * that a scene opens, and the world outside the browser, which is asked for
 * over standard output (browser.py).  Selectors are roles and the texts of
 * host/web/texts, as a person finds them.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const { MODULES, CHROMIUM, ORIGIN, PIN } = process.env;
const { chromium } = await import(`${MODULES}/playwright-core/index.mjs`);
const AXE = readFileSync(`${MODULES}/axe-core/axe.min.js`, "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"];
/* For one thing to happen on a busy machine; a failure, not a wait. */
const PATIENCE_MS = 20_000;
/* More than any page has between one thing and the next. */
const TABS = 60;
const SCENE_MS = 90_000;

export { assert, ORIGIN, PIN };

const texts = Object.fromEntries(["ja", "en"].map((lang) => [lang, JSON.parse(
    readFileSync(new URL(`../../host/web/texts/${lang}.json`, import.meta.url),
	"utf8"))]));

/* --- the world outside --- */

const open = new Map();
let asked = 0;

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

/* world.card("p03", "A"): the method of class World in browser.py. */
export const world = new Proxy({}, { get: (_, word) => (...args) =>
	new Promise((done, fail) => {
		open.set(++asked, { done, fail });
		say({ ask: asked, word, args });
	}) });

function answered({ answer, value, error }) {
	const { done, fail } = open.get(answer);

	open.delete(answer);
	if (error === undefined)
		done(value);
	else
		fail(new Error(error));
}

/* --- texts --- */

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/* A text as a pattern: furigana is there or not, {values} as given or any. */
export function like(key, vars = {}, lang = "ja", whole = true) {
	const text = texts[lang][key];

	assert.ok(text !== undefined, `there is no text ${key}`);
	const pattern = text.split(/(｜[^《]+《[^》]+》|\{\w+\})/).map((part) => {
		const ruby = /^｜([^《]+)《([^》]+)》$/.exec(part);
		const name = /^\{(\w+)\}$/.exec(part)?.[1];

		if (ruby)
			return `\\s*${escaped(ruby[1])}(\\s*${escaped(ruby[2])}\\s*)?`;
		if (name)
			return vars[name] === undefined ? ".+" :
			    escaped(String(vars[name]));
		return escaped(part).replace(/\s+/g, "\\s+");
	}).join("");

	return new RegExp(whole ? `^\\s*${pattern}\\s*$` : pattern, "u");
}

/* --- one page of a client --- */

const seen = new Set();
const IDS = /[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32,}/g;

/* Whether a text holds it; digits count only as a number of their own. */
function holds(text, secret) {
	const bare = text.replace(IDS, "");

	return /^\d+$/.test(secret) ? new RegExp(`(?<!\\d)${secret}(?!\\d)`)
	    .test(bare) : bare.includes(secret);
}

const everything = () => JSON.stringify([
	document.documentElement.outerHTML,
	[...document.querySelectorAll("input, textarea")].map((e) => e.value),
	document.title, document.cookie, location.href, history.state,
	{ ...sessionStorage },
	Object.entries(localStorage).filter(([, v]) => !/^[\w-]{40,}$/.test(v)),
]);

export class Screen {
	constructor(scene, page, kind, lang) {
		Object.assign(this, { scene, page, kind, lang, told: [], urls: [] });
		page.on("console", (m) => this.told.push(`${m.type()}: ${m.text()}`));
		page.on("pageerror", (e) => this.told.push(`thrown: ${e.stack}`));
		page.on("request", (r) => this.urls.push(r.url()));
	}

	like(key, vars, whole) {
		return like(key, vars, this.lang, whole);
	}

	/* A text without values, as it stands there. */
	text(key) {
		return texts[this.lang][key];
	}

	/* The screen with this heading; each kind of screen meets axe once. */
	async at(key, vars) {
		await this.page.getByRole("heading", { level: 1,
		    name: this.like(key, vars) }).waitFor();
		await this.axe(key);
	}

	async dialog(key, vars) {
		await this.page.getByRole("dialog", {
		    name: this.like(key, vars) }).waitFor();
		await this.axe(key);
	}

	button(key, vars) {
		return this.page.getByRole("button", { name: this.like(key, vars) });
	}

	press(key, vars) {
		return this.button(key, vars).click();
	}

	/* Somewhere on the page. */
	see(key, vars) {
		return this.page.getByText(this.like(key, vars, false)).first()
		    .waitFor();
	}

	async digits(text) {
		for (const digit of text)
			await this.page.getByRole("button", { name: digit,
			    exact: true }).click();
	}

	/* By Tab alone; nothing is pointed at. */
	async focus(locator) {
		for (let i = 0; i < TABS; i++) {
			if (await locator.evaluate((e) =>
			    e === document.activeElement))
				return;
			await this.page.keyboard.press("Tab");
		}
		assert.fail(`the keyboard does not reach ${locator}`);
	}

	async axe(state) {
		const name = `${this.kind} ${this.lang} ${state}`;

		if (seen.has(name))
			return;
		seen.add(name);
		if (await this.page.evaluate(() => typeof axe) === "undefined")
			await this.page.evaluate(AXE);
		const found = await this.page.evaluate(async (values) => {
			const { violations } = await axe.run(document, {
				preload: false, resultTypes: ["violations"],
				runOnly: { type: "tag", values } });

			return violations.map((v) => `${v.id}: ${v.help}\n` +
			    v.nodes.map((n) => `  ${n.html}\n  ${n.failureSummary}`)
				.join("\n"));
		}, RULES);

		assert.deepEqual(found, [], `axe at ${name}:\n${found.join("\n")}`);
	}

	/* Nothing that can be searched holds any of these. */
	async bare(...words) {
		const now = await this.page.evaluate(everything);

		for (const word of words)
			assert.ok(!holds(now, word), `the page holds ${word}:\n${
			    now.slice(0, 3000)}`);
	}

	/* After every scene: what it was told, and where it went. */
	check() {
		const { secrets, rough } = this.scene;
		const odd = this.told.filter((line) => !rough ||
		    !line.startsWith("error: Failed to load resource"));

		assert.deepEqual(odd, [], `the console of ${this.kind}`);
		for (const url of this.urls) {
			assert.ok(url.startsWith(`${ORIGIN}/`) ||
			    url.startsWith(`blob:${ORIGIN}/`), `went to ${url}`);
			/* A fragment stays in the browser. */
			const sent = url.slice(ORIGIN.length).replace(/#.*/, "");

			for (const secret of secrets)
				assert.ok(!holds(sent, secret),
				    `a secret is in ${url}`);
		}
	}
}

/* Said on the console, where check() finds it. */
function watchPolicy() {
	document.addEventListener("securitypolicyviolation", (e) =>
	    console.error(`policy ${e.violatedDirective} ${e.blockedURI}`));
}

/* --- one scene --- */

const SIZES = { kiosk: { width: 1080, height: 1920 },
	visit: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };

class Scene {
	constructor(browser) {
		this.browser = browser;
		this.contexts = [];
		this.screens = [];
		this.secrets = [PIN];
		/* Answers that are errors are part of it. */
		this.rough = false;
	}

	async context({ kind, size = SIZES[kind], storage = [], clock = false }) {
		const context = await this.browser.newContext({ viewport: size,
		    locale: "ja-JP", timezoneId: "Asia/Tokyo",
		    reducedMotion: "reduce", storageState: {
			cookies: [], origins: [{ origin: ORIGIN,
			localStorage: storage }] } });

		context.setDefaultTimeout(PATIENCE_MS);
		await context.addInitScript(watchPolicy);
		if (clock)
			await context.clock.install();
		this.contexts.push(context);
		return context;
	}

	/* The page of a client that has its token; client null: it has none. */
	async open(kind, client, { lang = "ja", hash = "", ...more } = {}) {
		const storage = [];

		if (client !== null) {
			const token = await world.token(client);

			this.secrets.push(token);
			storage.push({ name: `shikaku.${kind}`, value: token });
		}
		const context = await this.context({ kind, storage, ...more });
		const page = await context.newPage();
		const screen = new Screen(this, page, kind, lang);

		this.screens.push(screen);
		await page.goto(`${ORIGIN}/${kind}${hash}`);
		return screen;
	}

	async close() {
		await Promise.all(this.contexts.map((c) => c.close()));
	}
}

async function perform(browser, act) {
	const scene = new Scene(browser);
	let timer;
	const late = new Promise((_, fail) => {
		timer = setTimeout(() => fail(new Error("the scene takes too " +
		    "long")), SCENE_MS);
	});

	try {
		await world.ready();
		await Promise.race([act(scene), late]);
		scene.screens.forEach((screen) => screen.check());
		return null;
	} catch (error) {
		return `${error.stack}\n${(await Promise.all(scene.screens.map(
		    describe))).join("\n")}`;
	} finally {
		clearTimeout(timer);
		await scene.close();
	}
}

/* For whom a scene fails: what was on the screens. */
const describe = async ({ kind, page, told }) => `--- ${kind}: ${
    await page.evaluate(() => document.body.innerText.slice(0, 1500))
	.catch((e) => e.message)}\n${told.join("\n")}`;

/* Plays what it is told to until standard input ends. */
export async function play(scenes) {
	if (process.argv.includes("--list")) {
		process.stdout.write(JSON.stringify(Object.keys(scenes)));
		return;
	}
	const browser = await chromium.launch({ executablePath: CHROMIUM,
	    args: process.getuid() === 0 ? ["--no-sandbox"] : [] });

	for await (const line of createInterface({ input: process.stdin })) {
		const said = JSON.parse(line);

		if (said.answer !== undefined)
			answered(said);
		else
			perform(browser, scenes[said.play]).then((error) =>
			    say({ ended: said.play, error }));
	}
	await browser.close();
}
