/* Dates as people here write them: eras in Japanese, plain in English. */
import { lang } from "./text.js";

const ERAS = [
	/* first day, name, letter */
	["2019-05-01", "令和", "R"],
	["1989-01-08", "平成", "H"],
	["1926-12-25", "昭和", "S"],
	["1912-07-30", "大正", "T"],
	["1868-01-25", "明治", "M"],
];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
	"Sep", "Oct", "Nov", "Dec"];

/* 9999999 and 99999999 are how the files write an open end (features.md E04) */
export const isOpen = (text) => /^9{4}-?(9{2}-?9{2}|12-?31)$|^9{7,8}$/.test(text);

/* "2026-11-20", "20261120" or a time -> ISO date; null if it is none. */
export function iso(text) {
	const m = /^(\d{4})-?(\d{2})-?(\d{2})(?!\d)/.exec(text ?? "");

	if (m === null)
		return null;
	const date = `${m[1]}-${m[2]}-${m[3]}`;
	const there = new Date(`${date}T00:00:00Z`);

	return Number.isNaN(there.getTime()) ||
	    there.toISOString().slice(0, 10) !== date ? null : date;
}

function era(date) {
	const row = ERAS.find(([first]) => date >= first);

	if (row === undefined)
		return null;
	return { name: row[1], letter: row[2],
	    year: Number(date.slice(0, 4)) - Number(row[0].slice(0, 4)) + 1 };
}

/* 令和8年11月20日; 元年 in the first year; as it came if it is no date. */
export function wareki(text) {
	const date = iso(text), e = date === null ? null : era(date);

	if (e === null)
		return text ?? "";
	return `${e.name}${e.year === 1 ? "元" : e.year}年` +
	    `${Number(date.slice(5, 7))}月${Number(date.slice(8))}日`;
}

/* R 8.11.20 */
export function warekiShort(text) {
	const date = iso(text), e = date === null ? null : era(date);
	const two = (n) => String(Number(n)).padStart(2);

	if (e === null)
		return text ?? "";
	return `${e.letter}${two(e.year)}.${two(date.slice(5, 7))}.` +
	    two(date.slice(8));
}

/* In the language of the page. */
export function longDate(text) {
	const date = iso(text);

	if (date === null || lang() === "ja")
		return wareki(text);
	return `${Number(date.slice(8))} ${MONTHS[Number(date.slice(5, 7)) - 1]} ` +
	    date.slice(0, 4);
}

/* 09:05, in Japan, wherever the browser is. */
export function clock(time) {
	return new Intl.DateTimeFormat("en-GB", { hour: "2-digit",
	    minute: "2-digit", timeZone: "Asia/Tokyo" }).format(new Date(time));
}

/* Full years on the given day; the law's 学年 and 満年齢 are not ours. */
export function age(birthdate, today) {
	const born = iso(birthdate), now = iso(today);

	if (born === null || now === null)
		return null;
	return Number(now.slice(0, 4)) - Number(born.slice(0, 4)) -
	    (now.slice(5) < born.slice(5) ? 1 : 0);
}
