#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/cardca_table.h"
#include "crypto/trust.h"
#include "tests/lib/fake_ef.h"
#include "tests/lib/test_card.h"
#include "tests/lib/test_certs.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define OWN	"9900023"	/* FAKE_SURFACE_CA */
#define ID_AT	10		/* of the issuer in the certificate */
#define BODY	297

static char folder[] = "/tmp/cardca-XXXXXX";

/* A card's files, and what of them is claimed. */
struct claim {
	struct blob		face, certificate;
	struct cardca_claim	c;
};

static void
make_ef(uint16_t id, const struct fake_face *face, struct blob *out)
{
	assert_int_equal(fake_ef_make(fake_ef_find(FAKE_SURFACE, id), face,
	    out), ERR_OK);
}

/* From the head of one object, which has 3 bytes, to the end of another. */
static struct buf
range(const struct blob *file, uint16_t first, uint16_t last)
{
	const uint8_t *from = fake_ef_item(file, first).p - 3;
	struct buf end = fake_ef_item(file, last);

	return ((struct buf){ from, (size_t)(end.p - from) + end.left });
}

static void
claim_it(struct claim *k)
{
	k->c = (struct cardca_claim){
		.certificate = blob_buf(&k->certificate),
		.part = { range(&k->face, 0xdf22, 0xdf24),
		    range(&k->face, 0xdf25, 0xdf26),
		    range(&k->face, 0xdf27, 0xdf27) },
		.signature = fake_ef_item(&k->face, 0xdf28),
		.key = fake_ef_item(&k->face, 0xdf24),
	};
}

static void
make_claim(struct claim *k, const char *ca, enum test_key card_ca)
{
	const struct fake_face face = { .person = test_card_person,
	    .expiry = "20350602", .ca = ca,
	    .photo = { (const uint8_t *)"photograph", 10 },
	    .ap_key = test_key(TEST_KEY_LEAF),
	    .issuer_key = test_key(TEST_KEY_ROOT2),
	    .card_ca = test_key(card_ca) };

	*k = (struct claim){ .face = { 0 } };
	make_ef(0x0002, &face, &k->face);
	make_ef(0x0004, &face, &k->certificate);
	claim_it(k);
}

static void
drop_claim(struct claim *k)
{
	blob_free(&k->face);
	blob_free(&k->certificate);
}

static void
write_ca(const char *file, const char *number, enum test_key key)
{
	struct blob text = { 0 };
	char path[64];

	assert_int_equal(fake_card_ca(number, test_key(key), &text), ERR_OK);
	snprintf(path, sizeof(path), "%s/%s", folder, file);
	test_write(path, text.data, text.len);
	blob_free(&text);
}

static void
remove_file(const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	(void)unlink(path);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return (-1);
	write_ca("own.cardca", OWN, TEST_KEY_ROOT1);
	return (0);
}

static int
remove_folder(void **state)
{
	(void)state;
	remove_file("own.cardca");
	test_certs_end();
	return (rmdir(folder));
}

/* --- verdicts --- */

/* What is changed before it is judged. */
enum where { NOWHERE, CERTIFICATE, FACE, CUT_CERTIFICATE, ADD_CERTIFICATE,
    NO_CERTIFICATE, NO_SIGNATURE, SHORT_SIGNATURE, FOREIGN_KEY, HALF_KEY,
    LONG_KEY, SWAP_PARTS, NO_PART };

