#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host/qualify/kind.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Interfaces of oqs-files.md 2, by the number of the request. */
static void
every_interface_has_a_row(void **state)
{
	const struct kind *k;
	int seen[57] = { 0 };

	(void)state;
	for (size_t i = 0; (k = kind_at(i)) != NULL; i++) {
		assert_in_range(k->number, 0, 55);
		seen[k->number]++;
		assert_true(strlen(k->ja) > 0);
		assert_true(k->stem[0] != '\0' || k->number > 0);
		assert_true(k->stem[0] != '\0' || k->unconfirmed);
		assert_true(k->request != NULL || k->unconfirmed);
	}
	for (int number = 1; number < 56; number += 2)
		assert_int_equal(seen[number], 1);
	for (int number = 2; number < 56; number += 2)
		assert_int_equal(seen[number], 0);
}

/* Those whose stem and body somebody has seen, and no others, are on. */
static void
what_is_on_of_itself(void **state)
{
	static const char *const on[] = { "OQSsiquc01", "OQSsiimm01",
	    "OQSmuquc01", "OQSmuquc02", "OQSmuimm01", "OQSmuimm02",
	    "OQSmutic01", "OQSmutic02", "OQSmuhvq01", "OQSmuhvq02",
	    "OQSmuonq01", "OQSmuonq02", "TKKsiquc01", "YZKsiquc01" };
	char stem[KIND_STEM_MAX + 1];
	const struct kind *k;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; (k = kind_at(i)) != NULL; i++)
		n += !k->unconfirmed;
	assert_int_equal(n, LEN(on));
	for (size_t i = 0; i < LEN(on); i++) {
		assert_non_null(k = kind_find(on[i]));
		assert_int_equal(kind_stem(k, NULL, stem, NULL), ERR_OK);
		assert_string_equal(stem, on[i]);
	}
}

/* says: what the note holds when it is off. */
static const struct turn {
	const char	*name, *kind, *on, *stem, *says;
} turns[] = {
	{ "home, on", "OQSsihvq01", "OQSsihvq01", "OQSsihvq01", NULL },
	{ "online, second of two", "OQSsionq01", " OQSsihvq01\tOQSsionq01 ",
	    "OQSsionq01", NULL },
	{ "spelled otherwise", "OQSsiinq01", "oqssiinq01", "OQSsiinq01",
	    NULL },
	{ "a stem that is given", "OQS-IF-049", "OQS-IF-049=OQSsivpc01",
	    "OQSsivpc01", NULL },
	{ "a list", "OQS-IF-029", "OQS-IF-031=OQSmuxyz02 "
	    "OQS-IF-029=OQSmuxyz01", "OQSmuxyz01", NULL },
	{ "its download", "OQS-IF-031", "OQS-IF-031=OQSmuxyz02 "
	    "OQS-IF-029=OQSmuxyz01", "OQSmuxyz02", NULL },
	{ "home, off", "OQSsihvq01", "", NULL, "OQS-IF-025 OQSsihvq01" },
	{ "no list", "OQSsihvq01", NULL, NULL, "off" },
	{ "another is on", "OQSsihvq01", "OQSsionq01", NULL, "off" },
	{ "only longer ones", "OQSsihvq01", "OQSsihvq011", NULL, "off" },
	{ "no stem given", "OQS-IF-049", "OQS-IF-049", NULL, "OQS-IF-049" },
	{ "stem of another family", "OQS-IF-049", "OQS-IF-049=EPSsivpc01",
	    NULL, "off" },
	{ "body unknown, named all the same", "OQSsihvd01", "OQSsihvd01",
	    NULL, "not known" },
	{ "access address", "OQSsiurl01", "OQSsiurl01", "OQSsiurl01", NULL },
	{ "update of settings", "OQSsiupd01", "OQSsiupd01", NULL,
	    "not known" },
	{ "emergency", "OQS-IF-047", "OQS-IF-047=OQSsiemg01", NULL,
	    "not known" },
	{ "patient summary", "CIPsiquc01", "CIPsiquc01", NULL, "CIPsiquc01" },
};

static void
turn_row(void **state)
{
	const struct turn *row = *state;
	const struct kind *k = kind_find(row->kind);
	char stem[KIND_STEM_MAX + 1] = "x";
	struct note note = { "" };

	assert_non_null(k);
	assert_int_equal(kind_stem(k, row->on, stem, &note), row->stem == NULL
	    ? ERR_KIND_OFF : ERR_OK);
	assert_string_equal(stem, row->stem == NULL ? "" : row->stem);
	if (row->says != NULL)
		assert_non_null(strstr(note.text, row->says));
}

