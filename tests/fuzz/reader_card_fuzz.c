#include <stdlib.h>
#include <string.h>

#include "reader/attributes.h"
#include "reader/card.h"
#include "reader/iso7816.h"
#include "reader/jpki.h"
#include "reader/pin.h"
#include "reader/plan.h"

/*
 * A card whose answers are the fuzzer's bytes.  The first byte chooses the
 * options, the second how long the ATR is; then come the ATR and answers:
 * two bytes of length, the data and a status word of two bytes.  When there
 * are no more the card is gone.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define ENOUGH 4096	/* commands; a login needs 21 */

struct fuzz_tp {
	struct tp	tp;	/* first: the contract's own */
	struct buf	in;
	unsigned	commands, verifies;
	int		joined;
};

static void
must(int good)
{
	if (!good)
		abort();
}

/* What may be on the wire, whatever the card said before. */
static void
check_command(struct fuzz_tp *f, const uint8_t *tx, size_t txlen)
{
	static const uint8_t allowed[] = { 0xa4, 0xb0, 0x20, 0x2a, 0xc0 };

	must(txlen >= 4 && memchr(allowed, tx[1], sizeof(allowed)) != NULL);
	must(tx[0] == (tx[1] == 0x2a ? 0x80 : 0x00));
	if (tx[1] == 0xa4 && tx[2] == 0x02)
		must(txlen == 7 && tx[5] == 0 && tx[6] != 0x01 &&
		    tx[6] != 0x1a && tx[6] != 0x1b);
	if (tx[1] == 0xb0)
		must(tx[2] != 0x81);
	if (tx[1] == 0x20 && txlen > 4)
		f->verifies++;
	must(++f->commands < ENOUGH);
}

static enum err
fuzz_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct fuzz_tp *f = (struct fuzz_tp *)(void *)tp;
	size_t room = *rxlen;
	uint16_t len;
	struct buf answer;

	(void)ms;
	*rxlen = 0;
	check_command(f, tx, txlen);
	if (buf_u16(&f->in, &len) != ERR_OK)
		return (ERR_NO_CARD);
	/* The rest of it where the length is longer. */
	if (buf_take(&f->in, (size_t)len + 2, &answer) != ERR_OK &&
	    buf_take(&f->in, f->in.left, &answer) != ERR_OK)
		return (ERR_NO_CARD);
	if (answer.left > room)
		return (ERR_TOOBIG);
	if (answer.left > 0)
		memcpy(rx, answer.p, answer.left);
	*rxlen = answer.left;
	return (ERR_OK);
}

static const struct tp_ops ops = { .name = "fuzz", .xfer = fuzz_xfer };

static void
set_up(struct fuzz_tp *f, struct card_opts *opts, const uint8_t *data,
    size_t len)
{
	uint8_t flags = 0, atrlen = 0;

	*f = (struct fuzz_tp){ .tp = { .ops = &ops, .begun = 1,
	    .caps = { .tx_max = TP_TX_SHORT, .rx_max = TP_RX_SHORT } },
	    .in = { data, len } };
	(void)buf_u8(&f->in, &flags);
	*opts = (struct card_opts){ flags & 1, flags & 2 };
	f->joined = flags & 8;
	if ((flags & 4) != 0) {
		f->tp.caps.tx_max = TP_TX_EXT;
		f->tp.caps.rx_max = TP_RX_EXT;
	}
	(void)buf_u8(&f->in, &atrlen);
	atrlen %= TP_ATR_MAX + 1;
	if (buf_read(&f->in, f->tp.caps.atr, atrlen) == ERR_OK)
		f->tp.caps.atrlen = atrlen;
}

static enum err
enter(struct fuzz_tp *f, struct card *card, enum pin_kind kind)
{
	struct secret pin = { { 0 }, 0 };
	unsigned before = f->verifies;
	int tries;
	enum err r;

	(void)pin_tries(card, kind, &tries);
	must(tries >= PIN_TRIES_UNKNOWN && tries <= 15);
	must(f->verifies == before);
	must(secret_set(&pin, "1234", PIN_LEN) == ERR_OK);
	r = pin_verify(card, kind, &pin, &tries);
	must(tries >= PIN_TRIES_UNKNOWN && tries <= 15);
	must(f->verifies <= before + 1);
	must(r != ERR_OK || f->verifies == before + 1);
	secret_wipe(&pin);
	return (r);
}

static void
talk(struct fuzz_tp *f, struct card *card, struct blob *out)
{
	static const uint8_t input[48] = { 0x30 };
	struct attributes a = { .sex = '\0' };
	enum jpki_token token;
	enum err r;

	(void)jpki_token(card, &token);
	must(jpki_token_name(token) != NULL);
	r = jpki_certificate(card, out);
	must(r == ERR_OK ? out->len >= 500 && out->len <= 4096 :
	    out->len == 0);
	(void)enter(f, card, PIN_AUTH);
	r = jpki_sign(card, input, sizeof(input), out);
	must(out->len == (r == ERR_OK ? 256 : 0));
	(void)attributes_select(card);
	(void)enter(f, card, PIN_TEXT);
	r = attributes_read(card, &a);
	must((r == ERR_OK) == (a.sex != '\0'));
	attributes_wipe(&a);
}

static void
add_pin(struct plan *p, enum pin_kind kind)
{
	struct secret pin = { { 0 }, 0 };

	must(secret_set(&pin, "1234", PIN_LEN) == ERR_OK);
	must(pin_add_verify(p, kind, &pin) == ERR_OK);
	secret_wipe(&pin);
}

/* The same as scripts, taken to the end whatever the card says. */
static void
talk_joined(struct fuzz_tp *f, struct card *card, struct blob *out)
{
	static const uint8_t input[48] = { 0x30 };
	struct attributes a = { .sex = '\0' };
	struct plan p;
	uint16_t sw;
	int tries;
	enum err r;

	plan_init(&p, card);
	add_pin(&p, PIN_AUTH);
	must(jpki_add_sign(&p, input, sizeof(input)) == ERR_OK);
	attributes_add_select(&p);
	pin_add_tries(&p, PIN_TEXT);
	(void)pin_take_verify(&p, PIN_AUTH, &tries);
	must(f->verifies <= 1);
	r = jpki_take_sign(&p, out);
	must(out->len == (r == ERR_OK ? 256 : 0));
	(void)attributes_take_select(&p);
	(void)pin_take_tries(&p, PIN_TEXT, &tries);
	must(tries >= PIN_TRIES_UNKNOWN && tries <= 15);
	must(plan_next(&p, NULL, &sw) != ERR_OK && f->verifies <= 1);
	plan_wipe(&p);
	plan_init(&p, card);
	add_pin(&p, PIN_TEXT);
	attributes_add_read(&p);
	(void)pin_take_verify(&p, PIN_TEXT, &tries);
	r = attributes_take_read(&p, &a);
	must((r == ERR_OK) == (a.sex != '\0'));
	attributes_wipe(&a);
	plan_wipe(&p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct blob out = { 0 };
	struct card_opts opts;
	struct fuzz_tp f;
	struct card card;

	set_up(&f, &opts, data, len);
	(void)card_atr_extended(data, len);
	if (card_open(&card, &f.tp, &opts) == ERR_OK)
		(f.joined ? talk_joined : talk)(&f, &card, &out);
	must(f.verifies <= 2);
	blob_free(&out);
	return (0);
}
