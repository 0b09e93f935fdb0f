/*
 * /kiosk when things go wrong around it: the agent, the network, the page
 * itself, another page; and what an agent without devices says of them.
 */
import { createServer } from "node:http";
import { assert, ORIGIN, PIN, play, world } from "./stage.mjs";
import { agree, consent, enter, idle, NAME, nothingKept, outcome, pin }
	from "./steps.mjs";

/* A visit that has come as far as these steps; errors are to be expected. */
async function under(scene, ...steps) {
	scene.rough = true;
	await world.card("p03");
	const kiosk = await idle(scene);

	await kiosk.press("idle.begin");
	for (const step of steps)
		await step(kiosk);
	return kiosk;
}

/* The agent ends under this screen, and comes back. */
const ends = (how, ...steps) => async (scene) => {
	const kiosk = await under(scene, ...steps);

	await world[how]();
	if (how === "kill") {
		await kiosk.see("offline.title");
		await kiosk.axe("offline.title");
		await world.restart();
	}
	await kiosk.at("end.lost.title");
	await kiosk.bare(PIN, NAME.p03);
	await nothingKept();
	await kiosk.press("end.again");
	await kiosk.at("pin.title");
};

const offline = (kiosk, on) => kiosk.page.context().setOffline(on);

/* A page of somebody else's, from another port of this machine. */
async function foreign(scene, body) {
	const server = createServer((request, answer) => {
		answer.setHeader("Content-Type", "text/html");
		answer.end(`<!DOCTYPE html><title>x</title>${body}`);
	});

	await new Promise((done) => server.listen(0, "127.0.0.1", done));
	const context = await scene.context({ kind: "desk" });
	const page = await context.newPage();

	await page.goto(`http://127.0.0.1:${server.address().port}/`);
	return { page, end: () => new Promise((done) => {
		server.close(done);
		server.closeAllConnections();
	}) };
}

const visits = async () => (await world.call("desk", "GET", "/visits")).json
	.total;

