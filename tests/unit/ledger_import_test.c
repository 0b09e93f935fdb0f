#include <sys/wait.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "host/ledger/patient.h"
#include "host/ledger/value.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define DATA	TEST_DATA "/import/"

/* Cells. */

#define TEN	"一二三四五六七八九十"
#define HUNDRED	TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct cell {
	const char	*name;
	enum column	 column;
	const char	*cell;
	enum err	 want;
	const char	*stored, *why;
} cells[] = {
	{ "chart: digits", COL_CHART_NUMBER, "00021", ERR_OK, "00021", "" },
	{ "chart: trimmed", COL_CHART_NUMBER, " 13　", ERR_OK, "13", "" },
	{ "chart: letters and signs", COL_CHART_NUMBER, "A-1/2 x", ERR_OK,
	    "A-1/2 x", "" },
	{ "chart: a formula is text", COL_CHART_NUMBER, "=1+1", ERR_OK,
	    "=1+1", "" },
	{ "chart: 32 characters", COL_CHART_NUMBER,
	    "01234567890123456789012345678901", ERR_OK,
	    "01234567890123456789012345678901", "" },
	{ "chart: 33 characters", COL_CHART_NUMBER,
	    "012345678901234567890123456789012", ERR_ROW, "", "is too long" },
	{ "chart: missing", COL_CHART_NUMBER, "", ERR_ROW, "", "is missing" },
	{ "chart: blanks", COL_CHART_NUMBER, " 　", ERR_ROW, "",
	    "is missing" },
	{ "chart: 0", COL_CHART_NUMBER, "0", ERR_ROW, "",
	    "0 is not a patient's number" },
	{ "chart: 000", COL_CHART_NUMBER, " 000", ERR_ROW, "",
	    "0 is not a patient's number" },
	{ "chart: full width", COL_CHART_NUMBER, "１３", ERR_ROW, "",
	    "must be printable ASCII" },
	{ "chart: kanji", COL_CHART_NUMBER, "資格", ERR_ROW, "",
	    "must be printable ASCII" },
	{ "chart: a tab", COL_CHART_NUMBER, "1\t3", ERR_ROW, "",
	    "holds a control character" },
	{ "name: as it stands", COL_NAME, " 資格　髙子 ", ERR_OK,
	    " 資格　髙子 ", "" },
	{ "name: none", COL_NAME, "", ERR_OK, "", "" },
	{ "name: a formula is text", COL_NAME, "=cmd|' /C x'!A0", ERR_OK,
	    "=cmd|' /C x'!A0", "" },
	{ "name: 100 characters", COL_NAME, HUNDRED, ERR_OK, HUNDRED, "" },
	{ "name: 101 characters", COL_NAME, HUNDRED "一", ERR_ROW, "",
	    "is too long" },
	{ "name: 76 characters of 4 bytes", COL_NAME, "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷"
	    "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷",
	    ERR_ROW, "", "is too long" },
	{ "name: a line break", COL_NAME, "資格\n一郎", ERR_ROW, "",
	    "holds a control character" },
	{ "name: an escape", COL_NAME, "\x1b[2J", ERR_ROW, "",
	    "holds a control character" },
	{ "name: DEL", COL_NAME, "資格\x7f", ERR_ROW, "",
	    "holds a control character" },
	{ "name: a C1 control", COL_NAME, "資格\xc2\x9b", ERR_ROW, "",
	    "holds a control character" },
	{ "name: no-break space is no control", COL_NAME, "資\xc2\xa0格",
	    ERR_OK, "資\xc2\xa0格", "" },
	{ "kana: as it stands", COL_KANA, "ｼｶｸ ｺﾞﾛｳ", ERR_OK, "ｼｶｸ ｺﾞﾛｳ", "" },
	{ "kana: hiragana stays", COL_KANA, "しかく", ERR_OK, "しかく", "" },
	{ "kana: 101 characters", COL_KANA, HUNDRED "ア", ERR_ROW, "",
	    "is too long" },
	{ "sex: 1", COL_SEX, "1", ERR_OK, "1", "" },
	{ "sex: 2", COL_SEX, "2", ERR_OK, "2", "" },
	{ "sex: 3", COL_SEX, "3", ERR_OK, "3", "" },
	{ "sex: M", COL_SEX, "M", ERR_OK, "1", "" },
	{ "sex: F, full width", COL_SEX, "Ｆ", ERR_OK, "2", "" },
	{ "sex: 男", COL_SEX, "男", ERR_OK, "1", "" },
	{ "sex: 女 with blanks", COL_SEX, " 女　", ERR_OK, "2", "" },
	{ "sex: blank", COL_SEX, "", ERR_OK, "0", "" },
	{ "sex: 0", COL_SEX, "0", ERR_ROW, "9",
	    "must be 1, 2, 3, M, F, 男, 女 or blank" },
	{ "sex: 4", COL_SEX, "4", ERR_ROW, "9",
	    "must be 1, 2, 3, M, F, 男, 女 or blank" },
	{ "sex: 男女", COL_SEX, "男女", ERR_ROW, "9",
	    "must be 1, 2, 3, M, F, 男, 女 or blank" },
	{ "date: digits", COL_BIRTHDATE, "19600602", ERR_OK, "19600602", "" },
	{ "date: full width", COL_BIRTHDATE, "１９６００６０２", ERR_OK,
	    "19600602", "" },
	{ "date: hyphens", COL_BIRTHDATE, "1960-06-02", ERR_OK, "19600602",
	    "" },
	{ "date: slashes", COL_BIRTHDATE, "1960/6/2", ERR_OK, "19600602",
	    "" },
	{ "date: slashes and blanks", COL_BIRTHDATE, " 1960/ 6/ 2 ", ERR_OK,
	    "19600602", "" },
	{ "date: 29 February", COL_BIRTHDATE, "2000-02-29", ERR_OK,
	    "20000229", "" },
	{ "date: 昭和", COL_BIRTHDATE, "昭和35年6月2日", ERR_OK, "19600602",
	    "" },
	{ "date: ㍼ full width", COL_BIRTHDATE, "㍼３５年６月２日", ERR_OK,
	    "19600602", "" },
	{ "date: S with dots", COL_BIRTHDATE, "S35.6.2", ERR_OK, "19600602",
	    "" },
	{ "date: S with dots and blanks", COL_BIRTHDATE, "S35. 6. 2", ERR_OK,
	    "19600602", "" },
	{ "date: H with blanks", COL_BIRTHDATE, "H 2. 1. 5", ERR_OK,
	    "19900105", "" },
	{ "date: s small", COL_BIRTHDATE, "s35.06.02", ERR_OK, "19600602",
	    "" },
	{ "date: first day of 令和", COL_BIRTHDATE, "令和元年5月1日", ERR_OK,
	    "20190501", "" },
	{ "date: 令和1年", COL_BIRTHDATE, "令和1年5月1日", ERR_OK, "20190501",
	    "" },
	{ "date: last day of 平成", COL_BIRTHDATE, "平成31年4月30日", ERR_OK,
	    "20190430", "" },
	{ "date: first day of 平成", COL_BIRTHDATE, "平成元年1月8日", ERR_OK,
	    "19890108", "" },
	{ "date: 昭和64年", COL_BIRTHDATE, "昭和64年1月1日", ERR_OK,
	    "19890101", "" },
	{ "date: last day of 昭和", COL_BIRTHDATE, "昭和64年1月7日", ERR_OK,
	    "19890107", "" },
	{ "date: first day of 昭和", COL_BIRTHDATE, "昭和元年12月25日", ERR_OK,
	    "19261225", "" },
	{ "date: last day of 大正", COL_BIRTHDATE, "T15.12.24", ERR_OK,
	    "19261224", "" },
	{ "date: 明治", COL_BIRTHDATE, "明治45年7月29日", ERR_OK, "19120729",
	    "" },
	{ "date: missing", COL_BIRTHDATE, "", ERR_ROW, "", "is missing" },
	{ "date: blanks", COL_BIRTHDATE, " 　", ERR_ROW, "", "is missing" },
	{ "date: month 13", COL_BIRTHDATE, "19991332", ERR_ROW, "",
	    "19991332 is not a date" },
	{ "date: 30 February", COL_BIRTHDATE, "2000/2/30", ERR_ROW, "",
	    "2000/2/30 is not a date" },
	{ "date: 29 February of no leap year", COL_BIRTHDATE, "1900-02-29",
	    ERR_ROW, "", "1900-02-29 is not a date" },
	{ "date: month 0", COL_BIRTHDATE, "1960/0/2", ERR_ROW, "",
	    "1960/0/2 is not a date" },
	{ "date: zeros", COL_BIRTHDATE, "00000000", ERR_ROW, "",
	    "00000000 is not a date" },
	{ "date: open end", COL_BIRTHDATE, "99999999", ERR_ROW, "",
	    "99999999 is not a date" },
	{ "date: 7 digits", COL_BIRTHDATE, "3350602", ERR_ROW, "",
	    "3350602 is not a date" },
	{ "date: 8 days behind 昭和", COL_BIRTHDATE, "昭和64年1月8日", ERR_ROW,
	    "", "昭和64年1月8日 is not in its era" },
	{ "date: 昭和65年", COL_BIRTHDATE, "昭和65年1月1日", ERR_ROW, "",
	    "昭和65年1月1日 is not in its era" },
	{ "date: a day before 平成", COL_BIRTHDATE, "平成元年1月7日", ERR_ROW,
	    "", "平成元年1月7日 is not in its era" },
	{ "date: a day before 令和", COL_BIRTHDATE, "令和元年4月30日", ERR_ROW,
	    "", "令和元年4月30日 is not in its era" },
	{ "date: a day behind 平成", COL_BIRTHDATE, "H31.5.1", ERR_ROW, "",
	    "H31.5.1 is not in its era" },
	{ "date: before the Gregorian calendar", COL_BIRTHDATE,
	    "明治5年12月31日", ERR_ROW, "",
	    "明治5年12月31日 is not in its era" },
	{ "date: year 0 of an era", COL_BIRTHDATE, "S0.6.2", ERR_ROW, "",
	    "S0.6.2 is not a date" },
	{ "date: 昭和 without year", COL_BIRTHDATE, "昭和年6月2日", ERR_ROW,
	    "", "昭和年6月2日 is not a date" },
	{ "date: without day", COL_BIRTHDATE, "昭和35年6月", ERR_ROW, "",
	    "昭和35年6月 is not a date" },
	{ "date: without 日", COL_BIRTHDATE, "昭和35年6月2", ERR_ROW, "",
	    "昭和35年6月2 is not a date" },
	{ "date: mixed signs", COL_BIRTHDATE, "1960/6-2", ERR_ROW, "",
	    "1960/6-2 is not a date" },
	{ "date: something behind", COL_BIRTHDATE, "1960/6/2/", ERR_ROW, "",
	    "1960/6/2/ is not a date" },
	{ "date: two digits of a year", COL_BIRTHDATE, "60/6/2", ERR_ROW, "",
	    "60/6/2 is not a date" },
	{ "date: three digits of a month", COL_BIRTHDATE, "1960/006/2",
	    ERR_ROW, "", "1960/006/2 is not a date" },
	{ "date: a blank in a number", COL_BIRTHDATE, "196 00602", ERR_ROW,
	    "", "196 00602 is not a date" },
	{ "date: a wide blank in a number", COL_BIRTHDATE,
	    "Ｓ３　５.６.２", ERR_ROW, "", "Ｓ３　５.６.２ is not a date" },
	{ "date: in the future", COL_BIRTHDATE, "2999-12-31", ERR_ROW, "",
	    "2999-12-31 is in the future" },
	{ "date: 令和 in the future", COL_BIRTHDATE, "令和99年1月1日", ERR_ROW,
	    "", "令和99年1月1日 is in the future" },
	{ "date: a name is not repeated", COL_BIRTHDATE, "資格 一郎", ERR_ROW,
	    "", "is not a date" },
	{ "date: a long number is not repeated", COL_BIRTHDATE,
	    "123456789012", ERR_ROW, "", "is not a date" },
	{ "date: nor one with signs", COL_BIRTHDATE, "1234-5678-9012",
	    ERR_ROW, "", "is not a date" },
	{ "insurer: 8 digits", COL_INSURER_NUMBER, "06140248", ERR_OK,
	    "06140248", "" },
	{ "insurer: 6 digits, blanks in front", COL_INSURER_NUMBER,
	    "  139980", ERR_OK, "139980", "" },
	{ "insurer: full width", COL_INSURER_NUMBER, "０６１４０２４８ ",
	    ERR_OK, "06140248", "" },
	{ "insurer: none", COL_INSURER_NUMBER, "", ERR_OK, "", "" },
	{ "insurer: wrong check digit", COL_INSURER_NUMBER, "172010", ERR_OK,
	    "172010", "the check digit does not agree" },
	{ "insurer: 8 digits, wrong check digit", COL_INSURER_NUMBER,
	    "12130000", ERR_OK, "12130000",
	    "the check digit does not agree" },
	{ "insurer: 5 digits", COL_INSURER_NUMBER, "39980", ERR_ROW, "",
	    "must be 6 or 8 digits" },
	{ "insurer: 7 digits", COL_INSURER_NUMBER, "0139980", ERR_ROW, "",
	    "must be 6 or 8 digits" },
	{ "insurer: 9 digits", COL_INSURER_NUMBER, "000139980", ERR_ROW, "",
	    "must be 6 or 8 digits" },
	{ "insurer: a letter", COL_INSURER_NUMBER, "13998O", ERR_ROW, "",
	    "must be 6 or 8 digits" },
	{ "insurer: a sign", COL_INSURER_NUMBER, "+13998", ERR_ROW, "",
	    "must be 6 or 8 digits" },
	{ "symbol: as it stands", COL_INSURED_CARD_SYMBOL, "葛う１０ ", ERR_OK,
	    "葛う１０ ", "" },
	{ "symbol: 20 characters", COL_INSURED_CARD_SYMBOL, TEN TEN, ERR_OK,
	    TEN TEN, "" },
	{ "symbol: 21 characters", COL_INSURED_CARD_SYMBOL, TEN TEN "一",
	    ERR_ROW, "", "is too long" },
	{ "number: zeros stay", COL_INSURED_IDENTIFICATION_NUMBER, "00000000",
	    ERR_OK, "00000000", "" },
	{ "number: 21 characters", COL_INSURED_IDENTIFICATION_NUMBER,
	    "012345678901234567890", ERR_ROW, "", "is too long" },
	{ "number: a line break", COL_INSURED_IDENTIFICATION_NUMBER,
	    "1\r2", ERR_ROW, "", "holds a control character" },
	{ "post: a hyphen", COL_POST_NUMBER, "100-0014", ERR_OK, "100-0014",
	    "" },
	{ "post: none", COL_POST_NUMBER, "1000014", ERR_OK, "100-0014", "" },
	{ "post: full width", COL_POST_NUMBER, "１００－００１４", ERR_OK,
	    "100-0014", "" },
	{ "post: blank", COL_POST_NUMBER, "", ERR_OK, "", "" },
	{ "post: six digits", COL_POST_NUMBER, "100-001", ERR_ROW, "",
	    "must be 7 digits, 100-0014 or 1000014" },
	{ "post: eight digits", COL_POST_NUMBER, "10000145", ERR_ROW, "",
	    "must be 7 digits, 100-0014 or 1000014" },
	{ "post: a hyphen elsewhere", COL_POST_NUMBER, "1000-014", ERR_ROW,
	    "", "must be 7 digits, 100-0014 or 1000014" },
	{ "post: a mark", COL_POST_NUMBER, "〒100-0014", ERR_ROW, "",
	    "must be 7 digits, 100-0014 or 1000014" },
	{ "post: long", COL_POST_NUMBER, "100-00141000014100001410", ERR_ROW,
	    "", "must be 7 digits, 100-0014 or 1000014" },
	{ "address: as it stands", COL_ADDRESS, " 東京都港区新橋２－９１－９９９",
	    ERR_OK, " 東京都港区新橋２－９１－９９９", "" },
	{ "address: 200 characters", COL_ADDRESS, HUNDRED HUNDRED, ERR_OK,
	    HUNDRED HUNDRED, "" },
	{ "address: 201 characters", COL_ADDRESS, HUNDRED HUNDRED "一",
	    ERR_ROW, "", "is too long" },
	{ "address: a line break", COL_ADDRESS, "東京都\n港区", ERR_ROW, "",
	    "holds a control character" },
	{ "confirmed: a day", COL_CONFIRMED_ON, "令和6年12月1日", ERR_OK,
	    "20241201", "" },
	{ "confirmed: blank", COL_CONFIRMED_ON, "", ERR_OK, "", "" },
	{ "confirmed: no day", COL_CONFIRMED_ON, "2024/2/30", ERR_ROW, "",
	    "2024/2/30 is not a date" },
	{ "branch: 01", COL_INSURED_BRANCH_NUMBER, "01", ERR_OK, "01", "" },
	{ "branch: full width", COL_INSURED_BRANCH_NUMBER, "０２", ERR_OK,
	    "02", "" },
	{ "branch: none", COL_INSURED_BRANCH_NUMBER, " ", ERR_OK, "", "" },
	{ "branch: one digit", COL_INSURED_BRANCH_NUMBER, "1", ERR_OK, "01",
	    "a leading 0 was added" },
	{ "branch: 00", COL_INSURED_BRANCH_NUMBER, "00", ERR_ROW, "",
	    "must be 01 to 99 or blank" },
	{ "branch: 0", COL_INSURED_BRANCH_NUMBER, "0", ERR_ROW, "",
	    "must be 01 to 99 or blank" },
	{ "branch: 3 digits", COL_INSURED_BRANCH_NUMBER, "001", ERR_ROW, "",
	    "must be 01 to 99 or blank" },
	{ "branch: a letter", COL_INSURED_BRANCH_NUMBER, "A1", ERR_ROW, "",
	    "must be 01 to 99 or blank" },
	{ "reference: trimmed", COL_REFERENCE_NUMBER, " A1_1510110016 ",
	    ERR_OK, "A1_1510110016", "" },
	{ "reference: 51 characters", COL_REFERENCE_NUMBER,
	    "012345678901234567890123456789012345678901234567890", ERR_ROW,
	    "", "is too long" },
	{ "reference: full width", COL_REFERENCE_NUMBER, "１", ERR_ROW, "",
	    "must be printable ASCII" },
};

