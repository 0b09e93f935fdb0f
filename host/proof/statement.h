#ifndef HOST_PROOF_STATEMENT_H
#define HOST_PROOF_STATEMENT_H

#include "base/buf.h"
#include "crypto/uuid.h"
#include "host/consent/consent.h"
#include "host/proof/identity.h"

/*
 * What a visit without a network says: who consented to what, and what the
 * card gave.  One JSON object of UTF-8, whose bytes the card signs
 * (hw-docs/protocols/link.md, "Tickets and records").  Personal data: wipe it.
 */
#define STATEMENT_ID	UUID_LEN
#define STATEMENT_MAX	16384	/* bytes of JSON, our limit */

struct statement {
	char		visit[STATEMENT_ID];
	int64_t		at;		/* wall ms, by the device's clock */
	char		method[8];	/* "pin", "visual" */
	char		purpose[16];	/* 動作モード */
	char		staff[129];
	char		reason[16];	/* visual: a word of reasons.h; else "" */
	struct consent	consent;	/* confirmed, and not after at */
	struct identity	identity;	/* without the proof */
};

/* ERR_TOOBIG, ERR_NOMEM. */
enum err	statement_write(const struct statement *, struct blob *out);
/* ERR_LAYOUT and in the note the member that is not as it must be: whoever
 * wrote it, nothing in it is taken on trust. */
enum err	statement_read(struct buf, struct statement *, struct note *);

/* 1: "home_visit" or "outpatient". */
int		statement_is_purpose(const char *);

#endif
