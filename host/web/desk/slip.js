/*
 * 受付票: a scanner types the code of a paper slip and ends it with Enter.
 * The field is empty again and ready for the next one.
 */
import { clock, longDate } from "../common/date.js";
import { t } from "../common/text.js";
import { Banner, Button, Dialog, Field, html, useEffect, useRef, useState }
	from "../common/ui.js";
import { dayOf } from "./day.js";
import { personOfIdentity } from "./person.js";
import { useSend } from "./send.js";
import { Trouble } from "./trouble.js";

/* openapi.yaml, POST /slips */
const TEXT_MAX = 2464;
const CREATED = 201;

/* What became of the last one; it may have its patient by now. */
function Filed({ visit, again, onMatch }) {
	const { name } = personOfIdentity(visit.identity);
	const { at } = visit.filed;

	return html`<${Banner} kind=${again ? "info" : "good"}
	    title=${t(again ? "desk.slip.before" : "desk.slip.filed",
		{ name })}>
		<p>${t(again ? "desk.slip.before_next" : "desk.slip.filed_next", {
			time: `${longDate(dayOf(Date.parse(at)))} ${clock(at)}`,
		})}</p>
		${visit.wants === "patient" && html`<div class="cell-actions">
			<${Button} onPress=${() => { onMatch(visit); }}>
				${t("desk.action.match")}<//></div>`}<//>`;
}

export function Slip({ onMatch, onClose }) {
	const [text, setText] = useState("");
	const [last, setLast] = useState(null);
	const { problem, send } = useSend();
	const form = useRef(null);
	const ready = text.trim() !== "";

	useEffect(() => form.current.querySelector("input").focus(), []);

	async function file() {
		let status;

		setLast(null);
		const visit = await send("/slips",
		    { text: text.normalize("NFKC").trim() },
		    (code) => { status = code; });

		setText("");
		setLast(visit && { visit, again: status !== CREATED });
		form.current?.querySelector("input").focus();
	}

	return html`<${Dialog} title=${t("desk.slip.title")} onClose=${onClose}
	    actions=${html`<${Button} onPress=${onClose}>
		${t("desk.close")}<//>`}>
		<form class="slip" autocomplete="off" ref=${form}
		    onSubmit=${(event) => event.preventDefault()}>
			<${Field} id="slip-text" maxlength=${TEXT_MAX} value=${text}
			    label=${t("desk.slip.text")} hint=${t("desk.slip.how")}
			    onInput=${(event) => setText(event.target.value)} />
			<${Button} type="submit" kind="main" off=${!ready}
			    onPress=${file}>${t("desk.slip.file")}<//>
		</form>
		<${Trouble} problem=${problem} />
		${last !== null && html`<${Filed} visit=${last.visit}
		    again=${last.again} onMatch=${onMatch} />`}
	<//>`;
}
