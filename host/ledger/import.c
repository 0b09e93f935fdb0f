#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "host/ledger/csv.h"
#include "host/ledger/merge.h"
#include "host/ledger/value.h"

#define TERMS	3
#define NAMED	5	/* unknown headings that the note names */
#define HEADING	60	/* bytes: longer ones are told by their column */

/* What other programs call the fields, as text_key folds it. */
static const char *const terms[COLUMNS][TERMS] = {
	[COL_CHART_NUMBER] = { "カルテ番号", "患者番号" },
	[COL_NAME] = { "氏名", "患者氏名", "漢字氏名" },
	[COL_KANA] = { "カナ氏名", "氏名カナ", "フリガナ" },
	[COL_SEX] = { "性別" },
	[COL_BIRTHDATE] = { "生年月日" },
	[COL_INSURER_NUMBER] = { "保険者番号" },
	[COL_INSURED_CARD_SYMBOL] = { "記号", "被保険者記号",
	    "被保険者証記号" },
	[COL_INSURED_IDENTIFICATION_NUMBER] = { "番号", "被保険者番号",
	    "被保険者証番号" },
	[COL_INSURED_BRANCH_NUMBER] = { "枝番", "被保険者証枝番" },
	[COL_REFERENCE_NUMBER] = { "照会番号" },
	[COL_POST_NUMBER] = { "郵便番号" },
	[COL_ADDRESS] = { "住所" },
	[COL_CONFIRMED_ON] = { "保険証確認日" },
};

static const enum column mandatory[] = { COL_CHART_NUMBER, COL_BIRTHDATE };

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

struct chart {
	char	number[33];
	size_t	line;
};

/* One import.  The file is gone through three times: for chart numbers that
 * come twice, to check, to write; so the store is locked while writing only. */
struct import {
	struct store		*store;
	struct blob		 text;		/* the file in UTF-8 */
	struct csv		 csv;
	enum column		 columns[CSV_COLS];	/* by place */
	int			 has[COLUMNS];
	struct blob		 charts;	/* struct chart, sorted */
	FILE			*report;
	struct import_report	*counts;
	struct blob		 why, line;	/* of a cell, of a row */
	size_t			 left_out;	/* rows, when writing */
	struct note		*note;
};

static int
is_term(enum column c, const char *key)
{
	if (strcmp(column_name(c), key) == 0)
		return (1);
	for (size_t i = 0; i < TERMS && terms[c][i] != NULL; i++)
		if (strcmp(terms[c][i], key) == 0)
			return (1);
	return (0);
}

/* COLUMNS if no field is called so. */
static enum err
find_column(const char *heading, enum column *c)
{
	struct blob key = { 0 };
	int i = 0;
	enum err r;

	*c = COLUMNS;
	if ((r = text_key(heading, &key)) == ERR_OK) {
		while (i < COLUMNS && !is_term((enum column)i, blob_str(&key)))
			i++;
		*c = (enum column)i;
	}
	blob_free(&key);
	return (r);
}

static enum err
name_unknown(struct blob *list, size_t at, const char *heading)
{
	const char *comma = list->len == 0 ? "" : ", ";

	if (*heading == '\0' || strlen(heading) > HEADING)
		return (blob_printf(list, "%scolumn %zu", comma, at + 1));
	return (blob_printf(list, "%s\"%s\"", comma, heading));
}

/* How many headings are known; those that are not are listed. */
static enum err
read_headings(struct import *im, size_t *known, struct blob *unknown)
{
	size_t listed = 0;
	enum err r = ERR_OK;

	*known = 0;
	for (size_t i = 0; r == ERR_OK && i < im->csv.n; i++) {
		r = find_column(csv_field(&im->csv, i), &im->columns[i]);
		if (r != ERR_OK)
			break;
		if (im->columns[i] != COLUMNS)
			++*known;
		else if (listed++ < NAMED)
			r = name_unknown(unknown, i, csv_field(&im->csv, i));
	}
	return (r);
}

static enum err
check_headings(struct import *im)
{
	for (size_t i = 0; i < im->csv.n; i++) {
		if (im->has[im->columns[i]]++ == 0)
			continue;
		note_set(im->note, "heading %s comes twice",
		    column_name(im->columns[i]));
		return (ERR_CSV);
	}
	for (size_t i = 0; i < LEN(mandatory); i++) {
		if (im->has[mandatory[i]])
			continue;
		note_set(im->note, "heading %s (%s) is missing",
		    column_name(mandatory[i]), terms[mandatory[i]][0]);
		return (ERR_CSV);
	}
	return (ERR_OK);
}

/* A first row without any heading may be a patient: nothing of it is told. */
static enum err
map_headings(struct import *im)
{
	struct blob unknown = { 0 };
	size_t known;
	enum err r;

	if ((r = csv_next(&im->csv, im->note)) == ERR_ROW)
		r = ERR_CSV;
	if (r == ERR_OK)
		r = read_headings(im, &known, &unknown);
	if (r != ERR_OK)
		goto out;
	if (known == 0) {
		note_set(im->note, "the first line must name the columns: "
		    "chart_number, birthdate ...");
		r = ERR_CSV;
	} else if (unknown.len > 0) {
		note_set(im->note, "unknown heading: %s", blob_str(&unknown));
		r = ERR_CSV;
	} else {
		r = check_headings(im);
	}
out:
	blob_free(&unknown);
	return (r);
}

