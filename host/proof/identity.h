#ifndef HOST_PROOF_IDENTITY_H
#define HOST_PROOF_IDENTITY_H

#include <jansson.h>

#include "crypto/cardca.h"
#include "crypto/chain.h"
#include "crypto/challenge.h"
#include "reader/attributes.h"

/*
 * How the person was verified and what was proven.  It holds neither the
 * certificate nor its serial number nor the PIN.  Personal data: wipe it.
 */
struct identity_surface {
	int			read;
	char			birthdate[9];	/* signed, YYYYMMDD */
	char			sex;		/* signed, as struct attributes */
	enum cardca_verdict	verdict;
	char			issuer[CARDCA_ISSUER];
};

/* Who compared the person with the photograph. */
enum compared { COMPARED_NOT, COMPARED_ENGINE, COMPARED_STAFF,
    COMPARED_OFFICIAL };

struct identity {
	char			mode[8];	/* how the visit was begun, and … */
	char			method[8];	/* … how the person was verified */
	char			card[16];	/* profile: "plastic", "phone" */
	int			has_attributes;
	struct attributes	attributes;
	enum err		attributes_err;	/* why there are none */
	int			text_tries;	/* left on their PIN; -1 unknown */
	int			judged;		/* the certificate was read … */
	struct chain_verdict	certificate;	/* … and this is the verdict */
	int			proven;		/* the card signed our challenge, by
						 * the key of the certificate, or
						 * by its own behind the surface */
	enum challenge_alg	alg;
	int64_t			at;		/* wall ms of the proof */
	struct identity_surface	surface;	/* face and visual */
	enum compared		compared;
	char			engine[65], score[10], threshold[10];
	int			by_device;	/* every verdict is a device's
						 * word; proven: signed by the
						 * key that its record names */
};

/* New reference; attributes null and a reason where they were not read. */
json_t		*identity_json(const struct identity *);
/* What matching needs of a stored one; NULL, or what does not fit: nothing. */
void		 identity_from_json(const json_t *, struct identity *);
/* Wipes all but mode, card and the verdict without its dates, which on a
 * certificate are a birthday: so that a refusal can be explained. */
void		 identity_forget(struct identity *);

#endif
