#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "host/qualify/finding.h"
#include "host/qualify/veil.h"

#define LIMIT	100

static void
wipe(char **s)
{
	if (*s != NULL)
		secret_cleanse(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

void
finding_free(struct finding *f)
{
	if (f == NULL)
		return;
	wipe(&f->identifier);
	wipe(&f->name);
	wipe(&f->kana);
	wipe(&f->insurer_number);
	wipe(&f->insured_card_symbol);
	wipe(&f->insured_identification_number);
	wipe(&f->insured_branch_number);
	wipe(&f->reference_number);
	wipe(&f->code);
	wipe(&f->message);
	json_decref(f->data);
	secret_cleanse(f, sizeof(*f));
}

/* --- a row --- */

/* Columns of F in sql_finding.h. */
enum { F_ID, F_DIGEST, F_UNIT, F_SOURCE, F_KIND, F_JOB, F_VISIT, F_AT,
    F_ASKED_ON, F_IDENTIFIER, F_NAME, F_KANA, F_SEX, F_BIRTHDATE, F_INSURER,
    F_SYMBOL, F_NUMBER, F_BRANCH, F_REFERENCE, F_VALIDITY, F_OUTCOME, F_CODE,
    F_MESSAGE, F_CHART, F_LINK, F_STATE, F_DATA, F_COLUMNS };

static void
copy(char *to, size_t room, const struct val *col)
{
	snprintf(to, room, "%s", val_str(col));
}

static void
read_fixed(struct finding *f, const struct val *c)
{
	copy(f->id, sizeof(f->id), &c[F_ID]);
	copy(f->digest, sizeof(f->digest), &c[F_DIGEST]);
	f->unit = val_num(&c[F_UNIT]);
	copy(f->source, sizeof(f->source), &c[F_SOURCE]);
	copy(f->kind, sizeof(f->kind), &c[F_KIND]);
	copy(f->job, sizeof(f->job), &c[F_JOB]);
	copy(f->visit, sizeof(f->visit), &c[F_VISIT]);
	f->at = val_num(&c[F_AT]);
	copy(f->asked_on, sizeof(f->asked_on), &c[F_ASKED_ON]);
	f->sex = (enum sex)val_num(&c[F_SEX]);
	copy(f->birthdate, sizeof(f->birthdate), &c[F_BIRTHDATE]);
	copy(f->validity, sizeof(f->validity), &c[F_VALIDITY]);
	copy(f->outcome, sizeof(f->outcome), &c[F_OUTCOME]);
	copy(f->chart_number, sizeof(f->chart_number), &c[F_CHART]);
	copy(f->link, sizeof(f->link), &c[F_LINK]);
	copy(f->state, sizeof(f->state), &c[F_STATE]);
}

static enum err
read_texts(struct finding *f, const struct val *c)
{
	struct {
		char	**to;
		int	  column;
	} texts[] = {
		{ &f->identifier, F_IDENTIFIER }, { &f->name, F_NAME },
		{ &f->kana, F_KANA }, { &f->insurer_number, F_INSURER },
		{ &f->insured_card_symbol, F_SYMBOL },
		{ &f->insured_identification_number, F_NUMBER },
		{ &f->insured_branch_number, F_BRANCH },
		{ &f->reference_number, F_REFERENCE }, { &f->code, F_CODE },
		{ &f->message, F_MESSAGE },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		*texts[i].to = strdup(val_str(&c[texts[i].column]));
		if (*texts[i].to == NULL)
			return (ERR_NOMEM);
	}
	return (ERR_OK);
}

static enum err
read_row(struct finding *f, const struct val *c, size_t n, int data)
{
	enum err r;

	*f = (struct finding){ .data = NULL };
	if (n != F_COLUMNS)
		return (ERR_SEQUENCE);
	read_fixed(f, c);
	if ((r = read_texts(f, c)) != ERR_OK || !data)
		return (r);
	f->data = json_loadb(val_str(&c[F_DATA]), c[F_DATA].len, 0, NULL);
	return (f->data == NULL ? ERR_STORE : veil_data(f->data));
}

struct one {
	struct finding	*f;
	int		 found;
};

static enum err
one_row(void *ctx, const struct val *cols, size_t n)
{
	struct one *one = ctx;

	if (one->found)
		return (ERR_SEQUENCE);
	one->found = 1;
	return (read_row(one->f, cols, n, 1));
}

static enum err
get(struct store *store, enum sql sql, const struct val *v, size_t n,
    struct finding *f)
{
	struct one one = { f, 0 };
	enum err r;

	*f = (struct finding){ .data = NULL };
	r = store_run(store, sql, v, n, one_row, &one, NULL);
	if (r == ERR_OK && !one.found)
		r = ERR_NO_SUCH;
	if (r != ERR_OK)
		finding_free(f);
	return (r);
}

enum err
finding_get(struct store *store, const char *id, struct finding *f)
{
	const struct val v = val_text(id);

	return (get(store, SQL_FINDING_GET, &v, 1, f));
}

enum err
finding_of_unit(struct store *store, const char *digest, int64_t unit,
    struct finding *f)
{
	const struct val v[] = { val_text(digest), val_int(unit) };

	return (get(store, SQL_FINDING_UNIT, v, 2, f));
}

enum err
finding_of_visit(struct store *store, const char *visit, struct finding *f)
{
	const struct val v = val_text(visit);

	return (get(store, SQL_FINDING_VISIT, &v, 1, f));
}

/* --- lists --- */

/* The statement that an index leads, by what is asked for. */
enum { BY_TIME, BY_CHART, BY_BIRTHDATE, BY_JOB };

static const struct {
	enum sql	 list, count;
} ways[] = {
	[BY_TIME] = { SQL_FINDINGS, SQL_FINDINGS_COUNT },
	[BY_CHART] = { SQL_FINDINGS_CHART, SQL_FINDINGS_CHART_COUNT },
	[BY_BIRTHDATE] = { SQL_FINDINGS_BIRTHDATE,
	    SQL_FINDINGS_BIRTHDATE_COUNT },
	[BY_JOB] = { SQL_FINDINGS_JOB, SQL_FINDINGS_JOB_COUNT },
};

static int
is_set(const char *s)
{
	return (s != NULL && s[0] != '\0');
}

static struct val
text_of(const char *s)
{
	return (val_text(s == NULL ? "" : s));
}

static int
way_of(const struct finding_query *q)
{
	return (is_set(q->chart_number) ? BY_CHART : is_set(q->birthdate) ?
	    BY_BIRTHDATE : is_set(q->job) ? BY_JOB : BY_TIME);
}

/* What is looked for is anywhere in the key; '!' escapes. */
static enum err
make_pattern(const char *text, enum err (*key)(const char *, struct blob *),
    struct blob *out)
{
	struct blob k = { 0 };
	enum err r = ERR_OK;

	if (!is_set(text))
		return (ERR_OK);
	if ((r = key(text, &k)) == ERR_OK)
		r = blob_add_u8(out, '%');
	for (const char *s = blob_str(&k); *s != '\0' && r == ERR_OK; s++) {
		if (strchr("%_!", *s) != NULL)
			r = blob_add_u8(out, '!');
		if (r == ERR_OK)
			r = blob_add_u8(out, (uint8_t)*s);
	}
	if (r == ERR_OK)
		r = blob_add_u8(out, '%');
	blob_free(&k);
	return (r);
}

struct search {
	const struct finding_query	*q;
	struct blob			 name, kana;	/* patterns */
	struct val			 v[15];
	finding_each			*each;
	void				*ctx;
};

static enum err
prepare(struct search *s)
{
	const struct finding_query *q = s->q;
	enum err r;

	if ((r = make_pattern(q->name, text_name_key, &s->name)) != ERR_OK ||
	    (r = make_pattern(q->kana, text_kana_key, &s->kana)) != ERR_OK)
		return (r);
	const struct val v[] = { val_int(q->from),
	    val_int(q->before == 0 ? INT64_MAX : q->before),
	    text_of(q->chart_number), val_text(blob_str(&s->name)),
	    val_text(blob_str(&s->kana)), text_of(q->birthdate),
	    text_of(q->insurer_number), text_of(q->source),
	    text_of(q->validity), text_of(q->outcome), text_of(q->state),
	    text_of(q->link), text_of(q->job),
	    val_int(q->limit == 0 ? LIMIT : (int64_t)q->limit),
	    val_int((int64_t)q->offset) };
	memcpy(s->v, v, sizeof(v));
	return (ERR_OK);
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	if (n < 1)
		return (ERR_SEQUENCE);
	*(int64_t *)ctx = val_num(&cols[0]);
	return (ERR_OK);
}

static enum err
list_row(void *ctx, const struct val *cols, size_t n)
{
	struct search *s = ctx;
	struct finding f;
	enum err r;

	if ((r = read_row(&f, cols, n, s->q->data)) == ERR_OK)
		r = s->each(s->ctx, &f);
	finding_free(&f);
	return (r);
}

/* most: more than that are not shown; 0: all are. */
static enum err
run(struct store *store, struct search *s, int64_t most, int64_t *total)
{
	const int way = way_of(s->q);
	enum err r;

	if (total != NULL && (r = store_run(store, ways[way].count, s->v, 13,
	    count_row, total, NULL)) != ERR_OK)
		return (r);
	if (most > 0 && *total > most)
		return (ERR_TOO_MANY_FOUND);
	if (s->each == NULL)
		return (ERR_OK);
	return (store_run(store, ways[way].list, s->v, 15, list_row, s, NULL));
}

static enum err
search(struct store *store, const struct finding_query *q,
    struct search *s, int64_t most, int64_t *total)
{
	enum err r;

	s->q = q;
	if (total != NULL)
		*total = 0;
	if ((r = prepare(s)) == ERR_OK)
		r = run(store, s, most, total);
	blob_free(&s->name);
	blob_free(&s->kana);
	return (r);
}

enum err
finding_list(struct store *store, const struct finding_query *q,
    finding_each *each, void *ctx, int64_t *total)
{
	struct search s = { .each = each, .ctx = ctx };

	return (search(store, q, &s, 0, total));
}

enum err
finding_search(struct store *store, const struct finding_query *q,
    finding_each *each, void *ctx, int64_t *total, struct note *note)
{
	struct search s = { .each = each, .ctx = ctx };
	enum err r;

	r = search(store, q, &s, FINDING_SHOWN, total);
	if (r == ERR_TOO_MANY_FOUND)
		note_set(note, "%lld > %d", (long long)*total, FINDING_SHOWN);
	return (r);
}

int
finding_has_detail(const struct finding *f)
{
	return (strcmp(f->kind, "OQSmuquc02") != 0 &&
	    strcmp(f->kind, "OQSmuimm02") != 0);
}

/* --- changes --- */

static enum err
change(struct store *store, enum sql sql, const struct val *v, size_t n)
{
	int64_t changed = 0;
	enum err r;

	r = store_run(store, sql, v, n, NULL, NULL, &changed);
	return (r == ERR_OK && changed == 0 ? ERR_NO_SUCH : r);
}

enum err
finding_set_patient(struct store *store, const char *id,
    const char *chart_number, const char *link)
{
	const struct val v[] = { val_text(is_set(chart_number) ?
	    chart_number : NULL), val_text(link), val_text(id) };

	return (change(store, SQL_FINDING_LINK, v, 3));
}

enum err
finding_set_state(struct store *store, const char *id, const char *state)
{
	const struct val v[] = { val_text(state), val_text(id) };

	return (change(store, SQL_FINDING_STATE, v, 2));
}
