/*
 * Function keys as in 日レセ (features.md ORC-04: F4 前日, F5 次日, F6 前頁,
 * F7 次頁, F9 全対象).  A button that has one shows it.
 */
import { Button, html, useEffect, useRef } from "../common/ui.js";

/* actions: {F4: fn, …}; none while a dialog is open. */
export function useKeys(actions, on) {
	const now = useRef(null);

	now.current = on ? actions : {};
	useEffect(() => {
		function press(event) {
			const action = now.current[event.key];

			if (action === undefined || event.altKey ||
			    event.ctrlKey || event.metaKey || event.shiftKey)
				return;
			event.preventDefault();
			if (!event.repeat)
				action();
		}
		document.addEventListener("keydown", press);
		return () => document.removeEventListener("keydown", press);
	}, []);
}

export function KeyButton({ name, children, ...rest }) {
	return html`<${Button} aria-keyshortcuts=${name} ...${rest}>
		<kbd>${name}</kbd>${children}<//>`;
}
