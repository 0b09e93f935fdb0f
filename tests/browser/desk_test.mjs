/*
 * The parts of the desk that need no browser, row by row.
 *
 *	node --test tests/browser/desk_test.mjs
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readDate, readMonth } from "../../host/web/desk/birthdate.js";
import { actionOf, countsOf, dayAfter, dayOf, orderOf, rowOf, withRows }
	from "../../host/web/desk/day.js";
import { evidenceOf } from "../../host/web/desk/evidence.js";
import { mayOf } from "../../host/web/desk/role.js";
import { compare, sameText } from "../../host/web/desk/same.js";

const DATES = [
	/* typed, read; null: refused */
	["昭和35年6月2日", "1960-06-02"],
	["S35.6.2", "1960-06-02"],
	["s 35. 6. 2", "1960-06-02"],
	["Ｓ３５．６．２", "1960-06-02"],
	["昭35/6/2", "1960-06-02"],
	["1960-06-02", "1960-06-02"],
	["1960/6/2", "1960-06-02"],
	["1960年6月2日", "1960-06-02"],
	["19600602", "1960-06-02"],
	["令和元年11月8日", "2019-11-08"],
	["R1.5.1", "2019-05-01"],
	["昭和64年1月1日", "1989-01-01"],
	["平成元年1月8日", "1989-01-08"],
	["大正元年7月30日", "1912-07-30"],
	["H2.1.5", "1990-01-05"],
	["  ", ""],
	["平成元年1月7日", null],
	["昭和64年1月8日", null],
	["令和元年4月30日", null],
	["昭和65年1月1日", null],
	["昭和35年2月30日", null],
	["昭和34年2月29日", null],
	["1960-13-01", null],
	["1960-00-10", null],
	["S35.6", null],
	["35.6.2", null],
	["X35.6.2", null],
	["S35.6.2.1", null],
	["196006021", null],
	["昭和三十五年", null],
	["1960-06-02x", null],
];

for (const [typed, read] of DATES)
	test(`birthdate ${JSON.stringify(typed)}`, () => {
		assert.equal(readDate(typed), read);
	});

const MONTHS = [
	["令和8年11月", "2026-11"],
	["R8.11", "2026-11"],
	["Ｒ８．１", "2026-01"],
	["2026-11", "2026-11"],
	["2026/1", "2026-01"],
	["2026年1月", "2026-01"],
	["令和元年5月", "2019-05"],
	/* Before its first day. */
	["令和元年4月", null],
	["2026-13", null],
	["2026-00", null],
	["202611", null],
	["2026-11-1", null],
	["11月", null],
	["", null],
];

for (const [typed, read] of MONTHS)
	test(`month ${JSON.stringify(typed)}`, () => {
		assert.equal(readMonth(typed), read);
	});

const TEXTS = [
	["扶助 七郎", "扶助　七郎", true],
	["シカク ジュウロクロウ", "ｼｶｸ ｼﾞｭｳﾛｸﾛｳ", true],
	["キキヨウ", "キキョウ", true],
	["しかく いちろう", "シカク イチロウ", true],
	["ききょう ●子", "ききょう 髙子", true],
	["ｽﾐｽ ﾏﾘ-", "スミス マリー", true],
	["A B", "ａｂ", true],
	["扶助 七郎", "扶助 九郎", false],
	["ききょう ●子", "ききょう 子", false],
	["資格 三", "資格 三郎", false],
	["ハナ", "バナ", false],
];

for (const [a, b, same] of TEXTS)
	test(`same ${a} ${b}`, () => {
		assert.equal(sameText(a, b), same);
		assert.equal(sameText(b, a), same);
	});

const SHICHIRO = { name: "扶助 七郎", kana: "フジョ シチロウ", sex: "male",
	birthdate: "1970-07-25" };
const CARD = { name: "扶助　七郎", kana: null, sex: "male",
	birthdate: "1970-07-25", address: null };
const MARKS = [
	["the same", {}, {}, "same unknown same same"],
	["nobody chosen", null, {}, "none none none none"],
	["another name", { name: "扶助 九郎" }, {},
	    "changed unknown same same"],
	["another birth date", { birthdate: "1970-07-26" }, {},
	    "same unknown same stop"],
	["another sex", { sex: "female" }, {}, "same unknown stop same"],
	["sex not registered", { sex: null }, {},
	    "same unknown unknown same"],
	["card without sex", {}, { sex: null }, "same unknown unknown same"],
	["an address", {}, { address: "北海道小樽市花園3-18-99" },
	    "same unknown same same none"],
];

for (const [name, patient, person, marks] of MARKS)
	test(`compare ${name}`, () => {
		assert.equal(compare(patient && { ...SHICHIRO, ...patient },
		    { ...CARD, ...person }).map((r) => r.mark).join(" "), marks);
	});

