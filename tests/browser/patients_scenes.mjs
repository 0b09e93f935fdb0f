/*
 * /desk: the patients of a day without a card, the register, and documents
 * before those who may read them.
 */
import { readFileSync } from "node:fs";
import { assert, play, world } from "./stage.mjs";

const STAFF = "受付07";
const SMALL = { width: 1024, height: 640 };

async function tab(scene, name, { client = "desk", ...more } = {}) {
	const page = await scene.open("desk", client,
	    { hash: `#${name}`, ...more });

	await page.at("desk.title");
	await page.page.getByRole("tabpanel", { name: page.like(
	    `desk.tab.${name}`) }).waitFor();
	return page;
}

const row = (page, chart) => page.page.locator(`tr[data-id="${chart}"]`);
const box = (page) => page.page.getByRole("dialog");
const field = (page, key, vars) => box(page).getByLabel(page.like(key, vars));
const shows = (of, page, key, vars) => of.getByText(page.like(key, vars,
    false)).first().waitFor();
const closed = (page) => box(page).waitFor({ state: "detached" });

/* By the keyboard: the row's one button. */
const act = (page, chart, key) => row(page, chart).getByRole("button", {
	name: page.like(key) }).press("Enter");

const staff = (page) => field(page, "desk.match.staff").fill(STAFF);

async function go(page, key) {
	await staff(page);
	await box(page).getByRole("button", { name: page.like(key) }).click();
}

/* 単件照会 with F8 and the keyboard alone. */
async function checkOne(page, chart) {
	await page.page.keyboard.press("F8");
	await page.dialog("desk.checks.one");
	await field(page, "desk.history.chart_number").fill(chart);
	await staff(page);
	await page.page.keyboard.press("Enter");
	await closed(page);
}

async function patient(page, chart) {
	await page.page.getByLabel(page.like("desk.search.chart")).fill(chart);
	await page.page.keyboard.press("Enter");
	await act(page, chart, "desk.action.patient");
	await page.dialog("desk.patient.title");
	await shows(box(page), page, "desk.result.chart", { n: chart });
}

