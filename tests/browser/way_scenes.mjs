/*
 * /kiosk without the PIN: the kiosk's own face engine, which its page follows,
 * and the staff's visual confirmation.  Passcodes stay for the scenes that
 * come after the first one.
 */
import { assert, PIN, play, world } from "./stage.mjs";
import { agree, idle, NAME, nothingKept, outcome } from "./steps.mjs";

const NUMBER_B = "35060220300123";
const STAFF = "受付01";

let passcode = null;

/* A kiosk with the staff button: it was started after a passcode was issued. */
async function withButton(scene) {
	passcode ??= await world.passcode();
	scene.secrets.push(passcode, NUMBER_B);
	await world.card("p03");
	return idle(scene);
}

/* The staff's dialog up to the passcode. */
async function staffed(kiosk, digits = passcode) {
	await kiosk.press("idle.staff");
	await kiosk.dialog("staff.title");
	await kiosk.page.getByLabel(kiosk.like("staff.reason.disability"))
		.check();
	await kiosk.page.getByLabel(kiosk.like("staff.name")).fill(STAFF);
	await kiosk.press("staff.next");
	await kiosk.dialog("staff.code");
	await kiosk.digits(digits);
	await kiosk.press("staff.enter");
}

async function number(kiosk, digits = NUMBER_B) {
	await kiosk.at("number_b.title");
	await kiosk.digits(digits);
	await kiosk.press("number_b.enter");
}

async function photograph(kiosk) {
	await kiosk.at("attest.title");
	const image = kiosk.page.getByRole("img", {
		name: kiosk.like("attest.photo") });

	await image.waitFor();
	assert.ok(await image.evaluate((e) => e.decode().then(() =>
		e.naturalWidth)) > 100);
	await kiosk.axe("attest.photo");
}

await play({
	async staff_button_after_a_restart(scene) {
		const kiosk = await idle(scene);

		assert.equal(await kiosk.button("idle.staff").count(), 0);
		passcode = await world.passcode();
		scene.secrets.push(passcode);
		assert.equal(await kiosk.button("idle.staff").count(), 0);
		await kiosk.page.reload();
		await kiosk.button("idle.staff").waitFor();
		await kiosk.axe("idle.staff");
	},

	async visual(scene) {
		const kiosk = await withButton(scene);

		await staffed(kiosk);
		await number(kiosk);
		await photograph(kiosk);
		await kiosk.bare(passcode, NUMBER_B);
		await kiosk.press("attest.same");
		await agree(kiosk);
		await outcome(kiosk);
		await kiosk.bare(passcode, NUMBER_B, NAME.p03, STAFF);
		assert.equal(await kiosk.page.locator("img").count(), 0);
		const visit = await world.last("kiosk-a");
		assert.equal(visit.reason, "disability");
		assert.equal(visit.staff, STAFF);
		assert.equal(visit.identity.comparison.by, "staff");
		assert.equal((await world.count()).verify["0018"] ?? 0, 0);
	},

	async visual_another_person(scene) {
		const kiosk = await withButton(scene);

		scene.rough = true;
		await staffed(kiosk);
		await number(kiosk);
		await photograph(kiosk);
		await kiosk.press("attest.other");
		await kiosk.at("end.other.title");
		await kiosk.bare(passcode, NUMBER_B, NAME.p03);
		const visit = await world.ended("kiosk-a");
		assert.equal(visit.consent.confirmed_at, null);
	},

	async visual_wrong_number(scene) {
		const kiosk = await withButton(scene);
		const wrong = "35060220309876";

		scene.rough = true;
		scene.secrets.push(wrong);
		await staffed(kiosk);
		await number(kiosk, wrong);
		await kiosk.bare(wrong);
		await kiosk.at("number_b.title");
		await number(kiosk);
		await photograph(kiosk);
		assert.equal((await world.count()).verify["surface.0012"], 2);
	},

	async visual_quit_at_the_number(scene) {
		const kiosk = await withButton(scene);

		await staffed(kiosk);
		await kiosk.at("number_b.title");
		await kiosk.digits(NUMBER_B.slice(0, 10));
		await kiosk.press("frame.quit");
		await kiosk.at("blank.title");
		await kiosk.bare(NUMBER_B.slice(0, 6));
		await nothingKept();
	},

	async visual_quit_at_the_photograph(scene) {
		const kiosk = await withButton(scene);

		await staffed(kiosk);
		await number(kiosk);
		await photograph(kiosk);
		await kiosk.press("frame.quit");
		await kiosk.at("blank.title");
		assert.equal(await kiosk.page.locator("img").count(), 0);
		await nothingKept();
	},

	async wrong_passcode(scene) {
		const kiosk = await withButton(scene);
		const wrong = passcode.replace(/./g, (d) => 9 - d);

		scene.rough = true;
		scene.secrets.push(wrong);
		await staffed(kiosk, wrong);
		await kiosk.page.getByRole("alert").waitFor();
		await kiosk.axe("staff.wrong");
		await kiosk.bare(wrong);
		await kiosk.press("staff.close");
		await kiosk.at("idle.title");
	},

	async staff_by_keyboard(scene) {
		const kiosk = await withButton(scene);
		const { keyboard } = kiosk.page;

		await kiosk.focus(kiosk.button("idle.staff"));
		await keyboard.press("Enter");
		await kiosk.dialog("staff.title");
		await kiosk.focus(kiosk.page.getByRole("radio").first());
		await keyboard.press("Space");
		await keyboard.press("ArrowDown");
		await kiosk.focus(kiosk.page.getByLabel(kiosk.like("staff.name")));
		await keyboard.type(STAFF);
		await kiosk.focus(kiosk.button("staff.next"));
		await keyboard.press("Enter");
		await kiosk.dialog("staff.code");
		await keyboard.type(passcode);
		await kiosk.focus(kiosk.button("staff.enter"));
		await keyboard.press("Enter");
		await kiosk.at("number_b.title");
		await keyboard.type(NUMBER_B);
		await keyboard.press("Enter");
		await photograph(kiosk);
		await kiosk.focus(kiosk.button("attest.same"));
		await keyboard.press("Enter");
		await kiosk.at("consent.title");
	},

	async face_followed(scene) {
		const kiosk = await idle(scene);

		scene.secrets.push(NUMBER_B);
		await world.card("p03");
		await kiosk.at("pin.title");
		await kiosk.press("frame.quit");
		await kiosk.at("idle.title");
		await world.ended("kiosk-a");
		await world.face("kiosk-a");
		await agree(kiosk);
		await outcome(kiosk);
		await kiosk.bare(NUMBER_B, NAME.p03, PIN);
		const visit = await world.last("kiosk-a");
		assert.equal(visit.mode, "face");
		assert.equal(visit.identity.comparison.by, "kiosk engine");
	},

	/* The page begins the visit, the engine takes it up. */
	async face_after_a_locked_pin(scene) {
		const kiosk = await idle(scene);

		await world.card("blocked");
		await kiosk.at("end.blocked.title");
		await kiosk.press("ways.face");
		await kiosk.at("working.face.title");
		await world.face_of("kiosk-a");
		await agree(kiosk);
		await kiosk.at("outcome.valid.title");
		assert.equal((await world.last("kiosk-a")).method, "face");
	},
});
