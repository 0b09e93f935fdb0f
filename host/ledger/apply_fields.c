#include <string.h>

#include "host/ledger/apply_in.h"
#include "host/ledger/compare.h"

/* 上書き: the ticked fields, in place. */

struct correction {
	struct work		*w;
	struct compare		 cmp;
	const struct coverage	*old_main, *old_limit;	/* on record */
	struct coverage		 main, limit;		/* as they become */
	int			 main_touched, limit_touched;
};

static enum err
set_day(char to[DAY_LEN], const char *value)
{
	day_of(value, to);
	return (ERR_OK);
}

static const char *
offered(const struct work *w, enum coverage_kind kind, const char *word)
{
	const struct coverage *c = offer_row(w->ask->offer, kind, NULL);

	return (c == NULL ? "" : coverage_field(c, word));
}

/* 負担割合, and of a limit certificate on record its class. */
static enum err
set_details(struct correction *c)
{
	const char *ratio = offered(c->w, COVERAGE_INSURANCE,
	    "contribution_ratio");
	const char *flag = offered(c->w, COVERAGE_LIMIT,
	    "classification_flag");
	enum err r = ERR_OK;

	/* A ratio of another certificate comes with that: by renewal. */
	if (*ratio != '\0') {
		c->main_touched = 1;
		r = coverage_set(&c->main, "contribution_ratio", ratio);
	}
	if (r == ERR_OK && *flag != '\0' && c->old_limit != NULL &&
	    !c->w->ask->keep_limit) {
		c->limit_touched = 1;
		r = coverage_set(&c->limit, "classification_flag", flag);
	}
	return (r);
}

/* Before the next row on record begins. */
static enum err
set_end(struct correction *c, struct coverage *row, const char *value)
{
	day_of(value, row->valid_until);
	coverages_end(&c->w->h.coverages, row, row->valid_from,
	    row->valid_until);
	return (ERR_OK);
}

static enum err
set_field(struct correction *c, enum compare_field f)
{
	const char *value = c->cmp.row[f].right;

	switch (f) {
	case COMPARE_post_number:
		return (work_column(c->w, COL_POST_NUMBER, value));
	case COMPARE_address:
		return (work_column(c->w, COL_ADDRESS, value));
	case COMPARE_limit_from:
		c->limit_touched = 1;
		return (set_day(c->limit.valid_from, value));
	case COMPARE_limit_until:
		c->limit_touched = 1;
		return (set_end(c, &c->limit, value));
	case COMPARE_valid_from:
		c->main_touched = 1;
		return (set_day(c->main.valid_from, value));
	case COMPARE_valid_until:
		c->main_touched = 1;
		return (set_end(c, &c->main, value));
	case COMPARE_details:
		return (set_details(c));
	default:
		c->main_touched = 1;
		return (coverage_set(&c->main, compare_word(f), value));
	}
}

static enum err
take_field(struct correction *c, const char *word)
{
	enum compare_field f = compare_field_of(word);

	if (f == COMPARE_FIELDS) {
		note_set(c->w->note, "there is no field of this name");
		return (ERR_BAD_REQUEST);
	}
	note_set(c->w->note, "%s", word);
	if (compare_is_identity(f))
		return (ERR_IDENTITY);
	if (c->cmp.row[f].may_overwrite)
		return (set_field(c, f));
	return (c->cmp.row[f].state == COMPARE_SAME ? ERR_OK : ERR_NO_SUCH);
}

static int
is_span(const struct coverage *c)
{
	return (c->valid_until[0] == '\0' ||
	    strcmp(c->valid_from, c->valid_until) <= 0);
}

/* 1 if its start moves to or behind that of the row that follows it. */
static int
passes_next(const struct correction *c, const struct coverage *old,
    const struct coverage *now)
{
	char last[DAY_LEN] = "";
	struct coverage open;

	if (old == NULL)
		return (0);
	open = *old;
	open.valid_until[0] = '\0';
	coverages_end(&c->w->h.coverages, &open, old->valid_from, last);
	return (last[0] != '\0' && strcmp(now->valid_from, last) > 0);
}

