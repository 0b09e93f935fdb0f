#include <string.h>

#include "base/secret.h"
#include "reader/iso7816.h"

#define STEPS_MAX 64	/* of one script: as many as a link carries */
#define SHORT_MAX 30	/* ISO 7816-4 7.3.1.1: five bits, 31 is none */

/* First match wins; a status word not listed is ERR_SW. */
static const struct {
	uint16_t	sw;
	enum err	err;
} sw_errs[] = {
	{ 0x9000, ERR_OK },
	{ 0x6982, ERR_NEEDS_PIN },
	{ 0x6a82, ERR_NO_FILE },
	{ 0x6a83, ERR_NO_FILE },
	{ 0x6a88, ERR_NO_FILE },
	{ 0x6f00, ERR_CARD_MUTE },
};

enum err
apdu_sw_err(uint16_t sw)
{
	for (size_t i = 0; i < sizeof(sw_errs) / sizeof(sw_errs[0]); i++) {
		if (sw_errs[i].sw == sw)
			return (sw_errs[i].err);
	}
	return (ERR_SW);
}

/* ISO 7816-4 5.1.3: only these come with data. */
static int
has_data(uint16_t sw)
{
	return (sw == 0x9000 || (sw & 0xff00) == 0x6100 ||
	    (sw & 0xff00) == 0x6200 || (sw & 0xff00) == 0x6300);
}

static enum err
split(const uint8_t *rx, size_t len, struct blob *rsp, uint16_t *sw)
{
	*sw = (uint16_t)(rx[len - 2] << 8 | rx[len - 1]);
	if (len > 2 && !has_data(*sw))
		return (ERR_TORN);
	return (blob_add(rsp, rx, len - 2));
}

/* One exchange; an error leaves nothing selected. */
static enum err
exchange(struct card *card, const uint8_t *tx, size_t txlen, struct blob *rsp,
    uint16_t *sw, int ms)
{
	uint8_t rx[READ_MAX + 2];
	size_t n = sizeof(rx);
	enum err r;

	if ((r = guard_check(&card->guard, tx, txlen)) != ERR_OK)
		return (r);
	if ((r = tp_xfer(card->tp, tx, txlen, rx, &n, ms)) != ERR_OK) {
		guard_forget(&card->guard);
		return (r);
	}
	if ((r = split(rx, n, rsp, sw)) == ERR_OK)
		guard_done(&card->guard, tx, txlen, *sw);
	else
		guard_forget(&card->guard);
	secret_cleanse(rx, n);
	return (r);
}

/* Le is the last byte of a short command that ends with one. */
static int
ends_with_le(const uint8_t *tx, size_t len)
{
	return (len == 5 || (len > 5 && tx[4] != 0 && len == 6u + tx[4]));
}

static enum err
again_with_le(struct card *card, const uint8_t *tx, size_t txlen, uint8_t le,
    struct blob *rsp, uint16_t *sw, int ms)
{
	uint8_t copy[TP_TX_SHORT];
	enum err r;

	if (txlen > sizeof(copy))
		return (ERR_TOOBIG);
	memcpy(copy, tx, txlen);
	copy[txlen - 1] = le;
	r = exchange(card, copy, txlen, rsp, sw, ms);
	secret_cleanse(copy, sizeof(copy));
	return (r);
}

/* 61xx: fetches the rest, which must come to an end. */
static enum err
fetch_more(struct card *card, struct blob *rsp, uint16_t *sw, int ms)
{
	uint8_t more[] = { 0x00, 0xc0, 0x00, 0x00, 0x00 };
	size_t had;
	enum err r;

	while ((*sw & 0xff00) == 0x6100) {
		had = rsp->len;
		more[4] = (uint8_t)*sw;
		r = had > READ_MAX ? ERR_TOOBIG :
		    exchange(card, more, sizeof(more), rsp, sw, ms);
		if (r == ERR_OK && (*sw & 0xff00) == 0x6100 &&
		    rsp->len == had)
			r = ERR_SHORT;
		if (r != ERR_OK) {
			guard_forget(&card->guard);
			return (r);
		}
	}
	return (ERR_OK);
}

