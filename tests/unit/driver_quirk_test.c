#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "driver/quirk.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define R	"reader 072f:2200\n"

static struct quirks quirks;
static char dir[] = "/tmp/quirk.XXXXXX";

/* --- one text: why NULL: taken, else what the note says --- */

static const struct row {
	const char	*name, *text, *why;
	size_t		 n;
} rows[] = {
	{ "nothing", "", NULL, 0 },
	{ "a comment", "# x\n \t\n#\n", NULL, 0 },
	{ "a reader alone", R, NULL, 1 },
	{ "no newline at the end", "reader 072F:ffff", NULL, 1 },
	{ "two", R "reader 072f:2201\nname x\n", NULL, 2 },
	{ "every key", R "name A  b\ndriver libnfc\napdu short\nmax 271\n"
	    "slow 1000\nskip *SAM*\nlight acr122\nfirmware 2.06\nsource s\n",
	    NULL, 1 },
	{ "blanks, CR", "  reader\t072f:2200 \r\n\tmax \t 522\r\n", NULL, 1 },

	{ "unknown key", R "colour red\n", "f:2: unknown key \"colour\"", 0 },
	{ "key of another case", R "Max 522\n", "f:2: unknown key \"Max\"", 0 },
	{ "no reader yet", "\nmax 522\n", "f:2: before the first reader:", 0 },
	{ "reader without number", "reader\n", "f:1: not VENDOR:PRODUCT", 0 },
	{ "reader of three digits", "reader 72f:2200\n", "f:1: not VENDOR", 0 },
	{ "reader with a tail", "reader 072f:2200x\n", "f:1: not VENDOR", 0 },
	{ "reader of letters", "reader 072f:zzzz\n", "f:1: not VENDOR", 0 },
	{ "reader with a sign", "reader -72f:2200\n", "f:1: not VENDOR", 0 },
	{ "reader twice", R "\n" R, "f:3: this reader is there already:", 0 },
	{ "key twice", R "max 522\nmax 522\n", "f:3: given twice: \"max\"", 0 },
	{ "key without value", R "name\n", "f:2: impossible value of \"name\"", 0 },
	{ "max too small", R "max 270\n", "f:2: impossible value of \"max\"", 0 },
	{ "max too large", R "max 65555\n", "f:2: impossible value", 0 },
	{ "max huge", R "max 99999999999999999999\n", "f:2: impossible", 0 },
	{ "max negative", R "max -1\n", "f:2: impossible value", 0 },
	{ "max not a number", R "max 522x\n", "f:2: impossible value", 0 },
	{ "max in hex", R "max 0x20a\n", "f:2: impossible value", 0 },
	{ "slow 0", R "slow 0\n", "f:2: impossible value of \"slow\"", 0 },
	{ "unknown driver", R "driver acs\n", "f:2: impossible value", 0 },
	{ "unknown light", R "light red\n", "f:2: impossible value", 0 },
	{ "two words", R "apdu short please\n", "f:2: impossible value", 0 },
	{ "firmware without a point", R "firmware 206\n", "f:2: impossible", 0 },
	{ "firmware of one digit", R "firmware 2.6\n", "f:2: impossible", 0 },
	{ "firmware in letters", R "firmware 2.a6\n", "f:2: impossible", 0 },
	{ "firmware 0", R "firmware 0.00\n", "f:2: impossible value", 0 },
	{ "firmware too long", R "firmware 2.067\n", "f:2: impossible", 0 },
};

static void
text_row(void **state)
{
	const struct row *row = *state;
	struct note note = { "" };
	enum err r;

	quirks.n = 0;
	r = quirk_parse(&quirks, "f", row->text, &note);
	assert_int_equal(r, row->why == NULL ? ERR_OK : ERR_CONF);
	assert_int_equal(quirks.n, row->n);
	if (row->why != NULL)
		assert_ptr_equal(strstr(note.text, row->why), note.text);
}

static void
values_arrive(void **state)
{
	const struct quirk *q = quirks.rows;

	(void)state;
	quirks.n = 0;
	assert_int_equal(quirk_parse(&quirks, "f", rows[5].text, NULL),
	    ERR_OK);
	assert_int_equal(q->vid, 0x072f);
	assert_int_equal(q->pid, 0x2200);
	assert_string_equal(q->name, "A  b");
	assert_int_equal(q->driver, QUIRK_LIBNFC);
	assert_int_equal(q->apdu, QUIRK_SHORT);
	assert_int_equal(q->light, QUIRK_ACR122);
	assert_int_equal(q->max, 271);
	assert_int_equal(q->slow, 1000);
	assert_int_equal(q->firmware, 0x0206);
	assert_string_equal(q->skip, "*SAM*");
	assert_string_equal(q->source, "s");
	/* A later text replaces the row as a whole. */
	assert_int_equal(quirk_parse(&quirks, "g", R "max 522\n", NULL),
	    ERR_OK);
	assert_int_equal(quirks.n, 1);
	assert_int_equal(q->max, 522);
	assert_int_equal(q->apdu, QUIRK_AS_DECLARED);
	assert_string_equal(q->name, "");
}

