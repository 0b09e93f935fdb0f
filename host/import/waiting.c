#include <string.h>

#include "host/import/import_in.h"

/* Findings that nobody imported yet. */
struct waiting {
	struct store		*store;
	enum import_wait	 which;
	json_t			*rows;
};

static const char *
name_of(const struct subject *s)
{
	return (s->known ? s->holding.patient.name : s->finding.name);
}

static json_t *
row_of(const struct subject *s, const struct suggestion *g)
{
	int aid = offer_is_aid(&s->offer);
	const struct coverage *c = offer_row(&s->offer, aid ? COVERAGE_AID :
	    COVERAGE_INSURANCE, NULL);

	return (json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
	    "s:o, s:s}", "finding", s->finding.id, "chart_number",
	    s->known ? s->holding.patient.chart_number : "", "name",
	    name_of(s), "finding_name", s->finding.name, "link",
	    s->finding.link, "kind", aid ? "生保" : "保険", "insurer_number",
	    coverage_field(c, "insurer_number"), "insured_card_symbol",
	    coverage_field(c, "insured_card_symbol"),
	    "insured_identification_number", coverage_field(c,
	    "insured_identification_number"), "suggestion", g->nothing ?
	    json_null() : json_string(apply_word(g->action)), "why", g->why));
}

/* COS-14: nothing of it is on record, or whose it is is not decided. */
static int
is_new(const struct subject *s, const struct suggestion *g)
{
	return (strcmp(g->why, "first") == 0 ||
	    (!s->known && strcmp(g->why, "unmatched") == 0));
}

static int
is_changed(const struct suggestion *g)
{
	return (!g->nothing && strcmp(g->why, "first") != 0 &&
	    (g->action == APPLY_RENEW || g->action == APPLY_OVERWRITE));
}

static int
has_coverage(const struct subject *s)
{
	return (offer_row(&s->offer, COVERAGE_INSURANCE, NULL) != NULL ||
	    offer_row(&s->offer, COVERAGE_AID, NULL) != NULL);
}

static enum err
look(struct waiting *w, const struct subject *s)
{
	struct suggestion g;
	enum err r;

	if (!has_coverage(s))
		return (ERR_OK);
	if ((r = suggest(s, &g)) != ERR_OK)
		return (r);
	if (w->which == IMPORT_NEW ? !is_new(s, &g) : !is_changed(&g))
		return (ERR_OK);
	return (json_array_append_new(w->rows, row_of(s, &g)) == 0 ? ERR_OK :
	    ERR_NOMEM);
}

static enum err
take_finding(void *ctx, const struct finding *f)
{
	struct waiting *w = ctx;
	struct subject s = { .finding = *f };
	enum err r;

	r = subject_fill(w->store, NULL, &s);
	if (r == ERR_NO_PATIENT)	/* he is gone */
		r = ERR_OK;
	if (r == ERR_OK)
		r = look(w, &s);
	s.finding = (struct finding){ .unit = 0 };	/* the list's */
	subject_free(&s);
	return (r);
}

static const char *
text_of(const struct waiting *w)
{
	if (w->which == IMPORT_NEW)
		return (json_array_size(w->rows) > 0 ?
		    "オンライン資格確認システムから資格情報を取得しました。" :
		    "新規利用者の資格はありませんでした。");
	return (json_array_size(w->rows) > 0 ? "資格情報を取得しました。" :
	    "更新対象の資格はありませんでした。");
}

enum err
import_waiting(struct store *store, enum import_wait which, const char *job,
    json_t **out)
{
	struct finding_query q = { .state = "new", .outcome = "accepted",
	    .job = job, .limit = FINDING_SHOWN, .data = 1 };
	struct waiting w = { store, which, json_array() };
	enum err r;

	*out = NULL;
	r = finding_list(store, &q, take_finding, &w, NULL);
	if (r == ERR_OK && (*out = json_pack("{s:O, s:I, s:s}", "rows",
	    w.rows, "total", (json_int_t)json_array_size(w.rows), "text",
	    text_of(&w))) == NULL)
		r = ERR_NOMEM;
	json_decref(w.rows);
	return (r);
}
