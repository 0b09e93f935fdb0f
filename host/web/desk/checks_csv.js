/*
 * Chart numbers out of a file of appointments: CSV, or one number a line, in
 * UTF-8 or Shift_JIS as the receipt computers write it.
 */
const HEADS = ["カルテ番号", "患者番号", "診察券番号", "chart_number"];

/* Rows of fields; quotes as in RFC 4180. */
export function rowsOf(text) {
	const rows = [[""]];
	let quoted = false;

	for (let i = 0; i < text.length; i++) {
		const c = text[i], row = rows.at(-1);

		if (c === "\"" && quoted && text[i + 1] === "\"")
			row[row.length - 1] += text[++i];
		else if (c === "\"")
			quoted = !quoted;
		else if (quoted || !",\t\r\n".includes(c))
			row[row.length - 1] += c;
		else if (c === "\n")
			rows.push([""]);
		else if (c !== "\r")
			row.push("");
	}
	return rows.filter((row) => row.some((field) => field.trim() !== ""));
}

/* The column that is named so; the first where no line is a heading. */
export function chartsOfFile(bytes) {
	let text;

	try {
		text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		text = new TextDecoder("shift_jis").decode(bytes);
	}
	const rows = rowsOf(text);
	const heads = (rows[0] ?? []).map((name) => name.normalize("NFKC")
	    .trim());
	const at = heads.findIndex((name) => HEADS.includes(name));

	return rows.slice(at < 0 ? 0 : 1).map((row) => (row[Math.max(0, at)] ??
	    "").normalize("NFKC").trim()).filter(Boolean);
}
