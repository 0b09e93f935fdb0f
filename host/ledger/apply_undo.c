#include <string.h>

#include "host/ledger/apply_in.h"

static enum err
take(const json_t *o, const char *name, char *to, size_t room)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s == NULL)
		s = "";
	if (strlen(s) >= room)
		return (ERR_STORE);
	memcpy(to, s, strlen(s) + 1);
	return (ERR_OK);
}

enum err
coverage_of_json(const json_t *o, struct coverage *c)
{
	const char *kind = json_string_value(json_object_get(o, "kind"));
	json_t *fields = json_object_get(o, "fields");

	*c = (struct coverage){ .kind = COVERAGE_KINDS };
	if (kind == NULL || !json_is_object(fields) ||
	    take(o, "id", c->id, sizeof(c->id)) != ERR_OK ||
	    take(o, "valid_from", c->valid_from, DAY_LEN) != ERR_OK ||
	    take(o, "valid_until", c->valid_until, DAY_LEN) != ERR_OK ||
	    take(o, "finding", c->finding, sizeof(c->finding)) != ERR_OK)
		return (ERR_STORE);
	c->kind = coverage_kind_of(kind);
	if (c->kind == COVERAGE_KINDS)
		return (ERR_STORE);
	c->fields = json_deep_copy(fields);
	return (c->fields == NULL ? ERR_NOMEM : ERR_OK);
}

static enum err
stands(struct note *note, const char *what)
{
	note_set(note, "%s", what);
	return (ERR_STANDS_ON);
}

/* The row of the history as JSON, NULL where there is none. */
static json_t *
row_of(const struct holding *h, const char *id)
{
	for (size_t i = 0; i < h->coverages.n; i++)
		if (strcmp(h->coverages.row[i].id, id) == 0)
			return (coverage_json(&h->coverages.row[i]));
	return (NULL);
}

static enum err
check_rows(const struct holding *h, const json_t *after, struct note *note)
{
	const json_t *rows = json_object_get(after, "coverages");
	const json_t *want;
	json_t *have;
	void *it;
	int equal;

	for (it = json_object_iter((json_t *)(uintptr_t)rows); it != NULL;
	    it = json_object_iter_next((json_t *)(uintptr_t)rows, it)) {
		want = json_object_iter_value(it);
		have = row_of(h, json_object_iter_key(it));
		equal = have == NULL ? json_is_null(want) :
		    json_equal(have, want);
		json_decref(have);
		if (!equal)
			return (stands(note,
			    "the history was changed afterwards"));
	}
	return (ERR_OK);
}

static int
overlap(const struct coverage *a, const struct coverage *b)
{
	return ((a->valid_until[0] == '\0' ||
	    strcmp(b->valid_from, a->valid_until) <= 0) &&
	    (b->valid_until[0] == '\0' ||
	    strcmp(a->valid_from, b->valid_until) <= 0));
}

/* 1 if the row as it was reaches into one that came after it, and as it is it
 * does not. */
static int
is_followed(const struct coverage *was, const struct coverage *is,
    const struct coverage *later)
{
	return (later->kind == was->kind && (was->kind != COVERAGE_DISEASE ||
	    coverage_is_same(later, was)) &&
	    strcmp(later->valid_from, was->valid_from) > 0 &&
	    overlap(was, later) && (is == NULL || !overlap(is, later)));
}

static enum err
check_span(const struct holding *h, const json_t *was, const json_t *is,
    const json_t *touched, struct note *note)
{
	struct coverage a, b = { .kind = COVERAGE_KINDS };
	int known = is != NULL && !json_is_null(is);
	enum err r;

	if ((r = coverage_of_json(was, &a)) == ERR_OK && known)
		r = coverage_of_json(is, &b);
	for (size_t i = 0; r == ERR_OK && i < h->coverages.n; i++) {
		const struct coverage *c = &h->coverages.row[i];

		if (json_object_get(touched, c->id) == NULL &&
		    is_followed(&a, known ? &b : NULL, c))
			r = stands(note, "a later row would be overlapped");
	}
	coverage_free(&a);
	coverage_free(&b);
	return (r);
}

