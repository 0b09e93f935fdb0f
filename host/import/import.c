#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/import/import_in.h"
#include "host/ledger/choice.h"

/* One call: its batch, and what came of it. */
struct batch {
	struct store			*store;
	const struct import_ask		*ask;
	char				 id[UUID_LEN];
	int64_t				 at;
	json_t				*rows;
	int				 imported, unchanged, refused;
	struct note			*note;
};

/* One finding of it. */
struct piece {
	struct subject		 subject;
	enum apply_action	 action;
	int			 nothing;	/* is suggested */
	const char		*fields[COMPARE_FIELDS];
	size_t			 n_fields;
	struct apply_change	 change;
	char			 id[UUID_LEN];
	json_t			*report;
};

struct standing {
	const char	*chart_number;
	int		 whole;
	char		*id;
};

/* All that a finding says, not a part of it. */
static int
is_whole(enum apply_action action)
{
	return (action == APPLY_RENEW || action == APPLY_NEW);
}

static enum err
take_standing(void *ctx, const struct val *v, size_t n)
{
	const struct standing *s = ctx;

	if (n != 3 || v[1].len >= UUID_LEN)
		return (ERR_STORE);
	if (s->whole && !is_whole(apply_action_of(val_str(&v[2]))))
		return (ERR_OK);
	if (s->id[0] == '\0' && (*s->chart_number == '\0' ||
	    strcmp(s->chart_number, val_str(&v[0])) == 0))
		memcpy(s->id, val_str(&v[1]), v[1].len + 1);
	return (ERR_OK);
}

enum err
import_standing(struct store *store, const char *finding,
    const char *chart_number, int whole, char id[UUID_LEN])
{
	struct standing s = { chart_number, whole, id };
	struct val v = val_text(finding);

	id[0] = '\0';
	return (store_run(store, SQL_IMPORT_STANDS, &v, 1, take_standing, &s,
	    NULL));
}

static const char *
chart_of(const struct batch *b, const struct piece *p)
{
	return (b->ask->chart_number != NULL ? b->ask->chart_number :
	    p->subject.finding.chart_number);
}

/* Nobody's answer is applied to a patient unless a person said whose it is. */
static enum err
load(struct batch *b, const char *finding, struct piece *p)
{
	struct subject *s = &p->subject;
	const char *chart;
	enum err r;

	if ((r = finding_get(b->store, finding, &s->finding)) != ERR_OK)
		return (r);
	chart = chart_of(b, p);
	if (*chart == '\0')
		return (ERR_UNDECIDED);
	if (strspn(chart, "0") == strlen(chart))
		return (ERR_CHART_ZERO);
	if (b->ask->action != NULL && *b->ask->action == APPLY_NEW)
		return (subject_fill(b->store, "", s));
	return (subject_fill(b->store, chart, s));
}

static enum err
decide(const struct batch *b, struct piece *p)
{
	struct suggestion g;
	enum err r;

	p->action = b->ask->action == NULL ? APPLY_ACTIONS : *b->ask->action;
	if (p->action != APPLY_ACTIONS)
		return (ERR_OK);
	if ((r = suggest(&p->subject, &g)) != ERR_OK)
		return (r);
	p->action = g.action;
	p->nothing = g.nothing;
	if (strcmp(g.why, "not_valid") == 0)
		return (ERR_NOT_VALID);
	if (strcmp(g.why, "several") == 0)
		return (ERR_SEVERAL);
	if (strcmp(g.why, "other_person") == 0)
		return (ERR_CONTRADICTS);
	if (strcmp(g.why, "reference_differs") == 0)
		return (ERR_REFERENCE_DIFFERS);
	if (strcmp(g.why, "older") == 0)
		return (ERR_OLDER);
	if (p->action != APPLY_OVERWRITE)
		return (ERR_OK);
	return (changed_fields(&p->subject, p->fields, &p->n_fields));
}

