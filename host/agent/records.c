#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/agent/records.h"
#include "host/filing/filing.h"

#define PRUNE_MS	(3600 * 1000)

struct records {
	struct filing		 filing;
	struct records_ops	 ops;
	struct hub_deliver	 deliver;
	pthread_mutex_t		 lock;		/* of the two below */
	struct store		*store;
	int64_t			 pruned;	/* clock_ms(); 0: not yet */
};

/* Under the lock. */
static void
prune(struct records *rs)
{
	enum err r;

	if (rs->pruned != 0 && clock_ms() - rs->pruned < PRUNE_MS)
		return;
	rs->pruned = clock_ms();
	if ((r = filing_prune(rs->store, rs->filing.deliver_days)) != ERR_OK)
		log_line(LOG_WARN, "records", "old tickets: %s", err_name(r));
}

static enum err
tickets(void *ctx, const struct device *d, unsigned n, struct blob *out,
    struct note *note)
{
	const struct filing_device who = { d->name, d->print };
	struct records *rs = ctx;
	enum err r;

	(void)note;
	pthread_mutex_lock(&rs->lock);
	prune(rs);
	r = filing_tickets(&rs->filing, rs->store, &who, n, out);
	pthread_mutex_unlock(&rs->lock);
	return (r);
}

/* What is wrong with a record is the desk's to know, not the sender's. */
static enum err
record(void *ctx, const struct device *d, struct buf sealed, uint8_t *filed,
    struct note *note)
{
	const struct filing_device who = { d->name, d->print };
	enum filing_verdict verdict = FILING_KNOWN;
	struct records *rs = ctx;
	struct note why = { "" };
	enum err r;

	(void)note;
	pthread_mutex_lock(&rs->lock);
	r = filing_record(&rs->filing, rs->store, &who, sealed, &verdict,
	    &why);
	pthread_mutex_unlock(&rs->lock);
	*filed = (uint8_t)verdict;
	if (r == ERR_OK && verdict == FILING_NEW)
		rs->ops.changed(rs->ops.ctx);
	return (r);
}

enum err
records_open(const struct conf *conf, const struct ca *ca,
    const struct records_ops *ops, struct records **out, struct note *note)
{
	struct records *rs = calloc(1, sizeof(*rs));
	enum err r;

	*out = NULL;
	if (rs == NULL)
		return (ERR_NOMEM);
	if ((r = store_open(conf->store, &rs->store, note)) != ERR_OK) {
		free(rs);
		return (r);
	}
	rs->filing = (struct filing){ .institution = conf->institution_code,
	    .ticket_hours = conf->ticket_hours,
	    .deliver_days = conf->deliver_days,
	    .unknown_issuer = conf->visit.face_unknown_issuer,
	    .test_cards = conf->visit.trust_mode == TRUST_TEST,
	    .ticket_key = ca_ticket_key(ca), .seal_key = ca_seal_key(ca) };
	rs->ops = *ops;
	rs->deliver = (struct hub_deliver){ .tickets = tickets,
	    .record = record, .ctx = rs };
	pthread_mutex_init(&rs->lock, NULL);
	*out = rs;
	return (ERR_OK);
}

void
records_close(struct records **rp)
{
	struct records *rs = *rp;

	if (rs == NULL)
		return;
	store_close(&rs->store);
	pthread_mutex_destroy(&rs->lock);
	free(rs);
	*rp = NULL;
}

const struct hub_deliver *
records_deliver(struct records *rs)
{
	return (&rs->deliver);
}