/* What came after the change without touching it. */
static enum err
check_later(const struct holding *h, const json_t *before,
    const json_t *after, struct note *note)
{
	json_t *rows = json_object_get(before, "coverages"), *was;
	json_t *touched = json_object_get(after, "coverages");
	const char *id;
	enum err r = ERR_OK;

	json_object_foreach(rows, id, was) {
		if (r == ERR_OK && !json_is_null(was))
			r = check_span(h, was, json_object_get(touched, id),
			    touched, note);
	}
	return (r);
}

static int
is_insurance(enum column c)
{
	return (c == COL_INSURER_NUMBER || c == COL_INSURED_CARD_SYMBOL ||
	    c == COL_INSURED_IDENTIFICATION_NUMBER ||
	    c == COL_INSURED_BRANCH_NUMBER);
}

static int
column_is(const struct patient *p, enum column c, const char *text)
{
	static const char *const sexes[] = { "0", "1", "2", "3" };

	return (strcmp(c == COL_SEX ? sexes[p->sex & 3] : column_get(p, c),
	    text) == 0);
}

/* The reference number of a new patient was none. */
static int
column_was(const struct patient *p, enum column c, const json_t *before)
{
	const json_t *columns = json_object_get(before, "patient");
	const char *text = json_string_value(json_object_get(columns,
	    column_name(c)));

	if (text == NULL && json_is_null(columns) &&
	    c == COL_REFERENCE_NUMBER)
		text = "";
	return (text != NULL && column_is(p, c, text));
}

/* The columns of the insurance follow the history and say nothing here; one
 * that is as it was before (照会番号の削除) is undone already. */
static enum err
check_columns(const struct patient *p, const json_t *before,
    const json_t *after, struct note *note)
{
	const json_t *columns = json_object_get(after, "patient");
	const char *text;

	for (int c = 0; c < COLUMNS; c++) {
		text = json_string_value(json_object_get(columns,
		    column_name((enum column)c)));
		if (text != NULL && !is_insurance((enum column)c) &&
		    !column_is(p, (enum column)c, text) &&
		    !column_was(p, (enum column)c, before)) {
			note_set(note, "%s was changed afterwards",
			    column_name((enum column)c));
			return (ERR_STANDS_ON);
		}
	}
	return (ERR_OK);
}

static enum err
put_back_row(struct store *s, const char *chart, const char *id,
    const json_t *was, const json_t *is)
{
	struct coverage c;
	enum err r;

	if (json_is_null(was))
		return (json_is_null(is) ? ERR_OK : coverage_drop(s, id));
	if ((r = coverage_of_json(was, &c)) == ERR_OK) {
		memcpy(c.chart_number, chart, strlen(chart) + 1);
		r = coverage_put(s, &c);
	}
	coverage_free(&c);
	return (r == ERR_OK && json_is_null(is) ? coverage_undrop(s, id) : r);
}

static enum err
put_back_rows(struct store *s, const char *chart, const json_t *before,
    const json_t *after)
{
	json_t *rows = json_object_get(before, "coverages"), *was;
	const char *id;
	enum err r = ERR_OK;

	json_object_foreach(rows, id, was) {
		if (r == ERR_OK)
			r = put_back_row(s, chart, id, was, json_object_get(
			    json_object_get(after, "coverages"), id));
	}
	return (r);
}

static enum err
put_back_columns(struct store *s, struct patient *p, const json_t *before)
{
	const json_t *columns = json_object_get(before, "patient");
	const char *text;
	enum err r = ERR_OK;

	for (int c = 0; r == ERR_OK && c < COLUMNS; c++) {
		text = json_string_value(json_object_get(columns,
		    column_name((enum column)c)));
		if (text != NULL && c != COL_SEX)
			r = column_set(p, (enum column)c, text);
	}
	return (r == ERR_OK ? patient_write(s, p) : r);
}

