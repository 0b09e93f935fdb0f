import { t } from "../common/text.js";
import { Button, html } from "../common/ui.js";
import { KeyButton } from "./keys.js";
import { lateRefusals, openRequests } from "./side.js";

/* Buttons at the foot: what waits, and what few people need. */
export function Tools({ site, may, wide, onOpen }) {
	const results = site.results.value?.total ?? 0;
	const readers = site.health.value?.readers ?? [];
	const requests = openRequests(site.requests.value).length;
	const bad = readers.filter((r) => r.error !== null).length;
	const refused = lateRefusals(site.refused.value,
	    Date.now() + site.skew).length;

	return html`${may.side && !wide && html`<${KeyButton} name="F10"
	    class=${results > 0 || bad > 0 || refused > 0 ? "wanting" : ""}
	    onPress=${() => { onOpen("side"); }}>
		${t(bad > 0 ? "desk.side.open_bad" : "desk.side.open",
		    { results, requests, bad })}
		${refused > 0 && t("desk.side.open_refused",
		    { n: refused })}<//>`}
	${may.slips && html`<${Button} onPress=${() => { onOpen("slip"); }}>
		${t("desk.slip.open")}<//>`}
	${may.homes && html`<${Button}
	    onPress=${() => { onOpen("enrolment"); }}>
		${t("desk.enrolment.open")}<//>`}
	${may.devices && html`<${Button}
	    onPress=${() => { onOpen("devices"); }}>
		${t("desk.devices.open")}<//>`}
	${may.manage && html`<${Button}
	    onPress=${() => { onOpen("passcodes"); }}>
		${t("desk.passcode.open")}<//>
	<${Button} onPress=${() => { onOpen("clients"); }}>
		${t("desk.client.open")}<//>`}`;
}
