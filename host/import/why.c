#include <string.h>

#include "host/import/import.h"

static const struct {
	const char	*why, *text[2];	/* by enum err_lang */
} whys[] = {
	{ "unmatched", { "whose answer it is must be decided first",
	    "どの患者の回答か決まっていません" } },
	{ "not_valid", { "the answer does not say that the coverage is valid",
	    "有効な資格の回答ではありません" } },
	{ "several", { "several insurances: ask the patient",
	    "複数の医療保険が該当しています" } },
	{ "unchanged", { "nothing changed", "変更はありません" } },
	{ "changed", { "the insurance changed", "資格に変更があります" } },
	{ "details", { "the same insurance, with other details",
	    "同じ保険で、内容に変更があります" } },
	{ "first", { "the first insurance of this patient",
	    "この患者の最初の保険です" } },
	{ "newcomer", { "there is no such patient yet",
	    "登録されていない患者です" } },
	{ "unlinked", {
	    "nothing changed; the reference number is not registered",
	    "変更はありません。照会番号が未登録です" } },
	{ "reference_differs", { "the reference number is not the patient's",
	    "照会番号が患者のものと一致しません" } },
	{ "older", { "a later answer of this patient was imported already",
	    "より新しい確認結果が取り込まれています" } },
	{ "other_person", { "birth date or sex are not the patient's",
	    "生年月日または性別が患者と一致しません" } },
};

const char *
import_why_text(const char *why, enum err_lang lang)
{
	for (size_t i = 0; i < sizeof(whys) / sizeof(whys[0]); i++) {
		if (strcmp(whys[i].why, why) == 0)
			return (whys[i].text[lang]);
	}
	return ("");
}
