/*
 * A patient by hand: changed, or new.  新患(カードなし), 保険証で資格確認 (features.md
 * DEN-17): what the question needs is said to be missing before anything goes
 * out; then the patient is saved and asked about.  Check digits that do not
 * agree are shown afterwards and refuse nothing.
 */
import { get } from "../common/api.js";
import { t } from "../common/text.js";
import { Button, Dialog, Field, html, useEffect, useRef, useState }
	from "../common/ui.js";
import { LimitConsent } from "./checks_ask.js";
import { queryText } from "./paged.js";
import { MAX, NAMES, NEEDED, SEXES, bodyOf, patientOf }
	from "./patient_fields.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";
import { typedDate } from "./typed.js";

const firstOf = (patient, chart) => ({
	...Object.fromEntries(NAMES.map((name) => [name,
	    patient?.[name] ?? ""])),
	chart: patient?.chart_number ?? chart,
	birthdate: patient === null ? "" : typedDate(patient.birthdate),
	sex: patient === null ? "" : patient.sex ?? "unknown" });

/* Saving it would change another patient. */
async function isTaken(chart) {
	const found = await get(`/patients?${queryText({
	    chart_number: chart })}`);

	return found.patients.some((p) => p.chart_number === chart);
}

export function PatientEdit({ desk, chart = "", patient = null,
	check = false, onDone = () => {}, onBack = desk.close }) {
	const fresh = patient === null;
	const [fields, setFields] = useState(firstOf(patient, chart));
	const [bare, setBare] = useState(false);
	const [limit, setLimit] = useState("unknown");
	const [wrong, setWrong] = useState({});
	const [failed, setFailed] = useState(null);
	const form = useRef(null);
	/* What this dialog saved as new, and must not be asked again. */
	const mine = useRef(null);
	const { problem, send } = useSend();

	/* To the first field that is not so. */
	useEffect(() => {
		form.current.querySelector("[aria-invalid]")?.focus();
	}, [wrong]);

	async function save() {
		const staff = desk.staff.trim();
		const { values, wrong: bad = {} } = patientOf(fields,
		    { check, fresh, bare });

		if (staff === "")
			bad.staff = "missing";
		setWrong(bad);
		setFailed(null);
		if (Object.keys(bad).length > 0)
			return;
		try {
			if (fresh && mine.current !== values.chart &&
			    await isTaken(values.chart)) {
				setWrong({ chart: "taken" });
				return;
			}
		} catch (error) {
			setFailed(error);
			return;
		}
		const saved = await send("/patient", { ...bodyOf(values,
		    patient), staff });

		if (saved !== null)
			mine.current = values.chart;
		if (saved === null || (check && await send("/jobs", {
		    category: "check", charts: [values.chart], staff,
		    ...(limit === "yes" ? { limit_consent: true } : {}) }) ===
		    null))
			return;
		onDone();
		desk.open("patient", { chart: values.chart,
		    warnings: saved.warnings, said: t(check ?
			"desk.checks.asked_one" : "desk.patient.saved") });
	}

	const title = check ? "desk.patient.check" : fresh ?
	    "desk.patient.new" : "desk.patient.edit";
	const field = (name) => html`<${Field} key=${name}
	    id=${`edit-${name}`} maxlength=${MAX[name] ?? 100}
	    label=${check && NEEDED.includes(name) ? t("desk.patient.needed",
		{ field: t(`desk.patient.${name}`) }) :
		t(`desk.patient.${name}`)}
	    readonly=${name === "chart" && !fresh} value=${fields[name]}
	    wrong=${wrong[name] ? t(`desk.patient.wrong_${wrong[name]}`) :
		null}
	    onInput=${(event) => setFields({ ...fields,
		[name]: event.target.value })} />`;

	return html`<${Dialog} class="wide" title=${t(title)} onClose=${onBack}
	    actions=${html`<${Button} onPress=${onBack}>
		${t("desk.match.cancel")}<//>
	    <${Button} kind="main" onPress=${save}>${t(check ?
		"desk.patient.check_go" : "desk.patient.save")}<//>`}>
		${check && html`<p class="hint">
			${t("desk.patient.check_text")}</p>`}
		<form class="conditions patient-fields" ref=${form}
		    autocomplete="off"
		    onSubmit=${(event) => event.preventDefault()}>
			${NAMES.map(field)}</form>
		<fieldset class="choices"><legend>${t("desk.patient.sex")}
			</legend>${SEXES.map((sex) => html`<label key=${sex}>
			<input type="radio" name="sex"
			    checked=${sex === fields.sex}
			    onChange=${() => setFields({ ...fields, sex })} />
			${sex === "unknown" ? t("desk.patient.sex_unknown") :
			    t(`desk.sex.${sex}`)}</label>`)}</fieldset>
		${check && html`<label class="tick-line"><input type="checkbox"
		    checked=${bare} onChange=${() => setBare(!bare)} />
			${t("desk.patient.bare")}</label>
		<${LimitConsent} value=${limit} onChange=${setLimit} />`}
		<p role="status" class="wrong">${Object.keys(wrong).length > 0 &&
		    t("desk.patient.wrong")}</p>
		<${Staff} desk=${desk} wrong=${wrong.staff !== undefined} />
		<${Trouble} problem=${problem ?? failed} /><//>`;
}