static void
long_things_are_refused(void **state)
{
	struct blob text = { 0 };
	struct note note = { "" };

	(void)state;
	quirks.n = 0;
	for (int i = 0; i <= QUIRKS_MAX; i++)
		assert_int_equal(blob_printf(&text, "reader 0000:%04x\n", i),
		    ERR_OK);
	assert_int_equal(quirk_parse(&quirks, "f", blob_str(&text), &note),
	    ERR_CONF);
	assert_int_equal(quirks.n, 0);
	assert_non_null(strstr(note.text, "f:257: too many readers"));
	blob_cut(&text, text.len - strlen("reader 0000:0000\n"));
	assert_int_equal(quirk_parse(&quirks, "f", blob_str(&text), &note),
	    ERR_OK);
	assert_int_equal(quirks.n, QUIRKS_MAX);
	assert_int_equal(quirk_parse(&quirks, "g", R, &note), ERR_CONF);
	assert_int_equal(quirks.n, QUIRKS_MAX);
	blob_reset(&text);
	assert_int_equal(blob_printf(&text, R "name %0*d\n", QUIRK_TEXT, 0),
	    ERR_OK);
	quirks.n = 0;
	assert_int_equal(quirk_parse(&quirks, "f", blob_str(&text), &note),
	    ERR_CONF);
	blob_reset(&text);
	assert_int_equal(blob_printf(&text, "# %0500d\n", 0), ERR_OK);
	assert_int_equal(quirk_parse(&quirks, "f", blob_str(&text), &note),
	    ERR_CONF);
	assert_string_equal(note.text, "f:1: line too long: \"\"");
	blob_free(&text);
}

/* --- folders --- */

static void
put(const char *name, const char *text, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static void
folders_are_read_in_order(void **state)
{
	static const char bad[] = "reader 072f:2200\nmax 5\n";
	struct note note = { "" };

	(void)state;
	quirks.n = 0;
	put("10.conf", R "max 522\n", strlen(R "max 522\n"));
	put("20.conf", R "max 1034\n", strlen(R "max 1034\n"));
	put("30.conf.bak", "nonsense\n", 9);
	put(".40.conf", "nonsense\n", 9);
	assert_int_equal(quirk_folder(&quirks, dir, &note), ERR_OK);
	assert_int_equal(quirks.n, 1);
	assert_int_equal(quirks.rows[0].max, 1034);
	put("50.conf", bad, strlen(bad));
	assert_int_equal(quirk_folder(&quirks, dir, &note), ERR_CONF);
	assert_non_null(strstr(note.text, "/50.conf:2: impossible value"));
	put("50.conf", "name\0x", 6);
	assert_int_equal(quirk_folder(&quirks, dir, &note), ERR_CONF);
	assert_non_null(strstr(note.text, "/50.conf: not a text"));
	assert_int_equal(quirk_folder(&quirks, "/nonexistent", &note),
	    ERR_CONF);
	assert_non_null(strstr(note.text, "/nonexistent: "));
}

/* --- in force --- */

static void
shipped_ones_are_there(void **state)
{
	struct blob text = { 0 };
	struct note note = { "" };
	size_t readers = 0;

	(void)state;
	quirks.n = 0;
	for (size_t i = 0; quirk_shipped[i] != NULL; i++) {
		readers += strncmp(quirk_shipped[i], "reader ", 7) == 0;
		assert_int_equal(blob_printf(&text, "%s\n", quirk_shipped[i]),
		    ERR_OK);
	}
	if (quirk_parse(&quirks, "quirks.d", blob_str(&text), &note) != ERR_OK)
		fail_msg("%s", note.text);
	blob_free(&text);
	assert_int_equal(quirks.n, readers);
	assert_true(readers > 20);
	for (size_t i = 0; i < quirks.n; i++) {
		assert_true(quirks.rows[i].name[0] != '\0');
		assert_true(quirks.rows[i].source[0] != '\0');
	}
	assert_int_equal(quirk_find(0x072f, 0x2200)->apdu, QUIRK_SHORT);
	assert_int_equal(quirk_find(0x072f, 0x2200)->light, QUIRK_ACR122);
	assert_int_equal(quirk_find(0x054c, 0x06c3)->driver, QUIRK_NO_DRIVER);
	assert_null(quirk_find(0x1234, 0x2200));
	assert_true(quirk_skips(
	    "ACS ACR1252 Dual Reader [ACR1252 Dual Reader SAM] 01 00"));
	assert_false(quirk_skips(
	    "ACS ACR1252 Dual Reader [ACR1252 Dual Reader PICC] 00 00"));
	assert_false(quirk_skips("Samsung Reader 00 00"));
}

static void
a_folder_adds_to_them(void **state)
{
	static const char text[] = "reader 072f:2200\nmax 522\n"
	    "reader 1234:5678\nskip Toy*01\n";
	struct note note = { "" };

	(void)state;
	/* 50.conf of above is wrong: nothing changes. */
	assert_int_equal(quirk_use(dir, &note), ERR_CONF);
	assert_int_equal(quirk_find(0x072f, 0x2200)->max, 271);
	assert_int_equal(quirk_use("", &note), ERR_OK);
	put("50.conf", text, strlen(text));
	assert_int_equal(quirk_use(dir, &note), ERR_OK);
	assert_int_equal(quirk_find(0x072f, 0x2200)->max, 522);
	assert_int_equal(quirk_find(0x072f, 0x2200)->light, QUIRK_DARK);
	assert_int_equal(quirk_find(0x054c, 0x06c3)->driver, QUIRK_NO_DRIVER);
	assert_true(quirk_skips("Toy 00 01"));
	assert_false(quirk_skips("Toy 00 00"));
}

static int
set_up(void **state)
{
	(void)state;
	return (mkdtemp(dir) == NULL ? -1 : 0);
}

static int
tear_down(void **state)
{
	char line[64];

	(void)state;
	snprintf(line, sizeof(line), "rm -rf %s", dir);
	return (system(line));
}

int
main(void)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(long_things_are_refused),
		cmocka_unit_test(folders_are_read_in_order),
		cmocka_unit_test(shipped_ones_are_there),
		cmocka_unit_test(a_folder_adds_to_them),
	};
	struct CMUnitTest tests[LEN(rows)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = text_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	return (cmocka_run_group_tests(tests, NULL, NULL) +
	    cmocka_run_group_tests(others, set_up, tear_down));
}
