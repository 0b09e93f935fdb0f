/* /desk: what the staff sees and decides. */
import { assert, ORIGIN, PIN, play, world } from "./stage.mjs";
import { enter, idle, NAME } from "./steps.mjs";

const STAFF = "受付01";
const WIDE = { width: 1600, height: 900 };

async function desk(scene, client = "desk", more = {}) {
	const page = await scene.open("desk", client, more);

	await page.at("desk.title");
	await page.page.getByRole("grid").or(page.page.getByText(
	    page.like("desk.empty.day"))).first().waitFor();
	return page;
}

/* The newest row of the list that holds this. */
const row = (page, text) => page.page.getByRole("row").filter({
	hasText: text }).first();

const shows = (page, of, key, vars) => of.getByText(page.like(key, vars,
    false)).first().waitFor();

/*
 * The one action of a row.  Not by the pointer, which is not heard on a row
 * that has just moved (desk/hand.js).
 */
const act = (page, of, key) => of.getByRole("button", {
	name: page.like(`desk.action.${key}`, {}, false) }).press("Enter");

/* A whole visit of this card at a kiosk. */
async function served(card, client = "kiosk-a", reader = "A") {
	await world.card(card, reader);
	const visit = await world.visit(client);

	await world.take(reader);
	return visit;
}

/* In the dialog of a patient to be named. */
async function search(page, field, text) {
	for (const other of ["chart", "birthdate", "name"])
		await page.page.getByLabel(page.like(`desk.search.${other}`))
			.fill("");
	await page.page.getByLabel(page.like(`desk.search.${field}`)).fill(text);
	await page.press("desk.search.go");
}

const candidate = (page, name) => page.page.getByRole("radio", {
	name: new RegExp(name.replace("　", "\\s"), "u") });

async function decide(page, name) {
	await candidate(page, name).check();
	await page.page.getByLabel(page.like("desk.match.staff")).fill(STAFF);
	await page.axe("desk.match.chosen");
	await page.press("desk.match.decide");
	await page.page.getByRole("dialog").waitFor({ state: "detached" });
}

/* ISO/IEC 18004: four light modules around it */
function framed(rows) {
	const around = "0".repeat(4), line = "0".repeat(rows.length + 8);
	const lines = Array(4).fill(line);

	return [...lines, ...rows.map((r) => around + r + around), ...lines];
}

/* Which modules of a drawn QR code are dark, as a camera would sample it. */
function modules(svg) {
	const dark = new Path2D([...svg.querySelectorAll("path")].at(-1)
		.getAttribute("d"));
	const side = svg.viewBox.baseVal.width;
	const pen = document.createElement("canvas").getContext("2d");

	return Array.from({ length: side }, (_, y) => Array.from(
	    { length: side }, (__, x) => pen.isPointInPath(dark, x + 0.5,
		y + 0.5) ? "1" : "0").join(""));
}

/* The dialog of the devices, and an invitation for one. */
async function invited(page, name) {
	await page.press("desk.devices.open");
	await page.dialog("desk.devices.title");
	await page.page.getByLabel(page.like("desk.devices.name")).fill(name);
	const answer = page.page.waitForResponse("**/devices");
	await page.press("desk.devices.invite");
	return (await answer).json();
}

const device = (page, name) => page.page.locator(`[data-name="${name}"]`);

