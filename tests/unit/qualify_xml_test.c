#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "host/qualify/xml.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define UTF	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
#define SJIS	"<?xml version=\"1.0\" encoding='Shift_JIS'?>"
#define MSG(s)	"<XmlMsg>" s "</XmlMsg>"

/* file "" takes the text; want: the first child's text, NULL for none. */
static const struct row {
	const char	*name, *text;
	enum err	 err;
	const char	*want;
	enum charset	 charset;
	int		 sniffed;
} rows[] = {
	{ "utf-8", UTF MSG("<a>髙①</a>"), ERR_OK, "髙①", 0, 0 },
	{ "no declaration", MSG("<a>髙</a>"), ERR_OK, "髙", 0, 0 },
	{ "byte order mark", "\xef\xbb\xbf" UTF MSG("<a>1</a>"), ERR_OK, "1",
	    0, 0 },
	{ "mark beats declaration", "\xef\xbb\xbf" SJIS MSG("<a>髙</a>"),
	    ERR_OK, "髙", 0, 0 },
	{ "windows spelling", SJIS MSG("<a>\xfb\xfc</a>"), ERR_OK, "髙", 1, 0 },
	{ "NEC row spelling", SJIS MSG("<a>\xee\xe0</a>"), ERR_OK, "髙", 1, 0 },
	{ "circled digit", SJIS MSG("<a>\x87\x40</a>"), ERR_OK, "①", 1, 0 },
	{ "trail byte 5C", SJIS MSG("<a>\x95\x5c</a>"), ERR_OK, "表", 1, 0 },
	{ "alias windows-31j", "<?xml version='1.0' encoding='WINDOWS-31J'?>"
	    MSG("<a>\xfb\xfc</a>"), ERR_OK, "髙", 1, 0 },
	{ "alias cp932", "<?xml version='1.0' encoding='cp932'?>"
	    MSG("<a>\xfb\xfc</a>"), ERR_OK, "髙", 1, 0 },
	{ "alias ms932", "<?xml version='1.0' encoding = \"MS932\" ?>"
	    MSG("<a>\xfb\xfc</a>"), ERR_OK, "髙", 1, 0 },
	{ "declared utf-8, is not", UTF MSG("<a>\xfb\xfc</a>"), ERR_OK, "髙",
	    1, 1 },
	{ "declared sjis, is not", SJIS MSG("<a>高</a>"), ERR_OK, "高", 0, 1 },
	{ "character data section", MSG("<a>x<![CDATA[<&>]]>y</a>"), ERR_OK,
	    "x<&>y", 0, 0 },
	{ "predefined entities", MSG("<a>&lt;&amp;&gt;&quot;&apos;</a>"),
	    ERR_OK, "<&>\"'", 0, 0 },
	{ "character reference", MSG("<a>&#x9AD9;</a>"), ERR_OK, "髙", 0, 0 },
	{ "comment in a value", MSG("<a>1<!-- x -->2</a>"), ERR_OK, "12", 0,
	    0 },
	{ "white space value", MSG("<a>  </a>"), ERR_OK, "  ", 0, 0 },
	{ "instruction", MSG("<?run rm?><a>1</a>"), ERR_OK, "1", 0, 0 },
	{ "pieces of text", MSG("<a>x<b/> <b/>y <b/></a>"), ERR_OK, "xy ", 0,
	    0 },
	{ "prefixed name", MSG("<p:a xmlns:p='u'>1</p:a>"), ERR_OK, "1", 0,
	    0 },
	{ "empty file", "", ERR_HALF, NULL, 0, 0 },
	{ "line ends only", "\r\n", ERR_HALF, NULL, 0, 0 },
	{ "declaration only", UTF, ERR_HALF, NULL, 0, 0 },
	{ "open element", UTF "<XmlMsg><a>1</a>", ERR_HALF, NULL, 0, 0 },
	{ "open comment", MSG("") "<!-- >", ERR_HALF, NULL, 0, 0 },
	{ "cut in a character", UTF "<XmlMsg><a>\xe9\xab", ERR_HALF, NULL, 0,
	    0 },
	{ "crossed tags", MSG("<a><b></a></b>"), ERR_XML_SYNTAX, NULL, 0, 0 },
	{ "two roots", MSG("") MSG(""), ERR_XML_SYNTAX, NULL, 0, 0 },
	{ "no xml", "hello >", ERR_XML_SYNTAX, NULL, 0, 0 },
	{ "bare ampersand", MSG("<a>A&B</a>"), ERR_XML_SYNTAX, NULL, 0, 0 },
	{ "bad character reference", MSG("<a>&#1;</a>"), ERR_XML_SYNTAX, NULL,
	    0, 0 },
	{ "control character", MSG("<a>\x01</a>"), ERR_XML_SYNTAX, NULL, 0,
	    0 },
	{ "late declaration", " " UTF MSG(""), ERR_XML_SYNTAX, NULL, 0, 0 },
	{ "doctype", "<!DOCTYPE XmlMsg>" MSG(""), ERR_XML_DTD, NULL, 0, 0 },
	{ "doctype in a comment", MSG("<!-- <!DOCTYPE a> -->"), ERR_XML_DTD,
	    NULL, 0, 0 },
	{ "external subset", UTF "<!DOCTYPE XmlMsg SYSTEM \"file:///etc/x\">"
	    MSG(""), ERR_XML_DTD, NULL, 0, 0 },
	{ "laughs", "<!DOCTYPE a [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>"
	    MSG("<a>&b;</a>"), ERR_XML_DTD, NULL, 0, 0 },
	{ "entity reference", MSG("<a>&nbsp;</a>"), ERR_XML_DTD, NULL, 0, 0 },
	{ "entity in attribute", MSG("<a b='&x;'/>"), ERR_XML_DTD, NULL, 0,
	    0 },
	{ "doctype in sjis", SJIS "<!DOCTYPE XmlMsg>" MSG("<a>\xfb\xfc</a>"),
	    ERR_XML_DTD, NULL, 0, 0 },
	{ "unknown encoding", "<?xml version='1.0' encoding='EUC-JP'?>"
	    MSG(""), ERR_CHARSET, NULL, 0, 0 },
	{ "utf-16 by name", "<?xml version='1.0' encoding='UTF-16'?>" MSG(""),
	    ERR_CHARSET, NULL, 0, 0 },
	{ "utf-16 mark", "\xff\xfe<", ERR_CHARSET, NULL, 0, 0 },
	{ "of no encoding", UTF MSG("<a>\xff\xff</a>"), ERR_CHARSET, NULL, 0,
	    0 },
};