/* bad: why the row cannot be read at all, with its line; or NULL. */
typedef enum err each_row(struct import *, const char *bad);

static enum err
go_through(struct import *im, each_row *each)
{
	struct note why = { "" };
	enum err r;

	csv_wipe(&im->csv);
	csv_init(&im->csv, blob_buf(&im->text));
	if ((r = csv_next(&im->csv, im->note)) != ERR_OK)
		return (r);
	do {
		r = csv_next(&im->csv, &why);
		if (r != ERR_OK && r != ERR_ROW) {
			note_set(im->note, "%s", why.text);
			return (r);
		}
		if (r == ERR_OK && im->csv.n == 0)
			return (ERR_OK);
		r = each(im, r == ERR_ROW ? why.text : NULL);
	} while (r == ERR_OK);
	return (r);
}

static enum err
collect(struct import *im, const char *bad)
{
	struct patient p = { .sex = SEX_UNKNOWN };
	struct chart c = { .line = im->csv.row_line };
	enum err r = ERR_ROW;

	for (size_t i = 0; bad == NULL && i < im->csv.n; i++)
		if (im->columns[i] == COL_CHART_NUMBER)
			r = value_read(&p, COL_CHART_NUMBER,
			    csv_field(&im->csv, i), &im->why);
	if (r != ERR_OK)
		return (r == ERR_ROW ? ERR_OK : r);
	memcpy(c.number, p.chart_number, sizeof(c.number));
	return (blob_add(&im->charts, &c, sizeof(c)));
}

static int
by_number_and_line(const void *a, const void *b)
{
	const struct chart *x = a, *y = b;
	int d = strcmp(x->number, y->number);

	return (d != 0 ? d : (x->line > y->line) - (x->line < y->line));
}

static size_t
count_charts(const struct import *im)
{
	return (im->charts.len / sizeof(struct chart));
}

/* The line of another row with the same chart number; 0 if there is none. */
static size_t
find_twin(const struct import *im, const char *number)
{
	const struct chart *c, *all = (const void *)im->charts.data;
	struct chart want = { .line = im->csv.row_line };
	size_t n = count_charts(im);

	memcpy(want.number, number, sizeof(want.number));
	if (n == 0 || (c = bsearch(&want, all, n, sizeof(want),
	    by_number_and_line)) == NULL)
		return (0);
	if (c > all && strcmp(c[-1].number, number) == 0)
		return (c[-1].line);
	if (c + 1 < all + n && strcmp(c[1].number, number) == 0)
		return (c[1].line);
	return (0);
}

/* "line 12: birthdate: 19991332 is not a date; sex: ..." */
static enum err
add_finding(struct import *im, enum column c, const char *why)
{
	enum err r;

	if (im->line.len == 0 && (r = blob_printf(&im->line, "line %zu",
	    im->csv.row_line)) != ERR_OK)
		return (r);
	return (blob_printf(&im->line, "%s%s: %s",
	    strchr(blob_str(&im->line), ':') == NULL ? ": " : "; ",
	    column_name(c), why));
}

/* Every cell; ERR_ROW when one is refused.  The line tells findings. */
static enum err
read_cells(struct import *im, struct patient *p)
{
	enum err r, verdict = ERR_OK;

	for (size_t i = 0; i < im->csv.n; i++) {
		r = value_read(p, im->columns[i], csv_field(&im->csv, i),
		    &im->why);
		if (r == ERR_ROW)
			verdict = r;
		else if (r != ERR_OK)
			return (r);
		if (im->why.len > 0 && (r = add_finding(im, im->columns[i],
		    blob_str(&im->why))) != ERR_OK)
			return (r);
	}
	return (verdict);
}

/* ERR_OK with an empty patient where the chart number is new. */
static enum err
read_stored(struct import *im, const struct patient *p, struct patient *old)
{
	enum err r;

	r = patient_get(im->store, p->chart_number, old);
	if (r == ERR_NO_PATIENT)
		return (ERR_OK);
	if (r != ERR_OK)
		return (r);
	blob_reset(&im->why);
	if ((r = merge_judge(old, p, &im->why)) != ERR_ROW)
		return (r);
	r = add_finding(im, COL_CHART_NUMBER, blob_str(&im->why));
	return (r == ERR_OK ? ERR_ROW : r);
}

/* The row as a patient, and the one who has its chart number. */
static enum err
read_row(struct import *im, struct patient *p, struct patient *old)
{
	enum err r, verdict;
	char why[64];
	size_t twin;

	*p = *old = (struct patient){ .sex = SEX_UNKNOWN };
	blob_reset(&im->line);
	verdict = read_cells(im, p);
	if (verdict != ERR_OK && verdict != ERR_ROW)
		return (verdict);
	if ((twin = find_twin(im, p->chart_number)) == 0)
		return (verdict == ERR_OK ? read_stored(im, p, old) : verdict);
	snprintf(why, sizeof(why), "is in line %zu too", twin);
	r = add_finding(im, COL_CHART_NUMBER, why);
	return (r == ERR_OK ? ERR_ROW : r);
}

