/*
 * A birth date as people type it: S35.6.2, 昭和35年6月2日, 1960/6/2,
 * 19600602.  YYYY-MM-DD, "" for nothing, null for what is no date
 * (features.md E04: 元年 is 1; an era begins and ends on its day).
 */
const ERAS = [
	{ names: ["R", "令和", "令"], from: "2019-05-01", base: 2018 },
	{ names: ["H", "平成", "平"], from: "1989-01-08", base: 1988,
	    to: "2019-04-30" },
	{ names: ["S", "昭和", "昭"], from: "1926-12-25", base: 1925,
	    to: "1989-01-07" },
	{ names: ["T", "大正", "大"], from: "1912-07-30", base: 1911,
	    to: "1926-12-24" },
	{ names: ["M", "明治", "明"], from: "1873-01-01", base: 1867,
	    to: "1912-07-29" },
];

/* With separators, after width, space and case are out of the way. */
const REST = "[年./-](\\d{1,2})[月./-](\\d{1,2})日?$";
const ERA = new RegExp(`^(${ERAS.flatMap((e) => e.names).join("|")})` +
    `(元|\\d{1,2})${REST}`, "u");
const WEST = new RegExp(`^(\\d{4})${REST}`, "u");
const DIGITS = /^(\d{4})(\d{2})(\d{2})$/u;

function isoOf(year, month, day) {
	const two = (n) => String(n).padStart(2, "0");
	const iso = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
	const at = new Date(`${iso}T00:00:00Z`);

	return !Number.isNaN(at.getTime()) &&
	    at.toISOString().slice(0, 10) === iso ? iso : null;
}

function eraDate(name, year, month, day) {
	const era = ERAS.find((e) => e.names.includes(name));
	const iso = isoOf(era.base + (year === "元" ? 1 : Number(year)),
	    month, day);

	if (iso === null || iso < era.from || iso > (era.to ?? "9999-12-31"))
		return null;
	return iso;
}

export function readDate(typed) {
	const text = typed.normalize("NFKC").replace(/\s/gu, "").toUpperCase();
	const era = ERA.exec(text);
	const west = WEST.exec(text) ?? DIGITS.exec(text);

	if (text === "")
		return "";
	if (era !== null)
		return eraDate(era[1], era[2], Number(era[3]), Number(era[4]));
	return west === null ? null :
	    isoOf(Number(west[1]), Number(west[2]), Number(west[3]));
}

/* A month as people type it, YYYY-MM; null for what is none. */
export const readMonth = (text) => text.trim() === "" ? null :
    readDate(`${text.normalize("NFKC").trim()}.1`.replace("月.1", "月1日"))
	?.slice(0, 7) ?? null;
