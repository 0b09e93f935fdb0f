/*
 * /desk beside the day's list: what is asked without a visit, whose it is,
 * taking it over, the history, consents and figures.
 */
import { readFileSync } from "node:fs";
import { assert, play, world } from "./stage.mjs";

const STAFF = "受付09";
const WHY = "見比べて確認";
const P03 = "資格　一郎", P02 = "ききょう　髙子", P02_SEEN = "ききょう　●子";
const TWINS = ["扶助　七郎", "扶助　九郎"], TWIN_SEEN = "扶助　●郎";
const LONG = "資格　二十二郎左衛門";
const SMALL = { width: 1024, height: 640 };

/* --- what a person does here --- */

const grid = (page) => page.page.getByRole("grid");
const row = (page, text) => grid(page).getByRole("row").filter({
	hasText: text }).first();
const dialog = (page) => page.page.getByRole("dialog");
const field = (page, key, vars) => page.page.getByLabel(page.like(key, vars));
const tab = (page, name) => page.page.getByRole("tab", {
	name: page.like(`desk.tab.${name}`) });
const radio = (page, key) => dialog(page).getByRole("radio", {
	name: page.like(key, {}, false) });
const shows = (page, of, key, vars) => of.getByText(page.like(key, vars,
    false)).first().waitFor();
const gone = (locator) => locator.waitFor({ state: "detached" });

async function at(scene, name, more = {}) {
	const page = await scene.open("desk", more.client ?? "desk",
	    { hash: `#${name}`, ...more });

	await page.page.getByRole("tabpanel", { name: page.like(
	    `desk.tab.${name}`) }).waitFor();
	return page;
}

/* The button of a row; or of the grid's only one. */
const act = (page, of, key) => of.getByRole("button", {
	name: page.like(`desk.action.${key}`) }).press("Enter");

/* A file that the page saved: its name, and its bytes. */
async function saved(page, press) {
	const coming = page.page.waitForEvent("download");

	await press();
	const file = await coming;
	return { name: file.suggestedFilename(),
		bytes: readFileSync(await file.path()) };
}

async function view(page, key, vars = {}) {
	const button = page.page.getByRole("button", { name: page.like(key,
	    vars, false) });

	await button.click();
	assert.equal(await button.getAttribute("aria-pressed"), "true");
}

/* The first row is in the order of Tab, from there by arrows. */
async function toRow(page, wanted) {
	await page.focus(grid(page).locator("tbody tr").first());
	while (!await wanted.evaluate((e) => e === document.activeElement))
		await page.page.keyboard.press("ArrowDown");
}

/* The job's grid of whom it found. */
async function found(scene, rows, more) {
	const { job } = Object.values(rows)[0];
	const page = await at(scene, "jobs", more);

	await page.page.locator(`[data-id="${job}"]`).getByRole("button")
		.press("Enter");
	await shows(page, page.page, "desk.range", { total:
		Object.keys(rows).length });
	return page;
}

const get = async (path) => (await world.call("desk", "GET", path)).json;
const post = async (path, body) => {
	const { status, json } = await world.call("desk", "POST", path, body);

	assert.ok(status < 300, `${path}: ${status} ${JSON.stringify(json)}`);
	return json;
};

const wide = (name) => new RegExp(name.replace("　", "\\s"), "u");
const candidate = (page, name) => dialog(page).getByRole("radio", {
	name: wide(name) });

async function search(page, chart) {
	for (const other of ["birthdate", "name"])
		await field(page, `desk.search.${other}`).fill("");
	await field(page, "desk.search.chart").fill(chart);
	await page.press("desk.search.go");
}

/* 患者を指定, of a row that is nobody's. */
async function name(page, chart, who) {
	await page.dialog("desk.assign.title");
	await search(page, chart);
	await candidate(page, who).check();
	await field(page, "desk.assign.reason").fill(WHY);
	await field(page, "desk.match.staff").fill(STAFF);
	await page.axe("desk.assign.chosen");
	await page.press("desk.match.decide");
}

/* The comparison's line of a field. */
const line = (page, label) => dialog(page).getByRole("row").filter({
	has: page.page.getByRole("rowheader", { name: label }) });

/* A page on which nobody has done anything shows no name, and keeps none. */
const NAMES = [P03, P02, P02_SEEN, LONG, ...TWINS, TWIN_SEEN];

