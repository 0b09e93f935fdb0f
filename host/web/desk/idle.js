/*
 * What nobody looks at any more is not shown (design rule R23): idle after
 * ms without a key, a pointer or a scroll.
 */
import { useEffect, useRef, useState } from "../common/ui.js";

const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel",
    "touchstart"];

/* [idle, wake]; on: whether time counts at all.  Only wake ends it. */
export function useIdle(ms, on = true) {
	const [idle, setIdle] = useState(false);
	const timer = useRef(null);

	useEffect(() => {
		function sign() {
			clearTimeout(timer.current);
			timer.current = setTimeout(() => setIdle(true), ms);
		}

		if (!on || idle)
			return undefined;
		sign();
		SIGNS.forEach((s) => addEventListener(s, sign, true));
		return () => {
			clearTimeout(timer.current);
			SIGNS.forEach((s) => removeEventListener(s, sign, true));
		};
	}, [ms, on, idle]);
	return [idle, () => setIdle(false)];
}
