#include "tests/unit/ledger_room.h"

#include "host/ledger/choice.h"
#include "host/ledger/link.h"

/* Whose finding it is: choices and reference numbers; and patients saved by
 * hand. */

#define P02	"0000000002"

/* ききょう 髙子, whom the terminal spells with a gap. */
static const struct patient p02 = { .chart_number = P02,
    .name = "ききょう　髙子", .kana = "ｷｷｮｳ ﾀｶｺ", .sex = SEX_FEMALE,
    .birthdate = "19510401", .insurer_number = "172010",
    .insured_card_symbol = "321", .insured_identification_number = "654" };

static struct choice_person
gap(void)
{
	return ((struct choice_person){ .who = { .name = "ききょう　●子",
	    .kana = "ｷｷｮｳ ﾀｶｺ", .birthdate = "19510401",
	    .sex = SEX_FEMALE }, .insurer_number = "  172010",
	    .number = "654", .branch_number = "01" });
}

static void
put_p02(void)
{
	assert_int_equal(patient_put(store, &p02), ERR_OK);
}

static void
choice_is_remembered(void **state)
{
	struct choice_person who = gap();
	struct patient p;

	(void)state;
	put_p02();
	assert_int_equal(choice_find(store, &who, &p), ERR_NO_MATCH);
	assert_int_equal(choice_put(store, &who, P02, &desk), ERR_OK);
	assert_int_equal(choice_find(store, &who, &p), ERR_OK);
	assert_string_equal(p.chart_number, P02);
	assert_int_equal(audited("choice", AUDIT_PATIENT P02), 1);
}

static const struct other {
	const char		*name;
	struct choice_person	 who;
	enum err		 want;
} others[] = {
	{ "print: width and padding are the same", { { "ききょう●子",
	    "キキョウ　タカコ", "19510401", SEX_FEMALE }, "172010",
	    "0654", "1" }, ERR_OK },
	{ "print: another gap", { { "ききょう　〓子", "ｷｷｮｳ ﾀｶｺ", "19510401",
	    SEX_FEMALE }, "172010", "654", "01" }, ERR_NO_MATCH },
	{ "print: another kana", { { "ききょう　●子", "ｷｷｮｳ ﾐﾁｺ", "19510401",
	    SEX_FEMALE }, "172010", "654", "01" }, ERR_NO_MATCH },
	{ "print: another birth date", { { "ききょう　●子", "ｷｷｮｳ ﾀｶｺ",
	    "19510402", SEX_FEMALE }, "172010", "654", "01" }, ERR_NO_MATCH },
	{ "print: another sex", { { "ききょう　●子", "ｷｷｮｳ ﾀｶｺ", "19510401",
	    SEX_MALE }, "172010", "654", "01" }, ERR_NO_MATCH },
	{ "print: another insurer", { { "ききょう　●子", "ｷｷｮｳ ﾀｶｺ",
	    "19510401", SEX_FEMALE }, "139980", "654", "01" }, ERR_NO_MATCH },
	{ "print: another number", { { "ききょう　●子", "ｷｷｮｳ ﾀｶｺ",
	    "19510401", SEX_FEMALE }, "172010", "655", "01" }, ERR_NO_MATCH },
	{ "print: insurer and number are two", { { "ききょう　●子",
	    "ｷｷｮｳ ﾀｶｺ", "19510401", SEX_FEMALE }, "1720106", "54", "01" },
	    ERR_NO_MATCH },
	{ "print: a twin, whose name has the same gap", { { "ききょう　●子",
	    "ｷｷｮｳ ﾀｶｺ", "19510401", SEX_FEMALE }, "172010", "654", "02" },
	    ERR_NO_MATCH },
	{ "print: no branch", { { "ききょう　●子", "ｷｷｮｳ ﾀｶｺ", "19510401",
	    SEX_FEMALE }, "172010", "654", "" }, ERR_NO_MATCH },
};

static void
other_row(void **state)
{
	const struct other *row = *state;
	struct choice_person who = gap();
	struct patient p;

	put_p02();
	assert_int_equal(choice_put(store, &who, P02, &desk), ERR_OK);
	assert_int_equal(choice_find(store, &row->who, &p), row->want);
}

