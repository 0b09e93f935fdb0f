#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/export/paper.h"

#define HEAD	"\xef\xbb\xbf"

static struct paper *
new_paper(void)
{
	struct paper *p;

	assert_int_equal(paper_new("■表題", "令和6年12月1日", &p), ERR_OK);
	return (p);
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text += strlen(what))
		n++;
	return (n);
}

static void
test_empty(void **state)
{
	struct paper *p = new_paper();
	struct blob out = { 0 };

	(void)state;
	assert_int_equal(paper_pages(p), 1);
	assert_int_equal(paper_text(p, &out), ERR_OK);
	assert_string_equal(blob_str(&out), HEAD
	    "■表題\r\n令和6年12月1日\r\nPAGE : 1/1\r\n\r\n");
	paper_free(&p);
	assert_null(p);
	blob_free(&out);
}

/* Full-width characters take two columns; nothing is lost. */
static void
test_wrap(void **state)
{
	struct paper *p = new_paper();
	struct blob out = { 0 };
	char wide[37 * 3 + 2] = "", narrow[74] = "";

	(void)state;
	for (int i = 0; i < 37; i++)
		strcat(wide, "漢");
	memset(narrow, 'x', 73);
	paper_line(p, "%s", wide);
	paper_line(p, "%s", narrow);
	paper_line(p, "a\nb\tc\x01");
	paper_line(p, "ｶﾞ");
	assert_int_equal(paper_text(p, &out), ERR_OK);
	assert_non_null(strstr(blob_str(&out), "漢\r\n漢\r\nxx"));
	assert_non_null(strstr(blob_str(&out), "x\r\nx\r\na b c \r\nｶﾞ\r\n"));
	assert_int_equal(count(blob_str(&out), "漢"), 37);
	assert_int_equal(count(blob_str(&out), "x"), 73);
	paper_free(&p);
	blob_free(&out);
}

static void
add_part(struct paper *p, size_t lines, char mark)
{
	paper_part(p);
	for (size_t i = 0; i < lines; i++)
		paper_line(p, "%c%zu", mark, i);
}

static void
test_pages(void **state)
{
	struct paper *p = new_paper();
	struct blob out = { 0 };
	const char *second;

	(void)state;
	add_part(p, PAPER_LINES - 1, 'a');
	assert_int_equal(paper_pages(p), 1);
	/* Two lines together do not fit on what is left. */
	add_part(p, 2, 'b');
	assert_int_equal(paper_pages(p), 2);
	/* One longer than a page begins where it stands, and is cut. */
	add_part(p, PAPER_LINES + 1, 'c');
	assert_int_equal(paper_pages(p), 3);
	assert_int_equal(paper_text(p, &out), ERR_OK);
	assert_int_equal(count(blob_str(&out), "\f"), 2);
	second = strchr(blob_str(&out), '\f');
	assert_int_equal(strncmp(second + 1, "■表題\r\n", strlen("■表題\r\n")),
	    0);
	assert_non_null(strstr(second, "PAGE : 2/3\r\n\r\nb0\r\nb1\r\nc0"));
	assert_int_equal(count(blob_str(&out), "PAGE : "), 3);
	assert_int_equal(paper_html(p, &out), ERR_OK);
	assert_int_equal(count(blob_str(&out), "<section>"), 3);
	assert_int_equal(count(blob_str(&out), "</section>"), 3);
	assert_non_null(strstr(blob_str(&out), "PAGE : 3/3"));
	paper_free(&p);
	blob_free(&out);
}

/* What comes out of a register is text, whatever it is. */
static void
test_html(void **state)
{
	struct paper *p;
	struct blob out = { 0 };

	(void)state;
	assert_int_equal(paper_new("<t>", "&d\"", &p), ERR_OK);
	paper_line(p, "%s", "<script>alert(\"1\")</script> & x");
	paper_line(p, "■見出し");
	paper_line(p, "本文 ■");
	assert_int_equal(paper_html(p, &out), ERR_OK);
	assert_null(strstr(blob_str(&out), "<script"));
	assert_null(strstr(blob_str(&out), "<t>"));
	assert_non_null(strstr(blob_str(&out), "<p>&lt;script&gt;alert("
	    "&quot;1&quot;)&lt;/script&gt; &amp; x</p>"));
	assert_non_null(strstr(blob_str(&out), "&amp;d&quot;<br>PAGE"));
	assert_non_null(strstr(blob_str(&out),
	    "<p class=\"head\">■見出し</p>"));
	assert_non_null(strstr(blob_str(&out), "<p>本文 ■</p>"));
	assert_null(strstr(blob_str(&out), "http"));
	paper_free(&p);
	blob_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_html),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
