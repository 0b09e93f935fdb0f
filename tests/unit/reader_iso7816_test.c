#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader/attributes.h"
#include "reader/card.h"
#include "reader/iso7816.h"
#include "reader/jpki.h"
#include "reader/pin.h"
#include "reader/read.h"
#include "tests/lib/fake_tp.h"
#include "tests/lib/test_card.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define RAW_MAX	600

static size_t
unhex(const char *hex, uint8_t out[RAW_MAX])
{
	size_t n = strlen(hex) / 2;
	unsigned v;

	assert_true(n <= RAW_MAX && strlen(hex) % 2 == 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		out[i] = (uint8_t)v;
	}
	return (n);
}

static void
nothing_selected(const struct card *card)
{
	assert_int_equal(card->guard.app, GUARD_NO_APP);
	assert_int_equal(card->guard.ef, 0);
	assert_int_equal(card->guard.more, 0);
}

/* --- one command, with answers as a card of another kind might give --- */

struct canned {
	struct tp	 tp;		/* first: the contract's own */
	const char	*const *answers;
	unsigned	 n, last;	/* the last one is repeated */
	uint8_t		 tx[RAW_MAX];	/* the latest command */
	size_t		 txlen;
};

static enum err
canned_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct canned *c = (struct canned *)(void *)tp;
	uint8_t answer[RAW_MAX];

	(void)ms;
	assert_true(txlen <= sizeof(c->tx));
	memcpy(c->tx, tx, txlen);
	c->txlen = txlen;
	*rxlen = unhex(c->answers[c->n < c->last ? c->n : c->last], answer);
	memcpy(rx, answer, *rxlen);
	c->n++;
	return (ERR_OK);
}

static const struct tp_ops canned_ops = { .name = "canned",
	.xfer = canned_xfer };

#define READ_CERT	"00B0000000"
#define SIGN_TO(le)	"802A008033" "3031300D060960864801650304020105000420" \
			A8 A8 A8 A8 le
#define SIGN		SIGN_TO("00")
#define VERIFY		"002000800431323334"
#define TRIES		"00200080"
#define A8		"AAAAAAAAAAAAAAAA"
#define A64		A8 A8 A8 A8 A8 A8 A8 A8
#define A256		A64 A64 A64 A64

