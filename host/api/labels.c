#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/api/labels.h"
#include "host/ledger/day.h"
#include "host/qualify/code.h"
#include "host/qualify/field.h"
#include "host/qualify/veil.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ANYWHERE 0x3fffu	/* every place of field.h that holds values */

/* The manuals' words (features.md OQS-08, BAT-09); element, the ledger's code
 * word if it has one, Japanese, English. */
static const struct label {
	enum field	 field;
	const char	*word, *ja, *en;
} labels[] = {
#define L(field, word, ja, en) { FIELD_##field, word, ja, en }
	L(InsuredCardClassification, "insured_card_classification",
	    "被保険者証区分", "kind of certificate"),
	L(InsurerNumber, "insurer_number", "保険者番号", "insurer number"),
	L(InsuredCardSymbol, "insured_card_symbol", "記号", "symbol"),
	L(InsuredIdentificationNumber, "insured_identification_number", "番号",
	    "number"),
	L(InsuredBranchNumber, "insured_branch_number", "枝番",
	    "branch number"),
	L(PersonalFamilyClassification, "personal_family_classification",
	    "本人・家族の別", "insured or family"),
	L(InsuredName, "insured_name", "被保険者氏名", "name of the insured"),
	L(Name, "name", "氏名", "name"),
	L(NameOfOther, NULL, "氏名（その他）", "other name"),
	L(NameKana, "kana", "フリガナ", "kana"),
	L(NameOfOtherKana, NULL, "フリガナ（その他）", "other kana"),
	L(Sex1, "sex", "性別（券面）", "sex"),
	L(Sex2, NULL, "性別（記載事項）", "sex, as specially recorded"),
	L(Birthdate, "birthdate", "生年月日", "date of birth"),
	L(Address, "address", "住所", "address"),
	L(PostNumber, "post_number", "郵便番号", "post number"),
	L(QualificationDate, "qualified_on", "資格取得年月日", "qualified on"),
	L(DisqualificationDate, "disqualified_on", "資格喪失年月日",
	    "disqualified on"),
	L(InsuredCertificateIssuanceDate, "issued_on", "交付年月日",
	    "issued on"),
	L(InsuredCardValidDate, "valid_from", "有効開始年月日", "valid from"),
	L(InsuredCardExpirationDate, "valid_until", "有効終了年月日",
	    "valid until"),
	L(InsuredPartialContributionRatio, "contribution_ratio",
	    "一部負担金割合", "patient's share"),
	L(PreschoolClassification, "preschool_classification", "未就学区分",
	    "preschool child"),
	L(ReasonOfLoss, "reason_of_loss", "資格喪失事由", "reason of loss"),
	L(InsurerName, "insurer_name", "保険者名称", "insurer"),
	L(ReferenceNumber, "reference_number", "照会番号", "reference number"),
	L(PrescriptionIssueSelect, NULL, "処方箋発行形態",
	    "form of the prescription"),
	L(ElderlyRecipientCertificateDate, NULL, "交付年月日", "issued on"),
	L(ElderlyRecipientValidStartDate, NULL, "有効開始年月日",
	    "valid from"),
	L(ElderlyRecipientValidEndDate, NULL, "有効終了年月日",
	    "valid until"),
	L(ElderlyRecipientContributionRatio, NULL, "一部負担金割合",
	    "patient's share"),
	L(LimitApplicationCertificateClassification, "classification",
	    "限度額適用認定証区分", "kind of limit certificate"),
	L(LimitApplicationCertificateClassificationFlag,
	    "classification_flag", "適用区分", "category"),
	L(LimitApplicationCertificateDate, NULL, "交付年月日", "issued on"),
	L(LimitApplicationCertificateValidStartDate, NULL, "有効開始年月日",
	    "valid from"),
	L(LimitApplicationCertificateValidEndDate, NULL, "有効終了年月日",
	    "valid until"),
	L(LimitApplicationCertificateLongTermDate, "long_term_on",
	    "長期入院該当年月日", "long stay since"),
	L(LimitApplicationCertificateChanged, NULL, "限度額適用認定証の変更",
	    "limit certificate changed"),
	L(SpecificDiseasesDiseaseCategory, "category", "認定疾病区分",
	    "disease"),
	L(SpecificDiseasesCertificateDate, NULL, "交付年月日", "issued on"),
	L(SpecificDiseasesValidStartDate, NULL, "有効開始年月日",
	    "valid from"),
	L(SpecificDiseasesValidEndDate, NULL, "有効終了年月日",
	    "valid until"),
	L(SpecificDiseasesSelfPay, "self_pay", "自己負担限度額", "limit, yen"),
	L(TicketType, NULL, "券の種別", "kind of ticket"),
	L(MedicalTicketValidDate, NULL, "有効開始年月日", "valid from"),
	L(MedicalTicketExpirationDate, NULL, "有効終了年月日", "valid until"),
	L(IssueNumber, NULL, "交付番号", "issue number"),
	L(MedicalTreatmentMonth, NULL, "診療年月", "month of treatment"),
	L(DesignatedMedicalInstitutionCode, NULL, "指定医療機関コード",
	    "designated institution, code"),
	L(DesignatedMedicalInstitutionFlag, NULL, "指定医療機関の一致",
	    "designated institution agrees"),
	L(DesignatedMedicalInstitutionName, NULL, "指定医療機関名",
	    "designated institution"),
	L(PrescriptionIssuerMedicalInstitutionCode, NULL,
	    "処方箋発行元コード", "issuer of the prescription, code"),
	L(PrescriptionIssuerMedicalInstitutionName, NULL,
	    "処方箋発行元", "issuer of the prescription"),
	L(InjuryName1, NULL, "傷病名1", "disease 1"),
	L(InjuryName2, NULL, "傷病名2", "disease 2"),
	L(InjuryName3, NULL, "傷病名3", "disease 3"),
	L(MedicalTreatmentType, NULL, "診療別", "kind of treatment"),
	L(SelfPayAmount, NULL, "本人支払額", "patient pays, yen"),
	L(DistrictContactName, NULL, "地区担当員名", "district contact"),
	L(HandlingContactName, NULL, "取扱担当者名", "handled by"),
	L(SingleOrCombinedUse, NULL, "単独・併用の別", "alone or combined"),
	L(StatusOfSocialInsurance, NULL, "社会保険", "social insurance"),
	L(ConsistencyFlag, NULL, "不整合", "inconsistent"),
	L(StatusOfInfecton, NULL, "感染症37条の2", "infectious diseases 37-2"),
	L(StatusOfElderlyMedicalCare, NULL, "後期高齢者医療",
	    "elderly medical care"),
	L(StatusOfPrefecturalExpenses, NULL, "都道府県費",
	    "prefectural expenses"),
	L(Remarks1, NULL, "備考1", "remarks 1"),
	L(Remarks2, NULL, "備考2", "remarks 2"),
	L(Remarks3, NULL, "備考3", "remarks 3"),
#undef L
};

