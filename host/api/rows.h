#ifndef HOST_API_ROWS_H
#define HOST_API_ROWS_H

#include "host/api/call.h"
#include "host/import/import.h"
#include "host/qualify/finding.h"
#include "host/qualify/grant.h"

/*
 * Rows of the ledger as the API shows them; each is a new reference, NULL
 * when out of memory.
 */
json_t	*rows_finding(struct call *, const struct finding *); /* FindingRow */
json_t	*rows_grant(struct call *, const struct grant *);	/* Grant */
/* Schema Import of a row of import_list or import_get. */
json_t	*rows_import(struct call *, const json_t *);
/* Schema ReportRow of one of import_report. */
json_t	*rows_report(const json_t *);
/* Schema Patient, null where there is none. */
json_t	*rows_patient(struct call *, const char *chart_number);

/* Members of what another room has made. */
const char *rows_text(const json_t *, const char *name);	/* "" if none */
/* The same as JSON: a text, "" and what is missing as null. */
json_t	*rows_word(const json_t *, const char *name);
json_t	*rows_count(const json_t *, const char *name);	/* 0 if none */
/* A time in wall ms, or as text already; null. */
json_t	*rows_time(const json_t *, const char *name);
/* Days YYYYMMDD or YYYY-MM-DD; months YYYYMM. */
json_t	*rows_date(const char *);
json_t	*rows_month(const char *);
/* The Text out of {ja, en} beside others, or of a list of such. */
json_t	*rows_label(const json_t *);
json_t	*rows_labels(const json_t *list);

/* How a person of a job ended, "answered" …; jobs.c. */
json_t	*jobs_person_label(const char *state);

/* Word of an action in this API, "renew" …; NULL: none. */
const char *rows_action(enum apply_action);
json_t	*rows_action_label(const char *word);
/* APPLY_ACTIONS: none is called so. */
enum apply_action rows_action_of(const char *word);

/* Who acts: this client, staff and reason of the body. */
struct audit_who rows_who(const struct call *);

/* A change that others should see: kind job, finding, import or document. */
void	rows_tell(struct call *, const char *kind, const char *id,
	    const char *state);

#endif
