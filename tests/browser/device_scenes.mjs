/* /kiosk, but the PIN is entered at the reader's own device. */
import { assert, PIN, play, world } from "./stage.mjs";
import { agree, idle, NAME, nothingKept, outcome } from "./steps.mjs";

const WRONG = "4091";

async function begun(scene, more) {
	await world.card("p03");
	const kiosk = await idle(scene, "bedside", more);

	await kiosk.press("idle.begin");
	await kiosk.at("pin_at_device.title");
	return kiosk;
}

const verifies = async () => (await world.count()).verify["0018"] ?? 0;

await play({
	async whole_visit(scene) {
		const kiosk = await begun(scene);

		await kiosk.see("pin_at_device.lead");
		assert.equal(await kiosk.button("pin.enter").count(), 0);
		assert.equal(await kiosk.page.getByRole("button",
		    { name: "5", exact: true }).count(), 0);
		await world.at_device(PIN);
		await agree(kiosk);
		await outcome(kiosk);
		assert.equal(await verifies(), 1);
		await kiosk.bare(PIN, NAME.p03);
	},

	async wrong_then_given_up(scene) {
		const kiosk = await begun(scene);

		await world.at_device(WRONG);
		await kiosk.see("pin.left", { tries: 2 });
		await kiosk.axe("two tries left at the device");
		await kiosk.press("frame.quit");
		await kiosk.at("blank.title");
		await nothingKept("bedside");
		assert.equal(await verifies(), 1);
	},
});
