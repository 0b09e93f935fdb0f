#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/cli/redact.h"
#include "host/cli/tarball.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define HEAD	"2026-11-20T09:00:00.123+09:00 warn visit: "

/* What the house of these rows calls its own. */
static const char *const learnt[] = { "kiosk", "kiosk-tanaka", "tanaka-desk",
    "x9", "", "/srv/Tanaka Clinic/req", "/srv/tanaka/res", "/srv/田中 医院/db",
    "clinic.example.jp:8443", "/etc/shikaku/shikaku.conf" };

static struct redact own;

/* want NULL: the line is left out. */
static const struct row {
	const char	*line, *want;
} rows[] = {
	{ HEAD "reader gone", HEAD "reader gone\n" },
	{ HEAD "SCardConnect: 0x8010000C SCARD_E_NO_SMARTCARD",
	    HEAD "SCardConnect: 0x8010000C SCARD_E_NO_SMARTCARD\n" },
	{ HEAD "0x80100012345 0x8010000", HEAD "... ...\n" },
	{ HEAD "0x12345678", HEAD "...\n" },
	{ HEAD "PIN 1234, chart 6", HEAD "PIN #, chart #\n" },
	{ HEAD "1639960291x001", HEAD "...\n" },
	{ HEAD "資格　一郎 ｼｶｸ", HEAD "? ?\n" },
	{ HEAD "file \"a b\" and \"open", HEAD "file \"...\" and \"...\"\n" },
	{ HEAD "/srv/tanaka/req: open: No", HEAD "/...: open: No\n" },
	{ HEAD "tanaka/req is", HEAD "/... is\n" },
	{ HEAD "(/a/b)", HEAD "(/...)\n" },
	{ HEAD "\\\\10.1.2.3\\req\\x gone", HEAD "/... gone\n" },
	{ HEAD "dGhpc2lzYWtleXRoYXRpc2xvbmc=", HEAD "...=\n" },
	{ HEAD "1b4e28ba-2fa1-11d2-883f-b9a761bde3fb",
	    HEAD "...-...-...-...-...\n" },
	{ HEAD "41 ms\n", HEAD "# ms\n" },
	{ HEAD, HEAD "\n" },
	{ HEAD "kiosk-tanaka is connected", HEAD "(name) is connected\n" },
	{ HEAD "tanaka-desk: x9", HEAD "(name): (name)\n" },
	{ HEAD "device:tanaka-desk, (kiosk)", HEAD "device:(name), "
	    "((name))\n" },
	{ HEAD "\"kiosk-tanaka\"", HEAD "\"...\"\n" },
	{ HEAD "kiosk-other kiosks mykiosk", HEAD "kiosk-other kiosks "
	    "mykiosk\n" },
	{ HEAD "/srv/Tanaka Clinic/req: gone", HEAD "/...: gone\n" },
	{ HEAD "/srv/Tanaka Clinic/req/OQS.xml: gone",
	    HEAD "/...: gone\n" },
	{ HEAD "/srv/Tanaka Clinic/other gone", HEAD "/... gone\n" },
	{ HEAD "/srv/Tanaka Clinic gone", HEAD "/... gone\n" },
	{ HEAD "/srv/tanaka/res: gone", HEAD "/...: gone\n" },
	{ HEAD "/srv/tanaka gone", HEAD "/... gone\n" },
	{ HEAD "/srv/田中 医院/db-wal is", HEAD "/... is\n" },
	{ HEAD "clinic.example.jp:8443: no answer", HEAD "(name): no "
	    "answer\n" },
	{ "資格 一郎", NULL },
	{ "", NULL },
	{ "2026-11-20T09:00:00.123+09:00", NULL },
	{ "2026-11-20T09:00:00.123+09:00 ", NULL },
	{ "2026-11-20T09:00:00.123+09:00 loud visit: x", NULL },
	{ "2026-11-20T09:00:00.123+09:00 warn Tanaka: x", NULL },
	{ "2026-11-20T09:00:00.123+09:00 warn visit:x", NULL },
	{ "2026-11-20T09:00:00.123+09:00 warn visit", NULL },
	{ "2026-11-20T09:00:00.123+09:00 warn", NULL },
	{ "2026-11-20 09:00:00.123+09:00 warn visit: x", NULL },
	{ "2026-11-20T09:00:00.123+09:00 warn abcdefghijklmnopqr: x", NULL },
};

static void
log_row(void **state)
{
	const struct row *row = *state;
	struct blob out = { 0 };
	int kept = -1;

	assert_int_equal(redact_log(&own, row->line, &out, &kept), ERR_OK);
	assert_int_equal(kept, row->want != NULL);
	assert_string_equal(blob_str(&out), row->want == NULL ? "" :
	    row->want);
	blob_free(&out);
}

static const struct row texts[] = {
	{ "req 3 ms, 12 MB free", "req 3 ms, 12 MB free" },
	{ "/srv/clinic/req: open: No such file", "/...: open: No such file" },
	{ "link:/run/x.sock", "link:/..." },
	{ "田中/req", "?/..." },
	{ "a 患者 b", "a ? b" },
	{ "device:tanaka-desk 3 ms", "device:(name) 3 ms" },
	{ "x9 x90 ax9", "(name) x90 ax9" },
	{ "req = res: /srv/Tanaka Clinic/req", "req = res: /..." },
	{ "/srv/Tanaka Clinic/req/a, /srv/tanaka/res/b", "/..., /..." },
	{ "/srv/田中 医院: open", "/...: open" },
	{ "clinic.example.jp:8443", "(name)" },
	{ "", "" },
};

