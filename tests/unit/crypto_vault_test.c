#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/vault.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define TEXT	"%PDF-1.4 drugs of nobody"

static const struct vault_label mine = { "d1", "00001", "drug" };
static char dir[] = "/tmp/shikaku-vault-XXXXXX";
static char key_path[64];
static struct vault key;

static struct buf
text(const char *s)
{
	return ((struct buf){ (const uint8_t *)s, strlen(s) });
}

static int
make_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(key_path, sizeof(key_path), "%s/keys/documents.key", dir);
	return (vault_load(key_path, 1, &key, NULL) == ERR_OK ? 0 : -1);
}

static int
remove_dir(void **state)
{
	char line[128];

	(void)state;
	vault_wipe(&key);
	snprintf(line, sizeof(line), "rm -r %s", dir);
	return (system(line));
}

static void
sealed(struct blob *out)
{
	assert_int_equal(vault_seal(&key, &mine, text(TEXT), out), ERR_OK);
}

/* What is refused leaves nothing behind, not even of the text before. */
static void
expect_refused(const struct vault *v, const struct vault_label *label,
    struct buf in, enum err want)
{
	struct blob out = { 0 };

	assert_int_equal(blob_add_str(&out, "old"), ERR_OK);
	assert_int_equal(vault_open(v, label, in, &out), want);
	assert_int_equal(out.len, 0);
	blob_free(&out);
}

static void
comes_back(void **state)
{
	struct blob b = { 0 }, back = { 0 };

	(void)state;
	sealed(&b);
	assert_int_equal(b.len, strlen(TEXT) + VAULT_EXTRA);
	assert_null(memmem(b.data, b.len, "drugs", 5));
	assert_int_equal(vault_open(&key, &mine, blob_buf(&b), &back), ERR_OK);
	assert_string_equal(blob_str(&back), TEXT);
	blob_free(&b);
	blob_free(&back);
}

static void
every_byte_comes_back(void **state)
{
	struct blob plain = { 0 }, b = { 0 }, back = { 0 };

	(void)state;
	for (int i = 0; i < 70000; i++)
		assert_int_equal(blob_add_u8(&plain, (uint8_t)(i * 7)), ERR_OK);
	assert_int_equal(vault_seal(&key, &mine, blob_buf(&plain), &b),
	    ERR_OK);
	assert_int_equal(vault_open(&key, &mine, blob_buf(&b), &back), ERR_OK);
	assert_int_equal(back.len, plain.len);
	assert_memory_equal(back.data, plain.data, plain.len);
	blob_free(&plain);
	blob_free(&b);
	blob_free(&back);
}

static void
is_another_one_each_time(void **state)
{
	struct blob a = { 0 }, b = { 0 };

	(void)state;
	sealed(&a);
	sealed(&b);
	assert_int_equal(a.len, b.len);
	assert_memory_not_equal(a.data + 1 + VAULT_ID, b.data + 1 + VAULT_ID,
	    12);
	blob_free(&a);
	blob_free(&b);
}

static void
any_flipped_bit_is_refused(void **state)
{
	struct blob b = { 0 };

	(void)state;
	sealed(&b);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		expect_refused(&key, &mine, blob_buf(&b), bit < 8 ?
		    ERR_VAULT_VERSION : bit < 8 * (1 + VAULT_ID) ?
		    ERR_VAULT_OTHER : ERR_VAULT_ALTERED);
		b.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	blob_free(&b);
}

static void
any_cut_is_refused(void **state)
{
	struct blob b = { 0 };

	(void)state;
	sealed(&b);
	for (size_t n = 0; n < b.len; n++)
		expect_refused(&key, &mine, (struct buf){ b.data, n },
		    ERR_VAULT_ALTERED);
	assert_int_equal(blob_add_u8(&b, 0), ERR_OK);
	expect_refused(&key, &mine, blob_buf(&b), ERR_VAULT_ALTERED);
	blob_free(&b);
}

static const struct label_row {
	const char		*name;
	struct vault_label	 label;
	enum err		 want;
} labels[] = {
	{ "another id",		{ "d2", "00001", "drug" }, ERR_VAULT_ALTERED },
	{ "another patient",	{ "d1", "00002", "drug" }, ERR_VAULT_ALTERED },
	{ "another kind",	{ "d1", "00001", "checkup" },
	    ERR_VAULT_ALTERED },
	{ "parts that read the same in a row", { "d10", "0001", "drug" },
	    ERR_VAULT_ALTERED },
	{ "id and patient swapped", { "00001", "d1", "drug" },
	    ERR_VAULT_ALTERED },
	{ "no id",		{ "", "00001", "drug" }, ERR_SHORT },
	{ "no patient",		{ "d1", "", "drug" }, ERR_SHORT },
	{ "no kind",		{ "d1", "00001", "" }, ERR_SHORT },
};

