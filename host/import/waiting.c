#include <string.h>

#include "base/buf.h"
#include "host/import/import_in.h"
#include "host/store/joint.h"

#define SAME_MAX	500	/* in one transaction */

/* Findings that nobody imported yet. */
struct waiting {
	struct store		*store;
	enum import_wait	 which;
	json_t			*rows;
	struct blob		 same;	/* ids: nothing is left to do */
	size_t			 looked_at;
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
	    "s:o, s:s, s:I, s:s?}", "finding", s->finding.id, "chart_number",
	    s->known ? s->holding.patient.chart_number : "", "name",
	    name_of(s), "finding_name", s->finding.name, "link",
	    s->finding.link, "kind", aid ? "生保" : "保険", "insurer_number",
	    coverage_field(c, "insurer_number"), "insured_card_symbol",
	    coverage_field(c, "insured_card_symbol"),
	    "insured_identification_number", coverage_field(c,
	    "insured_identification_number"), "suggestion", g->nothing ?
	    json_null() : json_string(apply_word(g->action)), "why", g->why,
	    "changed", (json_int_t)g->changed, "confirm", s->known ?
	    confirm_word(g->confirm) : NULL));
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
	if (is_settled(&g) && w->same.len < SAME_MAX * UUID_LEN)
		return (blob_add(&w->same, s->finding.id, UUID_LEN));
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

	w->looked_at++;
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

/* As it is by now, which others may have changed since. */
static enum err
mark_one(struct store *store, const char *finding, size_t *n)
{
	struct suggestion g;
	struct subject s;
	enum err r;

	if ((r = subject_load(store, finding, NULL, &s)) == ERR_OK &&
	    (r = suggest(&s, &g)) == ERR_OK && is_settled(&g) &&
	    strcmp(s.finding.state, "new") == 0 &&
	    (r = finding_set_state(store, finding, "same")) == ERR_OK)
		++*n;
	subject_free(&s);
	return (r == ERR_NO_SUCH || r == ERR_NO_PATIENT ? ERR_OK : r);
}

/* They are looked at once, not every time; another time if another program
 * writes now. */
static size_t
mark_same(struct waiting *w)
{
	const char *ids = (const char *)w->same.data;
	size_t n = 0;
	int mine;
	enum err r = ERR_OK;

	if (w->same.len == 0 || joint_begin(w->store, &mine) != ERR_OK)
		return (0);
	for (size_t i = 0; r == ERR_OK && i < w->same.len; i += UUID_LEN)
		r = mark_one(w->store, ids + i, &n);
	return (joint_end(w->store, mine, r) == ERR_OK ? n : 0);
}

enum err
import_waiting_page(struct store *store, const struct import_page *page,
    json_t **out)
{
	struct finding_query q = { .state = "new", .outcome = "accepted",
	    .job = page->job, .limit = page->limit, .offset = page->offset,
	    .data = 1 };
	struct waiting w = { .store = store, .which = page->which,
	    .rows = json_array() };
	int64_t pending = 0;
	size_t marked;
	enum err r;

	*out = NULL;
	r = finding_list(store, &q, take_finding, &w, &pending);
	if (r == ERR_OK) {
		marked = mark_same(&w);
		*out = json_pack("{s:O, s:I, s:I, s:I, s:I, s:s}", "rows",
		    w.rows, "total", (json_int_t)json_array_size(w.rows),
		    "pending", (json_int_t)pending - (json_int_t)marked,
		    "looked_at", (json_int_t)w.looked_at, "next",
		    (json_int_t)(page->offset + w.looked_at - marked),
		    "text", text_of(&w));
		r = *out == NULL ? ERR_NOMEM : ERR_OK;
	}
	blob_free(&w.same);
	json_decref(w.rows);
	return (r);
}

enum err
import_waiting(struct store *store, enum import_wait which, const char *job,
    json_t **out)
{
	const struct import_page page = { .which = which, .job = job,
	    .limit = FINDING_SHOWN };

	return (import_waiting_page(store, &page, out));
}
