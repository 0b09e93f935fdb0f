/* /kiosk with the PIN: the patient alone. */
import { assert, PIN, play, world } from "./stage.mjs";
import { agree, consent, enter, idle, NAME, nothingKept, outcome, pin }
	from "./steps.mjs";

const WRONG = "4091";

/* With a card that is in the reader already a patient presses はじめる. */
async function begun(scene, card, ...args) {
	await world.card(card, "A", ...args);
	const kiosk = await idle(scene);

	await kiosk.press("idle.begin");
	return kiosk;
}

const verifies = async () => (await world.count()).verify["0018"] ?? 0;

/* やめる, from a screen that is reached by steps. */
const quits = (...steps) => async (scene) => {
	const kiosk = await begun(scene, "p03");

	for (const step of steps)
		await step(kiosk);
	await kiosk.press("frame.quit");
	await kiosk.at("blank.title");
	await kiosk.bare(PIN, NAME.p03);
	await nothingKept();
};

const overview = (kiosk) => kiosk.at("consent.title");

/* One page of items: yes to those, no to the others. */
async function answerPage(kiosk, yes) {
	const groups = kiosk.page.getByRole("group");

	await groups.first().waitFor();
	for (const item of await groups.all()) {
		const title = await item.locator("legend").innerText();
		const agreed = yes.some((name) => kiosk.like(
		    `consent.${name}.title`).test(title));

		await item.getByText(kiosk.like(agreed ? "consent.yes" :
		    "consent.no")).click();
	}
	await kiosk.press("consent.next");
}

/* The screens on which only another way helps; the PIN is not sent. */
const refused = (end, ...card) => async (scene) => {
	const kiosk = await begun(scene, ...card);

	await kiosk.at(end);
	await kiosk.see("ways.call");
	assert.equal(await verifies(), 0);
	await kiosk.press("end.back");
	await kiosk.at("blank.title");
};

async function keys(kiosk, ...list) {
	for (const key of list)
		await kiosk.page.keyboard.press(key);
}

async function pressByKey(kiosk, key) {
	await kiosk.focus(kiosk.button(key));
	await kiosk.page.keyboard.press("Enter");
}

