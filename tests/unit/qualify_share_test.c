#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/qualify/institution.h"
#include "host/qualify/share.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static char mounts[] = "/tmp/share_test.XXXXXX";

static const char table[] =
    "25 30 0:23 / /proc rw,nosuid - proc proc rw\n"
    "30 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "90 30 0:50 / /mnt/req rw,relatime shared:9 - cifs //10.51.1.2/req rw\n"
    "91 30 0:51 / /mnt/two\\040words rw - cifs //10.51.1.2/RES/ rw\n"
    "92 30 0:52 /in /mnt/in rw - smb3 //10.255.255.1/OQS rw\n"
    "93 30 0:53 / /mnt/ext rw - ext4 //10.51.1.3/req rw\n"
    "94 30 0:54 / /mnt/x rw - cifs //10.51.1.4 rw\n"
    "95 bad line\n";

static int
set_up(void **state)
{
	int fd = mkstemp(mounts);

	(void)state;
	if (fd == -1 || write(fd, table, strlen(table)) !=
	    (ssize_t)strlen(table))
		return (-1);
	return (close(fd));
}

static int
tear_down(void **state)
{
	(void)state;
	return (unlink(mounts));
}

static const struct row {
	const char	*path;
	enum share_kind	 kind;
	enum err	 err;
	const char	*want;		/* the folder, or what the note says */
} rows[] = {
	{ "\\\\10.51.1.2\\req\\", SHARE_UNC, ERR_OK, "/mnt/req" },
	{ "\\\\10.51.1.2\\req", SHARE_UNC, ERR_OK, "/mnt/req" },
	{ "\\\\10.51.1.2\\REQ\\", SHARE_UNC, ERR_OK, "/mnt/req" },
	{ "\\\\10.51.1.2\\res\\", SHARE_UNC, ERR_OK, "/mnt/two words" },
	{ "\\\\10.51.1.2\\req\\new", SHARE_UNC, ERR_OK, "/mnt/req/new" },
	{ "\\\\10.255.255.1\\oqs\\in\\req", SHARE_UNC, ERR_OK,
	    "/mnt/in/req" },
	{ "\\\\10.255.255.1\\OQS\\out", SHARE_UNC, ERR_FOLDER,
	    "mount -t cifs '//10.255.255.1/OQS' /mnt/OQS " },
	{ "\\\\10.51.1.2\\requests", SHARE_UNC, ERR_FOLDER,
	    "'//10.51.1.2/requests'" },
	{ "\\\\10.51.1.20\\req", SHARE_UNC, ERR_FOLDER, "'//10.51.1.20/req'" },
	{ "\\\\10.51.1.3\\req", SHARE_UNC, ERR_FOLDER, "not mounted" },
	{ "\\\\10.51.1.4\\req", SHARE_UNC, ERR_FOLDER, "not mounted" },
	{ "\\\\tsclient\\Z\\", SHARE_SESSION, ERR_FOLDER,
	    "~/thinclient_drives/Z)" },
	{ "\\\\TSCLIENT\\Y", SHARE_SESSION, ERR_FOLDER, "remote desktop" },
	{ "/mnt/req", SHARE_NONE, ERR_CONF, "expected" },
	{ "//10.51.1.2/req", SHARE_NONE, ERR_CONF, "expected" },
	{ "C:\\OQS\\req", SHARE_NONE, ERR_CONF, "expected" },
	{ "\\\\10.51.1.2", SHARE_NONE, ERR_CONF, "expected" },
	{ "\\\\10.51.1.2\\", SHARE_NONE, ERR_CONF, "expected" },
	{ "\\\\", SHARE_NONE, ERR_CONF, "expected" },
	{ "\\", SHARE_NONE, ERR_CONF, "expected" },
	{ "", SHARE_NONE, ERR_CONF, "expected" },
	{ "\\\\h\\\\req", SHARE_NONE, ERR_CONF, "expected" },
	{ "\\\\h\\req\\..\\etc", SHARE_NONE, ERR_CONF, "expected" },
	{ "\\\\?\\C:\\req", SHARE_NONE, ERR_CONF, "expected" },
	{ "\\\\h\\a|b", SHARE_NONE, ERR_CONF, "expected" },
};

static void
share_row(void **state)
{
	const struct row *row = *state;
	struct note note = { "" };
	char out[64] = "x";

	assert_int_equal(share_kind(row->path), row->kind);
	assert_int_equal(share_find(row->path, mounts, out, sizeof(out),
	    &note), row->err);
	if (row->err == ERR_OK) {
		assert_string_equal(out, row->want);
	} else {
		assert_string_equal(out, "");
		assert_non_null(strstr(note.text, row->want));
	}
}

static void
no_table_of_mounts(void **state)
{
	struct note note = { "" };
	char out[64];

	(void)state;
	assert_int_equal(share_find("\\\\h\\req", "/nowhere/mounts", out,
	    sizeof(out), &note), ERR_FOLDER);
	assert_non_null(strstr(note.text, "/nowhere/mounts"));
}

/* A path of this machine is itself; shares are looked for. */
static void
where_it_is_here(void **state)
{
	struct note note = { "" };
	char out[16];

	(void)state;
	assert_int_equal(share_here("/srv/req", out, sizeof(out), &note),
	    ERR_OK);
	assert_string_equal(out, "/srv/req");
	assert_int_equal(share_here("/srv/terminal/re", out, sizeof(out),
	    &note), ERR_CONF);
	assert_string_equal(out, "");
	assert_int_equal(share_here("\\\\10.51.1.2\\req", out, sizeof(out),
	    &note), ERR_FOLDER);
	assert_string_equal(out, "");
	assert_non_null(strstr(note.text, "not mounted"));
}

static void
institution_codes(void **state)
{
	static const struct {
		const char	*code;
		int		 nursing;
		const char	*says;
	} codes[] = {
		{ "1319999999", 0, NULL },
		{ "1339999999", 0, NULL },
		{ "1349999999", 0, NULL },
		{ "1369999999", 0, NULL },
		{ "1369999999", 1, NULL },
		{ "1319999999", 1, "3桁目は 6" },
		{ "1629999999", 1, "3桁目は 6" },
		{ "1329999999", 0, "1, 3, 4, 6" },
		{ "1309999999", 0, "1, 3, 4, 6" },
		{ "136999999", 1, "10桁" },
		{ "13699999999", 1, "10桁" },
		{ "13699999９", 1, "10桁" },
		{ "136999999x", 0, "10桁" },
		{ "", 0, "10桁" },
	};
	const char *got;

	(void)state;
	for (size_t i = 0; i < LEN(codes); i++) {
		got = institution_warning(codes[i].code, codes[i].nursing,
		    ERR_JA);
		if (codes[i].says == NULL)
			assert_null(got);
		else
			assert_non_null(strstr(got, codes[i].says));
	}
}

int
main(void)
{
	static struct CMUnitTest tests[LEN(rows) + 3];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ rows[i].path, share_row,
		    NULL, NULL, (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(no_table_of_mounts);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(where_it_is_here);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(institution_codes);
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
