#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/api/labels.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* element, value: its label, and what it means in both languages; ja NULL:
 * it says it itself. */
static const struct row {
	const char	*name, *value, *label, *ja, *en;
} rows[] = {
	{ "Birthdate", "19890101", "生年月日", "昭和64年1月1日",
	    "1989-01-01" },
	{ "InsuredCardValidDate", "20191108", "有効開始年月日",
	    "令和元年11月8日", "2019-11-08" },
	{ "InsuredCardExpirationDate", "99999999", "有効終了年月日",
	    "期限なし", "open" },
	{ "InsuredCardExpirationDate", "9999999", "有効終了年月日",
	    "期限なし", "open" },
	{ "InsuredPartialContributionRatio", "010", "一部負担金割合", "1割",
	    "10%" },
	{ "ElderlyRecipientContributionRatio", "030", "一部負担金割合", "3割",
	    "30%" },
	{ "InsuredPartialContributionRatio", "100", "一部負担金割合", "10割",
	    "100%" },
	{ "MedicalTreatmentMonth", "202511", "診療年月", "2025年11月",
	    "2025-11" },
	{ "Sex1", "2", "性別（券面）", "女", "female" },
	{ "PharmacistsInfoConsFlg", "1", "薬剤の同意", "同意あり",
	    "consent" },
	{ "PharmacistsInfoAvailableTime", "20241130235959",
	    "薬剤の同意有効期限", "令和6年11月30日 23:59",
	    "2024-11-30 23:59" },
	{ "InsurerNumber", "06140248", "保険者番号", NULL, NULL },
	{ "Name", "資格　一郎", "氏名", NULL, NULL },
	/* What is no value of its type stands as it came. */
	{ "Birthdate", "19899999", "生年月日", NULL, NULL },
	{ "Birthdate", "", "生年月日", NULL, NULL },
	{ "InsuredPartialContributionRatio", "01", "一部負担金割合", NULL,
	    NULL },
	{ "Sex1", "9", "性別（券面）", NULL, NULL },
	/* What nobody has named stands under its own name. */
	{ "UnknownThing", "x", "UnknownThing", NULL, NULL },
	{ "UnknownConsFlg", "1", "UnknownConsFlg", NULL, NULL },
};

static const char *
text(const json_t *o, const char *a, const char *b)
{
	return (json_string_value(json_object_get(json_object_get(o, a), b)));
}

static void
element_row(void **state)
{
	const struct row *row = *state;
	json_t *o = labels_element(row->name, row->value);

	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "value")),
	    row->value);
	assert_string_equal(text(o, "label", "ja"), row->label);
	if (row->ja == NULL) {
		assert_true(json_is_null(json_object_get(o, "text")));
	} else {
		assert_string_equal(text(o, "text", "ja"), row->ja);
		assert_string_equal(text(o, "text", "en"), row->en);
	}
	json_decref(o);
}

static void
words_of_the_ledger(void **state)
{
	json_t *o = labels_word("contribution_ratio", "020"), *m;

	(void)state;
	assert_string_equal(text(o, "text", "ja"), "2割");
	json_decref(o);
	o = labels_word("no_such_word", "x");
	assert_string_equal(text(o, "label", "ja"), "no_such_word");
	json_decref(o);
	m = labels_meaning("limit_from", "20210801");
	assert_string_equal(json_string_value(json_object_get(m, "ja")),
	    "令和3年8月1日");
	json_decref(m);
	m = labels_meaning("address", "東京都");
	assert_true(json_is_null(m));
	json_decref(m);
}

static size_t
count_fields(const json_t *record)
{
	const json_t *group;
	size_t i, n = 0;

	json_array_foreach(json_object_get(record, "groups"), i, group)
		n += json_array_size(json_object_get(group, "fields"));
	return (n);
}

/* Lists are a group for each of their rows, and nothing is left out. */
static void
record_has_every_value(void **state)
{
	json_t *in = json_loads("{\"InsuredCardClassification\":\"A1\","
	    "\"Name\":\"a\",\"texts\":{\"x\":\"y\"},"
	    "\"PharmacistsInfoConsFlg\":\"1\",\"Strange\":\"?\","
	    "\"SpecificDiseasesCertificateList\":{"
	    "\"SpecificDiseasesCertificateInfo\":["
	    "{\"SpecificDiseasesDiseaseCategory\":\"1\"},"
	    "{\"SpecificDiseasesDiseaseCategory\":\"2\","
	    "\"SpecificDiseasesSelfPay\":\"10000\"}]},"
	    "\"Odd\":{\"Odder\":{\"Oddest\":\"1\"}}}", 0, NULL), *out, *groups;

	(void)state;
	assert_non_null(in);
	out = labels_record(in);
	assert_string_equal(json_string_value(json_object_get(out, "kind")),
	    "aid");
	groups = json_object_get(out, "groups");
	assert_int_equal(json_array_size(groups), 5);
	assert_int_equal(count_fields(out), 8);
	assert_string_equal(json_string_value(json_object_get(json_array_get(
	    groups, 4), "name")), "consents");
	json_decref(out);
	json_decref(in);
}

static void
consents_are_of_the_first_record(void **state)
{
	json_t *in = json_loads("[{\"Name\":\"a\"},"
	    "{\"PharmacistsInfoConsFlg\":\"2\","
	    "\"PharmacistsInfoConsTime\":\"20240402090000\","
	    "\"PharmacistsInfoAvailableTime\":\"20240732000000\","
	    "\"LimitApplicationCertificateRelatedConsFlg\":\"7\"},"
	    "{\"OperationInfoConsFlg\":\"1\"}]", 0, NULL), *out, *drug;

	(void)state;
	out = labels_consents(in);
	assert_int_equal(json_array_size(out), 2);
	/* A flag that no table has stands for itself. */
	assert_string_equal(text(json_array_get(out, 0), "flag_label", "ja"),
	    "7");
	drug = json_array_get(out, 1);
	assert_string_equal(json_string_value(json_object_get(drug, "item")),
	    "drug");
	assert_string_equal(json_string_value(json_object_get(drug,
	    "agreed_at")), "2024-04-02T09:00:00.000+09:00");
	/* What is no time is not made one. */
	assert_true(json_is_null(json_object_get(drug, "ends_at")));
	json_decref(out);
	json_decref(in);
	out = labels_consents(NULL);
	assert_int_equal(json_array_size(out), 0);
	json_decref(out);
}

static const struct CMUnitTest plain[] = {
	cmocka_unit_test(words_of_the_ledger),
	cmocka_unit_test(record_has_every_value),
	cmocka_unit_test(consents_are_of_the_first_record),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(plain)];
	static char names[LEN(rows)][96];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++) {
		snprintf(names[i], sizeof(names[i]), "%s %s", rows[i].name,
		    rows[i].value);
		tests[n++] = (struct CMUnitTest){ .name = names[i],
		    .test_func = element_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	}
	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	return (_cmocka_run_group_tests("api_labels", tests, n, NULL, NULL));
}