static const struct one_row {
	const char	*name, *tx;
	uint16_t	 ef;
	const char	*answers[4];
	enum err	 want;
	uint16_t	 sw;
	size_t		 len;	/* of the answer's data */
	unsigned	 n;	/* commands sent */
	const char	*last;	/* and the last of them; NULL: tx */
} ones[] = {
	{ "data", READ_CERT, 0xa, { "AABB9000" }, ERR_OK, 0x9000, 2, 1,
	    NULL },
	{ "no data", READ_CERT, 0xa, { "9000" }, ERR_OK, 0x9000, 0, 1,
	    NULL },
	{ "a refusal is no error", READ_CERT, 0xa, { "6982" }, ERR_OK,
	    0x6982, 0, 1, NULL },
	{ "end of file", READ_CERT, 0xa, { "AA6282" }, ERR_OK, 0x6282, 1, 1,
	    NULL },
	{ "61: more", READ_CERT, 0xa, { "6102", "AABB9000" }, ERR_OK, 0x9000,
	    2, 2, "00C0000002" },
	{ "61: some and more", READ_CERT, 0xa, { "AA6100", "BB6101",
	    "CC9000" }, ERR_OK, 0x9000, 3, 3, "00C0000001" },
	{ "61: SIGN", SIGN, 0x17, { "6104", "AABBCCDD9000" }, ERR_OK, 0x9000,
	    4, 2, "00C0000004" },
	{ "61: more is refused", READ_CERT, 0xa, { "6102", "6F00" }, ERR_OK,
	    0x6f00, 0, 2, "00C0000002" },
	{ "61: nothing comes", READ_CERT, 0xa, { "6102", "9000" }, ERR_OK,
	    0x9000, 0, 2, "00C0000002" },
	{ "61: nothing ever comes", READ_CERT, 0xa, { "6100" }, ERR_SHORT,
	    0x6100, 0, 2, "00C0000000" },
	{ "61: some, then nothing ever", READ_CERT, 0xa, { "AA6100",
	    "BB6100", "6100" }, ERR_SHORT, 0x6100, 2, 3, "00C0000000" },
	{ "61: without end", READ_CERT, 0xa, { A256 "6100" }, ERR_TOOBIG,
	    0x6100, READ_MAX + 256, READ_MAX / 256 + 1, "00C0000000" },
	{ "61: torn amid", READ_CERT, 0xa, { "6104", "AABB6A82" }, ERR_TORN,
	    0x6a82, 0, 2, "00C0000004" },
	{ "6C: repeated with it", READ_CERT, 0xa, { "6C02", "AABB9000" },
	    ERR_OK, 0x9000, 2, 2, "00B0000002" },
	{ "6C: 00 is 256", "00B0000010", 0xa, { "6C00", A256 "9000" },
	    ERR_OK, 0x9000, 256, 2, "00B0000000" },
	{ "6C: SIGN", SIGN, 0x17, { "6C80", "AABB9000" }, ERR_OK, 0x9000, 2,
	    2, SIGN_TO("80") },
	{ "6C: once only", READ_CERT, 0xa, { "6C02", "6C03", "AA9000" },
	    ERR_OK, 0x6c03, 0, 2, "00B0000002" },
	{ "6C and 61", READ_CERT, 0xa, { "6C02", "6102", "AABB9000" },
	    ERR_OK, 0x9000, 2, 3, "00C0000002" },
	{ "6C: no extended length", "00B00000000400", 0xa, { "6C02" },
	    ERR_OK, 0x6c02, 0, 1, NULL },
	{ "6C: no VERIFY", VERIFY, 0x18, { "6C04", "9000" }, ERR_OK, 0x6c04,
	    0, 1, NULL },
	{ "6C00: no VERIFY", VERIFY, 0x18, { "6C00", "9000" }, ERR_OK,
	    0x6c00, 0, 1, NULL },
	{ "6C: no empty VERIFY", TRIES, 0x18, { "6C04", "9000" }, ERR_OK,
	    0x6c04, 0, 1, NULL },
	{ "6C: no SELECT", "00A4020C02000A", 0, { "6C04", "9000" }, ERR_OK,
	    0x6c04, 0, 1, NULL },
	{ "61: VERIFY once", VERIFY, 0x18, { "6102", "AABB9000" }, ERR_OK,
	    0x9000, 2, 2, "00C0000002" },
	{ "torn: not found", READ_CERT, 0xa, { "AABB6A82" }, ERR_TORN,
	    0x6a82, 0, 1, NULL },
	{ "torn: not verified", READ_CERT, 0xa, { "AA6982" }, ERR_TORN,
	    0x6982, 0, 1, NULL },
	{ "torn: a length", READ_CERT, 0xa, { "AA6C02" }, ERR_TORN, 0x6c02,
	    0, 1, NULL },
	{ "torn: no status word", READ_CERT, 0xa, { "AABBCCDD" }, ERR_TORN,
	    0xccdd, 0, 1, NULL },
	{ "torn: 9001", READ_CERT, 0xa, { "AA9001" }, ERR_TORN, 0x9001, 0, 1,
	    NULL },
	{ "torn: 6081", READ_CERT, 0xa, { "AA6081" }, ERR_TORN, 0x6081, 0, 1,
	    NULL },
	{ "one byte is no answer", READ_CERT, 0xa, { "90" }, ERR_NO_CARD, 0,
	    0, 1, NULL },
	{ "nothing is no answer", READ_CERT, 0xa, { "" }, ERR_NO_CARD, 0, 0,
	    1, NULL },
};

