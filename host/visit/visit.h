#ifndef HOST_VISIT_VISIT_H
#define HOST_VISIT_VISIT_H

#include "base/secret.h"
#include "crypto/uuid.h"
#include "driver/transport.h"
#include "host/consent/consent.h"
#include "host/ledger/match.h"
#include "host/qualify/exchange.h"
#include "host/store/store.h"
#include "host/visit/conf.h"
#include "host/proof/identity.h"
#include "host/visit/machine.h"

/* What is timed, in the order it happens; milliseconds. */
#define VISIT_TIMES(X)							\
X(recognise) X(certificate) X(tries) X(verify) X(sign) X(attributes)	\
X(match) X(qualify) X(register)

enum visit_time {
#define VISIT_TIME_ENUM(id) VT_##id,
	VISIT_TIMES(VISIT_TIME_ENUM)
#undef VISIT_TIME_ENUM
	VT_COUNT
};

#define VISIT_ID_LEN UUID_LEN

/* How a visit came about; the words of openapi.yaml, "" where there is none. */
struct visit_about {
	char	mode[8];	/* "pin", "face", "visual", "home" */
	char	method[8];	/* "pin", "face", "visual" */
	char	client[33];	/* the kiosk; "": the command line */
	char	purpose[16];	/* 動作モード of a home visit */
	char	staff[129];	/* who compared, who named the patient */
	char	reason[16];	/* why visual confirmation */
};

/*
 * One patient at one reader.  Each step is in the store before it is shown.
 * On the caller's stack; visit_start … visit_end.
 */
struct visit {
	char			 id[VISIT_ID_LEN];
	struct visit_about	 about;
	enum visit_state	 state;
	struct store		*store;		/* borrowed */
	const struct visit_conf	*conf;		/* borrowed */
	void			(*shown)(void *ctx, const struct visit *);
	void			*ctx;		/* for shown; both may be NULL */

	struct identity		 identity;
	struct consent		 consent;
	int			 tries;		/* PIN_TRIES_UNKNOWN or 0..3 */
	int			 wrong_pins;	/* entries the card refused */
	struct patient		 patient;	/* from MATCHED on */
	struct exchange_reply	 reply;		/* from ANSWERED on */
	enum err		 registered;	/* what became of siimm01 … */
	int			 register_tried;/* … if it was sent */
	int			 reference_differs; /* theirs is not ours */
	char			 face_digest[65]; /* of a face reader's result */
	enum err		 err;		/* why it ended so */
	struct note		 note;

	struct tp_stats		 login;		/* without the attributes */
	struct tp_stats		 attributes;
	int			 ms[VT_COUNT];	/* -1: not done */
};

/* Stores a new visit in IDLE. */
enum err	visit_start(struct visit *, struct store *,
		    const struct visit_conf *, const struct visit_about *);
/*
 * One event: the row's new state is in the store when it returns ERR_OK, and
 * only then shown.  ERR_SEQUENCE for what is not in the table.
 */
enum err	visit_step(struct visit *, enum visit_event);
/* Ends a visit that failed: err and note are kept, the fitting event is
 * chosen by the error's class.  Returns err. */
enum err	visit_fail(struct visit *, enum err);
void		visit_end(struct visit *);	/* wipes; store and conf stay */

/* What one step took; since is clock_ms() at its start. */
void		visit_time(struct visit *, enum visit_time, int64_t since);

/* The whole visit as one object; new reference. */
json_t		*visit_json(const struct visit *);
/* Its "consent" alone; new reference. */
json_t		*visit_consent_json(const struct visit *);
/* Back from it, without the time; NULL: nothing was consented to. */
void		 visit_consent_from_json(const json_t *, struct consent *);

#endif
