#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "host/consent/consent.h"
#include "host/qualify/code.h"
#include "host/qualify/finding_in.h"
#include "host/qualify/result_in.h"

#define LIMIT		100
#define CARES		28	/* OQSCD028 */
#define REASONS		31	/* OQSCD031 */

/*
 * The items in the order of oqs-files.md 3.3; the names of
 * 電子カルテ情報共有 are ORCA's (row 37).
 */
#define TIMED(word, family, ja, en) { word, #family, ja, en,		\
    FIELD_##family##ConsFlg, FIELD_##family##ConsTime,			\
    FIELD_##family##AvailableTime }
#define UNTIMED(word, family, ja, en) { word, #family, ja, en,		\
    FIELD_##family##ConsFlg, FIELD_##family##ConsTime, FIELD_COUNT }

static const struct item {
	const char	*word, *family, *ja, *en;
	enum field	 flag, at, until;	/* FIELD_COUNT: has none */
} items[] = {
	UNTIMED("limit", LimitApplicationCertificateRelated, "限度額情報",
	    "limit-amount certificate"),
	UNTIMED("disease", SpecificDiseasesCertificateRelated,
	    "特定疾病療養受療証情報", "specific-disease certificate"),
	TIMED("checkup", SpecificHealthCheckupsInfo, "特定健診等情報",
	    "specific health check-ups"),
	TIMED("drug", PharmacistsInfo, "薬剤情報", "drug information"),
	TIMED("diagnosis", DiagnosisInfo, "診療情報", "medical treatment"),
	TIMED("operation", OperationInfo, "手術情報", "operations"),
	TIMED("diagnosis_name", DiagnosisName, "傷病名", "diagnoses"),
	TIMED("infection", InfectiousInfo, "感染症", "infections"),
	TIMED("allergy", AllergyInfo, "アレルギー", "allergies"),
	TIMED("contraindication", ContraindicationInfo, "薬剤禁忌",
	    "drug contraindications"),
	TIMED("test", TestInfo, "検査", "tests"),
	TIMED("prescription", PrescriptionInfo, "処方", "prescriptions"),
};

_Static_assert(sizeof(items) / sizeof(items[0]) == FINDING_WORDS,
    "an item for each word");

/* 診療 is diagnosis in the consents of visits as well. */
static const char *
item_word(const char *word)
{
	return (word != NULL && strcmp(word, "treatment") == 0 ? "diagnosis" :
	    word);
}

static const struct item *
find_item(const char *word)
{
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (strcmp(items[i].word, item_word(word)) == 0)
			return (&items[i]);
	}
	return (NULL);
}

/* --- what a result says --- */

static const struct {
	const char	*stem, *care;
} cares[] = {
	{ "OQSmuhvq02", "2" }, { "OQSmuonq02", "3" },
};

static const char *
care_of(const struct result *r, const struct finding *f)
{
	const char *said = result_field(r, RESULT_TOP,
	    FIELD_MedicalTreatmentFlag);

	if (said[0] == '\0')
		said = result_field(r, 0, FIELD_MedicalTreatmentFlag);
	if (said[0] != '\0')
		return (said);
	for (size_t i = 0; i < sizeof(cares) / sizeof(cares[0]); i++) {
		if (strcmp(cares[i].stem, f->kind) == 0)
			return (cares[i].care);
	}
	return ("1");
}

/*
 * Where OQSCD031 stands is not public: an element of the family that speaks
 * of a reason, which is in the remainder.
 */
static const char *
reason_of(const struct result *r, const struct item *item)
{
	const struct layout_list *l = &r->layout.remainder;
	size_t n = strlen(item->family);

	for (size_t i = 0; i < l->n; i++) {
		if (strncmp(l->v[i]->name, item->family, n) == 0 &&
		    strstr(l->v[i]->name + n, "Reason") != NULL &&
		    code_text(REASONS, xml_text(l->v[i]), ERR_JA) != NULL)
			return (xml_text(l->v[i]));
	}
	return ("");
}

/* An answer to the data of an insurance card says nothing against consents
 * that a card alone can give. */
