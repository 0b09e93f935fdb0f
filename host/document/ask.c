#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/document/key.h"
#include "host/document/row.h"
#include "host/ledger/patient.h"
#include "host/qualify/grant.h"
#include "host/qualify/kind.h"
#include "host/qualify/range.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define HOUR_MS		(INT64_C(3600) * 1000)
#define DRUG_PAUSE_MS	(6 * HOUR_MS)	/* S1's cadence, oqs-files.md 4 */

/* oqs-files.md 2.5; by kind.  care: with 診療情報. */
static const struct {
	const char	*stem;
	const char	*item;		/* of consent */
	enum category	 category;
	int		 form[2], care_form[2];	/* by enum document_form */
} asked_by[] = {
	[DOCUMENT_CHECKUP] = { "TKKsiquc01", "checkup", CATEGORY_CHECKUP,
	    { REQUEST_TKK_PDF, REQUEST_TKK_XML },
	    { REQUEST_TKK_PDF, REQUEST_TKK_XML } },
	[DOCUMENT_DRUG] = { "YZKsiquc01", "drug", CATEGORY_DRUG,
	    { REQUEST_DRUG_PDF, REQUEST_DRUG_XML },
	    { REQUEST_DRUG_CARE_PDF, REQUEST_DRUG_CARE_XML } },
};

/* One asking on its way. */
struct inquiry {
	const struct document_conf	*conf;
	struct store			*store;
	const struct document_ask	*ask;
	struct document_asked		*out;
	struct patient			 patient;
	struct range			 range;
	struct grant			 grant;
	int64_t				 now;
	struct note			*note;
};

static const char *
kind_word(const struct inquiry *q)
{
	return (document_kind_word(q->ask->kind));
}

static int
treatments(const struct inquiry *q)
{
	return (q->ask->kind == DOCUMENT_DRUG && q->ask->treatments);
}

/* --- what is kept of it --- */

static enum err
add_asking(const struct inquiry *q, const char *state, const char *file)
{
	const struct val v[] = { val_text(q->out->id),
	    val_text(q->ask->chart_number), val_text(kind_word(q)),
	    val_text(document_form_word(q->ask->form)),
	    val_text(q->range.from), val_text(q->range.to),
	    val_int(treatments(q)), val_text(file), val_text(state),
	    val_int(q->now) };

	return (store_run(q->store, SQL_DOCUMENT_ASK_ADD, v, LEN(v), NULL,
	    NULL, NULL));
}

static enum err
add_audit(const struct inquiry *q, const char *action)
{
	char data[96];

	snprintf(data, sizeof(data), "{\"document\":\"%s\",\"form\":\"%s\"}",
	    kind_word(q), document_form_word(q->ask->form));
	return (audit_add(q->store, q->ask->who, action, AUDIT_PATIENT,
	    q->ask->chart_number, data));
}

/* Nothing goes out; that it was wanted, and why not, is kept. */
static enum err
not_asked(const struct inquiry *q, enum err why)
{
	enum err r;

	if ((r = add_asking(q, why == ERR_NO_CONSENT ? "not_consented" :
	    "ended", NULL)) != ERR_OK)
		return (r);
	note_set(q->note, "%s: %s", grant_label(q->grant.item[0] != '\0' ?
	    q->grant.item : asked_by[q->ask->kind].item, ERR_EN),
	    why == ERR_CONSENT_ENDED ? grant_why(&q->grant, q->now, ERR_EN) :
	    "no consent is known");
	return (why);
}

/* --- what allows it --- */

/* The consent to drugs carries the care flag; 診療情報 needs its own too. */
static enum err
check_consent(struct inquiry *q)
{
	const struct document_ask *ask = q->ask;
	struct grant more;
	enum err r;

	r = grant_valid(q->store, ask->chart_number,
	    asked_by[ask->kind].item, q->now, &q->grant);
	if (r == ERR_OK && treatments(q) &&
	    (r = grant_valid(q->store, ask->chart_number, "diagnosis", q->now,
	    &more)) != ERR_OK)
		q->grant = more;
	return (r == ERR_NO_CONSENT || r == ERR_CONSENT_ENDED ?
	    not_asked(q, r) : r);
}

