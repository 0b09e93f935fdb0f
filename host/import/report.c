#include <stdio.h>
#include <string.h>

#include "host/import/import_in.h"
#include "host/ledger/label.h"

/*
 * ■オンライン資格確認_資格取込結果 (features.md COS-18): the content, section by
 * section, in the manual's words.
 */

static const struct {
	const char	*change, *text;
} sentences[] = {
	{ "created", "以下の履歴を作成しました。" },
	{ "closed", "以下の履歴を更新しました。" },
	{ "updated", "以下の履歴を更新しました。" },
	{ "overwritten", "以下の履歴を更新しました。" },
	{ "replaced", "以下の履歴を取り消しました。" },
	{ "display", "取り込みの対象ではありません。手で入力してください。" },
	{ "registered", "照会番号を登録しました。" },
	{ "reference_differs",
	    "照会番号が一致しません。登録していません。" },
	{ "reference_taken",
	    "同じ照会番号の患者がいます。登録していません。" },
	{ "confirmed", "保険証確認日を登録しました。" },
};

/* Of a patient, not of a row of the history. */
static const struct {
	const char	*change, *text;
} of_patient[] = {
	{ "created", "個人台帳を作成しました。" },
	{ "overwritten", "住所等を更新しました。" },
};

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const char *
sentence(const char *change, int patient)
{
	for (size_t i = 0; patient && i < LEN(of_patient); i++)
		if (strcmp(of_patient[i].change, change) == 0)
			return (of_patient[i].text);
	for (size_t i = 0; i < LEN(sentences); i++)
		if (strcmp(sentences[i].change, change) == 0)
			return (sentences[i].text);
	return ("");
}

static const char *
text(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return (s == NULL ? "" : s);
}

static int
add_line(json_t *lines, const char *label, const char *value)
{
	if (*value == '\0')
		return (0);
	return (json_array_append_new(lines, json_pack("{s:s, s:s}", "label",
	    label, "value", value)));
}

/* 令和5年8月1日～令和6年7月31日 */
static int
add_span(json_t *lines, const char *label, const json_t *row)
{
	char from[DAY_TEXT_LEN], until[DAY_TEXT_LEN], span[128];

	day_text(text(row, "valid_from"), from);
	day_text(text(row, "valid_until"), until);
	snprintf(span, sizeof(span), "%s～%s", from, until);
	return (add_line(lines, label, span));
}

struct line {
	const char	*kind, *label, *word;
	void		(*write)(const char *, char [LABEL_ROOM]);
};

static const struct line row_lines[] = {
	{ "insurance", "保険者番号", "insurer_number", NULL },
	{ "insurance", "記号", "insured_card_symbol", NULL },
	{ "insurance", "番号", "insured_identification_number", NULL },
	{ "insurance", "枝番", "insured_branch_number", NULL },
	{ "aid", "負担者番号", "insurer_number", NULL },
	{ "aid", "受給者番号", "insured_identification_number", NULL },
	{ "aid", "本人負担額", "self_pay", NULL },
	{ "elderly", "負担割合", "contribution_ratio", label_ratio },
	{ "limit", "適用区分", "classification_flag", label_limit },
	{ "disease", "疾病区分", "category", NULL },
	{ "disease", "自己負担限度額", "self_pay", NULL },
};

static int
add_values(json_t *lines, const char *kind, const json_t *fields)
{
	char label[LABEL_ROOM];
	const char *value;
	int bad = 0;

	for (size_t i = 0; i < LEN(row_lines); i++) {
		if (strcmp(row_lines[i].kind, kind) != 0)
			continue;
		value = text(fields, row_lines[i].word);
		if (row_lines[i].write != NULL) {
			row_lines[i].write(value, label);
			value = label;
		}
		bad |= add_line(lines, row_lines[i].label, value);
	}
	return (bad);
}

static int
same_span(const json_t *a, const json_t *b)
{
	return (json_equal(json_object_get(a, "valid_from"),
	    json_object_get(b, "valid_from")) &&
	    json_equal(json_object_get(a, "valid_until"),
	    json_object_get(b, "valid_until")));
}

static json_t *
lines_of(const json_t *entry)
{
	const json_t *row = json_object_get(entry, "row");
	const json_t *before = json_object_get(entry, "before");
	json_t *lines = json_array();
	int bad;

	if (!json_is_object(row))
		return (lines);
	if (json_is_object(before) && !same_span(before, row))
		bad = add_span(lines, "変更前の期間", before) |
		    add_span(lines, "変更後の期間", row);
	else
		bad = add_span(lines, strcmp(text(entry, "change"),
		    "display") == 0 ? "有効期間" : "期間", row);
	bad |= add_values(lines, text(entry, "kind"),
	    json_object_get(row, "fields"));
	if (!bad)
		return (lines);
	json_decref(lines);
	return (NULL);
}