static void
label_row(void **state)
{
	const struct label_row *row = *state;
	struct blob b = { 0 }, out = { 0 };

	sealed(&b);
	expect_refused(&key, &row->label, blob_buf(&b), row->want);
	if (row->want == ERR_SHORT)
		assert_int_equal(vault_seal(&key, &row->label, text(TEXT),
		    &out), ERR_SHORT);
	assert_int_equal(out.len, 0);
	blob_free(&b);
}

static void
another_key_is_told(void **state)
{
	struct blob b = { 0 };
	struct vault other;
	char path[80];

	(void)state;
	snprintf(path, sizeof(path), "%s/other.key", dir);
	assert_int_equal(vault_load(path, 1, &other, NULL), ERR_OK);
	sealed(&b);
	expect_refused(&other, &mine, blob_buf(&b), ERR_VAULT_OTHER);
	/* Even one that says it is the same. */
	memcpy(other.id, key.id, VAULT_ID);
	expect_refused(&other, &mine, blob_buf(&b), ERR_VAULT_ALTERED);
	vault_wipe(&other);
	expect_refused(&other, &mine, blob_buf(&b), ERR_SEQUENCE);
	blob_free(&b);
}

static void
nothing_is_not_sealed(void **state)
{
	struct blob out = { 0 };

	(void)state;
	assert_int_equal(vault_seal(&key, &mine, text(""), &out), ERR_SHORT);
	assert_int_equal(vault_seal(&key, &mine, (struct buf){
	    (const uint8_t *)TEXT, VAULT_MAX + 1u }, &out), ERR_TOOBIG);
	assert_int_equal(out.len, 0);
	expect_refused(&key, &mine, (struct buf){ (const uint8_t *)TEXT,
	    VAULT_MAX + VAULT_EXTRA + 1u }, ERR_TOOBIG);
}

/* --- the key's file --- */

