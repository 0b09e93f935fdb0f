#ifndef HOST_VISIT_VIEW_H
#define HOST_VISIT_VIEW_H

#include "host/visit/visit.h"
#include "host/visit/want.h"

/*
 * A visit as the API shows it: schemas Visit and VisitRow of openapi.yaml.
 * Everything the agent knows is in it; who may see what is the API's.
 */
struct view_now {
	enum want	 want;
	int64_t		 deadline;	/* wall ms; 0 none */
	int		 slow;
	int		 tries;		/* of what is wanted; -1 unknown */
	const char	*nonce;		/* hex; NULL none */
	int64_t		 started_at, updated_at;	/* wall ms */
};

/* A live one; new reference, NULL when out of memory. */
json_t		*view_live(const struct visit *, const struct view_now *);
/* One from the store; ERR_NO_SUCH. */
enum err	 view_stored(struct store *, const char *id, json_t **);
/* VisitRows of [from, before) in wall ms, newest first, and how many there
 * are in all; rows is a new array. */
struct view_span {
	int64_t	from, before;
	int	limit, offset;
};
enum err	 view_rows(struct store *, const struct view_span *,
		    json_t **rows, int64_t *total);

json_t		*view_patient(const struct patient *);	/* schema Patient */
json_t		*view_text(const char *ja, const char *en);
json_t		*view_error(enum err, const char *detail); /* schema Error */
/* Wall ms as RFC 3339 string, 0 as null; YYYYMMDD as YYYY-MM-DD, "" null. */
json_t		*view_time(int64_t);
json_t		*view_date(const char *yyyymmdd);

#endif
