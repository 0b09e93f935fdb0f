#include <string.h>

#include "host/cli/answer.h"
#include "host/cli/date.h"
#include "host/qualify/code.h"
#include "host/qualify/veil.h"

/* OQSCD006, and what the manuals say to do (features.md DEN-06 to DEN-09). */
static const struct advice {
	const char	*validity;
	enum exit_code	 code;
	const char	*next[2];
} advices[] = {
	{ "1", EXIT_VALID, { NULL, NULL } },
	{ "2", EXIT_INVALID, { "ask for the new insurance; without one the "
	    "patient pays in full", "新しい保険資格を確かめてください。"
	    "ない場合は10割負担です" } },
	{ "3", EXIT_INVALID_NEW, { "the patient has a new insurance: take "
	    "its data and check again",
	    "新しい資格があります。新しい保険情報で確認してください" } },
	{ "4", EXIT_NO_COVERAGE, { "wrong entry, not registered, or not "
	    "supplied by the insurer yet: compare the insurance data",
	    "入力誤り、未登録、または保険者の登録待ちです。"
	    "保険情報を確かめてください" } },
	{ "5", EXIT_SEVERAL, { "several coverages fit: ask the insurer or "
	    "compare with the card",
	    "複数の資格が該当します。保険者に確かめてください" } },
	{ "6", EXIT_VALID, { NULL, NULL } },
};

static const struct advice *
advice_of(const struct result *r)
{
	const char *validity = result_field(r, RESULT_TOP,
	    FIELD_QualificationValidity);

	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++) {
		if (strcmp(validity, advices[i].validity) == 0)
			return (&advices[i]);
	}
	return (NULL);
}

enum exit_code
answer_exit(const struct result *r)
{
	const struct advice *a = advice_of(r);

	if (result_outcome(r) != RESULT_ACCEPTED)
		return (EXIT_REFUSED);
	return (a == NULL ? EXIT_DATA : a->code);
}

/* How a value is written: as it is, as a date, or by its code table. */
enum form { AS_IS = 0, AS_DATE = -1, AS_RATIO = -2 };	/* > 0: OQSCD number */

static const struct row {
	enum field	 f;
	int		 form;
	const char	*label[2];
} rows[] = {
	{ FIELD_Name, AS_IS, { "name", "氏名" } },
	{ FIELD_NameKana, AS_IS, { "kana", "氏名カナ" } },
	{ FIELD_InsurerName, AS_IS, { "insurer", "保険者名" } },
	{ FIELD_InsurerNumber, AS_IS, { "insurer number", "保険者番号" } },
	{ FIELD_InsuredCardSymbol, AS_IS, { "symbol", "記号" } },
	{ FIELD_InsuredIdentificationNumber, AS_IS, { "number", "番号" } },
	{ FIELD_InsuredBranchNumber, AS_IS, { "branch", "枝番" } },
	{ FIELD_PersonalFamilyClassification, 9, { "insured or family",
	    "本人・家族の別" } },
	{ FIELD_InsuredPartialContributionRatio, AS_RATIO, { "share to pay",
	    "一部負担金割合" } },
	{ FIELD_InsuredCardValidDate, AS_DATE, { "valid from",
	    "有効開始日" } },
	{ FIELD_InsuredCardExpirationDate, AS_DATE, { "valid to",
	    "有効終了日" } },
	{ FIELD_DisqualificationDate, AS_DATE, { "lost on",
	    "資格喪失日" } },
	{ FIELD_ElderlyRecipientContributionRatio, AS_RATIO, {
	    "share by the elderly certificate", "高齢受給者証の割合" } },
	{ FIELD_LimitApplicationCertificateClassificationFlag, 12, {
	    "limit class", "限度額適用区分" } },
	{ FIELD_ReferenceNumber, AS_IS, { "reference number",
	    "照会番号" } },
};

/* Percent in three digits: 030 is three tenths. */
static void
ratio_text(const char *percent, enum err_lang lang, char out[DATE_TEXT])
{
	int p = 0;

	if (sscanf(percent, "%3d", &p) != 1 || p % 10 != 0)
		snprintf(out, DATE_TEXT, "%s", percent);
	else
		snprintf(out, DATE_TEXT, lang == ERR_JA ? "%d割" : "%d/10",
		    p / 10);
}

static void
print_row(const struct cli *cli, const struct result *r, size_t record,
    const struct row *row)
{
	const char *value = result_field(r, record, row->f), *text = NULL;
	char made[DATE_TEXT];

	if (value[0] == '\0')
		return;
	if (veil_hides(r, record, row->f)) {
		printf("  %s: %s\n", row->label[cli->lang],
		    veil_text(cli->lang));
		return;
	}
	if (row->form == AS_DATE)
		date_text(value, cli->lang, made);
	else if (row->form == AS_RATIO)
		ratio_text(value, cli->lang, made);
	else if (row->form > 0)
		text = code_text((unsigned)row->form, value, cli->lang);
	if (row->form == AS_DATE || row->form == AS_RATIO)
		text = made;
	printf("  %s: %s\n", row->label[cli->lang], text != NULL ? text :
	    value + strspn(value, " "));
}

static void
print_coverage(const struct cli *cli, const struct result *r)
{
	size_t n = result_records(r);

	for (size_t k = 0; k < n; k++) {
		if (n > 1)
			printf("  -- %zu / %zu --\n", k + 1, n);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			print_row(cli, r, k, &rows[i]);
	}
}

void
answer_print(const struct cli *cli, const struct result *r,
    const char *chart_number)
{
	const char *code = result_field(r, RESULT_TOP,
	    FIELD_QualificationValidity);
	const char *text = code_text(6, code, cli->lang);
	const char *remark = result_field(r, RESULT_TOP,
	    FIELD_ProcessingResultMessage);
	const struct advice *a = advice_of(r);
	char day[DATE_TEXT];

	if (result_outcome(r) != RESULT_ACCEPTED) {
		printf("%s: %s\n  -> %s\n", cli_say(cli, "エラー", "error"),
		    result_reason(r, cli->lang), err_next(ERR_REFUSED,
		    cli->lang));
		return;
	}
	date_text(result_field(r, RESULT_TOP,
	    FIELD_QualificationConfirmationDate), cli->lang, day);
	printf("%s: %s  %s: %s\n", cli_say(cli, "資格確認結果", "result"),
	    text != NULL ? text : code, cli_say(cli, "確認日", "date"), day);
	if (a != NULL && a->next[cli->lang] != NULL)
		printf("  -> %s\n", a->next[cli->lang]);
	printf("  %s: %s\n", cli_say(cli, "カルテ番号", "chart number"),
	    chart_number);
	print_coverage(cli, r);
	if (remark[0] != '\0')
		printf("  %s: %s\n", cli_say(cli, "メッセージ", "message"),
		    remark);
}