static enum err
make_report(const struct batch *b, struct piece *p, const char *outcome)
{
	const struct patient *who = p->subject.known ?
	    &p->subject.holding.patient : &p->subject.offer.person;

	json_decref(p->report);
	p->report = report_new(p->id, b->at, &p->subject, chart_of(b, p),
	    who->name, p->action);
	if (p->report == NULL || json_object_set_new(p->report, "outcome",
	    json_string(outcome)) != 0)
		return (ERR_NOMEM);
	return (p->change.entries == NULL ? ERR_OK : report_fill(p->report,
	    p->change.entries, p->subject.offer.manual));
}

static enum err
keep(const struct batch *b, const struct piece *p)
{
	char *report = json_dumps(p->report, JSON_COMPACT);
	char *before = json_dumps(p->change.before, JSON_COMPACT);
	char *after = json_dumps(p->change.after, JSON_COMPACT);
	const struct audit_who *who = &b->ask->who;
	enum err r = ERR_NOMEM;

	if (report != NULL && before != NULL && after != NULL)
		r = store_run(b->store, SQL_IMPORT_ADD, (struct val[]){
		    val_text(p->id), val_text(b->id), val_int(b->at),
		    val_text(chart_of(b, p)), val_text(p->subject.finding.id),
		    val_text(apply_word(p->action)),
		    val_text(who->client == NULL ? "" : who->client),
		    val_text(who->staff == NULL ? "" : who->staff),
		    val_text(report), val_text(before), val_text(after) }, 11,
		    NULL, NULL, NULL);
	free(report);
	free(before);
	free(after);
	if (r == ERR_OK)
		r = audit_add(b->store, who, "import", AUDIT_IMPORT, p->id,
		    "");
	return (r == ERR_OK ? audit_add(b->store, who, "import",
	    AUDIT_PATIENT, chart_of(b, p), "") : r);
}

static enum err
link_finding(const struct batch *b, const struct piece *p)
{
	const struct finding *f = &p->subject.finding;
	enum err r;

	if (strcmp(f->chart_number, chart_of(b, p)) == 0)
		return (ERR_OK);
	if (p->action == APPLY_NEW && f->chart_number[0] != '\0')
		return (import_choose(b->store, f->id, chart_of(b, p),
		    &b->ask->who, b->note));
	r = finding_set_patient(b->store, f->id, chart_of(b, p), "chosen");
	return (r == ERR_OK && p->action == APPLY_NEW ?
	    finding_relink(b->store, f->birthdate, NULL) : r);
}

/* It waits no more when nothing of it is left to apply. */
static enum err
set_state(const struct batch *b, const struct piece *p)
{
	const char *id = p->subject.finding.id;
	struct suggestion g = { .nothing = 1 };
	struct subject s;
	int settled = is_whole(p->action);
	enum err r = ERR_OK;

	if (!settled) {
		if ((r = subject_load(b->store, id, chart_of(b, p), &s)) ==
		    ERR_OK && (r = suggest(&s, &g)) == ERR_OK)
			settled = is_settled(&g);
		subject_free(&s);
	}
	return (r == ERR_OK && settled ? finding_set_state(b->store, id,
	    "imported") : r);
}

static enum err
perform(const struct batch *b, struct piece *p)
{
	struct apply_ask ask = { .action = p->action,
	    .chart_number = chart_of(b, p), .offer = &p->subject.offer,
	    .switch_on = b->ask->switch_on == NULL ? "" : b->ask->switch_on,
	    .fields = p->n_fields > 0 ? p->fields : b->ask->fields,
	    .n_fields = p->n_fields > 0 ? p->n_fields : b->ask->n_fields,
	    .keep_limit = b->ask->action == NULL,
	    .today = p->subject.today };
	enum err r;

	if (ask.switch_on[0] != '\0' && !clock_is_date(ask.switch_on)) {
		note_set(b->note, "switch_on: is not a date");
		return (ERR_BAD_REQUEST);
	}
	if ((r = apply(b->store, &ask, &p->change, b->note)) != ERR_OK)
		return (r);
	if (p->change.empty)
		return (make_report(b, p, "unchanged"));
	if ((r = uuid_make(p->id)) != ERR_OK ||
	    (r = make_report(b, p, "imported")) != ERR_OK ||
	    (r = keep(b, p)) != ERR_OK ||
	    (r = link_finding(b, p)) != ERR_OK)
		return (r);
	return (set_state(b, p));
}

