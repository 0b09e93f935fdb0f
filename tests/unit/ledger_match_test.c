#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/ledger/match.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* The people of features.md 1.14 as a register may hold them. */
static const struct row {
	const char	*name;
	const char	*card, *card_kana, *card_birth;
	enum sex	 card_sex;
	const char	*reg, *reg_kana, *reg_birth;
	enum sex	 reg_sex;
	enum match	 want;
} rows[] = {
	{ "the same", "資格 一郎", "", "19600602", SEX_MALE,
	    "資格 一郎", "", "19600602", SEX_MALE, MATCH_CERTAIN },
	{ "the same, kana on both sides", "資格 一郎", "シカク イチロウ",
	    "19600602", SEX_MALE, "資格 一郎", "ｼｶｸ ｲﾁﾛｳ", "19600602",
	    SEX_MALE, MATCH_CERTAIN },
	{ "髙 on the card", "ききょう 髙子", "", "19510401", SEX_FEMALE,
	    "ききょう 高子", "ｷｷｮｳ ﾀｶｺ", "19510401", SEX_FEMALE,
	    MATCH_CERTAIN },
	{ "髙 in the register", "ききょう 高子", "", "19510401", SEX_FEMALE,
	    "ききょう 髙子", "", "19510401", SEX_FEMALE, MATCH_CERTAIN },
	{ "﨑 and 崎", "資格 﨑子", "", "19510401", SEX_FEMALE,
	    "資格 崎子", "", "19510401", SEX_FEMALE, MATCH_CERTAIN },
	{ "wide blank and none", "資格　一郎", "", "19600602", SEX_MALE,
	    "資格一郎", "", "19600602", SEX_MALE, MATCH_CERTAIN },
	{ "wide blank and narrow", "資格　一郎", "", "19600602", SEX_MALE,
	    " 資格 一郎 ", "", "19600602", SEX_MALE, MATCH_CERTAIN },
	{ "width of letters and kana", "ＳＨＩＫＡＫＵ カネコ", "", "19600602",
	    SEX_MALE, "Shikaku ｶﾈｺ", "", "19600602", SEX_MALE,
	    MATCH_CERTAIN },
	{ "kana: hiragana, small, half width", "扶助 三葉", "ふじょ みつば",
	    "19741201", SEX_MALE, "扶助 三葉", "ﾌｼﾞﾖ ﾐﾂﾊﾞ", "19741201",
	    SEX_MALE, MATCH_CERTAIN },
	{ "kana: long mark as a dash", "資格 七夫", "シカク ナナ－オ",
	    "19401011", SEX_MALE, "資格 七夫", "シカク ナナーオ", "19401011",
	    SEX_MALE, MATCH_CERTAIN },
	{ "last week of Showa", "生保 患者", "", "19890101", SEX_MALE,
	    "生保 患者", "", "19890101", SEX_MALE, MATCH_CERTAIN },
	/* Not sure: a person decides. */
	{ "● in the register", "ききょう 髙子", "", "19510401", SEX_FEMALE,
	    "ききょう ●子", "", "19510401", SEX_FEMALE, MATCH_POSSIBLE },
	{ "● in the register, same kana", "ききょう 髙子", "キキョウ タカコ",
	    "19510401", SEX_FEMALE, "ききょう ●子", "ｷｷｮｳ ﾀｶｺ", "19510401",
	    SEX_FEMALE, MATCH_POSSIBLE },
	{ "● on the card", "ききょう ●子", "", "19510401", SEX_FEMALE,
	    "ききょう 髙子", "", "19510401", SEX_FEMALE, MATCH_POSSIBLE },
	{ "● on both sides", "ききょう ●子", "", "19510401", SEX_FEMALE,
	    "ききょう ●子", "", "19510401", SEX_FEMALE, MATCH_POSSIBLE },
	{ "〓 in the register", "資格 一郎", "", "19600602", SEX_MALE,
	    "資格 〓郎", "", "19600602", SEX_MALE, MATCH_POSSIBLE },
	{ "no sex in the register", "資格 十六郎", "", "19911201", SEX_MALE,
	    "資格 十六郎", "", "19911201", SEX_UNKNOWN, MATCH_POSSIBLE },
	{ "sex not set in the register", "資格 十六郎", "", "19911201",
	    SEX_MALE, "資格 十六郎", "", "19911201", SEX_UNSET,
	    MATCH_POSSIBLE },
	{ "no sex on either side", "資格 十六郎", "", "19911201",
	    SEX_UNKNOWN, "資格 十六郎", "", "19911201", SEX_UNKNOWN,
	    MATCH_POSSIBLE },
	{ "no name in the register", "資格 一郎", "", "19600602", SEX_MALE,
	    "", "", "19600602", SEX_MALE, MATCH_POSSIBLE },
	{ "blanks for a name in the register", "資格 一郎", "", "19600602",
	    SEX_MALE, " 　", "", "19600602", SEX_MALE, MATCH_POSSIBLE },
	{ "no name on the card", "", "", "19600602", SEX_MALE,
	    "資格 一郎", "", "19600602", SEX_MALE, MATCH_POSSIBLE },
	{ "no name, same kana", "資格 一郎", "シカク イチロウ", "19600602",
	    SEX_MALE, "", "ｼｶｸ ｲﾁﾛｳ", "19600602", SEX_MALE,
	    MATCH_POSSIBLE },
	{ "same name, other kana", "資格 一郎", "シカク イチロウ",
	    "19600602", SEX_MALE, "資格 一郎", "シカク カズロウ", "19600602",
	    SEX_MALE, MATCH_POSSIBLE },
	{ "other name, same kana", "資格 五郎", "シカク ゴロウ", "19900101",
	    SEX_MALE, "資格 吾郎", "ｼｶｸ ｺﾞﾛｳ", "19900101", SEX_MALE,
	    MATCH_POSSIBLE },
	/* Someone else. */
	{ "other birth date", "資格 一郎", "", "19600602", SEX_MALE,
	    "資格 一郎", "", "19600603", SEX_MALE, MATCH_NO },
	{ "other sex", "資格 一郎", "", "19600602", SEX_MALE,
	    "資格 一郎", "", "19600602", SEX_FEMALE, MATCH_NO },
	{ "other sex with ●", "ききょう 髙子", "", "19510401", SEX_FEMALE,
	    "ききょう ●子", "", "19510401", SEX_MALE, MATCH_NO },
	{ "other name", "資格 一郎", "", "19600602", SEX_MALE,
	    "システムテスト 一部", "", "19600602", SEX_MALE, MATCH_NO },
	{ "other name, kana on one side", "資格 一郎", "", "19600602",
	    SEX_MALE, "システムテスト 一部", "ｼｶｸ ｲﾁﾛｳ", "19600602", SEX_MALE,
	    MATCH_NO },
	{ "other name and kana", "資格 一郎", "シカク イチロウ", "19600602",
	    SEX_MALE, "資格 五郎", "ｼｶｸ ｺﾞﾛｳ", "19600602", SEX_MALE,
	    MATCH_NO },
	{ "no name, other kana", "資格 一郎", "シカク イチロウ", "19600602",
	    SEX_MALE, "", "ｼｶｸ ｺﾞﾛｳ", "19600602", SEX_MALE, MATCH_NO },
	{ "●, other kana", "ききょう 髙子", "キキョウ タカコ", "19510401",
	    SEX_FEMALE, "ききょう ●子", "ｷｷｮｳ ﾊﾅｺ", "19510401", SEX_FEMALE,
	    MATCH_NO },
	{ "twins", "扶助 七郎", "", "19700725", SEX_MALE,
	    "扶助 九郎", "", "19700725", SEX_MALE, MATCH_NO },
	{ "name within the card's", "資格 十六郎", "", "19911201", SEX_MALE,
	    "資格 十六", "", "19911201", SEX_MALE, MATCH_NO },
	{ "the card's within the name", "資格 三", "", "19900105", SEX_MALE,
	    "資格 三郎", "", "19900105", SEX_MALE, MATCH_NO },
	{ "family and given name swapped", "一郎 資格", "", "19600602",
	    SEX_MALE, "資格 一郎", "", "19600602", SEX_MALE, MATCH_NO },
	{ "voiced and unvoiced kana", "", "タケオ", "19500515", SEX_MALE,
	    "", "ダケオ", "19500515", SEX_MALE, MATCH_NO },
	{ "no birth date on the card", "資格 一郎", "", "", SEX_MALE,
	    "資格 一郎", "", "", SEX_MALE, MATCH_NO },
	{ "a birth date that is none", "資格 一郎", "", "19601332", SEX_MALE,
	    "資格 一郎", "", "19601332", SEX_MALE, MATCH_NO },
	{ "half a birth date", "資格 一郎", "", "1960", SEX_MALE,
	    "資格 一郎", "", "19600602", SEX_MALE, MATCH_NO },
};

