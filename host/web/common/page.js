/*
 * Which page this is (<html data-page="kiosk">), and what it may keep in this
 * browser: its token, the language and how it looks.  Nothing about people.
 */
export const page = document.documentElement.dataset.page;

const name = (key) => key === "" ? `shikaku.${page}` : `shikaku.${page}.${key}`;

/* Storage may be refused by the browser: then a choice lasts until reload. */
const memory = new Map();

export function load(key) {
	try {
		return localStorage.getItem(name(key)) ?? memory.get(key) ?? null;
	} catch {
		return memory.get(key) ?? null;
	}
}

/* null removes it. */
export function save(key, value) {
	if (value === null)
		memory.delete(key);
	else
		memory.set(key, value);
	try {
		if (value === null)
			localStorage.removeItem(name(key));
		else
			localStorage.setItem(name(key), value);
	} catch {
		return;
	}
}
