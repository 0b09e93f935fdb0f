#ifndef HOST_CLI_EXIT_H
#define HOST_CLI_EXIT_H

#include <stdio.h>

#include "base/err.h"

/* What a command ends with; printed by "shikaku help exit-codes". */
#define EXIT_LIST(X)							      \
X(VALID,	 0, "done; qualification valid", "完了、資格は有効")	      \
X(OURS,		 1, "a fault of this program", "プログラムの異常")	      \
X(INVALID,	10, "qualification invalid (2)", "資格は無効 (2)")	      \
X(INVALID_NEW,	11, "invalid, new coverage exists (3)",			      \
    "無効、新しい資格あり (3)")						      \
X(NO_COVERAGE,	12, "no qualification found (4)", "該当資格なし (4)")	      \
X(SEVERAL,	13, "several qualifications (5)", "複数該当 (5)")	      \
X(UNCHANGED,	14, "nothing to import", "更新対象の資格なし")	      \
X(NO_MATCH,	20, "no certain patient, or card or answer contradict",   \
    "患者が特定できない、またはカードか回答と一致しない")			      \
X(PIN_WRONG,	30, "PIN wrong; tries left are shown", "暗証番号の不一致")    \
X(PIN_BLOCKED,	31, "PIN blocked or not set", "暗証番号のロックまたは未設定") \
X(PIN_LAST_TRY,	32, "last PIN try not spent without --last-try",	      \
    "残り1回のため中止 (--last-try が必要)")				      \
X(PIN_FORMAT,	33, "PIN was not 4 digits; nothing was sent",		      \
    "暗証番号が4桁でないため送信せず")					      \
X(CANCELLED,	40, "cancelled by the person", "ご本人による中止")	      \
X(READER,	50, "card reader or its service", "カードリーダーの異常")     \
X(CARD,		51, "no card, wrong card, card taken away",		      \
    "カードがない、違う、離れた")					      \
X(TERMINAL,	60, "the terminal did not take or answer in time",	      \
    "端末の時間切れ")							      \
X(REFUSED,	61, "the terminal refused the request",			      \
    "端末が照会を拒否")							      \
X(USAGE,	64, "wrong command line", "コマンドの指定誤り")	      \
X(DATA,		70, "data refused: certificate, file, row",		      \
    "受け付けられないデータ")						      \
X(WAITING,	75, "busy or not complete yet: try again later",	      \
    "使用中またはまだ完了していない")					      \
X(FOREIGN,	76, "not a file of ours", "当方のファイルではない")	      \
X(SETUP,	78, "configuration, folders or store", "設定・フォルダ・保存の異常")

enum exit_code {
#define EXIT_ENUM(id, code, en, ja) EXIT_##id = code,
	EXIT_LIST(EXIT_ENUM)
#undef EXIT_ENUM
};

enum exit_code	exit_of(enum err);
void		exit_print(FILE *, enum err_lang);

#endif
