#ifndef HOST_VISIT_STATUS_H
#define HOST_VISIT_STATUS_H

#include <jansson.h>

#include "host/visit/machine.h"

/*
 * A visit's state as the staff knows it from the manuals (features.md DEN-05
 * to DEN-10): 照会中, 有効, 喪失, 該当なし, エラー …; schema Status.
 */
struct status {
	const char	*word;		/* "lost_new"; static */
	const char	*label[2], *advice[2];	/* by enum err_lang; static */
	const char	*code;		/* QualificationValidity, or an error's
					   name; "" none; borrowed */
};

/* outcome: as the store has it, "" none. */
void	status_of(enum visit_state, const char *outcome, struct status *);
/* confirmed_on: YYYYMMDD, "" unknown. */
json_t	*status_json(const struct status *, const char *confirmed_on);

#endif
