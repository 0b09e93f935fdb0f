#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "driver/errname.h"
#include "host/api/labels.h"
#include "host/api/rows.h"
#include "host/qualify/code.h"
#include "host/visit/status.h"
#include "host/visit/view.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* --- words and what people read --- */

struct word {
	const char	*word, *ja, *en, *advice_ja, *advice_en;
};

static const struct word sources[] = {
	{ "check", "資格確認", "check", "", "" },
	{ "face", "顔認証", "face reader", "", "" },
	{ "list", "一括取得", "list", "", "" },
};

static const struct word links[] = {
	{ "nobody", "対象者なし", "names nobody", "", "" },
	{ "certain", "自動照合", "matched", "", "" },
	{ "chosen", "選択済", "chosen by a person", "", "" },
	{ "asked", "照会患者", "the patient it was asked for", "", "" },
	{ "possible", "要確認", "not certain",
	    "氏名・カナを見比べ、患者を指定してください",
	    "compare the names and name the patient" },
	{ "many", "複数候補", "several may be meant",
	    "候補を見比べ、患者を指定してください",
	    "compare the candidates and name the patient" },
	{ "none", "該当患者なし", "no such patient",
	    "患者を検索して指定するか、新患登録してください",
	    "search for the patient, or register a new one" },
	{ "differs", "本人不一致", "another person",
	    "照会した患者と回答の氏名・生年月日・性別が違います。"
	    "保険情報を確かめてください",
	    "the answer names another person: compare the insurance data" },
};

static const struct word states[] = {
	{ "new", "未取込", "not imported", "", "" },
	{ "same", "変更なし", "nothing changed", "", "" },
	{ "imported", "取込済", "imported", "", "" },
	{ "set_aside", "対象外", "set aside", "", "" },
};

/* OQSCD028 */
static const char *const cares[] = { NULL, "outpatient", "home", "online",
    "emergency" };

static const struct action {
	const char	*word, *ja, *en;
} actions[APPLY_ACTIONS] = {
	[APPLY_RENEW] = { "renew", "更新する", "renew" },
	[APPLY_OVERWRITE] = { "overwrite", "上書き", "overwrite" },
	[APPLY_NEW] = { "new_patient", "新患登録", "new patient" },
	[APPLY_REFERENCE] = { "reference", "照会番号の登録",
	    "register the reference number" },
	[APPLY_CONFIRM] = { "confirm", "変更なし（確認済）",
	    "confirmed, nothing changed" },
};

static const struct word *
find_word(const struct word *rows, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(rows[i].word, word) == 0)
			return (&rows[i]);
	}
	return (NULL);
}

static json_t *
label_of(const struct word *rows, size_t n, const char *word)
{
	const struct word *w = find_word(rows, n, word);

	return (w == NULL ? view_text(word, word) : view_text(w->ja, w->en));
}

static json_t *
advice_of(const struct word *rows, size_t n, const char *word)
{
	const struct word *w = find_word(rows, n, word);

	return (w == NULL ? view_text("", "") : view_text(w->advice_ja,
	    w->advice_en));
}

const char *
rows_action(enum apply_action a)
{
	return ((unsigned)a < APPLY_ACTIONS ? actions[a].word : NULL);
}

enum apply_action
rows_action_of(const char *word)
{
	unsigned i = 0;

	while (i < APPLY_ACTIONS && strcmp(actions[i].word, word) != 0)
		i++;
	return ((enum apply_action)i);
}

json_t *
rows_action_label(const char *word)
{
	enum apply_action a = rows_action_of(word);

	return (a == APPLY_ACTIONS ? view_text("キャンセル",
	    "nothing to do") : view_text(actions[a].ja, actions[a].en));
}

/* --- members of another room's JSON --- */

const char *
rows_text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return (s == NULL ? "" : s);
}

static json_t *
word_or_null(const char *s)
{
	return (s[0] == '\0' ? json_null() : json_string(s));
}

json_t *
rows_word(const json_t *o, const char *name)
{
	return (word_or_null(rows_text(o, name)));
}

json_t *
rows_count(const json_t *o, const char *name)
{
	return (json_integer(json_integer_value(json_object_get(o, name))));
}

json_t *
rows_time(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	if (json_is_integer(v))
		return (view_time(json_integer_value(v)));
	return (rows_word(o, name));
}

json_t *
rows_date(const char *day)
{
	if (strlen(day) == 10)
		return (json_string(day));
	return (view_date(day));
}

json_t *
rows_month(const char *month)
{
	if (strlen(month) < 6)
		return (json_null());
	return (json_sprintf("%.4s-%.2s", month, month + 4));
}

json_t *
rows_label(const json_t *o)
{
	return (view_text(rows_text(o, "ja"), rows_text(o, "en")));
}