/* Consents: the beginning of the element's name. */
static const struct {
	const char	*begins, *word, *ja, *en;
} items[] = {
	{ "LimitApplicationCertificateRelated", "limit", "限度額適用認定証",
	    "limit certificate" },
	{ "SpecificDiseasesCertificateRelated", "disease", "特定疾病療養受療証",
	    "specific-disease certificate" },
	{ "SpecificHealthCheckupsInfo", "checkup", "特定健診", "check-ups" },
	{ "PharmacistsInfo", "drug", "薬剤", "drugs" },
	{ "DiagnosisInfo", "diagnosis", "診療", "treatment" },
	{ "OperationInfo", "operation", "手術", "operations" },
	{ "DiagnosisName", "diagnosis_name", "傷病名", "diagnoses" },
	{ "InfectiousInfo", "infection", "感染症", "infections" },
	{ "AllergyInfo", "allergy", "その他アレルギー等", "allergies" },
	{ "ContraindicationInfo", "contraindication", "薬剤アレルギー等", "drug allergies" },
	{ "TestInfo", "test", "検査", "tests" },
	{ "PrescriptionInfo", "prescription", "処方", "prescriptions" },
};
static const struct {
	const char	*ends, *ja, *en;
} parts[] = {
	{ "ConsFlg", "の同意", ": consent" },
	{ "ConsTime", "の同意日時", ": agreed at" },
	{ "AvailableTime", "の同意有効期限", ": may be seen until" },
};

