/* What has to be done with the card, drawn. */
import { html } from "./dom.js";

/* The front of a card without anybody's data: photo, lines, codes below. */
function Front({ x, y }) {
	return html`<g transform="translate(${x} ${y})">
		<rect class="paper" width="240" height="152" rx="12" />
		<rect class="tone" x="18" y="44" width="60" height="76" rx="4" />
		<circle class="paper" cx="48" cy="72" r="13" />
		<path class="paper" d="M24 120c0-36 48-36 48 0z" />
		<path class="rule" d="M18 22h120M98 52h120M98 72h96M98 92h70" />
		<path class="rule" d="M18 134h60" />
		<path class="rule" d="M98 116h84" />
	</g>`;
}

/* A card above a reader. */
export function CardOnReader() {
	return html`<svg class="drawing" viewBox="0 0 360 300" aria-hidden="true"
	    focusable="false">
		<path class="tone" d="M36 214h288l28 60a12 12 0 0 1-11 17H19a12 12 0
		    0 1-11-17z" />
		<path class="rule" d="M74 236h212M66 254h228" />
		<path class="wave" d="M118 204c34-16 90-16 124 0" />
		<path class="wave" d="M94 192c46-24 126-24 172 0" />
		<g class="bob"><${Front} x="60" y="16" /></g>
	</svg>`;
}

/* The back of a phone with the card at its upper end. */
export function CardAtPhone() {
	return html`<svg class="drawing" viewBox="0 0 360 240" aria-hidden="true"
	    focusable="false">
		<${Front} x="60" y="76" />
		<rect class="solid" x="132" y="10" width="96" height="150" rx="14" />
		<circle class="paper" cx="180" cy="34" r="7" />
		<path class="wave light" d="M162 122c10-10 26-10 36 0" />
		<path class="wave light" d="M152 110c16-16 40-16 56 0" />
	</svg>`;
}

/* Where the three parts of 照合番号B stand; now is 0, 1 or 2. */
export function NumberPlaces({ now }) {
	const mark = (i, x, y, width) => html`<g class=${i === now ? "mark now" :
	    "mark"}>
		<rect x=${x} y=${y} width=${width} height="24" rx="5" />
		<circle cx=${x + width + 16} cy=${y + 12} r="13" />
		<text x=${x + width + 16} y=${y + 17.5} text-anchor="middle"
		    >${i + 1}</text>
	</g>`;

	return html`<svg class="drawing" viewBox="0 0 300 190" aria-hidden="true"
	    focusable="false">
		<rect class="paper" x="4" y="4" width="292" height="182" rx="14" />
		<rect class="tone" x="20" y="52" width="74" height="86" rx="4" />
		<circle class="paper" cx="57" cy="84" r="15" />
		<path class="paper" d="M28 138c0-42 58-42 58 0z" />
		<path class="rule" d="M20 26h150M112 42h150" />
		<path class="rule" d="M20 158h44" />
		${mark(0, 112, 66, 84)}
		${mark(1, 112, 104, 84)}
		${mark(2, 70, 146, 48)}
	</svg>`;
}
