#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/qualify/digest.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
/* FIPS 180-2, B.1: SHA-256 of "abc"; and of nothing. */
#define ABC	"ba7816bf8f01cfea414140de5dae2223" \
		"b00361a396177a9cb410ff61f20015ad"
#define NOTHING	"e3b0c44298fc1c149afbf4c8996fb924" \
		"27ae41e4649b934ca495991b7852b855"

static const struct row {
	const char	*name, *bytes, *file, *hex;
} rows[] = {
	{ "bytes alone", "abc", NULL, ABC },
	{ "bytes and name", "ab", "c", ABC },
	{ "empty name is none", "abc", "", ABC },
	{ "no bytes", "", NULL, NOTHING },
};

static void
digest(void **state)
{
	const struct row *row = *state;
	struct blob b = { 0 };
	char hex[DIGEST_HEX];

	assert_int_equal(blob_add_str(&b, row->bytes), ERR_OK);
	assert_int_equal(digest_of(&b, row->file, hex), ERR_OK);
	assert_string_equal(hex, row->hex);
	blob_free(&b);
}

/* Which statement sees a file that is in the store as { ABC, "a" }. */
static const struct known {
	const char	*name;
	enum sql	 sql;
	const char	*key;
	int		 known;
} knowns[] = {
	{ "known by digest", SQL_RESULT_HAS_DIGEST, ABC, 1 },
	{ "known by file", SQL_RESULT_HAS_FILE, "a", 1 },
	{ "other digest", SQL_RESULT_HAS_DIGEST, NOTHING, 0 },
	{ "other file", SQL_RESULT_HAS_FILE, "A", 0 },
	{ "no digest", SQL_RESULT_HAS_DIGEST, "", 0 },
	{ "file is no digest", SQL_RESULT_HAS_DIGEST, "a", 0 },
};

static void
known(void **state)
{
	const struct known *row = *state;
	const struct val v[] = { val_text(ABC), val_text("a"), val_int(1),
	    val_blob("abc", 3) };
	char dir[] = "/tmp/shikaku-digest-XXXXXX", path[64], left[72];
	struct store *store = NULL;
	int seen = 99;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/store", dir);
	assert_int_equal(store_open(path, &store, NULL), ERR_OK);
	assert_int_equal(store_run(store, SQL_RESULT_FACE_ADD, v, 4, NULL,
	    NULL, NULL), ERR_OK);
	assert_int_equal(digest_known(store, row->sql, row->key, &seen),
	    ERR_OK);
	assert_int_equal(seen, row->known);
	/* A statement of another number of parameters is refused. */
	assert_int_equal(digest_known(store, SQL_RESULT_ADD, ABC, &seen),
	    ERR_SEQUENCE);
	assert_int_equal(seen, 0);
	store_close(&store);
	for (size_t i = 0; i < 3; i++) {
		snprintf(left, sizeof(left), "%s%s", path, i == 0 ? "" :
		    i == 1 ? "-wal" : "-shm");
		(void)unlink(left);
	}
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(knowns)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = digest, .initial_state =
		    (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(knowns); i++)
		tests[n++] = (struct CMUnitTest){ .name = knowns[i].name,
		    .test_func = known, .initial_state =
		    (void *)(uintptr_t)&knowns[i] };
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