static const struct group {
	const char	*name, *word, *ja, *en;
} groups[] = {
	{ "", "insured", "被保険者", "insured" },
	{ "ElderlyRecipientCertificateInfo", "elderly", "高齢受給者証情報",
	    "certificate of elderly recipients" },
	{ "LimitApplicationCertificateRelatedInfo", "limit",
	    "限度額適用認定証関連情報", "limit certificate" },
	{ "SpecificDiseasesCertificateInfo", "disease",
	    "特定疾病療養受療証情報", "specific-disease certificate" },
	{ "MedicalTicketInfo", "ticket", "医療券・調剤券", "medical ticket" },
	{ "consents", "consents", "同意情報", "consents" },
};

/* --- one value --- */

static int
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return (n >= m && strcmp(s + n - m, end) == 0);
}

static int
is_consent(const char *name)
{
	for (size_t i = 0; i < LEN(parts); i++) {
		if (ends_with(name, parts[i].ends))
			return (1);
	}
	return (0);
}

/* "薬剤の同意日時" of PharmacistsInfoConsTime; NULL if it is no such one. */
static json_t *
consent_words(const char *name)
{
	char ja[128], en[128];

	for (size_t i = 0; i < LEN(items); i++) {
		size_t n = strlen(items[i].begins);

		if (strncmp(name, items[i].begins, n) != 0)
			continue;
		for (size_t k = 0; k < LEN(parts); k++) {
			if (strcmp(name + n, parts[k].ends) != 0)
				continue;
			snprintf(ja, sizeof(ja), "%s%s", items[i].ja,
			    parts[k].ja);
			snprintf(en, sizeof(en), "%s%s", items[i].en,
			    parts[k].en);
			return (view_text(ja, en));
		}
	}
	return (NULL);
}

static json_t *
label_of(const char *name, enum field field)
{
	json_t *consent;

	for (size_t i = 0; i < LEN(labels); i++) {
		if (labels[i].field == field)
			return (view_text(labels[i].ja, labels[i].en));
	}
	consent = consent_words(name);
	return (consent != NULL ? consent : view_text(name, name));
}

/* A day in both ways of writing it. */
static json_t *
day_words(const char *day, const char *rest_ja, const char *rest_en)
{
	char text[DAY_TEXT_LEN], ja[80], en[40], digits[9];

	snprintf(digits, sizeof(digits), "%.8s", day);
	day_text(digits, text);
	snprintf(ja, sizeof(ja), "%s%s", text, rest_ja);
	snprintf(en, sizeof(en), "%.4s-%.2s-%.2s%s", day, day + 4, day + 6,
	    rest_en);
	return (view_text(ja, en));
}

static json_t *
stamp_words(const char *s)
{
	char rest[16];

	snprintf(rest, sizeof(rest), " %.2s:%.2s", s + 8, s + 10);
	return (day_words(s, rest, rest));
}

static json_t *
ratio_words(const char *s)
{
	char ja[24], en[24];

	if (s[2] != '0')
		return (json_null());
	snprintf(ja, sizeof(ja), "%d割", (s[0] - '0') * 10 + s[1] - '0');
	snprintf(en, sizeof(en), "%d%%", ((s[0] - '0') * 10 + s[1] - '0') *
	    10);
	return (view_text(ja, en));
}

