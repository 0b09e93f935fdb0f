#include <string.h>

#include "host/device/deliver.h"
#include "host/device/names.h"
#include "host/proof/offline.h"

enum { FILED = 1, KNOWN = 2 };

static enum err
call(struct line *l, const struct blob *sealed, uint8_t *verdict,
    struct note *note)
{
	struct buf body;
	enum err r;

	if ((r = line_start(l, LINE_RECORD)) != ERR_OK ||
	    (r = blob_add_u32(&l->out, (uint32_t)sealed->len)) != ERR_OK ||
	    (r = blob_add(&l->out, sealed->data, sealed->len)) != ERR_OK ||
	    (r = line_call(l, DELIVER_RECORD_MS, &body, note)) != ERR_OK)
		return (r);
	if (buf_u8(&body, verdict) == ERR_OK && body.left == 0 &&
	    (*verdict == FILED || *verdict == KNOWN))
		return (ERR_OK);
	l->broke = 1;
	note_set(note, "malformed reply of the agent");
	return (ERR_LAYOUT);
}

static enum err
send_one(struct line *l, struct queue *q, const char *name,
    struct deliver_count *count, struct note *note)
{
	struct blob sealed = { 0 };
	uint8_t verdict = 0;
	enum err r, told;

	if ((r = queue_read(q, name, &sealed, note)) != ERR_OK) {
		blob_free(&sealed);
		return (r == ERR_NOT_FOUND ? ERR_OK : r);
	}
	told = call(l, &sealed, &verdict, note);
	blob_free(&sealed);
	if (told != ERR_OK && !offline_is_refusal(told))
		return (told);
	if (told != ERR_OK) {
		count->refused++;
		return (queue_refuse(q, name, told, note));
	}
	count->filed += verdict == FILED;
	count->known += verdict == KNOWN;
	return (queue_drop(q, name, note));
}

struct waiting {
	struct line		*line;
	struct queue		*queue;
	struct deliver_count	*count;
	struct note		*note;
	enum err		 first;		/* that one was left for */
};

/* One that cannot go now does not hold up those behind it. */
static enum err
each(void *ctx, const struct queue_row *row)
{
	struct waiting *w = ctx;
	struct note note = { "" };
	enum err r;

	if (row->why != ERR_OK)
		return (ERR_OK);
	if ((r = send_one(w->line, w->queue, row->name, w->count, &note)) ==
	    ERR_OK)
		return (ERR_OK);
	if (w->first == ERR_OK) {
		w->first = r;
		*w->note = note;
	}
	return (w->line->broke || r == ERR_LINK_REVOKED ? r : ERR_OK);
}

enum err
deliver_queue(struct line *l, struct queue *q, struct deliver_count *count,
    struct note *note)
{
	struct waiting w = { l, q, count, note, ERR_OK };
	struct note last = { "" };
	enum err r;

	*count = (struct deliver_count){ 0 };
	if ((r = queue_list(q, each, &w, &last)) != ERR_OK &&
	    w.first == ERR_OK) {
		w.first = r;
		*note = last;
	}
	return (w.first);
}

enum err
deliver_tickets(struct line *l, struct tickets *t,
    const uint8_t print[TICKET_PRINT], unsigned n, unsigned *got,
    struct note *note)
{
	struct buf body;
	enum err r;

	*got = 0;
	if ((r = line_start(l, LINE_TICKETS)) != ERR_OK ||
	    (r = blob_add_u16(&l->out, (uint16_t)n)) != ERR_OK ||
	    (r = line_call(l, LINE_REPLY_MS, &body, note)) != ERR_OK)
		return (r);
	return (tickets_store(t, body, print, got, note));
}
