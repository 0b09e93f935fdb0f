/* How the page looks: attributes of <html> that theme.css knows. */
import { useState } from "./dom.js";
import { load, save } from "./page.js";

const ON = { look: "bold", light: "dark" };

function put(name, on) {
	if (on)
		document.documentElement.dataset[name] = ON[name];
	else
		delete document.documentElement.dataset[name];
}

for (const name of Object.keys(ON))
	put(name, load(name) === "yes");

/* name: "look" (文字を大きく・濃く) or "light" (a dark room). */
export function useLook(name) {
	const [on, setOn] = useState(load(name) === "yes");

	return [on, (to) => {
		save(name, to ? "yes" : null);
		put(name, to);
		setOn(to);
	}];
}
