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

#include "host/device/connect.h"
#include "host/device/line.h"
#include "host/device/state.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static char root[] = "/tmp/device.XXXXXX";

static void
open_new(struct dir *d, const char *name)
{
	struct note note = { "" };
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(dir_open(path, 1, d, &note), ERR_OK);
}

static void
put(const struct dir *d, const char *name, const char *text)
{
	struct note note = { "" };

	assert_int_equal(dir_write(d, name, text, strlen(text), &note),
	    ERR_OK);
}

static mode_t
mode_of(const struct dir *d, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	assert_int_equal(dir_path(d, name, path), ERR_OK);
	assert_int_equal(stat(path, &st), 0);
	return (st.st_mode & 07777);
}

static void
keeps_what_is_written(void **state)
{
	struct note note = { "" };
	struct blob b = { 0 };
	struct dir d;

	(void)state;
	open_new(&d, "keeps");
	assert_int_equal(mode_of(&d, "."), 0700);
	assert_int_equal(dir_has(&d, "a"), 0);
	assert_int_equal(dir_read(&d, "a", 10, &b, &note), ERR_NOT_FOUND);
	put(&d, "a", "first");
	put(&d, "a", "second");
	assert_int_equal(mode_of(&d, "a"), 0600);
	assert_int_equal(dir_read(&d, "a", 6, &b, &note), ERR_OK);
	assert_string_equal(blob_str(&b), "second");
	assert_int_equal(dir_read(&d, "a", 5, &b, &note), ERR_TOOBIG);
	assert_int_equal(b.len, 0);
	assert_int_equal(dir_has(&d, ".new-a"), 0);
	blob_free(&b);
	dir_close(&d);
	dir_close(&d);
}

/* What a program left that died while it wrote. */
static void
replaces_what_is_half_written(void **state)
{
	struct note note = { "" };
	struct blob b = { 0 };
	struct dir d;

	(void)state;
	open_new(&d, "half");
	put(&d, ".new-a", "hal");
	put(&d, "a", "whole");
	assert_int_equal(dir_read(&d, "a", 100, &b, &note), ERR_OK);
	assert_string_equal(blob_str(&b), "whole");
	blob_free(&b);
	dir_close(&d);
}

static const mode_t loose[] = { 0640, 0604, 0660, 0606, 0601, 0777 };

static void
refuses_files_others_can_touch(void **state)
{
	struct note note = { "" };
	struct blob b = { 0 };
	char path[PATH_MAX];
	struct dir d;

	(void)state;
	open_new(&d, "loose");
	put(&d, "a", "text");
	assert_int_equal(dir_path(&d, "a", path), ERR_OK);
	for (size_t i = 0; i < LEN(loose); i++) {
		assert_int_equal(chmod(path, loose[i]), 0);
		assert_int_equal(dir_check(&d, "a", &note), ERR_FOLDER);
		assert_int_equal(dir_read(&d, "a", 10, &b, &note),
		    ERR_FOLDER);
		assert_int_equal(b.len, 0);
		assert_non_null(strstr(note.text, path));
	}
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(dir_check(&d, "a", &note), ERR_OK);
	blob_free(&b);
	dir_close(&d);
}

static void
refuses_what_is_no_file(void **state)
{
	char path[PATH_MAX], target[PATH_MAX];
	struct note note = { "" };
	struct blob b = { 0 };
	struct dir d;

	(void)state;
	open_new(&d, "odd");
	put(&d, "target", "text");
	assert_int_equal(dir_path(&d, "target", target), ERR_OK);
	assert_int_equal(dir_path(&d, "link", path), ERR_OK);
	assert_int_equal(symlink(target, path), 0);
	assert_int_equal(dir_path(&d, "pipe", path), ERR_OK);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(dir_check(&d, "link", &note), ERR_FOLDER);
	assert_int_equal(dir_read(&d, "link", 10, &b, &note), ERR_FOLDER);
	assert_int_equal(dir_read(&d, "pipe", 10, &b, &note), ERR_FOLDER);
	assert_int_equal(dir_check(&d, ".", &note), ERR_FOLDER);
	dir_close(&d);
}

static void
refuses_folders(void **state)
{
	struct note note = { "" };
	char path[64];
	struct dir d;

	(void)state;
	open_new(&d, "folder");
	dir_close(&d);
	snprintf(path, sizeof(path), "%s/folder", root);
	for (size_t i = 0; i < LEN(loose); i++) {
		assert_int_equal(chmod(path, loose[i] | 0100), 0);
		assert_int_equal(dir_open(path, 1, &d, &note), ERR_FOLDER);
		assert_int_equal(d.fd, -1);
	}
	snprintf(path, sizeof(path), "%s/none", root);
	assert_int_equal(dir_open(path, 0, &d, &note), ERR_FOLDER);
	snprintf(path, sizeof(path), "%s/none/below", root);
	assert_int_equal(dir_open(path, 1, &d, &note), ERR_FOLDER);
}

/* --- what the files say --- */

static void
remembers_the_agent(void **state)
{
	const struct line_agent in = { "[2001:db8::7]:8788", "患者宅 1" };
	struct note note = { "" };
	struct line_agent out;
	struct dir d;

	(void)state;
	open_new(&d, "agent");
	assert_int_equal(line_agent_read(&d, &out, &note), ERR_NOT_FOUND);
	assert_int_equal(line_agent_write(&d, &in, &note), ERR_OK);
	assert_int_equal(line_agent_read(&d, &out, &note), ERR_NOT_FOUND);
	put(&d, DIR_CERT, "certificate");
	assert_int_equal(line_agent_read(&d, &out, &note), ERR_OK);
	assert_string_equal(out.address, in.address);
	assert_string_equal(out.name, in.name);
	dir_close(&d);
}

