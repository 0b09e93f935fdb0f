/*
 * A QR code from rows of 0 and 1, with the quiet zone of four modules that
 * readers need (ISO/IEC 18004).  Black on white in every theme.
 */
import { html } from "../common/ui.js";

const QUIET = 4;

/* One run of dark modules is one rectangle. */
export function pathOf(rows) {
	return rows.flatMap((row, y) => [...row.matchAll(/1+/gu)].map((run) =>
	    `M${run.index + QUIET} ${y + QUIET}h${run[0].length}v1` +
	    `h-${run[0].length}z`)).join("");
}

export function Qr({ rows, label }) {
	const side = rows.length + 2 * QUIET;

	return html`<svg class="qr" role="img" aria-label=${label}
	    viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges">
		<path class="qr-light" d="M0 0h${side}v${side}H0z" />
		<path class="qr-dark" d=${pathOf(rows)} /></svg>`;
}