static void
one_row(void **state)
{
	const struct one_row *row = *state;
	struct canned c = { .tp = { .ops = &canned_ops, .begun = 1,
	    .caps = { .tx_max = TP_TX_SHORT, .rx_max = TP_RX_SHORT } },
	    .answers = row->answers };
	struct card card = { .tp = &c.tp, .guard = { GUARD_JPKI, row->ef,
	    0 } };
	uint8_t tx[RAW_MAX], last[RAW_MAX];
	struct blob rsp = { 0 };
	uint16_t sw = 1;
	size_t n = unhex(row->tx, tx);

	while (c.last + 1 < LEN(row->answers) &&
	    row->answers[c.last + 1] != NULL)
		c.last++;
	assert_int_equal(blob_add_str(&rsp, "before"), ERR_OK);
	assert_int_equal(apdu_send(&card, tx, n, &rsp, &sw, APDU_MS),
	    row->want);
	assert_int_equal(sw, row->sw);
	assert_int_equal(rsp.len, row->len);
	assert_int_equal(c.n, row->n);
	n = unhex(row->last == NULL ? row->tx : row->last, last);
	assert_int_equal(c.txlen, n);
	assert_memory_equal(c.tx, last, n);
	if (row->want != ERR_OK)
		nothing_selected(&card);
	blob_free(&rsp);
}

static void
status_words(void **state)
{
	(void)state;
	for (unsigned sw = 0; sw <= 0xffff; sw++) {
		enum err want = sw == 0x9000 ? ERR_OK :
		    sw == 0x6982 ? ERR_NEEDS_PIN :
		    sw == 0x6a82 || sw == 0x6a83 || sw == 0x6a88 ?
		    ERR_NO_FILE : sw == 0x6f00 ? ERR_CARD_MUTE : ERR_SW;

		assert_int_equal(apdu_sw_err((uint16_t)sw), want);
	}
}

/* --- whole files --- */

enum { SHORT_IDS = 1, EXTENDED = 2 };

