#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/consent/consent.h"
#include "host/export/list.h"
#include "host/ledger/column.h"
#include "host/ledger/label.h"
#include "host/qualify/code.h"
#include "host/qualify/job.h"
#include "host/qualify/veil.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define PIECE	500	/* rows that are read at a time */

static void
cells(struct sheet *s, const char *const *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sheet_cell(s, text[i]);
}

static void
head(struct sheet *s, const char *const *text, size_t n)
{
	cells(s, text, n);
	sheet_row(s);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

void
list_date(const char *s, char out[LIST_DATE])
{
	/* The last day of an era is the day before the next one. */
	static const struct {
		const char	*from, *letter;
		int		 year;
	} eras[] = {
		{ "20190501", "R", 2018 }, { "19890108", "H", 1988 },
		{ "19261225", "S", 1925 }, { "19120730", "T", 1911 },
		{ "18680101", "M", 1867 },
	};
	int y, m, d;

	snprintf(out, LIST_DATE, "%.*s", LIST_DATE - 1, s);
	if (!clock_is_date(s) || sscanf(s, "%4d%2d%2d", &y, &m, &d) != 3)
		return;
	for (size_t i = 0; i < LEN(eras); i++) {
		if (strcmp(s, eras[i].from) >= 0) {
			snprintf(out, LIST_DATE, "%s%2d.%2d.%2d",
			    eras[i].letter, y - eras[i].year, m, d);
			return;
		}
	}
}

/* 20240828 or longer as 2024/08/28; "" of anything else. */
static void
day(const char *s, char out[LIST_DATE])
{
	char date[9];

	snprintf(date, sizeof(date), "%.8s", s);
	out[0] = '\0';
	if (clock_is_date(date))
		snprintf(out, LIST_DATE, "%.4s/%.2s/%.2s", date, date + 4,
		    date + 6);
}

/* --- findings --- */

static const char *const finding_head[] = {
	"照会番号", "氏名(カナ名)", "性別", "生年月日", "資格有効性",
	"手術", "診療", "薬剤", "特健", "限度", "特疾", "同意年月日",
	"同意有効期限",
	"カルテ番号", "氏名", "カナ氏名", "被保険者証区分", "保険者番号",
	"保険者名称", "記号", "番号", "枝番", "本人家族区分",
	"一部負担金割合", "有効開始年月日", "有効終了年月日", "郵便番号",
	"住所", "適用区分", "資格確認日", "処理結果", "処理結果コード",
	"メッセージ", "照合", "取込", "結果ID",
};

/* In the order of the columns. */
static const enum consent_item items[] = { CONSENT_OPERATION,
    CONSENT_DIAGNOSIS, CONSENT_DRUG, CONSENT_CHECKUP, CONSENT_LIMIT,
    CONSENT_DISEASE };

struct consents {
	const char	*flag[LEN(items)];
	const char	*at, *until;	/* newest; first end of those given */
};

/* A finding's records say the same of one person; the first that says
 * anything of an item is taken. */
static const char *
said(const json_t *records, enum consent_item item, const char *tail)
{
	const json_t *r;
	const char *s;
	char name[96];
	size_t i;

	snprintf(name, sizeof(name), "%s%s", consent_flag(item), tail);
	json_array_foreach(records, i, r) {
		s = text_of(r, name);
		if (s[0] != '\0')
			return (s);
	}
	return ("");
}

static void
look_at_consents(const json_t *records, struct consents *c)
{
	const char *at, *until;

	*c = (struct consents){ .at = "", .until = "" };
	for (size_t i = 0; i < LEN(items); i++) {
		c->flag[i] = said(records, items[i], "ConsFlg");
		if (c->flag[i][0] != '1')
			continue;
		at = said(records, items[i], "ConsTime");
		until = said(records, items[i], "AvailableTime");
		if (strcmp(at, c->at) > 0)
			c->at = at;
		if (until[0] != '\0' && (c->until[0] == '\0' ||
		    strcmp(until, c->until) < 0))
			c->until = until;
	}
}

static const char *
mark(const char *flag)
{
	if (flag[0] == '1')
		return ("●");
	return (flag[0] == '2' ? "期限切れ" : "");
}

static const char *
coded(unsigned table, const char *value)
{
	const char *ja = code_text(table, value, ERR_JA);

	return (ja == NULL ? value : ja);
}

static const char *
word_text(const char *word)
{
	static const struct {
		const char	*word, *ja;
	} words[] = {
		{ "accepted", "正常" }, { "error", "エラー" },
		{ "refused", "受領不可" },
		{ "certain", "一致" }, { "chosen", "担当者が指定" },
		{ "asked", "照会した患者" }, { "possible", "候補あり" },
		{ "many", "候補が複数" }, { "none", "該当患者なし" },
		{ "differs", "照会した患者と不一致" },
		{ "new", "未" }, { "same", "変更なし" },
		{ "imported", "済" }, { "set_aside", "対象外" },
	};

	for (size_t i = 0; i < LEN(words); i++) {
		if (strcmp(words[i].word, word) == 0)
			return (words[i].ja);
	}
	return (word);
}

/* The columns of BAT-08. */
static void
tool_cells(struct sheet *s, const struct finding *f)
{
	char name[704], birth[LIST_DATE], at[LIST_DATE], until[LIST_DATE];
	char sex[2] = { (char)('0' + (int)f->sex), '\0' };
	struct consents c;

	look_at_consents(json_object_get(f->data, "records"), &c);
	snprintf(name, sizeof(name), f->kana[0] == '\0' ? "%s" : "%s(%s)",
	    f->name, f->kana);
	list_date(f->birthdate, birth);
	day(c.at, at);
	day(c.until, until);
	cells(s, (const char *const[]){ f->reference_number, name,
	    f->sex == SEX_UNKNOWN ? "" : coded(7, sex), birth,
	    coded(6, f->validity) }, 5);
	for (size_t i = 0; i < LEN(items); i++)
		sheet_cell(s, mark(c.flag[i]));
	cells(s, (const char *const[]){ at, until }, 2);
}

static void
detail_cells(struct sheet *s, const struct finding *f)
{
	const json_t *r = json_array_get(json_object_get(f->data,
	    "records"), 0);
	const json_t *limit = json_object_get(r,
	    "LimitApplicationCertificateRelatedInfo");
	char from[LIST_DATE], until[LIST_DATE], asked[LIST_DATE];
	char share[LABEL_ROOM], family[LABEL_ROOM], class[LABEL_ROOM];

	day(text_of(r, "InsuredCardValidDate"), from);
	day(text_of(r, "InsuredCardExpirationDate"), until);
	day(f->asked_on, asked);
	label_ratio(text_of(r, "InsuredPartialContributionRatio"), share);
	if (veil_withholds(r, "InsuredPartialContributionRatio"))
		snprintf(share, sizeof(share), "%s", veil_text(ERR_JA));
	label_family(text_of(r, "PersonalFamilyClassification"), family);
	label_limit(text_of(limit,
	    "LimitApplicationCertificateClassificationFlag"), class);
	if (veil_withholds(r, "LimitApplicationCertificateRelatedInfo"))
		snprintf(class, sizeof(class), "%s", veil_text(ERR_JA));
	cells(s, (const char *const[]){ f->chart_number, f->name, f->kana,
	    coded(10, text_of(r, "InsuredCardClassification")),
	    f->insurer_number, text_of(r, "InsurerName"),
	    f->insured_card_symbol, f->insured_identification_number,
	    f->insured_branch_number, family, share, from, until,
	    text_of(r, "PostNumber"), text_of(r, "Address"), class, asked,
	    word_text(f->outcome), f->code, f->message, word_text(f->link),
	    word_text(f->state), f->id }, 23);
}

static enum err
finding_row(void *ctx, const struct finding *f)
{
	tool_cells(ctx, f);
	detail_cells(ctx, f);
	sheet_row(ctx);
	return (ERR_OK);
}

enum err
list_findings(struct store *store, const struct finding_query *query,
    int heading, struct sheet *s, int64_t *total)
{
	struct finding_query q = *query;

	if (heading)
		head(s, finding_head, LEN(finding_head));
	q.data = 1;
	return (finding_list(store, &q, finding_row, s, total));
}

/* --- a job's errors --- */

static const char *const error_head[] = { "番号", "分割", "カルテ番号",
    "状態", "コード", "メッセージ" };

static const char *
person_state(const char *state)
{
	static const struct {
		const char	*state, *ja;
	} words[] = {
		{ "error", "エラー" }, { "missing", "回答に含まれない" },
		{ "failed", "照会できなかった" },
		{ "skipped", "照会しなかった" },
	};

	for (size_t i = 0; i < LEN(words); i++) {
		if (strcmp(words[i].state, state) == 0)
			return (words[i].ja);
	}
	return (state);
}

static void
error_row(struct sheet *s, const json_t *o)
{
	char seq[24], part[24];

	snprintf(seq, sizeof(seq), "%lld",
	    (long long)json_integer_value(json_object_get(o, "seq")));
	snprintf(part, sizeof(part), "%lld",
	    (long long)json_integer_value(json_object_get(o, "part")));
	cells(s, (const char *const[]){ seq, part,
	    text_of(o, "chart_number"), person_state(text_of(o, "state")),
	    text_of(o, "code"), text_of(o, "message") }, LEN(error_head));
	sheet_row(s);
}

enum err
list_errors(struct store *store, const char *job, struct sheet *s)
{
	struct job_persons q = { .state = "problem", .limit = PIECE };
	json_t *list, *o;
	int64_t total;
	size_t i, n;
	enum err r;

	head(s, error_head, LEN(error_head));
	do {
		if ((r = job_persons(store, job, &q, &list, &total)) !=
		    ERR_OK)
			return (r);
		n = json_array_size(list);
		json_array_foreach(list, i, o)
			error_row(s, o);
		json_decref(list);
		q.offset += (int64_t)n;
	} while (n > 0 && q.offset < total);
	return (ERR_OK);
}

/* --- patients --- */

static const char *const patient_head[COLUMNS] = {
	[COL_CHART_NUMBER] = "カルテ番号", [COL_NAME] = "氏名",
	[COL_KANA] = "カナ氏名", [COL_SEX] = "性別",
	[COL_BIRTHDATE] = "生年月日", [COL_INSURER_NUMBER] = "保険者番号",
	[COL_INSURED_CARD_SYMBOL] = "記号",
	[COL_INSURED_IDENTIFICATION_NUMBER] = "番号",
	[COL_INSURED_BRANCH_NUMBER] = "枝番",
	[COL_REFERENCE_NUMBER] = "照会番号", [COL_POST_NUMBER] = "郵便番号",
	[COL_ADDRESS] = "住所", [COL_CONFIRMED_ON] = "保険証確認日",
};

static enum err
patient_row(void *ctx, const struct patient *p)
{
	char sex[2] = { (char)('0' + (int)p->sex), '\0' };

	for (int c = 0; c < COLUMNS; c++) {
		if (c == COL_SEX)
			sheet_cell(ctx, p->sex == SEX_UNKNOWN ? "" : sex);
		else
			sheet_cell(ctx, column_get(p, (enum column)c));
	}
	sheet_row(ctx);
	return (ERR_OK);
}

enum err
list_patients(struct store *store, struct sheet *s)
{
	head(s, patient_head, COLUMNS);
	return (patient_list(store, "", patient_row, s));
}

/* --- imports --- */

static const char *const import_head[] = { "日時", "カルテ番号", "操作",
    "担当者", "端末", "確認日時", "確認者", "取消日時", "取消者",
    "取消理由", "取込ID", "結果ID" };

static const char *
action_text(const char *word)
{
	static const struct {
		const char	*word, *ja;
	} words[] = {
		{ "renew", "更新" }, { "overwrite", "上書き" },
		{ "new", "新患登録" }, { "reference", "照会番号の登録" },
		{ "confirm", "保険証確認" },
	};

	for (size_t i = 0; i < LEN(words); i++) {
		if (strcmp(words[i].word, word) == 0)
			return (words[i].ja);
	}
	return (word);
}

/* 2026/11/20 09:00:00 of ISO 8601 in JST. */
static void
time_text(const char *iso, char out[LIST_DATE])
{
	out[0] = '\0';
	if (strlen(iso) >= 19)
		snprintf(out, LIST_DATE, "%.4s/%.2s/%.2s %.8s", iso, iso + 5,
		    iso + 8, iso + 11);
}

static void
import_row(struct sheet *s, const json_t *o)
{
	char at[LIST_DATE], reviewed[LIST_DATE], undone[LIST_DATE];

	time_text(text_of(o, "at"), at);
	time_text(text_of(o, "reviewed_at"), reviewed);
	time_text(text_of(o, "undone_at"), undone);
	cells(s, (const char *const[]){ at, text_of(o, "chart_number"),
	    action_text(text_of(o, "action")), text_of(o, "staff"),
	    text_of(o, "client"), reviewed, text_of(o, "reviewed_by"),
	    undone, text_of(o, "undone_by"), text_of(o, "undone_why"),
	    text_of(o, "id"), text_of(o, "finding") }, LEN(import_head));
	sheet_row(s);
}

enum err
list_imports(struct store *store, const struct import_query *query,
    struct sheet *s)
{
	struct import_query q = *query;
	json_t *o, *list, *row;
	size_t i, n;
	enum err r;

	head(s, import_head, LEN(import_head));
	q.limit = PIECE;
	do {
		if ((r = import_list(store, &q, &o)) != ERR_OK)
			return (r);
		list = json_object_get(o, "imports");
		n = json_array_size(list);
		json_array_foreach(list, i, row)
			import_row(s, row);
		json_decref(o);
		q.offset += (int64_t)n;
	} while (n == PIECE);
	return (ERR_OK);
}
