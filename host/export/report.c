#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "host/export/report.h"
#include "host/import/import.h"
#include "host/ledger/day.h"
#include "host/ledger/label.h"
#include "host/qualify/code.h"
#include "host/qualify/folder.h"
#include "host/qualify/veil.h"

#define STEM		"オンライン資格確認_資格情報取込結果_"
#define TWINS_MAX	1000	/* of one second */

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

static enum err
begin(const char *title, int64_t at, struct paper **out)
{
	char stamp[CLOCK_STAMP_LEN], day[DAY_TEXT_LEN];

	clock_stamp(at, stamp);
	stamp[8] = '\0';
	day_text(stamp, day);
	return (paper_new(title, day, out));
}

static void
person(struct paper *p, const json_t *row)
{
	paper_part(p);
	paper_line(p, "利用者番号：%s 利用者氏名：%s",
	    text_of(row, "chart_number"), text_of(row, "name"));
}

static void
entry(struct paper *p, const json_t *e)
{
	const json_t *line;
	size_t i;

	if (text_of(e, "text")[0] != '\0')
		paper_line(p, "%s", text_of(e, "text"));
	json_array_foreach(json_object_get(e, "lines"), i, line)
		paper_line(p, "%s：%s", text_of(line, "label"),
		    text_of(line, "value"));
	paper_line(p, "%s", "");
}

static void
section(struct paper *p, const json_t *s)
{
	const json_t *e;
	size_t i;

	paper_line(p, "○%s", text_of(s, "title"));
	json_array_foreach(json_object_get(s, "entries"), i, e)
		entry(p, e);
}

/* What this flow only shows (COS-33). */
static void
shown(struct paper *p, const json_t *list)
{
	const json_t *e;
	size_t i;

	json_array_foreach(list, i, e) {
		paper_line(p, "○%s", text_of(e, "title"));
		entry(p, e);
	}
}

/* What the terminal cannot know, or this flow does not take (COS-03). */
static void
by_hand(struct paper *p, const json_t *list)
{
	const json_t *m;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	paper_line(p, "■要手入力");
	json_array_foreach(list, i, m)
		paper_line(p, "・%s", text_of(m, "ja"));
	paper_line(p, "%s", "");
}

static void
refused(struct paper *p, const json_t *error)
{
	const char *ja = json_is_string(error) ? json_string_value(error) :
	    text_of(error, "ja");

	paper_line(p, "取り込めませんでした。%s", ja);
	if (!json_is_string(error) && text_of(error, "detail")[0] != '\0')
		paper_line(p, "%s", text_of(error, "detail"));
	paper_line(p, "%s", "");
}

static void
imported(struct paper *p, const json_t *row)
{
	const json_t *s;
	size_t i;

	person(p, row);
	paper_line(p, "%s", "");
	if (strcmp(text_of(row, "outcome"), "refused") == 0) {
		refused(p, json_object_get(row, "error"));
	} else if (json_array_size(json_object_get(row, "sections")) == 0) {
		/* COS-34 */
		paper_line(p, "更新対象の資格はありませんでした。");
		paper_line(p, "%s", "");
	} else {
		paper_line(p, "■変更内容");
		json_array_foreach(json_object_get(row, "sections"), i, s)
			section(p, s);
	}
	shown(p, json_object_get(row, "display"));
	by_hand(p, json_object_get(row, "manual"));
}

enum err
report_import(const json_t *content, int64_t at, struct paper **out)
{
	const json_t *rows = json_object_get(content, "rows"), *row;
	size_t i;
	enum err r;

	if ((r = begin("■オンライン資格確認_資格取込結果", at, out)) !=
	    ERR_OK)
		return (r);
	if (rows == NULL)
		imported(*out, content);
	json_array_foreach(rows, i, row)
		imported(*out, row);
	return (ERR_OK);
}

/* 令和6年8月1日～令和7年7月31日; an open end is left open. */
static void
span_text(const char *from, const char *until, char *out, size_t room)
{
	char a[DAY_TEXT_LEN] = "", b[DAY_TEXT_LEN] = "", day[DAY_LEN];

	day_of(from, day);
	if (day[0] != '\0')
		day_text(day, a);
	day_of(until, day);
	if (day[0] != '\0')
		day_text(day, b);
	snprintf(out, room, "%s～%s", a, b);
}

static const json_t *
records(const json_t *row)
{
	return (json_object_get(json_object_get(row, "data"), "records"));
}