static json_t *
month_words(const char *s)
{
	char ja[24], en[16];

	snprintf(ja, sizeof(ja), "%.4s年%d月", s, (s[4] - '0') * 10 + s[5] -
	    '0');
	snprintf(en, sizeof(en), "%.4s-%.2s", s, s + 4);
	return (view_text(ja, en));
}

static json_t *
code_words(unsigned table, const char *value)
{
	const char *ja = code_text(table, value, ERR_JA),
	    *en = code_text(table, value, ERR_EN);

	return (ja == NULL || en == NULL ? json_null() : view_text(ja, en));
}

/* What a value means; null where it says it itself. */
static json_t *
text_of(enum field field, const char *value)
{
	if (field == FIELD_COUNT || value[0] == '\0' ||
	    !field_fits(field, value))
		return (json_null());
	switch (field_row(field)->type) {
	case FIELD_DATE:
		return (day_words(value, "", ""));
	case FIELD_END:
		if (value[0] == '9')
			return (view_text("期限なし", "open"));
		return (day_words(value, "", ""));
	case FIELD_MONTH:
		return (month_words(value));
	case FIELD_STAMP:
		return (stamp_words(value));
	case FIELD_RATIO:
		return (ratio_words(value));
	case FIELD_CODE:
		return (code_words(field_row(field)->arg, value));
	case FIELD_TEXT:
	case FIELD_NUMBER:
		break;
	}
	return (json_null());
}

static json_t *
labelled(const char *name, json_t *label, enum field field,
    const char *value)
{
	return (json_pack("{s:s, s:o, s:s, s:o}", "name", name,
	    "label", label, "value", value, "text", text_of(field, value)));
}

json_t *
labels_element(const char *name, const char *value)
{
	enum field field = field_find(name, ANYWHERE);

	return (labelled(name, label_of(name, field), field, value));
}

json_t *
labels_word(const char *word, const char *value)
{
	for (size_t i = 0; i < LEN(labels); i++) {
		if (labels[i].word != NULL &&
		    strcmp(labels[i].word, word) == 0)
			return (labelled(word, view_text(labels[i].ja,
			    labels[i].en), labels[i].field, value));
	}
	return (labelled(word, view_text(word, word), FIELD_COUNT, value));
}

json_t *
labels_meaning(const char *word, const char *value)
{
	if (strcmp(word, "limit_from") == 0)
		word = "valid_from";
	if (strcmp(word, "limit_until") == 0)
		word = "valid_until";
	for (size_t i = 0; i < LEN(labels); i++) {
		if (labels[i].word != NULL &&
		    strcmp(labels[i].word, word) == 0)
			return (text_of(labels[i].field, value));
	}
	return (json_null());
}

/* --- a record --- */

static json_t *
group_new(const char *name)
{
	for (size_t i = 0; i < LEN(groups); i++) {
		if (strcmp(groups[i].name, name) == 0)
			return (json_pack("{s:s, s:o, s:[]}", "name",
			    groups[i].word, "label", view_text(groups[i].ja,
			    groups[i].en), "fields"));
	}
	return (json_pack("{s:s, s:o, s:[]}", "name", name, "label",
	    view_text(name, name), "fields"));
}

static void	add_group(json_t *out, const char *name, const json_t *from);

/* A list is one group for each of its rows. */
static void
add_part(json_t *out, const char *name, const json_t *value)
{
	const json_t *row;
	size_t i;

	if (json_is_object(value))
		add_group(out, name, value);
	json_array_foreach(value, i, row) {
		if (json_is_object(row))
			add_group(out, name, row);
	}
}

static void
add_field(json_t *group, const char *name, const json_t *value)
{
	json_array_append_new(json_object_get(group, "fields"),
	    labels_element(name, json_string_value(value)));
}