enum err
apdu_send(struct card *card, const uint8_t *tx, size_t txlen, struct blob *rsp,
    uint16_t *sw, int ms)
{
	enum err r;

	*sw = 0;
	blob_reset(rsp);
	r = exchange(card, tx, txlen, rsp, sw, ms);
	if (r == ERR_OK && (*sw & 0xff00) == 0x6c00 && ends_with_le(tx, txlen))
		r = again_with_le(card, tx, txlen, (uint8_t)*sw, rsp, sw, ms);
	return (r == ERR_OK ? fetch_more(card, rsp, sw, ms) : r);
}

enum err
select_app(struct card *card, enum guard_app app, uint16_t *sw)
{
	uint8_t cmd[5 + GUARD_AID] = { 0x00, 0xa4, 0x04, 0x0c, GUARD_AID };
	struct blob rsp = { 0 };
	enum err r;

	memcpy(cmd + 5, guard_aid(app), GUARD_AID);
	r = apdu_send(card, cmd, sizeof(cmd), &rsp, sw, APDU_MS);
	blob_free(&rsp);
	return (r != ERR_OK ? r : apdu_sw_err(*sw));
}

enum err
select_ef(struct card *card, uint16_t ef)
{
	const uint8_t cmd[] = { 0x00, 0xa4, 0x02, 0x0c, 0x02,
	    (uint8_t)(ef >> 8), (uint8_t)ef };
	struct blob rsp = { 0 };
	uint16_t sw;
	enum err r;

	if (ef != 0 && card->guard.ef == ef)
		return (ERR_OK);
	r = apdu_send(card, cmd, sizeof(cmd), &rsp, &sw, APDU_MS);
	blob_free(&rsp);
	return (r != ERR_OK ? r : apdu_sw_err(sw));
}

/* READ BINARY; want 1..256 short, above that extended. */
static size_t
read_command(uint8_t cmd[7], uint8_t p1, uint8_t p2, size_t want)
{
	cmd[0] = 0x00;
	cmd[1] = 0xb0;
	cmd[2] = p1;
	cmd[3] = p2;
	if (want <= 256) {
		cmd[4] = (uint8_t)want;		/* 256 is 00 */
		return (5);
	}
	cmd[4] = 0;
	cmd[5] = (uint8_t)(want >> 8);
	cmd[6] = (uint8_t)want;
	return (7);
}

/* First chunk, by short id where the card takes them: one command less. */
static enum err
read_first(struct card *card, uint16_t ef, struct blob *out)
{
	uint8_t cmd[7], p1 = 0;
	uint16_t sw;
	size_t n;
	enum err r;

	if (card->opts.short_ids && card->guard.ef != ef && ef <= SHORT_MAX)
		p1 = (uint8_t)(0x80 | ef);
	else if ((r = select_ef(card, ef)) != ERR_OK)
		return (r);
	n = read_command(cmd, p1, 0, card->chunk);
	if ((r = apdu_send(card, cmd, n, out, &sw, APDU_MS)) != ERR_OK)
		return (r);
	/* 6282: the file ends before the chunk does (2.5). */
	return (sw == 0x6282 ? ERR_OK : apdu_sw_err(sw));
}

/* What is missing up to total, as much of it as one script takes. */
struct rest {
	struct tp_step	steps[STEPS_MAX];
	uint8_t		cmds[STEPS_MAX][7];
	size_t		want[STEPS_MAX];
	size_t		n;
};

static enum err
plan_rest(struct card *card, size_t from, size_t total, struct rest *rest,
    struct blob *room)
{
	size_t at = from, used = 0, len, slot = card->chunk + 2;
	uint8_t *rx;
	enum err r;

	if (slot < TP_RX_SHORT)
		slot = TP_RX_SHORT;
	for (rest->n = 0; at < total && rest->n < STEPS_MAX; rest->n++,
	    at += len, used += slot) {
		len = total - at < card->chunk ? total - at : card->chunk;
		rest->want[rest->n] = len;
		rest->steps[rest->n] = (struct tp_step){
			.tx = rest->cmds[rest->n],
			.txlen = read_command(rest->cmds[rest->n],
			    (uint8_t)(at >> 8 & 0x7f), (uint8_t)at, len),
			.rxlen = slot, .go = 0x9000, .ms = APDU_MS };
		if ((r = guard_check(&card->guard, rest->cmds[rest->n],
		    rest->steps[rest->n].txlen)) != ERR_OK)
			return (r);
	}
	if ((rx = blob_space(room, used)) == NULL)
		return (ERR_NOMEM);
	for (size_t i = 0; i < rest->n; i++)
		rest->steps[i].rx = rx + i * slot;
	return (ERR_OK);
}