static const struct row {
	const char		*name;
	const char		*ca;	/* number of the issuer's issuer */
	enum test_key		 key;	/* which signs for it */
	enum trust_mode		 mode;
	enum where		 where;
	size_t			 at;
	int			 no_folder;
	enum cardca_verdict	 want;
} rows[] = {
	{ "genuine", OWN, TEST_KEY_ROOT1, TRUST_TEST, NOWHERE, 0, 0,
	    CARDCA_GENUINE },
	{ "issuer unknown", "9900099", TEST_KEY_ROOT1, TRUST_TEST, NOWHERE,
	    0, 0, CARDCA_ISSUER_UNKNOWN },
	{ "issuer unknown, no folder", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    NOWHERE, 0, 1, CARDCA_ISSUER_UNKNOWN },
	{ "the folder counts for nothing in production", OWN, TEST_KEY_ROOT1,
	    TRUST_PRODUCTION, NOWHERE, 0, 0, CARDCA_ISSUER_UNKNOWN },
	{ "production, no folder", OWN, TEST_KEY_ROOT1, TRUST_PRODUCTION,
	    NOWHERE, 0, 1, CARDCA_ISSUER_UNKNOWN },
	{ "a test card in production", "6000023", TEST_KEY_ROOT1,
	    TRUST_PRODUCTION, NOWHERE, 0, 0, CARDCA_ISSUER_UNKNOWN },

	{ "forged", OWN, TEST_KEY_OTHER, TRUST_TEST, NOWHERE, 0, 0,
	    CARDCA_FORGED },
	{ "forged in the name of production", "5000023", TEST_KEY_ROOT1,
	    TRUST_PRODUCTION, NOWHERE, 0, 0, CARDCA_FORGED },
	{ "the same in test mode", "5000023", TEST_KEY_ROOT1, TRUST_TEST,
	    NOWHERE, 0, 0, CARDCA_FORGED },
	{ "forged in the name of the test cards", "6000023", TEST_KEY_ROOT1,
	    TRUST_TEST, NOWHERE, 0, 0, CARDCA_FORGED },
	{ "signed by the key it carries", OWN, TEST_KEY_ROOT2, TRUST_TEST,
	    NOWHERE, 0, 0, CARDCA_FORGED },
	{ "certificate: subject changed", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, ID_AT + 16, 0, CARDCA_FORGED },
	{ "certificate: padding of the subject", OWN, TEST_KEY_ROOT1,
	    TRUST_TEST, CERTIFICATE, ID_AT + 31, 0, CARDCA_FORGED },
	{ "certificate: key changed", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, ID_AT + 100, 0, CARDCA_FORGED },
	{ "certificate: signature changed", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, 400, 0, CARDCA_FORGED },
	{ "certificate: last byte changed", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, 567, 0, CARDCA_FORGED },
	{ "certificate: padding of the issuer", OWN, TEST_KEY_ROOT1,
	    TRUST_TEST, CERTIFICATE, ID_AT + 15, 0, CARDCA_ISSUER_UNKNOWN },
	{ "certificate: another issuer", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, ID_AT + 6, 0, CARDCA_ISSUER_UNKNOWN },

	{ "birth date altered", OWN, TEST_KEY_ROOT1, TRUST_TEST, FACE, 0xdf22,
	    0, CARDCA_ALTERED },
	{ "sex altered", OWN, TEST_KEY_ROOT1, TRUST_TEST, FACE, 0xdf23, 0,
	    CARDCA_ALTERED },
	{ "name altered", OWN, TEST_KEY_ROOT1, TRUST_TEST, FACE, 0xdf25, 0,
	    CARDCA_ALTERED },
	{ "address altered", OWN, TEST_KEY_ROOT1, TRUST_TEST, FACE, 0xdf26,
	    0, CARDCA_ALTERED },
	{ "photograph altered", OWN, TEST_KEY_ROOT1, TRUST_TEST, FACE,
	    0xdf27, 0, CARDCA_ALTERED },
	{ "signature altered", OWN, TEST_KEY_ROOT1, TRUST_TEST, FACE, 0xdf28,
	    0, CARDCA_ALTERED },
	{ "altered, issuer unknown", "9900099", TEST_KEY_ROOT1, TRUST_TEST,
	    FACE, 0xdf22, 0, CARDCA_ALTERED },
	{ "altered, and forged", OWN, TEST_KEY_OTHER, TRUST_TEST, FACE,
	    0xdf22, 0, CARDCA_FORGED },
	{ "expiry is not signed", OWN, TEST_KEY_ROOT1, TRUST_TEST, FACE,
	    0xdf29, 0, CARDCA_GENUINE },
	{ "the code's image is not signed", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    FACE, 0xdf2a, 0, CARDCA_GENUINE },
	{ "no signature", OWN, TEST_KEY_ROOT1, TRUST_TEST, NO_SIGNATURE, 0,
	    0, CARDCA_ALTERED },
	{ "signature of 255", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    SHORT_SIGNATURE, 0, 0, CARDCA_ALTERED },
	{ "parts in another order", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    SWAP_PARTS, 0, 0, CARDCA_ALTERED },
	{ "a part missing", OWN, TEST_KEY_ROOT1, TRUST_TEST, NO_PART, 0, 0,
	    CARDCA_ALTERED },

	{ "no certificate", OWN, TEST_KEY_ROOT1, TRUST_TEST, NO_CERTIFICATE,
	    0, 0, CARDCA_MALFORMED },
	{ "certificate of 567 bytes", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CUT_CERTIFICATE, 0, 0, CARDCA_MALFORMED },
	{ "certificate of 569 bytes", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    ADD_CERTIFICATE, 0, 0, CARDCA_MALFORMED },
	{ "certificate: tag", OWN, TEST_KEY_ROOT1, TRUST_TEST, CERTIFICATE,
	    0, 0, CARDCA_MALFORMED },
	{ "certificate: length", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, 4, 0, CARDCA_MALFORMED },
	{ "certificate: body's tag", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, 6, 0, CARDCA_MALFORMED },
	{ "certificate: body's length", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, 9, 0, CARDCA_MALFORMED },
	{ "certificate: issuer without 08", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, ID_AT + 7, 0, CARDCA_MALFORMED },
	{ "certificate: subject without 05", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, ID_AT + 16 + 8, 0, CARDCA_MALFORMED },
	{ "certificate: exponent's tag", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, ID_AT + 32, 0, CARDCA_MALFORMED },
	{ "certificate: exponent", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, ID_AT + 36, 0, CARDCA_MALFORMED },
	{ "certificate: modulus's tag", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, ID_AT + 37, 0, CARDCA_MALFORMED },
	{ "certificate: modulus even", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, ID_AT + BODY - 1, 0, CARDCA_MALFORMED },
	{ "certificate: signature's tag", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    CERTIFICATE, ID_AT + BODY, 0, CARDCA_MALFORMED },
	{ "card key: tag", OWN, TEST_KEY_ROOT1, TRUST_TEST, FACE, 0xdf24, 0,
	    CARDCA_MALFORMED },
	{ "card key from outside", OWN, TEST_KEY_ROOT1, TRUST_TEST,
	    FOREIGN_KEY, 0, 0, CARDCA_MALFORMED },
	{ "card key and a byte", OWN, TEST_KEY_ROOT1, TRUST_TEST, LONG_KEY,
	    0, 0, CARDCA_MALFORMED },
	{ "card key cut", OWN, TEST_KEY_ROOT1, TRUST_TEST, HALF_KEY, 0, 0,
	    CARDCA_MALFORMED },
};

