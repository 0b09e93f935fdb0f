#include <string.h>

#include "host/ledger/apply_in.h"
#include "host/ledger/link.h"
#include "host/ledger/match.h"

static const char *const words[APPLY_ACTIONS] = {
	[APPLY_RENEW] = "renew", [APPLY_OVERWRITE] = "overwrite",
	[APPLY_NEW] = "new", [APPLY_REFERENCE] = "reference",
	[APPLY_CONFIRM] = "confirm",
};

const char *
apply_word(enum apply_action action)
{
	return (action < APPLY_ACTIONS ? words[action] : "");
}

enum apply_action
apply_action_of(const char *word)
{
	int a = 0;

	while (a < APPLY_ACTIONS && strcmp(words[a], word) != 0)
		a++;
	return ((enum apply_action)a);
}

void
apply_change_free(struct apply_change *c)
{
	json_decref(c->before);
	json_decref(c->after);
	json_decref(c->entries);
	*c = (struct apply_change){ .empty = 1 };
}

static enum err
keep(json_t *side, const char *name, json_t *value)
{
	return (json_object_set_new(side, name, value) == 0 ? ERR_OK :
	    ERR_NOMEM);
}

static json_t *
text_of(const struct patient *p, enum column c)
{
	static const char *const sexes[] = { "0", "1", "2", "3" };

	return (json_string(c == COL_SEX ? sexes[p->sex & 3] :
	    column_get(p, c)));
}

enum err
work_column(struct work *w, enum column c, const char *value)
{
	json_t *before = json_object_get(w->before, "patient");
	json_t *after = json_object_get(w->after, "patient");
	enum err r;

	if (strcmp(column_get(&w->person, c), value) == 0)
		return (ERR_OK);
	if (json_object_get(before, column_name(c)) == NULL &&
	    (r = keep(before, column_name(c), text_of(&w->person, c))) !=
	    ERR_OK)
		return (r);
	if ((r = column_set(&w->person, c, value)) != ERR_OK)
		return (r);
	return (keep(after, column_name(c), text_of(&w->person, c)));
}

static enum err
add_entry(struct work *w, const char *change, const struct coverage *row,
    const struct coverage *before)
{
	json_t *e = json_pack("{s:s, s:s, s:o, s:o}", "kind",
	    row == NULL ? "patient" : coverage_word(row->kind), "change",
	    change, "row", row == NULL ? json_null() : coverage_json(row),
	    "before", before == NULL ? json_null() : coverage_json(before));

	return (e != NULL && json_array_append_new(w->entries, e) == 0 ?
	    ERR_OK : ERR_NOMEM);
}

enum err
work_tell(struct work *w, const char *change, const struct coverage *row)
{
	return (add_entry(w, change, row, NULL));
}

enum err
work_row(struct work *w, const struct coverage *old, struct coverage *now,
    const char *change)
{
	json_t *before = json_object_get(w->before, "coverages");
	json_t *after = json_object_get(w->after, "coverages");
	const char *id;
	enum err r;

	if (now == NULL) {
		r = coverage_drop(w->store, old->id);
	} else {
		memcpy(now->chart_number, w->person.chart_number,
		    sizeof(now->chart_number));
		r = coverage_put(w->store, now);
	}
	if (r != ERR_OK)
		return (r);
	id = now == NULL ? old->id : now->id;
	if (json_object_get(before, id) == NULL && (r = keep(before, id,
	    old == NULL ? json_null() : coverage_json(old))) != ERR_OK)
		return (r);
	r = keep(after, id, now == NULL ? json_null() : coverage_json(now));
	if (r == ERR_OK && change != NULL)
		r = add_entry(w, change, now == NULL ? old : now, old);
	return (r);
}

enum err
apply_reference(struct work *w, int must)
{
	const char *theirs = w->ask->offer->person.reference_number;
	struct patient other;
	enum err r;

	switch (link_says(w->person.reference_number, theirs)) {
	case LINK_SAME:
		return (ERR_OK);
	case LINK_NONE:
		return (must && *theirs == '\0' ? ERR_NO_SUCH : ERR_OK);
	case LINK_DIFFERS:
		return (must ? ERR_REFERENCE_DIFFERS :
		    work_tell(w, "reference_differs", NULL));
	case LINK_NEW:
		break;
	}
	r = patient_by_reference(w->store, theirs, &other);
	if (r == ERR_OK && must)
		note_set(w->note, "chart number %s", other.chart_number);
	patient_wipe(&other);
	if (r == ERR_OK)
		return (must ? ERR_REFERENCE_TAKEN :
		    work_tell(w, "reference_taken", NULL));
	if (r != ERR_NO_PATIENT)
		return (r);
	if ((r = work_column(w, COL_REFERENCE_NUMBER, theirs)) == ERR_OK)
		r = work_tell(w, "registered", NULL);
	return (r);
}

static enum err
confirm(struct work *w)
{
	enum err r;

	if ((r = work_column(w, COL_CONFIRMED_ON, w->ask->today)) == ERR_OK)
		r = work_tell(w, "confirmed", NULL);
	return (r == ERR_OK ? apply_reference(w, 0) : r);
}

static enum err
perform(struct work *w)
{
	switch (w->ask->action) {
	case APPLY_RENEW:
	case APPLY_NEW:
		return (apply_rows(w));
	case APPLY_OVERWRITE:
		return (apply_fields(w));
	case APPLY_REFERENCE:
		return (apply_reference(w, 1));
	case APPLY_CONFIRM:
		return (confirm(w));
	case APPLY_ACTIONS:
		break;
	}
	return (ERR_SEQUENCE);
}

