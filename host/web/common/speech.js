/*
 * What the screen says, said aloud (Web Speech).  Where the browser cannot
 * speak nothing happens.
 */
import { useEffect, useState } from "./dom.js";
import { emitter } from "./emitter.js";
import { load, save } from "./page.js";
import { lang } from "./text.js";

const VOICES = { ja: "ja-JP", en: "en-US" };
const changed = emitter();
let muted = load("mute") === "yes";

export const canSpeak = "speechSynthesis" in window;

export function hush() {
	if (canSpeak)
		speechSynthesis.cancel();
}

/* Cuts off what was being said. */
export function say(text) {
	hush();
	if (!canSpeak || muted || text === "")
		return;
	const words = new SpeechSynthesisUtterance(text);

	words.lang = VOICES[lang()];
	speechSynthesis.speak(words);
}

export function useMute() {
	const [now, setNow] = useState(muted);

	useEffect(() => changed.on(setNow), []);
	return [now, (to) => {
		muted = to;
		save("mute", to ? "yes" : null);
		if (to)
			hush();
		changed.emit(to);
	}];
}
