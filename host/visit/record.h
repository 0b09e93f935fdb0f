#ifndef HOST_VISIT_RECORD_H
#define HOST_VISIT_RECORD_H

#include "host/visit/visit.h"

/*
 * A visit's trace in the store: its state and every transition, and from the
 * confirmation on its identity and consent.
 */
enum err	record_start(const struct visit *);
/* State, event, what the row keeps or forgets, and whom and by whom a match
 * names: one transaction. */
enum err	record_step(struct store *, const struct visit *,
		    const struct visit_row *);
/*
 * A visit that was made elsewhere: about, identity and consent are what is
 * filed, and it waits for its patient.  Within the caller's transaction.
 * ERR_ROW when there is one of this id.
 */
enum err	record_file(struct store *, struct visit *);
/* What the visit now waits for a client to do (host/visit/want.h); NULL:
 * nothing.  Only told, not kept. */
enum err	record_wants(const struct visit *, const char *wants);
/* record_step for a visit that nobody runs; why: its outcome, NULL none. */
enum err	record_move(struct store *, const struct visit *,
		    const struct visit_row *, const char *why);
/* A worse reason than the one the visit's end was stored with. */
enum err	record_reason(const struct visit *);
/* What an answer says, in the words of the outcome column. */
const char	*record_outcome(const struct result *);

/* A visit as it is stored. */
struct record {
	char			 id[VISIT_ID_LEN];
	struct visit_about	 about;
	enum visit_state	 state;
	char			 chart_number[33];
	char			 outcome[64];
	int64_t			 started_at, updated_at;	/* wall ms */
	json_t			*identity, *consent;	/* owned; NULL none */
};

/* ERR_NO_SUCH; *rec is wiped by record_wipe. */
enum err	record_get(struct store *, const char *id, struct record *);
void		record_wipe(struct record *);
/* The same as a visit to go on with: state, about, identity as far as a
 * patient is matched by it, consent.  visit_end. */
enum err	record_load(struct store *, const char *id,
		    const struct visit_conf *, struct visit *);
enum visit_state record_state_named(const char *);	/* VS_COUNT: none */

#endif
