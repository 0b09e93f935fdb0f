/*
 * オンライン資格確認システムからの保険資格情報の取り込み: what the register has
 * beside what came, field by field (features.md DEN-13 to DEN-16).  What is
 * taken over, and whether it may be, the agent decides; the page shows what it
 * suggests.
 */
import { pick, t } from "../common/text.js";
import { Banner, Button, Dialog, Field, Icon, Toggle, html, useState }
	from "../common/ui.js";
import { readDate } from "./birthdate.js";
import { isAidAlone } from "./compare_side.js";
import { useLoad } from "./load.js";
import { queryText } from "./paged.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";
import { typedDate } from "./typed.js";

const mayTick = (field) => field.may_overwrite && field.state !== "same";

/* What is taken over field by field. */
const mainOf = (c) => isAidAlone(c) ? c.aid : c.insurance;

/* state: icon of what is no sameness */
const ICONS = { differs: "info", new: "plus", missing: "minus" };
/* What people decide with; the suggestion comes first, whatever it is. */
const ACTIONS = {
	renew: () => true,
	overwrite: (c) => mainOf(c).fields.some(mayTick),
	confirm: () => true,
	reference: (c) => c.reference.state === "new",
};
const actionsOf = (c) => c.patient === null ? ["new_patient"] :
    Object.keys(ACTIONS).filter((word) => ACTIONS[word](c) ||
	word === c.suggestion.action);

function State({ field }) {
	if (field.state === "same")
		return html`<span class="aside">${pick(field.state_label)}</span>`;
	return html`<span class="mark ${field.state}"><${Icon}
	    name=${ICONS[field.state]} />${pick(field.state_label)}</span>`;
}

/* What it means, and how it is written on hover. */
const said = (value, text) => value === "" ?
    html`<span class="nothing">—</span>` : text === null ? value :
    html`<span title=${value}>${pick(text)}</span>`;

/* A difference is a band and a word; 全表示 shows what is equal as well. */
function Fields({ side, all, ticked, onTick }) {
	const rows = side.fields.filter((f) => all || f.state !== "same");

	if (rows.length === 0)
		return html`<p class="hint">${t("desk.compare.nothing")}</p>`;
	return html`<table class="comparison">
		<caption>${t("desk.compare.caption")}</caption>
		<thead><tr>
			${ticked !== null && html`<th scope="col" class="tick">
				${t("desk.compare.take")}</th>`}
			<th scope="col">${t("desk.match.field")}</th>
			<th scope="col">${t("desk.match.ours")}</th>
			<th scope="col">${t("desk.compare.theirs")}</th></tr>
		</thead><tbody>${rows.map((f) => html`<tr key=${f.field}
		    class=${f.state === "same" ? "" : "changed"}>
			${ticked !== null && html`<td class="tick">
				${mayTick(f) && html`<input type="checkbox"
				    checked=${ticked.has(f.field)}
				    aria-label=${t("desk.compare.take_field",
					{ field: pick(f.label) })}
				    onChange=${() => onTick(f.field)} />`}</td>`}
			<th scope="row">${pick(f.label)}${" "}
				<${State} field=${f} /></th>
			<td>${said(f.left, f.left_text)}</td>
			<td>${said(f.right, f.right_text)}</td>
		</tr>`)}</tbody></table>`;
}

