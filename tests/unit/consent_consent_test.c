#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/consent/consent.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct row {
	const char	*name, *words;
	enum err	 want;
	const char	*given;		/* a digit per item, in order */
	const char	*note;
} rows[] = {
	{ "limit", "limit", ERR_OK, "100000", "" },
	{ "disease", "disease", ERR_OK, "010000", "" },
	{ "checkup", "checkup", ERR_OK, "001000", "" },
	{ "drug", "drug", ERR_OK, "000100", "" },
	{ "diagnosis", "diagnosis", ERR_OK, "000010", "" },
	{ "operation", "operation", ERR_OK, "000001", "" },
	{ "all", "all", ERR_OK, "111111", "" },
	{ "none", "none", ERR_OK, "000000", "" },
	{ "two, in another order", "operation,limit", ERR_OK, "100001", "" },
	{ "each by name", "limit,disease,checkup,drug,diagnosis,operation",
	    ERR_OK, "111111", "" },
	{ "twice", "drug,limit,drug", ERR_USAGE, "000000",
	    "consent \"drug\": is named twice" },
	{ "unknown", "limit,teeth", ERR_USAGE, "000000",
	    "consent \"teeth\": is not an item" },
	{ "empty", "", ERR_USAGE, "000000", "consent \"\": is not an item" },
	{ "comma alone", ",", ERR_USAGE, "000000",
	    "consent \"\": is not an item" },
	{ "comma at the end", "limit,", ERR_USAGE, "000000",
	    "consent \"\": is not an item" },
	{ "comma at the start", ",limit", ERR_USAGE, "000000",
	    "consent \"\": is not an item" },
	{ "two commas", "limit,,drug", ERR_USAGE, "000000",
	    "consent \"\": is not an item" },
	{ "capitals", "Limit", ERR_USAGE, "000000",
	    "consent \"Limit\": is not an item" },
	{ "all in capitals", "ALL", ERR_USAGE, "000000",
	    "consent \"ALL\": is not an item" },
	{ "all and none", "all,none", ERR_USAGE, "000000",
	    "consent \"all\": is not an item" },
	{ "an item and none", "drug,none", ERR_USAGE, "000000",
	    "consent \"none\": is not an item" },
	{ "an item and all", "drug,all", ERR_USAGE, "000000",
	    "consent \"all\": is not an item" },
	{ "a blank", "limit, drug", ERR_USAGE, "000000",
	    "consent \" drug\": is not an item" },
	{ "the start of a word", "lim", ERR_USAGE, "000000",
	    "consent \"lim\": is not an item" },
	{ "more than a word", "limits", ERR_USAGE, "000000",
	    "consent \"limits\": is not an item" },
	{ "a long word is cut", "012345678901234567890123456789012345678901",
	    ERR_USAGE, "000000", "consent "
	    "\"0123456789012345678901234567890123456789\": is not an item" },
};

static void
parse_row(void **state)
{
	const struct row *row = *state;
	struct consent c = { .given = { 1, 1, 1, 1, 1, 1 },
	    .prescription = PRESCRIPTION_PAPER, .confirmed = 5 };
	struct note note = { "" };

	assert_int_equal(consent_parse(row->words, &c, &note), row->want);
	for (int i = 0; i < CONSENT_ITEMS; i++)
		assert_int_equal(c.given[i], row->given[i] - '0');
	assert_int_equal(c.prescription, PRESCRIPTION_NONE);
	assert_int_equal(c.confirmed, 0);
	assert_string_equal(note.text, row->note);
	assert_int_equal(consent_parse(row->words, &c, NULL), row->want);
}

static const struct form {
	const char		*name, *word;
	enum err		 want;
	enum prescription	 form;
} forms[] = {
	{ "electronic", "electronic", ERR_OK, PRESCRIPTION_ELECTRONIC },
	{ "paper", "paper", ERR_OK, PRESCRIPTION_PAPER },
	{ "prescription: empty", "", ERR_USAGE, PRESCRIPTION_NONE },
	{ "prescription: none", "none", ERR_USAGE, PRESCRIPTION_NONE },
	{ "prescription: capitals", "Paper", ERR_USAGE, PRESCRIPTION_NONE },
	{ "prescription: both", "electronic,paper", ERR_USAGE,
	    PRESCRIPTION_NONE },
	{ "prescription: number", "1", ERR_USAGE, PRESCRIPTION_NONE },
};

static void
form_row(void **state)
{
	const struct form *row = *state;
	struct consent c = { .given = { 1, 0, 1 }, .confirmed = 5 };
	struct note note = { "" };

	assert_int_equal(consent_parse_prescription(row->word, &c, &note),
	    row->want);
	assert_int_equal(c.prescription, row->form);
	assert_int_equal(c.given[0] + c.given[2], 2);
	assert_int_equal(c.given[1], 0);
	assert_int_equal(c.confirmed, 5);
	assert_int_equal(note.text[0] != '\0', row->want != ERR_OK);
}

static void
words_name_items(void **state)
{
	(void)state;
	assert_string_equal(consent_word(CONSENT_DRUG), "drug");
	assert_string_equal(consent_flag(CONSENT_DRUG), "PharmacistsInfo");
	assert_string_equal(consent_label(CONSENT_DRUG, ERR_JA), "薬剤情報");
	assert_string_equal(consent_label(CONSENT_DRUG, ERR_EN),
	    "drug information");
	assert_string_equal(prescription_word(PRESCRIPTION_PAPER), "paper");
	assert_string_equal(prescription_label(PRESCRIPTION_PAPER, ERR_JA),
	    "紙の処方箋");
	assert_string_equal(prescription_label(PRESCRIPTION_ELECTRONIC,
	    ERR_EN), "electronic prescription");
	assert_string_equal(prescription_word(PRESCRIPTION_NONE), "");
}

static void
what_is_unknown_has_no_word(void **state)
{
	enum consent_item item = CONSENT_ITEMS;
	enum prescription form = (enum prescription)3;

	(void)state;
	assert_string_equal(consent_word(item), "");
	assert_string_equal(consent_flag(item), "");
	assert_string_equal(consent_label(item, ERR_JA), "");
	assert_string_equal(prescription_word(form), "");
	assert_string_equal(prescription_label(form, ERR_JA), "");
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(forms) + 2] = {
		cmocka_unit_test(words_name_items),
		cmocka_unit_test(what_is_unknown_has_no_word),
	};
	size_t n = 2;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = parse_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(forms); i++)
		tests[n++] = (struct CMUnitTest){ .name = forms[i].name,
		    .test_func = form_row,
		    .initial_state = (void *)(uintptr_t)&forms[i] };
	return (cmocka_run_group_tests_name("consent", tests, NULL, NULL));
}
