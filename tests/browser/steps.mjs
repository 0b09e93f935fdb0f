/* What a patient does at a page of the flow, step by step. */
import { assert, PIN, world } from "./stage.mjs";

/* As the official system shows them. */
export const NAME = { p03: "資格　一郎", p05: "資格　五郎" };

export async function idle(scene, client = "kiosk-a", more = {}) {
	const kiosk = await scene.open("kiosk", client, more);

	await kiosk.at("idle.title");
	return kiosk;
}

export async function enter(page, digits = PIN) {
	await page.digits(digits);
	await page.press("pin.enter");
}

export async function pin(page, digits = PIN) {
	await page.at("pin.title");
	await enter(page, digits);
}

export async function consent(page, all = "consent.all") {
	await page.at("consent.title");
	await page.press(all);
	await page.at("consent.form.title");
	await page.page.getByText(page.like("consent.paper")).click();
	await page.press("consent.check");
	await page.at("confirm.title");
}

export async function agree(page, all) {
	await consent(page, all);
	await page.press("confirm.register");
}

export async function outcome(kiosk, name = NAME.p03) {
	await kiosk.at("outcome.valid.title");
	await kiosk.see("outcome.who", { name });
	await kiosk.press("outcome.end");
	await kiosk.at("blank.title");
}

/* The visit ended before anything was confirmed, and nothing was asked. */
export async function nothingKept(client = "kiosk-a") {
	const visit = await world.ended(client);

	assert.equal(visit.state, "cancelled");
	assert.equal(visit.consent.confirmed_at, null);
	assert.equal(visit.patient, null);
	assert.equal(visit.result, null);
}
