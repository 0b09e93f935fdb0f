/* /visit: a phone on a home visit, its reader on the bed beside it. */
import { assert, PIN, play, world } from "./stage.mjs";
import { enter, NAME } from "./steps.mjs";

const NUMBER_B = "35060220300123";
const STAFF = "看護01";

let passcode = null;

/* A phone that the nurse has opened. */
async function phone(scene, more = {}, client = "tablet") {
	passcode ??= await world.passcode();
	await world.call(client, "POST", "/client/lock");
	scene.secrets.push(passcode, NUMBER_B);
	const visit = await scene.open("visit", client, more);

	await visit.at("visit.locked.title");
	await unlock(visit);
	await visit.at("visit.home.title");
	return visit;
}

async function unlock(visit, digits = passcode) {
	await visit.page.getByLabel(visit.like("visit.mode.home_visit")).check();
	await visit.page.getByLabel(visit.like("visit.staff")).fill(STAFF);
	await visit.press("visit.next");
	await visit.at("visit.passcode");
	await visit.digits(digits);
	await visit.press("visit.unlock");
}

const way = (visit, name) => visit.page.getByRole("button", {
	name: visit.like(`visit.home.${name}`, {}, false) });

async function agree(visit) {
	await visit.at("consent.title");
	await visit.press("consent.all.items");
	await visit.at("consent.form.title");
	await visit.page.getByText(visit.like("consent.paper")).click();
	await visit.press("consent.check");
	await visit.at("confirm.title");
	await visit.press("confirm.register");
}

async function result(visit) {
	await visit.at("visit.result.title");
	await visit.see("visit.result.insurance");
	await visit.page.getByText(NAME.p03).first().waitFor();
	await visit.press("visit.result.close");
	await visit.at("visit.home.title");
	await visit.bare(PIN, passcode, NUMBER_B, NAME.p03, STAFF, "139980");
}

async function begun(scene, ...card) {
	await world.card(...card);
	const visit = await phone(scene);

	await way(visit, "pin").click();
	return visit;
}

