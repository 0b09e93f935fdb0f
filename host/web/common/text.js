/*
 * Every text of the pages, from texts/ja.json and texts/en.json.  A text may
 * hold {name} for a value and ｜漢字《かんじ》 for furigana.
 */
import { emitter } from "./emitter.js";
import { load, save } from "./page.js";

const LANGS = ["ja", "en"];
const RETRY_MS = 1000;
const TEXT_MS = 10_000;
const changed = emitter();

/* Without its texts a page can say nothing: keep asking. */
async function texts(lang) {
	for (;;) {
		try {
			const answer = await fetch(`/web/texts/${lang}.json`,
			    { signal: AbortSignal.timeout(TEXT_MS) });

			if (answer.ok)
				return await answer.json();
		} catch {
			/* Asked again below. */
		}
		await new Promise((done) => setTimeout(done, RETRY_MS));
	}
}

const [ja, en] = await Promise.all(LANGS.map(texts));
const all = { ja, en };
let current = LANGS.includes(load("lang")) ? load("lang") : "ja";

document.documentElement.lang = current;

export const lang = () => current;

export function setLang(to) {
	if (to === current || !LANGS.includes(to))
		return;
	current = to;
	save("lang", to);
	document.documentElement.lang = to;
	changed.emit(to);
}

/* Returns what takes the listener off again. */
export const onLang = changed.on;

function filled(key, vars) {
	return (all[current][key] ?? key).replace(/\{(\w+)\}/g,
	    (whole, name) => vars[name] ?? whole);
}

const FURIGANA = /｜([^《]+)《([^》]+)》/g;

/* The text without its furigana. */
export const t = (key, vars = {}) => filled(key, vars).replace(FURIGANA, "$1");

/* The text in pieces: strings, and [base, furigana]. */
export function pieces(key, vars = {}) {
	const parts = filled(key, vars).split(FURIGANA);
	const list = [];

	for (let i = 0; i < parts.length; i += 3) {
		list.push(parts[i]);
		if (i + 1 < parts.length)
			list.push([parts[i + 1], parts[i + 2]]);
	}
	return list;
}

/* Of the agent's own texts, {ja, en}. */
export const pick = (both) => both?.[current] ?? "";
