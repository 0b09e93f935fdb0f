/*
 * What a result holds, in the order of the terminal's own detail screen
 * (資格確認履歴詳細, features.md OQS-08): groups of official element names
 * with the kind of their value.  Labels are the texts desk.field.NAME.
 * What is not in the table is shown under its official name: nothing that
 * came is hidden.
 */
import { t } from "../common/text.js";
import { iso, isOpen, longDate } from "../common/date.js";

const GROUPS = [
	{ name: "coverage", fields: [
		["InsurerNumber", "insurer"], ["InsurerName", "text"],
		["InsuredCardSymbol", "text"],
		["InsuredIdentificationNumber", "text"],
		["InsuredBranchNumber", "text"],
		["InsuredCardClassification", "code"],
		["PersonalFamilyClassification", "code"],
		["InsuredName", "text"],
		["InsuredPartialContributionRatio", "ratio"],
		["QualificationDate", "date"],
		["DisqualificationDate", "date"], ["ReasonOfLoss", "code"],
		["InsuredCardValidDate", "date"],
		["InsuredCardExpirationDate", "date"],
		["InsuredCertificateIssuanceDate", "date"],
		["PreschoolClassification", "code"],
		["ReferenceNumber", "text"],
	] },
	{ name: "person", fields: [
		["Name", "text"], ["NameKana", "text"],
		["NameOfOther", "text"], ["NameOfOtherKana", "text"],
		["Sex1", "code"], ["Sex2", "code"], ["Birthdate", "date"],
		["PostNumber", "post"], ["Address", "text"],
	] },
	{ name: "elderly", in: ["ElderlyRecipientCertificateInfo"], fields: [
		["ElderlyRecipientContributionRatio", "ratio"],
		["ElderlyRecipientCertificateDate", "date"],
		["ElderlyRecipientValidStartDate", "date"],
		["ElderlyRecipientValidEndDate", "date"],
	] },
	{ name: "limit", in: ["LimitApplicationCertificateRelatedInfo"],
	    fields: [
		["LimitApplicationCertificateClassification", "code"],
		["LimitApplicationCertificateClassificationFlag", "code"],
		["LimitApplicationCertificateDate", "date"],
		["LimitApplicationCertificateValidStartDate", "date"],
		["LimitApplicationCertificateValidEndDate", "date"],
		["LimitApplicationCertificateLongTermDate", "date"],
	] },
	{ name: "disease", in: ["SpecificDiseasesCertificateList",
	    "SpecificDiseasesCertificateInfo"], fields: [
		["SpecificDiseasesDiseaseCategory", "code"],
		["SpecificDiseasesSelfPay", "yen"],
		["SpecificDiseasesCertificateDate", "date"],
		["SpecificDiseasesValidStartDate", "date"],
		["SpecificDiseasesValidEndDate", "date"],
	] },
	{ name: "ticket", in: ["PublicExpenseResultList",
	    "MedicalTicketInfo"], fields: [
		["TicketType", "code"], ["MedicalTreatmentMonth", "month"],
		["MedicalTicketValidDate", "date"],
		["MedicalTicketExpirationDate", "date"],
		["IssueNumber", "text"],
		["DesignatedMedicalInstitutionName", "text"],
		["DesignatedMedicalInstitutionCode", "text"],
		["DesignatedMedicalInstitutionFlag", "code"],
		["PrescriptionIssuerMedicalInstitutionName", "text"],
		["PrescriptionIssuerMedicalInstitutionCode", "text"],
		["InjuryName1", "text"], ["InjuryName2", "text"],
		["InjuryName3", "text"], ["MedicalTreatmentType", "code"],
		["SelfPayAmount", "yen"], ["DistrictContactName", "text"],
		["HandlingContactName", "text"],
		["SingleOrCombinedUse", "code"],
		["StatusOfSocialInsurance", "code"],
		["ConsistencyFlag", "code"], ["StatusOfInfecton", "code"],
		["StatusOfElderlyMedicalCare", "code"],
		["StatusOfPrefecturalExpenses", "code"],
		["Remarks1", "text"], ["Remarks2", "text"],
		["Remarks3", "text"],
	] },
	{ name: "consent", fields: [
		["LimitApplicationCertificateRelatedConsFlg", "consent"],
		["SpecificDiseasesCertificateRelatedConsFlg", "consent"],
		["SpecificHealthCheckupsInfoConsFlg", "consent"],
		["PharmacistsInfoConsFlg", "consent"],
		["DiagnosisInfoConsFlg", "consent"],
		["OperationInfoConsFlg", "consent"],
		["DiagnosisNameConsFlg", "consent"],
		["InfectiousInfoConsFlg", "consent"],
		["AllergyInfoConsFlg", "consent"],
		["ContraindicationInfoConsFlg", "consent"],
		["TestInfoConsFlg", "consent"],
		["PrescriptionInfoConsFlg", "consent"],
		["PrescriptionIssueSelect", "code"],
		["LimitApplicationCertificateChanged", "code"],
	] },
];