/* A person who names another patient than the finding's says whose it is. */
static enum err
choose(const struct batch *b, const struct piece *p)
{
	const struct finding *f = &p->subject.finding;

	if (b->ask->chart_number == NULL || (b->ask->action != NULL &&
	    *b->ask->action == APPLY_NEW) ||
	    strcmp(f->chart_number, b->ask->chart_number) == 0)
		return (ERR_OK);
	return (import_choose(b->store, f->id, b->ask->chart_number,
	    &b->ask->who, b->note));
}

static enum err
import_one(struct batch *b, const char *finding, struct piece *p)
{
	char standing[UUID_LEN];
	int waits;
	enum err r;

	if ((r = load(b, finding, p)) != ERR_OK ||
	    (r = choose(b, p)) != ERR_OK)
		return (r);
	/* Whole applications stand once per patient; corrections may follow,
	 * and they are whole when nothing was left. */
	waits = strcmp(p->subject.finding.state, "imported") != 0;
	if ((r = import_standing(b->store, finding, chart_of(b, p), waits,
	    standing)) != ERR_OK)
		return (r);
	p->action = b->ask->action == NULL ? APPLY_ACTIONS : *b->ask->action;
	if (standing[0] != '\0' && (is_whole(p->action) ||
	    p->action == APPLY_ACTIONS))
		return (make_report(b, p, "unchanged"));
	if ((r = decide(b, p)) != ERR_OK)
		return (r);
	if (!p->nothing)
		return (perform(b, p));
	r = make_report(b, p, "unchanged");
	return (r == ERR_OK ? finding_set_state(b->store, finding, "same") :
	    r);
}

/* {outcome refused, error {code, ja, en}}: no name, by its id. */
static json_t *
refusal(const struct batch *b, const char *finding, const char *chart,
    enum err r, const struct note *note)
{
	return (json_pack("{s:n, s:I, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s, "
	    "s:s, s:s}, s:[], s:[], s:[], s:b}", "id", "at",
	    (json_int_t)b->at, "finding", finding, "chart_number", chart,
	    "name", "", "action", b->ask->action == NULL ? "" :
	    apply_word(*b->ask->action), "outcome", "refused", "error", "code",
	    err_name(r), "ja", err_text(r, ERR_JA), "en", err_text(r, ERR_EN),
	    "detail", note->text, "sections", "display", "manual", "review",
	    0));
}

static void
count(struct batch *b, const json_t *row)
{
	const char *outcome = json_string_value(json_object_get(row,
	    "outcome"));

	if (outcome == NULL || strcmp(outcome, "refused") == 0)
		b->refused++;
	else if (strcmp(outcome, "imported") == 0)
		b->imported++;
	else
		b->unchanged++;
}

/* What is ours to fail at ends the batch; what a finding is refused for does
 * not. */
static int
ends_all(enum err r)
{
	enum err_class class = err_class(r);

	return (r == ERR_STORE_BUSY || class == EC_OURS || r == ERR_STORE);
}

/* A row of the batch, whatever came of it. */
static enum err
add_row(struct batch *b, json_t *row)
{
	count(b, row);
	return (json_array_append_new(b->rows, row) == 0 ? ERR_OK :
	    ERR_NOMEM);
}

/* In a transaction of its own; a refusal is a row too, and is returned. */
static enum err
import_in_turn(struct batch *b, const char *finding, struct note *note)
{
	struct piece p = { .action = APPLY_ACTIONS };
	enum err r, added;

	*note = (struct note){ "" };
	b->note = note;
	if ((r = store_begin(b->store)) == ERR_OK) {
		if ((r = import_one(b, finding, &p)) == ERR_OK)
			r = store_commit(b->store);
		if (r != ERR_OK)
			store_rollback(b->store);
	}
	added = add_row(b, r == ERR_OK ? json_incref(p.report) :
	    refusal(b, finding, chart_of(b, &p), r, note));
	apply_change_free(&p.change);
	json_decref(p.report);
	subject_free(&p.subject);
	return (r == ERR_OK ? added : r);
}