/* What is not taken over, and what nobody can take over. */
function Notes({ comparison }) {
	const { manual, display, reference } = comparison;

	return html`${reference.state === "differs" && html`<${Banner} kind="bad"
	    title=${t("desk.compare.reference_differs")}>
		<p>${t("desk.compare.reference_next", { ours: reference.ours,
		    theirs: reference.theirs })}</p><//>`}
	${manual.length > 0 && html`<${Banner} kind="warn"
	    title=${t("desk.compare.manual")}><ul>${manual.map((m, i) =>
		html`<li key=${i}>${pick(m)}</li>`)}</ul><//>`}
	${display.filter((d) => pick(d) !== "").map((d, i) => html`<p key=${i}
	    class="why"><${Icon} name="info" />${pick(d)}</p>`)}`;
}

/* A set with one more or one less. */
export function flipped(set, one) {
	const next = new Set(set);

	if (!next.delete(one))
		next.add(one);
	return next;
}

/* The body of POST /imports; {wrong: field} where something is missing. */
export function importOf(comparison, { action, chart, switchOn, ticked,
	staff }) {
	const body = { findings: [comparison.finding], action,
	    staff: staff.trim() };
	const day = readDate(switchOn);

	if (action === null)
		return { wrong: "action" };

	if (action === "new_patient" || comparison.chart_number !== null)
		body.chart_number = action === "new_patient" ?
		    chart.normalize("NFKC").trim() : comparison.chart_number;
	if (action === "new_patient" && body.chart_number === "")
		return { wrong: "chart" };
	if (action === "renew" && (day === null || day === ""))
		return { wrong: "switch" };
	if (action === "renew")
		body.switch_on = day;
	if (action === "overwrite" && ticked.size === 0)
		return { wrong: "fields" };
	if (action === "overwrite")
		body.fields = [...ticked];
	return body.staff === "" ? { wrong: "staff" } : { body };
}

/*
 * What a person has decided so far.  It stays while the same comparison is
 * read again, after a lost network.
 *
 *	put(change)	action, chart, switchOn, ticked, wrong
 */
function useDecision(comparison) {
	const [held, setHeld] = useState({ of: null });
	const of = comparison && `${comparison.finding} ${
	    comparison.chart_number}`;
	const fresh = { of, wrong: null, chart: "",
		action: comparison?.suggestion.action ??
		    (comparison?.patient === null ? "new_patient" : null),
		switchOn: comparison?.switch_on ?
		    typedDate(comparison.switch_on) : "",
		ticked: new Set() };
	const mine = held.of === of ? held : fresh;

	return { ...mine, put: (change) => setHeld({ ...mine, ...change }) };
}

function Choice({ comparison, decision }) {
	const { suggestion } = comparison;

	return html`<fieldset class="choices"><legend class="aside">
			${t("desk.compare.what")}</legend>
		${actionsOf(comparison).map((word) => html`<label key=${word}>
			<input type="radio" name="action"
			    checked=${word === decision.action}
			    onChange=${() => decision.put({ action: word,
				wrong: null })} />
			${t(`desk.compare.${word}`)}
			${word === suggestion.action && html`<b
			    class="suggested">${t("desk.compare.suggested")}</b>`}
		</label>`)}</fieldset>`;
}

/* Stays in sight below what is compared. */
function Decide({ desk, comparison, decision, onDone }) {
	const { action, wrong } = decision;
	const { suggestion } = comparison;
	const { problem, send } = useSend();

	async function decide() {
		const { body, wrong: field = null } = importOf(comparison,
		    { ...decision, staff: desk.staff });

		decision.put({ wrong: field });
		if (field !== null)
			return;
		const batch = await send("/imports", body);

		if (batch !== null)
			onDone(batch);
	}

	const input = (name, id) => html`<${Field} id=${id} maxlength="32"
	    label=${t(`desk.compare.${name}`)} value=${decision[id]}
	    wrong=${wrong === name ? t(`desk.compare.wrong_${name}`) : null}
	    onInput=${(event) => decision.put({ [id]:
		event.target.value })} />`;
	const missing = wrong === "fields" || wrong === "action";

	return html`<div class="deciding">
		<${Trouble} problem=${problem} />
		<p class="hint">${pick(suggestion.label)}　${
			pick(suggestion.why)}</p>
		<${Choice} comparison=${comparison} decision=${decision} />
		<div class="conditions">
			${action === "renew" && input("switch", "switchOn")}
			${action === "new_patient" && input("chart", "chart")}
			<${Staff} desk=${desk} wrong=${wrong === "staff"} />
			<p class="wrong" role="status">${missing &&
				t(`desk.compare.wrong_${wrong}`)}</p>
			<${Button} onPress=${desk.close}>
				${t("desk.match.cancel")}<//>
			<${Button} kind="main" off=${action === null}
			    onPress=${decide}>
				${t(`desk.compare.go_${action ?? "none"}`)}<//>
		</div></div>`;
}

/* 全表示, and 保/公 where there is aid beside the insurance. */
function Shown({ all, onAll, aid, onAid, both }) {
	return html`<div class="shown"><${Toggle} on=${all} icon="check"
	    onPress=${onAll}>${t("desk.compare.all")}<//>
	${both && html`<div class="filters" role="group"
	    aria-label=${t("desk.compare.shown")}>
		${[false, true].map((of) => html`<${Button} key=${of}
		    class="filter ${of === aid ? "now" : ""}"
		    aria-pressed=${of === aid ? "true" : "false"}
		    onPress=${() => onAid(of)}>
			${t(of ? "desk.compare.aid" : "desk.compare.insurance")}
		<//>`)}</div>`}</div>`;
}

function Whom({ comparison }) {
	const { patient, chart_number: chart, reference } = comparison;

	return html`<p class="result-person"><span class="name">
		${patient?.name ?? t("desk.compare.nobody")}</span>
		<span>${t("desk.result.chart", { n: chart ?? "—" })}</span>
		<span>${t("desk.result.reference", { n: reference.ours ??
			t("desk.result.unregistered") })}</span></p>`;
}

/* id: the finding; chart: the patient, null: whom it is linked to. */
export function Compare({ desk, id, chart = null, onDone = () => {} }) {
	const [all, setAll] = useState(false);
	const [shown, setAid] = useState(null);
	const load = useLoad(`/findings/${id}/comparison?${queryText({
	    chart_number: chart })}`);
	const c = load.value;
	const decision = useDecision(c);
	const aid = shown ?? (c !== null && isAidAlone(c));
	const side = aid ? c?.aid : c?.insurance;
	const ticked = decision.action === "overwrite" && c !== null &&
	    side === mainOf(c) ? decision.ticked : null;

	function done(batch) {
		onDone(batch);
		desk.open("report", { batch });
	}

	return html`<${Dialog} class="wide" title=${t("desk.compare.title")}
	    onClose=${desk.close} actions=${c === null ? html`<${Button}
		onPress=${desk.close}>${t("desk.close")}<//>` : html`<${Decide}
		desk=${desk} comparison=${c} decision=${decision}
		onDone=${done} />`}>
		<${Trouble} problem=${load.problem}>
			<${Button} onPress=${load.reload}>${t("desk.again")}<//>
		<//>
		${c === null ? load.problem === null && html`<p>
			${t("desk.loading")}</p>` : html`
		<div class="compare-head"><${Whom} comparison=${c} />
			<${Shown} all=${all} onAll=${setAll} aid=${aid}
			    onAid=${setAid} both=${c.aid !== null} /></div>
		<${Notes} comparison=${c} />
		<${Fields} side=${side} all=${all} ticked=${ticked}
		    onTick=${(field) => decision.put({ wrong: null,
			ticked: flipped(decision.ticked, field) })} />`}<//>`;
}
