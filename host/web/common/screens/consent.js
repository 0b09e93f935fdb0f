import { answered, choice, every, FORMS, ITEMS, pages } from "../consent.js";
import { html, useEffect, useRef, useState } from "../dom.js";
import { Frame } from "../frame.js";
import { Banner, Button, Text } from "../parts.js";
import { pick, t } from "../text.js";

const YES_NO = [[true, "consent.yes"], [false, "consent.no"]];
const PRESCRIPTIONS = FORMS.map((form) => [form, `consent.${form}`]);

/* One item: what happens with it, and two equal answers. */
function Item({ name, rows, value, onChange }) {
	return html`<fieldset class="item">
		<legend><${Text} name=${`consent.${name}.title`} /></legend>
		<p class="item-what" id=${`what-${name}`}>
			<${Text} name=${`consent.${name}.what`} /></p>
		<div class="item-answers">${rows.map(([answer, key]) =>
		    html`<label key=${key} class=${value === answer ?
			"answer chosen" : "answer"}>
			<input type="radio" name=${name}
			    checked=${value === answer}
			    aria-describedby=${`what-${name}`}
			    onChange=${() => onChange(answer)} />
			<span>${t(key)}</span></label>`)}</div>
	</fieldset>`;
}

/* words: keys of the two texts */
function All({ words, onChange }) {
	return [true, false].map((yes, i) => html`<${Button} key=${words[i]}
	    onPress=${() => onChange(yes)}>${t(words[i])}<//>`);
}

/* All items at a glance: for a screen that does not scroll. */
function Overview({ words, sent, onAll, onEach }) {
	return html`<${Frame} name="consent-all" kind="overview" step=${1}
	    title=${t("consent.title")} spoken=${t("consent.spoken")}
	    side=${html`<${Button} onPress=${onEach}>${t("consent.each")}<//>`}
	    main=${html`<div class="pair"><${All} words=${words}
		onChange=${onAll} /></div>`}>
		<${Trouble} sent=${sent} />
		<dl class="glance">${ITEMS.map((name) => html`<div key=${name}>
			<dt><${Text} name=${`consent.${name}.title`} /></dt>
			<dd>${t(`consent.${name}.what`)}</dd></div>`)}</dl>
	<//>`;
}

function Trouble({ sent }) {
	return sent && html`<${Banner} kind="bad" title=${pick(sent.text)}>
		<p>${pick(sent.next)}</p><//>`;
}

/*
 * One page of questions.  turn: {names, at, of, full, last} as of usePages;
 * onBack null where there is no page before.
 */
function Questions({ answers, setAnswers, turn, all, sent, online, onBack,
	onNext }) {
	const form = turn.names[0] === "prescription";
	const title = form ? "consent.form.title" : "consent.title";
	const body = useRef(null);

	useEffect(() => body.current.closest("main").scrollTo(0, 0), [turn.at]);
	return html`<${Frame} name=${`consent-${turn.at}`} step=${1}
	    kind=${form ? "consent form" : "consent"} title=${t(title)}
	    heading=${html`<${Text} name=${title} />`}
	    lead=${all && t("consent.lead")}
	    spoken=${t(form ? "consent.form.spoken" : "consent.spoken")}
	    side=${onBack && html`<${Button} icon="left" onPress=${onBack}>
		${t("consent.back")}<//>`}
	    main=${html`<${Button} kind="main" off=${!turn.full || !online}
		onPress=${onNext}>
		${t(turn.last ? "consent.check" : "consent.next")}<//>`}>
		<${Trouble} sent=${sent} />
		${all}
		<div class="items" ref=${body}>${turn.names.map((name) =>
		    html`<${Item} key=${name} name=${name} value=${answers[name]}
			rows=${ITEMS.includes(name) ? YES_NO : PRESCRIPTIONS}
			onChange=${(answer) => setAnswers({ ...answers,
			    [name]: answer })} />`)}</div>
		<p class="page-note" role="status">
			${!form && turn.of > 1 && t("consent.page",
			    { page: turn.at + 1, of: turn.of })}
			${" "}${!turn.full && t("consent.missing")}</p>
	<//>`;
}

/* The page of questions that is shown; -1 is the overview before them. */
function usePages(client, { overview, items }, answers) {
	const list = pages(client, items);
	const [page, setPage] = useState(overview ? -1 : 0);
	const at = Math.min(page, list.length - 1), names = list[at] ?? [];

	return { names, at, of: list.length, go: setPage,
		full: names.every((name) => answered(answers, name)),
		last: at === list.length - 1 };
}

/*
 * layout.items: how many go on a page; overview: whether one comes first;
 * all: texts of "all" and "none".
 */
export function Consent({ client, answers, setAnswers, send, sent, layout,
	online }) {
	const turn = usePages(client, layout, answers);
	const first = layout.overview ? -1 : 0;
	const submit = (given) => send("consent", choice(client, given));

	/* What is left to ask after all items is the form of prescription. */
	function all(yes) {
		const given = every(answers, yes);

		setAnswers(given);
		if (client.electronic_prescription) {
			turn.go(turn.of - 1);
			return undefined;
		}
		return online ? submit(given) : undefined;
	}

	/* On a page that was skipped something may be left to answer. */
	function next() {
		if (turn.last && choice(client, answers) !== null)
			return submit(answers);
		turn.go(turn.last ? 0 : turn.at + 1);
		return undefined;
	}

	if (turn.at < 0)
		return html`<${Overview} words=${layout.all} sent=${sent}
		    onAll=${all} onEach=${() => turn.go(0)} />`;
	return html`<${Questions} answers=${answers} setAnswers=${setAnswers}
	    turn=${turn} sent=${sent} online=${online} onNext=${next}
	    all=${!layout.overview && turn.at === 0 && html`<div class="pair all">
		<${All} words=${layout.all} onChange=${all} /></div>`}
	    onBack=${turn.at > first ? () => turn.go(turn.at - 1) : null} />`;
}
