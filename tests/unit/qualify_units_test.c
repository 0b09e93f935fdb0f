#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host/qualify/units.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

#define HEAD	"<XmlMsg><MessageHeader><A>1</A></MessageHeader><MessageBody>"
#define TAIL	"</MessageBody></XmlMsg>"
#define U(x)	"<BulkConfirmUnit>" x "</BulkConfirmUnit>"
#define SJIS	"<?xml version=\"1.0\" encoding=\"Shift_JIS\"?>"

/* Units are joined by '|'; "^" stands in the skeleton where they were. */
static const struct row {
	const char	*name, *xml, *units, *skeleton;
	enum err	 err;
} rows[] = {
	{ "two", HEAD U("<N>a</N>") U("<N>b</N>") TAIL,
	    U("<N>a</N>") "|" U("<N>b</N>") "|", HEAD "^" TAIL, ERR_OK },
	{ "blanks between them are dropped",
	    HEAD "\r\n " U("a") "\r\n\t" U("b") "\n" TAIL,
	    U("a") "|" U("b") "|", HEAD "\r\n ^" TAIL, ERR_OK },
	{ "none", HEAD TAIL, "", HEAD "^" TAIL, ERR_OK },
	{ "header behind", "<XmlMsg><MessageBody>" U("a") "</MessageBody>"
	    "<MessageHeader/></XmlMsg>", U("a") "|",
	    "<XmlMsg><MessageBody>^</MessageBody><MessageHeader/></XmlMsg>",
	    ERR_OK },
	{ "registration", "<XmlMsg><MessageBody><BulkRegistrationUnit>x"
	    "</BulkRegistrationUnit>" TAIL,
	    "<BulkRegistrationUnit>x</BulkRegistrationUnit>|",
	    "<XmlMsg><MessageBody>^" TAIL, ERR_OK },
	{ "without content", HEAD "<BulkConfirmUnit />" U("b") TAIL,
	    "<BulkConfirmUnit />|" U("b") "|", HEAD "^" TAIL, ERR_OK },
	{ "one in another is part of it", HEAD U("x" U("y") "z") TAIL,
	    U("x" U("y") "z") "|", HEAD "^" TAIL, ERR_OK },
	{ "in the header it is none", "<XmlMsg><MessageHeader>" U("x")
	    "</MessageHeader><MessageBody/></XmlMsg>", "",
	    "^<XmlMsg><MessageHeader>" U("x")
	    "</MessageHeader><MessageBody/></XmlMsg>", ERR_OK },
	{ "under another root it is none", "<Other><MessageBody>" U("x")
	    "</MessageBody></Other>", "", "<Other><MessageBody>" U("x")
	    "^</MessageBody></Other>", ERR_OK },
	{ "a longer name is another", HEAD "<BulkConfirmUnits>x"
	    "</BulkConfirmUnits>" TAIL, "", HEAD "<BulkConfirmUnits>x"
	    "</BulkConfirmUnits>^" TAIL, ERR_OK },
	{ "a tag in a comment is none", HEAD U("<!-- </BulkConfirmUnit> -->a")
	    "<!--" U("x") "-->" TAIL,
	    U("<!-- </BulkConfirmUnit> -->a") "|",
	    HEAD "^<!--" U("x") "-->" TAIL, ERR_OK },
	{ "a tag in CDATA is none", HEAD
	    U("<![CDATA[</BulkConfirmUnit>]] ]>]]>a") TAIL,
	    U("<![CDATA[</BulkConfirmUnit>]] ]>]]>a") "|", HEAD "^" TAIL,
	    ERR_OK },
	{ "']]>' may follow brackets", HEAD U("<![CDATA[x]]]]>") TAIL,
	    U("<![CDATA[x]]]]>") "|", HEAD "^" TAIL, ERR_OK },
	/* 83 5D is ゾ: its second byte is ']'. */
	{ "a trail byte of CP932 ends no CDATA", SJIS HEAD
	    U("<![CDATA[\x83]]></BulkConfirmUnit>]]>") TAIL,
	    U("<![CDATA[\x83]]></BulkConfirmUnit>]]>") "|",
	    SJIS HEAD "^" TAIL, ERR_OK },
	{ "'>' in a value", HEAD "<BulkConfirmUnit a='>/' b=\">\">x"
	    "</BulkConfirmUnit>" TAIL, "<BulkConfirmUnit a='>/' b=\">\">x"
	    "</BulkConfirmUnit>|", HEAD "^" TAIL, ERR_OK },
	{ "instructions", SJIS "<?x <BulkConfirmUnit> ?>" HEAD U("a") TAIL,
	    U("a") "|", SJIS "<?x <BulkConfirmUnit> ?>" HEAD "^" TAIL,
	    ERR_OK },
	{ "a DOCTYPE", "<!DOCTYPE XmlMsg>" HEAD TAIL, NULL, NULL,
	    ERR_XML_DTD },
	{ "an entity in a unit", HEAD U("<!ENTITY x 'y'>") TAIL, NULL, NULL,
	    ERR_XML_DTD },
	{ "half a comment's mark", HEAD "<!-x-->" TAIL, NULL, NULL,
	    ERR_XML_DTD },
	{ "a tag in a tag", HEAD "<a<b>" TAIL, NULL, NULL, ERR_XML_SYNTAX },
	{ "no name", HEAD "< a>" TAIL, NULL, NULL, ERR_XML_SYNTAX },
	{ "one end too many", HEAD TAIL "</a>", NULL, NULL, ERR_XML_SYNTAX },
	{ "two roots", HEAD TAIL "<a/>", NULL, NULL, ERR_XML_SYNTAX },
	{ "too deep", "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>",
	    NULL, NULL, ERR_XML_DEEP },
	{ "half a unit", HEAD "<BulkConfirmUnit><N>", NULL, NULL, ERR_HALF },
	{ "half a tag", HEAD U("a") "</MessageBody></XmlMs", NULL, NULL,
	    ERR_HALF },
	{ "half a comment", HEAD TAIL "<!-- ", NULL, NULL, ERR_HALF },
	{ "half a CDATA", HEAD U("<![CDATA[x]]") TAIL, NULL, NULL, ERR_HALF },
	{ "nothing", "", NULL, NULL, ERR_HALF },
	{ "no element", "text", NULL, NULL, ERR_HALF },
};