await play({
	/* [devices] listen is empty: nothing is offered that would be refused. */
	async no_place_for_devices(scene) {
		const page = await scene.open("desk", "desk");

		await page.press("desk.devices.open");
		await page.dialog("desk.devices.title");
		await page.see("desk.devices.closed_next");
		/* Both lines: without an address every invitation is refused. */
		for (const line of ["listen = ", "address = "])
			await page.page.getByText(line).first().waitFor();
		await page.axe("desk.devices.closed");
		assert.equal(await page.button("desk.devices.invite").count(), 0);
	},

	async agent_restarted_while_idle(scene) {
		scene.rough = true;
		const kiosk = await idle(scene);

		await world.restart();
		await world.card("p03");
		await pin(kiosk);
		await kiosk.at("consent.title");
	},
	agent_restarted_at_the_pin: ends("restart",
	    (kiosk) => kiosk.at("pin.title")),
	agent_restarted_at_the_consent: ends("restart", pin,
	    (kiosk) => kiosk.at("consent.title")),
	agent_killed_at_the_pin: ends("kill", (kiosk) => kiosk.at("pin.title"),
	    (kiosk) => kiosk.digits(PIN)),
	agent_killed_at_the_confirmation: ends("kill", pin, consent),

	async network_cut_at_the_pin(scene) {
		const kiosk = await under(scene, (k) => k.at("pin.title"));

		await offline(kiosk, true);
		await kiosk.see("offline.title");
		await kiosk.digits(PIN);
		assert.equal(await kiosk.button("pin.enter").getAttribute(
		    "aria-disabled"), "true");
		assert.equal((await world.count()).verify["0018"] ?? 0, 0);
		await offline(kiosk, false);
		await kiosk.press("pin.enter");
		await kiosk.at("consent.title");
		assert.equal((await world.count()).verify["0018"], 1);
	},

	async network_cut_during_consent(scene) {
		const kiosk = await under(scene, pin,
		    (k) => k.at("consent.title"));

		await offline(kiosk, true);
		await kiosk.see("offline.title");
		await kiosk.press("consent.all");
		await kiosk.at("consent.form.title");
		await kiosk.page.getByText(kiosk.like("consent.paper")).click();
		await offline(kiosk, false);
		await kiosk.press("consent.check");
		await kiosk.at("confirm.title");
		await kiosk.press("confirm.register");
		await outcome(kiosk);
	},

	/* The answer to what was sent is lost; the same is sent once more. */
	async answer_lost(scene) {
		const kiosk = await under(scene, (k) => k.at("pin.title"));
		let lost = 0;

		await kiosk.page.route("**/pin", async (route) => {
			if (lost++ > 0)
				return route.continue();
			await route.fetch();
			return route.abort();
		});
		await enter(kiosk);
		await kiosk.at("consent.title");
		assert.equal(lost, 2);
		assert.equal((await world.count()).verify["0018"], 1);
	},

	async reloaded_in_the_middle(scene) {
		const kiosk = await under(scene, pin,
		    (k) => k.at("consent.title"));

		await kiosk.page.reload();
		await kiosk.at("idle.title");
		await kiosk.bare(PIN, NAME.p03);
		await nothingKept();
	},

	async left_and_come_back(scene) {
		const kiosk = await under(scene, pin, agree,
		    (k) => k.at("outcome.valid.title"));

		await kiosk.page.goto("about:blank");
		await kiosk.page.goBack();
		await kiosk.at("idle.title");
		await kiosk.bare(PIN, NAME.p03);
	},

	async terminal_silent(scene) {
		await world.terminal("--no-answer", ".");
		const kiosk = await under(scene, pin, agree);

		await kiosk.at("outcome.later.title");
		await kiosk.press("outcome.end");
		await kiosk.at("blank.title");
		await kiosk.bare(PIN, NAME.p03);
		assert.equal((await world.last("kiosk-a")).state, "unanswered");
	},

	async terminal_gone(scene) {
		await world.no_terminal();
		const kiosk = await under(scene, pin, agree);

		await kiosk.at("end.other.title");
		await kiosk.press("end.back");
		await kiosk.at("blank.title");
	},

	async cancelled_at_the_desk(scene) {
		const kiosk = await under(scene, pin,
		    (k) => k.at("consent.title"));
		const { id } = await world.last("kiosk-a");

		await world.call("desk", "POST", `/visits/${id}/cancellation`);
		await kiosk.at("end.lost.title");
		await kiosk.press("end.back");
		await kiosk.at("blank.title");
		await kiosk.bare(PIN, NAME.p03);
		await nothingKept();
	},

	async enrolled_by_hand(scene) {
		const code = await world.code("new");
		const kiosk = await scene.open("kiosk", null);

		scene.rough = true;
		scene.secrets.push(code, code.replace("-", ""));
		await kiosk.at("enrol.title");
		const field = kiosk.page.getByLabel(kiosk.like("enrol.code"));
		await field.fill("00000-00000");
		await kiosk.press("enrol.send");
		await kiosk.page.getByRole("alert").waitFor();
		await kiosk.axe("enrol.wrong");
		await field.fill(code.toLowerCase());
		await kiosk.page.keyboard.press("Enter");
		await kiosk.at("idle.title");
		await kiosk.bare(code);
	},

	async enrolled_by_address(scene) {
		const code = await world.code("new");
		const kiosk = await scene.open("kiosk", null,
		    { hash: `#e=${code}` });

		scene.secrets.push(code);
		await kiosk.at("idle.title");
		await kiosk.bare(code);
		assert.equal(new URL(kiosk.page.url()).hash, "");
		/* The token ends where another browser is enrolled. */
		scene.rough = true;
		assert.equal((await world.call(null, "POST", "/tokens",
		    { code: await world.code("new") })).status, 201);
		await kiosk.press("idle.begin");
		await kiosk.at("enrol.title");
	},

	async page_of_another_client(scene) {
		scene.rough = true;
		const kiosk = await scene.open("kiosk", "monitor");

		await kiosk.at("preparing.title");
		await kiosk.press("preparing.forget");
		await kiosk.at("enrol.title");
	},

	async foreign_page_fetches(scene) {
		const { page, end } = await foreign(scene, "");
		const before = await visits();
		const token = await world.token("kiosk-a");
		const tried = await page.evaluate(async ([api, key]) => {
			const body = JSON.stringify({ mode: "pin" });
			const plain = { "Content-Type": "text/plain" };
			const full = { Authorization: `Bearer ${key}`,
				"Idempotency-Key": "0123456789",
				"Content-Type": "application/json" };
			const wish = (path, options) => fetch(api + path, options)
				.then((a) => `${a.type} ${a.status}`, () => "none");

			return [await wish("/health", {}),
			    await wish("/client", { headers: full }),
			    await wish("/visits", { method: "POST", body,
				headers: full }),
			    await wish("/visits", { method: "POST", body,
				headers: plain }),
			    await wish("/visits", { method: "POST", body,
				headers: plain, mode: "no-cors" })];
		}, [`${ORIGIN}/api/v1`, token]);

		assert.deepEqual(tried, Array(5).fill("none"));
		assert.equal(await visits(), before);
		await end();
	},

	async foreign_page_sends_a_form(scene) {
		const { page, end } = await foreign(scene, `<form method="post"
		    enctype="text/plain" action="${ORIGIN}/api/v1/visits"><input
		    name='{"mode":"pin","x":"' value='"}'><button>x</button>
		    </form>`);
		const before = await visits();
		const answer = page.waitForResponse(`${ORIGIN}/api/v1/visits`);

		await page.getByRole("button").click();
		assert.equal((await answer).status(), 403);
		assert.equal(await visits(), before);
		await end();
	},

	async foreign_page_frames(scene) {
		const { page, end } = await foreign(scene,
		    `<iframe src="${ORIGIN}/kiosk"></iframe>`);
		const inside = page.frames()[1];

		assert.equal(await inside.getByRole("heading").count(), 0);
		assert.notEqual(new URL(inside.url()).protocol, "http:");
		await end();
	},
});