static json_t *
entry_of(const json_t *entry)
{
	const char *change = text(entry, "change");

	return (json_pack("{s:s, s:s, s:o}", "change", change, "text",
	    sentence(change, strcmp(text(entry, "kind"), "patient") == 0),
	    "lines", lines_of(entry)));
}

static int
is_shown(const json_t *entry)
{
	return (strcmp(text(entry, "change"), "display") == 0);
}

/* New rows first, as in the manual, then those that were there. */
static int
collect(json_t *to, const json_t *entries, const char *kind, int created)
{
	json_t *entry;
	size_t i;
	int bad = 0;

	json_array_foreach(entries, i, entry) {
		if (strcmp(text(entry, "kind"), kind) == 0 &&
		    !is_shown(entry) && (strcmp(text(entry, "change"),
		    "created") == 0) == created)
			bad |= json_array_append_new(to, entry_of(entry));
	}
	return (bad);
}

static int
add_section(json_t *sections, const json_t *entries, const char *kind,
    const char *title)
{
	json_t *list = json_array();

	if (collect(list, entries, kind, 1) != 0 ||
	    collect(list, entries, kind, 0) != 0) {
		json_decref(list);
		return (-1);
	}
	if (json_array_size(list) == 0) {
		json_decref(list);
		return (0);
	}
	return (json_array_append_new(sections, json_pack("{s:s, s:s, s:o}",
	    "kind", kind, "title", title, "entries", list)));
}

static int
add_sections(json_t *sections, const json_t *entries)
{
	static const enum coverage_kind order[] = { COVERAGE_INSURANCE,
	    COVERAGE_LIMIT, COVERAGE_ELDERLY, COVERAGE_DISEASE, COVERAGE_AID };
	int bad = 0;

	for (size_t i = 0; i < LEN(order); i++)
		bad |= add_section(sections, entries, coverage_word(order[i]),
		    coverage_label(order[i], ERR_JA));
	return (bad | add_section(sections, entries, "patient", "個人台帳"));
}

static int
add_shown(json_t *shown, const json_t *entries)
{
	json_t *entry, *o;
	size_t i;
	int bad = 0;

	json_array_foreach(entries, i, entry) {
		if (!is_shown(entry))
			continue;
		o = entry_of(entry);
		bad |= json_object_set_new(o, "kind", json_string(text(entry,
		    "kind")));
		bad |= json_object_set_new(o, "title", json_string(
		    "限度額適用認定証"));
		bad |= json_array_append_new(shown, o);
	}
	return (bad);
}

/* What the terminal never tells of a limit certificate (COS-03). */
static int
add_flags(json_t *manual)
{
	static const struct {
		const char	*ja, *en;
	} flags[] = {
		{ "「公費により一般の上限額を適用する」",
		    "the general limit applies by public expense" },
		{ "「公費により配慮措置を適用しない」",
		    "no relief by public expense" },
		{ "「上限額手入力」", "a limit entered by hand" },
		{ "「多数回該当」", "frequent use" },
	};
	char ja[160];
	int bad = 0;

	for (size_t i = 0; i < LEN(flags); i++) {
		snprintf(ja, sizeof(ja), "高額上限額履歴の%sは取得できません。"
		    "必要なら手で入力してください", flags[i].ja);
		bad |= json_array_append_new(manual, json_pack(
		    "{s:s, s:s, s:s}", "what", "limit", "ja", ja, "en",
		    flags[i].en));
	}
	return (bad);
}

static int
has_limit(const json_t *entries)
{
	json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		if (strcmp(text(entry, "kind"), "limit") == 0)
			return (1);
	}
	return (0);
}

json_t *
report_new(const char *id, int64_t at, const struct subject *s,
    const char *chart_number, const char *name, enum apply_action action)
{
	return (json_pack("{s:o, s:I, s:s, s:s, s:s, s:s, s:s, s:n, s:[], "
	    "s:[], s:[], s:b}", "id", *id == '\0' ? json_null() :
	    json_string(id), "at", (json_int_t)at, "finding", s->finding.id,
	    "chart_number", chart_number, "name", name, "action",
	    apply_word(action), "outcome", "unchanged", "error", "sections",
	    "display", "manual", "review", *id != '\0'));
}

enum err
report_fill(json_t *report, const json_t *entries, const json_t *manual)
{
	json_t *by_hand = json_object_get(report, "manual");
	int bad;

	bad = add_sections(json_object_get(report, "sections"), entries) |
	    add_shown(json_object_get(report, "display"), entries) |
	    json_array_extend(by_hand, (json_t *)(uintptr_t)manual);
	if (has_limit(entries))
		bad |= add_flags(by_hand);
	return (bad ? ERR_NOMEM : ERR_OK);
}
