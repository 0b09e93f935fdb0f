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

#include "host/document/key.h"

/* Where the key of the documents may lie, and when it is made. */

static char dir[40], db[64], path[96];
static struct store *store;
static struct document_conf conf;

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/shikaku-key-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(db, sizeof(db), "%s/data", dir);
	if (mkdir(db, 0700) != 0)
		return (-1);
	snprintf(db, sizeof(db), "%s/data/db", dir);
	conf = (struct document_conf){ NULL, path, 24, db };
	return (store_open(db, &store, NULL) == ERR_OK ? 0 : -1);
}

static int
tear_down(void **state)
{
	char line[64];

	(void)state;
	store_close(&store);
	snprintf(line, sizeof(line), "rm -r %s", dir);
	return (system(line));
}

static enum err
load(const char *at, struct note *note)
{
	struct vault v;
	enum err r;

	snprintf(path, sizeof(path), "%s/%s", dir, at);
	note_set(note, "%s", "");
	r = key_load(&conf, store, &v, note);
	assert_int_equal(v.key.len, r == ERR_OK ? VAULT_KEY : 0);
	vault_wipe(&v);
	return (r);
}

static void
keep_a_document(const char *id)
{
	const struct val v[] = { val_text(id), val_text("1"),
	    val_text("drug"), val_text("pdf"), val_text("f"), val_text(id),
	    val_text(""), val_text(""), val_int(0), val_int(1), val_int(2),
	    val_int(1), val_blob("x", 1) };

	assert_int_equal(store_run(store, SQL_DOCUMENT_ADD, v, 13, NULL,
	    NULL, NULL), ERR_OK);
}

static void
not_beside_the_store(void **state)
{
	static const struct {
		const char	*at;
		enum err	 want;
	} rows[] = {
		{ "data/documents.key", ERR_VAULT_KEY },
		{ "data/../data/./documents.key", ERR_VAULT_KEY },
		{ "link/documents.key", ERR_VAULT_KEY },
		{ "data/keys/documents.key", ERR_OK },
		{ "keys/documents.key", ERR_OK },
		{ "documents.key", ERR_OK },
	};
	struct note note;
	char link[64];

	(void)state;
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink("data", link), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(load(rows[i].at, &note), rows[i].want);
		assert_int_equal(access(path, F_OK) == 0,
		    rows[i].want == ERR_OK);
		assert_int_equal(strstr(note.text, "folder of the store") !=
		    NULL, rows[i].want != ERR_OK);
	}
	/* A program without a store has nothing to compare with. */
	assert_int_equal(key_place("/tmp/x", NULL, &note), ERR_OK);
}

static void
not_made_anew_over_documents(void **state)
{
	struct note note;

	(void)state;
	assert_int_equal(load("keys/documents.key", &note), ERR_OK);
	keep_a_document("d1");
	assert_int_equal(load("keys/documents.key", &note), ERR_OK);
	/* As where its volume is not mounted. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(load("keys/documents.key", &note), ERR_VAULT_KEY);
	assert_non_null(strstr(note.text, "there is no key"));
	assert_int_equal(access(path, F_OK), -1);
	/* Their hours are over: nothing is lost by a new one. */
	assert_int_equal(store_run(store, SQL_DOCUMENT_PRUNE, (struct val[]){
	    val_int(3) }, 1, NULL, NULL, NULL), ERR_OK);
	assert_int_equal(load("keys/documents.key", &note), ERR_OK);
}

int
main(void)
{
#define TEST(f)	cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(not_beside_the_store),
		TEST(not_made_anew_over_documents),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
