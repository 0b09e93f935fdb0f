#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/qualify/crypt.h"
#include "host/qualify/result.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define B(s)	s, sizeof(s) - 1
#define CIPHER	"\x9f\x1c\xe2\x07\x41\x88\xd3\x5a\x00\xfe\x13\x77\xab\xc4"

static const struct row {
	const char	*name, *data;
	size_t		 len;
	int		 likely;
} rows[] = {
	{ "ciphertext", B(CIPHER), 1 },
	{ "behind a letter", B("S" CIPHER), 1 },
	{ "salted, as openssl has it", B("Salted__" CIPHER), 1 },
	{ "nothing", B(""), 0 },
	{ "zeros of a share", B("\0\0\0\0\0\0\0\0"), 0 },
	{ "XML", B("<?xml version=\"1.0\"?>"), 0 },
	{ "its first byte", B("<"), 0 },
	{ "blanks before it", B("\r\n\t <XmlMsg>\x83\x65"), 0 },
	{ "a mark before it", B("\xef\xbb\xbf<XmlMsg>"), 0 },
	{ "half of the mark", B("\xef\xbb"), 0 },
	{ "UTF-16", B("\xff\xfe<\0"), 0 },
	{ "UTF-16, the other way", B("\xfe\xff\0<"), 0 },
	{ "PDF", B("%PDF-1.7\n%\xe2\xe3\xcf\xd3"), 0 },
	{ "half of its mark", B("%PD"), 0 },
	{ "ZIP", B("PK\x03\x04\x14\0"), 0 },
	{ "a page", B("error 503\r\n"), 0 },
};

static void
likely_row(void **state)
{
	const struct row *row = *state;

	assert_int_equal(crypt_is_likely(row->data, row->len), row->likely);
}

/* Under each name that the answers have; a request's text is another's. */
static void
named_as_one_of_ours(void **state)
{
	static const struct {
		const char	*name;
		enum err	 err;
	} files[] = {
		{ "OQSsiquc01res_202611200001.xml", ERR_CRYPT },
		{ "OQSmuhvq02res_202611200001.zip", ERR_CRYPT },
		{ "OQSsiquc01res_face_9910000001_20261120090003.xml",
		    ERR_CRYPT },
		{ "YZKsiquc01res_0126112009001.pdf", ERR_CRYPT },
		{ "OQSsiquc01req_202611200001.err", ERR_REFUSED },
		{ "EPSsipre01res_202611200001.xml", ERR_FOREIGN },
	};
	struct result *r = NULL;

	(void)state;
	for (size_t i = 0; i < LEN(files); i++) {
		assert_int_equal(result_read(files[i].name, B(CIPHER), &r,
		    NULL), ERR_OK);
		assert_int_equal(result_err(r), files[i].err);
		result_free(&r);
	}
}

static void
says_what_to_do(void **state)
{
	struct result *r = NULL;

	(void)state;
	assert_int_equal(result_read("OQSsiquc01res_202611200001.xml",
	    B(CIPHER), &r, NULL), ERR_OK);
	assert_non_null(strstr(result_reason(r, ERR_JA), "暗号化"));
	assert_non_null(strstr(result_reason(r, ERR_EN), "encrypts"));
	assert_non_null(strstr(err_next(ERR_CRYPT, ERR_JA), "encrypt.conf"));
	assert_non_null(strstr(err_next(ERR_CRYPT, ERR_EN), "encrypt.conf"));
	result_free(&r);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + 2];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ rows[i].name, likely_row,
		    NULL, NULL, (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
	    named_as_one_of_ours);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(says_what_to_do);
	return (_cmocka_run_group_tests("qualify_crypt", tests, n, NULL,
	    NULL));
}
