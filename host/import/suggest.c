#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/import/import_in.h"
#include "host/ledger/link.h"
#include "host/ledger/match.h"

void
subject_free(struct subject *s)
{
	finding_free(&s->finding);
	offer_free(&s->offer);
	if (s->known)
		holding_free(&s->holding);
	s->known = 0;
}

void
asked_day(const struct finding *f, char out[DAY_LEN])
{
	char stamp[CLOCK_STAMP_LEN];

	clock_stamp(f->at, stamp);
	snprintf(out, DAY_LEN, "%.8s", f->asked_on[0] == '\0' ? stamp :
	    f->asked_on);
}

static enum err
take_count(void *ctx, const struct val *v, size_t n)
{
	*(int *)ctx = n == 1 && val_num(&v[0]) > 0;
	return (ERR_OK);
}

/* What is on record may be of a later day than what is looked at. */
static enum err
find_later(struct store *store, const char *chart_number, struct subject *s)
{
	char day[DAY_LEN];

	asked_day(&s->finding, day);
	return (store_run(store, SQL_IMPORT_LATER, (struct val[]){
	    val_text(chart_number), val_text(day), val_int(s->finding.at) },
	    3, take_count, &s->older, NULL));
}

enum err
subject_fill(struct store *store, const char *chart_number,
    struct subject *s)
{
	enum err r;

	day_today(s->today);
	if (chart_number == NULL)
		chart_number = s->finding.chart_number;
	if ((r = offer_of(&s->finding, &s->offer)) != ERR_OK ||
	    *chart_number == '\0')
		return (r);
	if ((r = holding_load(store, chart_number, &s->holding)) != ERR_OK)
		return (r);
	s->known = 1;
	return (find_later(store, chart_number, s));
}

enum err
subject_load(struct store *store, const char *finding,
    const char *chart_number, struct subject *s)
{
	enum err r;

	*s = (struct subject){ .known = 0 };
	if ((r = finding_get(store, finding, &s->finding)) != ERR_OK)
		return (r);
	return (subject_fill(store, chart_number, s));
}

/* Both sides together: the insurance, and the aid beside it. */
struct sums {
	size_t	changed, aid;	/* of which of the aid */
	int	other, first;
};

static enum err
sum(const struct subject *s, int aid, struct sums *sums)
{
	struct compare c;
	enum err r;

	r = compare(&s->holding, &s->offer, aid, s->today, &c);
	sums->changed += c.changed;
	sums->aid += aid ? c.changed : 0;
	sums->other |= c.other;
	sums->first |= coverages_at(&s->holding.coverages, aid ?
	    COVERAGE_AID : COVERAGE_INSURANCE, s->today) == NULL;
	compare_wipe(&c);
	return (r);
}

static enum err
sum_all(const struct subject *s, struct sums *sums)
{
	enum err r = ERR_OK;

	*sums = (struct sums){ .changed = 0 };
	if (offer_row(&s->offer, COVERAGE_INSURANCE, NULL) != NULL)
		r = sum(s, 0, sums);
	if (r == ERR_OK &&
	    offer_row(&s->offer, COVERAGE_AID, NULL) != NULL)
		r = sum(s, 1, sums);
	return (r);
}

enum err
changed_fields(const struct subject *s, const char *words[COMPARE_FIELDS],
    size_t *n)
{
	struct compare c;
	enum err r;

	*n = 0;
	r = compare(&s->holding, &s->offer, offer_is_aid(&s->offer),
	    s->today, &c);
	for (int f = 0; r == ERR_OK && f < COMPARE_FIELDS; f++) {
		if (c.row[f].may_overwrite && f != COMPARE_post_number &&
		    f != COMPARE_address && f != COMPARE_limit_from &&
		    f != COMPARE_limit_until)
			words[(*n)++] = compare_word((enum compare_field)f);
	}
	compare_wipe(&c);
	return (r);
}

static int
is_other_person(const struct subject *s)
{
	const struct patient *p = &s->holding.patient, *o = &s->offer.person;

	return ((o->birthdate[0] != '\0' &&
	    strcmp(p->birthdate, o->birthdate) != 0) ||
	    match_sexes(p->sex, o->sex) == SAYS_DIFFERENT);
}

/* What keeps a finding from being imported; NULL if nothing does. */
static const char *
obstacle(const struct subject *s)
{
	size_t insurances, aids;

	if (!offer_is_valid(&s->offer))
		return ("not_valid");
	offer_row(&s->offer, COVERAGE_INSURANCE, &insurances);
	offer_row(&s->offer, COVERAGE_AID, &aids);
	if (insurances > 1 || aids > 1 || s->offer.left_out > 0)
		return ("several");
	if (!s->known)
		return ("unmatched");
	if (is_other_person(s))
		return ("other_person");
	return (link_says(s->holding.patient.reference_number,
	    s->offer.person.reference_number) == LINK_DIFFERS ?
	    "reference_differs" : NULL);
}

static void
say(struct suggestion *out, enum apply_action action, const char *why)
{
	out->action = action;
	out->why = why;
	out->nothing = 0;
}

int
is_settled(const struct suggestion *g)
{
	return (g->nothing && (strcmp(g->why, "unchanged") == 0 ||
	    strcmp(g->why, "unlinked") == 0));
}

/* Fields are of one side: the aid beside an insurance is renewed, and so is
 * what has no field. */
static enum err
correct(const struct subject *s, const struct sums *sums,
    struct suggestion *out)
{
	const char *words[COMPARE_FIELDS];
	size_t n = 0;
	enum err r = ERR_OK;