static void
today(int64_t now, char day[9])
{
	char stamp[CLOCK_STAMP_LEN];

	clock_stamp(now, stamp);
	snprintf(day, 9, "%.8s", stamp);
}

static enum err
take_range(struct inquiry *q)
{
	enum category category = asked_by[q->ask->kind].category;
	const char *from = q->ask->from == NULL ? "" : q->ask->from;
	const char *to = q->ask->to == NULL ? "" : q->ask->to;
	char day[9];
	enum err r;

	today(q->now, day);
	if ((from[0] != '\0' || to[0] != '\0') &&
	    q->ask->kind == DOCUMENT_CHECKUP) {
		note_set(q->note, "a check-up has no months");
		return (ERR_RANGE);
	}
	if (from[0] == '\0' && to[0] == '\0')
		return (range_default(category, AXIS_NONE, day, &q->range));
	if (strlen(from) != 6 || strlen(to) != 6) {
		note_set(q->note, "months are YYYYMM, both of them");
		return (ERR_RANGE);
	}
	q->range.axis = AXIS_MONTH;
	snprintf(q->range.from, sizeof(q->range.from), "%s", from);
	snprintf(q->range.to, sizeof(q->range.to), "%s", to);
	r = range_check(category, &q->range, day, q->note);
	return (r);
}

/* --- what is there, or on its way, already --- */

/* Since when an XML of this kind is new enough. */
static int64_t
fresh_since(const struct inquiry *q)
{
	char day[9], stamp[15];

	if (q->ask->kind == DOCUMENT_DRUG)
		return (q->now - DRUG_PAUSE_MS);
	today(q->now, day);
	snprintf(stamp, sizeof(stamp), "%s000000", day);
	return (clock_of_stamp(stamp));
}

/* A PDF is asked for anew, unless it came to the part of a job that asks:
 * killed behind its request, it did not note that this is out. */
static int64_t
came_since(const struct inquiry *q)
{
	int64_t fresh = fresh_since(q), since = q->ask->since;

	if (q->ask->form == DOCUMENT_PDF)
		return (since > 0 ? since : INT64_MAX);
	return (since > 0 && since < fresh ? since : fresh);
}

static enum err
find_recent(const struct inquiry *q)
{
	const struct val v[] = { val_text(q->ask->chart_number),
	    val_text(kind_word(q)),
	    val_text(document_form_word(q->ask->form)),
	    val_int(came_since(q)), val_text(q->range.from),
	    val_text(q->range.to), val_int(treatments(q)), val_int(q->now) };
	struct document d = { .id = "" };
	enum err r;

	if ((r = store_run(q->store, SQL_DOCUMENT_RECENT, v, LEN(v),
	    row_document, &d, NULL)) != ERR_OK || d.id[0] == '\0')
		return (r);
	q->out->state = DOCUMENT_DELIVERED;
	memcpy(q->out->document, d.id, sizeof(d.id));
	return (ERR_OK);
}

/* An old one is lost, as far as anybody knows; if it is answered after all,
 * that is taken in. */
static enum err
find_open(const struct inquiry *q)
{
	const struct val v[] = { val_text(q->ask->chart_number),
	    val_text(kind_word(q)),
	    val_text(document_form_word(q->ask->form)),
	    val_text(q->range.from), val_text(q->range.to),
	    val_int(treatments(q)), val_int(q->ask->again ?
	    q->ask->since : fresh_since(q)) };
	struct asking a = { .id = "" };
	enum err r;

	if ((r = store_run(q->store, SQL_DOCUMENT_ASK_TWICE, v, LEN(v),
	    row_asking, &a, NULL)) != ERR_OK || a.id[0] == '\0')
		return (r);
	q->out->state = DOCUMENT_ASKED;
	memcpy(q->out->id, a.id, sizeof(a.id));
	memcpy(q->out->file, a.file, sizeof(a.file));
	return (ERR_OK);
}