/* 61xx and 6Cxx: this card gives its data in another way. */
static int
asks_again(uint16_t sw)
{
	return ((sw & 0xff00) == 0x6100 || (sw & 0xff00) == 0x6c00);
}

/* Every chunk must be as long as asked for: a torn one is not a file.  Stops
 * at one that asks again. */
static enum err
join_rest(const struct rest *rest, size_t done, struct blob *out)
{
	uint16_t sw;
	enum err r;

	for (size_t i = 0; i < done; i++) {
		size_t had = out->len;

		if ((r = split(rest->steps[i].rx, rest->steps[i].rxlen, out,
		    &sw)) != ERR_OK)
			return (r);
		if (asks_again(sw)) {
			blob_cut(out, had);
			return (ERR_OK);
		}
		if (sw != 0x9000)
			return (apdu_sw_err(sw) == ERR_OK ? ERR_SW :
			    apdu_sw_err(sw));
		if (out->len - had != rest->want[i])
			return (ERR_TORN);
	}
	return (done == rest->n ? ERR_OK : ERR_TORN);
}

static enum err
read_script(struct card *card, size_t total, struct blob *out)
{
	struct blob room = { 0 };
	struct rest rest;
	size_t done = 0;
	enum err r;

	if ((r = plan_rest(card, out->len, total, &rest, &room)) == ERR_OK)
		r = tp_script(card->tp, rest.steps, rest.n, &done);
	if (r == ERR_OK)
		r = join_rest(&rest, done, out);
	blob_free(&room);
	return (r);
}

/* Chunk by chunk, for a card whose chunks ask again. */
static enum err
read_singly(struct card *card, size_t total, struct blob *out)
{
	struct blob chunk = { 0 };
	uint8_t cmd[7];
	size_t n, want;
	uint16_t sw;
	enum err r = ERR_OK;

	while (r == ERR_OK && out->len < total) {
		want = total - out->len < card->chunk ? total - out->len :
		    card->chunk;
		n = read_command(cmd, (uint8_t)(out->len >> 8 & 0x7f),
		    (uint8_t)out->len, want);
		if ((r = apdu_send(card, cmd, n, &chunk, &sw, APDU_MS)) ==
		    ERR_OK && (r = apdu_sw_err(sw)) == ERR_OK)
			r = chunk.len == want ? blob_add(out, chunk.data,
			    chunk.len) : ERR_TORN;
	}
	blob_free(&chunk);
	return (r);
}

static enum err
read_rest(struct card *card, size_t total, struct blob *out)
{
	size_t had;
	enum err r;

	do {
		had = out->len;
		r = read_script(card, total, out);
	} while (r == ERR_OK && out->len < total &&
	    out->len - had == STEPS_MAX * card->chunk);
	if (r == ERR_OK)
		r = read_singly(card, total, out);
	if (r != ERR_OK)
		guard_forget(&card->guard);
	return (r);
}

static enum err
read_whole(struct card *card, uint16_t ef, read_measure *measure,
    struct blob *out)
{
	size_t total = 0, first;
	enum err r;

	if ((r = read_first(card, ef, out)) != ERR_OK)
		return (r);
	first = out->len;
	if ((r = measure(blob_buf(out), &total)) != ERR_OK)
		return (r);
	if (total > READ_MAX)
		return (ERR_TOOBIG);
	if (total > first) {
		/* More is to come, so this chunk was not the file's end. */
		if (first != card->chunk)
			return (ERR_TORN);
		return (read_rest(card, total, out));
	}
	blob_cut(out, total);
	return (ERR_OK);
}

enum err
read_ef(struct card *card, uint16_t ef, read_measure *measure,
    struct blob *out)
{
	enum err r;

	if ((r = read_whole(card, ef, measure, out)) != ERR_OK)
		blob_reset(out);
	return (r);
}