static void
set_patient(struct patient *p, const char *chart, const struct row *row)
{
	*p = (struct patient){ .sex = row->reg_sex };
	snprintf(p->chart_number, sizeof(p->chart_number), "%s", chart);
	snprintf(p->name, sizeof(p->name), "%s", row->reg);
	snprintf(p->kana, sizeof(p->kana), "%s", row->reg_kana);
	snprintf(p->birthdate, sizeof(p->birthdate), "%s", row->reg_birth);
}

static void
one_row(void **state)
{
	const struct row *row = *state;
	const struct match_person who = { row->card, row->card_kana,
	    row->card_birth, row->card_sex };
	struct patient p;

	set_patient(&p, "1", row);
	assert_int_equal(match_one(&who, &p), row->want);
}

static void
broken_text_proves_nothing(void **state)
{
	const struct match_person who = { "資格 \xff", "", "19600602",
	    SEX_MALE };
	struct patient p = { .name = "資格 \xff", .birthdate = "19600602",
	    .sex = SEX_MALE };

	(void)state;
	assert_int_not_equal(match_one(&who, &p), MATCH_CERTAIN);
}

/* Searches: chart number, name, kana, sex of everyone born on one day. */
struct reg {
	const char	*chart, *name, *kana;
	enum sex	 sex;
};

