/* Files for the person at the desk, made of what the agent gives in pieces. */
import { call, check, now } from "../common/api.js";
import { queryText } from "./paged.js";

const PIECE = 500;	/* openapi.yaml, Limit */
const PIECE_MS = 30_000;

/* The browser's own way to save; the data leave the page with it.  The name
 * says of nobody whose they are. */
function save(name, parts, type) {
	const url = URL.createObjectURL(new Blob(parts, { type }));
	const link = Object.assign(document.createElement("a"),
	    { href: url, download: name });

	link.click();
	URL.revokeObjectURL(url);
}

/* Rows of a piece: its line ends, less those within quotes. */
function rowsOf(bytes) {
	let rows = 0, quoted = false;

	for (const byte of bytes) {
		if (byte === 0x22)
			quoted = !quoted;
		else if (byte === 0x0a && !quoted)
			rows++;
	}
	return rows;
}

/* Throws the Problem; nothing is saved then. */
export async function saveCsv(query, encoding) {
	const parts = [];

	for (let offset = 0; ; offset += PIECE) {
		const answer = await check(await call(`/exports/findings.csv?${
		    queryText({ ...query, encoding, limit: PIECE, offset })}`, {
			method: "GET",
			signal: AbortSignal.timeout(PIECE_MS),
			headers: { Accept: "text/csv" },
		}));
		const bytes = new Uint8Array(await answer.arrayBuffer());
		/* The heading stands in the first piece alone. */
		const rows = rowsOf(bytes) - (offset === 0 ? 1 : 0);

		parts.push(bytes);
		if (rows < PIECE)
			break;
	}
	save(`shikaku_${new Date(now()).toISOString().replace(/\D/gu, "")
	    .slice(0, 14)}.csv`, parts, "text/csv");
}

export const saveText = (name, text) => save(name, [text], "text/plain");
export const saveBytes = (name, bytes, type) => save(name, [bytes], type);

/* What is on paper, or nobody waits for any more, is not in the page. */
let takePaper = () => {};

export const forgetPaper = () => takePaper();

/*
 * A page that the agent has laid out for A4 takes the desk's place on paper.
 * Its style is taken as a sheet: none may stand in a page of ours, nor in one
 * that is read here.
 */
export function printPage(page) {
	const styles = [];
	const body = page.replace(/<style[^>]*>([^<]*)<\/style>/gu, (_, style) => {
		styles.push(style);
		return "";
	});
	const from = new DOMParser().parseFromString(body, "text/html");
	const sheet = new CSSStyleSheet({ media: "print" });
	const paper = document.createElement("div");

	forgetPaper();
	sheet.replaceSync(styles.join("\n"));
	paper.className = "paper";
	paper.append(...from.body.childNodes);
	document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
	document.body.append(paper);
	takePaper = () => {
		takePaper = () => {};
		paper.remove();
		document.adoptedStyleSheets = document.adoptedStyleSheets
		    .filter((other) => other !== sheet);
	};
	addEventListener("afterprint", forgetPaper, { once: true });
	print();
}