static int
says_nothing(const struct result *r, const struct item *item,
    const char *flag)
{
	return (flag[0] == '\0' || (flag[0] == '0' &&
	    strcmp(item->word, "limit") != 0 && strcmp(result_field(r,
	    RESULT_TOP, FIELD_ReferenceClassification), "2") == 0));
}

/* Of the insurance before that of 医療扶助. */
static size_t
record_of(const struct result *r, const struct item *item)
{
	size_t found = result_records(r);

	for (size_t i = result_records(r); i-- > 0;) {
		if (result_field(r, i, item->flag)[0] != '\0' &&
		    (found == result_records(r) || strcmp(result_field(r, i,
		    FIELD_InsuredCardClassification), "A1") != 0))
			found = i;
	}
	return (found);
}

static void
read_item(const struct result *r, const struct item *item,
    struct finding_draft *d)
{
	size_t i = record_of(r, item);
	struct finding_word *w = &d->words[d->n_words];
	const char *flag;

	if (i == result_records(r))
		return;
	flag = result_field(r, i, item->flag);
	if (says_nothing(r, item, flag))
		return;
	*w = (struct finding_word){ .item = item->word };
	snprintf(w->flag, sizeof(w->flag), "%s", flag);
	snprintf(w->at, sizeof(w->at), "%s", result_field(r, i, item->at));
	if (item->until != FIELD_COUNT)
		snprintf(w->until, sizeof(w->until), "%s", result_field(r, i,
		    item->until));
	if (flag[0] == '2')
		snprintf(w->reason, sizeof(w->reason), "%s",
		    reason_of(r, item));
	d->n_words++;
}

void
grant_read(const struct result *r, const struct finding_source *src,
    struct finding_draft *d)
{
	const char *said = result_field(r, RESULT_TOP,
	    FIELD_ProcessExecutionTime);
	char stamp[CLOCK_STAMP_LEN];

	clock_stamp(src->at, stamp);
	snprintf(d->said_at, sizeof(d->said_at), "%.14s", said[0] != '\0' ?
	    said : stamp);
	snprintf(d->care, sizeof(d->care), "%s", care_of(r, &d->f));
	if (strcmp(d->f.outcome, "accepted") != 0)
		return;
	for (size_t i = 0; i < FINDING_WORDS; i++)
		read_item(r, &items[i], d);
}

/* --- the calendar --- */

static void
stamp_of(int64_t now, char out[CLOCK_STAMP_LEN])
{
	clock_stamp(now, out);
	out[14] = '\0';
}

static int
is_over(const struct grant *g, int64_t now)
{
	char stamp[CLOCK_STAMP_LEN];

	stamp_of(now, stamp);
	return (g->until[0] != '\0' && strcmp(g->until, stamp) <= 0);
}

int
grant_is_given(const struct grant *g, int64_t now)
{
	return (g->flag[0] == '1' && !is_over(g, now));
}

int
grant_is_ended(const struct grant *g, int64_t now)
{
	return (g->flag[0] == '2' || (g->flag[0] == '1' && is_over(g, now)));
}

const char *
grant_label(const char *word, enum err_lang lang)
{
	const struct item *item = find_item(word);

	return (item == NULL ? "" : lang == ERR_JA ? item->ja : item->en);
}

const char *
grant_care_label(const char *care, enum err_lang lang)
{
	const char *text = code_text(CARES, care, lang);

	return (text == NULL ? "" : text);
}

const char *
grant_why(const struct grant *g, int64_t now, enum err_lang lang)
{
	const char *text = code_text(REASONS, g->reason, lang);

	if (!grant_is_ended(g, now))
		return ("");
	if (g->flag[0] == '2' && text != NULL)
		return (text);
	return (lang == ERR_JA ? "有効期限を過ぎました" :
	    "its time is over");
}

/* Columns of G in sql_finding.h. */
enum { G_FINDING, G_CHART, G_ITEM, G_CARE, G_FLAG, G_AT, G_UNTIL, G_REASON,
    G_SAID_AT, G_NAME, G_COLUMNS };

