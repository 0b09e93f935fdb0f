/*
 * The keyboard in a list: one row is in the tab order (roving focus), and it
 * stays the same row however the list changes.
 */
import { useRef, useState } from "../common/ui.js";

const LEAP = 10;

/* key: the row's place next, from its place now and the last one */
const MOVES = {
	ArrowDown: (at) => at + 1,
	ArrowUp: (at) => at - 1,
	PageDown: (at) => at + LEAP,
	PageUp: (at) => at - LEAP,
	Home: () => 0,
	End: (at, last) => last,
};

/* body and keys are for the list's tbody; its rows have data-id. */
export function useCursor(ids) {
	const body = useRef(null);
	const [cursor, setCursor] = useState(null);
	const current = ids.includes(cursor) ? cursor : ids[0];

	/* At once, not with the next drawing: a fast hand's next key must meet
	 * the row it moved to. */
	function keys(event) {
		const move = MOVES[event.key];
		const last = ids.length - 1;

		if (move === undefined || event.altKey || event.ctrlKey ||
		    event.metaKey)
			return;
		event.preventDefault();
		const here = event.target.closest("[data-id]").dataset.id;
		/* An attribute is text; an id may be a number. */
		const to = move(ids.findIndex((one) => String(one) === here),
		    last);
		const id = ids[Math.max(0, Math.min(last, to))];

		body.current.querySelector(`[data-id="${
		    CSS.escape(id)}"]`)?.focus();
	}

	return { body, current, keys, setCursor };
}