static const struct read_row {
	const char	*name;
	uint16_t	 ef;		/* 0006 has no filler, 000A has */
	size_t		 content, total;
	int		 opts, card;	/* EXTENDED: the card declares it */
	size_t		 rx_max;	/* 0: TP_RX_EXT where declared */
	int		 get_response;
	uint16_t	 eof_sw;	/* 0: 9000 */
	enum err	 want;
	unsigned	 apdus;
} reads[] = {
	{ "1600 bytes: SELECT and 7", 0xa, 1600, 1600, 0, 0, 0, 0, 0, ERR_OK,
	    8 },
	{ "1600 bytes by short id: 7", 0xa, 1600, 1600, SHORT_IDS, 0, 0, 0,
	    0, ERR_OK, 7 },
	{ "1600 bytes extended: 1", 0xa, 1600, 1600, EXTENDED, EXTENDED, 0,
	    0, 0, ERR_OK, 2 },
	{ "1600 bytes extended by short id", 0xa, 1600, 1600,
	    SHORT_IDS | EXTENDED, EXTENDED, 0, 0, 0, ERR_OK, 1 },
	{ "extended, not asked for", 0xa, 1600, 1600, 0, EXTENDED, 0, 0, 0,
	    ERR_OK, 8 },
	{ "extended, not by the card", 0xa, 1600, 1600, EXTENDED, 0,
	    TP_RX_EXT, 0, 0, ERR_OK, 8 },
	{ "extended, not by the reader", 0xa, 1600, 1600, EXTENDED, EXTENDED,
	    TP_RX_SHORT, 0, 0, ERR_OK, 8 },
	{ "extended, reader one byte short", 0xa, 1600, 1600, EXTENDED,
	    EXTENDED, 4097, 0, 0, ERR_OK, 8 },
	{ "extended, reader just enough", 0xa, 1600, 1600, EXTENDED,
	    EXTENDED, 4098, 0, 0, ERR_OK, 2 },
	{ "extended, end of file 6282", 0xa, 1600, 1600, EXTENDED, EXTENDED,
	    0, 0, 0x6282, ERR_OK, 2 },
	{ "extended, two chunks", 0xa, 6000, 6000, EXTENDED, EXTENDED, 0, 0,
	    0, ERR_OK, 3 },
	{ "256 bytes", 0xa, 256, 256, 0, 0, 0, 0, 0, ERR_OK, 2 },
	{ "257 bytes", 0xa, 257, 257, 0, 0, 0, 0, 0, ERR_OK, 3 },
	{ "512 bytes", 0xa, 512, 512, 0, 0, 0, 0, 0, ERR_OK, 3 },
	{ "513 bytes", 0xa, 513, 513, 0, 0, 0, 0, 0, ERR_OK, 4 },
	{ "1600 bytes, 61 and 6C", 0xa, 1600, 1600, 0, 0, 0, 1, 0, ERR_OK,
	    8 },
	{ "a script and a byte", 0xa, 256 + 64 * 256 + 1, 256 + 64 * 256 + 1,
	    0, 0, 0, 0, 0, ERR_OK, 67 },
	{ "READ_MAX", 0xa, READ_MAX, READ_MAX, 0, 0, 0, 0, 0, ERR_OK, 129 },
	{ "READ_MAX and one", 0xa, READ_MAX + 1, READ_MAX + 1, 0, 0, 0, 0, 0,
	    ERR_TOOBIG, 2 },
	{ "a length gone wrong", 0xa, 1600, SIZE_MAX, 0, 0, 0, 0, 0,
	    ERR_TOOBIG, 2 },
	{ "only the beginning is wanted", 6, 160, 32, 0, 0, 0, 0, 0, ERR_OK,
	    2 },
	{ "nothing is wanted", 6, 160, 0, 0, 0, 0, 0, 0, ERR_OK, 2 },
	{ "shorter than a chunk, 9000", 6, 160, 160, 0, 0, 0, 0, 0, ERR_OK,
	    2 },
	{ "shorter than a chunk, 6282", 6, 160, 160, 0, 0, 0, 0, 0x6282,
	    ERR_OK, 2 },
	{ "shorter than a chunk, 6C", 6, 160, 160, 0, 0, 0, 1, 0, ERR_OK,
	    3 },
	{ "shorter by short id, 6282", 6, 160, 160, SHORT_IDS, 0, 0, 0,
	    0x6282, ERR_OK, 1 },
	{ "shorter by short id, 6C", 6, 160, 160, SHORT_IDS, 0, 0, 1, 0,
	    ERR_OK, 2 },
	{ "says more than it has", 6, 100, 200, 0, 0, 0, 0, 0, ERR_TORN, 2 },
	{ "says more than it has, 6282", 6, 100, 200, 0, 0, 0, 0, 0x6282,
	    ERR_TORN, 2 },
	{ "says more than it has, 6C", 6, 100, 200, 0, 0, 0, 1, 0, ERR_TORN,
	    3 },
	{ "second chunk short", 6, 300, 400, 0, 0, 0, 0, 0, ERR_TORN, 3 },
	{ "second chunk by 61 and 6C", 6, 400, 400, 0, 0, 0, 1, 0, ERR_OK, 3 },
	{ "second chunk short, 6282", 6, 300, 400, 0, 0, 0, 0, 0x6282,
	    ERR_SW, 3 },
	/* Asked again with the length it names: still not the whole. */
	{ "second chunk short, 6C", 6, 300, 400, 0, 0, 0, 1, 0, ERR_TORN, 4 },
	{ "no second chunk", 6, 256, 400, 0, 0, 0, 0, 0, ERR_SW, 3 },
	{ "empty file", 6, 0, 0, 0, 0, 0, 0, 0, ERR_SW, 2 },
	{ "empty file by short id", 6, 0, 0, SHORT_IDS, 0, 0, 0, 0, ERR_SW,
	    1 },
};

static size_t measured;

static enum err
measure(struct buf head, size_t *total)
{
	(void)head;
	*total = measured;
	return (ERR_OK);
}