static void
lists_of_the_configuration(void **state)
{
	static const struct {
		const char	*on;
		enum err	 err;
	} rows[] = {
		{ "", ERR_OK },
		{ " ", ERR_OK },
		{ "OQSsihvq01 OQSsionq01", ERR_OK },
		{ "OQS-IF-049=OQSsivpc01 OQS-IF-051=OQSsiact01", ERR_OK },
		{ "OQS-IF-049=OQSsivpc01 OQS-IF-051=OQSsivpc01", ERR_CONF },
		{ "OQSsihvq01 oqssihvq01", ERR_CONF },
		{ "OQSsiquc01", ERR_CONF },		/* is on */
		{ "OQSsihvd01", ERR_CONF },		/* cannot be */
		{ "OQSsihvq", ERR_CONF },
		{ "OQSsihvq01=OQSsihvq01", ERR_CONF },
		{ "OQS-IF-025=OQSsihvq01", ERR_CONF },	/* has a stem */
		{ "OQS-IF-049=", ERR_CONF },
		{ "OQS-IF-049=OQSsiquc01", ERR_CONF },	/* another's */
		{ "OQS-IF-049=OQSsivpc011", ERR_CONF },
		{ "OQS-IF-049=OQSmuvpc01", ERR_CONF },	/* a list's form */
		{ "OQS-IF-049=OQSsivpc02", ERR_CONF },
		{ "OQS-IF-049=../../etc1", ERR_CONF },
		{ "OQS-IF-49=OQSsivpc01", ERR_CONF },
		{ "OQS-IF-999=OQSsivpc01", ERR_CONF },
		{ "=OQSsivpc01", ERR_CONF },
		{ "OQSsihvq01,OQSsionq01", ERR_CONF },
	};
	struct note note;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		note_set(&note, "%s", "");
		assert_int_equal(kind_check(rows[i].on, &note), rows[i].err);
		assert_int_equal(note.text[0] != '\0', rows[i].err != ERR_OK);
	}
}

/* stem NULL: no name of this field. */
static const struct name {
	const char	*file, *stem;
	enum kind_reader reader;
	int		 request, face;
	enum kind_ext	 ext;
} names[] = {
	{ "OQSmuquc02res_20261120S0001.zip", "OQSmuquc02", KIND_UNITS, 0, 0,
	    KIND_ZIP },
	{ "oqsMUQUC02RES_20261120S0001.XML", "OQSmuquc02", KIND_UNITS, 0, 0,
	    KIND_XML },
	{ "OQSmuhvq01req_20261120S0001.err", "OQSmuhvq01", KIND_RECEPTION, 1,
	    0, KIND_ERR },
	{ "YZKsiquc01res_042611200900S0001.pdf", "YZKsiquc01", KIND_CARE, 0,
	    0, KIND_PDF },
	{ "OQSsiquc01res_face_1319999999abc_20261120090000.xml",
	    "OQSsiquc01", KIND_SINGLE, 0, 1, KIND_XML },
	/* Stems that no row has, of the form of all. */
	{ "OQSsivpc01res_20261120S0001.xml", "OQSsivpc01", KIND_OTHER, 0, 0,
	    KIND_XML },
	{ "oqsSIVPC01res_20261120S0001.xml", "OQSsivpc01", KIND_OTHER, 0, 0,
	    KIND_XML },
	{ "OQSmuxyz01res_20261120S0001.xml", "OQSmuxyz01", KIND_RECEPTION, 0,
	    0, KIND_XML },
	{ "OQSmuxyz02res_20261120S0001.zip", "OQSmuxyz02", KIND_UNITS, 0, 0,
	    KIND_ZIP },
	{ .file = "OQSmuxyz01res_20261120S0001.zip" },
	{ .file = "OQSmuxyz03res_20261120S0001.xml" },
	{ .file = "OQSxxvpc01res_20261120S0001.xml" },
	{ .file = "OQSsiv1c01res_20261120S0001.xml" },
	{ .file = "OQSsivp" },
	{ .file = "OQSsi" },
	{ .file = "EPSsivpc01res_20261120S0001.xml" },
	{ .file = "OQSsivpc01_20261120S0001.xml" },
	{ .file = "OQSsivpc01res_.xml" },
	{ .file = "OQSsivpc01res_a b.xml" },
	/* Nothing but a check comes from a reader. */
	{ .file = "OQSsihvq01res_face_1319999999abc_2026112009000.zip" },
};

static void
name_row(void **state)
{
	const struct name *row = *state;
	struct kind_name n;

	assert_int_equal(kind_parse(row->file, &n), row->stem != NULL);
	if (row->stem == NULL)
		return;
	assert_string_equal(n.stem, row->stem);
	assert_int_equal(n.kind->reader, row->reader);
	assert_int_equal(n.request, row->request);
	assert_int_equal(n.face, row->face);
	assert_int_equal(n.ext, row->ext);
}

static void
a_face_file_is_a_check(void **state)
{
	struct kind_name n;

	(void)state;
	assert_true(kind_parse(
	    "OQSsihvq01res_face_1319999999abc_20261120090000.xml", &n));
	assert_int_equal(n.face, 0);
}

int
main(void)
{
	static struct CMUnitTest tests[LEN(turns) + LEN(names) + 4];
	size_t n = 0;

	for (size_t i = 0; i < LEN(turns); i++)
		tests[n++] = (struct CMUnitTest){ turns[i].name, turn_row,
		    NULL, NULL, (void *)(uintptr_t)&turns[i] };
	for (size_t i = 0; i < LEN(names); i++)
		tests[n++] = (struct CMUnitTest){ names[i].file, name_row,
		    NULL, NULL, (void *)(uintptr_t)&names[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    every_interface_has_a_row);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    what_is_on_of_itself);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    lists_of_the_configuration);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    a_face_file_is_a_check);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
