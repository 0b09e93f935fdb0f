#ifndef HOST_VISIT_COURSE_H
#define HOST_VISIT_COURSE_H

#include "host/visit/login.h"

/*
 * From VERIFIED to ANSWERED: consent on two steps, the patient, the request,
 * the answer, and the reference number where the terminal had none.
 * chart_number is NULL to let the card's attributes find the patient.  On
 * failure the visit has ended (or waits: UNMATCHED, UNANSWERED) and the
 * reason is returned.
 */
enum err	course_run(struct visit *, const char *chart_number,
		    const struct visit_ports *);

/* The desk names the patient of a visit that waits for it: to MATCHED.
 * ERR_CONTRADICTS, ERR_NO_PATIENT: it goes on waiting. */
enum err	course_name(struct visit *, const char *chart_number);
/* From MATCHED to ANSWERED; on failure as course_run. */
enum err	course_finish(struct visit *, const struct visit_ports *);

#endif