/* --- out --- */

/* Who asked is kept with it, before anything can be seen outside. */
static enum err
keep_name(void *ctx, const char *file)
{
	const struct inquiry *q = ctx;
	enum err r;

	if ((r = store_begin(q->store)) != ERR_OK)
		return (r);
	if ((r = add_asking(q, "open", file)) == ERR_OK &&
	    (r = add_audit(q, "ask")) == ERR_OK)
		r = store_commit(q->store);
	if (r != ERR_OK)
		store_rollback(q->store);
	return (r);
}

static enum err
post(struct inquiry *q)
{
	enum document_kind kind = q->ask->kind;
	const struct request_person person = { .patient = &q->patient };
	const struct request request = {
		.persons = &person, .n = 1, .range = &q->range,
		.care = q->grant.care[0] - '0',
		.form = (treatments(q) ? asked_by[kind].care_form :
		    asked_by[kind].form)[q->ask->form],
		.slips = 1,
	};
	const struct exchange_post p = {
		.kind = kind_find(asked_by[kind].stem), .request = &request,
		.chart_number = q->ask->chart_number,
		.about = keep_name, .about_ctx = q,
	};
	const struct val id = val_text(q->out->id);
	enum err r;

	r = exchange_post(q->conf->exchange, q->store, &p, q->out->file,
	    q->note);
	if (r == ERR_OK) {
		q->out->state = DOCUMENT_ASKED;
		return (ERR_OK);
	}
	/* Nothing is out, nor will be. */
	(void)store_run(q->store, SQL_DOCUMENT_ASK_DROP, &id, 1, NULL, NULL,
	    NULL);
	return (r);
}

/* An answer that cannot be sealed must not come. */
static enum err
check_key(const struct inquiry *q)
{
	struct vault vault;
	enum err r = key_load(q->conf, q->store, &vault, q->note);

	vault_wipe(&vault);
	return (r);
}

/* Whether it is to be asked at all; what is there already is in out. */
static enum err
look(struct inquiry *q)
{
	enum err r;

	if ((r = patient_get(q->store, q->ask->chart_number, &q->patient)) !=
	    ERR_OK || (r = take_range(q)) != ERR_OK ||
	    (r = check_consent(q)) != ERR_OK || (r = check_key(q)) != ERR_OK)
		return (r);
	if ((r = find_recent(q)) != ERR_OK)
		return (r);
	return (q->out->document[0] != '\0' ? ERR_OK : find_open(q));
}

static enum err
inquire(struct inquiry *q)
{
	enum err r;

	if ((r = look(q)) != ERR_OK || q->out->document[0] != '\0' ||
	    q->out->file[0] != '\0')
		return (r);
	return (post(q));
}

static enum err
run(enum err (*way)(struct inquiry *), struct inquiry *q)
{
	enum err r;

	*q->out = (struct document_asked){ .state = DOCUMENT_NONE_ASKED };
	if ((r = uuid_make(q->out->id)) == ERR_OK)
		r = way(q);
	patient_wipe(&q->patient);
	return (r);
}

enum err
document_ask(const struct document_conf *conf, struct store *store,
    const struct document_ask *ask, struct document_asked *out,
    struct note *note)
{
	return (run(inquire, &(struct inquiry){ .conf = conf, .store = store,
	    .ask = ask, .out = out, .now = clock_wall_ms(), .note = note }));
}

enum err
document_may(const struct document_conf *conf, struct store *store,
    const struct document_ask *ask, struct document_asked *out,
    struct note *note)
{
	return (run(look, &(struct inquiry){ .conf = conf, .store = store,
	    .ask = ask, .out = out, .now = clock_wall_ms(), .note = note }));
}
