#ifndef HOST_API_FINDINGS_H
#define HOST_API_FINDINGS_H

#include "host/api/query.h"
#include "host/qualify/finding.h"

/* The conditions of GET /findings, which the CSV export has as well. */
enum findings_query {
	FQ_FROM, FQ_TO, FQ_CHART, FQ_NAME, FQ_KANA, FQ_BIRTHDATE, FQ_INSURER,
	FQ_SOURCE, FQ_VALIDITY, FQ_OUTCOME, FQ_STATE, FQ_LINK, FQ_JOB,
	FQ_LIMIT, FQ_OFFSET,
	FINDINGS_QUERY
};

const struct body_rule	*findings_rules(void);	/* FINDINGS_QUERY rows */
/* Its texts are those of q. */
struct finding_query	 findings_query(const struct query *q);
/* The list of a job, or a search, which has an upper limit. */
enum err		 findings_each(struct call *,
			    const struct finding_query *, finding_each *,
			    void *ctx, int64_t *total);
/* Schema Suggestion of import.h's; null where there is none. */
json_t			*findings_suggestion(const json_t *);

#endif
