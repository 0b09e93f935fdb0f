/* Time that runs out: a visit's deadline, and a person who walked away. */
import { now } from "./api.js";
import { useEffect, useRef, useState } from "./dom.js";

const TICK_MS = 250;
const SIGNS = ["pointerdown", "pointermove", "keydown", "input", "wheel"];

/* The page's own clock: nobody sets it. */
export const after = (ms) => performance.now() + ms;

/* An RFC 3339 time of the agent on that clock; null stays null. */
export const until = (time) => time === null ? null :
    after(Date.parse(time) - now());

/* Seconds until end (of after), 0 at the least; null without an end. */
function secondsTo(end) {
	return end === null ? null :
	    Math.max(0, Math.ceil((end - performance.now()) / 1000));
}

/* Renders again each second; onOver once, when the time is up. */
export function useCountdown(end, onOver) {
	const [left, setLeft] = useState(secondsTo(end));
	const over = useRef(onOver);

	over.current = onOver;
	useEffect(() => {
		setLeft(secondsTo(end));
		if (end === null)
			return undefined;
		const timer = setInterval(() => {
			const seconds = secondsTo(end);

			setLeft(seconds);
			if (seconds > 0)
				return;
			clearInterval(timer);
			over.current?.();
		}, TICK_MS);

		return () => clearInterval(timer);
	}, [end]);
	return left;
}

/*
 * Seconds until ms have passed without a sign of the person, from when this
 * was first drawn; null with ms null.  again() is a sign, too.  While held is
 * true only again() counts: a question is on the screen.
 */
export function useIdle(ms, held, onOver) {
	const [end, setEnd] = useState(null);
	const still = useRef(held);
	const again = () => setEnd(ms === null ? null : after(ms));

	still.current = held;
	useEffect(() => {
		let last = -TICK_MS;

		/* A moving finger is many events and one sign. */
		function sign() {
			if (still.current || performance.now() - last < TICK_MS)
				return;
			last = performance.now();
			again();
		}

		again();
		if (ms === null)
			return undefined;
		SIGNS.forEach((name) => addEventListener(name, sign,
		    { passive: true }));
		return () => SIGNS.forEach((name) => removeEventListener(name,
		    sign));
	}, [ms]);
	return [useCountdown(end, onOver), again];
}
