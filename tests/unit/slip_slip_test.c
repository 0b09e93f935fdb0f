#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "crypto/base32.h"
#include "host/slip/page.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct slip sound = { .id =
    "00000000-0000-4000-8000-000000000001", .at = INT64_C(1795132800000),
    .name = "資格　一郎", .address = "東京都千代田区永田町1-99-99",
    .staff = "受付 花子", .birthdate = "19600602", .sex = '1', .consent = {
    .given = { 1, 0, 1 }, .prescription = PRESCRIPTION_PAPER,
    .confirmed = INT64_C(1795132800000) } };

static void
written(const struct slip *s, struct blob *text)
{
	assert_int_equal(slip_write(s, text), ERR_OK);
}

static void
comes_back(void **state)
{
	struct blob text = { 0 };
	struct slip back;

	(void)state;
	written(&sound, &text);
	memset(&back, 0xa5, sizeof(back));
	assert_int_equal(slip_read(blob_str(&text), &back), ERR_OK);
	assert_string_equal(back.id, sound.id);
	assert_int_equal(back.at, sound.at);
	assert_string_equal(back.name, sound.name);
	assert_string_equal(back.address, sound.address);
	assert_string_equal(back.staff, sound.staff);
	assert_string_equal(back.birthdate, sound.birthdate);
	assert_int_equal(back.sex, sound.sex);
	assert_memory_equal(&back.consent, &sound.consent,
	    sizeof(sound.consent));
	blob_free(&text);
}

/* What was shown is one byte more; a slip without it is as it always was. */
static void
what_was_shown_comes_back(void **state)
{
	struct blob text = { 0 }, page = { 0 };
	struct slip s = sound, back;
	size_t plain;

	(void)state;
	written(&sound, &text);
	plain = text.len;
	for (int f = FALLBACK_NONE; f < FALLBACK_COUNT; f++) {
		s.fallback = (enum fallback)f;
		written(&s, &text);
		assert_true(f != FALLBACK_NONE || text.len == plain);
		assert_int_equal(slip_read(blob_str(&text), &back), ERR_OK);
		assert_int_equal(back.fallback, f);
		assert_string_equal(back.staff, sound.staff);
		assert_int_equal(page_write(&s, &page), ERR_OK);
		assert_int_equal(strstr(blob_str(&page), "提示されたもの") !=
		    NULL, f != FALLBACK_NONE);
		assert_non_null(strstr(blob_str(&page), fallback_label(
		    (enum fallback)f, ERR_JA)));
		assert_int_equal(fallback_read(fallback_word((enum fallback)
		    f)), f == FALLBACK_NONE ? FALLBACK_COUNT : f);
	}
	assert_int_equal(fallback_read("card"), FALLBACK_COUNT);
	s.fallback = FALLBACK_COUNT;
	written(&s, &text);
	assert_int_equal(slip_read(blob_str(&text), &back), ERR_SLIP);
	blob_free(&text);
	blob_free(&page);
}

/* Keyboard layouts and input methods differ on everything else. */
static void
is_digits_and_capitals(void **state)
{
	struct blob text = { 0 };

	(void)state;
	written(&sound, &text);
	assert_int_equal(strspn(blob_str(&text),
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"), text.len);
	assert_memory_equal(text.data, "SKS1", 4);
	blob_free(&text);
}

static void
scanners_differ(void **state)
{
	static const char *const around[] = { "", "\r", "\n", "\r\n", "\t",
	    " " };
	struct blob text = { 0 }, typed = { 0 };
	struct slip back;

	(void)state;
	written(&sound, &text);
	for (size_t i = 0; i < LEN(around); i++) {
		blob_reset(&typed);
		assert_int_equal(blob_printf(&typed, "%s%s%s", around[i],
		    blob_str(&text), around[i]), ERR_OK);
		assert_int_equal(slip_read(blob_str(&typed), &back),
		    ERR_OK);
	}
	/* Caps Lock. */
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] >= 'A')
			text.data[i] = (uint8_t)(text.data[i] - 'A' + 'a');
	assert_int_equal(slip_read(blob_str(&text), &back), ERR_OK);
	blob_free(&text);
	blob_free(&typed);
}

/* Every symbol but those the padding fills is covered by the sum. */
static void
a_misread_symbol_is_refused(void **state)
{
	static const struct slip none;
	struct blob text = { 0 };
	struct slip back;

	(void)state;
	written(&sound, &text);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		text.data[i] = c == '7' ? '8' : '7';
		assert_int_equal(slip_read(blob_str(&text), &back), ERR_SLIP);
		assert_memory_equal(&back, &none, sizeof(none));
		text.data[i] = c;
	}
	blob_free(&text);
}

