#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
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

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* --- reading --- */

static const uint8_t bytes[] = { 0x81, 0x02, 0xfe, 0x04, 0x05 };

static enum err
get(struct buf *b, char op, uint32_t *v)
{
	uint8_t u8 = 0, copy[8] = { 0 };
	uint16_t u16 = 0;
	struct buf part = { NULL, 0 };
	enum err r;

	switch (op) {
	case '1':
		r = buf_u8(b, &u8);
		*v = u8;
		return (r);
	case '2':
		r = buf_u16(b, &u16);
		*v = u16;
		return (r);
	case '4':
		return (buf_u32(b, v));
	case 'c':
		r = buf_read(b, copy, 3);
		*v = copy[2];
		return (r);
	case 't':
		r = buf_take(b, 3, &part);
		*v = r == ERR_OK ? part.p[2] : 0;
		assert_int_equal(part.left, r == ERR_OK ? 3 : 0);
		return (r);
	case 's':
		*v = 0;
		return (buf_skip(b, 3));
	}
	fail();
	return (ERR_SEQUENCE);
}

static const struct row {
	const char	*name;
	char		 op;
	size_t		 left;
	enum err	 want;
	uint32_t	 value;
	size_t		 used;
} rows[] = {
	{ "u8", '1', 1, ERR_OK, 0x81, 1 },
	{ "u8 of none", '1', 0, ERR_SHORT, 0, 0 },
	{ "u16", '2', 2, ERR_OK, 0x8102, 2 },
	{ "u16 of 1", '2', 1, ERR_SHORT, 0, 0 },
	{ "u16 of none", '2', 0, ERR_SHORT, 0, 0 },
	{ "u32", '4', 5, ERR_OK, 0x8102fe04, 4 },
	{ "u32 of 4", '4', 4, ERR_OK, 0x8102fe04, 4 },
	{ "u32 of 3", '4', 3, ERR_SHORT, 0, 0 },
	{ "u32 of none", '4', 0, ERR_SHORT, 0, 0 },
	{ "read 3 of 4", 'c', 4, ERR_OK, 0xfe, 3 },
	{ "read 3 of 3", 'c', 3, ERR_OK, 0xfe, 3 },
	{ "read 3 of 2", 'c', 2, ERR_SHORT, 0, 0 },
	{ "take 3 of 3", 't', 3, ERR_OK, 0xfe, 3 },
	{ "take 3 of 2", 't', 2, ERR_SHORT, 0, 0 },
	{ "skip 3 of 3", 's', 3, ERR_OK, 0, 3 },
	{ "skip 3 of 2", 's', 2, ERR_SHORT, 0, 0 },
};

/* Exactly as many bytes as there are, so that one too far is seen. */
static void
read_row(void **state)
{
	const struct row *row = *state;
	uint8_t *copy = malloc(row->left + 1);
	struct buf b = { copy, row->left };
	uint32_t v = 0;

	assert_non_null(copy);
	memcpy(copy, bytes, row->left);
	assert_int_equal(get(&b, row->op, &v), row->want);
	assert_int_equal(v, row->value);
	assert_ptr_equal(b.p, copy + row->used);
	assert_int_equal(b.left, row->left - row->used);
	free(copy);
}

static void
lengths_that_wrap(void **state)
{
	struct buf b = { bytes, sizeof(bytes) }, part = { NULL, 0 };

	(void)state;
	assert_int_equal(buf_take(&b, SIZE_MAX, &part), ERR_SHORT);
	assert_int_equal(buf_skip(&b, SIZE_MAX - 1), ERR_SHORT);
	assert_int_equal(buf_skip(&b, (size_t)1 << 63), ERR_SHORT);
	assert_null(part.p);
	assert_ptr_equal(b.p, bytes);
	assert_int_equal(b.left, sizeof(bytes));
}