json_t *
rows_labels(const json_t *list)
{
	json_t *out = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
		json_array_append_new(out, rows_label(row));
	return (out);
}

/* --- rows --- */

json_t *
rows_patient(struct call *c, const char *chart_number)
{
	struct patient p;
	json_t *o = NULL;

	if (chart_number[0] != '\0' &&
	    patient_get(c->conf->store, chart_number, &p) == ERR_OK) {
		o = view_patient(&p);
		patient_wipe(&p);
	}
	return (o == NULL ? json_null() : o);
}

static json_t *
sex_word(enum sex sex)
{
	return (sex == SEX_MALE ? json_string("male") :
	    sex == SEX_FEMALE ? json_string("female") : json_null());
}

static json_t *
age_of(const char *birthdate)
{
	char today[CLOCK_STAMP_LEN];

	if (strlen(birthdate) != 8)
		return (json_null());
	clock_stamp(clock_wall_ms(), today);
	today[8] = '\0';
	return (json_integer((atoi(today) - atoi(birthdate)) / 10000));
}

/* null: accepted, and nothing said of a qualification (照会番号登録). */
static json_t *
finding_status(const struct finding *f)
{
	struct status s;
	int accepted = strcmp(f->outcome, "accepted") == 0;

	if (accepted && f->validity[0] == '\0')
		return (json_null());
	status_of(VS_ANSWERED, accepted ? f->validity : f->code, &s);
	return (status_json(&s, f->asked_on));
}

/* Who, as the answer says it. */
static json_t *
finding_person(const struct finding *f)
{
	return (json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:s, "
	    "s:o}", "name", f->name, "kana", f->kana, "sex", sex_word(f->sex),
	    "birthdate", view_date(f->birthdate), "age", age_of(f->birthdate),
	    "insurer_number", f->insurer_number,
	    "insured_card_symbol", f->insured_card_symbol,
	    "insured_identification_number", f->insured_identification_number,
	    "insured_branch_number", f->insured_branch_number,
	    "reference_number", word_or_null(f->reference_number)));
}

/* How it came, whose it is, what became of it. */
static json_t *
finding_course(struct call *c, const struct finding *f)
{
	const char *link = f->link[0] == '\0' ? "nobody" : f->link;

	return (json_pack("{s:s, s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:s, "
	    "s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:b}", "id", f->id,
	    "at", view_time(f->at), "source", f->source,
	    "source_label", label_of(sources, LEN(sources), f->source),
	    "kind", f->kind, "job", word_or_null(f->job),
	    "visit", word_or_null(f->visit), "status", finding_status(f),
	    "link", link, "link_label", label_of(links, LEN(links), link),
	    "link_advice", advice_of(links, LEN(links), link),
	    "chart_number", word_or_null(f->chart_number),
	    "patient", rows_patient(c, f->chart_number),
	    "outcome", f->outcome, "state", f->state,
	    "state_label", label_of(states, LEN(states), f->state),
	    "detail", finding_has_detail(f)));
}

json_t *
rows_finding(struct call *c, const struct finding *f)
{
	json_t *o = finding_course(c, f), *person = finding_person(f);

	if (o == NULL || person == NULL || json_object_update(o, person) != 0
	    || json_object_set_new(o, "message", word_or_null(f->message)) !=
	    0 || json_object_set_new(o, "consents", labels_consents(
	    json_object_get(f->data, "records"))) != 0) {
		json_decref(o);
		o = NULL;
	}
	json_decref(person);
	return (o);
}

static json_t *
why_ended(const struct grant *g, int64_t now)
{
	const char *ja = grant_why(g, now, ERR_JA),
	    *en = grant_why(g, now, ERR_EN);

	return (ja[0] == '\0' ? json_null() : view_text(ja, en));
}

json_t *
rows_grant(struct call *c, const struct grant *g)
{
	size_t care = g->care[0] > '0' && g->care[0] <= '4' ?
	    (size_t)(g->care[0] - '0') : 0;
	int64_t now = clock_wall_ms();

	return (json_pack("{s:s, s:o, s:s, s:s, s:o, s:s?, s:o, s:s, s:o, "
	    "s:o, s:o, s:b, s:b, s:o}", "finding", g->finding,
	    "patient", rows_patient(c, g->chart_number), "name", g->name,
	    "item", g->item, "label", view_text(grant_label(g->item, ERR_JA),
	    grant_label(g->item, ERR_EN)),
	    "care", cares[care],
	    "care_label", view_text(grant_care_label(g->care, ERR_JA),
	    grant_care_label(g->care, ERR_EN)), "flag", g->flag,
	    "flag_label", labels_flag(g->item, g->flag),
	    "agreed_at", labels_time(g->at), "ends_at", labels_time(g->until),
	    "valid", grant_is_given(g, now), "ended", grant_is_ended(g, now),
	    "reason", why_ended(g, now)));
}