static void
a_cut_or_joined_text_is_refused(void **state)
{
	struct blob text = { 0 }, twice = { 0 };
	struct slip back;

	(void)state;
	written(&sound, &text);
	assert_int_equal(blob_printf(&twice, "%s%s", blob_str(&text),
	    blob_str(&text)), ERR_OK);
	assert_int_equal(slip_read(blob_str(&twice), &back), ERR_SLIP);
	blob_reset(&twice);
	assert_int_equal(blob_printf(&twice, "%s %s", blob_str(&text),
	    blob_str(&text)), ERR_OK);
	assert_int_equal(slip_read(blob_str(&twice), &back), ERR_SLIP);
	while (text.len > 0) {
		blob_cut(&text, text.len - 1);
		assert_int_equal(slip_read(blob_str(&text), &back), ERR_SLIP);
	}
	blob_free(&text);
	blob_free(&twice);
}

static void
garbage_is_refused(void **state)
{
	static const char *const rows[] = { "", " ", "SKS1", "SKS2AAAAAAAA",
	    "SKS1AAAAAAAA", "SKS1UUUUUUUU", "資格　一郎",
	    "https://example.com/", "0000000000000" };
	struct blob big = { 0 };
	struct slip back;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		assert_int_equal(slip_read(rows[i], &back), ERR_SLIP);
	memset(blob_space(&big, SLIP_TEXT_MAX + 8), '0', SLIP_TEXT_MAX + 8);
	memcpy(big.data, "SKS1", 4);
	assert_int_equal(slip_read(blob_str(&big), &back), ERR_SLIP);
	blob_free(&big);
}

/* A slip of this time and a good sum, as somebody else may write one. */
static void
slip_at(uint64_t seconds, struct blob *text)
{
	enum { MAGIC = 4, AT = 17, SUM = 8, GROUP = 5, FIXED = 32, TEXTS = 3 };
	uint8_t bytes[SLIP_TEXT_MAX], hash[32];
	size_t n, end = FIXED + TEXTS * sizeof(uint16_t) +
	    strlen(sound.name) + strlen(sound.address) + strlen(sound.staff);

	written(&sound, text);
	n = text->len - MAGIC;
	assert_int_equal(base32_read(blob_str(text) + MAGIC, n, bytes), 1);
	assert_int_equal(n / 8, (end + SUM + GROUP - 1) / GROUP);
	for (int i = 0; i < 8; i++)
		bytes[AT + i] = (uint8_t)(seconds >> (56 - 8 * i));
	assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, bytes, end, hash,
	    NULL), 1);
	memcpy(bytes + end, hash, SUM);
	blob_cut(text, MAGIC);
	base32_write(bytes, n, (char *)blob_space(text, n));
}

static void
a_time_beyond_the_calendar_is_refused(void **state)
{
	static const struct {
		uint64_t	 seconds;
		enum err	 want;
	} times[] = {
		{ 1795132800, ERR_OK },
		{ UINT64_C(253402300799), ERR_OK },
		{ UINT64_C(253402300800), ERR_SLIP },
		/* Its ms just do not fit. */
		{ UINT64_C(9223372036854776), ERR_SLIP },
		{ UINT64_MAX, ERR_SLIP },
		{ 0, ERR_SLIP },
	};
	struct blob text = { 0 };
	struct slip back;

	(void)state;
	for (size_t i = 0; i < LEN(times); i++) {
		slip_at(times[i].seconds, &text);
		assert_int_equal(slip_read(blob_str(&text), &back),
		    times[i].want);
		assert_int_equal(back.at, times[i].want == ERR_OK ?
		    (int64_t)times[i].seconds * 1000 : 0);
	}
	blob_free(&text);
}

/* --- what is no slip --- */

static const struct row {
	const char	*name, *said;
	struct slip	 s;
} rows[] = {
	{ "no id", "id", { .id = "" } },
	{ "an id of another form", "id", { .id =
	    "00000000-0000-1000-8000-000000000001" } },
	{ "no time", "at", { .at = -1 } },
	{ "year 10000", "at", { .at = INT64_C(253402300800000) } },
	{ "no name", "name", { .name = "" } },
	{ "a name of two lines", "name", { .name = "a\nb" } },
	{ "a name that is not UTF-8", "name", { .name = "\xff" } },
	{ "no such day", "birthdate", { .birthdate = "20250230" } },
	{ "a sex that is none", "sex", { .sex = '3' } },
	{ "no address", "address", { .address = "" } },
	{ "no staff", "staff", { .staff = "" } },
};

