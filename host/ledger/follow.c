#include <string.h>

#include "host/ledger/column.h"
#include "host/ledger/coverage.h"
#include "host/ledger/same.h"
#include "host/store/joint.h"

/* The patient's columns and the history's insurance say the same. */

static const struct {
	enum column	 column;
	const char	*word;
} shared[] = {
	{ COL_INSURER_NUMBER, "insurer_number" },
	{ COL_INSURED_CARD_SYMBOL, "insured_card_symbol" },
	{ COL_INSURED_IDENTIFICATION_NUMBER,
	    "insured_identification_number" },
	{ COL_INSURED_BRANCH_NUMBER, "insured_branch_number" },
};

#define SHARED	(sizeof(shared) / sizeof(shared[0]))

static int
is_insured(const struct patient *p)
{
	for (size_t i = 0; i < SHARED; i++)
		if (*column_get(p, shared[i].column) != '\0')
			return (1);
	return (0);
}

/* 1 if a column says another thing than the row; exact, not by keys. */
static int
differs(const struct patient *p, const struct coverage *c)
{
	for (size_t i = 0; i < SHARED; i++)
		if (strcmp(column_get(p, shared[i].column),
		    coverage_field(c, shared[i].word)) != 0)
			return (1);
	return (0);
}

static enum err
take_columns(struct coverage *c, const struct patient *p)
{
	enum err r = ERR_OK;

	for (size_t i = 0; r == ERR_OK && i < SHARED; i++)
		r = coverage_set(c, shared[i].word,
		    column_get(p, shared[i].column));
	return (r);
}

/* A row for the columns, of which nobody said more than the first day. */
static enum err
begin(struct store *s, const struct patient *p, const char *from,
    const char *until)
{
	struct coverage c = { .kind = COVERAGE_INSURANCE };
	enum err r;

	memcpy(c.chart_number, p->chart_number, sizeof(c.chart_number));
	memcpy(c.valid_from, from, strlen(from) + 1);
	memcpy(c.valid_until, until, strlen(until) + 1);
	if ((r = take_columns(&c, p)) == ERR_OK)
		r = coverage_put(s, &c);
	coverage_free(&c);
	return (r);
}

/* Up to the day before the next one that is on record; open. */
static enum err
find_until(struct store *s, const struct coverage *now, const char *today,
    char until[DAY_LEN])
{
	const struct coverage row = { .kind = COVERAGE_INSURANCE };
	struct coverages list;
	enum err r;

	if ((r = coverage_list(s, now->chart_number, &list)) == ERR_OK)
		coverages_end(&list, &row, today, until);
	coverages_free(&list);
	return (r);
}

/* In the place of another card, of which nothing is left. */
static enum err
replace(struct store *s, const struct patient *p, struct coverage *old,
    const char *until)
{
	enum err r;

	json_object_clear(old->fields);
	old->finding[0] = '\0';
	memcpy(old->valid_until, until, DAY_LEN);
	if ((r = take_columns(old, p)) == ERR_OK)
		r = coverage_put(s, old);
	return (r);
}

/* Another one since today; the old row is a copy of the list's. */
static enum err
begin_today(struct store *s, const struct patient *p, struct coverage *old,
    const char *today)
{
	char before[DAY_LEN], until[DAY_LEN];
	enum err r;

	if (strcmp(old->valid_from, today) > 0) {	/* it is yet to come */
		day_add(old->valid_from, -1, before);
		return (begin(s, p, "", before));
	}
	if ((r = find_until(s, old, today, until)) != ERR_OK)
		return (r);
	if (strcmp(old->valid_from, today) == 0)
		return (replace(s, p, old, until));
	if (coverage_holds(old, today)) {
		day_add(today, -1, old->valid_until);
		r = coverage_put(s, old);
	}
	return (r == ERR_OK ? begin(s, p, today, until) : r);
}

