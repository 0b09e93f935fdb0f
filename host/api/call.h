#ifndef HOST_API_CALL_H
#define HOST_API_CALL_H

#include "host/api/api.h"
#include "host/api/body.h"

/*
 * One request on its way to its handler: who asks, what the path names.
 * Shared by the handlers of this room.
 */
#define CALL_PARAM 80

struct call {
	struct api			*api;
	const struct api_conf		*conf;
	const struct http_request	*req;
	struct http_answer		*answer;
	struct client			 client;	/* role MONITOR, "" if none */
	char				 param[CALL_PARAM];	/* {…} of the path */
	/* What a repeated request is answered with: a visit's id …; "". */
	char				 subject[CALL_PARAM];
	struct note			 note;
};

/* ERR_OK: answer->json (or bytes) and status are set; else the problem is
 * made from the error and the note. */
typedef enum err call_handler(struct call *);

/* Answers: a status and an object, whose reference moves. */
enum err	call_json(struct call *, int status, json_t *);
/* {name: rows, "total": n}; rows moves. */
enum err	call_list(struct call *, const char *name, json_t *rows,
		    int64_t total);
/* body_check with the call's body and note. */
enum err	call_body(struct call *, const struct body_rule *, size_t n);
/* No query parameter but these (NULL-terminated); ERR_BAD_REQUEST. */
enum err	call_only(struct call *, const char *const *names);
/* A query parameter; *has 0 when it is not there.  ERR_BAD_REQUEST. */
enum err	call_query(struct call *, const char *name, char *out,
		    size_t room, int *has);
/* The same as a number from min to max, fallback when it is not there. */
enum err	call_number(struct call *, const char *name, int *out,
		    const int bounds[2]);

/* The member "passcode" of the body, entered at this client; the note says
 * how many entries are left, or until when it is locked. */
enum err	call_passcode(struct call *, const char *client);

/* Puts what into the note and returns the error. */
enum err	call_refuse(struct call *, enum err, const char *what);

/* A visit as this client may see it, with a status; another kiosk's does not
 * exist for a kiosk: ERR_NO_SUCH. */
enum err	visits_show(struct call *, const char *id, int status);
/* 1 while a visit runs before the kiosk that began it. */
int		visits_is_there(struct call *, const char *id);

/* handlers, by file */
/* visits.c */
call_handler	visits_list, visits_create, visits_get, visits_again;
/* steps.c: what a visit wants, and giving it up */
call_handler	visits_number, visits_photo, visits_evidence, visits_attest,
		visits_pin, visits_consent, visits_confirm, visits_patient,
		visits_close, visits_cancel;
/* fallback.c */
call_handler	visits_fallback;
/* desk.c */
call_handler	desk_requests, desk_results, desk_result, desk_bind,
		desk_patients, desk_refused, desk_slip;
/* audits.c */
call_handler	audits_list;
/* figures.c */
call_handler	figures_get;
/* findings.c */
call_handler	findings_list, findings_get, findings_compare, findings_again,
		findings_choose, findings_unlink, findings_set_aside,
		findings_return;
/* imports.c */
call_handler	imports_list, imports_apply, imports_batch_again,
		imports_waiting, imports_get, imports_again, imports_undo,
		imports_review, imports_report, imports_print;
/* checks.c: patients of a day without a visit */
call_handler	checks_list;
/* jobs.c */
call_handler	jobs_categories, jobs_list, jobs_start, jobs_today, jobs_get, jobs_again,
		jobs_persons, jobs_cancel, jobs_retry;
/* ledger.c: patients and consents */
call_handler	ledger_patient, ledger_put, ledger_again, ledger_unlink,
		ledger_confirm, ledger_consents;
/* documents.c */
call_handler	documents_list, documents_ask, documents_asked, documents_get,
		documents_view;
/* exports.c */
call_handler	exports_orca, exports_orca_again, exports_csv;
/* fhir.c */
call_handler	fhir_metadata, fhir_patients, fhir_patient_get,
		fhir_coverage_get, fhir_consent_get, fhir_all;
/* own.c: the client itself */
call_handler	own_get, own_start, own_unlock, own_lock;
/* admin.c */
call_handler	admin_token, admin_clients, admin_enrol, admin_passcodes,
		admin_issue, admin_revoke;
/* devices.c */
call_handler	devices_all, devices_invite, devices_rename, devices_renamed,
		devices_revoke;
/* service.c */
call_handler	service_health, service_events, service_readers,
		service_metrics;

/* A problem document as an OperationOutcome; status and waiting time stay. */
void		fhir_refusal(struct http_answer *);

/* Schema Client of one; new reference. */
json_t		*own_json(struct call *, const struct client *);

#endif