static void
change(const struct row *row, struct claim *k, struct blob *spare)
{
	struct buf part;

	switch (row->where) {
	case NOWHERE:
		return;
	case CERTIFICATE:
		k->certificate.data[row->at] ^= 1;
		return;
	case FACE:
		part = fake_ef_item(&k->face, (uint16_t)row->at);
		k->face.data[part.p - k->face.data] ^= 1;
		return;
	case CUT_CERTIFICATE:
		k->c.certificate.left--;
		return;
	case ADD_CERTIFICATE:
		assert_int_equal(blob_add_u8(&k->certificate, 0), ERR_OK);
		k->c.certificate = blob_buf(&k->certificate);
		return;
	case NO_CERTIFICATE:
		k->c.certificate = (struct buf){ NULL, 0 };
		return;
	case NO_SIGNATURE:
		k->c.signature = (struct buf){ NULL, 0 };
		return;
	case SHORT_SIGNATURE:
		k->c.signature.left--;
		return;
	case FOREIGN_KEY:
		assert_int_equal(blob_add(spare, k->c.key.p, k->c.key.left),
		    ERR_OK);
		k->c.key = blob_buf(spare);
		return;
	case HALF_KEY:
		k->c.key.left--;
		return;
	case LONG_KEY:
		k->c.key.left++;
		k->c.part[0].left++;
		return;
	case SWAP_PARTS:
		part = k->c.part[1];
		k->c.part[1] = k->c.part[2];
		k->c.part[2] = part;
		return;
	case NO_PART:
		k->c.part[2].left = 0;
		return;
	}
}