await play({
	async whole_visit(scene) {
		const kiosk = await idle(scene);

		await world.card("p03");
		await pin(kiosk);
		await kiosk.at("consent.title");
		await kiosk.bare(PIN);
		await agree(kiosk);
		await outcome(kiosk);
		await kiosk.at("idle.title");
		await kiosk.see("idle.left_card");
		await kiosk.bare(PIN, NAME.p03, NAME.p03.slice(3));
		const visit = await world.last("kiosk-a");
		assert.equal(visit.state, "done");
		assert.equal(visit.status.word, "valid");
		assert.equal(visit.patient.name, NAME.p03);
		assert.equal(visit.consent.prescription, "paper");
		assert.equal(await verifies(), 1);
	},

	async each_item_by_itself(scene) {
		const kiosk = await begun(scene, "p03");
		const yes = ["drug", "limit"];

		await pin(kiosk);
		await kiosk.at("consent.title");
		await kiosk.press("consent.each");
		while (await kiosk.button("consent.next").count() > 0 ||
		    await kiosk.page.getByRole("radio").count() === 0)
			await answerPage(kiosk, yes);
		await kiosk.at("consent.form.title");
		await kiosk.page.getByText(kiosk.like("consent.electronic"))
			.click();
		await kiosk.press("consent.check");
		await kiosk.at("confirm.title");
		await kiosk.press("confirm.register");
		await kiosk.at("outcome.valid.title");
		const { consent: kept } = await world.last("kiosk-a");
		for (const item of ["operation", "diagnosis", "drug", "checkup",
		    "disease", "limit"])
			assert.equal(kept[item], yes.includes(item), item);
		assert.equal(kept.prescription, "electronic");
	},

	async choosing_again(scene) {
		const kiosk = await begun(scene, "p03");

		await pin(kiosk);
		await consent(kiosk);
		await kiosk.press("confirm.change");
		await kiosk.at("consent.title");
		await agree(kiosk, "consent.none");
		await kiosk.at("outcome.valid.title");
		const { consent: kept } = await world.last("kiosk-a");
		assert.equal(kept.drug, false);
	},

	async wrong_pin_then_right(scene) {
		const kiosk = await begun(scene, "p03");

		scene.secrets.push(WRONG);
		await pin(kiosk, WRONG);
		await kiosk.see("pin.wrong");
		await kiosk.see("pin.left", { tries: 2 });
		await kiosk.axe("pin.wrong");
		await kiosk.bare(WRONG);
		assert.equal(await verifies(), 1);
		await enter(kiosk);
		await kiosk.at("consent.title");
		assert.equal(await verifies(), 2);
	},

	async last_try_left_alone(scene) {
		const kiosk = await begun(scene, "onetry");

		await kiosk.at("pin.last.title");
		await kiosk.press("pin.last.no");
		await kiosk.at("end.declined.title");
		assert.equal(await verifies(), 0);
		assert.equal((await world.count()).tries["0018"], 1);
	},

	async last_try_taken(scene) {
		const kiosk = await begun(scene, "onetry");

		await kiosk.at("pin.last.title");
		await kiosk.press("pin.last.yes");
		await pin(kiosk);
		await kiosk.at("consent.title");
		assert.equal(await verifies(), 1);
	},

	async last_try_wrong(scene) {
		const kiosk = await begun(scene, "onetry");

		scene.secrets.push(WRONG);
		await kiosk.at("pin.last.title");
		await kiosk.press("pin.last.yes");
		await pin(kiosk, WRONG);
		await kiosk.at("end.blocked.title");
		assert.equal(await verifies(), 1);
	},

	blocked_card: refused("end.blocked.title", "blocked"),
	card_without_a_pin: refused("end.no_pin.title", "pinless",
	    "none_sw=6a88"),
	expired_card: refused("end.old_card.title", "expired"),

	async pulled_at_the_pin_pad(scene) {
		const kiosk = await begun(scene, "p03");

		await kiosk.at("pin.title");
		await kiosk.digits(PIN.slice(0, 2));
		await world.pull();
		await kiosk.at("end.away.title");
		await nothingKept();
		await world.insert();
		await kiosk.press("end.again");
		await kiosk.at("pin.title");
		await kiosk.see("pad.count", { count: 0 });
		assert.equal(await verifies(), 0);
	},

	async pulled_during_consent(scene) {
		const kiosk = await begun(scene, "p03");

		await pin(kiosk);
		await kiosk.at("consent.title");
		await world.pull();
		await agree(kiosk);
		await outcome(kiosk);
		assert.equal((await world.last("kiosk-a")).status.word, "valid");
	},

	async quit_at_the_card(scene) {
		const kiosk = await idle(scene);

		await kiosk.press("idle.begin");
		await kiosk.at("card.title");
		await kiosk.press("frame.quit");
		await kiosk.at("blank.title");
		await nothingKept();
	},
	quit_at_the_pin: quits((kiosk) => kiosk.at("pin.title")),
	quit_with_digits: quits((kiosk) => kiosk.at("pin.title"),
	    (kiosk) => kiosk.digits(PIN)),
	quit_at_the_consent: quits(pin, overview),
	quit_at_an_item: quits(pin, overview,
	    (kiosk) => kiosk.press("consent.each")),
	quit_at_the_confirmation: quits(pin, consent),

	async two_kiosks_two_cards(scene) {
		await world.card("p03", "A");
		await world.card("p05", "B");
		const [a, b] = await Promise.all(["kiosk-a", "kiosk-b"].map(
		    (client) => idle(scene, client)));

		await Promise.all([a, b].map((kiosk) =>
		    kiosk.press("idle.begin")));
		await pin(b);
		await pin(a);
		await agree(a);
		await agree(b);
		await Promise.all([
			a.see("outcome.who", { name: NAME.p03 }),
			b.see("outcome.who", { name: NAME.p05 }),
		]);
		await a.bare(NAME.p05);
		await b.bare(NAME.p03);
		assert.equal((await world.last("kiosk-a")).patient.name, NAME.p03);
		assert.equal((await world.last("kiosk-b")).patient.name, NAME.p05);
	},

	/* Tab, Enter, Space, arrows and digits; nothing is pointed at. */
	async keyboard_alone(scene) {
		await world.card("p03");
		const kiosk = await idle(scene);

		await pressByKey(kiosk, "idle.begin");
		await kiosk.at("pin.title");
		await keys(kiosk, "0", "Backspace", ...PIN, "Enter");
		await kiosk.at("consent.title");
		await pressByKey(kiosk, "consent.all");
		await kiosk.at("consent.form.title");
		await kiosk.focus(kiosk.page.getByRole("radio").first());
		await keys(kiosk, "Space", "ArrowDown");
		await pressByKey(kiosk, "consent.check");
		await kiosk.at("confirm.title");
		await pressByKey(kiosk, "confirm.register");
		await kiosk.at("outcome.valid.title");
		await pressByKey(kiosk, "outcome.end");
		await kiosk.at("blank.title");
		assert.equal((await world.last("kiosk-a")).consent.prescription,
		    "paper");
	},

	/* What a patient chose for the page goes with the patient. */
	async in_english_and_back(scene) {
		await world.card("p03");
		const kiosk = await idle(scene);

		await kiosk.press("tools.lang");
		kiosk.lang = "en";
		assert.equal(await kiosk.page.getAttribute("html", "lang"), "en");
		await kiosk.at("idle.title");
		await kiosk.press("idle.begin");
		await pin(kiosk);
		await agree(kiosk);
		await kiosk.at("outcome.valid.title");
		await kiosk.press("outcome.end");
		kiosk.lang = "ja";
		await kiosk.at("blank.title");
		await kiosk.at("idle.title");
		assert.equal(await kiosk.page.getAttribute("html", "lang"), "ja");
	},

	async sound_off_and_on(scene) {
		const kiosk = await idle(scene);

		await kiosk.press("tools.mute");
		await kiosk.press("tools.unmute");
		await kiosk.button("tools.mute").waitFor();
		await kiosk.press("tools.mute");
		await kiosk.page.reload();
		await kiosk.at("idle.title");
		await kiosk.button("tools.unmute").waitFor();
	},

	async slowly(scene) {
		await world.card("p03");
		const kiosk = await idle(scene);

		await kiosk.press("idle.slow");
		await kiosk.press("idle.begin");
		await kiosk.at("pin.title");
		const { slow, deadline } = await world.last("kiosk-a");
		assert.equal(slow, true);
		assert.ok(Date.parse(deadline) - Date.now() > 61_000, deadline);
		await kiosk.press("frame.quit");
		await kiosk.at("idle.title");
		assert.equal(await kiosk.button("idle.slow").getAttribute(
		    "aria-pressed"), "false");
	},

	async nobody_there(scene) {
		await world.card("p03");
		const kiosk = await idle(scene, "kiosk-a", { clock: true });

		await kiosk.press("idle.begin");
		await kiosk.at("pin.title");
		await kiosk.digits(PIN.slice(0, 3));
		await kiosk.page.clock.fastForward(48_000);
		await kiosk.dialog("watch.idle.title");
		await kiosk.press("watch.idle.more");
		await kiosk.page.getByRole("dialog").waitFor({ state: "detached" });
		await kiosk.see("watch.deadline");
		await kiosk.axe("watch.deadline");
		await kiosk.page.clock.fastForward(15_000);
		await kiosk.at("blank.title");
		await nothingKept();
		await kiosk.bare(PIN, NAME.p03);
	},
});
