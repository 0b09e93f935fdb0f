#include "reader/iso7816.h"
#include "reader/read.h"

#define SHORT_MAX 30	/* ISO 7816-4 7.3.1.1: five bits, 31 is none */

/* READ BINARY; want 1..256 short, above that extended. */
static void
add_chunk(struct plan *p, uint8_t p1, uint8_t p2, size_t want)
{
	uint8_t cmd[7] = { 0x00, 0xb0, p1, p2 };

	if (want <= 256) {
		cmd[4] = (uint8_t)want;		/* 256 is 00 */
		plan_add(p, cmd, 5, APDU_MS);
		return;
	}
	cmd[5] = (uint8_t)(want >> 8);
	cmd[6] = (uint8_t)want;
	plan_add(p, cmd, 7, APDU_MS);
}

/* By short id where the card takes them: one command less. */
void
read_add(struct plan *p, uint16_t ef)
{
	uint8_t p1 = 0;

	if (p->card->opts.short_ids && p->ahead.ef != ef && ef <= SHORT_MAX)
		p1 = (uint8_t)(0x80 | ef);
	else
		plan_select_ef(p, ef);
	add_chunk(p, p1, 0, p->card->chunk);
}

static size_t
chunk_at(const struct card *card, size_t at, size_t total)
{
	return (total - at < card->chunk ? total - at : card->chunk);
}

/* Must be as long as asked for: a torn one is not a file. */
static enum err
take_chunk(struct plan *p, size_t want, struct blob *out)
{
	struct blob chunk = { 0 };
	uint16_t sw;
	enum err r;

	if ((r = plan_next(p, &chunk, &sw)) == ERR_OK &&
	    (r = apdu_sw_err(sw)) == ERR_OK)
		r = chunk.len == want ? blob_add(out, chunk.data, want) :
		    ERR_TORN;
	blob_free(&chunk);
	return (r);
}

/* As much of what is missing as one script takes. */
static enum err
read_some(struct card *card, size_t total, struct blob *out)
{
	enum err r = ERR_OK;
	struct plan p;

	plan_init(&p, card);
	for (size_t at = out->len; at < total && p.n < PLAN_STEPS;
	    at += chunk_at(card, at, total))
		add_chunk(&p, (uint8_t)(at >> 8 & 0x7f), (uint8_t)at,
		    chunk_at(card, at, total));
	while (r == ERR_OK && p.taken < p.n)
		r = take_chunk(&p, chunk_at(card, out->len, total), out);
	plan_wipe(&p);
	return (r);
}

static enum err
read_rest(struct card *card, size_t total, struct blob *out)
{
	enum err r = ERR_OK;

	while (r == ERR_OK && out->len < total)
		r = read_some(card, total, out);
	if (r != ERR_OK)
		guard_forget(&card->guard);
	return (r);
}

static enum err
take_whole(struct plan *p, read_measure *measure, struct blob *out)
{
	size_t total = 0, first;
	uint16_t sw;
	enum err r;

	/* 6282: the file ends before the chunk does (2.5). */
	if ((r = plan_next(p, out, &sw)) != ERR_OK ||
	    (sw != 0x6282 && (r = apdu_sw_err(sw)) != ERR_OK))
		return (r);
	first = out->len;
	if ((r = measure(blob_buf(out), &total)) != ERR_OK)
		return (r);
	if (total > READ_MAX)
		return (ERR_TOOBIG);
	if (total > first) {
		/* More is to come, so this chunk was not the file's end. */
		if (first != p->card->chunk)
			return (ERR_TORN);
		return (read_rest(p->card, total, out));
	}
	blob_cut(out, total);
	return (ERR_OK);
}

enum err
read_take(struct plan *p, read_measure *measure, struct blob *out)
{
	enum err r;

	if ((r = take_whole(p, measure, out)) != ERR_OK)
		blob_reset(out);
	return (r);
}

enum err
read_ef(struct card *card, uint16_t ef, read_measure *measure,
    struct blob *out)
{
	struct plan p;
	enum err r;

	plan_init(&p, card);
	read_add(&p, ef);
	r = read_take(&p, measure, out);
	plan_wipe(&p);
	return (r);
}
