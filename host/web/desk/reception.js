/* 受付: sends a patient of the register to a kiosk. */
import { get } from "../common/api.js";
import { pick, t } from "../common/text.js";
import { Banner, Button, Choice, Dialog, Field, html, useEffect,
	useLayoutEffect, useState } from "../common/ui.js";
import { Born, Name } from "./name.js";
import { useLoad } from "./load.js";
import { useSend } from "./send.js";
import { Trouble } from "./trouble.js";

/* openapi.yaml, ChartNumber */
const CHART = /^[!-~]{1,32}$/u;
const TYPING_MS = 300;

/* What is asked of the agent for each way of the page. */
const WAYS = {
	pin: { mode: "pin" },
	face: { mode: "face" },
	official: { mode: "face", official: true },
};

/*
 * The patient of a chart number, a moment after it was typed: {patient},
 * {none: true}, {problem}; {} while there is nothing to say.
 */
function usePatient(chart) {
	const [held, setHeld] = useState({ chart: "", answer: {} });

	useEffect(() => {
		let over = false;
		const keep = (answer) => !over && setHeld({ chart, answer });
		const timer = setTimeout(async () => {
			try {
				const found = await get("/patients?chart_number=" +
				    encodeURIComponent(chart));

				keep(found.total === 0 ? { none: true } :
				    { patient: found.patients[0] });
			} catch (problem) {
				keep({ problem });
			}
		}, TYPING_MS);

		if (!CHART.test(chart))
			clearTimeout(timer);
		return () => {
			over = true;
			clearTimeout(timer);
		};
	}, [chart]);
	return held.chart === chart ? held.answer : {};
}

function Found({ answer: { patient, none, problem } }) {
	return html`<div aria-live="polite" class="found">
		${none && html`<p class="wrong">${t("desk.reception.none")}</p>`}
		<${Trouble} problem=${problem} />
		${patient && html`<p class="found-patient">
			<${Name} patient=${patient} />
			<span>${patient.sex && t(`desk.sex.${patient.sex}`)}</span>
			<${Born} date=${patient.birthdate} />
			<span>${t("desk.row.age", { n: patient.age })}</span></p>`}
	</div>`;
}

function kioskRows(clients, readers) {
	return clients.filter((c) => c.role === "kiosk" && !c.home).map((c) => {
		const reader = readers.find((r) => r.client === c.name);

		return [c.name, html`<b>${c.name}</b>${" "}
			<span class="hint">${pick(reader?.label)}</span>`];
	});
}

export function Reception({ readers, onDone, onClose }) {
	const clients = useLoad("/clients");
	const [typed, setTyped] = useState("");
	const [way, setWay] = useState(null);
	const [kiosk, setKiosk] = useState(null);
	const { problem, send } = useSend();
	const chart = typed.normalize("NFKC").trim();
	const answer = usePatient(chart);
	const rows = kioskRows(clients.value?.clients ?? [], readers);
	const at = rows.length === 1 ? rows[0][0] : kiosk;
	/* Before the next key: a scanner types the number at once. */
	useLayoutEffect(() =>
	    document.getElementById("reception-chart").focus(), []);
	const ready = answer.patient !== undefined && way !== null && at !== null;

	async function begin() {
		const visit = await send("/visits", { ...WAYS[way], at,
		    chart_number: answer.patient.chart_number });

		if (visit !== null)
			onDone(visit);
	}

	const foot = html`<${Button} onPress=${onClose}>
		${t("desk.reception.cancel")}<//>
	<${Button} kind="main" off=${!ready} onPress=${begin}>
		${t("desk.reception.begin")}<//>`;

	return html`<${Dialog} class="wide reception" onClose=${onClose}
	    title=${t("desk.reception.title")} actions=${foot}>
		<${Field} id="reception-chart" value=${typed} maxlength="64"
		    label=${t("desk.reception.chart")}
		    onInput=${(event) => setTyped(event.target.value)} />
		<${Found} answer=${answer} />
		<${Choice} name="way" label=${t("desk.reception.way")} value=${way}
		    rows=${Object.keys(WAYS).map((w) =>
			[w, t(`desk.reception.way_${w}`)])} onChange=${setWay} />
		<${Trouble} problem=${clients.problem} />
		${clients.value !== null && rows.length === 0 && html`<${Banner}
		    kind="warn" title=${t("desk.reception.no_kiosk")} />`}
		${rows.length > 0 && html`<${Choice} name="kiosk" rows=${rows}
		    label=${t("desk.reception.kiosk")} value=${at}
		    onChange=${setKiosk} />`}
		<${Trouble} problem=${problem} />
	<//>`;
}