static enum err
join(void *ctx, size_t unit, const void *data, size_t len)
{
	struct blob *all = ctx;
	size_t n = 0;

	for (size_t i = 0; i < all->len; i++)
		n += all->data[i] == '|';
	assert_int_equal(unit, n);
	assert_int_equal(blob_add(all, data, len), ERR_OK);
	return (blob_add_str(all, "|"));
}

static enum err
cut(const char *xml, size_t len, size_t stretch, struct units *u)
{
	enum err r = ERR_OK;

	for (size_t i = 0; i < len && r == ERR_OK; i += stretch)
		r = units_feed(u, xml + i, len - i < stretch ? len - i :
		    stretch);
	return (r == ERR_OK ? units_end(u) : r);
}

static void
check_skeleton(const struct units *u, const char *want)
{
	const struct blob *s;
	struct blob got = { 0 };
	size_t at;

	s = units_skeleton(u, &at);
	assert_true(at <= s->len);
	assert_int_equal(blob_add(&got, s->data, at), ERR_OK);
	assert_int_equal(blob_add_str(&got, "^"), ERR_OK);
	assert_int_equal(blob_add(&got, s->data + at, s->len - at), ERR_OK);
	assert_string_equal(blob_str(&got), want);
	blob_free(&got);
}

/* In stretches of every length: a border may be anywhere. */
static void
is_cut(void **state)
{
	const struct row *row = *state;
	size_t len = strlen(row->xml);

	for (size_t stretch = 1; stretch <= len + 1; stretch++) {
		struct blob all = { 0 };
		struct units *u = NULL;

		assert_int_equal(units_new(join, &all, &u), ERR_OK);
		assert_int_equal(cut(row->xml, len, stretch, u), row->err);
		if (row->err == ERR_OK) {
			assert_string_equal(blob_str(&all), row->units);
			check_skeleton(u, row->skeleton);
		}
		units_free(&u);
		assert_null(u);
		blob_free(&all);
	}
}

static enum err
refuse(void *ctx, size_t unit, const void *data, size_t len)
{
	(void)data;
	(void)len;
	++*(int *)ctx;
	return (unit == 1 ? ERR_CANCELLED : ERR_OK);
}

static void
callee_ends_it(void **state)
{
	static const char xml[] = HEAD U("a") U("b") U("c") TAIL;
	struct units *u = NULL;
	int calls = 0;

	(void)state;
	assert_int_equal(units_new(refuse, &calls, &u), ERR_OK);
	assert_int_equal(units_feed(u, xml, strlen(xml)), ERR_CANCELLED);
	assert_int_equal(calls, 2);
	units_free(&u);
}

static void
counted_without_callee(void **state)
{
	static const char xml[] = HEAD U("a") U("b") U("c") TAIL;
	struct units *u = NULL;

	(void)state;
	assert_int_equal(units_new(NULL, NULL, &u), ERR_OK);
	assert_int_equal(cut(xml, strlen(xml), 7, u), ERR_OK);
	assert_int_equal(units_count(u), 3);
	units_free(&u);
}

/* A limit each: a unit, the skeleton, and a tag outside of units. */
static void
is_bounded(void **state)
{
	static const char *const fronts[] = { HEAD "<BulkConfirmUnit>", HEAD,
	    HEAD "<" };
	char *long_text = malloc(UNITS_UNIT + 1);
	struct units *u = NULL;

	(void)state;
	assert_non_null(long_text);
	memset(long_text, 'x', UNITS_UNIT + 1);
	for (size_t i = 0; i < LEN(fronts); i++) {
		assert_int_equal(units_new(NULL, NULL, &u), ERR_OK);
		assert_int_equal(units_feed(u, fronts[i], strlen(fronts[i])),
		    ERR_OK);
		assert_int_equal(units_feed(u, long_text, UNITS_UNIT + 1),
		    ERR_XML_BIG);
		units_free(&u);
	}
	free(long_text);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 3];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = is_cut, .initial_state =
		    (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(callee_ends_it);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    counted_without_callee);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(is_bounded);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