static enum err
no_measure(struct buf head, size_t *total)
{
	(void)head;
	(void)total;
	return (ERR_TLV);
}

static void
put_in(struct test_card *t, struct card *card, int opts)
{
	const struct card_opts o = { opts & SHORT_IDS, opts & EXTENDED };

	t->card->conf.short_ids = 1;
	assert_int_equal(tp_begin(t->tp), ERR_OK);
	assert_int_equal(card_open(card, t->tp, &o), ERR_OK);
}

static void
set_up(struct test_card *t, struct card *card, const struct read_row *row)
{
	uint8_t *content = malloc(row->content + 1);

	assert_non_null(content);
	for (size_t i = 0; i < row->content; i++)
		content[i] = (uint8_t)(i % 253);
	test_card_open(t);
	test_card_put(t->card, FAKE_JPKI, row->ef, content, row->content);
	free(content);
	if (row->card & EXTENDED)
		test_card_extend(t);
	if (row->rx_max != 0)
		fake_tp_conf(t->tp)->rx_max = row->rx_max;
	t->card->conf.get_response = row->get_response;
	if (row->eof_sw != 0)
		t->card->conf.eof_sw = row->eof_sw;
	put_in(t, card, row->opts);
}

static void
read_row(void **state)
{
	const struct read_row *row = *state;
	struct blob out = { 0 };
	struct test_card t;
	struct card card;
	unsigned before;

	set_up(&t, &card, row);
	before = t.card->stats.apdus;
	measured = row->total;
	assert_int_equal(blob_add_str(&out, "before"), ERR_OK);
	assert_int_equal(read_ef(&card, row->ef, measure, &out), row->want);
	assert_int_equal(t.card->stats.apdus - before, row->apdus);
	assert_int_equal(out.len, row->want == ERR_OK ? row->total : 0);
	for (size_t i = 0; i < out.len; i++)
		assert_int_equal(out.data[i], i % 253);
	blob_free(&out);
	test_card_close(&t);
}

static void
measure_refuses(void **state)
{
	struct blob out = { 0 };
	struct test_card t;
	struct card card;

	(void)state;
	test_card_open(&t);
	put_in(&t, &card, 0);
	assert_int_equal(read_ef(&card, 0xa, no_measure, &out), ERR_TLV);
	assert_int_equal(out.len, 0);
	assert_int_equal(t.card->stats.apdus, 3);
	blob_free(&out);
	test_card_close(&t);
}

/* A selected file is not selected again, and another one is. */
static void
selects_once(void **state)
{
	struct test_card t;
	struct card card;

	(void)state;
	test_card_open(&t);
	put_in(&t, &card, 0);
	assert_int_equal(select_ef(&card, 0xa), ERR_OK);
	assert_int_equal(select_ef(&card, 0xa), ERR_OK);
	assert_int_equal(t.card->stats.apdus, 2);
	assert_int_equal(select_ef(&card, 0x6), ERR_OK);
	assert_int_equal(select_ef(&card, 0xa), ERR_OK);
	assert_int_equal(t.card->stats.apdus, 4);
	assert_int_equal(attributes_select(&card), ERR_OK);
	assert_int_equal(select_ef(&card, 0xa), ERR_FORBIDDEN);
	assert_int_equal(t.card->stats.apdus, 5);
	test_card_close(&t);
}

static const uint8_t input[51] = { TEST_CARD_INFO };

/* A short id in VERIFY or SIGN moves the card to another file. */
static void
short_ids_move(void **state)
{
	struct blob out = { 0 };
	enum jpki_token token;
	struct test_card t;
	struct card card;
	int tries;

	(void)state;
	test_card_open(&t);
	put_in(&t, &card, SHORT_IDS);
	assert_int_equal(jpki_token(&card, &token), ERR_OK);
	assert_int_equal(pin_tries(&card, PIN_AUTH, &tries), ERR_OK);
	assert_int_equal(jpki_token(&card, &token), ERR_OK);
	assert_int_equal(token, JPKI_CARD);
	assert_int_equal(jpki_sign(&card, input, sizeof(input), &out),
	    ERR_NEEDS_PIN);
	assert_int_equal(jpki_token(&card, &token), ERR_OK);
	assert_int_equal(token, JPKI_CARD);
	blob_free(&out);
	test_card_close(&t);
}

