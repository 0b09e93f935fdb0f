#ifndef HOST_VISIT_OVERDUE_H
#define HOST_VISIT_OVERDUE_H

#include "host/store/store.h"

/*
 * Visits that nobody runs any more: late answers, and persons who are not
 * coming.
 */

/*
 * Times out visits that wait for somebody who is not coming (a program that
 * was killed, a patient nobody named), which forgets what they held.  An
 * hour; a day where the desk is to name the patient; two weeks where the visit
 * was made away, or on paper, and the patient has gone home long ago.
 */
enum err	overdue_expire(struct store *, size_t *n);
/* Late answers came in: moves the visits that waited for them on, outcome
 * included; one that names another person refuses them.  *n how many. */
enum err	overdue_answers(struct store *, size_t *n);

/*
 * Visits that wait for the answer to a request which was taken back, because
 * the program that asked had ended: they end, ERR_NOT_TAKEN.
 */
enum err	overdue_withdrawn(struct store *, size_t *n);

#endif