static void
judge_row(void **state)
{
	const struct row *row = *state;
	const struct cardca_rules rules = { row->mode, row->no_folder ? NULL :
	    folder };
	struct cardca_result result;
	struct blob spare = { 0 };
	struct note note = { "" };
	struct claim k;

	make_claim(&k, row->ca, row->key);
	change(row, &k, &spare);
	memset(&result, 0xa5, sizeof(result));
	assert_int_equal(cardca_judge(&k.c, &rules, &result, &note), ERR_OK);
	assert_string_equal(cardca_word(result.verdict),
	    cardca_word(row->want));
	if (row->want >= CARDCA_ISSUER_UNKNOWN)
		assert_int_equal(EVP_PKEY_eq(result.key,
		    test_key(TEST_KEY_LEAF)), 1);
	else
		assert_null(result.key);
	assert_int_equal(result.issuer[0] == '\0',
	    row->want == CARDCA_MALFORMED);
	if (row->where == NOWHERE) {
		assert_memory_equal(result.issuer, row->ca, 7);
		assert_string_equal(result.issuer + 7, "/001");
	}
	EVP_PKEY_free(result.key);
	blob_free(&spare);
	drop_claim(&k);
}

/* Every byte of the certificate counts, and each is either form or signed. */
static void
every_byte_of_the_certificate(void **state)
{
	const struct cardca_rules rules = { TRUST_TEST, folder };
	struct cardca_result result;
	struct claim k;

	(void)state;
	make_claim(&k, OWN, TEST_KEY_ROOT1);
	for (size_t i = 0; i < k.certificate.len; i++) {
		k.certificate.data[i] ^= 0x80;
		assert_int_equal(cardca_judge(&k.c, &rules, &result, NULL),
		    ERR_OK);
		if (result.verdict == CARDCA_GENUINE)
			fail_msg("byte %zu does not count", i);
		EVP_PKEY_free(result.key);
		k.certificate.data[i] ^= 0x80;
	}
	drop_claim(&k);
}

/* What it gives to a person about the folder in production. */
static void
says_why(void **state)
{
	const struct cardca_rules rules = { TRUST_PRODUCTION, folder };
	struct cardca_result result;
	struct note note = { "" };
	struct claim k;

	(void)state;
	make_claim(&k, OWN, TEST_KEY_ROOT1);
	assert_int_equal(cardca_judge(&k.c, &rules, &result, &note), ERR_OK);
	assert_non_null(strstr(note.text, "*.cardca"));
	EVP_PKEY_free(result.key);
	drop_claim(&k);
	make_claim(&k, "6000023", TEST_KEY_ROOT1);
	assert_int_equal(cardca_judge(&k.c, &rules, &result, &note), ERR_OK);
	assert_non_null(strstr(note.text, "test card"));
	EVP_PKEY_free(result.key);
	drop_claim(&k);
}

/* A folder does not replace what is built in, in no mode. */
static void
built_in_comes_first(void **state)
{
	const struct cardca_rules rules = { TRUST_TEST, folder };
	struct cardca_result result;
	struct claim k;

	(void)state;
	write_ca("z.cardca", "5000023", TEST_KEY_ROOT1);
	make_claim(&k, "5000023", TEST_KEY_ROOT1);
	assert_int_equal(cardca_judge(&k.c, &rules, &result, NULL), ERR_OK);
	assert_int_equal(result.verdict, CARDCA_FORGED);
	drop_claim(&k);
	remove_file("z.cardca");
}

