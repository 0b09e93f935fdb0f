import { CardOnReader } from "../common/drawing.js";
import { Frame } from "../common/frame.js";
import { Banner, Button, html, Text, Toggle } from "../common/ui.js";
import { pick, t } from "../common/text.js";

function ReaderNote({ reader }) {
	if (reader?.error)
		return html`<${Banner} kind="warn" title=${pick(reader.error.text)}>
			<p>${t("idle.reader")}</p><//>`;
	return reader?.card && html`<${Banner} kind="info"
	    title=${t("idle.left_card")} />`;
}

/* Nobody is being served. */
export function Idle({ client, reader, slow, setSlow, onBegin, onStaff }) {
	return html`<${Frame} name="idle" kind="split idle" quit=${false}
	    title=${t("idle.title")}
	    heading=${html`<${Text} name="idle.title" />`}
	    lead=${html`<${Text} name="idle.lead" />`} spoken=""
	    side=${client.staff_button && html`<${Button} icon="staff"
		onPress=${onStaff}>${t("idle.staff")}<//>`}
	    main=${html`<${Button} kind="main" onPress=${onBegin}>
		${t("idle.begin")}<//>`}>
		<div class="idle-note"><${ReaderNote} reader=${reader} />
			<${Toggle} on=${slow} icon="slow" onPress=${setSlow}>
				<${Text} name="idle.slow" /><//></div>
		<${CardOnReader} />
	<//>`;
}

/* Everything that was on the screen is gone, visibly. */
export function Blank({ reader }) {
	return html`<main class="blank" id="main">
		<div role="status"><h1>${t("blank.title")}</h1></div>
		${reader?.card && html`<p>${t("blank.card")}</p>`}
	</main>`;
}

/* The agent does not answer, or does not let this page in. */
export function Preparing({ problem, onForget }) {
	const denied = problem !== null && problem.code !== "OFFLINE";

	return html`<main class="blank preparing" id="main">
		<div role="status"><h1>${t("preparing.title")}</h1></div>
		<p>${denied ? pick(problem.text) : t("preparing.lead")}</p>
		${problem?.status === 403 && html`<${Button} onPress=${onForget}>
			${t("preparing.forget")}<//>`}
	</main>`;
}