/* A row that began today never held. */
static enum err
end_yesterday(struct store *s, struct coverage *now, const char *today)
{
	if (strcmp(now->valid_from, today) == 0)
		return (coverage_drop(s, now->id));
	day_add(today, -1, now->valid_until);
	return (coverage_put(s, now));
}

static int
says_same(const struct patient *p, const struct coverage *c)
{
	return (same(SAME_NUMBER, p->insurer_number,
	    coverage_field(c, "insurer_number")) &&
	    same(SAME_NUMBER, p->insured_identification_number,
	    coverage_field(c, "insured_identification_number")));
}

static enum err
follow(struct store *s, const struct patient *was, const struct patient *p,
    struct coverage *now, const char *today)
{
	int holds = coverage_holds(now, today), again;
	enum err r;

	/* He is insured again, with what ended when he was not. */
	again = !holds && is_insured(p) && (was == NULL || !is_insured(was));
	if (!again && !differs(p, now))
		return (ERR_OK);
	if (!is_insured(p))
		return (holds ? end_yesterday(s, now, today) : ERR_OK);
	if (again || !says_same(p, now))
		return (begin_today(s, p, now, today));
	if ((r = take_columns(now, p)) == ERR_OK)
		r = coverage_put(s, now);
	return (r);
}

enum err
coverage_follow(struct store *s, const struct patient *was,
    const struct patient *p, const char *today)
{
	struct coverage now;
	int found;
	enum err r;

	r = coverage_at(s, p->chart_number, COVERAGE_INSURANCE, today, &now,
	    &found);
	if (r != ERR_OK)
		return (r);
	if (found)
		r = follow(s, was, p, &now, today);
	else if (is_insured(p))
		r = begin(s, p, "", "");
	coverage_free(&now);
	return (r);
}

enum err
coverage_adopt(struct store *s, const struct patient *p)
{
	struct coverage now;
	char today[DAY_LEN];
	int found;
	enum err r;

	day_today(today);
	r = coverage_at(s, p->chart_number, COVERAGE_INSURANCE, today, &now,
	    &found);
	coverage_free(&now);
	return (r != ERR_OK || found || !is_insured(p) ? r :
	    begin(s, p, "", ""));
}

/* The patient with the columns that the history wants; *wrong: not yet his.
 * Blank ones stay so without an insurance that is valid, unless fill. */
static enum err
look(struct store *s, const char *chart_number, const char *today, int fill,
    struct patient *p, int *wrong)
{
	struct coverage now;
	int found;
	enum err r;

	*wrong = 0;
	if ((r = patient_get(s, chart_number, p)) != ERR_OK)
		return (r);
	r = coverage_at(s, chart_number, COVERAGE_INSURANCE, today, &now,
	    &found);
	if (r == ERR_OK && found && differs(p, &now) && (fill ||
	    is_insured(p) || coverage_holds(&now, today))) {
		*wrong = 1;
		for (size_t i = 0; r == ERR_OK && i < SHARED; i++)
			r = column_set(p, shared[i].column,
			    coverage_field(&now, shared[i].word));
	}
	coverage_free(&now);
	return (r);
}

/* Looks first: mostly nothing is to be written, and nobody is held up. */
static enum err
settle(struct store *s, const char *chart_number, const char *today, int fill)
{
	struct patient p;
	int mine, wrong;
	enum err r;

	r = look(s, chart_number, today, fill, &p, &wrong);
	if (r == ERR_OK && wrong && (r = joint_begin(s, &mine)) == ERR_OK) {
		if ((r = look(s, chart_number, today, fill, &p, &wrong)) ==
		    ERR_OK && wrong)
			r = patient_write(s, &p);
		r = joint_end(s, mine, r);
	}
	patient_wipe(&p);
	return (r);
}

enum err
coverage_settle(struct store *s, const char *chart_number,
    const char *today)
{
	return (settle(s, chart_number, today, 0));
}

enum err
coverage_fill(struct store *s, const char *chart_number, const char *today)
{
	return (settle(s, chart_number, today, 1));
}
