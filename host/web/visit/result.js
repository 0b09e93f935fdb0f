import { isOpen, longDate } from "../common/date.js";
import { Frame } from "../common/frame.js";
import { Summary } from "../common/screens/confirm.js";
import { Banner, Button, html, useMemo } from "../common/ui.js";
import { pick, t } from "../common/text.js";
import { until, useCountdown } from "../common/time.js";

const ending = (value) => isOpen(value) ? t("visit.result.open") :
    longDate(value);
/* oqs-files.md 5: percent in three digits, 010 is 1割 */
const ratio = (value) => /^0[0-9]0$/.test(value) ?
    t("visit.result.ratio", { n: Number(value) / 10 }) : value;

/* features.md MAP-08, in its order: official name, how it is written */
const FIELDS = [
	["InsurerNumber"], ["InsurerName"], ["InsuredCardSymbol"],
	["InsuredIdentificationNumber"], ["InsuredBranchNumber"], ["NameKana"],
	["Name"], ["Sex1"], ["InsuredCardClassification"],
	["InsuredCardValidDate", longDate], ["InsuredCardExpirationDate", ending],
	["QualificationDate", longDate],
	["InsuredPartialContributionRatio", ratio],
	["PersonalFamilyClassification"], ["InsuredName"], ["Remarks1"],
];

function Row({ label, value }) {
	return html`<div class="summary-row"><dt>${label}</dt><dd>${value}</dd>
	</div>`;
}

/* Came, and is not shown without consent (DEN-18). */
const withheld = (record, name) => record.withheld?.includes(name);

/* A record of the result; a code is shown by its text. */
function Insurance({ record }) {
	const number = record.ReferenceNumber ?? "";

	return html`<section><h2>${t("visit.result.insurance")}</h2>
		<dl class="summary result">
			<${Row} label=${t("visit.result.number")}
			    value=${number || t("visit.result.none")} />
			${FIELDS.filter(([name]) => withheld(record, name)).map(
			    ([name]) => html`<${Row} key=${name}
				label=${t(`visit.result.${name}`)}
				value=${t("visit.result.withheld")} />`)}
			${FIELDS.filter(([name]) => record[name]?.trim()).map(
			    ([name, write = (value) => value]) => html`<${Row}
				key=${name} label=${t(`visit.result.${name}`)}
				value=${record.texts?.[name] ??
				    write(record[name].trim())} />`)}
		</dl></section>`;
}

const KINDS = { valid: "good", error: "bad" };

/* 同意登録結果; forgotten when it is closed or its time is up. */
export function Result({ visit, send, onEnd }) {
	const end = useMemo(() => until(visit.deadline), [visit.deadline]);
	const left = useCountdown(end, close);

	function close() {
		send("closing");
		onEnd();
	}

	return html`<${Frame} name="result" kind="result" step=${3} quit=${false}
	    title=${t("visit.result.title")}
	    main=${html`<${Button} kind="main" onPress=${close}>
		${t("visit.result.close")}<//>`}>
		<${Banner} kind=${KINDS[visit.status.word] ?? "warn"}
		    title=${pick(visit.status.label)}>
			${pick(visit.status.advice) &&
			    html`<p>${pick(visit.status.advice)}</p>`}<//>
		${(visit.result?.records ?? []).map((record, i) =>
		    html`<${Insurance} key=${i} record=${record} />`)}
		<section><h2>${t("visit.result.consent")}</h2>
			<${Summary} consent=${visit.consent} /></section>
		${left !== null && html`<p class="small" aria-hidden="true">
			${t("visit.result.left", { left })}</p>`}
	<//>`;
}

function Parting({ name, icon, onEnd }) {
	return html`<${Frame} name=${name} kind="calm" step=${2} quit=${false}
	    sign=${icon} title=${t(`visit.${name}.title`)}
	    main=${html`<${Button} kind="main" onPress=${onEnd}>
		${t("visit.result.close")}<//>`}>
		<p class="lead">${t(`visit.${name}.lead`)}</p>
	<//>`;
}

export const Later = (props) => html`<${Parting} name="later" icon="wait"
    ...${props} />`;
export const Desk = (props) => html`<${Parting} name="desk" icon="info"
    ...${props} />`;
