#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/ledger/coverage.h"
#include "host/ledger/same.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	const char	*word, *label[2];	/* by enum err_lang */
} kinds[COVERAGE_KINDS] = {
	[COVERAGE_INSURANCE] = { "insurance",
	    { "health insurance", "医療保険証" } },
	[COVERAGE_ELDERLY] = { "elderly",
	    { "certificate for the elderly", "高齢受給者証" } },
	[COVERAGE_LIMIT] = { "limit",
	    { "limit certificate", "高額上限額履歴" } },
	[COVERAGE_DISEASE] = { "disease",
	    { "specific-disease certificate", "特定疾病療養受療証" } },
	[COVERAGE_AID] = { "aid",
	    { "public expense", "公費受給者証" } },
};

const char *
coverage_word(enum coverage_kind kind)
{
	return (kind < COVERAGE_KINDS ? kinds[kind].word : "");
}

const char *
coverage_label(enum coverage_kind kind, enum err_lang lang)
{
	return (kind < COVERAGE_KINDS ? kinds[kind].label[lang] : "");
}

enum coverage_kind
coverage_kind_of(const char *word)
{
	int k = 0;

	while (k < COVERAGE_KINDS && strcmp(kinds[k].word, word) != 0)
		k++;
	return ((enum coverage_kind)k);
}

void
coverage_free(struct coverage *c)
{
	json_decref(c->fields);
	*c = (struct coverage){ .kind = c->kind };
}

const char *
coverage_field(const struct coverage *c, const char *word)
{
	const char *s = json_string_value(json_object_get(c->fields, word));

	return (s == NULL ? "" : s);
}

enum err
coverage_set(struct coverage *c, const char *word, const char *value)
{
	if (c->fields == NULL && (c->fields = json_object()) == NULL)
		return (ERR_NOMEM);
	if (*value == '\0') {
		json_object_del(c->fields, word);
		return (ERR_OK);
	}
	return (json_object_set_new(c->fields, word, json_string(value)) == 0 ?
	    ERR_OK : ERR_NOMEM);
}

enum err
coverage_copy(struct coverage *c, const struct coverage *from)
{
	*c = *from;
	c->fields = from->fields == NULL ? json_object() :
	    json_deep_copy(from->fields);
	return (c->fields == NULL ? ERR_NOMEM : ERR_OK);
}

/* Which values say whose coverage it is. */
static const struct {
	enum coverage_kind	 kind;
	const char		*word;
	enum same_rule		 rule;
} keys[] = {
	{ COVERAGE_INSURANCE, "insurer_number", SAME_NUMBER },
	{ COVERAGE_INSURANCE, "insured_card_symbol", SAME_TEXT },
	{ COVERAGE_INSURANCE, "insured_identification_number", SAME_NUMBER },
	{ COVERAGE_AID, "insurer_number", SAME_NUMBER },
	{ COVERAGE_AID, "insured_identification_number", SAME_NUMBER },
	{ COVERAGE_DISEASE, "category", SAME_EXACT },
};

int
coverage_is_same(const struct coverage *a, const struct coverage *b)
{
	if (a->kind != b->kind)
		return (0);
	for (size_t i = 0; i < LEN(keys); i++)
		if (keys[i].kind == a->kind && !same(keys[i].rule,
		    coverage_field(a, keys[i].word),
		    coverage_field(b, keys[i].word)))
			return (0);
	return (1);
}

int
coverage_holds(const struct coverage *c, const char *day)
{
	return (strcmp(c->valid_from, day) <= 0 &&
	    (c->valid_until[0] == '\0' || strcmp(day, c->valid_until) <= 0));
}

static json_t *
text_or_null(const char *s)
{
	return (*s == '\0' ? json_null() : json_string(s));
}

json_t *
coverage_json(const struct coverage *c)
{
	return (json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "id",
	    text_or_null(c->id), "kind", coverage_word(c->kind), "valid_from",
	    text_or_null(c->valid_from), "valid_until",
	    text_or_null(c->valid_until), "finding", text_or_null(c->finding),
	    "fields", c->fields == NULL ? json_object() :
	    json_deep_copy(c->fields)));
}

static enum err
take_text(char *to, size_t room, const struct val *v)
{
	const char *s = val_str(v);

	if (strlen(s) >= room)
		return (ERR_STORE);	/* not written by us */
	memcpy(to, s, strlen(s) + 1);
	return (ERR_OK);
}

/* K of sql_ledger.h. */
static enum err
from_row(struct coverage *c, const struct val *v, size_t n)
{
	*c = (struct coverage){ .kind = COVERAGE_KINDS };
	if (n < 8 || take_text(c->id, sizeof(c->id), &v[0]) != ERR_OK ||
	    take_text(c->chart_number, sizeof(c->chart_number), &v[1]) !=
	    ERR_OK || take_text(c->valid_from, sizeof(c->valid_from), &v[3]) !=
	    ERR_OK || take_text(c->valid_until, sizeof(c->valid_until),
	    &v[4]) != ERR_OK ||
	    take_text(c->finding, sizeof(c->finding), &v[6]) != ERR_OK)
		return (ERR_STORE);
	c->kind = coverage_kind_of(val_str(&v[2]));
	c->created_at = val_num(&v[7]);
	c->fields = json_loads(val_str(&v[5]), 0, NULL);
	if (c->kind == COVERAGE_KINDS || !json_is_object(c->fields)) {
		coverage_free(c);
		return (ERR_STORE);
	}
	return (ERR_OK);
}

