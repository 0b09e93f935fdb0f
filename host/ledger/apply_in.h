#ifndef HOST_LEDGER_APPLY_IN_H
#define HOST_LEDGER_APPLY_IN_H

#include "host/ledger/apply.h"
#include "host/ledger/column.h"
#include "host/ledger/holding.h"

/* For apply*.c only: an application under way. */
struct work {
	struct store		*store;
	const struct apply_ask	*ask;
	struct holding		 h;	/* before */
	struct patient		 person;	/* as it becomes */
	int			 fresh;	/* a new patient */
	int			 first;	/* nothing of its insurance, or aid, was
					 * on record */
	json_t			*before, *after, *entries;
	struct note		*note;
};

/* A place is touched: what it held is kept once, what it holds is set. */
enum err	work_column(struct work *, enum column, const char *value);
/*
 * old: as it is in the history, NULL for a row that is new; now: what it
 * becomes, NULL to drop it.  change: the entry's word, NULL for none.
 */
enum err	work_row(struct work *, const struct coverage *old,
		    struct coverage *now, const char *change);
/* Nothing is touched; told in the report. */
enum err	work_tell(struct work *, const char *change,
		    const struct coverage *);

/* The actions: apply_rows.c, apply_fields.c. */
enum err	apply_rows(struct work *);
enum err	apply_fields(struct work *);
enum err	apply_reference(struct work *, int must);

/* Whole row of a change, back from JSON; ERR_STORE. */
enum err	coverage_of_json(const json_t *, struct coverage *);

#endif
