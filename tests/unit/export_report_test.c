#include <sys/stat.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/export/report.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define AT	INT64_C(1733016615000)	/* 2024-12-01 10:30:15 JST */
#define NAME	"オンライン資格確認_資格情報取込結果_20241201103015"

static char dir[64];

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/report_test.XXXXXX");
	return (mkdtemp(dir) == NULL ? -1 : 0);
}

static int
tear_down(void **state)
{
	struct dirent *e;
	DIR *d = opendir(dir);

	(void)state;
	while (d != NULL && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	return (rmdir(dir));
}

static json_t *
parse(const char *quoted)
{
	char text[4096];
	json_t *o;

	assert_true(strlen(quoted) < sizeof(text));
	snprintf(text, sizeof(text), "%s", quoted);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	return (o);
}

typedef enum err report(const json_t *, int64_t, struct paper **);

static void
expect(report *make, const char *quoted, const char *want)
{
	json_t *content = parse(quoted);
	struct blob out = { 0 };
	struct paper *p;
	char text[4096];
	size_t n = 0;

	assert_int_equal(make(content, AT, &p), ERR_OK);
	assert_int_equal(paper_text(p, &out), ERR_OK);
	assert_true(out.len < sizeof(text));
	for (const char *s = blob_str(&out) + 3; *s != '\0'; s++)
		if (*s != '\r')
			text[n++] = *s;
	text[n] = '\0';
	assert_string_equal(text, want);
	blob_free(&out);
	paper_free(&p);
	json_decref(content);
}

#define HEAD "■オンライン資格確認_資格取込結果\n令和6年12月1日\nPAGE : 1/1\n\n"
#define P01 "'chart_number': '0000000001', 'name': 'こすもす 和子'"
#define NEW_ROW "{'change': 'created', 'text': '以下の履歴を作成しました。',"	\
    " 'lines': [{'label': '期間', 'value': '令和6年8月1日～'},"		\
    "  {'label': '保険者番号', 'value': '172010'},"			\
    "  {'label': '記号', 'value': '123'}, {'label': '番号', 'value': '456'},"	\
    "  {'label': '枝番', 'value': '01'}]}"
#define OLD_ROW "{'change': 'closed', 'text': '以下の履歴を更新しました。',"	\
    " 'lines': [{'label': '変更前の期間', 'value': '令和5年8月1日～'},"	\
    "  {'label': '変更後の期間',"					\
    "   'value': '令和5年8月1日～令和6年7月31日'},"				\
    "  {'label': '保険者番号', 'value': '172010'}]}"

/* COS-18, first and second sample. */
static void
test_import(void **state)
{
	(void)state;
	expect(report_import, "{" P01 ", 'outcome': 'imported', 'sections': ["
	    "{'kind': 'insurance', 'title': '医療保険証', 'entries': ["
	    NEW_ROW "]}, {'kind': 'limit', 'title': '高額上限額履歴',"
	    " 'entries': [{'text': '以下の履歴を作成しました。', 'lines':"
	    " [{'label': '期間', 'value': '令和6年8月1日～'}]}]}],"
	    " 'manual': []}", HEAD
	    "利用者番号：0000000001 利用者氏名：こすもす 和子\n\n"
	    "■変更内容\n○医療保険証\n以下の履歴を作成しました。\n"
	    "期間：令和6年8月1日～\n保険者番号：172010\n記号：123\n番号：456\n"
	    "枝番：01\n\n○高額上限額履歴\n以下の履歴を作成しました。\n"
	    "期間：令和6年8月1日～\n\n");
	expect(report_import, "{'rows': [{" P01 ", 'outcome': 'imported',"
	    " 'sections': [{'title': '医療保険証', 'entries': [" NEW_ROW ", "
	    OLD_ROW "]}], 'manual': [{'what': 'aid_54',"
	    " 'ja': '54:難病法', 'en': 'x'}]}]}", HEAD
	    "利用者番号：0000000001 利用者氏名：こすもす 和子\n\n"
	    "■変更内容\n○医療保険証\n以下の履歴を作成しました。\n"
	    "期間：令和6年8月1日～\n保険者番号：172010\n記号：123\n番号：456\n"
	    "枝番：01\n\n以下の履歴を更新しました。\n"
	    "変更前の期間：令和5年8月1日～\n"
	    "変更後の期間：令和5年8月1日～令和6年7月31日\n"
	    "保険者番号：172010\n\n■要手入力\n・54:難病法\n\n");
}

static void
test_nothing_imported(void **state)
{
	(void)state;
	expect(report_import, "{'rows': [{" P01 ", 'outcome': 'unchanged',"
	    " 'sections': []}, {'chart_number': '2', 'name': 'ききょう 髙子',"
	    " 'outcome': 'refused', 'error': {'code': 'CONTRADICTS',"
	    " 'ja': '生年月日が一致しません', 'detail': 'birthdate'}},"
	    " {'chart_number': '3', 'outcome': 'refused', 'error': 'x'}]}",
	    HEAD "利用者番号：0000000001 利用者氏名：こすもす 和子\n\n"
	    "更新対象の資格はありませんでした。\n\n"
	    "利用者番号：2 利用者氏名：ききょう 髙子\n\n"
	    "取り込めませんでした。生年月日が一致しません\nbirthdate\n\n"
	    "利用者番号：3 利用者氏名：\n\n取り込めませんでした。x\n\n");
	expect(report_import, "{'rows': []}", HEAD);
}

#define CHECKED "[{" P01 ", 'validity': '1', 'data': {'records': [{"	\
    "'InsuredCardValidDate': '20240801',"				\
    "'LimitApplicationCertificateRelatedConsFlg': '1',"			\
    "'LimitApplicationCertificateRelatedInfo': {"			\
    " 'LimitApplicationCertificateClassificationFlag': 'B04',"		\
    " 'LimitApplicationCertificateValidStartDate': '20240801'}}]}},"	\
    "{'chart_number': '6', 'name': '資格 三郎', 'validity': '2',"		\
    " 'data': {'records': []}}]"

/* COS-32 and COS-33. */
static void
test_check(void **state)
{
	(void)state;
	expect(report_check, CHECKED, "■資格情報の照会結果\n"
	    "令和6年12月1日\nPAGE : 1/1\n\n"
	    "利用者番号：0000000001 利用者氏名：こすもす 和子\n"
	    "同意状況：同意済 資格状況：有効\n"
	    "有効期間（医療保険証）：令和6年8月1日～\n\n"
	    "利用者番号：6 利用者氏名：資格 三郎\n"
	    "同意状況：未同意 資格状況：無効\n\n");
	expect(report_limit, CHECKED, "■高額上限額履歴の資格確認結果\n"
	    "令和6年12月1日\nPAGE : 1/1\n\n"
	    "利用者番号：0000000001 利用者氏名：こすもす 和子\n\n"
	    "■限度額適用認定証\n適用区分：B04（７０歳以上 一般）\n"
	    "有効期間：令和6年8月1日～\n\n");
	expect(report_limit, "[]", "■高額上限額履歴の資格確認結果\n"
	    "令和6年12月1日\nPAGE : 1/1\n\n");
}

static void
assert_file(const char *name, const char *want)
{
	struct blob got = { 0 };
	struct stat st;
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07007, 0);
	assert_int_equal(blob_read_file(&got, path, 4096), ERR_OK);
	assert_non_null(strstr(blob_str(&got), want));
	blob_free(&got);
}

/* COS-19: two of one second are two files. */
static void
test_save(void **state)
{
	static const char *const want[] = { NAME ".txt", NAME "_2.txt",
	    NAME "_3.txt" };
	char name[REPORT_NAME], line[16];
	struct note note = { "" };
	struct paper *p;

	(void)state;
	for (size_t i = 0; i < LEN(want); i++) {
		assert_int_equal(paper_new("t", "d", &p), ERR_OK);
		snprintf(line, sizeof(line), "line %zu", i);
		paper_line(p, "%s", line);
		assert_int_equal(report_save(dir, p, AT, name, &note),
		    ERR_OK);
		assert_string_equal(name, want[i]);
		assert_file(name, line);
		paper_free(&p);
	}
	assert_file(want[0], "line 0");
	assert_int_equal(paper_new("t", "d", &p), ERR_OK);
	assert_int_equal(report_save("", p, AT, name, &note), ERR_CONF);
	assert_int_equal(report_save("/nowhere", p, AT, name, &note),
	    ERR_FOLDER);
	paper_free(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_import),
		cmocka_unit_test(test_nothing_imported),
		cmocka_unit_test(test_check),
		cmocka_unit_test_setup_teardown(test_save, set_up, tear_down),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