static void
read_row(void **state)
{
	const struct row *row = *state;
	struct xml *xml = NULL;
	struct note note = { "" };
	enum err r;

	r = xml_read(row->text, strlen(row->text), &xml, &note);
	assert_int_equal(r, row->err);
	if (r != ERR_OK) {
		assert_null(xml);
		return;
	}
	assert_string_equal(xml->root->name, "XmlMsg");
	assert_non_null(xml->root->first);
	assert_string_equal(xml_text(xml->root->first), row->want);
	assert_int_equal(xml->charset.used, row->charset);
	assert_int_equal(xml->charset.sniffed, row->sniffed);
	xml_free(&xml);
	assert_null(xml);
}

static enum err
read_nested(size_t depth, const char *end)
{
	struct blob s = { 0 };
	struct xml *xml = NULL;
	enum err r;

	for (size_t i = 0; i < depth; i++)
		assert_int_equal(blob_add_str(&s, "<a>"), ERR_OK);
	for (size_t i = 0; i < depth && end[0] != '\0'; i++)
		assert_int_equal(blob_add_str(&s, end), ERR_OK);
	r = xml_read(s.data, s.len, &xml, NULL);
	xml_free(&xml);
	blob_free(&s);
	return (r);
}

static void
depth(void **state)
{
	(void)state;
	assert_int_equal(read_nested(XML_DEPTH, "</a>"), ERR_OK);
	assert_int_equal(read_nested(XML_DEPTH + 1, "</a>"), ERR_XML_DEEP);
	assert_int_equal(read_nested(1000000, "</a>"), ERR_XML_DEEP);
	assert_int_equal(read_nested(1000000, ""), ERR_XML_DEEP);
}

