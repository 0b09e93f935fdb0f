import { useEffect, useState } from "../common/ui.js";

/*
 * How many consent items fit on a page without scrolling, by what is left
 * between head and foot in lines of the page's own text size.
 */
const HEAD_FOOT = { portrait: 20, landscape: 16.5 };
const ITEM = { portrait: 11.5, landscape: 10 };
const COLUMNS = { portrait: 1, landscape: 2 };

function fits() {
	const rem = parseFloat(getComputedStyle(document.documentElement)
	    .fontSize);
	const way = matchMedia("(orientation: portrait)").matches ? "portrait" :
	    "landscape";
	const rows = Math.floor((innerHeight / rem - HEAD_FOOT[way]) / ITEM[way]);

	return Math.min(6, Math.max(1, rows * COLUMNS[way]));
}

/* Changes with the window, the zoom and the size of the text (look). */
export function useRoom(look) {
	const [items, setItems] = useState(fits());

	useEffect(() => {
		const measure = () => setItems(fits());

		measure();
		addEventListener("resize", measure);
		return () => removeEventListener("resize", measure);
	}, [look]);
	return items;
}
