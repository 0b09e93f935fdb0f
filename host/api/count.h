#ifndef HOST_API_COUNT_H
#define HOST_API_COUNT_H

#include "base/buf.h"
#include "host/store/store.h"

/*
 * Counters for Prometheus, since this program started: requests by status,
 * and every transition of a visit as the clients were told it.  Nothing of it
 * is about a person.
 */
struct count;

enum err	count_open(struct store *, struct count **);
void		count_close(struct count **);	/* NULL fine */
void		count_request(struct count *, int status);
/* Takes in the events since the last time; 1 if a visit among them ended
 * without an outcome, of which nothing may stay. */
int		count_events(struct count *, struct store *);
/* In the text format, metrics shikaku_requests_total and
 * shikaku_visit_transitions_total. */
enum err	count_print(const struct count *, struct blob *);

#endif