static void
refused_row(void **state)
{
	const struct row *row = *state;
	struct slip s = sound;
	struct note note = { "" };
	struct blob text = { 0 };

	if (strcmp(row->said, "id") == 0)
		memcpy(s.id, row->s.id, sizeof(s.id));
	else if (strcmp(row->said, "at") == 0)
		s.at = row->s.at;
	else if (strcmp(row->said, "name") == 0)
		memcpy(s.name, row->s.name, sizeof(s.name));
	else if (strcmp(row->said, "birthdate") == 0)
		memcpy(s.birthdate, row->s.birthdate, sizeof(s.birthdate));
	else if (strcmp(row->said, "sex") == 0)
		s.sex = row->s.sex;
	else if (strcmp(row->said, "address") == 0)
		memcpy(s.address, row->s.address, sizeof(s.address));
	else
		memcpy(s.staff, row->s.staff, sizeof(s.staff));
	assert_int_equal(slip_check(&s, &note), ERR_LAYOUT);
	assert_string_equal(note.text, row->said);
	assert_int_equal(slip_write(&s, &text), ERR_LAYOUT);
	assert_int_equal(text.len, 0);
}

/* --- the page --- */

static void
the_page_holds_all_of_it(void **state)
{
	static const char *const parts[] = { "資格　一郎", "1960-06-02",
	    "男 male", "永田町", "受付 花子", "限度額情報", "紙の処方箋",
	    "2026-11-20 09:00", "<svg", "Neither coverage nor identity" };
	struct blob page = { 0 };

	(void)state;
	assert_int_equal(page_write(&sound, &page), ERR_OK);
	for (size_t i = 0; i < LEN(parts); i++)
		assert_non_null(strstr(blob_str(&page), parts[i]));
	assert_null(strstr(blob_str(&page), "<script"));
	blob_free(&page);
}

static void
what_people_write_is_no_markup(void **state)
{
	struct slip s = sound;
	struct blob page = { 0 };

	(void)state;
	snprintf(s.name, sizeof(s.name), "<script>&\"'");
	assert_int_equal(page_write(&s, &page), ERR_OK);
	assert_null(strstr(blob_str(&page), "<script"));
	assert_non_null(strstr(blob_str(&page),
	    "&lt;script&gt;&amp;&quot;&#39;"));
	blob_free(&page);
}

/* The longest of everything still fits one code. */
static void
the_longest_fits(void **state)
{
	struct slip s = sound, back;
	struct blob page = { 0 }, text = { 0 };

	(void)state;
	memset(s.name, 'n', sizeof(s.name) - 1);
	memset(s.address, 'a', sizeof(s.address) - 1);
	memset(s.staff, 's', sizeof(s.staff) - 1);
	assert_int_equal(page_write(&s, &page), ERR_OK);
	written(&s, &text);
	assert_int_equal(slip_read(blob_str(&text), &back), ERR_OK);
	assert_string_equal(back.address, s.address);
	blob_free(&page);
	blob_free(&text);
}

#define PLAIN 10

int
main(void)
{
	struct CMUnitTest tests[PLAIN + LEN(rows)] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(what_was_shown_comes_back),
		cmocka_unit_test(is_digits_and_capitals),
		cmocka_unit_test(scanners_differ),
		cmocka_unit_test(a_misread_symbol_is_refused),
		cmocka_unit_test(a_cut_or_joined_text_is_refused),
		cmocka_unit_test(garbage_is_refused),
		cmocka_unit_test(a_time_beyond_the_calendar_is_refused),
		cmocka_unit_test(the_page_holds_all_of_it),
		cmocka_unit_test(what_people_write_is_no_markup),
		cmocka_unit_test(the_longest_fits),
	};

	for (size_t i = 0; i < LEN(rows); i++) {
		void *row;

		memcpy(&row, &(const void *){ &rows[i] }, sizeof(row));
		tests[PLAIN + i] = (struct CMUnitTest){ rows[i].name,
		    refused_row, NULL, NULL, row };
	}
	return (cmocka_run_group_tests_name("slip", tests, NULL, NULL));
}
