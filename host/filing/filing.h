#ifndef HOST_FILING_FILING_H
#define HOST_FILING_FILING_H

#include <openssl/evp.h>

#include "base/buf.h"
#include "host/store/store.h"

/*
 * The agent's side of visits without a network: it gives tickets to devices
 * and files what they bring back (hw-docs/protocols/link.md, "Tickets and
 * records").  A visit that is filed waits for its patient at the desk, as any
 * other that matched nobody.
 */
#define FILING_TICKETS	200	/* at once, link.md */
#define FILING_ALIVE	1000	/* unused ones of one device: our limit */
#define FILING_SKEW_S	300	/* a device's clock may be behind by as much */

/* What it works with; all borrowed, and only read: any thread may use it,
 * each with a store of its own. */
struct filing {
	const char	*institution;		/* 10 digits */
	int		 ticket_hours;		/* a ticket is good for */
	int		 deliver_days;		/* and its record arrives within */
	int		 unknown_issuer;	/* 1: accept such card faces */
	int		 test_cards;		/* 1: accept such */
	EVP_PKEY	*ticket_key;		/* Ed25519: signs tickets */
	EVP_PKEY	*seal_key;		/* P-256: records are sealed to it */
};

/* Who is connected, by its certificate. */
struct filing_device {
	const char	*name;
	const uint8_t	*print;		/* PUBKEY_PRINT bytes */
};

/*
 * Adds n new tickets, fewer when the device holds FILING_ALIVE unused ones.
 * They are in the store when this returns.  ERR_LAYOUT: n is 0 or above
 * FILING_TICKETS.
 */
enum err	filing_tickets(const struct filing *, struct store *,
		    const struct filing_device *, unsigned n,
		    struct blob *out);

enum filing_verdict { FILING_NEW = 1, FILING_KNOWN = 2 };

/*
 * Opens, checks and files one sealed record: ticket used and visit filed in
 * one transaction.  The very same bytes again: ERR_OK and FILING_KNOWN.  What
 * is refused (offline_is_refusal) is kept for the desk, without its content;
 * anything else is a fault here, and the device tries again later.
 */
enum err	filing_record(const struct filing *, struct store *,
		    const struct filing_device *, struct buf sealed,
		    enum filing_verdict *, struct note *);

/* What was refused, newest first; reason is an error's name. */
struct filing_refusal {
	int64_t		 at;		/* wall ms */
	const char	*device, *reason;
};
typedef enum err filing_each(void *ctx, const struct filing_refusal *);
enum err	filing_refusals(struct store *, int limit, filing_each *,
		    void *ctx, int64_t *total);

/* How a visit came here; at is 0 for one that was made here. */
struct filing_origin {
	int64_t	at;			/* wall ms of its arrival */
	char	device[33];		/* its name now; "": a slip, or gone */
};
enum err	filing_origin(struct store *, const char *visit,
		    struct filing_origin *);

/* Drops tickets nobody can use any more, and old refusals. */
enum err	filing_prune(struct store *, int deliver_days);

#endif