/* --- the table --- */

static const struct built_row {
	const char	*name, *number, *group;
	int		 found, test;
} builts[] = {
	{ "built in: 5000023/001", "5000023", "001", 1, 0 },
	{ "built in: 6000023/001", "6000023", "001", 1, 1 },
	{ "not built in: another group", "5000023", "002", 0, 0 },
	{ "not built in: of the text application", "5000033", "001", 0, 0 },
	{ "not built in: of the master file", "5000020", "001", 0, 0 },
	{ "not built in: ours", OWN, "001", 0, 0 },
};

static void
built_row(void **state)
{
	const struct built_row *row = *state;
	const struct cardca_key none = { .test = 0 };
	struct cardca_key key;
	uint8_t id[FAKE_KEY_ID];

	fake_key_id(row->number, row->group, id);
	memset(&key, 0xa5, sizeof(key));
	assert_int_equal(cardca_built_in(id, &key), row->found);
	if (!row->found) {
		assert_memory_equal(&key, &none, sizeof(none));
		return;
	}
	assert_memory_equal(key.id, id, sizeof(id));
	assert_int_equal(key.test, row->test);
	assert_true((key.modulus[0] & 0x80) != 0);
	assert_true((key.modulus[CARDCA_RSA - 1] & 1) != 0);
	id[15] ^= 1;
	assert_int_equal(cardca_built_in(id, &key), 0);
}

/* A digit copied wrongly would most likely give a number with a small
 * factor; a modulus has none. */
static void
moduli_have_no_small_factor(void **state)
{
	static const char *const numbers[] = { "5000023", "6000023" };

	(void)state;
	for (size_t i = 0; i < LEN(numbers); i++) {
		struct cardca_key key;
		uint8_t id[FAKE_KEY_ID];

		fake_key_id(numbers[i], "001", id);
		assert_int_equal(cardca_built_in(id, &key), 1);
		for (uint64_t p = 3; p < 100000; p += 2) {
			uint64_t rest = 0;

			for (size_t k = 0; k < CARDCA_RSA; k++)
				rest = (rest << 8 | key.modulus[k]) % p;
			if (rest == 0)
				fail_msg("%s: divisible by %u", numbers[i],
				    (unsigned)p);
		}
	}
}

static void
words(void **state)
{
	static const char *const want[CARDCA_VERDICTS] = {
		[CARDCA_MALFORMED] = "malformed", [CARDCA_FORGED] = "forged",
		[CARDCA_ALTERED] = "altered",
		[CARDCA_ISSUER_UNKNOWN] = "issuer-unknown",
		[CARDCA_GENUINE] = "genuine",
	};

	(void)state;
	for (int i = 0; i < CARDCA_VERDICTS; i++) {
		enum cardca_verdict v = (enum cardca_verdict)i;

		assert_string_equal(cardca_word(v), want[i]);
		assert_true(cardca_label(v, ERR_EN)[0] != '\0');
		assert_string_not_equal(cardca_label(v, ERR_EN),
		    cardca_label(v, ERR_JA));
	}
	/* Nothing that is not said is genuine. */
	assert_int_equal((struct cardca_result){ .key = NULL }.verdict,
	    CARDCA_MALFORMED);
	assert_string_equal(cardca_word((enum cardca_verdict)99),
	    "malformed");
	assert_string_equal(cardca_label((enum cardca_verdict)-1, ERR_JA),
	    cardca_label(CARDCA_MALFORMED, ERR_JA));
}

/* --- files of the folder --- */

#define ID	"39393030303737080530303100000000"	/* 9900077/001 */
#define N64	"C123456789abcdef0123456789ABCDEF" \
		"0123456789abcdef0123456789ABCDEF"