static enum err
read_row(const struct val *c, size_t n, struct grant *g)
{
	const struct {
		char	*to;
		size_t	 room;
	} to[] = {
		[G_FINDING] = { g->finding, sizeof(g->finding) },
		[G_CHART] = { g->chart_number, sizeof(g->chart_number) },
		[G_ITEM] = { g->item, sizeof(g->item) },
		[G_CARE] = { g->care, sizeof(g->care) },
		[G_FLAG] = { g->flag, sizeof(g->flag) },
		[G_AT] = { g->at, sizeof(g->at) },
		[G_UNTIL] = { g->until, sizeof(g->until) },
		[G_REASON] = { g->reason, sizeof(g->reason) },
		[G_SAID_AT] = { g->said_at, sizeof(g->said_at) },
		[G_NAME] = { g->name, sizeof(g->name) },
	};

	if (n != G_COLUMNS)
		return (ERR_SEQUENCE);
	for (size_t i = 0; i < n; i++)
		text_copy(to[i].to, to[i].room, val_str(&c[i]));
	return (ERR_OK);
}

struct list {
	grant_each	*each;
	void		*ctx;
};

static enum err
list_row(void *ctx, const struct val *cols, size_t n)
{
	const struct list *l = ctx;
	struct grant g;
	enum err r;

	if ((r = read_row(cols, n, &g)) != ERR_OK)
		return (r);
	return (l->each(l->ctx, &g));
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	if (n < 1)
		return (ERR_SEQUENCE);
	*(int64_t *)ctx = val_num(&cols[0]);
	return (ERR_OK);
}

static struct val
text_of(const char *s)
{
	return (val_text(s == NULL ? "" : s));
}

static int
is_set(const char *s)
{
	return (s != NULL && s[0] != '\0');
}

enum err
grant_list(struct store *store, const struct grant_query *q,
    grant_each *each, void *ctx, int64_t *total)
{
	char now[CLOCK_STAMP_LEN], before[CLOCK_STAMP_LEN] = "";
	const int chart = is_set(q->chart_number);
	const int ending = q->ends_before != 0 && q->ended == -1;
	struct list l = { each, ctx };
	enum err r;

	stamp_of(q->now == 0 ? clock_wall_ms() : q->now, now);
	if (q->ends_before != 0)
		stamp_of(q->ends_before, before);
	const struct val v[] = { text_of(q->chart_number),
	    text_of(item_word(q->item)), text_of(q->care),
	    val_text(before), val_int(q->ended), val_text(now),
	    val_int(q->limit == 0 ? LIMIT : (int64_t)q->limit),
	    val_int((int64_t)q->offset) };
	if (total != NULL) {
		*total = 0;
		if ((r = store_run(store, chart ? SQL_GRANTS_CHART_COUNT :
		    ending ? SQL_GRANTS_ENDING_COUNT : SQL_GRANTS_COUNT, v, 6,
		    count_row, total, NULL)) != ERR_OK)
			return (r);
	}
	return (each == NULL ? ERR_OK : store_run(store, chart ?
	    SQL_GRANTS_CHART : ending ? SQL_GRANTS_ENDING : SQL_GRANTS, v, 8,
	    list_row, &l, NULL));
}

/* --- may it be asked for --- */

struct validity {
	struct grant	*out;
	int64_t		 now;
	int		 given, ended;
};

static int
names_an_end(const struct grant *g)
{
	return (clock_is_stamp(g->until));
}

/* Latest end first, so that the first of a sort is the one. */
static enum err
valid_row(void *ctx, const struct val *cols, size_t n)
{
	struct validity *v = ctx;
	struct grant g;
	enum err r;

	if ((r = read_row(cols, n, &g)) != ERR_OK || v->given)
		return (r);
	v->given = names_an_end(&g) && grant_is_given(&g, v->now);
	if (v->given || (!v->ended && grant_is_ended(&g, v->now)))
		*v->out = g;
	v->ended |= grant_is_ended(&g, v->now);
	return (ERR_OK);
}

enum err
grant_valid(struct store *store, const char *chart_number, const char *item,
    int64_t now, struct grant *out)
{
	const struct val p[] = { val_text(chart_number),
	    val_text(item_word(item)) };
	struct validity v = { out, now, 0, 0 };
	enum err r;

	*out = (struct grant){ .flag = "" };
	r = store_run(store, SQL_GRANT_OF, p, 2, valid_row, &v, NULL);
	if (r != ERR_OK || v.given)
		return (r);
	return (v.ended ? ERR_CONSENT_ENDED : ERR_NO_CONSENT);
}