static void
cell_row(void **state)
{
	const struct cell *row = *state;
	struct patient p = { .sex = (enum sex)9 };
	struct blob why = { 0 };
	char sex[4];

	assert_int_equal(blob_add_str(&why, "old"), ERR_OK);
	assert_int_equal(value_read(&p, row->column, row->cell, &why),
	    row->want);
	snprintf(sex, sizeof(sex), "%d", (int)p.sex);
	assert_string_equal(row->column == COL_SEX ? sex :
	    column_get(&p, row->column), row->stored);
	assert_string_equal(blob_str(&why), row->why);
	blob_free(&why);
}

/* Whole files. */

static char dir[64], path[96], file[96];

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/import_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/db", dir);
	snprintf(file, sizeof(file), "%s/patients.csv", dir);
	return (0);
}

static int
tear_down(void **state)
{
	char name[512];
	struct dirent *e;
	DIR *d = opendir(dir);

	(void)state;
	if (d == NULL)
		return (-1);
	while ((e = readdir(d)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", dir, e->d_name);
		unlink(name);
	}
	closedir(d);
	return (rmdir(dir));
}

static void
write_text(const char *text)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static struct store *
open_store(void)
{
	struct store *s = NULL;

	assert_int_equal(store_open(path, &s, NULL), ERR_OK);
	return (s);
}

static enum err
count_one(void *ctx, const struct patient *p)
{
	(void)p;
	++*(size_t *)ctx;
	return (ERR_OK);
}

static size_t
count(struct store *s)
{
	size_t n = 0;

	assert_int_equal(patient_list(s, "", count_one, &n), ERR_OK);
	return (n);
}

static void
assert_report(const struct import_report *got, struct import_report want)
{
	assert_int_equal(got->rows, want.rows);
	assert_int_equal(got->added, want.added);
	assert_int_equal(got->changed, want.changed);
	assert_int_equal(got->same, want.same);
	assert_int_equal(got->refused, want.refused);
	assert_int_equal(got->warned, want.warned);
}

static const struct whole {
	const char	*name, *text;
	enum err	 want;
	const char	*note;
	size_t		 added;
} wholes[] = {
	{ "file: code words", "chart_number,birthdate\n13,19600602\n", ERR_OK,
	    "", 1 },
	{ "file: headings in another order and width",
	    "生年月日, ｶﾅ氏名 ,カルテ番号\n19600602,,13\n", ERR_OK, "", 1 },
	{ "file: capitals", "Chart_Number,BIRTHDATE\n13,19600602\n", ERR_OK,
	    "", 1 },
	{ "file: headings only", "chart_number,birthdate\n", ERR_OK, "", 0 },
	{ "file: every other term",
	    "患者番号,患者氏名,フリガナ,性別,生年月日,保険者番号,"
	    "被保険者証記号,被保険者番号,枝番,照会番号,郵便番号,住所,"
	    "保険証確認日\n13,,,,19600602,,,,,,,,\n", ERR_OK, "", 1 },
	{ "file: empty", "", ERR_CSV, "the first line must name the "
	    "columns: chart_number, birthdate ...", 0 },
	{ "file: a patient in the first line", "13,資格 一郎,19600602\n",
	    ERR_CSV, "the first line must name the columns: "
	    "chart_number, birthdate ...", 0 },
	{ "file: unknown headings",
	    "chart_number,電話番号,birthdate,世帯主\n13,,19600602,\n",
	    ERR_CSV, "unknown heading: \"電話番号\", \"世帯主\"", 0 },
	{ "file: a heading too many and blank",
	    "chart_number,birthdate,\n13,19600602,\n", ERR_CSV,
	    "unknown heading: column 3", 0 },
	{ "file: five unknown headings are named",
	    "chart_number,birthdate,a,b,c,d,e,f\n", ERR_CSV,
	    "unknown heading: \"a\", \"b\", \"c\", \"d\", \"e\"", 0 },
	{ "file: a heading of 61 bytes is told by its column",
	    "chart_number,birthdate,0123456789012345678901234567890123456789"
	    "012345678901234567890\n", ERR_CSV,
	    "unknown heading: column 3", 0 },
	{ "file: no chart number", "name,birthdate\nx,19600602\n", ERR_CSV,
	    "heading chart_number (カルテ番号) is missing", 0 },
	{ "file: no birth date", "chart_number,name\n13,x\n", ERR_CSV,
	    "heading birthdate (生年月日) is missing", 0 },
	{ "file: a heading twice",
	    "chart_number,birthdate,患者番号\n13,19600602,13\n", ERR_CSV,
	    "heading chart_number comes twice", 0 },
	{ "file: semicolons", "chart_number;birthdate\n13;19600602\n",
	    ERR_CSV, "the first line must name the columns: "
	    "chart_number, birthdate ...", 0 },
	{ "file: a quote is never closed",
	    "chart_number,birthdate\n13,19600602\n14,\"19900101\n",
	    ERR_CSV, "line 3: a quote that is never closed", 0 },
	{ "file: neither UTF-8 nor CP932",
	    "chart_number,birthdate\n13,\xfd\xff\n", ERR_CHARSET,
	    "line 2: neither UTF-8 nor Shift_JIS", 0 },
	{ "file: one refused of two",
	    "chart_number,birthdate\n13,19600602\n14,x\n", ERR_ROW,
	    "1 of 2 rows refused, nothing imported", 0 },
	{ "file: a chart number twice",
	    "chart_number,birthdate\n13,19600602\n14,19900101\n 13,19600602\n",
	    ERR_ROW, "2 of 3 rows refused, nothing imported", 0 },
	{ "file: thrice, one refused by itself",
	    "chart_number,birthdate\n13,19600602\n13,x\n13,19600602\n",
	    ERR_ROW, "3 of 3 rows refused, nothing imported", 0 },
};

static void
whole_row(void **state)
{
	const struct whole *row = *state;
	struct import_report n = { 9, 9, 9, 9, 9, 9 };
	struct note note = { "" };
	struct store *s = open_store();

	write_text(row->text);
	assert_int_equal(patient_import(s, file, 0, NULL, &n, &note),
	    row->want);
	assert_string_equal(note.text, row->note);
	assert_int_equal(n.added, row->added);
	assert_int_equal(n.changed + n.same, 0);
	assert_int_equal(count(s), row->added);
	store_close(&s);
}

static void
assert_text(struct store *s, const char *chart, enum column c,
    const char *want)
{
	struct patient p;

	assert_int_equal(patient_get(s, chart, &p), ERR_OK);
	assert_string_equal(column_get(&p, c), want);
}

static void
assert_clinic(struct store *s)
{
	assert_int_equal(count(s), 9);
	assert_text(s, "2", COL_NAME, "ききょう 髙子");
	assert_text(s, "2", COL_BIRTHDATE, "19510401");
	assert_text(s, "13", COL_NAME, "資格　一郎");
	assert_text(s, "13", COL_KANA, "ｼｶｸ ｲﾁﾛｳ");
	assert_text(s, "13", COL_INSURER_NUMBER, "139980");
	assert_text(s, "13", COL_INSURED_CARD_SYMBOL, "葛う10");
	assert_text(s, "00021", COL_INSURER_NUMBER, "06140248");
	assert_text(s, "00021", COL_INSURED_BRANCH_NUMBER, "01");
	assert_text(s, "4", COL_BIRTHDATE, "19890101");
	assert_text(s, "8", COL_INSURED_IDENTIFICATION_NUMBER, "00000000");
}

/* The same people in both encodings: the second time nothing is new. */
static void
encodings_mean_the_same(void **state)
{
	struct import_report n;
	struct store *s = open_store();

	(void)state;
	assert_int_equal(patient_import(s, DATA "clinic_cp932.csv", 0, NULL,
	    &n, NULL), ERR_OK);
	assert_report(&n, (struct import_report){ .rows = 9, .added = 9,
	    .warned = 5 });
	assert_clinic(s);
	assert_int_equal(patient_import(s, DATA "clinic_utf8.csv", 0, NULL,
	    &n, NULL), ERR_OK);
	assert_report(&n, (struct import_report){ .rows = 9, .same = 9,
	    .warned = 5 });
	assert_clinic(s);
	store_close(&s);
}

static void
absent_columns_stay(void **state)
{
	struct import_report n;
	struct store *s = open_store();

	(void)state;
	assert_int_equal(patient_import(s, DATA "clinic_utf8.csv", 0, NULL,
	    &n, NULL), ERR_OK);
	assert_int_equal(patient_import(s, DATA "words_utf8.csv", 0, NULL,
	    &n, NULL), ERR_OK);
	assert_report(&n, (struct import_report){ .rows = 2, .changed = 1,
	    .same = 1 });
	assert_text(s, "13", COL_NAME, "資格 一郎");
	assert_text(s, "13", COL_REFERENCE_NUMBER, "00010");
	assert_text(s, "13", COL_INSURED_BRANCH_NUMBER, "01");
	store_close(&s);
}

static void
blank_cells_of_a_column_replace(void **state)
{
	struct import_report n;
	struct store *s = open_store();

	(void)state;
	assert_int_equal(patient_import(s, DATA "clinic_utf8.csv", 0, NULL,
	    &n, NULL), ERR_OK);
	write_text("chart_number,birthdate,枝番\n13,19600602,\n");
	assert_int_equal(patient_import(s, file, 0, NULL, &n, NULL), ERR_OK);
	assert_report(&n, (struct import_report){ .rows = 1, .changed = 1 });
	assert_text(s, "13", COL_INSURED_BRANCH_NUMBER, "");
	assert_text(s, "13", COL_NAME, "資格　一郎");
	store_close(&s);
}

/* The number was registered at a visit: the clinic's list never knew it. */
static void
registered_reference_survives_the_same_file(void **state)
{
	struct import_report n;
	struct store *s = open_store();

	(void)state;
	write_text("chart_number,birthdate,照会番号\n13,19600602,\n");
	assert_int_equal(patient_import(s, file, 0, NULL, &n, NULL), ERR_OK);
	assert_int_equal(patient_set_reference(s, "13", "13"), ERR_OK);
	assert_int_equal(patient_import(s, file, 0, NULL, &n, NULL), ERR_OK);
	assert_report(&n, (struct import_report){ .rows = 1, .same = 1 });
	assert_text(s, "13", COL_REFERENCE_NUMBER, "13");
	write_text("chart_number,birthdate,照会番号\n13,19600602,14\n");
	assert_int_equal(patient_import(s, file, 0, NULL, &n, NULL), ERR_OK);
	assert_text(s, "13", COL_REFERENCE_NUMBER, "14");
	store_close(&s);
}

static void
import_with_report(struct store *s, const char *csv, int skip, enum err want,
    struct import_report *n, struct blob *text)
{
	char name[96];
	FILE *f;

	snprintf(name, sizeof(name), "%s/report", dir);
	assert_non_null(f = fopen(name, "w"));
	assert_int_equal(patient_import(s, csv, skip, f, n, NULL), want);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(blob_read_file(text, name, BLOB_MAX), ERR_OK);
}

static void
import_refused(struct store *s, int skip, struct import_report *n)
{
	struct blob text = { 0 }, expected = { 0 };

	import_with_report(s, DATA "refused.csv", skip, ERR_ROW, n, &text);
	assert_int_equal(blob_read_file(&expected, DATA "refused.report",
	    BLOB_MAX), ERR_OK);
	assert_string_equal(blob_str(&text), blob_str(&expected));
	blob_free(&text);
	blob_free(&expected);
}

/* A chart number that is known already: the same person, or another one? */

#define OTHER(fields) "line 2: chart_number: belongs to another person: " \
	fields " differ (correct it, or use another chart number)\n"

#define HEAD	"chart_number,birthdate,sex,name"

static const struct again {
	const char	*name, *stored, *row;	/* files, headings included */
	const char	*report;		/* "" when accepted */
	struct patient	 want;
} agains[] = {
	{ "again: name and birth date differ",
	    HEAD "\n13,19600602,1,資格　一郎\n",
	    HEAD "\n13,19900101,1,扶助　九郎\n",
	    OTHER("name and birthdate"), { .name = "資格　一郎",
	    .birthdate = "19600602", .sex = SEX_MALE } },
	{ "again: name and sex differ",
	    HEAD "\n13,19600602,1,資格　一郎\n",
	    HEAD "\n13,19600602,2,資格　花子\n",
	    OTHER("name and sex"), { .name = "資格　一郎",
	    .birthdate = "19600602", .sex = SEX_MALE } },
	{ "again: name, birth date and sex differ",
	    HEAD "\n13,19600602,1,資格　一郎\n",
	    HEAD "\n13,19900101,2,資格　花子\n",
	    OTHER("name, birthdate and sex"), { .name = "資格　一郎",
	    .birthdate = "19600602", .sex = SEX_MALE } },
	{ "again: the same kana do not save it",
	    HEAD ",kana\n13,19600602,1,資格　一郎,ｼｶｸ ｲﾁﾛｳ\n",
	    HEAD ",kana\n13,19600603,1,資格　市郎,ｼｶｸ ｲﾁﾛｳ\n",
	    OTHER("name and birthdate"), { .name = "資格　一郎",
	    .kana = "ｼｶｸ ｲﾁﾛｳ", .birthdate = "19600602", .sex = SEX_MALE } },
	{ "again: kana speak where no name does",
	    "chart_number,birthdate,kana\n13,19600602,ｼｶｸ ｲﾁﾛｳ\n",
	    "chart_number,birthdate,kana\n13,19900101,ﾌｼﾞｮ ｸﾛｳ\n",
	    OTHER("kana and birthdate"), { .kana = "ｼｶｸ ｲﾁﾛｳ",
	    .birthdate = "19600602" } },
	{ "again: an unknown sex does not differ",
	    HEAD "\n13,19600602,1,資格　花子\n",
	    HEAD "\n13,19600602,,扶助　花子\n",
	    "", { .name = "扶助　花子", .birthdate = "19600602" } },
	{ "again: sex 3 does not differ",
	    HEAD "\n13,19600602,3,資格　花子\n",
	    HEAD "\n13,19600602,2,扶助　花子\n",
	    "", { .name = "扶助　花子", .birthdate = "19600602",
	    .sex = SEX_FEMALE } },
	{ "again: only the birth date is corrected",
	    HEAD ",kana\n13,19600602,1,資格　髙一,ｼｶｸ ｺｳｲﾁ\n",
	    HEAD "\n13,19600603,1,資格 高一\n",
	    "", { .name = "資格 高一", .kana = "ｼｶｸ ｺｳｲﾁ",
	    .birthdate = "19600603", .sex = SEX_MALE } },
	{ "again: kana and birth date are corrected, the name stays",
	    HEAD ",kana\n13,19600602,1,資格　高一,ｼｶｸ ﾀｶｶｽﾞ\n",
	    HEAD ",kana\n13,19600603,1,資格　高一,ｼｶｸ ｺｳｲﾁ\n",
	    "", { .name = "資格　高一", .kana = "ｼｶｸ ｺｳｲﾁ",
	    .birthdate = "19600603", .sex = SEX_MALE } },
	{ "again: only the sex is corrected",
	    HEAD "\n13,19600602,1,資格　薫\n",
	    HEAD "\n13,19600602,2,資格　薫\n",
	    "", { .name = "資格　薫", .birthdate = "19600602",
	    .sex = SEX_FEMALE } },
	{ "again: no column of names says nothing",
	    HEAD "\n13,19600602,1,資格　一郎\n",
	    "chart_number,birthdate\n13,19600603\n",
	    "", { .name = "資格　一郎", .birthdate = "19600603",
	    .sex = SEX_MALE } },
	{ "again: a replacement mark says nothing",
	    HEAD "\n13,19600602,1,資格　●郎\n",
	    HEAD "\n13,19600603,1,資格　一郎\n",
	    "", { .name = "資格　一郎", .birthdate = "19600603",
	    .sex = SEX_MALE } },
	{ "again: marriage, old kana and insurance",
	    HEAD ",kana,insurer_number,insured_card_symbol\n"
	    "13,19600602,2,資格　花子,ｼｶｸ ﾊﾅｺ,139980,葛う10\n",
	    HEAD "\n13,19600602,2,扶助　花子\n",
	    "", { .name = "扶助　花子", .birthdate = "19600602",
	    .sex = SEX_FEMALE, .insurer_number = "139980",
	    .insured_card_symbol = "葛う10" } },
	{ "again: marriage, blank insurance cells",
	    HEAD ",insurer_number,insured_card_symbol\n"
	    "13,19600602,2,資格　花子,139980,葛う10\n",
	    HEAD ",insured_card_symbol\n13,19600602,2,扶助　花子,\n",
	    "", { .name = "扶助　花子", .birthdate = "19600602",
	    .sex = SEX_FEMALE, .insurer_number = "139980" } },
	{ "again: marriage with kana",
	    HEAD ",kana\n13,19600602,2,資格　花子,ｼｶｸ ﾊﾅｺ\n",
	    HEAD ",kana\n13,19600602,2,扶助　花子,ﾌｼﾞｮ ﾊﾅｺ\n",
	    "", { .name = "扶助　花子", .kana = "ﾌｼﾞｮ ﾊﾅｺ",
	    .birthdate = "19600602", .sex = SEX_FEMALE } },
	{ "again: marriage with a blank kana",
	    HEAD ",kana\n13,19600602,2,資格　花子,ｼｶｸ ﾊﾅｺ\n",
	    HEAD ",kana\n13,19600602,2,扶助　花子,\n",
	    "", { .name = "扶助　花子", .birthdate = "19600602",
	    .sex = SEX_FEMALE } },
	{ "again: a name that goes takes its kana along",
	    HEAD ",kana\n13,19600602,2,資格　花子,ｼｶｸ ﾊﾅｺ\n",
	    HEAD "\n13,19600602,2,\n",
	    "", { .birthdate = "19600602", .sex = SEX_FEMALE } },
	{ "again: a first name leaves the kana",
	    "chart_number,birthdate,kana\n13,19600602,ｼｶｸ ﾊﾅｺ\n",
	    HEAD "\n13,19600602,2,資格　花子\n",
	    "", { .name = "資格　花子", .kana = "ｼｶｸ ﾊﾅｺ",
	    .birthdate = "19600602", .sex = SEX_FEMALE } },
	{ "again: a gap spelt the same leaves the kana",
	    HEAD ",kana\n13,19600602,2,資格　●子,ｼｶｸ ﾊﾅｺ\n",
	    HEAD "\n13,19600602,2,資格 ●子\n",
	    "", { .name = "資格 ●子", .kana = "ｼｶｸ ﾊﾅｺ",
	    .birthdate = "19600602", .sex = SEX_FEMALE } },
};

static void
again_row(void **state)
{
	const struct again *row = *state;
	struct patient p, want = row->want;
	struct import_report n;
	struct blob text = { 0 };
	struct store *s = open_store();
	size_t refused = *row->report != '\0';

	write_text(row->stored);
	assert_int_equal(patient_import(s, file, 0, NULL, &n, NULL), ERR_OK);
	write_text(row->row);
	import_with_report(s, file, 1, refused ? ERR_ROW : ERR_OK, &n,
	    &text);
	assert_string_equal(blob_str(&text), row->report);
	assert_report(&n, (struct import_report){ .rows = 1,
	    .refused = refused, .changed = 1 - refused });
	assert_int_equal(patient_get(s, "13", &p), ERR_OK);
	snprintf(want.chart_number, sizeof(want.chart_number), "13");
	for (int c = 0; c < COLUMNS; c++)
		if (c != COL_SEX)
			assert_string_equal(column_get(&p, (enum column)c),
			    column_get(&want, (enum column)c));
	assert_int_equal(p.sex, want.sex);
	assert_int_equal(count(s), 1);
	blob_free(&text);
	store_close(&s);
}

/* One row is another person's: the good row is not taken in either. */
static void
another_person_stops_the_whole_file(void **state)
{
	struct import_report n;
	struct note note = { "" };
	struct store *s = open_store();

	(void)state;
	write_text(HEAD "\n13,19600602,1,資格　一郎\n");
	assert_int_equal(patient_import(s, file, 0, NULL, &n, NULL), ERR_OK);
	write_text(HEAD "\n14,19600602,1,資格　五郎\n"
	    "13,19900101,1,扶助　九郎\n");
	assert_int_equal(patient_import(s, file, 0, NULL, &n, &note),
	    ERR_ROW);
	assert_string_equal(note.text,
	    "1 of 2 rows refused, nothing imported");
	assert_report(&n, (struct import_report){ .rows = 2, .refused = 1 });
	assert_int_equal(count(s), 1);
	assert_int_equal(patient_import(s, file, 1, NULL, &n, &note),
	    ERR_ROW);
	assert_report(&n, (struct import_report){ .rows = 2, .added = 1,
	    .refused = 1 });
	assert_text(s, "13", COL_NAME, "資格　一郎");
	store_close(&s);
}

static void
report_names_lines_and_rules(void **state)
{
	struct import_report n;
	struct store *s = open_store();

	(void)state;
	import_refused(s, 0, &n);
	assert_report(&n, (struct import_report){ .rows = 11, .refused = 9,
	    .warned = 1 });
	assert_int_equal(count(s), 0);
	store_close(&s);
}

static void
refused_rows_are_skipped_on_demand(void **state)
{
	struct import_report n;
	struct patient p;
	struct store *s = open_store();

	(void)state;
	import_refused(s, 1, &n);
	assert_report(&n, (struct import_report){ .rows = 11, .added = 2,
	    .refused = 9, .warned = 1 });
	assert_int_equal(count(s), 2);
	assert_text(s, "18", COL_INSURED_BRANCH_NUMBER, "01");
	assert_int_equal(patient_get(s, "19", &p), ERR_NO_PATIENT);
	store_close(&s);
}

static void
missing_file_is_named(void **state)
{
	struct import_report n;
	struct note note = { "" };
	struct store *s = open_store();

	(void)state;
	assert_int_equal(patient_import(s, file, 0, NULL, &n, &note),
	    ERR_SYS);
	assert_non_null(strstr(note.text, file));
	assert_non_null(strstr(note.text, "No such file"));
	assert_int_equal(patient_import(s, dir, 0, NULL, &n, &note), ERR_SYS);
	assert_report(&n, (struct import_report){ 0 });
	store_close(&s);
}

static void
huge_file_is_refused(void **state)
{
	struct import_report n;
	struct note note = { "" };
	struct store *s = open_store();

	(void)state;
	write_text("chart_number,birthdate\n");
	assert_int_equal(truncate(file, (off_t)BLOB_MAX + 1), 0);
	assert_int_equal(patient_import(s, file, 0, NULL, &n, &note),
	    ERR_TOOBIG);
	assert_non_null(strstr(note.text, "64 MiB"));
	store_close(&s);
}

static void
unwritable_report_imports_nothing(void **state)
{
	struct import_report n;
	struct store *s = open_store();
	FILE *f = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(f);
	assert_int_equal(patient_import(s, DATA "refused.csv", 1, f, &n, NULL),
	    ERR_SYS);
	assert_int_equal(count(s), 0);
	fclose(f);
	store_close(&s);
}

static void
import_within_a_transaction_is_refused(void **state)
{
	struct import_report n;
	struct store *s = open_store();

	(void)state;
	assert_int_equal(store_begin(s), ERR_OK);
	assert_int_equal(patient_import(s, DATA "words_utf8.csv", 0, NULL, &n,
	    NULL), ERR_SEQUENCE);
	assert_report(&n, (struct import_report){ .rows = 2 });
	store_rollback(s);
	assert_int_equal(count(s), 0);
	store_close(&s);
}

/* Written by somebody else when the report is out: the answer to it is old. */
static ssize_t
put_another(void *cookie, const char *text, size_t n)
{
	struct patient p = { .chart_number = "18", .name = "扶助　九郎",
	    .birthdate = "19700725", .sex = SEX_MALE };

	(void)text;
	assert_int_equal(patient_put(cookie, &p), ERR_OK);
	return ((ssize_t)n);
}

static void
change_after_the_check_imports_nothing(void **state)
{
	cookie_io_functions_t io = { .write = put_another };
	struct import_report n;
	struct note note = { "" };
	struct store *s = open_store();
	FILE *f = fopencookie(s, "w", io);

	(void)state;
	assert_non_null(f);
	assert_int_equal(patient_import(s, DATA "refused.csv", 1, f, &n,
	    &note), ERR_STORE_BUSY);
	assert_string_equal(note.text,
	    "the patients changed meanwhile, import again");
	assert_int_equal(n.added, 0);
	assert_int_equal(count(s), 1);
	assert_text(s, "18", COL_NAME, "扶助　九郎");
	fclose(f);
	store_close(&s);
}

/* Killed between two rows of its transaction, and at the commit itself. */

#define MANY	500

static int row_to_die_at;	/* 0: at the commit behind the last row */

static void
die_at_row(void *ctx, int op, const char *db, const char *table,
    sqlite3_int64 rowid)
{
	(void)ctx;
	(void)op;
	(void)db;
	(void)rowid;
	if (strcmp(table, "patient") == 0 && --row_to_die_at == 0)
		kill(getpid(), SIGKILL);
}

static int
die_at_commit(void *ctx)
{
	(void)ctx;
	if (row_to_die_at == -MANY)
		kill(getpid(), SIGKILL);
	return (0);
}

static int
hook(sqlite3 *db, char **msg, const struct sqlite3_api_routines *api)
{
	(void)msg;
	(void)api;
	sqlite3_update_hook(db, die_at_row, NULL);
	sqlite3_commit_hook(db, die_at_commit, NULL);
	return (SQLITE_OK);
}

static void
write_many(void)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fprintf(f, "chart_number,birthdate,name\n");
	for (int i = 0; i < MANY; i++)
		fprintf(f, "%05d,19600602,システムテスト 一部\n", i + 1);
	assert_int_equal(fclose(f), 0);
}