static void
key_stays(void **state)
{
	struct vault again;
	struct stat st;

	(void)state;
	assert_int_equal(stat(key_path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(vault_load(key_path, 1, &again, NULL), ERR_OK);
	assert_int_equal(again.key.len, VAULT_KEY);
	assert_memory_equal(again.key.data, key.key.data, VAULT_KEY);
	assert_memory_equal(again.id, key.id, VAULT_ID);
	/* The id is no part of the key. */
	assert_null(memmem(key.key.data, VAULT_KEY, key.id, 4));
	vault_wipe(&again);
}

#define GOOD "shikaku-vault-1 " \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"

static const struct file_row {
	const char	*name, *content;
	mode_t		 mode;
	enum err	 want;
	const char	*says;		/* in the note */
} files[] = {
	{ "ours", GOOD, 0600, ERR_OK, "" },
	{ "ours, read only", GOOD, 0400, ERR_OK, "" },
	{ "group may read", GOOD, 0640, ERR_VAULT_KEY, "chmod 600" },
	{ "others may read", GOOD, 0604, ERR_VAULT_KEY, "chmod 600" },
	{ "others may write", GOOD, 0602, ERR_VAULT_KEY, "chmod 600" },
	{ "empty", "", 0600, ERR_VAULT_KEY, "not a key file" },
	{ "no newline", "shikaku-vault-1 00", 0600, ERR_VAULT_KEY,
	    "cut short" },
	{ "another mark", "shikaku-vault-2 "
	    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
	    0600, ERR_VAULT_KEY, "not a key file" },
	{ "no hex", "shikaku-vault-1 "
	    "x00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
	    0600, ERR_VAULT_KEY, "not a key file" },
	{ "a second line", GOOD "\n", 0600, ERR_VAULT_KEY, "not a key file" },
};

static void
write_file(const char *path, const char *content, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(content, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void
file_row(void **state)
{
	const struct file_row *row = *state;
	struct note note = { "" };
	struct vault v;
	char path[80];
	int made;

	snprintf(path, sizeof(path), "%s/row.key", dir);
	write_file(path, row->content, row->mode);
	assert_int_equal(vault_load(path, 1, &v, &note), row->want);
	assert_int_equal(v.key.len, row->want == ERR_OK ? VAULT_KEY : 0);
	assert_non_null(strstr(note.text, row->says));
	if (row->want != ERR_OK)
		assert_non_null(strstr(note.text, path));
	/* Not of the content, which may be half a key. */
	assert_null(strstr(note.text, "0102"));
	assert_int_equal(vault_check(path, &made, &note), row->want);
	assert_int_equal(made, 1);
	vault_wipe(&v);
	assert_int_equal(unlink(path), 0);
}

static void
missing_is_made_only_when_told(void **state)
{
	struct note note = { "" };
	struct vault v;
	char path[80], in[96];
	int made = 1;

	(void)state;
	snprintf(path, sizeof(path), "%s/none.key", dir);
	assert_int_equal(vault_load(path, 0, &v, &note), ERR_VAULT_KEY);
	assert_non_null(strstr(note.text, "there is no key"));
	assert_int_equal(vault_check(path, &made, &note), ERR_OK);
	assert_int_equal(made, 0);
	assert_int_equal(access(path, F_OK), -1);
	/* A file where the folder should be. */
	write_file(path, GOOD, 0600);
	snprintf(in, sizeof(in), "%s/key", path);
	assert_int_equal(vault_load(in, 1, &v, &note), ERR_VAULT_KEY);
	assert_int_equal(unlink(path), 0);
}

static void
links_and_folders_are_refused(void **state)
{
	struct note note = { "" };
	struct vault v;
	char path[80];

	(void)state;
	snprintf(path, sizeof(path), "%s/link.key", dir);
	assert_int_equal(symlink(key_path, path), 0);
	assert_int_equal(vault_load(path, 1, &v, &note), ERR_VAULT_KEY);
	assert_non_null(strstr(note.text, "symbolic link"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(vault_load(dir, 1, &v, &note), ERR_VAULT_KEY);
	assert_non_null(strstr(note.text, "not a file"));
}

static void
anothers_is_refused(void **state)
{
	struct note note = { "" };
	struct vault v;
	char path[80];

	(void)state;
	if (geteuid() != 0)
		skip();		/* nobody else can give a file away */
	snprintf(path, sizeof(path), "%s/theirs.key", dir);
	write_file(path, GOOD, 0600);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_int_equal(vault_load(path, 1, &v, &note), ERR_VAULT_KEY);
	assert_non_null(strstr(note.text, "another user"));
	assert_int_equal(unlink(path), 0);
}

static ino_t synced[8];
static size_t syncs;

int	__real_fsync(int);
int	__wrap_fsync(int);

int
__wrap_fsync(int fd)
{
	struct stat st;

	if (syncs < LEN(synced) && fstat(fd, &st) == 0)
		synced[syncs++] = st.st_ino;
	return (__real_fsync(fd));
}

static int
is_synced(const char *path)
{
	struct stat st;
	int found = 0;

	assert_int_equal(stat(path, &st), 0);
	for (size_t i = 0; i < syncs; i++)
		found |= synced[i] == st.st_ino;
	return (found);
}

/* After a power cut too: the file, its name, and its folder's name. */
static void
a_new_key_is_on_disk(void **state)
{
	char folder[80], path[96];
	struct vault v;

	(void)state;
	snprintf(folder, sizeof(folder), "%s/new", dir);
	snprintf(path, sizeof(path), "%s/documents.key", folder);
	syncs = 0;
	assert_int_equal(vault_load(path, 1, &v, NULL), ERR_OK);
	vault_wipe(&v);
	assert_true(is_synced(path));
	assert_true(is_synced(folder));
	assert_true(is_synced(dir));
}

/* Two programs that start together have one key, and leave one file. */
static void
two_make_the_same(void **state)
{
	struct vault mother, child;
	char path[80], out[80], line[256];
	FILE *f;
	pid_t pid;
	int status;

	(void)state;
	snprintf(path, sizeof(path), "%s/both/documents.key", dir);
	snprintf(out, sizeof(out), "%s/child.id", dir);
	fflush(NULL);
	if ((pid = fork()) == 0) {
		f = vault_load(path, 1, &child, NULL) == ERR_OK ?
		    fopen(out, "w") : NULL;
		_exit(f == NULL || fwrite(child.id, VAULT_ID, 1, f) != 1 ||
		    fclose(f) != 0);
	}
	assert_int_equal(vault_load(path, 1, &mother, NULL), ERR_OK);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(line, sizeof(line), "test \"$(ls %s/both)\" = "
	    "documents.key", dir);
	assert_int_equal(system(line), 0);
	assert_non_null(f = fopen(out, "r"));
	assert_int_equal(fread(child.id, VAULT_ID, 1, f), 1);
	fclose(f);
	assert_memory_equal(child.id, mother.id, VAULT_ID);
	vault_wipe(&mother);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(labels) + LEN(files) + 13] = {
		cmocka_unit_test(comes_back),
		cmocka_unit_test(every_byte_comes_back),
		cmocka_unit_test(is_another_one_each_time),
		cmocka_unit_test(any_flipped_bit_is_refused),
		cmocka_unit_test(any_cut_is_refused),
		cmocka_unit_test(another_key_is_told),
		cmocka_unit_test(nothing_is_not_sealed),
		cmocka_unit_test(key_stays),
		cmocka_unit_test(missing_is_made_only_when_told),
		cmocka_unit_test(links_and_folders_are_refused),
		cmocka_unit_test(two_make_the_same),
		cmocka_unit_test(anothers_is_refused),
		cmocka_unit_test(a_new_key_is_on_disk),
	};

	for (size_t i = 0; i < LEN(labels); i++)
		tests[13 + i] = (struct CMUnitTest){ .name = labels[i].name,
		    .test_func = label_row,
		    .initial_state = (void *)(uintptr_t)&labels[i] };
	for (size_t i = 0; i < LEN(files); i++)
		tests[13 + LEN(labels) + i] = (struct CMUnitTest){
		    .name = files[i].name, .test_func = file_row,
		    .initial_state = (void *)(uintptr_t)&files[i] };
	return (cmocka_run_group_tests(tests, make_dir, remove_dir));
}