/* Beside each ConsFlg: when it was given, and until when one may look. */
const timeName = (name) => name.replace(/Flg$/u, "Time");
const untilName = (name) => name.replace(/ConsFlg$/u, "AvailableTime");

/* Each gives {text, title}: what is read, and what hovering adds. */
const FORMATS = {
	text: (v) => ({ text: v }),
	code: (v, texts, name) => ({ text: texts[name] ?? v }),
	insurer: (v) => ({ text: v, parts: insurerParts(v.trim()) }),
	post: (v) => ({ text: v.replace(/^(\d{3})-?(\d{4})$/u, "〒$1-$2") }),
	yen: (v) => ({ text: t("desk.unit.yen",
	    { n: Number(v).toLocaleString("ja-JP") }) }),
	ratio: (v) => ({ text: /^(0\d|10)0$/u.test(v) ?
	    t("desk.unit.tenths", { n: Number(v) / 10 }) : `${Number(v)} %` }),
	month: (v) => ({ text: longDate(`${v.slice(0, 4)}-${v.slice(4)}-01`)
		.replace(/^1 |1日$/u, ""), title: v }),
	consent: (v, texts, name, holder) => ({ text: [texts[name] ?? v,
	    stamp(holder[timeName(name)], "desk.unit.given"),
	    stamp(holder[untilName(name)], "desk.unit.until")].join("") }),
	date: (v) => isOpen(v) ? { text: t("desk.unit.open") } :
	    { text: longDate(v), title: iso(v) },
};

/* 保険者番号 in its parts: 法別 2, 都道府県 2, 保険者 3, check digit 1; the
 * six digits of a 国保 have no 法別, or blanks for it (features.md E05). */
function insurerParts(v) {
	return v.match(/^(\d{2})?(\d{2})(\d{3})(\d)$/u)?.slice(1)
		.filter(Boolean) ?? [v];
}

/* YYYYMMDDhhmmss in words, "" for nothing. */
function stamp(value, key) {
	if (!/^\d{14}$/u.test(value ?? ""))
		return "";
	return t(key, { date: longDate(value.slice(0, 8)),
	    time: `${value.slice(8, 10)}:${value.slice(10, 12)}` });
}

function lineOf(holder, texts, [name, kind]) {
	const value = [holder[name] ?? ""].flat().join("、");

	return value === "" ? [] : [{ name, label: t(`desk.field.${name}`),
	    ...FORMATS[kind](value, texts, name, holder) }];
}

/* The objects a group lies in: none, one, or one of each row. */
function holdersOf(record, path) {
	return path.reduce((found, name) => found.flatMap((o) => o[name] ?? []),
	    [record]);
}

/* Values the table does not know, wherever they stand in the record. */
function strangers(o, known) {
	return Object.entries(o).flatMap(([name, value]) => {
		if (name === "texts" || name === "withheld" ||
		    known.has(name))
			return [];
		if (value !== null && typeof value === "object")
			return [value].flat().flatMap((v) =>
			    typeof v === "string" ? [{ name, label: name,
			    text: v }] : strangers(v, known));
		return value === "" || value === null ? [] :
		    [{ name, label: name, text: String(value) }];
	});
}

const KNOWN = new Set(GROUPS.flatMap((g) => g.fields)
	.flatMap(([name, kind]) => kind === "consent" ?
	    [name, timeName(name), untilName(name)] : [name]));

/* A record as groups of lines, empty ones left out. */
export function groupsOf(record) {
	const groups = GROUPS.flatMap((g) => holdersOf(record, g.in ?? [])
		.map((o) => ({ name: g.name, lines: g.fields.flatMap((f) =>
		    lineOf(o, { ...record.texts, ...o.texts }, f)) })));

	/* Came, and is not shown without consent (DEN-18). */
	groups.push({ name: "withheld", lines: (record.withheld ?? []).map(
	    (name) => ({ name, label: t(`desk.field.${name}`),
		text: t("desk.field.withheld") })) });
	groups.push({ name: "other", lines: strangers(record, KNOWN) });
	return groups.filter((g) => g.lines.length > 0);
}

/* What the record is called on its tab. */
export function titleOf(record) {
	return record.texts?.InsuredCardClassification ??
	    t("desk.result.record");
}