	if (sums->aid == 0 || offer_is_aid(&s->offer))
		r = changed_fields(s, words, &n);
	say(out, n > 0 ? APPLY_OVERWRITE : APPLY_RENEW, "details");
	return (r);
}

/* It would put back what a later one changed. */
static void
hold_back(struct suggestion *out)
{
	out->action = APPLY_ACTIONS;
	out->nothing = 1;
	out->confirm = CONFIRM_NOTHING;
	out->why = "older";
}

enum err
suggest(const struct subject *s, struct suggestion *out)
{
	struct sums sums;
	int registered, adds;
	enum err r;

	*out = (struct suggestion){ .action = APPLY_ACTIONS, .nothing = 1,
	    .confirm = CONFIRM_NOTHING, .why = obstacle(s) };
	if (out->why != NULL)
		return (ERR_OK);
	if ((r = sum_all(s, &sums)) != ERR_OK)
		return (r);
	registered = s->holding.patient.reference_number[0] != '\0';
	adds = apply_adds(&s->holding, &s->offer, s->today);
	out->changed = sums.changed;
	out->confirm = confirm_decide(sums.other || sums.changed > 0 || adds,
	    registered, 0);
	out->why = registered ? "unchanged" : "unlinked";
	if (sums.first)
		say(out, APPLY_RENEW, "first");
	else if (sums.other || adds)
		say(out, APPLY_RENEW, "changed");
	else if (sums.changed > 0)
		r = correct(s, &sums, out);
	else if (!registered && s->offer.person.reference_number[0] != '\0')
		say(out, APPLY_REFERENCE, "unlinked");
	if (s->older && !out->nothing && out->action != APPLY_REFERENCE)
		hold_back(out);
	return (r);
}

enum err
import_suggest(struct store *store, const struct finding *f,
    const char *chart_number, struct suggestion *out)
{
	struct subject s = { .finding = *f };
	enum err r;

	if ((r = subject_fill(store, chart_number, &s)) == ERR_OK)
		r = suggest(&s, out);
	s.finding = (struct finding){ .unit = 0 };	/* the caller's */
	subject_free(&s);
	return (r);
}

static json_t *
suggestion_json(const struct suggestion *g, int known)
{
	return (json_pack("{s:o, s:s, s:s, s:s, s:I, s:o}", "action",
	    g->nothing ? json_null() : json_string(apply_word(g->action)),
	    "why", g->why, "ja", import_why_text(g->why, ERR_JA), "en",
	    import_why_text(g->why, ERR_EN), "changed",
	    (json_int_t)g->changed, "confirm", known ?
	    json_string(confirm_word(g->confirm)) : json_null()));
}

static json_t *
fields_json(const struct subject *s, int aid)
{
	struct compare c;
	json_t *o = NULL;

	if (offer_row(&s->offer, aid ? COVERAGE_AID : COVERAGE_INSURANCE,
	    NULL) == NULL && aid)
		return (json_null());
	if (compare(s->known ? &s->holding : NULL, &s->offer, aid, s->today,
	    &c) == ERR_OK)
		o = json_pack("{s:b, s:i, s:o}", "other", c.other, "changed",
		    (int)c.changed, "fields", compare_json(&c));
	compare_wipe(&c);
	return (o);
}

static json_t *
reference_json(const struct subject *s)
{
	const char *ours = s->known ? s->holding.patient.reference_number :
	    "", *theirs = s->offer.person.reference_number;

	return (json_pack("{s:s, s:s, s:s}", "state", link_word(link_says(ours,
	    theirs)), "ours", ours, "theirs", theirs));
}

/* Limit certificates of a patient who is insured already are shown only. */
static json_t *
display_json(const struct subject *s)
{
	json_t *list = json_array();

	if (!s->known || coverages_at(&s->holding.coverages,
	    COVERAGE_INSURANCE, s->today) == NULL)
		return (list);
	for (size_t i = 0; i < s->offer.n; i++)
		if (s->offer.row[i].kind == COVERAGE_LIMIT)
			json_array_append_new(list,
			    coverage_json(&s->offer.row[i]));
	return (list);
}

static json_t *
comparison_json(const struct subject *s, const struct suggestion *g)
{
	const struct coverage *main = offer_row(&s->offer,
	    offer_is_aid(&s->offer) ? COVERAGE_AID : COVERAGE_INSURANCE, NULL);

	return (json_pack("{s:s, s:o, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:O, "
	    "s:o}", "finding", s->finding.id, "chart_number", s->known ?
	    json_string(s->holding.patient.chart_number) : json_null(),
	    "asked_on", s->offer.asked_on, "validity", s->offer.validity,
	    "suggestion", suggestion_json(g, s->known), "switch_on",
	    main == NULL ? "" : main->valid_from, "reference",
	    reference_json(s), "insurance", fields_json(s, 0), "aid",
	    fields_json(s, 1), "manual", s->offer.manual, "display",
	    display_json(s)));
}

enum err
import_compare(struct store *store, const char *finding,
    const char *chart_number, json_t **out, struct note *note)
{
	struct suggestion g;
	struct subject s;
	enum err r;

	*out = NULL;
	if ((r = subject_load(store, finding, chart_number, &s)) == ERR_OK &&
	    (r = suggest(&s, &g)) == ERR_OK) {
		if (!s.known && chart_number != NULL && *chart_number == '\0' &&
		    strcmp(g.why, "unmatched") == 0)
			say(&g, APPLY_NEW, "newcomer");
		*out = comparison_json(&s, &g);
		r = *out == NULL ? ERR_NOMEM : ERR_OK;
	}
	if (r != ERR_OK)
		note_set(note, "%.64s", finding);
	subject_free(&s);
	return (r);
}