static const struct search {
	const char	*name, *card, *birth;
	enum sex	 sex;
	enum err	 want;
	const char	*found, *note;
	struct reg	 regs[8];
} searches[] = {
	{ "find: one", "資格 一郎", "19600602", SEX_MALE, ERR_OK, "13", "",
	    { { "13", "資格 一郎", "", SEX_MALE } } },
	{ "find: twins, the elder", "扶助 七郎", "19700725", SEX_MALE, ERR_OK,
	    "7", "", { { "7", "扶助 七郎", "", SEX_MALE },
	    { "9", "扶助 九郎", "", SEX_MALE } } },
	{ "find: twins, the younger", "扶助　九郎", "19700725", SEX_MALE,
	    ERR_OK, "9", "", { { "7", "扶助 七郎", "", SEX_MALE },
	    { "9", "扶助 九郎", "", SEX_MALE } } },
	{ "find: two of one day, other names", "システムテスト 一部",
	    "19600602", SEX_MALE, ERR_OK, "18", "",
	    { { "13", "資格 一郎", "", SEX_MALE },
	    { "18", "システムテスト 一部", "", SEX_MALE } } },
	{ "find: other sex beside", "資格 一郎", "19600602", SEX_MALE, ERR_OK,
	    "13", "", { { "12", "資格 一郎", "", SEX_FEMALE },
	    { "13", "資格 一郎", "", SEX_MALE } } },
	{ "find: nobody", "資格 一郎", "19600602", SEX_MALE, ERR_NO_MATCH, "",
	    "", { { NULL, NULL, NULL, SEX_UNKNOWN } } },
	{ "find: other names only", "資格 一郎", "19600602", SEX_MALE,
	    ERR_NO_MATCH, "", "", { { "5", "資格 五郎", "", SEX_MALE } } },
	{ "find: other sex only", "資格 一郎", "19600602", SEX_MALE,
	    ERR_NO_MATCH, "", "", { { "5", "資格 一郎", "", SEX_FEMALE } } },
	{ "find: an empty date is not everyone", "資格 一郎", "", SEX_MALE,
	    ERR_NO_MATCH, "", "", { { "13", "資格 一郎", "", SEX_MALE } } },
	{ "find: a date that is none", "資格 一郎", "19601332", SEX_MALE,
	    ERR_NO_MATCH, "", "", { { "13", "資格 一郎", "", SEX_MALE } } },
	{ "find: twice the same", "資格 一郎", "19600602", SEX_MALE,
	    ERR_MANY_MATCH, "", "chart number 13, 20",
	    { { "13", "資格 一郎", "", SEX_MALE },
	    { "20", "資格 一郎", "", SEX_MALE } } },
	{ "find: one that is not certain", "ききょう 髙子", "19510401",
	    SEX_FEMALE, ERR_UNSURE_MATCH, "", "chart number 2",
	    { { "2", "ききょう ●子", "", SEX_FEMALE } } },
	{ "find: certain, and a possible one before", "ききょう 髙子",
	    "19510401", SEX_FEMALE, ERR_MANY_MATCH, "", "chart number 1, 2",
	    { { "1", "ききょう ●子", "", SEX_FEMALE },
	    { "2", "ききょう 高子", "", SEX_FEMALE } } },
	{ "find: certain, and a possible one behind", "ききょう 髙子",
	    "19510401", SEX_FEMALE, ERR_MANY_MATCH, "", "chart number 2, 3",
	    { { "2", "ききょう 高子", "", SEX_FEMALE },
	    { "3", "", "", SEX_FEMALE } } },
	{ "find: unknown sex", "資格 十六郎", "19911201", SEX_MALE,
	    ERR_UNSURE_MATCH, "", "chart number 23",
	    { { "23", "資格 十六郎", "", SEX_UNKNOWN } } },
	{ "find: five are named", "資格 一郎", "19600602", SEX_MALE,
	    ERR_MANY_MATCH, "", "chart number 1, 2, 3, 4, 5",
	    { { "1", "", "", SEX_MALE }, { "2", "", "", SEX_MALE },
	    { "3", "", "", SEX_MALE }, { "4", "", "", SEX_MALE },
	    { "5", "", "", SEX_MALE } } },
	{ "find: more than five are counted", "資格 一郎", "19600602",
	    SEX_MALE, ERR_MANY_MATCH, "",
	    "chart number 1, 2, 3, 4, 5 and 2 more",
	    { { "1", "", "", SEX_MALE }, { "2", "", "", SEX_MALE },
	    { "3", "", "", SEX_MALE }, { "4", "", "", SEX_MALE },
	    { "5", "", "", SEX_MALE }, { "6", "", "", SEX_MALE },
	    { "7", "資格 一郎", "", SEX_MALE } } },
	{ "find: chart numbers of full length",
	    "資格 一郎", "19600602", SEX_MALE, ERR_MANY_MATCH, "",
	    "chart number 0123456789abcdef0123456789abcde0, "
	    "0123456789abcdef0123456789abcde1, "
	    "0123456789abcdef0123456789abcde2, "
	    "0123456789abcdef0123456789abcde3, "
	    "0123456789abcdef0123456789abcde4 and 1 more",
	    { { "0123456789abcdef0123456789abcde0", "", "", SEX_MALE },
	    { "0123456789abcdef0123456789abcde1", "", "", SEX_MALE },
	    { "0123456789abcdef0123456789abcde2", "", "", SEX_MALE },
	    { "0123456789abcdef0123456789abcde3", "", "", SEX_MALE },
	    { "0123456789abcdef0123456789abcde4", "", "", SEX_MALE },
	    { "0123456789abcdef0123456789abcde5", "", "", SEX_MALE } } },
};