#define N512	N64 N64 N64 N64 N64 N64 N64 N64
#define GOOD	"id = " ID "\nmodulus = " N512 "\nexponent = 010001\n" \
		"source = a test\n"

static const struct file_row {
	const char	*name, *text, *said;	/* NULL: good */
	size_t		 len;			/* 0: up to its end */
} files[] = {
	{ "file: good", GOOD, NULL, 0 },
	{ "file: comments, blanks, another order", "# a\n\n \t source=x\n"
	    "exponent=010001\n  modulus\t=\t" N512 " \r\nid=" ID, NULL, 0 },
	{ "file: empty", "", "are needed", 0 },
	{ "file: comments only", "# nothing\n", "are needed", 0 },
	{ "file: no id", "modulus = " N512 "\nexponent = 010001\n"
	    "source = x\n", "are needed", 0 },
	{ "file: no modulus", "id = " ID "\nexponent = 010001\n"
	    "source = x\n", "are needed", 0 },
	{ "file: no exponent", "id = " ID "\nmodulus = " N512 "\n"
	    "source = x\n", "are needed", 0 },
	{ "file: no source", "id = " ID "\nmodulus = " N512 "\n"
	    "exponent = 010001\n", "are needed", 0 },
	{ "file: source not said", GOOD "source =\n", "line 5", 0 },
	{ "file: source empty", "source = \n", "line 1: the source", 0 },
	{ "file: id twice", "id = " ID "\nid = " ID "\n", "line 2: said", 0 },
	{ "file: id of 31 digits", "id = 3939303030373708053030310000000\n",
	    "line 1: an id", 0 },
	{ "file: id of 33 digits", "id = " ID "0\n", "line 1: an id", 0 },
	{ "file: id of letters", "id = g9393030373708053030310000000000\n",
	    "line 1: an id", 0 },
	{ "file: id in words", "id = 9900077/001\n", "line 1: an id", 0 },
	{ "file: modulus short", "modulus = " N64 "\n", "line 1: a modulus",
	    0 },
	{ "file: modulus long", "modulus = " N512 "01\n",
	    "line 1: a modulus", 0 },
	{ "file: modulus of 2047 bits", "modulus = 0123456789abcdef"
	    "0123456789ABCDEF0123456789abcdef0123456789ABCDEF" N64 N64 N64
	    N64 N64 N64 N64 "\n", "line 1: a modulus", 0 },
	{ "file: modulus even", "modulus = " N64 N64 N64 N64 N64 N64 N64
	    "C123456789abcdef0123456789ABCDEF"
	    "0123456789abcdef0123456789ABCDE0\n", "line 1: a modulus", 0 },
	{ "file: exponent 3", "exponent = 03\n", "line 1: the exponent", 0 },
	{ "file: exponent in another form", "exponent = 65537\n",
	    "line 1: the exponent", 0 },
	{ "file: unknown key", GOOD "name = x\n", "line 5: not id", 0 },
	{ "file: key in capitals", "ID = " ID "\n", "line 1: not id", 0 },
	{ "file: no =", "id\n", "line 1: not \"key", 0 },
	{ "file: not text", "\xff\xfe", "not UTF-8", 0 },
	{ "file: a NUL", GOOD "#\0", "not UTF-8", sizeof(GOOD "#\0") - 1 },
};

static void
file_row(void **state)
{
	const struct file_row *row = *state;
	struct cardca_key key;
	struct note note = { "" };
	uint8_t id[FAKE_KEY_ID];
	char path[64];
	int found = 99;

	snprintf(path, sizeof(path), "%s/a.cardca", folder);
	test_write(path, row->text, row->len != 0 ? row->len :
	    strlen(row->text));
	fake_key_id("9900077", "001", id);
	assert_int_equal(cardca_in_folder(folder, id, &key, &found, &note),
	    row->said == NULL ? ERR_OK : ERR_CONF);
	assert_int_equal(found, row->said == NULL);
	if (row->said != NULL) {
		assert_non_null(strstr(note.text, "a.cardca"));
		assert_non_null(strstr(note.text, row->said));
	} else {
		assert_memory_equal(key.id, id, sizeof(id));
		assert_int_equal(key.test, 1);
		assert_int_equal(key.modulus[0], 0xc1);
		assert_int_equal(key.modulus[31], 0xef);
	}
	assert_int_equal(unlink(path), 0);
}