/* The patient was corrected meanwhile: the choice was of another person. */
static void
contradicting_choice_is_never_applied(void **state)
{
	struct choice_person who = gap();
	struct patient p = p02;

	(void)state;
	put_p02();
	assert_int_equal(choice_put(store, &who, P02, &desk), ERR_OK);
	snprintf(p.birthdate, sizeof(p.birthdate), "19510402");
	assert_int_equal(patient_put(store, &p), ERR_OK);
	assert_int_equal(choice_find(store, &who, &p), ERR_NO_MATCH);
	assert_string_equal(p.chart_number, "");
	p = p02;
	p.sex = SEX_MALE;
	assert_int_equal(patient_put(store, &p), ERR_OK);
	assert_int_equal(choice_find(store, &who, &p), ERR_NO_MATCH);
}

static void
contradicting_choice_is_refused(void **state)
{
	struct choice_person who = gap();

	(void)state;
	put_p02();
	who.who.birthdate = "19510402";
	assert_int_equal(choice_put(store, &who, P02, &desk),
	    ERR_CONTRADICTS);
	who = gap();
	who.who.sex = SEX_MALE;
	assert_int_equal(choice_put(store, &who, P02, &desk),
	    ERR_CONTRADICTS);
	who = gap();
	who.who.birthdate = "";
	assert_int_equal(choice_put(store, &who, P02, &desk),
	    ERR_CONTRADICTS);
	assert_int_equal(choice_put(store, &who, "404", &desk),
	    ERR_NO_PATIENT);
	assert_int_equal(audited("choice", ""), 0);
}