static struct store *
open_with(const struct search *row, char dir[64], char path[96])
{
	const char *birth = row->birth[0] == '\0' ? "19600602" : row->birth;
	struct store *s = NULL;
	struct patient p;

	snprintf(dir, 64, "/tmp/match_test.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, 96, "%s/db", dir);
	assert_int_equal(store_open(path, &s, NULL), ERR_OK);
	for (size_t i = 0; i < 8 && row->regs[i].chart != NULL; i++) {
		const struct row r = { .reg = row->regs[i].name,
		    .reg_kana = row->regs[i].kana, .reg_birth = birth,
		    .reg_sex = row->regs[i].sex };

		set_patient(&p, row->regs[i].chart, &r);
		assert_int_equal(patient_put(s, &p), ERR_OK);
	}
	/* Born on another day: never looked at. */
	set_patient(&p, "99", &(struct row){ .reg = row->card,
	    .reg_kana = "", .reg_birth = "20000229", .reg_sex = row->sex });
	assert_int_equal(patient_put(s, &p), ERR_OK);
	return (s);
}

static void
find_row(void **state)
{
	const struct search *row = *state;
	const struct match_person who = { row->card, "", row->birth,
	    row->sex };
	struct patient found = { .chart_number = "old", .name = "old" };
	struct note note = { "" };
	char dir[64], path[96];
	struct store *s = open_with(row, dir, path);

	assert_int_equal(match_find(s, &who, &found, &note), row->want);
	assert_string_equal(found.chart_number, row->found);
	if (row->want != ERR_OK)
		assert_string_equal(found.name, "");
	assert_string_equal(note.text, row->note);
	store_close(&s);
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(searches) + 1] = {
		cmocka_unit_test(broken_text_proves_nothing),
	};
	size_t n = 1;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = one_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(searches); i++)
		tests[n++] = (struct CMUnitTest){ .name = searches[i].name,
		    .test_func = find_row,
		    .initial_state = (void *)(uintptr_t)&searches[i] };
	return (cmocka_run_group_tests_name("ledger_match", tests, NULL,
	    NULL));
}