await play({
	/* From the tab to the answers, by keyboard alone (BAT-01, BAT-08). */
	async list_asked(scene) {
		const page = await at(scene, "today", { size: SMALL });
		const { keyboard } = page.page;

		await page.focus(tab(page, "today"));
		while (await tab(page, "jobs").getAttribute("aria-selected") !==
		    "true")
			await keyboard.press("ArrowRight");
		await page.see("desk.job.none");
		await page.axe("desk.job.none");
		await page.focus(page.button("desk.job.new"));
		await keyboard.press("Enter");
		await page.dialog("desk.job.new");
		const home = dialog(page).getByRole("radio", { name: "訪問診療" });
		await page.focus(dialog(page).locator("input:checked"));
		while (!await home.isChecked())
			await keyboard.press("ArrowDown");
		/* The manual's default stands there; a person types another. */
		assert.match(await field(page, "desk.ask.from").inputValue(),
		    /^令和\d+年\d+月\d+日$/u);
		for (const [key, text] of [["ask.from", "R6.4.31"],
		    ["ask.to", "令和6年4月17日"], ["match.staff", STAFF]]) {
			await page.focus(field(page, `desk.${key}`));
			await keyboard.press("Control+A");
			await keyboard.type(text);
		}
		await keyboard.press("Enter");
		await page.see("desk.history.wrong");
		await page.axe("desk.ask.wrong");
		await page.focus(field(page, "desk.ask.from"));
		await keyboard.press("Control+A");
		await keyboard.type("R6.4.1");
		await keyboard.press("Enter");
		await page.see("desk.ask.done");
		const asked = row(page, "訪問診療");
		await asked.getByText("完了").waitFor();
		await page.axe("desk.jobs");
		await page.focus(asked);
		await keyboard.press("Enter");
		await shows(page, page.page, "desk.range", { total: 13, first: 1,
			last: 13 });
		await row(page, LONG).waitFor();
		await page.axe("desk.found");
		await page.focus(page.button("desk.found.back"));
		await keyboard.press("Enter");
		await asked.waitFor();
	},

	/* ● and the end that comes first, for each item (BAT-08). */
	async consents_of_a_list(scene) {
		const rows = await world.recent();
		const page = await found(scene, rows);
		const one = row(page, P03);

		for (const item of ["checkup", "drug", "diagnosis", "operation"])
			assert.match(await one.locator(`.col-item-${item}`)
				.innerText(), /^●/u);
		for (const item of ["limit", "disease"])
			assert.doesNotMatch(await one.locator(`.col-item-${item}`)
				.innerText(), /[●無]/u);
		const ends = rows[P03].consents.map((c) => c.ends_at)
		    .filter((end) => end !== null).sort()[0];
		assert.equal(await one.locator(".col-until time")
			.getAttribute("datetime"), ends);
		await page.bare("無");
	},

	/* Every field that came; insurance and 医療扶助 (OQS-08, BAT-09). */
	async one_in_detail(scene) {
		const rows = await world.recent();
		const page = await found(scene, rows, { size: SMALL });
		const { keyboard } = page.page;
		const name = "扶助　三葉";
		const whole = await get(`/findings/${rows[name].id}`);

		await row(page, name).press("Enter");
		await page.dialog("desk.finding.title");
		await shows(page, dialog(page), "desk.group.coverage");
		await page.axe("desk.finding.shown");
		const tabs = dialog(page).getByRole("group", {
			name: page.like("desk.result.records") })
			.getByRole("button");
		assert.equal(await tabs.count(), 2);
		for (const [i, record] of whole.data.records.entries()) {
			await tabs.nth(i).press("Enter");
			await page.page.waitForFunction((number) =>
			    [...document.querySelectorAll("dialog dd")].some((d) =>
				d.innerText.replace(/\s/gu, "") === number),
			    record.InsurerNumber.trim());
			const values = (await dialog(page).locator("dd")
				.evaluateAll((all) => all.flatMap((dd) => [dd.innerText,
				    ...[...dd.querySelectorAll("[title]")]
					.map((e) => e.title)]))).join("\n")
			    .replaceAll(",", "");
			/* Nothing of the record is left out. */
			for (const { name: of, text, value } of whole.records[i]
			    .groups.flatMap((g) => g.fields))
				assert.ok(values.includes(value) ||
				    values.includes(text?.ja ?? value), of);
		}
		assert.match(await tabs.nth(1).innerText(), /扶助|受給/u);
		/* 前へ and 次へ are pressed again and again. */
		const next = page.button("desk.finding.after");
		const before = page.button("desk.finding.before");
		const { length } = Object.keys(rows);
		await page.focus(before);
		for (let i = 0; i < length; i++)
			await keyboard.press("Enter");
		await page.see("desk.finding.place", { n: 1, total: length });
		assert.equal(await before.getAttribute("aria-disabled"), "true");
		await page.focus(next);
		for (let i = 1; i < length; i++) {
			await keyboard.press("Enter");
			await page.see("desk.finding.place", { n: i + 1,
				total: length });
			assert.ok(await next.evaluate((e) =>
			    e === document.activeElement));
		}
		await keyboard.press("Escape");
		await gone(dialog(page));
		assert.ok(await row(page, name).evaluate((e) =>
		    e === document.activeElement));
	},

	/* 対象外, with a reason, and back. */
	async set_aside_and_back(scene) {
		const rows = await world.recent();
		const page = await found(scene, rows);
		const name = "扶助　三葉", { id } = rows[name];
		const state = async () => (await get(`/findings/${id}`)).row.state;
		const does = async (open, of) => {
			await row(page, name).press("Enter");
			await page.dialog("desk.finding.title");
			await page.press(`desk.finding.${open}`);
			await page.dialog(`desk.${of}.title`);
			await field(page, "desk.match.staff").fill(STAFF);
			await page.press(`desk.${of}.go`);
			await page.see("desk.imports.need_reason");
			await field(page, "desk.assign.reason").fill(WHY);
			await page.axe(`desk.${of}`);
			await page.press(`desk.${of}.go`);
			await page.see(`desk.${of}.done`);
		};
		const was = await state();

		assert.ok(["new", "same"].includes(was), was);
		await does("setAside", "aside");
		assert.equal(await state(), "set_aside");
		await row(page, name).getByText("対象外").waitFor();
		await does("back", "back");
		assert.equal(await state(), "new");
	},

	/* A letter that did not come is read by a person (COS-14 to COS-16). */
	async unclear_name_given(scene) {
		await world.april();
		const page = await at(scene, "imports");

		await view(page, "desk.imports.new");
		const waiting = row(page, P02_SEEN);
		await shows(page, waiting, "desk.imports.nobody");
		assert.equal(await waiting.getByRole("checkbox").count(), 0);
		await page.axe("desk.imports.new");
		await act(page, waiting, "match");
		await page.dialog("desk.assign.title");
		await candidate(page, P02).waitFor();
		/* Another birth date is another person. */
		await search(page, "13");
		await candidate(page, P03).check();
		await page.see("desk.match.stop");
		assert.equal(await page.button("desk.match.decide")
			.getAttribute("aria-disabled"), "true");
		await page.axe("desk.assign.stop");
		await name(page, "0000000002", P02);
		await page.dialog("desk.compare.title");
		await shows(page, dialog(page), "desk.result.chart",
		    { n: "0000000002" });
		await page.page.keyboard.press("Escape");
		await gone(dialog(page));
		await gone(waiting.filter({ has: page.page.getByText(page.like(
		    "desk.imports.nobody", {}, false)) }));
		const { row: given } = await get(`/findings/${
		    (await world.april())[P02_SEEN].id}`);
		assert.equal(given.link, "chosen");
		assert.equal(given.chart_number, "0000000002");
	},

	/* Of one family, sex and birth date (features.md 1.14, P09). */
	async twins(scene) {
		const rows = await world.april();
		const page = await at(scene, "imports");

		for (const seen of [TWINS[0], TWIN_SEEN])
			assert.equal(rows[seen].chart_number, null, seen);
		await view(page, "desk.imports.new");
		await act(page, row(page, TWIN_SEEN), "match");
		await name(page, "44", TWINS[1]);
		await page.dialog("desk.compare.title");
		await page.page.keyboard.press("Escape");
		/* What one is does not say who the other is. */
		const after = await world.april();
		assert.equal(after[TWIN_SEEN].chart_number, "44");
		assert.equal(after[TWINS[0]].chart_number, null);
		/* It was a mistake: nobody's again, with who and why. */
		await page.page.goto("about:blank");
		const list = await found(scene, rows);
		await act(list, list.page.locator(`[data-id="${
			rows[TWIN_SEEN].id}"]`), "detail");
		await list.dialog("desk.finding.title");
		await list.press("desk.finding.unlink");
		await list.dialog("desk.unlink.title");
		await field(list, "desk.match.staff").fill(STAFF);
		await list.press("desk.unlink.go");
		await list.see("desk.imports.need_reason");
		await list.axe("desk.unlink.wrong");
		await field(list, "desk.assign.reason").fill("取り違え");
		await list.press("desk.unlink.go");
		await list.see("desk.unlink.done");
		assert.equal((await world.april())[TWIN_SEEN].chart_number, null);
	},

	/* Left and right, 変更, the switch date, the report (DEN-13 to DEN-15,
	 * COS-18, COS-19). */
	async renewed(scene) {
		await world.april();
		const page = await at(scene, "imports", { size: SMALL });

		await page.axe("desk.imports.changed");
		await act(page, row(page, LONG), "compare");
		await page.dialog("desk.compare.title");
		const number = line(page, "被保険者番号");
		await number.getByText("1639960291x091").waitFor();
		await number.getByText("変更").waitFor();
		assert.equal(await number.locator("svg").count(), 1);
		assert.equal(await line(page, "生年月日").count(), 0);
		await page.button("desk.compare.all").press("Enter");
		await line(page, "生年月日").waitFor();
		/* DEN-14: the 18, and a head. */
		assert.equal(await dialog(page).getByRole("row").count(), 19);
		/* What decides is in sight below them. */
		for (const key of ["desk.match.cancel", "desk.compare.go_renew"]) {
			const box = await page.button(key).boundingBox();

			assert.ok(box.y > 0 && box.y + box.height <= SMALL.height);
		}
		await page.axe("desk.compare.all");
		const day = field(page, "desk.compare.switch");
		assert.equal(await day.inputValue(), "平成27年4月1日");
		await field(page, "desk.match.staff").fill(STAFF);
		await day.fill("平成27年4月31日");
		await page.press("desk.compare.go_renew");
		await page.see("desk.compare.wrong_switch");
		await page.axe("desk.compare.wrong");
		await day.fill("H27.4.1");
		await page.press("desk.compare.go_renew");
		await page.dialog("desk.report.title");
		await page.see("desk.report.counts", { imported: 1, unchanged: 0,
			refused: 0 });
		await dialog(page).getByText("以下の履歴を作成しました。").first()
			.waitFor();
		const file = await saved(page, () => page.press(
		    "desk.report.save"));
		assert.match(file.name,
		    /^オンライン資格確認_資格情報取込結果_\d{14}\.txt$/u);
		assert.match(file.bytes.toString("utf8"),
		    /■オンライン資格確認_資格取込結果/u);
		const { coverages } = await world.patient("90");
		assert.deepEqual(coverages.map((c) => c.valid_from ??
		    c.valid_until).slice(0, 1), ["2015-04-01"]);
		assert.equal(coverages[1].valid_until, "2015-03-31");
	},

	/* Ticked fields and no other; who it is cannot be ticked (DEN-16).  By
	 * keyboard alone. */
	async ticked_fields(scene) {
		await world.april();
		const page = await at(scene, "imports");
		const was = await world.patient("31");
		const { keyboard } = page.page;
		const enter = async (key) => {
			await page.focus(page.button(key));
			await keyboard.press("Enter");
		};

		await toRow(page, row(page, "資格　三夫"));
		await keyboard.press("Enter");
		await page.dialog("desk.compare.title");
		await page.focus(dialog(page).locator("input:checked"));
		while (!await radio(page, "desk.compare.overwrite").isChecked())
			await keyboard.press("ArrowDown");
		await enter("desk.compare.all");
		const boxes = dialog(page).getByRole("checkbox");
		for (const who of ["カナ氏名", "漢字氏名", "性別", "生年月日"])
			assert.equal(await line(page, who).getByRole("checkbox")
				.count(), 0, who);
		assert.ok(await boxes.count() > 1);
		await page.focus(field(page, "desk.match.staff"));
		await keyboard.type(STAFF);
		await enter("desk.compare.go_overwrite");
		await page.see("desk.compare.wrong_fields");
		await page.axe("desk.compare.ticks");
		await page.focus(line(page, "被保険者との続柄")
			.getByRole("checkbox"));
		await keyboard.press("Space");
		await enter("desk.compare.go_overwrite");
		await page.dialog("desk.report.title");
		await enter("desk.close");
		await gone(dialog(page));
		const now = await world.patient("31");
		const fields = (p) => p.coverages.find((c) =>
		    c.kind === "insurance").fields.map((f) => f.name);
		assert.equal(now.coverages.length, was.coverages.length);
		assert.equal(fields(now).length, fields(was).length + 1);
	},

	/* The line goes while a person decides: nothing is lost, nothing is done
	 * twice. */
	async line_cut(scene) {
		scene.rough = true;
		await world.april();
		const page = await at(scene, "imports");
		const { total } = await get("/imports?chart_number=34");

		await act(page, row(page, "資格　一色"), "compare");
		await page.dialog("desk.compare.title");
		await radio(page, "desk.compare.overwrite").check();
		const box = dialog(page).getByRole("checkbox").first();
		await box.check();
		await field(page, "desk.match.staff").fill(STAFF);
		await page.page.context().setOffline(true);
		await page.press("desk.compare.go_overwrite");
		await dialog(page).getByText("OFFLINE").first().waitFor();
		await page.axe("desk.compare.offline");
		await page.page.context().setOffline(false);
		await page.page.locator(".link.good").waitFor();
		assert.ok(await box.isChecked());
		await page.press("desk.compare.go_overwrite");
		await page.dialog("desk.report.title");
		assert.equal((await get("/imports?chart_number=34")).total,
		    total + 1);
		await page.press("desk.close");
		await page.page.context().setOffline(true);
		await page.see("desk.offline.title");
		for (const name of ["jobs", "consents", "figures", "history"]) {
			await tab(page, name).click();
			await page.page.getByRole("tabpanel", { name: page.like(
			    `desk.tab.${name}`) }).waitFor();
			assert.equal(await page.page.locator(".panel .banner")
				.count(), 0);
			await page.axe(`desk.offline.${name}`);
		}
		await page.page.context().setOffline(false);
		await row(page, "資格").waitFor();
	},

	/* A printed report is in the page while it is printed, no longer. */
	async report_printed(scene) {
		await world.april();
		const page = await at(scene, "imports");

		await page.page.evaluate(() => { window.print = () => {}; });
		await act(page, row(page, "資格　二十二郎"), "compare");
		await page.dialog("desk.compare.title");
		await field(page, "desk.match.staff").fill(STAFF);
		await radio(page, "desk.compare.renew").check();
		await page.press("desk.compare.go_renew");
		await page.dialog("desk.report.title");
		await page.press("desk.report.print");
		const paper = page.page.locator(".paper");
		await paper.waitFor({ state: "attached" });
		await page.page.emulateMedia({ media: "print" });
		await paper.getByText("資格　二十二郎").first().waitFor();
		await paper.getByText(/PAGE\s*:?\s*1\/1/u).waitFor();
		assert.ok(!await page.page.locator(".desk").isVisible());
		await page.page.emulateMedia({ media: "screen" });
		assert.ok(!await paper.isVisible());
		await page.page.evaluate(() => dispatchEvent(
		    new Event("afterprint")));
		await paper.waitFor({ state: "detached" });
	},

	/* Asked first; then looked over, and one undone (COS-17, COS-20). */
	async several_at_once(scene) {
		await world.april();
		const page = await at(scene, "imports");
		const all = page.page.getByRole("checkbox", {
			name: page.like("desk.grid.pick_all") });
		const { keyboard } = page.page;

		await toRow(page, row(page, "資格　八夫"));
		await keyboard.press("Space");
		await page.see("desk.imports.go", { n: 1 });
		await keyboard.press("Space");
		await all.check();
		const total = await grid(page).locator("tbody").getByRole("checkbox",
		    { checked: true }).count();
		assert.ok(total > 2);
		const before = (await get("/imports")).total;
		await page.press("desk.imports.go", { n: total });
		await page.dialog("desk.imports.title");
		await page.see("desk.imports.sure");
		await page.press("desk.match.cancel");
		await gone(dialog(page));
		assert.equal((await get("/imports")).total, before);
		await page.press("desk.imports.go", { n: total });
		await page.press("desk.imports.yes");
		await page.see("desk.match.need_staff");
		await field(page, "desk.match.staff").fill(STAFF);
		await page.press("desk.imports.yes");
		await page.dialog("desk.report.title");
		await dialog(page).getByText(/^取込 \d+件/u).waitFor();
		await page.press("desk.close");
		await view(page, "desk.imports.done");
		await act(page, row(page, "資格　八夫"), "open");
		await page.dialog("desk.imports.one");
		await page.press("desk.imports.review");
		await page.see("desk.imports.reviewed");
		await row(page, "資格　八夫").getByText("確認済").waitFor();
		await page.axe("desk.imports.done");
		await act(page, row(page, "資格　八夫"), "open");
		await page.press("desk.imports.undo");
		await page.see("desk.imports.need_reason");
		await field(page, "desk.imports.reason").fill("取り違え");
		await page.press("desk.imports.undo");
		await page.see("desk.imports.undone");
		const { imports } = await get("/imports?chart_number=32");
		assert.deepEqual([imports[0].state, imports[0].undone_why],
		    ["undone", "取り違え"]);
	},

	/* By keyboard alone; what is wrong is said (OQS-06, ORC-04). */
	async history_searched(scene) {
		const rows = await world.april();
		const page = await at(scene, "history");
		const { keyboard } = page.page;
		const type = async (key, text) => {
			await page.focus(field(page, `desk.history.${key}`));
			await keyboard.press("Control+A");
			await keyboard.press("Delete");
			await keyboard.type(text);
			await keyboard.press("Enter");
		};

		await row(page, LONG).waitFor();
		await page.axe("desk.history");
		await type("birthdate", "S30.13.5");
		await page.see("desk.history.wrong");
		await type("birthdate", "S30.5.5");
		const { total } = await get("/findings?birthdate=1955-05-05");
		await shows(page, page.page, "desk.range", { total, first: 1,
			last: total });
		await type("name", "だれでもない");
		await page.see("desk.history.none");
		await page.axe("desk.history.none");
		await type("name", "");
		await page.focus(page.button("desk.history.more"));
		await keyboard.press("Enter");
		await page.page.getByRole("combobox", { name: page.like(
		    "desk.history.source") }).selectOption("face");
		await page.press("desk.search.go");
		await page.see("desk.history.none");
		await page.page.getByRole("combobox", { name: page.like(
		    "desk.history.source") }).selectOption("list");
		await type("kana", "ﾆｼﾞｭｳﾆﾛｳｻﾞｴ");
		await page.focus(row(page, LONG));
		await page.axe("desk.history.more");
		await keyboard.press("Enter");
		await page.dialog("desk.finding.title");
		await dialog(page).getByText("1639960291x091").waitFor();
		assert.ok(rows[LONG].detail);
	},

	/* 10,000 are listed, one more is not (OQS-06). */
	async too_many_found(scene) {
		scene.rough = true;
		await world.crowd(0);
		try {
			const page = await at(scene, "history");

			await shows(page, page.page, "desk.range", { total: 10000,
				first: 1, last: 50 });
			await page.page.keyboard.press("F7");
			await shows(page, page.page, "desk.range", { total: 10000,
				first: 51, last: 100 });
			await world.disperse();
			await world.crowd(1);
			await field(page, "desk.history.from").fill("R6.1.1");
			await page.press("desk.search.go");
			const refused = page.page.getByRole("alert");
			await refused.getByText("TOO_MANY_FOUND").waitFor();
			await refused.getByText(/絞り込/u).waitFor();
			assert.equal(await grid(page).count(), 0);
			assert.equal(await page.page.getByText(page.like(
			    "desk.history.none")).count(), 0);
			await page.axe("desk.history.refused");
			await field(page, "desk.history.name").fill("八夫");
			await page.press("desk.search.go");
			await row(page, "資格　八夫").waitFor();
		} finally {
			await world.disperse();
		}
	},

	/* What ends when, and why it ended. */
	async consents_that_end(scene) {
		await world.april();
		await world.recent();
		const page = await at(scene, "consents");
		const { total } = await get("/consents?ended=no");

		await page.see("desk.consents.none");
		await page.axe("desk.consents.none");
		await view(page, "desk.consents.open");
		await shows(page, page.page, "desk.range", { total, first: 1,
			last: total });
		await page.axe("desk.consents");
		await view(page, "desk.consents.ended");
		const { consents } = await get("/consents?ended=yes&limit=1");
		const ended = row(page, consents[0].patient?.name ??
		    consents[0].name);
		await ended.getByText(consents[0].flag_label.ja).waitFor();
		await ended.getByText(consents[0].reason.ja).waitFor();
		await act(page, ended, "detail");
		await page.dialog("desk.finding.title");
	},

	/* The bars are drawn, and their numbers can be read. */
	async figures_as_tables(scene) {
		await world.job({ category: "check", charts: ["14", "6", "4"] });
		const page = await at(scene, "figures");
		const names = ["days", "failed", "hours", "answer_times",
		    "consents"];
		const of = (key) => page.page.getByRole("figure").filter({
			has: page.page.getByRole("heading", { level: 2,
			    name: page.like(`desk.figures.${key}`) }) });

		await of("days").waitFor();
		const figures = await get("/figures");
		const values = { days: figures.days.map((d) => d.checks),
			failed: figures.days.map((d) => d.failed),
			hours: figures.hours,
			answer_times: figures.answer_times.map((b) => b.checks),
			consents: figures.consents.map((d) => d.ends) };
		await page.axe("desk.figures");
		for (const key of names) {
			const sum = values[key].reduce((a, b) => a + b, 0);

			if (sum === 0) {
				await shows(page, of(key), "desk.chart.none");
				continue;
			}
			await of(key).getByRole("img").waitFor();
			assert.ok(await of(key).locator("canvas").evaluate((c) =>
			    c.getContext("2d").getImageData(0, 0, c.width, c.height)
				.data.some((v) => v !== 0)), key);
			await of(key).locator("summary").press("Enter");
			assert.deepEqual((await of(key).locator("tbody td")
				.allInnerTexts()).map(Number), values[key], key);
		}
		assert.ok(values.days.at(-1) >= 3);
		await page.axe("desk.figures.tables");
		await view(page, "desk.figures.days_of", { n: 90 });
	},

	/* Given up; asked again; who has no answer, and why. */
	async job_given_up(scene) {
		const page = await at(scene, "jobs");

		await world.terminal("--processing", "1000");
		await post("/jobs", { category: "nursing", staff: STAFF });
		const open = row(page, "訪問看護");
		await act(page, open, "open");
		await page.press("desk.found.cancel");
		await page.dialog("desk.cancel_job.title");
		await page.press("desk.cancel_job.go");
		await page.see("desk.match.need_staff");
		await field(page, "desk.match.staff").fill(STAFF);
		await page.press("desk.cancel_job.go");
		await page.see("desk.cancel_job.done");
		await gone(page.button("desk.found.cancel"));
		await page.see("desk.found.none_findings");
		await world.terminal();
		const { id } = await world.job({ category: "insurance",
			charts: ["13", "0", "no-such-chart"] });
		await page.press("desk.found.back");
		await page.page.locator(`[data-id="${id}"]`).getByRole("button")
			.press("Enter");
		await view(page, "desk.found.problem");
		await row(page, "CHART_ZERO").waitFor();
		await row(page, "NO_PATIENT").getByText("登録されていません")
			.waitFor();
		await shows(page, page.page, "desk.range", { total: 2, first: 1,
			last: 2 });
		await page.axe("desk.found.problem");
	},

	/* Asked once more where it failed, and only there. */
	async job_asked_again(scene) {
		await world.terminal("--unit-errors", "1");
		const { id, persons } = await world.job({ category: "insurance",
			charts: ["13", "14"] });
		assert.equal(persons.error, 2);
		const page = await at(scene, "jobs");

		await world.terminal();
		await page.page.locator(`[data-id="${id}"]`).getByRole("button")
			.press("Enter");
		await page.press("desk.found.retry");
		await page.dialog("desk.retry_job.title");
		await field(page, "desk.match.staff").fill(STAFF);
		await page.press("desk.retry_job.go");
		await page.see("desk.retry_job.done");
		await shows(page, page.page, "desk.job.progress", { done: 2,
			total: 2 });
		await view(page, "desk.found.problem");
		await page.see("desk.found.none_problem");
		/* The history has no detail of such a row (OQS-07). */
		await tab(page, "history").click();
		const { findings: [{ id: bulk, detail }] } = await get(
		    `/findings?job=${id}`);
		assert.equal(detail, false);
		const line = page.page.locator(`[data-id="${bulk}"]`);
		await line.waitFor();
		assert.equal(await line.getByRole("button").count(), 0);
	},

	/* For 日レセ, and as a table: read back (ORC, DEN-28). */
	async handed_over(scene) {
		const rows = await world.april();
		const page = await found(scene, rows);

		await page.press("desk.found.orca");
		await page.dialog("desk.orca.title");
		await field(page, "desk.match.staff").fill(STAFF);
		await page.press("desk.orca.go");
		await gone(dialog(page).or(page.page.getByRole("status").filter({
			hasText: page.like("desk.orca.refused", {}, false) })))
			.catch(() => {});
		const names = await world.handed();
		assert.ok(names.includes("資格　八夫"), names.join());
		await page.page.keyboard.press("Escape");
		for (const [key, encoding] of [["utf_8", "utf-8"],
		    ["shift_jis", "shift_jis"]]) {
			await page.press("desk.found.csv");
			await page.dialog("desk.csv.title");
			const { name: file, bytes } = await saved(page, () =>
			    page.press(`desk.csv.${key}`));
			const lines = new TextDecoder(encoding).decode(bytes)
			    .split("\r\n");

			assert.match(file, /^shikaku_\d{14}\.csv$/);
			assert.equal(lines.length, 1 + 13 + 1);
			assert.ok(lines.some((text) => text.includes(LONG)));
			await page.see("desk.csv.done");
		}
	},

	/* What the agent refuses is told, and is not called nothing. */
	async agent_in_trouble(scene) {
		scene.rough = true;
		const page = await at(scene, "today");

		await page.page.route(/\/api\/v1\/(jobs|findings|consents|figures|imports)/,
		    (route) => route.fulfill({ status: 503, json: {
			type: "urn:shikaku:error:STORE", title: "store", status: 503,
			code: "STORE", text: { ja: "保存できません", en: "store" },
			next: { ja: "管理者へ", en: "tell" } } }));
		for (const name of ["jobs", "imports", "history", "consents",
		    "figures"]) {
			await tab(page, name).click();
			await page.page.getByRole("tabpanel", { name: page.like(
			    `desk.tab.${name}`) }).getByText("STORE").first()
				.waitFor();
			await page.axe(`desk.trouble.${name}`);
			assert.equal(await page.page.locator(".empty").count(), 0,
			    name);
		}
	},

	/* R23: nobody looks, or somebody signs out, with each page open. */
	async nobody_looks(scene) {
		await world.april();
		for (const name of ["jobs", "imports", "history", "consents"]) {
			const page = await at(scene, name, { clock: true });

			if (name === "jobs")
				await act(page, row(page, "訪問診療"), "open");
			if (name === "consents")
				await view(page, "desk.consents.ended");
			await row(page, "資格").waitFor();
			if (name === "history")
				await field(page, "desk.history.name").fill("八夫");
			if (name === "imports") {
				await act(page, row(page, "資格"), "compare");
				await page.dialog("desk.compare.title");
				await page.page.clock.fastForward(180_000);
				await gone(dialog(page));
			}
			await page.page.clock.fastForward(600_000);
			await page.see("desk.cover.title");
			await page.axe("desk.cover.title");
			await page.bare(...NAMES, "八夫", "1639960291x091");
			await page.page.keyboard.press("Enter");
			await page.page.getByRole("tabpanel").waitFor();
			if (name === "history")
				assert.equal(await field(page, "desk.history.name")
					.inputValue(), "");
			if (name !== "imports")
				continue;
			await row(page, "資格").waitFor();
			await page.press("desk.device.open");
			await page.press("desk.device.forget");
			await page.press("desk.device.forget_yes");
			await page.at("enrol.title");
			await page.bare(...NAMES, "八夫");
		}
	},

	/* Who may not import has no such pages, by their address neither. */
	async only_what_the_role_may(scene) {
		await world.recent();
		const page = await scene.open("desk", "medical",
		    { hash: "#imports" });

		await page.page.getByRole("tabpanel").waitFor();
		for (const name of ["jobs", "imports", "history", "consents",
		    "figures"])
			assert.equal(await tab(page, name).count(), 0, name);
		assert.deepEqual(page.urls.filter((url) =>
		    /api.v1.(jobs|imports|findings|consents|figures)/u.test(url)),
		    []);
		await page.bare(...NAMES);
	},

	async in_english(scene) {
		const rows = await world.april();
		const page = await at(scene, "today");

		await page.press("desk.other_language");
		page.lang = "en";
		for (const name of ["jobs", "imports", "history", "consents",
		    "figures"]) {
			await tab(page, name).click();
			await page.page.getByRole("tabpanel", { name: page.like(
			    `desk.tab.${name}`) }).waitFor();
			await gone(page.page.getByText(page.like("desk.loading")));
			await page.axe(`desk.tab.${name}`);
		}
		await tab(page, "jobs").click();
		await page.press("desk.job.new");
		await page.dialog("desk.job.new");
		assert.match(await dialog(page).locator("#ask-month").inputValue(),
		    /^\d{4}-\d\d$/);
		await page.press("desk.match.cancel");
		await tab(page, "history").click();
		await act(page, row(page, LONG), "detail");
		await page.dialog("desk.finding.title");
		await page.press("desk.finding.compare");
		await page.dialog("desk.compare.title");
		await page.button("desk.compare.all").press("Enter");
		const { insurance } = await get(`/findings/${rows[LONG].id
		    }/comparison`);
		await line(page, "date of birth").getByText(insurance.fields.find((f) =>
		    f.field === "birthdate").right_text.en).first().waitFor();
	},
});