static void
nothing_of_nothing(void **state)
{
	struct blob empty = { 0 };
	struct buf b = blob_buf(&empty), part;
	uint8_t v;

	(void)state;
	assert_int_equal(b.left, 0);
	assert_int_equal(buf_take(&b, 0, &part), ERR_OK);
	assert_int_equal(part.left, 0);
	assert_int_equal(buf_skip(&b, 0), ERR_OK);
	assert_int_equal(buf_read(&b, &v, 0), ERR_OK);
	assert_int_equal(buf_u8(&b, &v), ERR_SHORT);
}

/* --- writing --- */

static void
writes(void **state)
{
	struct blob b = { 0 };

	(void)state;
	assert_string_equal(blob_str(&b), "");
	assert_int_equal(blob_add_u8(&b, 0x01), ERR_OK);
	assert_int_equal(blob_add_u16(&b, 0x0203), ERR_OK);
	assert_int_equal(blob_add_u32(&b, 0x04050607), ERR_OK);
	assert_int_equal(blob_add_str(&b, "ab"), ERR_OK);
	assert_int_equal(blob_add(&b, "", 0), ERR_OK);
	assert_int_equal(blob_printf(&b, "%d", -7), ERR_OK);
	assert_int_equal(b.len, 11);
	assert_memory_equal(b.data, "\1\2\3\4\5\6\7ab-7", 12);
	blob_free(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.room, 0);
	blob_free(&b);
	blob_free(NULL);
}

/* The uncounted 0 stays behind the last byte however it grows. */
static void
grows(void **state)
{
	struct blob b = { 0 };

	(void)state;
	for (size_t i = 0; i < 5000; i++) {
		assert_int_equal(blob_add_u8(&b, (uint8_t)(i % 250 + 1)),
		    ERR_OK);
		assert_int_equal(b.data[b.len], 0);
		assert_true(b.len < b.room);
	}
	assert_int_equal(b.len, 5000);
	for (size_t i = 0; i < 5000; i++)
		assert_int_equal(b.data[i], i % 250 + 1);
	blob_free(&b);
}

static void
prints_long(void **state)
{
	struct blob b = { 0 };
	char text[600];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(blob_add_str(&b, "a"), ERR_OK);
	assert_int_equal(blob_printf(&b, "[%s]", text), ERR_OK);
	assert_int_equal(b.len, 602);
	assert_int_equal(b.data[601], ']');
	assert_int_equal(b.data[602], 0);
	blob_free(&b);
}

static void
space_is_zero(void **state)
{
	struct blob b = { 0 };
	uint8_t *p;

	(void)state;
	assert_int_equal(blob_add_str(&b, "some old text"), ERR_OK);
	b.data[b.len - 1] = 'X';
	b.len = 4;
	p = blob_space(&b, 300);
	assert_ptr_equal(p, b.data + 4);
	assert_int_equal(b.len, 304);
	for (size_t i = 0; i <= 300; i++)
		assert_int_equal(p[i], 0);
	assert_ptr_equal(blob_space(&b, 0), b.data + 304);
	blob_free(&b);
}

static void
cut_and_reset_wipe(void **state)
{
	struct blob b = { 0 };

	(void)state;
	blob_cut(&b, 0);
	blob_reset(&b);
	assert_int_equal(blob_add_str(&b, "1234567890"), ERR_OK);
	blob_cut(&b, 10);
	blob_cut(&b, 11);
	assert_string_equal(blob_str(&b), "1234567890");
	blob_cut(&b, 4);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "1234\0\0\0\0\0\0", 11);
	blob_reset(&b);
	assert_int_equal(b.len, 0);
	assert_memory_equal(b.data, "\0\0\0\0", 4);
	assert_string_equal(blob_str(&b), "");
	blob_free(&b);
}

