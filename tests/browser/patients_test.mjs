/*
 * The parts of the pages of patients, checks and documents that need no
 * browser, row by row.
 *
 *	node --test tests/browser/patients_test.mjs
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chartsOfFile, rowsOf } from "../../host/web/desk/checks_csv.js";
import { checkOf, nextOf } from "../../host/web/desk/checks_row.js";
import { bodyOf, named, patientOf }
	from "../../host/web/desk/patient_fields.js";
import { isAidAlone } from "../../host/web/desk/compare_side.js";
import { mayOf } from "../../host/web/desk/role.js";

const utf8 = (text) => new TextEncoder().encode(text);
/* カルテ番号,… as the receipt computers write it */
const SJIS = [0x83, 0x4a, 0x83, 0x8b, 0x83, 0x65, 0x94, 0xd4, 0x8d, 0x86];

const FILES = [
	/* what it is, bytes, chart numbers */
	["one a line", utf8("13\n0\n00021\n"), ["13", "0", "00021"]],
	["a column by its name", utf8("時刻,患者番号\r\n9:00,13\r\n9:10,14\r\n"),
	    ["13", "14"]],
	["BOM", utf8("\ufeffカルテ番号,氏名\n13,資格\n"), ["13"]],
	["Shift_JIS", Uint8Array.from([...SJIS, 0x0d, 0x0a, 0x31, 0x33]),
	    ["13"]],
	["quotes, commas and line ends within",
	    utf8("氏名,カルテ番号\n\"資格, \"\"一\"\"\n郎\",\"13\"\n"), ["13"]],
	["full width, as typed", utf8("カルテ番号\n１３\n"), ["13"]],
	["tabs", utf8("chart_number\tname\n13\tx\n"), ["13"]],
	["a short row", utf8("時刻,カルテ番号\n9:00\n9:10,14\n"), ["14"]],
	["empty lines", utf8("\n\n13\n\n"), ["13"]],
	["nothing", utf8(""), []],
	["a heading alone", utf8("カルテ番号\n"), []],
];

for (const [name, bytes, charts] of FILES)
	test(`file: ${name}`, () => {
		assert.deepEqual(chartsOfFile(bytes), charts);
	});

test("a quote that is never closed ends with the file", () => {
	assert.deepEqual(rowsOf("a,\"b\nc"), [["a", "b\nc"]]);
});

const ASK = { typed: "令和8年11月20日", limit: "unknown", staff: " 受付 ",
	today: "2026-11-20" };
const ASKS = [
	/* category, chart numbers, change, body or what is wrong */
	["check", ["13"], {}, { category: "check", charts: ["13"],
	    staff: "受付" }],
	["check", ["13"], { limit: "yes" }, { category: "check",
	    charts: ["13"], staff: "受付", limit_consent: true }],
	["check", ["13"], { limit: "no" }, { category: "check",
	    charts: ["13"], staff: "受付" }],
	["insurance", ["13", "0"], { typed: "R6.7.31" }, {
	    category: "insurance", charts: ["13", "0"], staff: "受付",
	    date: "2024-07-31" }],
	["check", [], {}, "charts"],
	["check", ["資格"], {}, "charts"],
	["check", ["1".repeat(33)], {}, "charts"],
	["insurance", Array(2001).fill("1"), {}, "charts"],
	["check", ["13"], { typed: "" }, "date"],
	["check", ["13"], { typed: "R6.7.32" }, "date"],
	["check", ["13"], { staff: " " }, "staff"],
];

for (const [i, [category, charts, change, want]] of ASKS.entries())
	test(`asking ${i}: ${typeof want === "string" ? want : "goes"}`, () => {
		const got = checkOf(category, charts, { ...ASK, ...change });

		if (typeof want === "string")
			assert.deepEqual(got, { wrong: want });
		else
			assert.deepEqual(got.body, want);
	});

const ROW = { patient: {}, state: "answered", finding: "f",
	status: { word: "valid" } };
const NEXT = [
	["an answer", {}, "result"],
	["no longer valid", { status: { word: "lost_new" } }, "result"],
	["on its way", { state: "waiting", finding: null,
	    status: { word: "inquiring" } }, "patient"],
	["an error of the terminal", { state: "error",
	    status: { word: "error" } }, "check"],
	["insurance is missing", { state: "skipped", finding: null,
	    status: { word: "error" } }, "patient"],
	["nobody has this number", { patient: null, state: "skipped",
	    finding: null, status: { word: "error" } }, "register"],
	["chart number 0", { patient: null, state: "skipped", finding: null,
	    status: null }, null],
];

for (const [name, change, next] of NEXT)
	test(`next: ${name}`, () => {
		assert.equal(nextOf({ ...ROW, ...change }), next);
	});

const FIELDS = { chart: "905", name: "", kana: "", birthdate: "H2.1.1",
	insurer_number: "06140248", insured_card_symbol: "10",
	insured_identification_number: "5", insured_branch_number: "1",
	post_number: "", address: "", sex: "" };