/* What is there and not shown, by the label of its group or its own. */
static void
add_withheld(json_t *group, const json_t *names)
{
	const char *name;
	const json_t *one;
	json_t *label;
	size_t i;

	json_array_foreach(names, i, one) {
		name = json_string_value(one);
		label = NULL;
		for (size_t k = 0; k < LEN(groups); k++) {
			if (strcmp(groups[k].name, name) == 0)
				label = view_text(groups[k].ja, groups[k].en);
		}
		json_array_append_new(json_object_get(group, "fields"),
		    json_pack("{s:s, s:o, s:s, s:o}", "name", name,
		    "label", label != NULL ? label : label_of(name,
		    field_find(name, ANYWHERE)), "value", "", "text",
		    view_text(veil_text(ERR_JA), veil_text(ERR_EN))));
	}
}

/* Appends the group if it has a field; it moves. */
static void
put_group(json_t *out, json_t *group)
{
	if (json_array_size(json_object_get(group, "fields")) == 0)
		json_decref(group);
	else
		json_array_append_new(out, group);
}

static void
add_group(json_t *out, const char *name, const json_t *from)
{
	json_t *own = group_new(name), *consents = group_new("consents"),
	    *inner = json_array();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)from, key, value) {
		if (strcmp(key, "texts") == 0)
			continue;
		if (json_is_string(value))
			add_field(is_consent(key) ? consents : own, key,
			    value);
		else
			add_part(inner, key, value);
	}
	add_withheld(own, json_object_get(from, VEIL_KEY));
	put_group(out, own);
	json_array_extend(out, inner);
	json_decref(inner);
	put_group(out, consents);
}

/* A record of medical assistance (oqs-files.md 3.4). */
static int
is_aid(const json_t *record)
{
	const char *kind = json_string_value(json_object_get(record,
	    "InsuredCardClassification"));

	return (kind != NULL && strcmp(kind, "A1") == 0);
}

json_t *
labels_record(const json_t *record)
{
	json_t *out = json_array();
	int aid = is_aid(record);

	add_group(out, "", record);
	return (json_pack("{s:s, s:o, s:o}", "kind", aid ? "aid" :
	    "insurance", "label", aid ? view_text("医療扶助",
	    "medical assistance") : view_text("医療保険", "insurance"),
	    "groups", out));
}

/* --- consents --- */

/* The value of "PharmacistsInfo" + "ConsFlg" …; "" where it is not there. */
static const char *
consent_part(const json_t *record, size_t item, size_t part)
{
	char name[80];
	const char *s;

	snprintf(name, sizeof(name), "%s%s", items[item].begins,
	    parts[part].ends);
	s = json_string_value(json_object_get(record, name));
	return (s == NULL ? "" : s);
}

json_t *
labels_time(const char *stamp)
{
	return (clock_is_stamp(stamp) ? view_time(clock_of_stamp(stamp)) :
	    json_null());
}

json_t *
labels_flag(const char *item, const char *flag)
{
	unsigned table = strcmp(item, "limit") == 0 ? 1 : 16;
	json_t *text = code_words(table, flag);

	if (!json_is_null(text))
		return (text);
	return (view_text(flag, flag));
}

static void
add_consents(json_t *out, const json_t *record)
{
	for (size_t i = 0; i < LEN(items); i++) {
		const char *flag = consent_part(record, i, 0);

		if (flag[0] == '\0')
			continue;
		json_array_append_new(out, json_pack("{s:s, s:o, s:s, s:o, "
		    "s:o, s:o}", "item", items[i].word, "label",
		    view_text(items[i].ja, items[i].en), "flag", flag,
		    "flag_label", labels_flag(items[i].word, flag),
		    "agreed_at", labels_time(consent_part(record, i, 1)),
		    "ends_at", labels_time(consent_part(record, i, 2))));
	}
}

json_t *
labels_consents(const json_t *records)
{
	json_t *out = json_array();
	const json_t *record;
	size_t i;

	json_array_foreach(records, i, record) {
		if (json_array_size(out) == 0)
			add_consents(out, record);
	}
	return (out);
}