/* A file that is wrong ends the check, also where the key is another's. */
static void
wrong_file_is_no_verdict(void **state)
{
	const struct cardca_rules rules = { TRUST_TEST, folder };
	struct cardca_result result;
	struct note note = { "" };
	char path[64];
	struct claim k;

	(void)state;
	snprintf(path, sizeof(path), "%s/z.cardca", folder);
	test_write(path, "id\n", 3);
	make_claim(&k, OWN, TEST_KEY_ROOT1);
	assert_int_equal(cardca_judge(&k.c, &rules, &result, &note),
	    ERR_CONF);
	assert_int_equal(result.verdict, CARDCA_MALFORMED);
	assert_null(result.key);
	assert_non_null(strstr(note.text, "z.cardca"));
	assert_int_equal(unlink(path), 0);
	/* One that is too long is no key either. */
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(cardca_judge(&k.c, &rules, &result, &note),
	    ERR_SYS);
	assert_int_equal(rmdir(path), 0);
	drop_claim(&k);
}

static void
other_names_are_passed_over(void **state)
{
	static const char *const names[] = { ".own.cardca", "cardca",
	    ".cardca", "own.cardca~", "own.cardca.new" };
	uint8_t id[FAKE_KEY_ID];
	struct cardca_key key;
	char path[64];
	int found;

	(void)state;
	fake_key_id("9900077", "001", id);
	for (size_t i = 0; i < LEN(names); i++) {
		assert_int_equal(cardca_is_file(names[i]), 0);
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		test_write(path, GOOD, sizeof(GOOD) - 1);
		assert_int_equal(cardca_in_folder(folder, id, &key, &found,
		    NULL), ERR_OK);
		assert_int_equal(found, 0);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(cardca_files(folder), 1);
	assert_int_equal(cardca_files("/nonexistent"), 0);
	assert_int_equal(cardca_in_folder("/nonexistent", id, &key, &found,
	    NULL), ERR_OK);
	assert_int_equal(found, 0);
	assert_int_equal(cardca_in_folder("/dev/null", id, &key, &found,
	    NULL), ERR_SYS);
}

/* The folder of roots may hold them: they are no roots. */
static void
no_root(void **state)
{
	struct trust_root root;
	struct note note = { "" };
	size_t n = 99;

	(void)state;
	assert_int_equal(trust_list(folder, TRUST_PRODUCTION, &root, 1, &n,
	    &note), ERR_OK);
	assert_int_equal(n, 0);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(every_byte_of_the_certificate),
	cmocka_unit_test(says_why),
	cmocka_unit_test(built_in_comes_first),
	cmocka_unit_test(moduli_have_no_small_factor),
	cmocka_unit_test(words),
	cmocka_unit_test(wrong_file_is_no_verdict),
	cmocka_unit_test(other_names_are_passed_over),
	cmocka_unit_test(no_root),
};

#define ADD(rows, fn) do {						\
	for (size_t i_ = 0; i_ < LEN(rows); i_++)			\
		tests[n++] = (struct CMUnitTest){ .name = (rows)[i_].name,\
		    .test_func = (fn), .initial_state =			\
		    (void *)(uintptr_t)&(rows)[i_] };			\
} while (0)

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(builts) + LEN(files) +
	    LEN(singles)];
	size_t n = 0;

	ADD(rows, judge_row);
	ADD(builts, built_row);
	ADD(files, file_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests_name("crypto_cardca", tests,
	    make_folder, remove_folder));
}
