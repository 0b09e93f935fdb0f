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

#endif
