/*
 * 受付票: a scanner types the code of a paper slip and ends it with Enter.
 * The field is empty at once and ready for the next one, however long the
 * answer takes; what became of each is said.
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
const SHOWN = 5;

/* The outcomes {n, visit, again} or {n, problem} with one more, newest first.
 * Of a slip that was scanned again only the newest is left. */
const withOne = (all, one) => [one, ...all.filter(({ visit }) =>
	!visit || visit.id !== one.visit?.id)].slice(0, SHOWN);

/* Files what was scanned, one after the other. */
function useFiling() {
	const [outcomes, setOutcomes] = useState([]);
	const [left, setLeft] = useState(0);
	const { send } = useSend();
	const waiting = useRef([]), count = useRef(0);

	async function next() {
		const one = { n: ++count.current, visit: null, again: false,
			problem: null };

		one.visit = await send("/slips", { text: waiting.current[0] },
		    (status) => { one.again = status !== CREATED; },
		    (problem) => { one.problem = problem; });
		waiting.current.shift();
		setLeft(waiting.current.length);
		setOutcomes((all) => withOne(all, one));
	}

	async function file(text) {
		setLeft(waiting.current.push(text));
		if (waiting.current.length === 1)
			while (waiting.current.length > 0)
				await next();
	}

	return { outcomes, left, file };
}

/* What became of one; it may have its patient by now. */
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
	const { outcomes, left, file } = useFiling();
	const form = useRef(null);
	const ready = text.trim() !== "";

	useEffect(() => form.current.querySelector("input").focus(), []);

	/* The button is not busy meanwhile: the next scan may come. */
	function take() {
		file(text.normalize("NFKC").trim());
		setText("");
		form.current.querySelector("input").focus();
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
			    onPress=${take}>${t("desk.slip.file")}<//>
		</form>
		<p role="status">${left > 0 && t("desk.slip.left",
		    { n: left })}</p>
		${outcomes.map(({ n, visit, again, problem }) => visit === null ?
		    html`<${Trouble} key=${n} problem=${problem} />` :
		    html`<${Filed} key=${n} visit=${visit} again=${again}
			onMatch=${onMatch} />`)}
	<//>`;
}
