/* What concerns the site as a whole, read again when events say so. */
import { useEffect, useEvents, useLink, useMemo, useRef, useState }
	from "../common/ui.js";
import { useLoad } from "./load.js";

const HEALTH_MS = 30_000;
const SIDE_MS = 30_000;
/* Events come in flocks: what they touch is read once. */
const FLOCK_MS = 400;
/* From here on there is room beside the list. */
const WIDE = matchMedia("(min-width: 90rem)");

export function useWide() {
	const [wide, setWide] = useState(WIDE.matches);

	useEffect(() => {
		const change = () => setWide(WIDE.matches);

		WIDE.addEventListener("change", change);
		return () => WIDE.removeEventListener("change", change);
	}, []);
	return wide;
}

/* ["live" or "offline", since when]. */
export function useLinkSince() {
	const link = useLink();
	const since = useRef({ link, at: new Date().toISOString() });

	if (since.current.link !== link)
		since.current = { link, at: new Date().toISOString() };
	return [link, since.current.at];
}

/* soon(name, ...loads): each is read once, a moment later. */
function useSoon() {
	const timers = useRef({});

	useEffect(() => () => Object.values(timers.current)
		.forEach(clearTimeout), []);
	return (name, ...loads) => {
		timers.current[name] ??= setTimeout(() => {
			timers.current[name] = null;
			loads.forEach((load) => load.reload());
		}, FLOCK_MS);
	};
}

/*
 * health, results, requests and refused as useLoad gives them; skew: the lead of the
 * agent's clock in ms, whole seconds.
 */
export function useSite(may) {
	const side = may?.side ?? false;
	const health = useLoad("/health", HEALTH_MS);
	const results = useLoad(side ? "/results" : null, SIDE_MS);
	const requests = useLoad(side ? "/requests" : null, SIDE_MS);
	const refused = useLoad(side ? "/records/refused" : null, SIDE_MS);
	const soon = useSoon();

	useEvents(({ type }) => type === "visit" ?
	    soon("visit", results, requests) : soon("site", health));
	const skew = useMemo(() => health.value?.now === undefined ? 0 :
	    Math.round((Date.parse(health.value.now) - Date.now()) / 1e3) * 1e3,
	    [health.value]);

	return { health, results, requests, refused, skew };
}
