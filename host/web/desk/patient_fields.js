/*
 * The fields of a patient as people type them, as POST /patient has them, and
 * the coverages in the order people read them.
 * Nothing here draws or waits.
 */
import { readDate } from "./birthdate.js";

const digits = (v, least, most) => {
	const text = v.normalize("NFKC").replace(/[\s-]/gu, "");

	return /^\d*$/u.test(text) && (text === "" || (text.length >= least &&
	    text.length <= most)) ? text : null;
};
const plain = (v) => v.trim();

/* name: how it is read; null: not so.  Forms are those of openapi.yaml. */
const READ = {
	chart: (v) => {
		const text = v.normalize("NFKC").trim();

		return /^[!-~]{1,32}$/u.test(text) && !/^0+$/u.test(text) ?
		    text : null;
	},
	name: plain, kana: plain, birthdate: readDate,
	insurer_number: (v) => digits(v, 6, 8),
	insured_card_symbol: plain,
	insured_identification_number: plain,
	insured_branch_number: (v) => {
		const text = digits(v, 1, 2);

		return text === null || text === "" ? text :
		    text.padStart(2, "0");
	},
	post_number: (v) => digits(v, 7, 7),
	address: plain,
};
export const NAMES = Object.keys(READ);
export const MAX = { chart: 32, insurer_number: 8, insured_card_symbol: 20,
	insured_identification_number: 20, insured_branch_number: 2 };
export const SEXES = ["male", "female", "unknown"];
/* ※ of the question; 後期高齢者医療 and 医療扶助 have no 記号. */
export const NEEDED = ["birthdate", "insurer_number", "insured_card_symbol",
	"insured_identification_number"];
const SYMBOLLESS = /^(39|12)\d{6}$/u;

/*
 * {values} as POST /patient has them, or {wrong: {field: "missing" or
 * "form"}}: all of them at once.  bare: the card has no 記号.
 */
export function patientOf(fields, { check, fresh, bare }) {
	const values = {}, wrong = {};

	for (const name of NAMES) {
		values[name] = READ[name](fields[name]);
		if (values[name] === null)
			wrong[name] = name === "chart" &&
			    fields.chart.trim() === "" ? "missing" : "form";
	}
	const needed = check ? NEEDED.filter((name) =>
	    name !== "insured_card_symbol" || !(bare ||
		SYMBOLLESS.test(values.insurer_number ?? ""))) :
	    fresh ? ["birthdate"] : [];

	for (const name of needed) {
		if (values[name] === "")
			wrong[name] = "missing";
	}
	if (fields.sex !== "")
		values.sex = fields.sex;
	return Object.keys(wrong).length > 0 ? { wrong } : { values };
}

/* Members that were changed; a birth date cannot be cleared. */
export function bodyOf(values, patient) {
	const { chart, ...rest } = values;
	const kept = (name) => patient !== null && (patient[name] ??
	    (name === "sex" ? "unknown" : "")) === rest[name];

	return { chart_number: chart, ...Object.fromEntries(
	    Object.entries(rest).filter(([name, value]) => !kept(name) &&
		!(name === "birthdate" && value === "") &&
		!(patient === null && value === ""))) };
}

/* In the order of the terminal's detail screen. */
const KINDS = ["insurance", "elderly", "limit", "disease", "aid"];

/* 現在, 過1, 過2 …: each kind counts its own, newest first.  What begins after
 * today is yet to come, and neither. */
export function named(coverages, today) {
	return KINDS.map((kind) => {
		const rows = coverages.filter((row) => row.kind === kind);
		let past = 0;

		return { kind, label: rows[0]?.label, rows: rows.map((row) => {
			const coming = !row.current && (row.valid_from ?? "") >
			    today;

			return { row, coming, past: row.current || coming ? 0 :
			    ++past };
		}) };
	}).filter((group) => group.rows.length > 0);
}