static enum err
take_row(void *ctx, const struct val *v, size_t n)
{
	struct coverages *list = ctx;
	struct coverage c, *grown;
	enum err r;

	if ((r = from_row(&c, v, n)) != ERR_OK)
		return (r);
	grown = realloc(list->row, (list->n + 1) * sizeof(*grown));
	if (grown == NULL) {
		coverage_free(&c);
		return (ERR_NOMEM);
	}
	list->row = grown;
	list->row[list->n++] = c;
	return (ERR_OK);
}

enum err
coverage_list(struct store *s, const char *chart_number,
    struct coverages *list)
{
	struct val v = val_text(chart_number);
	enum err r;

	*list = (struct coverages){ .n = 0 };
	r = store_run(s, SQL_COVERAGE_LIST, &v, 1, take_row, list, NULL);
	if (r != ERR_OK)
		coverages_free(list);
	return (r);
}

void
coverages_free(struct coverages *list)
{
	for (size_t i = 0; i < list->n; i++)
		coverage_free(&list->row[i]);
	free(list->row);
	*list = (struct coverages){ .n = 0 };
}

const struct coverage *
coverages_at(const struct coverages *list, enum coverage_kind kind,
    const char *day)
{
	const struct coverage *begun = NULL, *last = NULL;

	for (size_t i = 0; i < list->n; i++) {
		const struct coverage *c = &list->row[i];

		if (c->kind != kind)
			continue;
		if (coverage_holds(c, day))
			return (c);
		if (begun == NULL && strcmp(c->valid_from, day) <= 0)
			begun = c;
		last = c;
	}
	return (begun != NULL ? begun : last);
}

static int
is_in_line(const struct coverage *c, const struct coverage *row)
{
	return (c->kind == row->kind && (c->id[0] == '\0' ||
	    strcmp(c->id, row->id) != 0) && (c->kind != COVERAGE_DISEASE ||
	    coverage_is_same(c, row)));
}

void
coverages_end(const struct coverages *list, const struct coverage *row,
    const char *from, char out[DAY_LEN])
{
	char last[DAY_LEN];

	memmove(out, row->valid_until, DAY_LEN);
	for (size_t i = 0; i < list->n; i++) {
		const struct coverage *c = &list->row[i];

		if (!is_in_line(c, row) || strcmp(c->valid_from, from) <= 0)
			continue;
		day_add(c->valid_from, -1, last);
		if (out[0] == '\0' || strcmp(last, out) < 0)
			memcpy(out, last, DAY_LEN);
	}
}

enum err
coverage_at(struct store *s, const char *chart_number,
    enum coverage_kind kind, const char *day, struct coverage *out,
    int *found)
{
	const struct coverage *c;
	struct coverages list;
	enum err r;

	*out = (struct coverage){ .kind = kind };
	*found = 0;
	if ((r = coverage_list(s, chart_number, &list)) != ERR_OK)
		return (r);
	if ((c = coverages_at(&list, kind, day)) != NULL &&
	    (r = coverage_copy(out, c)) == ERR_OK)
		*found = 1;
	coverages_free(&list);
	return (r);
}

enum err
coverage_put(struct store *s, struct coverage *c)
{
	char *fields;
	enum err r;

	if (c->id[0] == '\0') {
		if ((r = uuid_make(c->id)) != ERR_OK)
			return (r);
		c->created_at = clock_wall_ms();
	}
	if (c->fields == NULL && (c->fields = json_object()) == NULL)
		return (ERR_NOMEM);
	if ((fields = json_dumps(c->fields, JSON_COMPACT)) == NULL)
		return (ERR_NOMEM);
	r = store_run(s, SQL_COVERAGE_PUT, (struct val[]){
	    val_text(c->id), val_text(c->chart_number),
	    val_text(coverage_word(c->kind)), val_text(c->valid_from),
	    val_text(c->valid_until), val_text(fields),
	    c->finding[0] == '\0' ? val_text(NULL) : val_text(c->finding),
	    val_int(c->created_at) }, 8, NULL, NULL, NULL);
	free(fields);
	return (r);
}

static enum err
set_dropped(struct store *s, const char *id, struct val when)
{
	int64_t changed;
	enum err r;

	r = store_run(s, SQL_COVERAGE_DROP, (struct val[]){ when,
	    val_text(id) }, 2, NULL, NULL, &changed);
	return (r == ERR_OK && changed == 0 ? ERR_NO_SUCH : r);
}

enum err
coverage_drop(struct store *s, const char *id)
{
	return (set_dropped(s, id, val_int(clock_wall_ms())));
}

enum err
coverage_undrop(struct store *s, const char *id)
{
	return (set_dropped(s, id, val_text(NULL)));
}