static void
refuses_a_damaged_agent(void **state)
{
	static const char *const texts[] = { "", "address\nname x\n",
	    "address h:1\n", "name x\n", "address \nname x\n",
	    "addresses h:1\nname x\n", "address h:1 name x" };
	struct note note = { "" };
	struct line_agent out;
	struct dir d;

	(void)state;
	open_new(&d, "damaged");
	put(&d, DIR_CERT, "certificate");
	for (size_t i = 0; i < LEN(texts); i++) {
		put(&d, DIR_AGENT, texts[i]);
		assert_int_equal(line_agent_read(&d, &out, &note),
		    ERR_FOLDER);
	}
	dir_close(&d);
}

static void
remembers_the_state(void **state)
{
	struct state in = { .connected = 1795132800000, .last = 1,
	    .err = ERR_LINK_REVOKED }, out;
	struct note note = { "" };
	struct dir d;

	(void)state;
	open_new(&d, "state");
	assert_int_equal(state_read(&d, &out, &note), ERR_OK);
	assert_int_equal(out.connected, 0);
	for (int i = 0; i < FENCE_WHYS; i++)
		in.refused[i] = (unsigned)i + 7;
	assert_int_equal(state_write(&d, &in, &note), ERR_OK);
	assert_int_equal(state_read(&d, &out, &note), ERR_OK);
	assert_int_equal(out.connected, in.connected);
	assert_int_equal(out.last, 1);
	assert_int_equal(out.err, ERR_LINK_REVOKED);
	assert_memory_equal(out.refused, in.refused, sizeof(in.refused));
	/* What nobody knows is passed over. */
	put(&d, DIR_STATE, "\nfuture 1\nrefused-x 2\nerror NO_SUCH_ERROR\n"
	    "refused-command 3\nlast");
	assert_int_equal(state_read(&d, &out, &note), ERR_OK);
	assert_int_equal(out.refused[FENCE_COMMAND], 3);
	assert_int_equal(out.last, 0);
	dir_close(&d);
}

static void
names_of_devices(void **state)
{
	static const struct {
		const char	*name;
		int		 fits;
	} names[] = {
		{ "患者宅 1", 1 }, { "a", 1 }, { "a\nb", 0 }, { "\x7f", 0 },
		{ "\xff", 0 }, { "\x1b[31m", 0 },
		{ "0123456789012345678901234567890123456789012345678901234567"
		    "890123", 1 },
		{ "0123456789012345678901234567890123456789012345678901234567"
		    "8901234", 0 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(names); i++)
		assert_int_equal(line_is_name((struct buf){
		    (const uint8_t *)names[i].name,
		    strlen(names[i].name) }), names[i].fits);
}

/* From half of it to all of it: 0.5 s doubled up to 30 s. */
static void
pauses_grow(void **state)
{
	static const int full[] = { 500, 1000, 2000, 4000, 8000, 16000,
	    30000, 30000 };

	(void)state;
	for (unsigned i = 0; i < LEN(full); i++) {
		assert_int_equal(connect_pause(i, 0), full[i] / 2);
		assert_in_range(connect_pause(i, 999), full[i] - full[i] / 500,
		    full[i]);
		assert_in_range(connect_pause(i, UINT32_MAX), full[i] / 2,
		    full[i]);
	}
	assert_int_equal(connect_pause(UINT32_MAX, 0), 15000);
}

/* The agent's own trouble passes; that it does not want us does not. */
static void
what_ends_connect(void **state)
{
	static const struct {
		enum err	r;
		int		told, final;
	} ends[] = {
		{ ERR_LINK_REVOKED, 1, 1 }, { ERR_LINK_VERSION, 1, 1 },
		{ ERR_STORE, 1, 0 }, { ERR_STORE_NEWER, 1, 0 },
		{ ERR_DEVICE_KEY, 1, 0 }, { ERR_NOMEM, 1, 0 },
		{ ERR_READER_HUNG, 1, 0 }, { ERR_READER_BUSY, 1, 0 },
		{ ERR_FOLDER, 0, 1 }, { ERR_NOT_FOUND, 0, 1 },
		{ ERR_NOMEM, 0, 1 }, { ERR_READER_HUNG, 0, 1 },
		{ ERR_NO_AGENT, 0, 0 }, { ERR_READER_FAULT, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(ends); i++)
		assert_int_equal(connect_is_final(ends[i].r, ends[i].told),
		    ends[i].final);
}

static int
set_up(void **state)
{
	(void)state;
	return (mkdtemp(root) == NULL ? -1 : 0);
}

static int
tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return (system(command));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_is_written),
		cmocka_unit_test(replaces_what_is_half_written),
		cmocka_unit_test(refuses_files_others_can_touch),
		cmocka_unit_test(refuses_what_is_no_file),
		cmocka_unit_test(refuses_folders),
		cmocka_unit_test(remembers_the_agent),
		cmocka_unit_test(refuses_a_damaged_agent),
		cmocka_unit_test(remembers_the_state),
		cmocka_unit_test(names_of_devices),
		cmocka_unit_test(pauses_grow),
		cmocka_unit_test(what_ends_connect),
	};

	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