/* --- what goes wrong on the way, at every command --- */

struct talk {
	struct test_card	 t;
	struct card		 card;
	struct blob		 cert, signature;
	struct attributes	 who;
};

static enum err
enter(struct card *card, enum pin_kind kind, const char *digits)
{
	struct secret pin = { { 0 }, 0 };
	int tries;
	enum err r;

	assert_int_equal(secret_set(&pin, digits, PIN_LEN), ERR_OK);
	if ((r = pin_tries(card, kind, &tries)) == ERR_OK)
		r = pin_verify(card, kind, &pin, &tries);
	secret_wipe(&pin);
	return (r);
}

static enum err
login(struct talk *k, int opts)
{
	const struct card_opts o = { opts & SHORT_IDS, opts & EXTENDED };
	enum err r;

	if ((r = card_open(&k->card, k->t.tp, &o)) != ERR_OK ||
	    (r = jpki_certificate(&k->card, &k->cert)) != ERR_OK ||
	    (r = enter(&k->card, PIN_AUTH, TEST_CARD_PIN)) != ERR_OK ||
	    (r = jpki_sign(&k->card, input, sizeof(input),
	    &k->signature)) != ERR_OK ||
	    (r = attributes_select(&k->card)) != ERR_OK ||
	    (r = enter(&k->card, PIN_TEXT, TEST_CARD_TEXT_PIN)) != ERR_OK)
		return (r);
	return (attributes_read(&k->card, &k->who));
}

static void
talk_open(struct talk *k)
{
	*k = (struct talk){ .cert = { 0 } };
	test_card_open(&k->t);
	k->t.card->conf.first_6f00 = 1;
	k->t.card->conf.short_ids = 1;
	assert_int_equal(tp_begin(k->t.tp), ERR_OK);
}

static void
talk_close(struct talk *k)
{
	assert_int_equal(k->t.card->stats.forbidden, 0);
	assert_int_equal(k->t.card->stats.verify_stray, 0);
	assert_true(k->t.card->stats.verify[FAKE_AUTH_PIN] <= 1);
	assert_true(k->t.card->stats.verify[FAKE_TEXT_PIN] <= 1);
	blob_free(&k->cert);
	blob_free(&k->signature);
	test_card_close(&k->t);
}

/* Nobody goes on: not by another command, not by the PIN again. */
static void
is_over(struct talk *k)
{
	unsigned apdus = k->t.card->stats.apdus;

	nothing_selected(&k->card);
	assert_int_equal(enter(&k->card, PIN_AUTH, TEST_CARD_PIN),
	    ERR_FORBIDDEN);
	assert_int_equal(enter(&k->card, PIN_TEXT, TEST_CARD_TEXT_PIN),
	    ERR_FORBIDDEN);
	assert_int_equal(k->t.card->stats.apdus, apdus);
	assert_int_equal(k->who.name[0], '\0');
	assert_int_equal(k->who.sex, '\0');
}

static const struct fail_row {
	const char	*name;
	enum err	 err;	/* ERR_OK: reset_at, ERR_CARD_RESET */
	int		 after, opts;
} fails[] = {
	{ "card taken away, before", ERR_NO_CARD, 0, 0 },
	{ "card taken away, after", ERR_NO_CARD, 1, 0 },
	{ "card taken away, short ids", ERR_NO_CARD, 1, SHORT_IDS },
	{ "card mute, before", ERR_CARD_MUTE, 0, 0 },
	{ "card mute, after", ERR_CARD_MUTE, 1, 0 },
	{ "torn", ERR_TORN, 1, 0 },
	{ "reader gone", ERR_NO_READER, 0, 0 },
	{ "reader hung", ERR_READER_HUNG, 1, 0 },
	{ "service gone", ERR_NO_SERVICE, 0, 0 },
	{ "cancelled", ERR_CANCELLED, 0, 0 },
	{ "reset by another", ERR_OK, 0, 0 },
	{ "reset by another, short ids", ERR_OK, 0, SHORT_IDS },
};

