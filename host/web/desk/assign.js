/*
 * 取込先利用者の指定: whose finding it is, when the name does not say it.  A
 * person decides, with a reason; the same data are known from then on.
 */
import { t } from "../common/text.js";
import { Button, Dialog, Field, Icon, html, useState } from "../common/ui.js";
import { useLoad } from "./load.js";
import { Comparison, obstacle } from "./match.js";
import { Search } from "./search.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";

const personOf = ({ row }) => ({ name: row.name, kana: row.kana,
	sex: row.sex, birthdate: row.birthdate });

/* Below the candidates: why, who, and what stands in the way. */
function Decide({ desk, finding, chosen, onDone }) {
	const [reason, setReason] = useState("");
	const { problem, send } = useSend();
	const missing = obstacle(chosen, personOf(finding), desk.staff) ??
	    (reason.trim() === "" ? "desk.imports.need_reason" : null);
	const stopped = missing === "desk.match.stop";

	async function decide() {
		const answer = await send(`/findings/${finding.row.id}/patient`, {
			chart_number: chosen.chart_number,
			staff: desk.staff.trim(), reason: reason.trim() });

		if (answer !== null)
			onDone(chosen.chart_number);
	}

	return html`<div class="deciding"><${Trouble} problem=${problem} />
		<p id="assign-missing" role="status" class=${stopped ? "wrong" :
		    "hint"}>${missing !== null && html`
			${stopped && html`<${Icon} name="stop" />`}
			<span>${t(missing)}</span>`}</p>
		<div class="conditions"><${Staff} desk=${desk} />
			<${Field} id="reason" maxlength="200" value=${reason}
			    label=${t("desk.assign.reason")}
			    onInput=${(event) => setReason(event.target.value)} />
			<${Button} onPress=${desk.close}>
				${t("desk.match.cancel")}<//>
			<${Button} onPress=${() => desk.open("compare",
			    { id: finding.row.id, onDone: () => onDone(null) })}>
				${t("desk.assign.new")}<//>
			<${Button} kind="main" off=${missing !== null}
			    aria-describedby=${missing === null ? null :
				"assign-missing"}
			    onPress=${decide}>${t("desk.match.decide")}<//>
		</div></div>`;
}

export function Assign({ desk, id, onDone = () => {} }) {
	const load = useLoad(`/findings/${id}`);
	const [chosen, setChosen] = useState(null);
	const finding = load.value;

	/* Now that it is somebody's, what changes is the next question. */
	function done(chart) {
		onDone();
		if (chart !== null)
			desk.open("compare", { id, chart, onDone });
	}

	return html`<${Dialog} class="wide match" title=${t("desk.assign.title")}
	    onClose=${desk.close} actions=${finding === null ? html`<${Button}
		onPress=${desk.close}>${t("desk.close")}<//>` : html`<${Decide}
		desk=${desk} finding=${finding} chosen=${chosen}
		onDone=${done} />`}>
		<${Trouble} problem=${load.problem}>
			<${Button} onPress=${load.reload}>${t("desk.again")}<//>
		<//>
		${finding === null ? load.problem === null && html`<p>
			${t("desk.loading")}</p>` : html`<div class="match-panes">
			<${Comparison} patient=${chosen} source="list"
			    person=${personOf(finding)} />
			<${Search} first=${personOf(finding)}
			    given=${finding.candidates} chosen=${chosen}
			    onChoose=${setChosen} /></div>`}<//>`;
}