static void
import_and_die(int at)
{
	struct import_report n;
	struct store *s;
	pid_t pid;
	int st = 0;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		row_to_die_at = at;
		if (sqlite3_auto_extension((void (*)(void))hook) == SQLITE_OK &&
		    store_open(path, &s, NULL) == ERR_OK)
			patient_import(s, file, 0, NULL, &n, NULL);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &st, 0), pid);
	assert_true(WIFSIGNALED(st));
	assert_int_equal(WTERMSIG(st), SIGKILL);
}

static void
killed_import_leaves_the_old_state(void **state)
{
	static const int at[] = { 1, MANY / 2, MANY, 0 };
	struct import_report n;
	struct store *s = open_store();

	(void)state;
	assert_int_equal(patient_import(s, DATA "words_utf8.csv", 0, NULL, &n,
	    NULL), ERR_OK);
	store_close(&s);
	write_many();
	for (size_t i = 0; i < LEN(at); i++) {
		import_and_die(at[i]);
		s = open_store();
		assert_int_equal(count(s), 2);
		store_close(&s);
	}
	s = open_store();
	assert_int_equal(patient_import(s, file, 0, NULL, &n, NULL), ERR_OK);
	assert_report(&n, (struct import_report){ .rows = MANY,
	    .added = MANY });
	store_close(&s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest plain[] = {
	TEST(encodings_mean_the_same),
	TEST(absent_columns_stay),
	TEST(blank_cells_of_a_column_replace),
	TEST(registered_reference_survives_the_same_file),
	TEST(another_person_stops_the_whole_file),
	TEST(report_names_lines_and_rules),
	TEST(refused_rows_are_skipped_on_demand),
	TEST(missing_file_is_named),
	TEST(huge_file_is_refused),
	TEST(unwritable_report_imports_nothing),
	TEST(import_within_a_transaction_is_refused),
	TEST(change_after_the_check_imports_nothing),
	TEST(killed_import_leaves_the_old_state),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(cells) + LEN(wholes) +
	    LEN(agains)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(cells); i++)
		tests[n++] = (struct CMUnitTest){ .name = cells[i].name,
		    .test_func = cell_row,
		    .initial_state = (void *)(uintptr_t)&cells[i] };
	for (size_t i = 0; i < LEN(wholes); i++)
		tests[n++] = (struct CMUnitTest){ .name = wholes[i].name,
		    .test_func = whole_row, .setup_func = set_up,
		    .teardown_func = tear_down,
		    .initial_state = (void *)(uintptr_t)&wholes[i] };
	for (size_t i = 0; i < LEN(agains); i++)
		tests[n++] = (struct CMUnitTest){ .name = agains[i].name,
		    .test_func = again_row, .setup_func = set_up,
		    .teardown_func = tear_down,
		    .initial_state = (void *)(uintptr_t)&agains[i] };
	return (cmocka_run_group_tests_name("ledger_import", tests, NULL,
	    NULL));
}