static enum err
check_offer(const struct apply_ask *ask)
{
	size_t insurances, aids;

	if (!offer_is_valid(ask->offer))
		return (ERR_NOT_VALID);
	offer_row(ask->offer, COVERAGE_INSURANCE, &insurances);
	offer_row(ask->offer, COVERAGE_AID, &aids);
	if (ask->action != APPLY_REFERENCE && ask->action != APPLY_CONFIRM &&
	    (insurances > 1 || aids > 1 || ask->offer->left_out > 0))
		return (ERR_SEVERAL);
	return (ERR_OK);
}

static enum err
check_person(const struct patient *p, const struct patient *offered)
{
	if (offered->birthdate[0] != '\0' &&
	    strcmp(p->birthdate, offered->birthdate) != 0)
		return (ERR_CONTRADICTS);
	return (match_sexes(p->sex, offered->sex) == SAYS_DIFFERENT ?
	    ERR_CONTRADICTS : ERR_OK);
}

/* Everything that is known of a new one; who has no birth date is nobody. */
static enum err
begin_new(struct work *w)
{
	struct patient p = w->ask->offer->person;
	json_t *all = json_object();
	enum err r;

	r = patient_get(w->store, w->ask->chart_number, &w->person);
	if (r == ERR_OK)
		r = ERR_IN_LEDGER;
	if (r != ERR_NO_PATIENT || p.birthdate[0] == '\0') {
		json_decref(all);
		patient_wipe(&p);
		return (r == ERR_NO_PATIENT ? ERR_ROW : r);
	}
	w->fresh = w->first = 1;
	p.reference_number[0] = '\0';	/* apply_reference looks at it */
	r = column_set(&p, COL_CHART_NUMBER, w->ask->chart_number);
	for (int c = 0; c < COLUMNS; c++)
		json_object_set_new(all, column_name((enum column)c),
		    text_of(&p, (enum column)c));
	w->person = p;
	patient_wipe(&p);
	if (json_object_set_new(w->after, "patient", all) != 0)
		r = ERR_NOMEM;
	if (r == ERR_OK)
		r = patient_write(w->store, &w->person);
	return (r == ERR_OK ? work_tell(w, "created", NULL) : r);
}

static enum err
begin_known(struct work *w)
{
	const struct offer *o = w->ask->offer;
	enum coverage_kind kind = offer_is_aid(o) ? COVERAGE_AID :
	    COVERAGE_INSURANCE;
	enum err r;

	r = patient_get(w->store, w->ask->chart_number, &w->person);
	if (r != ERR_OK ||
	    (r = check_person(&w->person, &o->person)) != ERR_OK ||
	    (r = coverage_adopt(w->store, &w->person)) != ERR_OK ||
	    (r = holding_load(w->store, w->ask->chart_number, &w->h)) !=
	    ERR_OK)
		return (r);
	w->first = coverages_at(&w->h.coverages, kind, w->ask->today) == NULL;
	if (w->person.insurer_number[0] == '\0' &&
	    w->person.insured_identification_number[0] == '\0')
		return (keep(w->before, "uninsured", json_true()));
	return (ERR_OK);
}

static enum err
begin(struct work *w)
{
	const char *chart = w->ask->chart_number;

	if (w->before == NULL || w->after == NULL || w->entries == NULL)
		return (ERR_NOMEM);
	if (*chart == '\0' || strspn(chart, "0") == strlen(chart))
		return (ERR_CHART_ZERO);
	return (w->ask->action == APPLY_NEW ? begin_new(w) : begin_known(w));
}

/* 1 if an insurance was written, and none merely taken out. */
static int
gives_insurance(const struct work *w)
{
	json_t *rows = json_object_get(w->after, "coverages"), *row;
	const char *id, *kind;

	json_object_foreach(rows, id, row) {
		kind = json_string_value(json_object_get(row, "kind"));
		if (kind != NULL && strcmp(kind, coverage_word(
		    COVERAGE_INSURANCE)) == 0)
			return (1);
	}
	return (0);
}

/* What it becomes is written once, and the columns follow the history. */
static enum err
finish(struct work *w)
{
	enum err r = ERR_OK;

	if (w->fresh || json_object_size(json_object_get(w->after,
	    "patient")) > 0)
		r = patient_write(w->store, &w->person);
	if (r == ERR_OK && json_object_size(json_object_get(w->after,
	    "coverages")) > 0)
		r = (gives_insurance(w) ? coverage_fill : coverage_settle)(
		    w->store, w->person.chart_number, w->ask->today);
	return (r);
}

static json_t *
side(void)
{
	return (json_pack("{s:{}, s:{}}", "patient", "coverages"));
}

enum err
apply(struct store *s, const struct apply_ask *ask,
    struct apply_change *out, struct note *note)
{
	struct work w = { .store = s, .ask = ask, .before = side(),
	    .after = side(), .entries = json_array(), .note = note };
	enum err r;

	*out = (struct apply_change){ .empty = 1 };
	if ((r = check_offer(ask)) != ERR_OK || (r = begin(&w)) != ERR_OK ||
	    (r = perform(&w)) != ERR_OK || (r = finish(&w)) != ERR_OK)
		goto out;
	if (w.fresh)
		json_object_set_new(w.before, "patient", json_null());
	*out = (struct apply_change){ .before = w.before, .after = w.after,
	    .entries = w.entries, .empty = !w.fresh &&
	    json_object_size(json_object_get(w.after, "patient")) == 0 &&
	    json_object_size(json_object_get(w.after, "coverages")) == 0 };
	w.before = w.after = w.entries = NULL;	/* moved */
out:
	json_decref(w.before);
	json_decref(w.after);
	json_decref(w.entries);
	holding_free(&w.h);
	patient_wipe(&w.person);
	return (r);
}
