/*
 * A patient by hand: changed, or new.  新患(カードなし), 保険証で資格確認 (features.md
 * DEN-17): what the question needs is said to be missing before anything goes
 * out; then the patient is saved and asked about.  Check digits that do not
 * agree are shown afterwards and refuse nothing.
 */
import { get } from "../common/api.js";
import { longDate } from "../common/date.js";
import { t } from "../common/text.js";
import { Button, Dialog, Field, html, useEffect, useRef, useState }
	from "../common/ui.js";
import { readDate } from "./birthdate.js";
import { LimitConsent } from "./checks_ask.js";
import { queryText } from "./paged.js";
import { useSend } from "./send.js";
import { Staff } from "./staff.js";
import { Trouble } from "./trouble.js";

const digits = (v, least, most) => {
	const text = v.normalize("NFKC").replace(/[\s-]/gu, "");

	return /^\d*$/u.test(text) && (text === "" || (text.length >= least &&
	    text.length <= most)) ? text : null;
};
const plain = (v) => v.trim();

/* name: how it is read; null: not so.  Forms are those of openapi.yaml. */
const READ = {
	chart: (v) => {
		const text = v.normalize("NFKC").trim();

		return /^[!-~]{1,32}$/u.test(text) && !/^0+$/u.test(text) ?
		    text : null;
	},
	name: plain, kana: plain, birthdate: readDate,
	insurer_number: (v) => digits(v, 6, 8),
	insured_card_symbol: plain,
	insured_identification_number: plain,
	insured_branch_number: (v) => {
		const text = digits(v, 1, 2);

		return text === null || text === "" ? text :
		    text.padStart(2, "0");
	},
	post_number: (v) => digits(v, 7, 7),
	address: plain,
};
const NAMES = Object.keys(READ);
const MAX = { chart: 32, insurer_number: 8, insured_card_symbol: 20,
	insured_identification_number: 20, insured_branch_number: 2 };
const SEXES = ["male", "female", "unknown"];
/* ※ of the question; 後期高齢者医療 and 医療扶助 have no 記号. */
const NEEDED = ["birthdate", "insurer_number", "insured_card_symbol",
	"insured_identification_number"];
const SYMBOLLESS = /^(39|12)\d{6}$/u;

const firstOf = (patient, chart) => ({
	...Object.fromEntries(NAMES.map((name) => [name,
	    patient?.[name] ?? ""])),
	chart: patient?.chart_number ?? chart,
	birthdate: patient === null ? "" : longDate(patient.birthdate),
	sex: patient === null ? "" : patient.sex ?? "unknown" });

/*
 * {values} as POST /patient has them, or {wrong: {field: "missing" or
 * "form"}}: all of them at once.  bare: the card has no 記号.
 */
export function patientOf(fields, { check, fresh, bare }) {
	const values = {}, wrong = {};

	for (const name of NAMES) {
		values[name] = READ[name](fields[name]);
		if (values[name] === null)
			wrong[name] = name === "chart" &&
			    fields.chart.trim() === "" ? "missing" : "form";
	}
	const needed = check ? NEEDED.filter((name) =>
	    name !== "insured_card_symbol" || !(bare ||
		SYMBOLLESS.test(values.insurer_number ?? ""))) :
	    fresh ? ["birthdate"] : [];

	for (const name of needed) {
		if (values[name] === "")
			wrong[name] = "missing";
	}
	if (fields.sex !== "")
		values.sex = fields.sex;
	return Object.keys(wrong).length > 0 ? { wrong } : { values };
}

/* Saving it would change another patient. */
async function isTaken(chart) {
	const found = await get(`/patients?${queryText({
	    chart_number: chart })}`);

	return found.patients.some((p) => p.chart_number === chart);
}

/* Members that were changed; a birth date cannot be cleared. */
function bodyOf(values, patient) {
	const { chart, ...rest } = values;
	const kept = (name) => patient !== null && (patient[name] ??
	    (name === "sex" ? "unknown" : "")) === rest[name];

	return { chart_number: chart, ...Object.fromEntries(
	    Object.entries(rest).filter(([name, value]) => !kept(name) &&
		!(name === "birthdate" && value === "") &&
		!(patient === null && value === ""))) };
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
			if (fresh && await isTaken(values.chart)) {
				setWrong({ chart: "taken" });
				return;
			}
		} catch (error) {
			setFailed(error);
			return;
		}
		const saved = await send("/patient", { ...bodyOf(values,
		    patient), staff });

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