static void
text_row(void **state)
{
	const struct row *row = *state;
	struct blob out = { 0 };

	assert_int_equal(redact_text(&own, row->line, &out), ERR_OK);
	assert_string_equal(blob_str(&out), row->want);
	blob_free(&out);
}

static const struct row codes[] = {
	{ "NOT_TAKEN", "NOT_TAKEN" }, { "1", "1" }, { "", "" },
	{ "12", "(other)" }, { "Tanaka", "(other)" }, { "資格", "(other)" },
	{ "NOT TAKEN", "(other)" }, { "A1", "(other)" },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "(other)" },
};

static void
code_row(void **state)
{
	const struct row *row = *state;

	assert_string_equal(redact_code(row->line), row->want);
}

/* --- the file --- */

static char dir[] = "/tmp/tarball.XXXXXX";

static char *
in_dir(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return (path);
}

static int
shell(const char *command)
{
	char line[256];

	snprintf(line, sizeof(line), "cd %s && %s", dir, command);
	return (system(line));
}

/* What tar reads is what was put in. */
static void
tar_reads_it(void **state)
{
	static char big[1500];
	struct tarball *t;

	(void)state;
	memset(big, 'x', sizeof(big));
	assert_int_equal(tarball_open(in_dir("a.tar.gz"), &t, NULL), ERR_OK);
	assert_int_equal(tarball_add(t, "empty", NULL, 0, 1000), ERR_OK);
	assert_int_equal(tarball_add(t, "block", big, 512, 1000), ERR_OK);
	assert_int_equal(tarball_add(t, "big", big, sizeof(big), 1000),
	    ERR_OK);
	assert_int_equal(tarball_end(&t, NULL), ERR_OK);
	assert_null(t);
	assert_int_equal(shell("tar xzf a.tar.gz && test ! -s empty && "
	    "test $(wc -c <block) = 512 && test $(tr -d x <big | wc -c) = 0 "
	    "&& test $(wc -c <big) = 1500 && "
	    "test $(stat -c %a.%Y big) = 600.1"), 0);
	assert_int_equal(shell("test $(stat -c %a a.tar.gz) = 600"), 0);
}

static void
nothing_is_replaced(void **state)
{
	struct tarball *t;
	struct note note = { "" };

	(void)state;
	assert_int_equal(shell("echo mine >there"), 0);
	assert_int_equal(tarball_open(in_dir("there"), &t, &note),
	    ERR_NEW_FILE);
	assert_null(t);
	assert_non_null(strstr(note.text, "there"));
	assert_int_equal(tarball_open(in_dir("no/where"), &t, &note),
	    ERR_NEW_FILE);
	assert_int_equal(shell("ln -s target link"), 0);
	assert_int_equal(tarball_open(in_dir("link"), &t, &note),
	    ERR_NEW_FILE);
	assert_int_equal(shell("test $(cat there) = mine && test ! -e target"),
	    0);
}

static void
begun_is_removed(void **state)
{
	char name[128];
	struct tarball *t;

	(void)state;
	assert_int_equal(tarball_open(in_dir("begun"), &t, NULL), ERR_OK);
	memset(name, 'n', sizeof(name));
	name[100] = '\0';
	assert_int_equal(tarball_add(t, name, "", 0, 0), ERR_TOOBIG);
	assert_int_equal(tarball_add(t, "x", "", 0, -1), ERR_TOOBIG);
	tarball_drop(&t);
	assert_null(t);
	tarball_drop(&t);
	tarball_drop(NULL);
	assert_int_equal(access(in_dir("begun"), F_OK), -1);
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

static size_t
add(struct CMUnitTest *tests, size_t n, CMUnitTestFunction f,
    const struct row *row, size_t count)
{
	for (size_t i = 0; i < count; i++)
		tests[n++] = (struct CMUnitTest){ .name = row[i].line,
		    .test_func = f,
		    .initial_state = (void *)(uintptr_t)&row[i] };
	return (n);
}

int
main(void)
{
	const struct CMUnitTest files[] = {
		cmocka_unit_test(tar_reads_it),
		cmocka_unit_test(nothing_is_replaced),
		cmocka_unit_test(begun_is_removed),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(texts) + LEN(codes)];
	size_t n = 0;
	int bad;

	for (size_t i = 0; i < LEN(learnt); i++) {
		if (redact_learn(&own, learnt[i]) != ERR_OK)
			return (1);
	}
	n = add(tests, n, log_row, rows, LEN(rows));
	n = add(tests, n, text_row, texts, LEN(texts));
	n = add(tests, n, code_row, codes, LEN(codes));
	bad = cmocka_run_group_tests(tests, NULL, NULL) +
	    cmocka_run_group_tests(files, set_up, tear_down);
	redact_free(&own);
	return (bad);
}