static json_t *
batch_json(const struct batch *b)
{
	const struct audit_who *who = &b->ask->who;

	return (json_pack("{s:s, s:I, s:s, s:s, s:{s:i, s:i, s:i}, s:O}",
	    "batch", b->id, "at", (json_int_t)b->at, "client",
	    who->client == NULL ? "" : who->client, "staff",
	    who->staff == NULL ? "" : who->staff, "counts", "imported",
	    b->imported, "unchanged", b->unchanged, "refused", b->refused,
	    "rows", b->rows));
}

/* When it was asked, and its place in what was named. */
struct turn {
	const char	*finding;
	char		 day[DAY_LEN];
	int64_t		 at;
	size_t		 place;
};

static int
by_age(const void *a, const void *b)
{
	const struct turn *s = a, *t = b;
	int days = strcmp(s->day, t->day);

	if (days != 0)
		return (days);
	if (s->at != t->at)
		return (s->at < t->at ? -1 : 1);
	return (s->place < t->place ? -1 : s->place > t->place);
}

/* The oldest first, so that the newest stays; what cannot be read is last,
 * and refused in its turn. */
static enum err
set_turns(const struct batch *b, const char **ids)
{
	struct turn *turns = calloc(b->ask->n, sizeof(*turns));
	struct finding f;

	if (turns == NULL)
		return (ERR_NOMEM);
	for (size_t i = 0; i < b->ask->n; i++) {
		f = (struct finding){ .unit = 0 };
		turns[i] = (struct turn){ .finding = b->ask->findings[i],
		    .day = "99999999", .place = i };
		if (finding_get(b->store, turns[i].finding, &f) == ERR_OK) {
			asked_day(&f, turns[i].day);
			turns[i].at = f.at;
		}
		finding_free(&f);
	}
	qsort(turns, b->ask->n, sizeof(*turns), by_age);
	for (size_t i = 0; i < b->ask->n; i++)
		ids[i] = turns[i].finding;
	free(turns);
	return (ERR_OK);
}

/* What was imported is told, even if the store is lost on the way: the rest is
 * refused then, and may be tried again. */
static enum err
import_all(struct batch *b, const char *const *ids, struct note *note)
{
	struct note why = { "" };
	size_t i = 0;
	enum err r = ERR_OK, rest = ERR_OK;

	for (; i < b->ask->n && rest == ERR_OK; i++) {
		r = import_in_turn(b, ids[i], &why);
		if (r != ERR_OK && ends_all(r))
			rest = r;
	}
	if (r != ERR_OK && (b->ask->n == 1 || (rest != ERR_OK &&
	    b->imported == 0))) {
		note_set(note, "%s", why.text);
		return (r);
	}
	for (r = ERR_OK; r == ERR_OK && i < b->ask->n; i++)
		r = add_row(b, refusal(b, ids[i], "", rest, &why));
	return (r);
}

static enum err
import_sorted(struct batch *b, struct note *note)
{
	const char **ids = calloc(b->ask->n, sizeof(*ids));
	enum err r = ERR_NOMEM;

	if (ids != NULL && (r = set_turns(b, ids)) == ERR_OK)
		r = import_all(b, ids, note);
	free(ids);
	return (r);
}

enum err
import_apply(struct store *store, const struct import_ask *ask,
    json_t **out, struct note *note)
{
	struct batch b = { .store = store, .ask = ask,
	    .at = clock_wall_ms(), .rows = json_array() };
	enum err r;

	*out = NULL;
	if (ask->n == 0 || (ask->chart_number != NULL && ask->n != 1)) {
		note_set(note, ask->n == 0 ? "no finding is named" :
		    "one chart number is for one finding");
		r = ERR_BAD_REQUEST;
	} else if ((r = uuid_make(b.id)) == ERR_OK) {
		r = import_sorted(&b, note);
	}
	if (r == ERR_OK && (*out = batch_json(&b)) == NULL)
		r = ERR_NOMEM;
	json_decref(b.rows);
	return (r);
}
