#ifndef HOST_VISIT_EVIDENCE_H
#define HOST_VISIT_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A kiosk's face match: what its engine says about the card's photograph and
 * the face before it, signed with the kiosk's registered Ed25519 key and
 * bound to one visit by its nonce.  The numbers are kept as they were sent,
 * because the signature is over the text (openapi.yaml, evidence).
 */
#define EVIDENCE_NONCE	32	/* bytes */
#define EVIDENCE_KEY	32	/* RFC 8032 5.1.5 */
#define EVIDENCE_SIG	64	/* RFC 8032 5.1.6 */
#define EVIDENCE_AGE_MS	60000	/* the kiosk's clock may differ by as much */

struct evidence {
	char	engine[65];
	char	score[10], threshold[10];	/* "0.912345" */
	char	liveness[8];			/* "passed", "failed", "none" */
	char	nonce[2 * EVIDENCE_NONCE + 1];	/* hex */
	char	at[41];				/* RFC 3339 */
	uint8_t	signature[EVIDENCE_SIG];
};

/* What it is held to. */
struct evidence_terms {
	const char	*visit;			/* id */
	uint8_t		 nonce[EVIDENCE_NONCE];
	uint8_t		 key[EVIDENCE_KEY];
	int		 threshold;		/* millionths, the least */
	int64_t		 now;			/* wall ms */
};

/*
 * ERR_OK; ERR_NOT_MATCHED: well signed, and its own engine says no (score
 * below its threshold, liveness not passed); ERR_EVIDENCE and in the note
 * what is wrong: signature, nonce, time, score, threshold.
 */
enum err	evidence_check(const struct evidence *,
		    const struct evidence_terms *, struct note *);
/* "0.912345" in millionths; -1 if it is no fraction of that form. */
int		evidence_fraction(const char *);
/* The signed text; bytes written without the 0, 0 when it does not fit. */
size_t		evidence_text(const struct evidence *, const char *visit,
		    char *out, size_t room);

#endif
