#include <string.h>

#include "host/ledger/apply_in.h"

/* 更新: a row of an offer finds its place in the history. */

/* The row of the same kind that the new one follows or completes; of diseases
 * and the like each has a line of its own. */
static const struct coverage *
find_now(const struct coverages *list, const struct coverage *row,
    const char *day)
{
	const struct coverage *begun = NULL, *last = NULL;

	if (row->kind != COVERAGE_DISEASE)
		return (coverages_at(list, row->kind, day));
	for (size_t i = 0; i < list->n; i++) {
		const struct coverage *c = &list->row[i];

		if (!coverage_is_same(c, row))
			continue;
		if (coverage_holds(c, day))
			return (c);
		if (begun == NULL && strcmp(c->valid_from, day) <= 0)
			begun = c;
		last = c;
	}
	return (begun != NULL ? begun : last);
}

/* This very row of this very finding: applied before. */
static int
is_here(const struct coverages *list, const struct coverage *row,
    const char *finding)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->row[i].finding, finding) == 0 &&
		    coverage_is_same(&list->row[i], row))
			return (1);
	return (0);
}

/* What the row says and the old one does not, or says otherwise. */
static enum err
complete(struct coverage *now, const struct coverage *row, const char *until,
    int *changed)
{
	const char *word;
	json_t *value;
	enum err r = ERR_OK;

	json_object_foreach(row->fields, word, value) {
		if (r != ERR_OK || strcmp(coverage_field(now, word),
		    json_string_value(value)) == 0)
			continue;
		*changed = 1;
		r = coverage_set(now, word, json_string_value(value));
	}
	if (now->valid_from[0] == '\0' && row->valid_from[0] != '\0') {
		*changed = 1;
		memcpy(now->valid_from, row->valid_from, DAY_LEN);
	}
	if (strcmp(now->valid_until, until) != 0) {
		*changed = 1;
		memcpy(now->valid_until, until, DAY_LEN);
	}
	return (r);
}

static enum err
update(struct work *w, const struct coverage *old, const struct coverage *row)
{
	struct coverage now;
	char until[DAY_LEN];
	int changed = 0;
	enum err r;

	coverages_end(&w->h.coverages, row, old->valid_from[0] == '\0' ?
	    row->valid_from : old->valid_from, until);
	if ((r = coverage_copy(&now, old)) == ERR_OK &&
	    (r = complete(&now, row, until, &changed)) == ERR_OK && changed) {
		memcpy(now.finding, w->ask->offer->finding,
		    sizeof(now.finding));
		r = work_row(w, old, &now, "updated");
	}
	coverage_free(&now);
	return (r);
}

static enum err
create(struct work *w, const struct coverage *row, const char *from)
{
	struct coverage now;
	enum err r;

	if ((r = coverage_copy(&now, row)) == ERR_OK) {
		now.id[0] = '\0';
		memmove(now.valid_from, from, strlen(from) + 1);
		coverages_end(&w->h.coverages, row, now.valid_from,
		    now.valid_until);
		memcpy(now.finding, w->ask->offer->finding,
		    sizeof(now.finding));
		r = work_row(w, NULL, &now, "created");
	}
	coverage_free(&now);
	return (r);
}

/* The day before the new one begins; one that never held is taken out. */
static enum err
close_old(struct work *w, const struct coverage *old, const char *from)
{
	struct coverage now;
	char last[DAY_LEN];
	enum err r;

	if (strcmp(old->valid_from, from) == 0)
		return (work_row(w, old, NULL, "replaced"));
	day_add(from, -1, last);
	if (old->valid_until[0] != '\0' && strcmp(old->valid_until, last) <= 0)
		return (ERR_OK);
	if ((r = coverage_copy(&now, old)) == ERR_OK) {
		memcpy(now.valid_until, last, DAY_LEN);
		r = work_row(w, old, &now, "closed");
	}
	coverage_free(&now);
	return (r);
}

static int
is_switched(const struct coverage *row)
{
	return (row->kind == COVERAGE_INSURANCE || row->kind == COVERAGE_AID);
}

static enum err
place_row(struct work *w, const struct coverage *row)
{
	const char *asked = w->ask->offer->asked_on;
	const char *day = *asked == '\0' ? w->ask->today : asked;
	const char *from = is_switched(row) && *w->ask->switch_on != '\0' ?
	    w->ask->switch_on : row->valid_from;
	const struct coverage *old = find_now(&w->h.coverages, row, day);
	enum err r;

	if (is_here(&w->h.coverages, row, w->ask->offer->finding))
		return (ERR_OK);
	if (row->valid_until[0] != '\0' &&
	    strcmp(row->valid_until, from) < 0) {
		note_set(w->note, "it ends on %s", row->valid_until);
		return (ERR_SWITCH_DATE);
	}
	if (old == NULL)
		return (create(w, row, from));
	if (coverage_is_same(old, row) && (*from == '\0' ||
	    old->valid_from[0] == '\0' || strcmp(old->valid_from, from) == 0))
		return (update(w, old, row));
	if (strcmp(from, old->valid_from) < 0 || *from == '\0') {
		note_set(w->note, "%s: the one on record begins on %s",
		    coverage_word(row->kind), old->valid_from[0] == '\0' ?
		    "a day not known" : old->valid_from);
		return (ERR_SWITCH_DATE);
	}
	r = close_old(w, old, from);
	return (r == ERR_OK ? create(w, row, from) : r);
}

/* An address where there is none; nothing of a person is replaced. */
static enum err
fill_address(struct work *w)
{
	const struct patient *p = &w->ask->offer->person;
	enum err r = ERR_OK;

	if (w->person.post_number[0] == '\0')
		r = work_column(w, COL_POST_NUMBER, p->post_number);
	if (r == ERR_OK && w->person.address[0] == '\0')
		r = work_column(w, COL_ADDRESS, p->address);
	return (r);
}

/* Elderly and disease certificates are in no field of the 18. */
static int
adds(const struct holding *h, const struct coverage *row, const char *day)
{
	const struct coverage *old = find_now(&h->coverages, row, day);
	const char *word;
	json_t *value;

	if (old == NULL || !coverage_is_same(old, row) ||
	    (row->valid_from[0] != '\0' &&
	    strcmp(row->valid_from, old->valid_from) > 0))
		return (1);
	json_object_foreach(row->fields, word, value) {
		if (strcmp(coverage_field(old, word),
		    json_string_value(value)) != 0)
			return (1);
	}
	return (0);
}

int
apply_adds(const struct holding *h, const struct offer *o,
    const char *today)
{
	const char *day = o->asked_on[0] == '\0' ? today : o->asked_on;

	for (size_t i = 0; i < o->n; i++)
		if ((o->row[i].kind == COVERAGE_ELDERLY ||
		    o->row[i].kind == COVERAGE_DISEASE) &&
		    adds(h, &o->row[i], day))
			return (1);
	return (0);
}

enum err
apply_rows(struct work *w)
{
	const struct offer *o = w->ask->offer;
	enum err r = ERR_OK;

	for (size_t i = 0; r == ERR_OK && i < o->n; i++) {
		if (o->row[i].kind == COVERAGE_LIMIT && !w->first)
			r = work_tell(w, "display", &o->row[i]);
		else
			r = place_row(w, &o->row[i]);
	}
	if (r == ERR_OK)
		r = fill_address(w);
	return (r == ERR_OK ? apply_reference(w, 0) : r);
}
