/*
 * 取込先利用者の指定: whose finding it is, when the name does not say it.  A
 * person decides, with a reason; the same data are known from then on.
 */
import { t } from "../common/text.js";
import { Button, Dialog, Field, html, useState } from "../common/ui.js";
import { useLoad } from "./load.js";
import { Comparison, obstacle } from "./match.js";
import { Search } from "./search.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";

const personOf = ({ row }) => ({ name: row.name, kana: row.kana,
	sex: row.sex, birthdate: row.birthdate });

function Body({ desk, finding, onDone }) {
	const person = personOf(finding);
	const [chosen, setChosen] = useState(null);
	const [reason, setReason] = useState("");
	const { problem, send } = useSend();
	const missing = obstacle(chosen, person, desk.staff) ??
	    (reason.trim() === "" ? "desk.imports.need_reason" : null);

	async function decide() {
		const answer = await send(`/findings/${finding.row.id}/patient`, {
			chart_number: chosen.chart_number,
			staff: desk.staff.trim(), reason: reason.trim() });

		if (answer !== null)
			onDone(chosen.chart_number);
	}

	return html`<${Trouble} problem=${problem} />
	<div class="match-panes">
		<${Comparison} patient=${chosen} person=${person} source="list" />
		<${Search} first=${person} given=${finding.candidates}
		    chosen=${chosen} onChoose=${setChosen} /></div>
	<div class="conditions"><${Staff} desk=${desk} />
		<${Field} id="reason" maxlength="200" value=${reason}
		    label=${t("desk.assign.reason")}
		    onInput=${(event) => setReason(event.target.value)} /></div>
	<p class="hint" role="status">${missing !== null && t(missing)}</p>
	<div class="ask-actions">
		<${Button} onPress=${desk.close}>${t("desk.match.cancel")}<//>
		<${Button} onPress=${() => desk.open("compare",
		    { id: finding.row.id, onDone: () => onDone(null) })}>
			${t("desk.assign.new")}<//>
		<${Button} kind="main" off=${missing !== null}
		    onPress=${decide}>${t("desk.match.decide")}<//></div>`;
}

export function Assign({ desk, id, onDone = () => {} }) {
	const load = useLoad(`/findings/${id}`);

	/* Now that it is somebody's, what changes is the next question. */
	function done(chart) {
		onDone();
		if (chart !== null)
			desk.open("compare", { id, chart, onDone });
	}

	return html`<${Dialog} class="wide match" title=${t("desk.assign.title")}
	    onClose=${desk.close}>
		<${Trouble} problem=${load.problem} />
		${load.value === null ? load.problem === null && html`<p>
			${t("desk.loading")}</p>` : html`<${Body} desk=${desk}
		    finding=${load.value} onDone=${done} />`}<//>`;
}