static void
checked(struct paper *p, const json_t *row)
{
	const json_t *first = json_array_get(records(row), 0);
	const char *flag = text_of(first,
	    "LimitApplicationCertificateRelatedConsFlg");
	const char *validity = code_text(6, text_of(row, "validity"), ERR_JA);
	char span[2 * DAY_TEXT_LEN + 8];

	person(p, row);
	paper_line(p, "同意状況：%s 資格状況：%s", flag[0] == '1' ?
	    "同意済" : "未同意", validity == NULL ? "不明" : validity);
	if (first != NULL) {
		span_text(text_of(first, "InsuredCardValidDate"),
		    text_of(first, "InsuredCardExpirationDate"), span,
		    sizeof(span));
		paper_line(p, "有効期間（医療保険証）：%s", span);
	}
	paper_line(p, "%s", "");
}

enum err
report_check(const json_t *rows, int64_t at, struct paper **out)
{
	const json_t *row;
	size_t i;
	enum err r;

	if ((r = begin("■資格情報の照会結果", at, out)) != ERR_OK)
		return (r);
	json_array_foreach(rows, i, row)
		checked(*out, row);
	return (ERR_OK);
}

/* The manual's screen, without what the patient has not agreed to. */
static void
no_limit(struct paper *p, const json_t *row)
{
	person(p, row);
	paper_line(p, "%s", "");
	paper_line(p, "■限度額適用認定証");
	paper_line(p, "%s", veil_text(ERR_JA));
	paper_line(p, "%s", "");
}

static void
one_limit(struct paper *p, const json_t *row, const json_t *limit)
{
	char span[2 * DAY_TEXT_LEN + 8], label[LABEL_ROOM];

	span_text(text_of(limit, "LimitApplicationCertificateValidStartDate"),
	    text_of(limit, "LimitApplicationCertificateValidEndDate"), span,
	    sizeof(span));
	label_limit(text_of(limit,
	    "LimitApplicationCertificateClassificationFlag"), label);
	person(p, row);
	paper_line(p, "%s", "");
	paper_line(p, "■限度額適用認定証");
	paper_line(p, "適用区分：%s", label);
	paper_line(p, "有効期間：%s", span);
	paper_line(p, "%s", "");
}

enum err
report_limit(const json_t *rows, int64_t at, struct paper **out)
{
	const json_t *row, *record, *limit;
	size_t i, j;
	enum err r;

	if ((r = begin("■高額上限額履歴の資格確認結果", at, out)) != ERR_OK)
		return (r);
	json_array_foreach(rows, i, row) {
		json_array_foreach(records(row), j, record) {
			limit = json_object_get(record,
			    "LimitApplicationCertificateRelatedInfo");
			if (json_is_object(limit))
				one_limit(*out, row, limit);
			if (veil_withholds(record,
			    "LimitApplicationCertificateRelatedInfo"))
				no_limit(*out, row);
		}
	}
	return (ERR_OK);
}

enum err
report_save(const char *folder, struct paper *p, int64_t at,
    char name[REPORT_NAME], struct note *note)
{
	char stamp[CLOCK_STAMP_LEN];
	struct folder *f = NULL;
	struct blob text = { 0 };
	enum err r;

	if (folder[0] == '\0') {
		note_set(note, "[report] folder");
		return (ERR_CONF);
	}
	clock_stamp(at, stamp);
	stamp[14] = '\0';
	snprintf(name, REPORT_NAME, STEM "%s.txt", stamp);
	if ((r = paper_text(p, &text)) == ERR_OK &&
	    (r = folder_open(folder, &f, note)) == ERR_OK)
		r = folder_put(f, name, text.data, text.len, note);
	for (int n = 2; r == ERR_FOREIGN && n < TWINS_MAX; n++) {
		snprintf(name, REPORT_NAME, STEM "%s_%d.txt", stamp, n);
		r = folder_put(f, name, text.data, text.len, note);
	}
	folder_close(&f);
	blob_free(&text);
	return (r);
}

enum err
report_keep(struct store *store, const char *folder, const char *batch,
    int64_t at, char name[REPORT_NAME], struct note *note)
{
	struct paper *p = NULL;
	json_t *content = NULL;
	enum err r;

	if ((r = import_batch(store, batch, &content)) == ERR_OK &&
	    (r = report_import(content, at, &p)) == ERR_OK)
		r = report_save(folder, p, at, name, note);
	paper_free(&p);
	json_decref(content);
	return (r);
}