await play({
	async checks_of_today(scene) {
		const page = await tab(scene, "checks", { size: SMALL });

		await page.see("desk.checks.none");
		await page.axe("desk.checks");
		await checkOne(page, "24");
		await shows(row(page, "24"), page, "desk.word.lost_new");
		await shows(row(page, "24"), page, "desk.code.validity",
		    { code: "3" });
		/* Nothing is asked of nobody, and the list says why. */
		await checkOne(page, "0");
		await row(page, "0").getByText("カルテ番号 0", { exact: false })
		    .waitFor();
		assert.equal(await row(page, "0").getByRole("button").count(), 0);
		await checkOne(page, "51");
		await shows(row(page, "51"), page, "desk.word.error");
		await row(page, "51").getByText("NO_INSURANCE").waitFor();
		await checkOne(page, "777");
		await act(page, "777", "desk.action.register");
		await page.dialog("desk.patient.check");
		assert.equal(await field(page, "desk.patient.chart")
		    .inputValue(), "777");
		await page.page.keyboard.press("Escape");
		await closed(page);
		await page.axe("desk.checks.full");
		/* 単件照会 again supersedes an error (DEN-26). */
		await world.terminal("--status-error", "OQSsiquc01=通信障害");
		await checkOne(page, "14");
		await shows(row(page, "14"), page, "desk.word.error");
		await row(page, "14").getByText("通信障害").waitFor();
		await world.terminal();
		await act(page, "14", "desk.action.check");
		await page.dialog("desk.checks.one");
		await go(page, "desk.checks.go");
		await closed(page);
		await row(page, "14").getByText("通信障害").waitFor(
		    { state: "detached" });
		await shows(row(page, "14"), page, "desk.confirmed_on");
		await act(page, "14", "desk.action.result");
		await page.dialog("desk.finding.title");
		await page.see("desk.range", { total: 5, first: 1, last: 5 });
	},

	/* COS-31: two days, two coverages; DEN-25: from a file. */
	async several_of_another_day(scene) {
		const page = await tab(scene, "checks");
		const date = page.page.locator("#checks-date");
		const ask = async () => {
			await page.page.keyboard.press("F9");
			await page.dialog("desk.checks.many");
			await page.page.locator("#check-file").setInputFiles({
			    name: "yoyaku.csv", mimeType: "text/csv",
			    /* 患者番号 as 日レセ writes it */
			    buffer: Buffer.concat([Buffer.from([0x8e, 0x9e, 0x8d,
				0x8f, 0x2c, 0x8a, 0xb3, 0x8e, 0xd2, 0x94, 0xd4,
				0x8d, 0x86, 0x0d, 0x0a]), Buffer.from(
				"9:00,0000000001\r\n9:10,0\r\n")]) });
			await shows(box(page), page, "desk.checks.file_read",
			    { n: 2 });
			await shows(box(page), page, "desk.checks.count",
			    { n: 2 });
			await go(page, "desk.checks.go");
			await closed(page);
			await shows(row(page, "0000000001"), page,
			    "desk.confirmed_on");
			await row(page, "0").waitFor();
		};
		const until = async (text) => {
			await act(page, "0000000001", "desk.action.result");
			await page.dialog("desk.finding.title");
			await box(page).getByText(text).first().waitFor();
			await page.page.keyboard.press("Escape");
			await closed(page);
		};

		await date.fill("令和6年13月31日");
		await date.press("Enter");
		await page.see("desk.history.wrong");
		await world.asked("0000000001", "2024-08-01");
		await date.fill("R6.7.31");
		await date.press("Enter");
		await page.see("desk.checks.none");
		await ask();
		await until("令和6年7月31日");
		await page.page.keyboard.press("F5");
		await shows(row(page, "0000000001"), page,
		    "desk.confirmed_on");
		await until("令和6年8月1日");
		await page.page.keyboard.press("F4");
		await row(page, "0000000001").waitFor();
		await page.axe("desk.checks.day");
	},

	async register(scene) {
		const page = await tab(scene, "patients", { size: SMALL });
		const name = page.page.getByLabel(page.like("desk.search.name"));

		await page.axe("desk.patients");
		await name.fill("資格");
		await page.press("desk.search.go");
		await page.see("desk.range", { total: 14, first: 1, last: 14 });
		await page.axe("desk.patients.found");
		await name.fill("");
		await patient(page, "00021");
		await shows(box(page), page, "desk.result.reference",
		    { n: "10005" });
		/* DEN-24: F4, a window, OK. */
		await page.page.keyboard.press("F4");
		await page.dialog("desk.patient.confirm");
		await go(page, "desk.patient.confirm_go");
		await shows(box(page), page, "desk.patient.confirm_done");
		assert.ok((await world.patient("00021")).confirmed_on);
		/* DEN-21: not without a reason. */
		await page.press("desk.patient.unlink");
		await page.dialog("desk.patient.unlink");
		await page.press("desk.patient.unlink_go");
		await shows(box(page), page, "desk.imports.need_reason");
		await field(page, "desk.patient.reason").fill("別人の番号");
		await page.press("desk.patient.unlink_go");
		await shows(box(page), page, "desk.patient.unlink_done");
		await shows(box(page), page, "desk.result.reference",
		    { n: page.text("desk.result.unregistered") });
		assert.equal(await page.button("desk.patient.unlink").count(), 0);
		assert.match(await world.audit(), /別人の番号/u);
		/* A check digit warns, and refuses nothing. */
		await page.press("desk.patient.edit");
		await page.dialog("desk.patient.edit");
		await field(page, "desk.patient.insurer_number")
		    .fill("06140249");
		await page.press("desk.patient.save");
		await shows(box(page), page, "desk.patient.warnings");
		assert.equal((await world.patient("00021")).insurer_number,
		    "06140249");
	},

	/* DEN-17: what is missing is said before anything is asked. */
	async new_patient_without_a_card(scene) {
		scene.rough = true;
		const page = await tab(scene, "checks");
		const asked = [];

		page.page.on("request", (r) => r.method() === "POST" &&
		    asked.push(r.url()));
		await page.page.keyboard.press("F10");
		await page.dialog("desk.patient.check");
		await field(page, "desk.patient.chart").fill("905");
		await go(page, "desk.patient.check_go");
		await shows(box(page), page, "desk.patient.wrong");
		assert.equal(await box(page).getByText(page.like(
		    "desk.patient.wrong_missing")).count(), 4);
		await page.axe("desk.patient.check.wrong");
		assert.deepEqual(asked, []);
		const needed = (name) => field(page, "desk.patient.needed",
		    { field: page.text(`desk.patient.${name}`) });
		for (const [name, text] of [["birthdate", "H2.1.1"],
		    ["insurer_number", "06140248"],
		    ["insured_card_symbol", "10"],
		    ["insured_identification_number", "1639960291x005"]])
			await needed(name).fill(text);
		await field(page, "desk.patient.chart").fill("14");
		await page.press("desk.patient.check_go");
		await shows(box(page), page, "desk.patient.wrong_taken");
		assert.deepEqual(asked, []);
		await field(page, "desk.patient.chart").fill("905");
		await field(page, "desk.patient.name").fill("資格　五郎");
		await field(page, "desk.patient.kana").fill("ｼｶｸ ｺﾞﾛｳ");
		/* Saved and not asked: pressed again, the number is its own. */
		await page.page.route("**/api/v1/jobs", (route) =>
		    route.fulfill({ status: 503, json: {
			type: "urn:shikaku:error:STORE", title: "store",
			status: 503, code: "STORE",
			text: { ja: "保存できません", en: "store" },
			next: { ja: "管理者へ", en: "tell" } } }));
		await page.press("desk.patient.check_go");
		await box(page).getByText("STORE").waitFor();
		await page.page.unroute("**/api/v1/jobs");
		await page.press("desk.patient.check_go");
		await shows(box(page), page, "desk.checks.asked_one");
		await page.page.keyboard.press("Escape");
		await shows(row(page, "905"), page, "desk.confirmed_on");
	},

	/* DEN-19 (1), DEN-20: the button is there until the number is. */
	async reference_number(scene) {
		await world.taken_over("15");
		await world.check("15");
		const page = await tab(scene, "checks");

		await act(page, "15", "desk.action.result");
		await page.dialog("desk.finding.title");
		await page.button("desk.patient.fetch").waitFor();
		await page.press("desk.close");
		await page.page.getByRole("tab", { name: page.like(
		    "desk.tab.patients") }).click();
		await patient(page, "15");
		await page.press("desk.patient.fetch");
		await page.dialog("desk.patient.fetch");
		await shows(box(page), page, "desk.patient.register_text");
		await go(page, "desk.patient.fetch_go");
		await shows(box(page), page, "desk.patient.registering");
		/* The terminal has taken our number. */
		await shows(box(page), page, "desk.result.reference",
		    { n: "15" });
		await page.button("desk.patient.fetch").waitFor(
		    { state: "detached" });
		await page.press("desk.close");
		await closed(page);
		/* It is not given twice. */
		await world.check("15");
		await act(page, "15", "desk.action.patient");
		await shows(box(page), page, "desk.result.reference",
		    { n: "15" });
		assert.equal(await page.button("desk.patient.fetch").count(), 0);
	},

	/* What came with an answer is taken over as it came. */
	async reference_number_that_came(scene) {
		await world.check("15");
		await world.unlink("15");
		const page = await tab(scene, "patients");

		await patient(page, "15");
		await page.press("desk.patient.fetch");
		await shows(box(page), page, "desk.patient.fetch_text");
		await go(page, "desk.patient.fetch_go");
		await shows(box(page), page, "desk.patient.fetched");
		await shows(box(page), page, "desk.result.reference",
		    { n: "15" });
		assert.equal(await page.button("desk.patient.fetch").count(), 0);
	},

	async documents(scene) {
		const page = await tab(scene, "patients");
		const state = (name) => box(page).getByRole("row", { name });
		const ask = (name) => state(name).getByRole("button", {
			name: page.like("desk.documents.ask") });

		await patient(page, "13");
		/* BAT-13: why there is nothing, never that there is none. */
		await shows(state("薬剤情報"), page,
		    "desk.documents.not_consented");
		assert.equal(await ask("薬剤情報").getAttribute("aria-disabled"),
		    "true");
		await page.press("desk.close");
		await world.consents();
		await act(page, "13", "desk.action.patient");
		await shows(state("薬剤情報"), page, "desk.documents.until");
		await world.checkups("13");
		await ask("薬剤情報").click();
		await box(page).getByRole("radio", { name: page.like(
		    "desk.documents.way.xml") }).check();
		await page.axe("desk.documents.ask");
		await go(page, "desk.documents.ask");
		for (const [name, form] of [["薬剤情報", "xml"],
		    ["特定健診情報", "xml"], ["特定健診情報", "pdf"]])
			await box(page).getByRole("listitem").filter({
			    hasText: page.like(`desk.documents.form.${form}`, {},
				false) }).filter({ hasText: name }).waitFor();
		/* The desk asks, and does not read (R09). */
		assert.equal(await box(page).getByRole("button", {
		    name: page.like("desk.action.open") }).count(), 0);
		await page.axe("desk.patient.documents");

		const medical = await tab(scene, "documents",
		    { client: "medical" });
		assert.deepEqual(await medical.page.getByRole("tab")
		    .allInnerTexts(), [medical.text("desk.tab.patients"),
		    medical.text("desk.tab.documents")]);
		await medical.see("desk.range", { total: 3, first: 1, last: 3 });
		await medical.axe("desk.documents");
		const kept = (form, name) => medical.page.getByRole("row")
		    .filter({ hasText: name }).filter({ hasText: medical.like(
			`desk.documents.form.${form}`, {}, false) })
		    .getByRole("button");
		await kept("xml", "薬剤情報").press("Enter");
		await go(medical, "desk.documents.read");
		await box(medical).getByRole("columnheader", { name:
		    medical.like("desk.documents.usage") }).first().waitFor();
		await medical.axe("desk.documents.drugs");
		await medical.press("desk.close");
		await kept("xml", "特定健診情報").press("Enter");
		await box(medical).getByText("▲").first().waitFor();
		await medical.axe("desk.documents.checkup");
		await medical.page.keyboard.press("Escape");
		await kept("pdf", "特定健診情報").press("Enter");
		const saved = medical.page.waitForEvent("download");
		await medical.press("desk.documents.save");
		const file = await saved;
		assert.match(file.suggestedFilename(), /^TKK\w+\.pdf$/u);
		const { documents } = (await world.call("medical", "GET",
		    "/documents")).json;
		const bytes = readFileSync(await file.path());
		assert.equal(bytes.subarray(0, 4).toString(), "%PDF");
		assert.equal(bytes.length, documents.find((d) =>
		    d.form === "pdf").bytes);
		await shows(box(medical), medical, "desk.documents.saved");
		await medical.press("desk.close");
		/* All of a patient, without what the desk does with him. */
		await medical.page.getByRole("tab", { name: medical.like(
		    "desk.tab.patients") }).click();
		await patient(medical, "13");
		assert.equal(await medical.button("desk.patient.edit").count(),
		    0);
		assert.match(await world.audit(), new RegExp(STAFF, "u"));
	},

	async in_english(scene) {
		const page = await tab(scene, "checks", { size: SMALL });

		await page.page.getByRole("button", { name: "English" }).click();
		page.lang = "en";
		await page.page.getByRole("tab", { name: page.like(
		    "desk.tab.checks") }).waitFor();
		await checkOne(page, "23");
		await shows(row(page, "23"), page, "desk.confirmed_on");
		await page.page.keyboard.press("F9");
		await page.dialog("desk.checks.many");
		await page.page.keyboard.press("Escape");
		await page.page.keyboard.press("F10");
		await page.dialog("desk.patient.check");
		await page.page.keyboard.press("Escape");
		await page.page.getByRole("tab", { name: page.like(
		    "desk.tab.patients") }).click();
		await patient(page, "13");
		await page.press("desk.patient.edit");
		await field(page, "desk.patient.kana").fill("ｼｶｸ ｲﾁﾛｳ");
		await go(page, "desk.patient.save");
		await shows(box(page), page, "desk.patient.saved");
		assert.equal((await world.patient("13")).birthdate,
		    "1960-06-02");
	},
});
