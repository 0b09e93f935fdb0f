#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/export/sheet.h"
#include "host/ledger/csv.h"

/*
 * Whatever stands in a table, the ledger reads back what was written, in both
 * encodings, and nothing that a spreadsheet program would run gets through.
 * Cells are what stands between zeros.
 */
#define CELLS	16

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int ok)
{
	if (!ok)
		abort();
}

static size_t
split(char *text, size_t len, const char *cell[CELLS])
{
	size_t n = 0;

	for (size_t at = 0; at < len && n < CELLS; n++) {
		cell[n] = text + at;
		at += strlen(text + at) + 1;
		if (strlen(cell[n]) > CSV_FIELD_MAX ||
		    !text_is_utf8(cell[n], strlen(cell[n])))
			cell[n] = "";
	}
	return (n);
}

static void
read_back(const struct blob *raw, const char *const *cell, size_t n)
{
	struct blob text = { 0 };
	struct csv c;

	must(csv_decode(raw, &text, NULL) == ERR_OK);
	csv_init(&c, blob_buf(&text));
	must(csv_next(&c, NULL) == ERR_OK && c.n == n + 1);
	for (size_t i = 0; i < n; i++)
		must(strcmp(csv_field(&c, i + 1), cell[i]) == 0);
	must(csv_next(&c, NULL) == ERR_OK && c.n == 0);
	csv_wipe(&c);
	blob_free(&text);
}

static void
write_as(enum sheet_charset charset, int plain, const char *const *cell,
    size_t n)
{
	struct blob out = { 0 };
	json_t *misfits = NULL;
	struct sheet *s;
	enum err r;

	if (sheet_new(charset, plain, &s) != ERR_OK)
		return;
	sheet_cell(s, "x");
	for (size_t i = 0; i < n; i++)
		sheet_cell(s, cell[i]);
	sheet_row(s);
	r = sheet_finish(s, &out, &misfits, NULL);
	must(r == ERR_OK || (r == ERR_MISFIT && charset == SHEET_CP932 &&
	    out.len == 0));
	/* CP932 has two codes for some, and one of them comes back; plain
	 * cells may look like those that are protected. */
	if (r == ERR_OK && charset == SHEET_UTF8 && !plain)
		read_back(&out, cell, n);
	json_decref(misfits);
	blob_free(&out);
	sheet_free(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *cell[CELLS];
	char *text = malloc(len + 1);
	size_t n;

	if (text == NULL)
		return (0);
	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	n = split(text, len, cell);
	write_as(SHEET_UTF8, 0, cell, n);
	write_as(SHEET_UTF8, 1, cell, n);
	write_as(SHEET_CP932, 0, cell, n);
	free(text);
	return (0);
}