/* A blob as full as it may be, without the memory: nothing is touched. */
static void
no_more_than_max(void **state)
{
	uint8_t place[1] = { 'x' };
	struct blob b = { place, BLOB_MAX, (size_t)BLOB_MAX * 2 };

	(void)state;
	assert_int_equal(blob_add(&b, "a", 1), ERR_TOOBIG);
	assert_int_equal(blob_add(&b, "a", SIZE_MAX), ERR_TOOBIG);
	assert_int_equal(blob_add_u8(&b, 1), ERR_TOOBIG);
	assert_int_equal(blob_add_u16(&b, 1), ERR_TOOBIG);
	assert_int_equal(blob_add_u32(&b, 1), ERR_TOOBIG);
	assert_int_equal(blob_add_str(&b, "a"), ERR_TOOBIG);
	assert_int_equal(blob_printf(&b, "%d", 1), ERR_TOOBIG);
	assert_null(blob_space(&b, 1));
	assert_null(blob_space(&b, SIZE_MAX));
	assert_int_equal(b.len, BLOB_MAX);
	assert_ptr_equal(b.data, place);
	assert_int_equal(place[0], 'x');
}

static void
up_to_max(void **state)
{
	struct blob b = { 0 };

	(void)state;
	assert_null(blob_space(&b, (size_t)BLOB_MAX + 1));
	assert_null(b.data);
	assert_non_null(blob_space(&b, BLOB_MAX));
	assert_int_equal(b.len, BLOB_MAX);
	assert_int_equal(blob_add_u8(&b, 1), ERR_TOOBIG);
	assert_int_equal(b.len, BLOB_MAX);
	blob_free(&b);
}

/* --- files --- */

static char folder[] = "/tmp/base_buf_test.XXXXXX";
static char path[64];

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/file", folder);
	return (0);
}

static int
drop_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return (rmdir(folder));
}

static void
write_file(size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	for (size_t i = 0; i < len; i++)
		assert_true(putc((int)(i % 251), f) != EOF);
	assert_int_equal(fclose(f), 0);
}

static const struct file_row {
	const char	*name;
	size_t		 len, max;
	enum err	 want;
} file_rows[] = {
	{ "file of nothing", 0, 0, ERR_OK },
	{ "file of one byte", 1, 1, ERR_OK },
	{ "file of many chunks", 40000, 40000, ERR_OK },
	{ "file below the limit", 40000, 50000, ERR_OK },
	{ "file of one too many", 1, 0, ERR_TOOBIG },
	{ "file one over the limit", 40000, 39999, ERR_TOOBIG },
	{ "file over the first chunk", 40000, 100, ERR_TOOBIG },
};

/* What was there before is replaced, and nothing is left of half a file. */
static void
file_row(void **state)
{
	const struct file_row *row = *state;
	struct blob b = { 0 };

	write_file(row->len);
	assert_int_equal(blob_add_str(&b, "before"), ERR_OK);
	assert_int_equal(blob_read_file(&b, path, row->max), row->want);
	assert_int_equal(b.len, row->want == ERR_OK ? row->len : 0);
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], i % 251);
	blob_free(&b);
}

static void
no_file(void **state)
{
	struct blob b = { 0 };

	(void)state;
	(void)unlink(path);
	assert_int_equal(blob_add_str(&b, "before"), ERR_OK);
	assert_int_equal(blob_read_file(&b, path, 100), ERR_SYS);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(b.len, 0);
	assert_int_equal(blob_read_file(&b, folder, 100), ERR_SYS);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(b.len, 0);
	blob_free(&b);
}

/* A pipe in a folder must not hold the reader up. */
static void
no_writer(void **state)
{
	struct blob b = { 0 };

	(void)state;
	(void)unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(blob_read_file(&b, path, 100), ERR_OK);
	assert_int_equal(b.len, 0);
	blob_free(&b);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(lengths_that_wrap),
	cmocka_unit_test(nothing_of_nothing),
	cmocka_unit_test(writes),
	cmocka_unit_test(grows),
	cmocka_unit_test(prints_long),
	cmocka_unit_test(space_is_zero),
	cmocka_unit_test(cut_and_reset_wipe),
	cmocka_unit_test(no_more_than_max),
	cmocka_unit_test(up_to_max),
	cmocka_unit_test(no_file),
	cmocka_unit_test(no_writer),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(file_rows) + LEN(singles)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = read_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(file_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = file_rows[i].name,
		    .test_func = file_row,
		    .initial_state = (void *)(uintptr_t)&file_rows[i] };
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, make_folder, drop_folder));
}
