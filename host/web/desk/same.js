/*
 * Whether two spellings say the same (features.md DEN-14, E03): width,
 * space, kana kind, small kana and the long mark do not count; a character
 * the system could not give (●) stands for any one.
 */
const SMALL = "ァィゥェォッャュョヮ";
const LARGE = "アイウエオツヤユヨワ";
const UNKNOWN = "●";

function kanaOf(c) {
	const code = c.charCodeAt(0);
	const k = code >= 0x3041 && code <= 0x3096 ?
	    String.fromCharCode(code + 0x60) : c;

	return SMALL.includes(k) ? LARGE[SMALL.indexOf(k)] : k;
}

export function keyOf(text) {
	return [...text.normalize("NFKC").replace(/[\s・]/gu, "")
		.replace(/[‐‑‒–—―−ｰ-]/gu, "ー").toUpperCase()]
		.map(kanaOf).join("");
}

export function sameText(a, b) {
	const x = [...keyOf(a)];
	const y = [...keyOf(b)];

	return x.length === y.length && x.every((c, i) => c === y[i] ||
	    c === UNKNOWN || y[i] === UNKNOWN);
}

const soft = (a, b) => sameText(a, b) ? "same" : "changed";
const hard = (a, b) => a === b ? "same" : "stop";

/* The register holds no address: it is shown, not judged. */
const FIELDS = [["name", soft], ["kana", soft], ["sex", hard],
    ["birthdate", hard], ["address", null]];

/*
 * What the card or the face reader says beside what the register says (null
 * before a patient is chosen), field by field.  mark: "same", "changed",
 * "stop" (birth date and sex may not differ), "unknown" where one side says
 * nothing, "none" where nothing is compared.
 */
export function compare(patient, person) {
	return FIELDS.map(([field, judge]) => {
		const ours = patient?.[field] || null;
		const theirs = person[field];
		const unknown = ours === null || theirs === null;

		return { field, ours, theirs, mark: patient === null ||
		    judge === null ? "none" : unknown ? "unknown" :
		    judge(ours, theirs) };
	}).filter((row) => row.theirs !== null || row.field !== "address");
}
