/*
 * New rows come on top, and nothing moves under the hand that is about to
 * press: while the pointer moves over the list (and five seconds after) the
 * rows on the screen keep their places, though each shows its present state,
 * and a button above tells how many wait.  When they have come in, a press
 * that was on its way (0.7 s) is not taken.  The keyboard's row keeps the
 * focus wherever it goes.
 */
import { useEffect, useLayoutEffect, useRef, useState }
	from "../common/ui.js";

const REST_MS = 5000;
const REACTION_MS = 700;

/* [held, handlers for the list] */
export function useHand() {
	const [held, setHeld] = useState(false);
	const timer = useRef(null);

	function rest() {
		clearTimeout(timer.current);
		setHeld(false);
	}

	function move() {
		clearTimeout(timer.current);
		timer.current = setTimeout(rest, REST_MS);
		setHeld(true);
	}

	useEffect(() => () => clearTimeout(timer.current), []);
	return [held, { onPointerMove: move, onPointerLeave: rest }];
}

/*
 * The ids on the screen and how many wait.  what names the list: another day
 * or filter is another list, taken as it is.
 */
export function useOrder(wanted, what, held) {
	const shown = useRef({ what: null, ids: [] });
	const [, release] = useState(0);
	const old = shown.current;

	if (!held || old.what !== what || old.ids.length === 0)
		shown.current = { what, ids: wanted };
	const there = new Set(shown.current.ids);
	const waiting = wanted.filter((id) => !there.has(id)).length;

	return { ids: shown.current.ids, waiting, release() {
		shown.current = { what, ids: wanted };
		release((n) => n + 1);
	} };
}

/* Takes away a pointer's press on rows that have just moved by themselves. */
export function useGuard(ids, what) {
	const last = useRef({ ids, what, at: -REACTION_MS });

	useLayoutEffect(() => {
		const old = last.current;
		const moved = old.what === what &&
		    old.ids.some((id, i) => ids[i] !== id);

		last.current = { ids, what,
		    at: moved ? performance.now() : old.at };
	});
	return (event) => {
		const late = performance.now() - last.current.at;

		if (event.detail > 0 && late < REACTION_MS) {
			event.preventDefault();
			event.stopPropagation();
		}
	};
}