/* Without a row of insurance there was none, and none where nobody was asked
 * with it although an old one is on record: but one that is valid today came
 * since. */
static enum err
put_back_insurance(struct store *s, const char *chart, const char *today,
    int uninsured)
{
	struct coverage now;
	struct patient p;
	int found, valid;
	enum err r;

	r = coverage_at(s, chart, COVERAGE_INSURANCE, today, &now, &found);
	valid = found && coverage_holds(&now, today);
	coverage_free(&now);
	if (r != ERR_OK || valid || (found && !uninsured))
		return (r == ERR_OK ? coverage_settle(s, chart, today) : r);
	if ((r = patient_get(s, chart, &p)) != ERR_OK)
		return (r);
	for (int c = 0; c < COLUMNS; c++)
		if (is_insurance((enum column)c))
			(void)column_set(&p, (enum column)c, "");
	r = patient_write(s, &p);
	patient_wipe(&p);
	return (r);
}

static enum err
take_int(void *ctx, const struct val *v, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&v[0]) : 1;
	return (ERR_OK);
}

/* Nothing that is his may be left for who gets his chart number next. */
static enum err
drop_patient(struct store *s, const char *chart)
{
	static const enum sql drops[] = { SQL_COVERAGE_FORGET,
	    SQL_PATIENT_DROP_ID, SQL_PATIENT_DROP_ASKS, SQL_PATIENT_DROP };
	const struct val v = val_text(chart);
	enum err r = ERR_OK;

	for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]) &&
	    r == ERR_OK; i++)
		r = store_run(s, drops[i], &v, 1, NULL, NULL, NULL);
	return (r);
}

/* Nor may anything that was asked or done for him be left without him. */
static enum err
remove_patient(struct store *s, const struct holding *h,
    const json_t *after, struct note *note)
{
	const char *chart = h->patient.chart_number;
	struct val v = val_text(chart);
	int64_t uses = 0;
	enum err r;

	for (size_t i = 0; i < h->coverages.n; i++)
		if (json_object_get(json_object_get(after, "coverages"),
		    h->coverages.row[i].id) == NULL)
			return (stands(note, "coverage was added afterwards"));
	r = store_run(s, SQL_PATIENT_USES, &v, 1, take_int, &uses, NULL);
	if (r != ERR_OK)
		return (r);
	if (uses > 0)
		return (stands(note, "visits, requests or documents are his"));
	for (size_t i = 0; r == ERR_OK && i < h->coverages.n; i++)
		r = coverage_drop(s, h->coverages.row[i].id);
	return (r == ERR_OK ? drop_patient(s, chart) : r);
}

enum err
apply_undo(struct store *s, const char *chart_number, const json_t *before,
    const json_t *after, const char *today, struct note *note)
{
	struct holding h;
	enum err r;

	if ((r = holding_load(s, chart_number, &h)) != ERR_OK)
		return (r == ERR_NO_PATIENT ?
		    stands(note, "the patient is gone") : r);
	if ((r = check_rows(&h, after, note)) != ERR_OK ||
	    (r = check_columns(&h.patient, before, after, note)) != ERR_OK)
		goto out;
	if (json_is_null(json_object_get(before, "patient"))) {
		r = remove_patient(s, &h, after, note);
		goto out;
	}
	if ((r = check_later(&h, before, after, note)) == ERR_OK &&
	    (r = put_back_columns(s, &h.patient, before)) == ERR_OK &&
	    (r = put_back_rows(s, chart_number, before, after)) == ERR_OK &&
	    json_object_size(json_object_get(before, "coverages")) > 0)
		r = put_back_insurance(s, chart_number, today, json_is_true(
		    json_object_get(before, "uninsured")));
out:
	holding_free(&h);
	return (r);
}