/* The one before ended the day before: it still does. */
static enum err
move_end(struct correction *c)
{
	const struct coverages *list = &c->w->h.coverages;
	const struct coverage *old;
	struct coverage now;
	char last[DAY_LEN];
	enum err r = ERR_OK;

	day_add(c->old_main->valid_from, -1, last);
	if (last[0] == '\0' || strcmp(c->old_main->valid_from,
	    c->main.valid_from) == 0 || c->main.valid_from[0] == '\0')
		return (ERR_OK);
	for (size_t i = 0; r == ERR_OK && i < list->n; i++) {
		old = &list->row[i];
		if (old->kind != c->main.kind ||
		    strcmp(old->valid_until, last) != 0)
			continue;
		if (strcmp(c->main.valid_from, old->valid_from) <= 0)
			return (ERR_SWITCH_DATE);
		if ((r = coverage_copy(&now, old)) == ERR_OK) {
			day_add(c->main.valid_from, -1, now.valid_until);
			r = work_row(c->w, old, &now, "closed");
		}
		coverage_free(&now);
	}
	return (r);
}

static enum err
write_rows(struct correction *c)
{
	enum err r = ERR_OK;

	if (!is_span(&c->main) || !is_span(&c->limit)) {
		note_set(c->w->note, "it would end before it begins");
		return (ERR_SWITCH_DATE);
	}
	if (passes_next(c, c->old_main, &c->main) ||
	    passes_next(c, c->old_limit, &c->limit)) {
		note_set(c->w->note, "the next one on record begins before");
		return (ERR_SWITCH_DATE);
	}
	if (c->main_touched && (r = work_row(c->w, c->old_main, &c->main,
	    "overwritten")) == ERR_OK)
		r = move_end(c);
	if (r == ERR_OK && c->limit_touched)
		r = work_row(c->w, c->old_limit, &c->limit, "overwritten");
	return (r);
}

static enum err
look(struct correction *c)
{
	const struct offer *o = c->w->ask->offer;
	const char *day = o->asked_on[0] == '\0' ? c->w->ask->today :
	    o->asked_on;
	int aid = offer_is_aid(o);
	enum err r;

	r = compare(&c->w->h, o, aid, c->w->ask->today, &c->cmp);
	if (r != ERR_OK)
		return (r);
	c->old_main = coverages_at(&c->w->h.coverages, aid ? COVERAGE_AID :
	    COVERAGE_INSURANCE, day);
	if (!aid)
		c->old_limit = coverages_at(&c->w->h.coverages,
		    COVERAGE_LIMIT, day);
	if (c->old_main != NULL)
		r = coverage_copy(&c->main, c->old_main);
	if (r == ERR_OK && c->old_limit != NULL)
		r = coverage_copy(&c->limit, c->old_limit);
	return (r);
}

enum err
apply_fields(struct work *w)
{
	struct correction c = { .w = w };
	enum err r;

	if (w->ask->n_fields == 0) {
		note_set(w->note, "no field is named");
		return (ERR_BAD_REQUEST);
	}
	r = look(&c);
	for (size_t i = 0; r == ERR_OK && i < w->ask->n_fields; i++)
		r = take_field(&c, w->ask->fields[i]);
	if (r == ERR_OK) {
		note_set(w->note, "%s", "");
		r = write_rows(&c);
	}
	if (r == ERR_OK && json_object_size(json_object_get(w->after,
	    "patient")) > 0)
		r = work_tell(w, "overwritten", NULL);
	if (r == ERR_OK)	/* the first import registers it (DEN-20) */
		r = apply_reference(w, 0);
	coverage_free(&c.main);
	coverage_free(&c.limit);
	compare_wipe(&c.cmp);
	return (r);
}
