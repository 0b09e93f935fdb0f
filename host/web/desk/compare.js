/*
 * オンライン資格確認システムからの保険資格情報の取り込み: what the register has
 * beside what came, field by field (features.md DEN-13 to DEN-16).  What is
 * taken over, and whether it may be, the agent decides; the page shows what it
 * suggests.
 */
import { longDate } from "../common/date.js";
import { pick, t } from "../common/text.js";
import { Banner, Button, Dialog, Field, Icon, html, useState }
	from "../common/ui.js";
import { readDate } from "./birthdate.js";
import { useLoad } from "./load.js";
import { queryText } from "./paged.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";

/* state: icon of what is no sameness */
const ICONS = { differs: "info", new: "plus", missing: "minus" };
/* What people decide with; the suggestion comes first, whatever it is. */
const ACTIONS = ["renew", "overwrite", "confirm", "reference"];
const NEW = ["new_patient"];

function State({ field }) {
	if (field.state === "same")
		return html`<span class="aside">${pick(field.state_label)}</span>`;
	return html`<span class="mark ${field.state}"><${Icon}
	    name=${ICONS[field.state]} />${pick(field.state_label)}</span>`;
}

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
				${f.may_overwrite && f.state !== "same" &&
				html`<input type="checkbox"
				    checked=${ticked.has(f.field)}
				    aria-label=${t("desk.compare.take_field",
					{ field: pick(f.label) })}
				    onChange=${() => onTick(f.field)} />`}</td>`}
			<th scope="row">${pick(f.label)}${" "}
				<${State} field=${f} /></th>
			<td>${f.left || html`<span class="nothing">—</span>`}</td>
			<td>${f.right || html`<span class="nothing">—</span>`}</td>
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
	${display.map((d, i) => html`<p key=${i} class="why">
		<${Icon} name="info" />${pick(d)}</p>`)}`;
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

function Choice({ comparison, action, onAction }) {
	const { suggestion } = comparison;
	const words = comparison.patient === null ? NEW : ACTIONS;

	return html`<fieldset class="choices"><legend>
			${t("desk.compare.what")}</legend>
		${words.map((word) => html`<label key=${word}>
			<input type="radio" name="action" checked=${word === action}
			    onChange=${() => onAction(word)} />
			${t(`desk.compare.${word}`)}
			${word === suggestion.action && html`<b
			    class="suggested">${t("desk.compare.suggested")}</b>`}
		</label>`)}</fieldset>
	<p class="hint">${pick(suggestion.label)}　${pick(suggestion.why)}</p>`;
}

function Deciding({ desk, comparison, side, all, onDone }) {
	const [action, setAction] = useState(comparison.suggestion.action ??
	    (comparison.patient === null ? "new_patient" : "confirm"));
	const [fields, setFields] = useState({ chart: "",
	    switchOn: longDate(comparison.switch_on ?? "") });
	const [ticked, setTicked] = useState(new Set());
	const [wrong, setWrong] = useState(null);
	const { problem, send } = useSend();

	async function decide() {
		const { body, wrong: field = null } = importOf(comparison,
		    { action, ticked, staff: desk.staff, ...fields });

		setWrong(field);
		if (field !== null)
			return;
		const batch = await send("/imports", body);

		if (batch !== null)
			onDone(batch);
	}

	const input = (name, id) => html`<${Field} id=${id} maxlength="32"
	    label=${t(`desk.compare.${name}`)} value=${fields[id]}
	    wrong=${wrong === name ? t(`desk.compare.wrong_${name}`) : null}
	    onInput=${(event) => setFields({ ...fields,
		[id]: event.target.value })} />`;

	return html`<${Fields} side=${side} all=${all}
	    ticked=${action === "overwrite" ? ticked : null}
	    onTick=${(field) => setTicked(flipped(ticked, field))} />
	<${Choice} comparison=${comparison} action=${action}
	    onAction=${setAction} />
	<div class="conditions">
		${action === "renew" && input("switch", "switchOn")}
		${action === "new_patient" && input("chart", "chart")}
		<${Staff} desk=${desk} wrong=${wrong === "staff"} />
	</div>
	${wrong === "fields" && html`<p class="wrong" role="status">
		${t("desk.compare.wrong_fields")}</p>`}
	<${Trouble} problem=${problem} />
	<div class="ask-actions">
		<${Button} onPress=${desk.close}>${t("desk.match.cancel")}<//>
		<${Button} kind="main" onPress=${decide}>
			${t(`desk.compare.go_${action}`)}<//></div>`;
}

/* id: the finding; chart: the patient, null: whom it is linked to. */
export function Compare({ desk, id, chart = null, onDone = () => {} }) {
	const [all, setAll] = useState(false);
	const [kind, setKind] = useState("insurance");
	const load = useLoad(`/findings/${id}/comparison?${queryText({
	    chart_number: chart, kind })}`);
	const c = load.value;
	const side = c === null ? null : kind === "aid" ? c.aid : c.insurance;

	return html`<${Dialog} class="wide" title=${t("desk.compare.title")}
	    onClose=${desk.close}>
		<${Trouble} problem=${load.problem}>
			<${Button} onPress=${load.reload}>${t("desk.again")}<//>
		<//>
		${c === null ? load.problem === null && html`<p>
			${t("desk.loading")}</p>` : html`
		<p class="result-person"><span class="name">${c.patient?.name ??
			t("desk.compare.nobody")}</span>
			<span>${t("desk.result.chart", { n: c.chart_number ?? "—" })}
			</span><span>${t("desk.result.reference", { n:
			    c.reference.ours ?? t("desk.result.unregistered") })}
			</span></p>
		<div class="filters" role="group"
		    aria-label=${t("desk.compare.shown")}>
			<${Button} class="filter ${all ? "now" : ""}"
			    aria-pressed=${all ? "true" : "false"}
			    onPress=${() => setAll(!all)}>
				${t("desk.compare.all")}<//>
			${c.aid !== null && html`<${Button}
			    class="filter ${kind === "aid" ? "now" : ""}"
			    aria-pressed=${kind === "aid" ? "true" : "false"}
			    onPress=${() => setKind(kind === "aid" ?
				"insurance" : "aid")}>
				${t("desk.compare.aid")}<//>`}</div>
		<${Notes} comparison=${c} />
		<${Deciding} key=${`${c.finding} ${c.chart_number} ${kind}`}
		    desk=${desk} comparison=${c} side=${side} all=${all}
		    onDone=${(batch) => {
			onDone(batch);
			desk.open("report", { batch });
		    }} />`}<//>`;
}