/* --- imports --- */

/* {code, ja, en, detail} as schema Error. */
static json_t *
report_error(const json_t *e)
{
	const char *code = rows_text(e, "code");
	enum err err = ERR_ROW;

	if (!json_is_object(e))
		return (json_null());
	(void)errname_find(code, strlen(code), &err);
	return (view_error(err, rows_text(e, "detail")));
}

static json_t *
copy_of(const json_t *o, const char *name)
{
	json_t *v = json_object_get(o, name);

	return (v == NULL ? json_null() : json_incref(v));
}

json_t *
rows_report(const json_t *r)
{
	const json_t *shown = json_object_get(r, "display");

	return (json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:s, s:o, s:o, "
	    "s:o, s:o, s:b}", "id", rows_word(r, "id"),
	    "finding", copy_of(r, "finding"), "at", rows_time(r, "at"),
	    "chart_number", rows_word(r, "chart_number"),
	    "name", rows_text(r, "name"), "action", rows_word(r, "action"),
	    "outcome", rows_text(r, "outcome"),
	    "error", report_error(json_object_get(r, "error")),
	    "sections", copy_of(r, "sections"),
	    "display", json_is_array(shown) ? copy_of(r, "display") :
	    json_array(),
	    "manual", rows_labels(json_object_get(r, "manual")),
	    "review", json_is_true(json_object_get(r, "review"))));
}

static const char *
import_state(const json_t *i)
{
	if (!json_is_null(json_object_get(i, "undone_at")))
		return ("undone");
	return (json_is_null(json_object_get(i, "reviewed_at")) ? "open" :
	    "reviewed");
}

static json_t *
import_state_label(const char *state)
{
	return (strcmp(state, "undone") == 0 ? view_text("取消済", "undone") :
	    strcmp(state, "open") == 0 ? view_text("要確認", "to review") :
	    view_text("確認済", "reviewed"));
}

/* オンライン資格確認_資格情報取込結果_YYYYMMDDhhmmss.txt */
static json_t *
report_name(const json_t *i)
{
	const json_t *at = json_object_get(i, "at");
	char stamp[CLOCK_STAMP_LEN];

	if (!json_is_integer(at))
		return (json_string("オンライン資格確認_資格情報取込結果.txt"));
	clock_stamp(json_integer_value(at), stamp);
	return (json_sprintf("オンライン資格確認_資格情報取込結果_%.14s.txt",
	    stamp));
}

json_t *
rows_import(struct call *c, const json_t *i)
{
	const char *state = import_state(i), *word = rows_text(i, "action");
	enum apply_action a = apply_action_of(word);
	const json_t *report = json_object_get(i, "report");

	if (a != APPLY_ACTIONS)
		word = rows_action(a);
	return (json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, "
	    "s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "id", rows_word(i, "id"), "batch", rows_word(i, "batch"),
	    "at", rows_time(i, "at"), "finding", rows_word(i, "finding"),
	    "chart_number", rows_word(i, "chart_number"),
	    "patient", rows_patient(c, rows_text(i, "chart_number")),
	    "action", word, "label", rows_action_label(word),
	    "client", copy_of(i, "client"), "staff", copy_of(i, "staff"),
	    "state", state, "state_label", import_state_label(state),
	    "reviewed_at", rows_time(i, "reviewed_at"),
	    "reviewed_by", rows_word(i, "reviewed_by"),
	    "undone_at", rows_time(i, "undone_at"),
	    "undone_by", rows_word(i, "undone_by"),
	    "undone_why", rows_word(i, "undone_why"),
	    "report", json_is_object(report) ? rows_report(report) :
	    json_null(), "report_name", report_name(i)));
}

/* --- who, and telling others --- */

struct audit_who
rows_who(const struct call *c)
{
	return ((struct audit_who){ .client = c->client.name,
	    .staff = body_text(c->req->json, "staff"),
	    .reason = body_text(c->req->json, "reason") });
}

void
rows_tell(struct call *c, const char *kind, const char *id, const char *state)
{
	int64_t now = clock_wall_ms();
	json_t *o = json_pack("{s:o, s:s, s:s}", "at", view_time(now), kind,
	    id, "state", state);
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	const struct val p[] = { val_int(now), val_text(kind), val_text(NULL),
	    val_text(NULL), val_text(text) };

	/* What was done is done: who watches will see it when he looks. */
	if (text == NULL || store_run(c->conf->store, SQL_EVENT_ADD, p, 5,
	    NULL, NULL, NULL) != ERR_OK)
		log_line(LOG_WARN, "api", "an event of kind %s is lost", kind);
	free(text);
	json_decref(o);
}
