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

#include "base/clock.h"
#include "host/agent/recording.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define READER	"pcsc:A"
#define MINUTE	60000

static char dir[] = "/tmp/recording.XXXXXX";
static char store[64], wish[96], data[96], recorded[160];

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static const char *
transport(const char *reader)
{
	static char out[160];

	recording_transport(store, "kiosk-a", reader, out, sizeof(out));
	return (out);
}

/* --- wishes that a file can hold --- */

static const struct row {
	const char	*name, *text;	/* NULL: a time */
	int64_t		 from_now;
	int		 granted;
} rows[] = {
	{ "a minute", NULL, MINUTE, 1 },
	{ "almost as long as it may", NULL, 119 * MINUTE, 1 },
	{ "over", NULL, -1, 0 },
	{ "over for long", NULL, -100 * MINUTE, 0 },
	{ "longer than it may", NULL, 122 * MINUTE, 0 },
	{ "for ever", "99999999999999999\n", 0, 0 },
	{ "past all numbers", "99999999999999999999999999\n", 0, 0 },
	{ "nothing", "", 0, 0 },
	{ "a line without a number", "\n", 0, 0 },
	{ "words", "tomorrow\n", 0, 0 },
	{ "zero", "0\n", 0, 0 },
	{ "minus", "-1\n", 0, 0 },
};

static void
row_test(void **state)
{
	const struct row *row = *state;
	char text[32];

	snprintf(text, sizeof(text), "%lld\n", (long long)(clock_wall_ms() +
	    row->from_now));
	put(data, "");
	put(wish, row->text != NULL ? row->text : text);
	assert_string_equal(transport(READER), row->granted ? recorded :
	    READER);
	assert_string_equal(transport(""), "");
	assert_string_equal(transport("device:home-1"), "device:home-1");
}

static void
recordable(void **state)
{
	(void)state;
	assert_int_equal(recording_can("pcsc:A"), 1);
	assert_int_equal(recording_can("device"), 1);
	assert_int_equal(recording_can("device:a"), 0);
	assert_int_equal(recording_can("device:"), 0);
	assert_int_equal(recording_can(""), 0);
}

/* --- the way there and back --- */

static void
asked_and_taken(void **state)
{
	struct note note = { "" };
	struct blob got = { 0 };
	struct stat st;

	(void)state;
	put(data, "of another time\n");
	assert_int_equal(recording_begin(store, "kiosk-a", 1, &note), ERR_OK);
	assert_string_equal(transport(READER), recorded);
	assert_int_equal(recording_runs(store, "kiosk-a"), 0);
	assert_int_equal(recording_runs(store, "kiosk-b"), 0);
	assert_int_equal(stat(data, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(wish, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	put(data, "# lines\n");
	assert_int_equal(recording_runs(store, "kiosk-a"), 1);
	assert_int_equal(recording_end(store, "kiosk-a", &got, &note),
	    ERR_OK);
	assert_string_equal(blob_str(&got), "# lines\n");
	assert_int_equal(access(wish, F_OK), -1);
	assert_int_equal(access(data, F_OK), -1);
	assert_string_equal(transport(READER), READER);
	assert_int_equal(recording_end(store, "kiosk-a", &got, &note),
	    ERR_NOT_FOUND);
	assert_non_null(strstr(note.text, data));
	blob_free(&got);
}

/* A reader that cannot be recorded works as ever. */
static void
not_granted(void **state)
{
	struct note note = { "" };
	char other[96], small[24];

	(void)state;
	assert_int_equal(recording_begin(store, "kiosk-a", 1, &note), ERR_OK);
	recording_transport(store, "kiosk-a", READER, small, sizeof(small));
	assert_string_equal(small, READER);
	unlink(data);
	assert_string_equal(transport(READER), READER);
	snprintf(other, sizeof(other), "%s/other", dir);
	put(other, "");
	assert_int_equal(symlink(other, data), 0);
	assert_string_equal(transport(READER), READER);
	unlink(data);
	assert_int_equal(mkfifo(data, 0600), 0);
	assert_string_equal(transport(READER), READER);
	unlink(data);
	put(data, "");
	assert_string_equal(transport(READER), recorded);
	assert_int_equal(rename(wish, other), 0);
	assert_int_equal(symlink(other, wish), 0);
	assert_string_equal(transport(READER), READER);
	unlink(other);
}

static void
not_begun(void **state)
{
	struct note note = { "" };

	(void)state;
	assert_int_equal(recording_begin("/nonexistent/store", "kiosk-a", 1,
	    &note), ERR_NEW_FILE);
	assert_non_null(strstr(note.text, "/nonexistent/store"));
	assert_int_equal(recording_begin("/tmp/a:b", "kiosk-a", 1, &note),
	    ERR_NEW_FILE);
	assert_non_null(strstr(note.text, "colon"));
	/* A folder where the file would be is nobody's to remove. */
	assert_int_equal(mkdir(data, 0700), 0);
	assert_int_equal(recording_begin(store, "kiosk-a", 1, &note),
	    ERR_NEW_FILE);
	assert_int_equal(rmdir(data), 0);
	assert_string_equal(transport(READER), READER);
}

static int
fresh(void **state)
{
	(void)state;
	unlink(wish);
	unlink(data);
	return (0);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(store, sizeof(store), "%s/shikaku.db", dir);
	snprintf(wish, sizeof(wish), "%s.record-kiosk-a", store);
	snprintf(data, sizeof(data), "%s.recording-kiosk-a", store);
	snprintf(recorded, sizeof(recorded), "record:%s:" READER, data);
	put(store, "");
	return (0);
}

static int
tear_down(void **state)
{
	(void)fresh(state);
	unlink(store);
	return (rmdir(dir));
}

int
main(void)
{
	static const struct CMUnitTest single[] = {
		cmocka_unit_test_setup(recordable, fresh),
		cmocka_unit_test_setup(asked_and_taken, fresh),
		cmocka_unit_test_setup(not_granted, fresh),
		cmocka_unit_test_setup(not_begun, fresh),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(single)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = row_test, .setup_func = fresh,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(single); i++)
		tests[n++] = single[i];
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
