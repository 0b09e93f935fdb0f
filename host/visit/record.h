#ifndef HOST_VISIT_RECORD_H
#define HOST_VISIT_RECORD_H

#include "host/visit/visit.h"

/*
 * A visit's trace in the store: its state and every transition, and from the
 * confirmation on its identity and consent.
 */
enum err	record_start(struct store *, const char *id, const char *mode,
		    enum visit_state);
/* State, event and what the row keeps or forgets: one transaction. */
enum err	record_step(struct store *, const struct visit *,
		    const struct visit_row *);
/*
 * Visits that wait for somebody who is not coming (a program that was killed,
 * a patient nobody named): times them out, which forgets what they held.
 * An hour; a day where the desk is to name the patient.
 */
enum err	record_expire(struct store *, size_t *n);
/* Late answers came in: moves the visits that waited for them on, outcome
 * included; *n how many. */
enum err	record_catch_up(struct store *, size_t *n);

#endif
