import { html } from "../dom.js";
import { Frame } from "../frame.js";
import { Banner, Text } from "../parts.js";
import { pick, t } from "../text.js";

/* reader: schema Reader of this client, null while unknown. */
export function Card({ reader, layout }) {
	const bad = reader !== null && (reader.error !== null ||
	    reader.state === "absent" || reader.state === "starting");

	return html`<${Frame} name="card" kind="split" step=${1}
	    title=${t("card.title")} heading=${html`<${Text} name="card.title" />`}
	    lead=${html`<${Text} name=${layout.cardLead} />`}
	    spoken=${t("card.spoken")}>
		${bad && html`<${Banner} kind="warn"
		    title=${pick(reader.error?.text ?? reader.label)}>
			<p>${t(layout.cardReader ?? "card.reader")}</p><//>`}
		<${layout.Card} />
	<//>`;
}
