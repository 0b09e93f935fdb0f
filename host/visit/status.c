#include <string.h>

#include "base/err.h"
#include "driver/errname.h"
#include "host/visit/status.h"
#include "host/visit/view.h"

/* What the states before an outcome are to the staff. */
static const struct status by_state[VS_COUNT] = {
#define RUNNING { "running", { "in progress", "受付中" }, { "", "" }, "" }
	[VS_IDLE] = RUNNING, [VS_CARD] = RUNNING, [VS_VERIFIED] = RUNNING,
	[VS_CONSENTED] = RUNNING, [VS_CONFIRMED] = RUNNING,
	[VS_MATCHED] = RUNNING,
#undef RUNNING
	[VS_UNMATCHED] = { "unmatched", { "patient to be named",
	    "患者の指定待ち" }, { "compare with the person and name the patient",
	    "ご本人に確かめ、患者を指定してください" }, "" },
	[VS_REQUESTED] = { "inquiring", { "inquiring", "照会中" }, { "", "" },
	    "" },
	[VS_UNANSWERED] = { "inquiring", { "inquiring", "照会中" },
	    { "do not ask again: the answer is taken in when it comes",
	    "再照会は不要です。回答が届きしだい取り込みます" }, "" },
	[VS_CANCELLED] = { "cancelled", { "cancelled", "中止" }, { "", "" },
	    "" },
	[VS_EXPIRED] = { "expired", { "timed out", "時間切れ" }, { "", "" },
	    "" },
};

/* QualificationValidity (OQSCD006), as the manuals show it and what they say
 * to do (features.md DEN-06 to DEN-09). */
static const struct status by_validity[] = {
	{ "valid", { "valid", "有効" }, { "", "" }, "1" },
	{ "lost", { "lost", "喪失" }, { "ask for the new insurance; without "
	    "one the patient pays in full", "新しい保険資格を確かめてください。"
	    "ない場合は10割負担です" }, "2" },
	{ "lost_new", { "lost, there is a new one", "喪失 (新しい資格あり)" },
	    { "ask for the new insurance and check again",
	    "新しい保険資格を確かめ、もう一度確認してください" }, "3" },
	{ "none", { "no coverage", "該当なし" }, { "wrong entry, not supplied "
	    "by the insurer yet, or not registered: compare the insurance "
	    "data", "入力誤り、保険者の登録待ち、未登録のいずれかです。"
	    "保険情報を確かめてください" }, "4" },
	{ "several", { "several coverages", "複数該当" }, { "several coverages "
	    "fit: ask the insurer", "複数の資格が該当します。"
	    "保険者に確かめてください" }, "5" },
	{ "unregistered", { "valid (not registered)", "有効 (未登録)" },
	    { "", "" }, "6" },
};

/* Ends that are nobody's fault: the state says it all. */
static int
is_quiet(enum visit_state state)
{
	return (state == VS_CANCELLED || state == VS_EXPIRED);
}

static void
of_error(const char *outcome, struct status *out)
{
	enum err err;

	*out = (struct status){ "error", { "error", "エラー" },
	    { "", "" }, outcome };
	if (!errname_find(outcome, strlen(outcome), &err))
		return;
	out->advice[ERR_EN] = err_next(err, ERR_EN);
	out->advice[ERR_JA] = err_next(err, ERR_JA);
}

void
status_of(enum visit_state state, const char *outcome, struct status *out)
{
	size_t n = sizeof(by_validity) / sizeof(by_validity[0]);

	if (state < VS_COUNT && by_state[state].word != NULL) {
		*out = by_state[state];
		if (is_quiet(state))
			out->code = outcome;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (strcmp(by_validity[i].code, outcome) == 0) {
			*out = by_validity[i];
			return;
		}
	}
	of_error(outcome, out);
}

json_t *
status_json(const struct status *s, const char *confirmed_on)
{
	return (json_pack("{s:s, s:o, s:o, s:o, s:o}", "word", s->word,
	    "label", view_text(s->label[ERR_JA], s->label[ERR_EN]),
	    "advice", view_text(s->advice[ERR_JA], s->advice[ERR_EN]),
	    "code", s->code[0] == '\0' ? json_null() : json_string(s->code),
	    "confirmed_on", view_date(confirmed_on)));
}