static unsigned
fails_at(const struct fail_row *row, unsigned n)
{
	enum err want = row->err == ERR_OK ? ERR_CARD_RESET : row->err, r;
	struct fake_tp_conf *conf;
	struct talk k;

	talk_open(&k);
	conf = fake_tp_conf(k.t.tp);
	if (row->err == ERR_OK) {
		conf->reset_at = n;
	} else {
		conf->fail_at = n;
		conf->fail_err = row->err;
		conf->fail_after = row->after;
	}
	r = login(&k, row->opts);
	if (r != ERR_OK) {
		assert_int_equal(r, want);
		is_over(&k);
	}
	talk_close(&k);
	return (r != ERR_OK);
}

static void
fail_row(void **state)
{
	const struct fail_row *row = *state;
	unsigned n = 1;

	while (fails_at(row, n))
		n++;
	/* The first command twice, 20 more; five need no SELECT by id. */
	assert_int_equal(n - 1, row->opts == SHORT_IDS ? 16 : 21);
}

static const struct fault_row {
	const char		*name;
	enum fake_fault_kind	 kind;
	enum err		 want;	/* ERR_OK: any but ours */
} faults[] = {
	{ "pulled before it executes", FAKE_FAULT_PULL, ERR_NO_CARD },
	{ "pulled before it answers", FAKE_FAULT_LOST, ERR_NO_CARD },
	{ "pulled amid the answer", FAKE_FAULT_HALF, ERR_TORN },
	{ "pulled amid it, unnoticed", FAKE_FAULT_TORN, ERR_OK },
};

static unsigned
faults_at(const struct fault_row *row, unsigned n)
{
	struct talk k;
	enum err r;

	talk_open(&k);
	k.t.card->fault[0] = (struct fake_fault){ row->kind, n, 0 };
	r = login(&k, 0);
	if (row->want != ERR_OK && r != ERR_OK) {
		/* Half of a bare status word is no answer at all. */
		assert_true(r == row->want || r == ERR_NO_CARD);
		is_over(&k);
	}
	assert_true(err_class(r) != EC_OURS);
	assert_true(err_class(r) != EC_HOLDER);
	talk_close(&k);
	return (r != ERR_OK);
}

static void
fault_row(void **state)
{
	unsigned n = 1;

	while (faults_at(*state, n))
		n++;
	assert_int_equal(n - 1, 21);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(status_words),
	cmocka_unit_test(measure_refuses),
	cmocka_unit_test(selects_once),
	cmocka_unit_test(short_ids_move),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(ones) + LEN(reads) + LEN(fails) +
	    LEN(faults) + LEN(singles)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(ones); i++)
		tests[n++] = (struct CMUnitTest){ .name = ones[i].name,
		    .test_func = one_row,
		    .initial_state = (void *)(uintptr_t)&ones[i] };
	for (size_t i = 0; i < LEN(reads); i++)
		tests[n++] = (struct CMUnitTest){ .name = reads[i].name,
		    .test_func = read_row,
		    .initial_state = (void *)(uintptr_t)&reads[i] };
	for (size_t i = 0; i < LEN(fails); i++)
		tests[n++] = (struct CMUnitTest){ .name = fails[i].name,
		    .test_func = fail_row,
		    .initial_state = (void *)(uintptr_t)&fails[i] };
	for (size_t i = 0; i < LEN(faults); i++)
		tests[n++] = (struct CMUnitTest){ .name = faults[i].name,
		    .test_func = fault_row,
		    .initial_state = (void *)(uintptr_t)&faults[i] };
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