await play({
	async home_by_pin(scene) {
		const visit = await begun(scene, "p03");

		await visit.at("pin.title");
		await visit.see("visit.mode.home_visit");
		await enter(visit);
		await agree(visit);
		await result(visit);
		const kept = await world.last("tablet");
		assert.equal(kept.mode, "home");
		assert.equal(kept.method, "pin");
		assert.equal(kept.purpose, "home_visit");
		assert.equal(kept.state, "done");
	},

	async home_by_sight(scene) {
		await world.card("p03");
		const visit = await phone(scene);

		await way(visit, "visual").click();
		await visit.at("visit.home.visual");
		await visit.page.getByLabel(visit.like("staff.reason.illness"))
			.check();
		await visit.press("visit.next");
		await visit.at("number_b.title");
		await visit.digits(NUMBER_B);
		await visit.press("number_b.enter");
		await visit.at("attest.title");
		await visit.page.getByRole("img", {
			name: visit.like("attest.photo") }).waitFor();
		await visit.axe("attest.photo");
		await visit.press("attest.same");
		await agree(visit);
		await result(visit);
		const kept = await world.last("tablet");
		assert.equal(kept.method, "visual");
		assert.equal(kept.reason, "illness");
		assert.equal((await world.count()).verify["0018"] ?? 0, 0);
	},

	async card_held_to_it_later(scene) {
		const visit = await phone(scene);

		await way(visit, "pin").click();
		await visit.at("card.title");
		await world.card("p03");
		await visit.at("pin.title");
		await visit.press("frame.quit");
		await visit.at("visit.home.title");
		const kept = await world.ended("tablet");
		assert.equal(kept.consent.confirmed_at, null);
	},

	/* The reader is a device that dials the agent, and does not always. */
	async reader_away(scene) {
		await world.device("nurse");
		const visit = await phone(scene, {}, "far");

		await visit.see("visit.away.next");
		await visit.axe("visit.away.title");
		for (const name of ["pin", "visual"])
			assert.equal(await way(visit, name).getAttribute(
			    "aria-disabled"), "true");
		await world.dial("nurse");
		await visit.page.getByText(visit.like("visit.away.title"))
			.waitFor({ state: "detached" });
		await way(visit, "pin").click();
		await visit.at("card.title");
		await world.hang_up("nurse");
		await visit.at("end.device.title");
		await world.dial("nurse");
		await visit.press("end.again");
		await visit.at("card.title");
		await visit.press("frame.quit");
		await visit.at("visit.home.title");
	},

	async wrong_passcode(scene) {
		passcode ??= await world.passcode();
		await world.call("tablet", "POST", "/client/lock");
		scene.rough = true;
		const visit = await scene.open("visit", "tablet");
		const wrong = passcode.replace(/./g, (d) => 9 - d);

		scene.secrets.push(wrong, passcode);
		await unlock(visit, wrong);
		await visit.page.getByRole("alert").waitFor();
		await visit.axe("unlock.wrong");
		await visit.bare(wrong);
		await visit.digits(passcode);
		await visit.press("visit.unlock");
		await visit.at("visit.home.title");
	},

	/* What is under way goes on where it was. */
	async reloaded_in_the_middle(scene) {
		const visit = await begun(scene, "p03");

		await visit.at("pin.title");
		await enter(visit);
		await visit.at("consent.title");
		await visit.page.reload();
		await agree(visit);
		await result(visit);
	},

	async no_radio(scene) {
		scene.rough = true;
		const visit = await begun(scene, "p03");
		const context = visit.page.context();

		await visit.at("pin.title");
		await context.setOffline(true);
		await visit.see("visit.offline.title");
		await visit.axe("visit.offline");
		await visit.digits(PIN);
		assert.equal(await visit.button("pin.enter").getAttribute(
		    "aria-disabled"), "true");
		await context.setOffline(false);
		await visit.press("pin.enter");
		await visit.at("consent.title");
	},

	/* The lock is the agent's, and goes with it. */
	async agent_restarted(scene) {
		scene.rough = true;
		const visit = await begun(scene, "p03");

		await visit.at("pin.title");
		await visit.digits(PIN);
		await world.restart();
		await visit.at("visit.locked.title");
		await visit.bare(PIN, passcode);
		await unlock(visit);
	},

	async pulled_then_again(scene) {
		const visit = await begun(scene, "p03");

		await visit.at("pin.title");
		await world.pull();
		await visit.at("end.away.title");
		await world.insert();
		await visit.press("end.again");
		await visit.at("pin.title");
	},

	async locked_by_hand(scene) {
		const visit = await phone(scene);

		await visit.press("visit.settings");
		await visit.dialog("visit.settings");
		await visit.press("visit.settings.dark");
		await visit.axe("visit.dark");
		await visit.press("visit.lock");
		await visit.at("visit.locked.title");
		await world.locked("tablet");
	},

	async left_lying(scene) {
		const visit = await phone(scene, { clock: true });

		await visit.page.clock.fastForward(166_000);
		await visit.dialog("watch.idle.title");
		await visit.page.clock.fastForward(16_000);
		await visit.at("visit.locked.title");
		await visit.see("visit.locked.blanked");
		await visit.bare(passcode, STAFF);
	},

	async keyboard_alone(scene) {
		await world.card("p03");
		const visit = await phone(scene);
		const { keyboard } = visit.page;
		const press = async (key) => {
			await visit.focus(visit.button(key));
			await keyboard.press("Enter");
		};

		await visit.focus(way(visit, "pin"));
		await keyboard.press("Enter");
		await visit.at("pin.title");
		await keyboard.type(PIN);
		await keyboard.press("Enter");
		await visit.at("consent.title");
		await press("consent.all.items");
		await visit.at("consent.form.title");
		await visit.focus(visit.page.getByRole("radio").first());
		await keyboard.press("Space");
		await press("consent.check");
		await visit.at("confirm.title");
		await press("confirm.register");
		await visit.at("visit.result.title");
		await press("visit.result.close");
		await visit.at("visit.home.title");
	},

	async in_english(scene) {
		await world.card("p03");
		const visit = await phone(scene);

		await visit.press("visit.settings");
		await visit.press("tools.lang");
		visit.lang = "en";
		await visit.press("visit.settings.close");
		await visit.at("visit.home.title");
		await way(visit, "pin").click();
		await visit.at("pin.title");
		await enter(visit);
		await agree(visit);
		await visit.at("visit.result.title");
	},
});