static enum err
read_wide(size_t n, size_t *twins)
{
	struct blob s = { 0 };
	struct xml *xml = NULL;
	enum err r;

	assert_int_equal(blob_add_str(&s, "<a>"), ERR_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(blob_add_str(&s, "<b/>"), ERR_OK);
	assert_int_equal(blob_add_str(&s, "</a>"), ERR_OK);
	if ((r = xml_read(s.data, s.len, &xml, NULL)) == ERR_OK)
		*twins = xml->root->last->nth;
	xml_free(&xml);
	blob_free(&s);
	return (r);
}

static void
number_of_elements(void **state)
{
	size_t twins = 0;

	(void)state;
	assert_int_equal(read_wide(XML_NODES - 1, &twins), ERR_OK);
	assert_int_equal(twins, XML_NODES - 1);
	assert_int_equal(read_wide(XML_NODES, &twins), ERR_XML_BIG);
}

static void
attributes_are_children(void **state)
{
	static const char text[] = "<a x='1' xmlns:p='u' p:y='2'>t</a>";
	struct xml *xml = NULL;

	(void)state;
	assert_int_equal(xml_read(text, strlen(text), &xml, NULL), ERR_OK);
	assert_string_equal(xml_text(xml->root), "t");
	assert_string_equal(xml_text(xml_child(xml->root, "@x")), "1");
	assert_string_equal(xml_text(xml_child(xml->root, "@xmlns:p")), "u");
	assert_string_equal(xml_text(xml_child(xml->root, "@p:y")), "2");
	assert_non_null(xml->root->first);
	xml_free(&xml);
}

/* Every beginning of a real file is a half-written one, in both encodings. */
static void
every_prefix_is_half(void **state)
{
	static const char *const files[] = {
		TEST_DATA "/results/OQSsiquc01res_face_9910000001"
		    "0123456789abcdef0123_20261120090003.xml",
		TEST_DATA "/results/OQSsiquc01res_202611200003.xml",
	};
	struct blob b = { 0 };
	struct xml *xml;

	(void)state;
	for (size_t f = 0; f < LEN(files); f++) {
		assert_int_equal(blob_read_file(&b, files[f], 1 << 20),
		    ERR_OK);
		/* The line end after the last tag is not part of it. */
		for (size_t n = 0; n < b.len - 2; n++)
			assert_int_equal(xml_read(b.data, n, &xml, NULL),
			    ERR_HALF);
		assert_int_equal(xml_read(b.data, b.len - 2, &xml, NULL),
		    ERR_OK);
		xml_free(&xml);
	}
	blob_free(&b);
}

/* Blocks that were reserved and not yet written read as zeros. */
static void
zeros_at_the_end(void **state)
{
	static const char text[] = MSG("<a>1</a>") "\0\0\0";
	struct xml *xml = NULL;

	(void)state;
	assert_int_equal(xml_read(text, sizeof(text), &xml, NULL), ERR_HALF);
	assert_null(xml);
}

int
main(void)
{
	static const struct CMUnitTest more[] = {
		cmocka_unit_test(depth), cmocka_unit_test(number_of_elements),
		cmocka_unit_test(attributes_are_children),
		cmocka_unit_test(every_prefix_is_half),
		cmocka_unit_test(zeros_at_the_end),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(more)];

	for (size_t i = 0; i < LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = read_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	memcpy(tests + LEN(rows), more, sizeof(more));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