await play({
	async states_of_rows(scene) {
		const page = await desk(scene);

		await page.axe("desk.list");
		for (const [card, name, word, code] of [
			["p03", NAME.p03, "desk.confirmed_on", null],
			["p12", "資格　十二郎", "desk.word.lost_new", "3"],
			["p09", "扶助　七郎", "desk.word.several", "5"],
			["p13", "生保　患者", "desk.word.unregistered", "6"],
		]) {
			await served(card);
			await shows(page, row(page, name), word);
			if (code !== null)
				await shows(page, row(page, name),
				    "desk.code.validity", { code });
		}
		await served("expired");
		const nobody = row(page, page.like("desk.row.nobody", {}, false));
		await shows(page, nobody, "desk.word.error");
		await nobody.getByText("CERT_EXPIRED").waitFor();
		await page.axe("desk.list.full");
		await page.page.getByRole("button", { name: page.like(
		    "desk.filter.errors", {}, false) }).click();
		assert.equal(await row(page, NAME.p03).count(), 0);
		await nobody.waitFor();
	},

	async result_shown(scene) {
		await served("p03");
		const page = await desk(scene);

		await row(page, NAME.p03).getByRole("button").click();
		await page.dialog("desk.result.title");
		await shows(page, page.page, "desk.group.coverage");
		await page.axe("desk.result.records");
		await page.page.keyboard.press("Escape");
		await page.page.getByRole("dialog").waitFor({ state: "detached" });
		assert.equal(await page.page.getByText(page.like(
		    "desk.group.coverage")).count(), 0);
	},

	/* DIS-04, by hand: what was shown where nothing could be asked. */
	async shown_instead(scene) {
		const { id } = await served("expired");
		const page = await desk(scene);
		const open = async () => {
			await row(page, page.like("desk.row.nobody", {}, false))
				.getByRole("button").press("Enter");
			await page.dialog("desk.result.title");
		};

		await open();
		await page.press("desk.fallback.open");
		await page.dialog("desk.fallback.title");
		await page.press("desk.fallback.go");
		await page.see("desk.match.need_staff");
		await page.page.getByRole("radio", { name: page.like(
		    "desk.fallback.certificate", {}, false) }).check();
		await page.page.getByLabel(page.like("desk.match.staff"))
			.fill(STAFF);
		await page.axe("desk.fallback");
		await page.press("desk.fallback.go");
		await page.see("desk.fallback.done");
		const { json } = await world.call("desk", "GET",
		    `/visits/${id}`);
		assert.deepEqual([json.fallback.way, json.fallback.staff],
		    ["certificate", STAFF]);
	},

	async patient_named(scene) {
		const page = await desk(scene);

		await world.card("no-text");
		const { id } = await world.visit("kiosk-a");
		const waiting = page.page.locator(`[data-id="${id}"]`);
		await act(page, waiting, "match");
		await page.dialog("desk.match.title");
		await page.see("desk.match.unread");
		await search(page, "birthdate", "昭和35年13月2日");
		await page.see("desk.search.wrong_birthdate");
		await search(page, "birthdate", "S35.6.2");
		await decide(page, NAME.p03);
		await page.see("desk.done.card", { name: NAME.p03 });
		await shows(page, waiting, "desk.confirmed_on");
		const visit = await world.last("kiosk-a");
		assert.equal(visit.staff, STAFF);
		assert.equal(visit.filed, null);
		assert.equal(visit.patient.chart_number, "13");
	},

	async named_by_keyboard(scene) {
		await world.card("no-text");
		await world.visit("kiosk-a");
		const page = await desk(scene);
		const { keyboard } = page.page;

		await page.focus(page.page.getByRole("row").nth(1));
		await keyboard.press("End");
		await keyboard.press("Home");
		await keyboard.press("Enter");
		await page.dialog("desk.match.title");
		await page.focus(page.page.getByLabel(page.like(
		    "desk.search.chart")));
		await keyboard.type("13");
		await keyboard.press("Enter");
		await candidate(page, NAME.p03).waitFor();
		await page.focus(candidate(page, NAME.p03));
		await keyboard.press("Space");
		await page.focus(page.page.getByLabel(page.like(
		    "desk.match.staff")));
		await keyboard.type(STAFF);
		await page.focus(page.button("desk.match.decide"));
		await keyboard.press("Enter");
		await page.see("desk.done.card", { name: NAME.p03 });
		await keyboard.press("F8");
		await page.dialog("desk.reception.title");
		await keyboard.press("Escape");
		await keyboard.press("F10");
		await page.dialog("desk.side.title");
		await keyboard.press("Escape");
		await keyboard.press("F4");
		await page.see("desk.empty.day");
		await keyboard.press("F5");
		await page.see("desk.day.today");
	},

	/* What the face reader's file says stops another patient. */
	async face_result_bound(scene) {
		await world.reading("P05");
		const page = await desk(scene, "desk", { size: WIDE });
		const item = page.page.getByRole("listitem").filter({
			hasText: NAME.p05 });
		await item.getByRole("button").click();
		await page.dialog("desk.match.title");
		await search(page, "chart", "13");
		await candidate(page, NAME.p03).check();
		await page.see("desk.match.stop");
		await page.axe("desk.match.stop");
		assert.equal(await page.button("desk.match.decide").getAttribute(
		    "aria-disabled"), "true");
		await search(page, "chart", "14");
		await decide(page, NAME.p05);
		await page.see("desk.done.face", { name: NAME.p05 });
		await shows(page, row(page, NAME.p05), "desk.mode.face");
		assert.equal((await world.call("desk", "GET", "/results")).json
			.total, 0);
	},

	/* Sent to the kiosk from the desk; given up at the desk. */
	async received_and_cancelled(scene) {
		const kiosk = await idle(scene);
		const page = await desk(scene);

		await page.page.keyboard.press("F8");
		await page.dialog("desk.reception.title");
		await page.page.getByLabel(page.like("desk.reception.chart"))
			.fill("13");
		await page.page.getByText(NAME.p03).first().waitFor();
		await page.page.getByLabel(page.like("desk.reception.way_pin"))
			.check();
		await page.page.getByRole("radio", { name: /kiosk-a/u }).check();
		await page.axe("desk.reception.ready");
		await page.press("desk.reception.begin");
		await page.see("desk.done.receive", { client: "kiosk-a" });
		await kiosk.at("card.title");
		const { id } = await world.last("kiosk-a");
		const running = page.page.locator(`[data-id="${id}"]`);
		await shows(page, running, "desk.wants.card");
		await act(page, running, "cancel");
		await page.dialog("desk.cancel.title");
		await page.press("desk.cancel.yes");
		await page.see("desk.done.cancel");
		await kiosk.at("end.lost.title");
		await kiosk.bare(NAME.p03);
	},

	async follows_a_kiosk(scene) {
		await world.card("p03");
		const page = await desk(scene);
		const kiosk = await idle(scene);

		await kiosk.press("idle.begin");
		await kiosk.at("pin.title");
		const { id } = await world.last("kiosk-a");
		const running = page.page.locator(`[data-id="${id}"]`);
		await shows(page, running, "desk.wants.pin");
		await enter(kiosk);
		await shows(page, running, "desk.wants.consent");
		await page.bare(PIN);
	},

	async enrolment_by_qr(scene) {
		const page = await desk(scene);

		await page.press("desk.enrolment.open");
		await page.dialog("desk.enrolment.title");
		await page.page.getByRole("radio", { name: /tablet/u }).check();
		const answer = page.page.waitForResponse("**/enrolment");
		await page.press("desk.enrolment.issue");
		const { qr, url, code } = await (await answer).json();
		scene.secrets.push(code);
		const drawn = page.page.getByRole("img", { name: page.like(
		    "desk.enrolment.qr", { client: "tablet" }) });
		await drawn.waitFor();
		await page.axe("desk.enrolment.code");
		assert.deepEqual(await drawn.evaluate(modules), framed(qr));
		await page.press("desk.close");
		await page.page.getByRole("dialog").waitFor({ state: "detached" });
		await page.bare(code);
		const phone = await scene.open("visit", null,
		    { hash: new URL(url).hash });
		assert.ok(url.startsWith(`${ORIGIN}/visit#`));
		await phone.at("visit.locked.title");
		await phone.bare(code);
	},

	async device_comes(scene) {
		const page = await desk(scene);
		const { text, qr } = await invited(page, "ＮＵＲＳＥ-1");

		scene.secrets.push(text);
		const drawn = page.page.getByRole("img", { name: page.like(
		    "desk.devices.qr", { name: "nurse-1" }) });
		await drawn.waitFor();
		await page.axe("desk.devices.invited");
		assert.deepEqual(await drawn.evaluate(modules), framed(qr));
		await world.device("nurse-1", text);
		await page.see("desk.devices.came", { name: "nurse-1" });
		await page.bare(text);
		await page.press("desk.devices.another");
		await page.page.getByLabel(page.like("desk.devices.name"))
			.fill("nurse-1");
		await page.see("desk.devices.name_used");
		await shows(page, device(page, "nurse-1"), "desk.devices.never");
		await world.dial("nurse-1");
		await device(page, "nurse-1").getByText("接続中").waitFor();
		await page.axe("desk.devices.connected");
	},

	/* Nothing is done before the question is answered. */
	async device_renamed_and_revoked(scene) {
		await world.device("nurse-2");
		const page = await desk(scene, "admin");
		const { keyboard } = page.page;
		const ask = (name, what) => page.button("desk.row.do", { who: name,
			action: page.text(`desk.devices.${what}`) });

		await page.press("desk.devices.open");
		await ask("nurse-2", "rename").waitFor();
		await page.focus(ask("nurse-2", "rename"));
		await keyboard.press("Enter");
		await page.focus(page.page.getByLabel(page.like(
		    "desk.devices.new_name")));
		await keyboard.press("ControlOrMeta+A");
		await keyboard.type("nurse-3");
		await keyboard.press("Enter");
		await page.page.locator(":focus").and(ask("nurse-3", "rename"))
			.waitFor();
		await page.focus(ask("nurse-3", "revoke"));
		await keyboard.press("Enter");
		await page.see("desk.devices.revoke_what");
		await page.axe("desk.devices.revoke_sure");
		await page.focus(page.button("desk.devices.keep"));
		await keyboard.press("Enter");
		await page.page.locator(":focus").and(ask("nurse-3", "revoke"))
			.waitFor();
		assert.equal(await device(page, "nurse-3").getByText("取消済")
			.count(), 0);
		await page.focus(ask("nurse-3", "revoke"));
		await keyboard.press("Enter");
		await page.focus(page.button("desk.devices.revoke"));
		await keyboard.press("Enter");
		await device(page, "nurse-3").getByText("取消済").waitFor();
		assert.equal(await ask("nurse-3", "revoke").count(), 0);
	},

	async invitation_withdrawn(scene) {
		const page = await desk(scene);
		const { text } = await invited(page, "nurse-6");

		scene.secrets.push(text);
		await device(page, "nurse-6").getByRole("button").click();
		await page.see("desk.devices.uninvite_what");
		await page.press("desk.devices.uninvite");
		await device(page, "nurse-6").waitFor({ state: "detached" });
		await page.bare(text);
	},

	async invitation_runs_out(scene) {
		const page = await desk(scene, "desk", { clock: true });
		const { text } = await invited(page, "nurse-4");

		scene.secrets.push(text);
		await page.see("desk.devices.left");
		await page.page.clock.fastForward(500_000);
		await page.page.keyboard.press("Shift");
		await page.page.clock.fastForward(500_000);
		await page.see("desk.devices.late", { name: "nurse-4" });
		await page.bare(text);
		await page.press("desk.devices.another");
		await page.axe("desk.devices.late");
		await page.button("desk.devices.invite").waitFor();
	},

	/* Its row waits for a patient, and says what it is worth. */
	async visit_without_a_network(scene) {
		await world.card("p03");
		const page = await desk(scene);
		const id = await world.house_call("tablet-1", "訪問　花子");
		const brought = page.page.locator(`[data-id="${id}"]`);

		await shows(page, brought, "desk.mode.filed");
		await brought.getByText("tablet-1").waitFor();
		await act(page, brought, "match");
		await page.dialog("desk.match.title");
		await page.see("desk.filed.made");
		await page.see("desk.filed.arrived");
		await page.page.getByText("訪問　花子").waitFor();
		await page.see("desk.filed.by_agent");
		await page.see("desk.evidence.signature");
		await page.see("desk.filed.by_device");
		assert.equal(await page.page.locator(
		    '[data-by="device"] dd.good').count(), 0);
		await page.see("desk.evidence.revocation_unknown");
		await page.axe("desk.filed");
		await search(page, "chart", "13");
		await decide(page, NAME.p03);
		await shows(page, brought, "desk.confirmed_on");
		await shows(page, brought, "desk.mode.filed");
		await act(page, brought, "result");
		await page.dialog("desk.result.title");
		await page.see("desk.filed.arrived");
	},

	/* A scanner is a keyboard that is fast and ends with Enter. */
	async slip_scanned_twice(scene) {
		scene.rough = true;
		const text = await world.slip();
		const page = await desk(scene);
		const { keyboard } = page.page;
		const scan = async (what) => {
			await keyboard.insertText(what);
			await keyboard.press("Enter");
		};

		await page.press("desk.slip.open");
		await page.dialog("desk.slip.title");
		await scan("4901234567894");
		await page.page.getByText("SLIP", { exact: true }).waitFor();
		await page.axe("desk.slip.wrong");
		await scan(text);
		await page.see("desk.slip.filed", { name: NAME.p03 });
		await scan(` ${text.toLowerCase()}`);
		await page.see("desk.slip.before", { name: NAME.p03 });
		await page.axe("desk.slip.before");
		await page.bare(text);
		await page.press("desk.action.match");
		await page.dialog("desk.match.title");
		await page.see("desk.evidence.none");
		await page.axe("desk.match.slip");
		await search(page, "chart", "13");
		await decide(page, NAME.p03);
		await page.see("desk.done.slip", { name: NAME.p03 });
	},

	/* While the agent is slow the next scans are taken, and none is lost. */
	async slips_scanned_quickly(scene) {
		scene.rough = true;
		const text = await world.slip();
		const page = await desk(scene);
		const { keyboard } = page.page;
		const box = page.page.locator("#slip-text");
		let go;
		const answer = new Promise((done) => { go = done; });

		await page.page.route("**/slips", async (route) => {
			await answer;
			await route.continue();
		});
		await page.press("desk.slip.open");
		await page.dialog("desk.slip.title");
		for (const [i, scan] of [text, "4901234567894", text].entries()) {
			await keyboard.insertText(scan);
			await keyboard.press("Enter");
			await page.see("desk.slip.left", { n: i + 1 });
			assert.equal(await box.inputValue(), "");
		}
		/* The fourth is half typed when the answers come. */
		await keyboard.insertText("SKS1");
		go();
		await page.see("desk.slip.before", { name: NAME.p03 });
		await page.page.getByText("SLIP", { exact: true }).waitFor();
		assert.equal(await box.inputValue(), "SKS1");
	},

	async record_refused(scene) {
		await world.device("nurse-5");
		await world.refused("nurse-5");
		const page = await desk(scene);
		await page.see("desk.side.open_refused", { n: 1 });
		await page.page.keyboard.press("F10");
		await page.dialog("desk.side.title");
		const item = page.page.getByRole("listitem").filter({
			hasText: "nurse-5" });
		await item.getByText("RECORD_ALTERED").waitFor();
		await page.see("desk.side.refused_lead");
		await page.axe("desk.side.refused");
	},

	async passcodes_of_the_administrator(scene) {
		const page = await desk(scene, "admin");

		await page.press("desk.passcode.open");
		await page.dialog("desk.passcode.title");
		const answer = page.page.waitForResponse("**/passcodes");
		await page.press("desk.passcode.issue");
		const { passcode } = await (await answer).json();
		scene.secrets.push(passcode);
		const digits = passcode.replace(/(\d{3})(?=\d)/g, "$1 ");
		await page.page.getByText(digits).waitFor();
		await page.axe("desk.passcode.shown");
		await page.press("desk.close");
		await page.page.getByRole("dialog").waitFor({ state: "detached" });
		await page.bare(passcode, digits);
		await page.press("desk.passcode.open");
		await page.dialog("desk.passcode.title");
		await page.button("desk.passcode.revoke").first().click();
		await page.see("desk.passcode.sure");
		await page.button("desk.passcode.revoke").first().click();
		await page.see("desk.passcode.revoked");
		await page.press("desk.close");
		await page.press("desk.client.open");
		await page.dialog("desk.client.title");
		await page.page.getByRole("rowheader", { name: "kiosk-a" })
			.waitFor();
	},

	async only_what_the_role_may(scene) {
		const page = await scene.open("desk", "medical");

		await page.at("desk.title");
		await page.page.getByRole("tabpanel").waitFor();
		assert.equal(await page.page.getByRole("tab", {
			name: page.like("desk.tab.today") }).count(), 0);
		assert.equal(await page.button("desk.enrolment.open").count(), 0);
		assert.equal(await page.button("desk.passcode.open").count(), 0);
		assert.equal(await page.button("desk.devices.open").count(), 0);
		const other = await scene.open("desk", "monitor");
		await other.see("desk.device.not_desk");
		await other.axe("desk.device.not_desk");
	},

	/* 検証 or 本番, and that the former is none of the latter (OQS-13). */
	async says_which_environment(scene) {
		const page = await desk(scene);

		await page.page.locator("header .environment").filter({
			hasText: page.like("desk.environment.test") }).waitFor();
		await page.see("desk.test.title");
	},

	/* The agent's restart and a cut line, on the same page. */
	async line_cut(scene) {
		scene.rough = true;
		const page = await desk(scene);

		await page.page.context().setOffline(true);
		await page.see("desk.offline.title");
		await page.axe("desk.offline.title");
		await page.page.context().setOffline(false);
		await page.see("desk.link.live");
		await world.kill();
		await page.see("desk.offline.title");
		await world.restart();
		await page.see("desk.link.live");
		await served("p03");
		await shows(page, row(page, NAME.p03), "desk.confirmed_on");
	},

	async nobody_looks(scene) {
		await served("p03");
		const page = await desk(scene, "desk", { clock: true });

		await row(page, NAME.p03).waitFor();
		await page.page.clock.fastForward(600_000);
		await page.see("desk.cover.title");
		await page.axe("desk.cover.title");
		await page.bare(NAME.p03);
		await page.page.keyboard.press("Enter");
		await row(page, NAME.p03).waitFor();
	},

	async in_english(scene) {
		const page = await desk(scene);

		await page.press("desk.other_language");
		page.lang = "en";
		await page.at("desk.title");
		await page.axe("desk.list");
		await page.press("desk.device.open");
		await page.dialog("desk.device.title");
		await page.press("desk.device.forget");
		await page.see("desk.device.sure");
		await page.press("desk.device.forget_yes");
		await page.at("enrol.title");
		await page.bare(NAME.p03);
	},

	/* Two in a row that ended without a result concern the whole site. */
	async alarm_of_the_terminal(scene) {
		await world.terminal("--err", "siquc=FAKE");
		const page = await desk(scene);

		await served("p03");
		await served("p03");
		const band = page.page.getByRole("alert").filter({
			hasText: "TERMINAL_ALARM" });
		await band.waitFor();
		await shows(page, band, "desk.since");
		await page.axe("desk.alarm");
		await world.terminal();
		await served("p03");
		await band.waitFor({ state: "detached" });
	},
});