const CHECK = { check: true, fresh: true, bare: false };
const HAND = { check: false, fresh: true, bare: false };
const WRONG = [
	/* how, change, fields that are wrong */
	[CHECK, {}, {}],
	[CHECK, { birthdate: "" }, { birthdate: "missing" }],
	[CHECK, { birthdate: "H2.13.1" }, { birthdate: "form" }],
	[CHECK, { insurer_number: "" }, { insurer_number: "missing" }],
	[CHECK, { insurer_number: "12345" }, { insurer_number: "form" }],
	[CHECK, { insurer_number: "０６１４０２４８" }, {}],
	[CHECK, { insured_card_symbol: "" },
	    { insured_card_symbol: "missing" }],
	[{ ...CHECK, bare: true }, { insured_card_symbol: "" }, {}],
	[CHECK, { insurer_number: "39130000", insured_card_symbol: "" }, {}],
	[CHECK, { insurer_number: "12161009", insured_card_symbol: "" }, {}],
	[CHECK, { insured_identification_number: "" },
	    { insured_identification_number: "missing" }],
	[CHECK, { insured_branch_number: "" }, {}],
	[CHECK, { insured_branch_number: "x" },
	    { insured_branch_number: "form" }],
	[CHECK, { chart: "" }, { chart: "missing" }],
	[CHECK, { chart: "0" }, { chart: "form" }],
	[CHECK, { chart: "カルテ" }, { chart: "form" }],
	[CHECK, { chart: "", birthdate: "", insurer_number: "" },
	    { chart: "missing", birthdate: "missing",
		insurer_number: "missing" }],
	[HAND, { insurer_number: "", insured_card_symbol: "",
	    insured_identification_number: "" }, {}],
	[HAND, { birthdate: "" }, { birthdate: "missing" }],
	[HAND, { post_number: "100-001" }, { post_number: "form" }],
	[HAND, { post_number: "100-0014" }, {}],
	[{ ...HAND, fresh: false }, { birthdate: "" }, {}],
];

for (const [i, [how, change, wrong]] of WRONG.entries())
	test(`patient ${i}: ${Object.keys(wrong).join(" ") || "fine"}`, () => {
		const got = patientOf({ ...FIELDS, ...change }, how);

		assert.deepEqual(got.wrong ?? {}, wrong);
	});

test("a branch of one digit has two", () => {
	assert.equal(patientOf(FIELDS, CHECK).values.insured_branch_number,
	    "01");
});

test("what was not changed is not sent", () => {
	const { values } = patientOf({ ...FIELDS, address: "東京都" },
	    { ...HAND, fresh: false });

	assert.deepEqual(bodyOf(values, { chart_number: "905", name: "",
	    kana: "", birthdate: "1990-01-01", insurer_number: "06140248",
	    insured_card_symbol: "10", insured_identification_number: "5",
	    insured_branch_number: "01", post_number: "", address: "",
	    sex: null }), { chart_number: "905", address: "東京都" });
});

test("of a new patient nothing empty is sent", () => {
	const { values } = patientOf(FIELDS, CHECK);

	assert.deepEqual(bodyOf(values, null), { chart_number: "905",
	    birthdate: "1990-01-01", insurer_number: "06140248",
	    insured_card_symbol: "10", insured_identification_number: "5",
	    insured_branch_number: "01" });
});

test("documents are for the medical role alone, and the rest is not", () => {
	for (const role of ["desk", "admin"])
		assert.equal(mayOf({ role }).documents, false);
	const may = mayOf({ role: "medical" });

	assert.deepEqual(Object.keys(may).filter((name) => may[name]),
	    ["patients", "documents"]);
});

test("過1 is the newest that is past, of each kind", () => {
	const row = (kind, current) => ({ kind, current, label: kind });

	assert.deepEqual(named([row("aid", true), row("insurance", true),
	    row("limit", false), row("insurance", false),
	    row("insurance", false)]).map(({ kind, rows }) => [kind,
	    rows.map((r) => r.past)]), [["insurance", [0, 1, 2]],
	    ["limit", [1]], ["aid", [0]]]);
	assert.deepEqual(named([], "2026-11-20"), []);
	const at = (valid_from) => ({ ...row("insurance", false), valid_from });

	assert.deepEqual(named([at("2026-12-01"), at("2026-11-20"),
	    at(null)], "2026-11-20")[0].rows.map((r) => [r.coming, r.past]),
	    [[true, 0], [false, 1], [false, 2]]);
});

test("field by field is on the side of 公 where there is nothing else", () => {
	const side = (number) => ({ fields: [{ field: "name", right: "資格" },
	    { field: "insurer_number", right: number }] });

	for (const [insurance, aid, alone] of [
		["06140248", null, false], ["", null, false],
		["06140248", "12161009", false], ["", "12161009", true],
	])
		assert.equal(isAidAlone({ insurance: side(insurance),
			aid: aid === null ? null : side(aid) }), alone);
});