const MAY = mayOf({ role: "desk" });
const ACTIONS = [
	["valid", null, MAY, "result"],
	["lost_new", null, MAY, "result"],
	["none", null, MAY, "result"],
	["running", "pin", MAY, "cancel"],
	["unmatched", "patient", MAY, "match"],
	["inquiring", null, MAY, "follow"],
	["error", null, MAY, "reason"],
	["cancelled", null, MAY, "record"],
	["expired", null, MAY, "record"],
	["valid", "closing", MAY, "result"],
	["running", "pin", mayOf({ role: "admin" }), "follow"],
	["unmatched", "patient", mayOf({ role: "admin" }), "match"],
	["unmatched", "patient", mayOf({ role: "medical" }), "follow"],
];

for (const [word, wants, may, action] of ACTIONS)
	test(`action ${word} ${wants} ${may.match}${may.cancel}`, () => {
		assert.equal(actionOf({ wants, status: { word } }, may), action);
	});

for (const role of ["kiosk", "monitor", "", undefined])
	test(`no desk for role ${role}`, () => {
		assert.equal(mayOf({ role }), null);
	});

const row = (id, started, updated, more = {}) => ({ id, wants: null,
	status: { word: "valid" }, started_at: `2026-11-20T${started}+09:00`,
	updated_at: `2026-11-20T${updated}+09:00`, ...more });

test("an older row changes nothing", () => {
	const rows = withRows(new Map(), [row("a", "09:00:00", "09:05:00")]);
	const old = row("a", "09:00:00", "09:04:59",
	    { status: { word: "running" } });

	assert.equal(withRows(rows, [old]).get("a").status.word, "valid");
});

test("a newer row takes the place, and the map before is left alone", () => {
	const rows = withRows(new Map(), [row("a", "09:00:00", "09:05:00")]);
	const next = row("a", "09:00:00", "09:06:00",
	    { status: { word: "error" } });

	assert.equal(withRows(rows, [next]).get("a").status.word, "error");
	assert.equal(rows.get("a").status.word, "valid");
});

test("newest first, under each filter, and counted", () => {
	const rows = withRows(new Map(), [row("a", "09:00:00", "09:00:00"),
	    row("b", "09:10:00", "09:10:00", { wants: "patient" }),
	    row("c", "09:05:00", "09:05:00", { status: { word: "error" } })]);

	assert.deepEqual(orderOf(rows, "all"), ["b", "c", "a"]);
	assert.deepEqual(orderOf(rows, "waiting"), ["b"]);
	assert.deepEqual(orderOf(rows, "errors"), ["c"]);
	assert.deepEqual(countsOf(rows), { all: 3, waiting: 1, errors: 1 });
});

test("a visit as a row holds nothing of its identity or result", () => {
	const kept = rowOf({ ...row("a", "09:00:00", "09:00:00"),
	    identity: { attributes: {} }, result: {}, nonce: "00" });

	assert.ok(!("identity" in kept || "result" in kept ||
	    "nonce" in kept));
	assert.equal(kept.id, "a");
});

const DAYS = [
	["2026-11-20", 1, "2026-11-21"],
	["2026-03-01", -1, "2026-02-28"],
	["2028-03-01", -1, "2028-02-29"],
	["2026-12-31", 1, "2027-01-01"],
];

for (const [date, n, to] of DAYS)
	test(`day ${date} ${n}`, () => {
		assert.equal(dayAfter(date, n), to);
	});

test("a day begins at midnight in Japan", () => {
	assert.equal(dayOf(Date.parse("2026-11-20T14:59:59Z")), "2026-11-20");
	assert.equal(dayOf(Date.parse("2026-11-20T15:00:00Z")), "2026-11-21");
});

const PROOF = { outcome: "verified" };
const CERTIFICATE = { verdict: "valid", revocation: { status: "good" } };
const EVIDENCE = [
	/* identity, what the device says holds, and what does not */
	[null],
	[{ proof: null, certificate: CERTIFICATE }],
	[{ proof: PROOF, certificate: CERTIFICATE, surface: null,
	    comparison: null }, ["pin", "certificate",
	    "revocation_good"], []],
	[{ proof: PROOF, certificate: { verdict: "CERT_EXPIRED",
	    revocation: { status: "unknown" } } }, ["pin"],
	    ["certificate_bad", "revocation_unknown"]],
	[{ proof: PROOF, certificate: { ...CERTIFICATE,
	    revocation: { status: "revoked" } } }, ["pin",
	    "certificate"], ["revocation_revoked"]],
	[{ proof: PROOF, certificate: null, surface: { verdict: "genuine" },
	    comparison: { by: "staff" } }, ["surface",
	    "compared"], []],
	[{ proof: PROOF, certificate: null,
	    surface: { verdict: "issuer-unknown" }, comparison: null },
	    [], ["surface_bad"]],
];

for (const [identity, holds, fails] of EVIDENCE)
	test(`evidence ${holds} / ${fails}`, () => {
		const { agent, device } = Object.fromEntries(
		    evidenceOf(identity));
		const words = (good) => device.filter(([, is]) => is === good)
			.map(([word]) => word);

		if (holds === undefined) {
			assert.deepEqual(agent, [["none", false]]);
			assert.equal(device, undefined);
			return;
		}
		/* Of certificate, PIN and card the agent has verified nothing. */
		assert.deepEqual(agent, [["ticket", true], ["device", true],
		    ["signature", true]]);
		assert.deepEqual(words(true), holds);
		assert.deepEqual(words(false), fails);
	});
