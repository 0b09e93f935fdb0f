#ifndef HOST_LEDGER_HOLDING_H
#define HOST_LEDGER_HOLDING_H

#include "host/ledger/coverage.h"

/* What is on record of one patient, as a copy. */
struct holding {
	struct patient		patient;
	struct coverages	coverages;
};

/* A patient of before there was a history has the row that his columns say,
 * without an id.  ERR_NO_PATIENT; nothing to free then. */
enum err	holding_load(struct store *, const char *chart_number,
		    struct holding *);
void		holding_free(struct holding *);
/* {chart_number, name ... confirmed_on by the columns (sex a number, "" what
 * is not known), coverages [coverage_json and "now": the row of today]}. */
json_t		*holding_json(const struct holding *, const char *today);

#endif
