#include <string.h>

#include "base/secret.h"
#include "reader/iso7816.h"
#include "reader/plan.h"

#define VERIFY_HDR 5

void
plan_init(struct plan *p, struct card *card)
{
	*p = (struct plan){ .card = card, .ahead = card->guard };
}

void
plan_wipe(struct plan *p)
{
	blob_free(&p->tx);
	blob_free(&p->rx);
	*p = (struct plan){ .err = ERR_SEQUENCE };
}

/* --- making it --- */

/* An extended Le names its length; a short one is at most 256. */
static size_t
room_for(const uint8_t *tx, size_t len)
{
	size_t le = 0;

	if (len == 7 && tx[4] == 0)
		le = (size_t)tx[5] << 8 | tx[6];
	return (le + 2 > TP_RX_SHORT ? le + 2 : TP_RX_SHORT);
}

void
plan_add_fill(struct plan *p, const uint8_t *tx, size_t len, int ms,
    uint8_t fill)
{
	size_t at = p->tx.len;

	if (p->err == ERR_OK && p->n == PLAN_STEPS)
		p->err = ERR_TOOBIG;
	if (p->err == ERR_OK)
		p->err = blob_add(&p->tx, tx, len);
	if (p->err != ERR_OK)
		return;
	p->tp[p->n] = (struct tp_step){ .txlen = len, .go = 0x9000,
	    .ms = ms, .rxlen = room_for(tx, len), .fill = fill };
	p->step[p->n] = (struct plan_step){ .at = at };
	p->n++;
	guard_done(&p->ahead, tx, len, 0x9000);
}

void
plan_add(struct plan *p, const uint8_t *tx, size_t len, int ms)
{
	plan_add_fill(p, tx, len, ms, 0);
}

void
plan_select_app(struct plan *p, enum guard_app app)
{
	uint8_t cmd[5 + GUARD_AID] = { 0x00, 0xa4, 0x04, 0x0c, GUARD_AID };

	memcpy(cmd + 5, guard_aid(app), GUARD_AID);
	plan_add(p, cmd, sizeof(cmd), APDU_MS);
}

void
plan_select_ef(struct plan *p, uint16_t ef)
{
	const uint8_t cmd[] = { 0x00, 0xa4, 0x02, 0x0c, 0x02,
	    (uint8_t)(ef >> 8), (uint8_t)ef };

	if (ef != 0 && p->ahead.ef == ef)
		return;
	plan_add(p, cmd, sizeof(cmd), APDU_MS);
	if (p->err == ERR_OK)
		p->step[p->n - 1].on_the_way = 1;
}

void
plan_first(struct plan *p)
{
	if (p->err == ERR_OK && p->n > 0)
		p->step[p->n - 1].is_first = 1;
}

/* --- sending it --- */

static enum err
check(const struct plan *p)
{
	struct guard g = p->card->guard;
	enum err r;

	for (size_t i = p->sent; i < p->n; i++) {
		if ((r = guard_check(&g, p->tp[i].tx, p->tp[i].txlen)) !=
		    ERR_OK)
			return (r);
		guard_done(&g, p->tp[i].tx, p->tp[i].txlen, 0x9000);
	}
	return (ERR_OK);
}

/* Commands and answers where they stay until the next script. */
static enum err
place(struct plan *p)
{
	size_t room = 0;
	uint8_t *rx;

	for (size_t i = p->sent; i < p->n; i++) {
		p->tp[i].rxlen = room_for(p->tx.data + p->step[i].at,
		    p->tp[i].txlen);
		room += p->tp[i].rxlen;
	}
	blob_reset(&p->rx);
	if ((rx = blob_space(&p->rx, room)) == NULL)
		return (ERR_NOMEM);
	for (size_t i = p->sent; i < p->n; i++) {
		p->tp[i].tx = p->tx.data + p->step[i].at;
		p->tp[i].rx = rx;
		rx += p->tp[i].rxlen;
	}
	return (ERR_OK);
}

/* A VERIFY that is out is never sent again, and its digits are not kept. */
static void
forget_digits(struct plan *p, size_t i)
{
	uint8_t *tx = p->tx.data + p->step[i].at;

	if (tx[1] == 0x20 && p->tp[i].txlen > VERIFY_HDR)
		secret_cleanse(tx + VERIFY_HDR, p->tp[i].txlen - VERIFY_HDR);
}

static void
run(struct plan *p)
{
	size_t done = 0;

	p->err = tp_script(p->card->tp, p->tp + p->sent, p->n - p->sent,
	    &done);
	for (; done > 0; done--, p->sent++) {
		apdu_follow(p->card, &p->tp[p->sent]);
		forget_digits(p, p->sent);
	}
	if (p->err != ERR_OK) {
		guard_forget(&p->card->guard);
		blob_reset(&p->tx);
	}
}

/* All that is left. */
static void
send_rest(struct plan *p)
{
	if ((p->err = place(p)) == ERR_OK && (p->err = check(p)) == ERR_OK)
		run(p);
}

/* --- taking its answers --- */

/* The first command after a power-up, once (1.5). */
static int
begins_again(struct plan *p, uint16_t sw)
{
	if (sw != 0x6f00 || !p->step[p->taken].is_first || p->repeated)
		return (0);
	p->repeated = 1;
	p->sent = p->taken;
	return (1);
}

static enum err
take(struct plan *p, struct blob *rsp, uint16_t *sw)
{
	enum err r;

	if (p->taken == p->n && p->err == ERR_OK)
		return (ERR_SEQUENCE);
	do {
		if (p->taken == p->sent && p->err == ERR_OK)
			send_rest(p);
		if (p->taken == p->sent)
			return (p->err);
		r = apdu_answer(p->card, &p->tp[p->taken], rsp, sw);
	} while (r == ERR_OK && begins_again(p, *sw));
	p->taken++;
	if (r != ERR_OK)
		p->err = r;
	return (r);
}

enum err
plan_next(struct plan *p, struct blob *rsp, uint16_t *sw)
{
	struct blob none = { 0 }, *out = rsp == NULL ? &none : rsp;
	int on_the_way;
	enum err r;

	*sw = 0;
	blob_reset(out);
	do {
		on_the_way = p->taken + 1 < p->n &&
		    p->step[p->taken].on_the_way;
		r = take(p, out, sw);
		if (r == ERR_OK && on_the_way &&
		    (r = apdu_sw_err(*sw)) != ERR_OK)
			p->err = r;
	} while (r == ERR_OK && on_the_way);
	blob_free(&none);
	return (r);
}

struct tp_stats
plan_untaken(const struct plan *p)
{
	struct tp_stats s = { 0 };

	for (size_t i = p->taken; i < p->sent; i++) {
		s.apdus++;
		s.bytes_up += p->tp[i].txlen;
		s.bytes_down += p->tp[i].rxlen;
	}
	return (s);
}