static void
choice_ends(void **state)
{
	struct choice_person who = gap();
	struct patient p;
	size_t n = 9;

	(void)state;
	put_p02();
	assert_int_equal(choice_put(store, &who, P02, &desk), ERR_OK);
	assert_int_equal(choice_revoke(store, "404", &desk, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(choice_find(store, &who, &p), ERR_OK);
	assert_int_equal(choice_revoke(store, P02, &desk, &n), ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(choice_find(store, &who, &p), ERR_NO_MATCH);
	assert_int_equal(choice_put(store, &who, P02, &desk), ERR_OK);
	assert_int_equal(choice_forget(store, &who), ERR_OK);
	assert_int_equal(choice_find(store, &who, &p), ERR_NO_MATCH);
	assert_int_equal(audited("choice_end", AUDIT_PATIENT P02), 1);
}

static void
print_tells_nothing(void **state)
{
	struct choice_person who = gap();
	char hex[CHOICE_PRINT];

	(void)state;
	assert_int_equal(choice_print(&who, hex), ERR_OK);
	assert_int_equal(strlen(hex), 64);
	assert_int_equal(strspn(hex, "0123456789abcdef"), 64);
}

/* Links. */

static void
expect_reference(const char *chart, const char *want)
{
	struct patient p;

	assert_int_equal(patient_get(store, chart, &p), ERR_OK);
	assert_string_equal(p.reference_number, want);
}

static void
link_is_set_once(void **state)
{
	struct note note = { "" };

	(void)state;
	put_p02();
	assert_int_equal(link_set(store, P02, "00010", &desk, &note), ERR_OK);
	expect_reference(P02, "00010");
	assert_int_equal(link_set(store, P02, "00010", &desk, &note), ERR_OK);
	assert_int_equal(audited("link", AUDIT_PATIENT P02), 1);
	assert_int_equal(link_set(store, P02, "00011", &desk, &note),
	    ERR_REFERENCE_DIFFERS);
	expect_reference(P02, "00010");
}

static void
number_of_another_is_refused(void **state)
{
	struct note note = { "" };

	(void)state;
	put_p02();
	assert_int_equal(patient_put(store, &p01), ERR_OK);
	assert_int_equal(link_set(store, P02, "00010", &desk, &note), ERR_OK);
	assert_int_equal(link_set(store, p01.chart_number, "00010", &desk,
	    &note), ERR_REFERENCE_TAKEN);
	assert_string_equal(note.text, "chart number " P02);
	expect_reference(p01.chart_number, "");
}

static const struct bad_link {
	const char	*name, *chart, *number;
	enum err	 want;
} bad_links[] = {
	{ "link: chart number 0", "0", "00010", ERR_CHART_ZERO },
	{ "link: no chart number", "", "00010", ERR_CHART_ZERO },
	{ "link: nobody", "404", "00010", ERR_NO_PATIENT },
	{ "link: no number", P02, "", ERR_BAD_REQUEST },
	{ "link: 51 characters", P02,
	    "012345678901234567890123456789012345678901234567890",
	    ERR_TOOBIG },
};

static void
bad_link_row(void **state)
{
	const struct bad_link *row = *state;
	struct note note = { "" };

	put_p02();
	assert_int_equal(link_set(store, row->chart, row->number, &desk,
	    &note), row->want);
	expect_reference(P02, "");
	assert_int_equal(audited("link", ""), 0);
}

static enum err
see_data(void *ctx, const struct audit_row *row)
{
	snprintf(ctx, 128, "%s/%s/%s/%s", row->staff, row->reason,
	    row->subject, row->data);
	return (ERR_OK);
}

static void
unlinking_needs_a_reason_and_is_told(void **state)
{
	static const struct audit_who silent = { "desk-1", "資格 花子", "" };
	struct audit_query q = { .action = "unlink", .limit = 1 };
	struct choice_person who = gap();
	struct note note = { "" };
	char said[128] = "";
	struct patient p;

	(void)state;
	put_p02();
	assert_int_equal(link_unset(store, P02, &desk, &note), ERR_NO_SUCH);
	assert_int_equal(link_set(store, P02, "00010", &desk, &note), ERR_OK);
	assert_int_equal(choice_put(store, &who, P02, &desk), ERR_OK);
	assert_int_equal(link_unset(store, P02, &silent, &note),
	    ERR_BAD_REQUEST);
	expect_reference(P02, "00010");
	assert_int_equal(link_unset(store, P02, &desk, &note), ERR_OK);
	expect_reference(P02, "");
	assert_int_equal(choice_find(store, &who, &p), ERR_NO_MATCH);
	assert_int_equal(audit_list(store, &q, see_data, said, NULL), ERR_OK);
	assert_string_equal(said, "資格 花子/本人に確認/" AUDIT_PATIENT P02
	    "/{\"reference_number\":\"00010\"}");
	assert_int_equal(link_unset(store, "404", &desk, &note),
	    ERR_NO_PATIENT);
	/* To the right patient afterwards. */
	assert_int_equal(patient_put(store, &p01), ERR_OK);
	assert_int_equal(link_set(store, p01.chart_number, "00010", &desk,
	    &note), ERR_OK);
}

static void
numbers_are_compared(void **state)
{
	(void)state;
	assert_int_equal(link_says("", ""), LINK_NONE);
	assert_int_equal(link_says("1", ""), LINK_NONE);
	assert_int_equal(link_says("", "1"), LINK_NEW);
	assert_int_equal(link_says("1", "1"), LINK_SAME);
	assert_int_equal(link_says("1", "01"), LINK_DIFFERS);
	assert_string_equal(link_word(LINK_DIFFERS), "differs");
}

/* Patients saved by hand. */

static enum err
save(const char *chart, const char *values, int fresh, json_t *warnings,
    struct note *note)
{
	json_t *o = json_loads(values, 0, NULL);
	enum err r;

	assert_non_null(o);
	*note = (struct note){ "" };
	r = patient_save(store, chart, o, fresh, &desk, warnings, note);
	json_decref(o);
	return (r);
}

static void
patient_is_saved_field_by_field(void **state)
{
	json_t *warnings = json_array();
	struct patient p;
	struct note note;

	(void)state;
	assert_int_equal(save("13", "{\"name\":\"資格　一郎\",\"sex\":\"男\","
	    "\"birthdate\":\"昭和35年6月2日\",\"insurer_number\":\"139981\","
	    "\"insured_identification_number\":\"1639960291x001\","
	    "\"post_number\":\"1000014\",\"address\":\"東京都千代田区\"}", 1,
	    warnings, &note), ERR_OK);
	assert_int_equal(json_array_size(warnings), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(
	    warnings, 0), "field")), "insurer_number");
	assert_int_equal(save("13", "{\"insured_branch_number\":\"01\"}", 0,
	    NULL, &note), ERR_OK);
	assert_int_equal(patient_get(store, "13", &p), ERR_OK);
	assert_string_equal(p.name, "資格　一郎");
	assert_string_equal(p.birthdate, "19600602");
	assert_string_equal(p.post_number, "100-0014");
	assert_string_equal(p.insured_branch_number, "01");
	expect_history("13", COVERAGE_INSURANCE, "139981/1639960291x001:-;");
	assert_int_equal(audited("patient_save", AUDIT_PATIENT "13"), 2);
	assert_int_equal(save("13", "{\"address\":\"\"}", 0, NULL, &note),
	    ERR_OK);
	assert_int_equal(patient_get(store, "13", &p), ERR_OK);
	assert_string_equal(p.address, "");
	json_decref(warnings);
}

static const struct bad_save {
	const char	*name, *chart, *values;
	int		 fresh;
	enum err	 want;
	const char	*note;
} bad_saves[] = {
	{ "save: chart number 0", "0", "{\"birthdate\":\"19600602\"}", 1,
	    ERR_CHART_ZERO, "" },
	{ "save: new without a birth date", "13", "{\"name\":\"x\"}", 1,
	    ERR_ROW, "birthdate: is missing" },
	{ "save: new, and there is one", P02,
	    "{\"birthdate\":\"19600602\"}", 1, ERR_IN_LEDGER, "" },
	{ "save: changed, and there is none", "13",
	    "{\"birthdate\":\"19600602\"}", 0, ERR_NO_PATIENT, "" },
	{ "save: no date", P02, "{\"birthdate\":\"19991332\"}", 0, ERR_ROW,
	    "birthdate: 19991332 is not a date" },
	{ "save: birth date cleared", P02, "{\"birthdate\":\"\"}", 0,
	    ERR_ROW, "birthdate: is missing" },
	{ "save: a sex that is none", P02, "{\"sex\":\"x\"}", 0, ERR_ROW,
	    "sex: must be 1, 2, 3, M, F, 男, 女 or blank" },
	{ "save: insurer of 7 digits", P02,
	    "{\"insurer_number\":\"1234567\"}", 0, ERR_ROW,
	    "insurer_number: must be 6 or 8 digits" },
	{ "save: no such field", P02, "{\"phone\":\"1\"}", 0, ERR_ROW,
	    "a name: is no field of a patient" },
	{ "save: another chart number", P02, "{\"chart_number\":\"9\"}", 0,
	    ERR_ROW, "chart_number: is not changed" },
	{ "save: a number for a text", P02, "{\"name\":1}", 0, ERR_ROW,
	    "name: must be text" },
	{ "save: a reference number", P02,
	    "{\"reference_number\":\"1\"}", 0, ERR_ROW,
	    "reference_number: is linked and unlinked, with a reason" },
	{ "save: chart number in full width", "１３",
	    "{\"birthdate\":\"19600602\"}", 1, ERR_ROW,
	    "chart_number: must be printable ASCII" },
};

static void
bad_save_row(void **state)
{
	const struct bad_save *row = *state;
	struct patient p;
	struct note note;

	put_p02();
	assert_int_equal(save(row->chart, row->values, row->fresh, NULL,
	    &note), row->want);
	assert_string_equal(note.text, row->note);
	assert_int_equal(patient_get(store, P02, &p), ERR_OK);
	assert_true(column_all_equal(&p, &p02));
	assert_int_equal(audited("patient_save", ""), 0);
}

/* The audit. */

static enum err
write_actions(void *ctx, const struct audit_row *row)
{
	size_t at = strlen(ctx);

	snprintf((char *)ctx + at, 128 - at, "%d %s;", (int)row->seq,
	    row->action);
	return (ERR_OK);
}

static void
expect_audit(struct audit_query q, const char *want, int64_t all)
{
	char got[128] = "";
	int64_t total = -1;

	assert_int_equal(audit_list(store, &q, write_actions, got, &total),
	    ERR_OK);
	assert_string_equal(got, want);
	assert_int_equal(total, all);
}

static void
audit_is_by_subject_and_newest_first(void **state)
{
	(void)state;
	assert_int_equal(audit_add(store, &desk, "link", AUDIT_PATIENT, "1",
	    ""), ERR_OK);
	assert_int_equal(audit_add(store, &desk, "unlink", AUDIT_PATIENT, "1",
	    ""), ERR_OK);
	assert_int_equal(audit_add(store, &desk, "link", AUDIT_PATIENT, "2",
	    ""), ERR_OK);
	assert_int_equal(audit_add(store, &(struct audit_who){ NULL, NULL,
	    NULL }, "import", AUDIT_IMPORT, "x", NULL), ERR_OK);
	expect_audit((struct audit_query){ .limit = 9 },
	    "4 import;3 link;2 unlink;1 link;", 4);
	expect_audit((struct audit_query){ .limit = 9,
	    .subject = AUDIT_PATIENT "1" }, "2 unlink;1 link;", 2);
	expect_audit((struct audit_query){ .limit = 1, .offset = 1,
	    .action = "link" }, "1 link;", 2);
	expect_audit((struct audit_query){ .limit = 9, .before = 1 }, "", 0);
	expect_audit((struct audit_query){ .limit = 9, .subject = "patient:" },
	    "", 0);
}

static void
audit_row_goes_with_what_it_tells(void **state)
{
	(void)state;
	assert_int_equal(store_begin(store), ERR_OK);
	assert_int_equal(audit_add(store, &desk, "link", AUDIT_PATIENT, "1",
	    ""), ERR_OK);
	store_rollback(store);
	expect_audit((struct audit_query){ .limit = 9 }, "", 0);
}

/* No statement changes or deletes a row. */
static void
audit_is_only_added_to(void **state)
{
	(void)state;
	for (int i = 0; i < SQL_COUNT; i++) {
		const char *text = sql_text((enum sql)i);

		assert_null(strstr(text, "UPDATE audit"));
		assert_null(strstr(text, "DELETE FROM audit"));
	}
}

static const struct CMUnitTest plain[] = {
	TEST(choice_is_remembered),
	TEST(contradicting_choice_is_never_applied),
	TEST(contradicting_choice_is_refused),
	TEST(choice_ends),
	TEST(print_tells_nothing),
	TEST(link_is_set_once),
	TEST(number_of_another_is_refused),
	TEST(unlinking_needs_a_reason_and_is_told),
	TEST(numbers_are_compared),
	TEST(patient_is_saved_field_by_field),
	TEST(audit_is_by_subject_and_newest_first),
	TEST(audit_row_goes_with_what_it_tells),
	TEST(audit_is_only_added_to),
};

static size_t
rows(struct CMUnitTest *to, const void *table, size_t n, size_t size,
    CMUnitTestFunction f)
{
	for (size_t i = 0; i < n; i++) {
		const char *const *row = (const void *)((const char *)table +
		    i * size);

		to[i] = (struct CMUnitTest){ .name = *row, .test_func = f,
		    .setup_func = room_up, .teardown_func = room_down,
		    .initial_state = (void *)(uintptr_t)row };
	}
	return (n);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(others) + LEN(bad_links) +
	    LEN(bad_saves)];
	size_t n = 0;

	n += rows(tests + n, others, LEN(others), sizeof(others[0]),
	    other_row);
	n += rows(tests + n, bad_links, LEN(bad_links), sizeof(bad_links[0]),
	    bad_link_row);
	n += rows(tests + n, bad_saves, LEN(bad_saves), sizeof(bad_saves[0]),
	    bad_save_row);
	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	return (cmocka_run_group_tests_name("ledger_link", tests, NULL,
	    NULL));
}
