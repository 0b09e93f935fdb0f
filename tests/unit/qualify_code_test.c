#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/qualify/code.h"
#include "host/qualify/field.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct row {
	const char	*name;
	unsigned	 table;
	const char	*value, *ja;	/* NULL: unknown */
} rows[] = {
	{ "valid",		6, "1", "有効" },
	{ "newer coverage",	6, "3", "無効（新しい資格あり）" },
	{ "not registered",	6, "6", "有効（未登録）" },
	{ "failed",		3, "9", "異常終了" },
	{ "assistance",		10, "A1", "医療扶助" },
	{ "limit class",	12, "B10", "一般Ⅰ" },
	{ "reason of loss",	8, "99", "その他" },
	{ "utf-8 is 0",		5, "0", "UTF-8" },
	{ "sjis is 1",		5, "1", "Shift_JIS" },
	{ "consent expired",	16, "2", "同意有効期限切れ" },
	{ "on paper",		17, "2", "紙の処方箋" },
	{ "segment 3 is old",	3, "3", NULL },
	{ "identifier 2",	5, "2", NULL },
	{ "no leading zero",	8, "1", NULL },
	{ "leading zero",	6, "01", NULL },
	{ "lower case",		10, "a1", NULL },
	{ "trailing space",	6, "1 ", NULL },
	{ "validity 7",		6, "7", NULL },
	{ "empty",		6, "", NULL },
	{ "table 0",		0, "1", NULL },
	{ "table 99",		99, "1", NULL },
};

static void
code_is(void **state)
{
	const struct row *row = *state;
	const char *ja = code_text(row->table, row->value, ERR_JA);

	if (row->ja == NULL) {
		assert_null(ja);
		assert_null(code_text(row->table, row->value, ERR_EN));
		return;
	}
	assert_non_null(ja);
	assert_string_equal(ja, row->ja);
	assert_true(strlen(code_text(row->table, row->value, ERR_EN)) > 0);
}

static const struct fit {
	const char	*name;
	enum field	 field;
	const char	*text;
	int		 fits;
} fits[] = {
	{ "date",		FIELD_Birthdate, "19890101", 1 },
	{ "leap day",		FIELD_Birthdate, "20240229", 1 },
	{ "no leap day",	FIELD_Birthdate, "20230229", 0 },
	{ "open end, 7 nines",	FIELD_DisqualificationDate, "9999999", 1 },
	{ "6 nines",		FIELD_DisqualificationDate, "999999", 0 },
	{ "9 nines",		FIELD_DisqualificationDate, "999999999", 0 },
	{ "birth is no 7 nines", FIELD_Birthdate, "9999999", 0 },
	{ "birth is no end",	FIELD_Birthdate, "99999999", 0 },
	{ "slashes",		FIELD_Birthdate, "1989/1/1", 0 },
	{ "open end",		FIELD_InsuredCardExpirationDate, "99999999",
	    1 },
	{ "month",		FIELD_MedicalTreatmentMonth, "202611", 1 },
	{ "month 13",		FIELD_MedicalTreatmentMonth, "202613", 0 },
	{ "stamp",		FIELD_ProcessExecutionTime, "20261120235959",
	    1 },
	{ "hour 24",		FIELD_ProcessExecutionTime, "20261120240000",
	    0 },
	{ "ratio",		FIELD_InsuredPartialContributionRatio, "010",
	    1 },
	{ "ratio 100",		FIELD_InsuredPartialContributionRatio, "100",
	    1 },
	{ "ratio 10",		FIELD_InsuredPartialContributionRatio, "10",
	    0 },
	{ "ratio 300",		FIELD_InsuredPartialContributionRatio, "300",
	    0 },
	{ "yen",		FIELD_SelfPayAmount, "10000", 1 },
	{ "negative yen",	FIELD_SelfPayAmount, "-1", 0 },
	{ "yen with comma",	FIELD_SelfPayAmount, "10,000", 0 },
	{ "20 wide characters",	FIELD_InsuredCardSymbol,
	    "一二三四五六七八九十一二三四五六七八九十", 1 },
	{ "21 characters",	FIELD_InsuredCardSymbol,
	    "123456789012345678901", 0 },
	{ "branch of 3",	FIELD_InsuredBranchNumber, "001", 0 },
	{ "nothing",		FIELD_Birthdate, "", 1 },
};

static void
field_fit(void **state)
{
	const struct fit *row = *state;

	assert_int_equal(field_fits(row->field, row->text), row->fits);
}

static void
places(void **state)
{
	(void)state;
	assert_int_equal(field_find("Name", PLACE_RECORD), FIELD_Name);
	assert_int_equal(field_find("Name", PLACE_HEADER), FIELD_COUNT);
	assert_int_equal(field_find("name", PLACE_RECORD), FIELD_COUNT);
	assert_int_equal(field_find("DiagnosisInfoConsTim", PLACE_RECORD),
	    FIELD_DiagnosisInfoConsTime);
	assert_int_equal(field_find("StatusOfInfecton", PLACE_TICKET),
	    FIELD_StatusOfInfecton);
	assert_int_equal(field_find("StatusOfInfection", PLACE_TICKET),
	    FIELD_COUNT);
	assert_int_equal(field_find("PrescriptionIssueSelect", PLACE_BODY),
	    field_find("PrescriptionIssueSelect", PLACE_RECORD));
}

int
main(void)
{
	static const struct CMUnitTest more[] = { cmocka_unit_test(places) };
	struct CMUnitTest tests[LEN(rows) + LEN(fits) + LEN(more)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = code_is,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(fits); i++)
		tests[n++] = (struct CMUnitTest){ .name = fits[i].name,
		    .test_func = field_fit,
		    .initial_state = (void *)(uintptr_t)&fits[i] };
	memcpy(tests + n, more, sizeof(more));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