static enum err
check(struct import *im, const char *bad)
{
	struct patient p, old;
	enum err r;

	im->counts->rows++;
	r = bad == NULL ? read_row(im, &p, &old) : ERR_ROW;
	patient_wipe(&p);
	patient_wipe(&old);
	if (r == ERR_ROW)
		im->counts->refused++;
	else if (r != ERR_OK)
		return (r);
	else if (im->line.len > 0)
		im->counts->warned++;
	else
		return (ERR_OK);
	if (im->report != NULL)
		fprintf(im->report, "%s\n",
		    bad == NULL ? blob_str(&im->line) : bad);
	return (ERR_OK);
}

static enum err
put(struct import *im, struct patient *p, const struct patient *old)
{
	enum err r;

	if (*old->chart_number == '\0') {
		im->counts->added++;
		return (patient_put(im->store, p));
	}
	if ((r = merge_keep(p, old, im->has)) != ERR_OK)
		return (r);
	if (column_all_equal(p, old)) {
		im->counts->same++;
		return (ERR_OK);
	}
	im->counts->changed++;
	return (patient_put(im->store, p));
}

static enum err
write_row(struct import *im, const char *bad)
{
	struct patient p, old;
	enum err r;

	r = bad == NULL ? read_row(im, &p, &old) : ERR_ROW;
	if (r == ERR_OK) {
		r = put(im, &p, &old);
	} else if (r == ERR_ROW) {
		im->left_out++;
		r = ERR_OK;	/* reported when it was checked */
	}
	patient_wipe(&p);
	patient_wipe(&old);
	return (r);
}

/* Somebody else wrote between checking and writing: the report is not true
 * any more. */
static enum err
check_left_out(struct import *im)
{
	if (im->left_out == im->counts->refused)
		return (ERR_OK);
	note_set(im->note, "the patients changed meanwhile, import again");
	return (ERR_STORE_BUSY);
}

static enum err
write_all(struct import *im)
{
	enum err r;

	if ((r = store_begin(im->store)) != ERR_OK)
		return (r);
	if ((r = go_through(im, write_row)) == ERR_OK &&
	    (r = check_left_out(im)) == ERR_OK)
		r = store_commit(im->store);
	if (r != ERR_OK) {
		store_rollback(im->store);
		im->counts->added = im->counts->changed = 0;
		im->counts->same = 0;
	}
	return (r);
}

static enum err
check_all(struct import *im)
{
	enum err r;

	if ((r = map_headings(im)) != ERR_OK ||
	    (r = go_through(im, collect)) != ERR_OK)
		return (r);
	if (count_charts(im) > 0)
		qsort(im->charts.data, count_charts(im),
		    sizeof(struct chart), by_number_and_line);
	if ((r = go_through(im, check)) != ERR_OK)
		return (r);
	if (im->report != NULL &&
	    (fflush(im->report) != 0 || ferror(im->report))) {
		note_set(im->note, "the report cannot be written: %s",
		    strerror(errno));
		return (ERR_SYS);
	}
	return (ERR_OK);
}

static enum err
read_file(const char *file, struct blob *text, struct note *note)
{
	struct blob raw = { 0 };
	enum err r;

	r = blob_read_file(&raw, file, BLOB_MAX);
	if (r == ERR_SYS)
		note_set(note, "%s: %s", file, strerror(errno));
	else if (r == ERR_TOOBIG)
		note_set(note, "%s: larger than 64 MiB", file);
	else if (r == ERR_OK)
		r = csv_decode(&raw, text, note);
	blob_free(&raw);
	return (r);
}

static enum err
import_all(struct import *im, int skip_refused)
{
	const struct import_report *n = im->counts;
	enum err r;

	if ((r = check_all(im)) != ERR_OK)
		return (r);
	if ((n->refused == 0 || skip_refused) &&
	    (r = write_all(im)) != ERR_OK)
		return (r);
	if (n->refused == 0)
		return (ERR_OK);
	note_set(im->note, "%zu of %zu rows refused, %s", n->refused, n->rows,
	    skip_refused ? "the others imported" : "nothing imported");
	return (ERR_ROW);
}

enum err
patient_import(struct store *store, const char *file, int skip_refused,
    FILE *report, struct import_report *counts, struct note *note)
{
	struct import im = { .store = store, .report = report,
	    .counts = counts, .note = note };
	enum err r;

	*counts = (struct import_report){ 0 };
	if ((r = read_file(file, &im.text, note)) == ERR_OK) {
		csv_init(&im.csv, blob_buf(&im.text));
		r = import_all(&im, skip_refused);
	}
	blob_free(&im.charts);
	csv_wipe(&im.csv);
	blob_free(&im.why);
	blob_free(&im.line);
	blob_free(&im.text);
	return (r);
}
