import { ITEMS } from "../consent.js";
import { html } from "../dom.js";
import { Frame } from "../frame.js";
import { Icon } from "../icon.js";
import { Banner, Button } from "../parts.js";
import { pick, t } from "../text.js";

function Row({ name, yes }) {
	return html`<div class="summary-row">
		<dt>${t(`consent.${name}.title`)}</dt>
		<dd class=${yes ? "yes" : "no"}>
			<${Icon} name=${yes ? "check" : "cross"} />
			${t(yes ? "consent.yes" : "consent.no")}</dd>
	</div>`;
}

/* What was chosen; consent is the schema Consent. */
export function Summary({ consent }) {
	return html`<dl class="summary">
		${ITEMS.map((name) => html`<${Row} key=${name} name=${name}
		    yes=${consent[name]} />`)}
		${consent.prescription !== null && html`<div class="summary-row">
			<dt>${t("consent.prescription.title")}</dt>
			<dd>${t(`consent.${consent.prescription}`)}</dd></div>`}
	</dl>`;
}

export function Confirm({ visit, send, sent, online }) {
	const answer = (confirmed) => send("confirmation", { confirmed });

	return html`<${Frame} name="confirm" step=${2}
	    title=${t("confirm.title")} lead=${t("confirm.lead")}
	    spoken=${t("confirm.spoken")}
	    side=${html`<${Button} off=${!online} onPress=${() => answer(false)}>
		${t("confirm.change")}<//>`}
	    main=${html`<${Button} kind="main" off=${!online}
		onPress=${() => answer(true)}>${t("confirm.register")}<//>`}>
		${sent && html`<${Banner} kind="bad" title=${pick(sent.text)}>
			<p>${pick(sent.next)}</p><//>`}
		<${Summary} consent=${visit.consent} />
	<//>`;
}
