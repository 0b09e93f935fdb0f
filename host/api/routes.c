#include <string.h>

#include "host/api/routes.h"

#define K	(1u << ROLE_KIOSK)
#define D	(1u << ROLE_DESK)
#define M	(1u << ROLE_MEDICAL)
#define A	(1u << ROLE_ADMIN)
#define O	(1u << ROLE_MONITOR)
#define GET(path, roles, flags, handler, set) \
	{ HTTP_GET, path, roles, flags, handler, NULL, set }
#define POST(path, roles, flags, handler, again, set) \
	{ HTTP_POST, path, roles, (flags) | ROUTE_KEYED, handler, again, set }
#define STEP(word, roles, flags, handler) \
	POST("/visits/{}/" word, roles, flags, handler, visits_again, 'v')

#define FINDING(word, flags, handler) \
	POST("/findings/{}/" word, D | A, flags, handler, findings_again, 'v')

static const struct route rows[] = {
	GET("/health",	K | D | M | A | O, ROUTE_OPEN, service_health, 0),
	{ HTTP_POST, "/tokens", 0, ROUTE_OPEN | ROUTE_SECRET, admin_token,
	    NULL, 0 },
	GET("/client",	K | D | M | A | O, 0, own_get, 0),
	POST("/client/start", K, 0, own_start, own_get, 0),
	POST("/client/unlock", K, ROUTE_SECRET, own_unlock, own_get, 0),
	POST("/client/lock", K, 0, own_lock, own_get, 0),

	GET("/visits",	D | M | A, 0, visits_list, 0),
	POST("/visits",	K | D, ROUTE_SECRET, visits_create, visits_again, 0),
	GET("/visits/{}", K | D | M | A, 0, visits_get, 'v'),
	GET("/visits/{}/photo", K, 0, visits_photo, 'v'),
	STEP("number-b", K, ROUTE_SECRET, visits_number),
	STEP("evidence", K, ROUTE_SECRET, visits_evidence),
	STEP("attestation", K, ROUTE_SECRET, visits_attest),
	STEP("pin", K, ROUTE_SECRET, visits_pin),
	STEP("consent", K, ROUTE_SECRET, visits_consent),
	STEP("confirmation", K, ROUTE_SECRET, visits_confirm),
	STEP("patient", D | A, ROUTE_SECRET, visits_patient),
	STEP("closing", K | D, 0, visits_close),
	STEP("cancellation", K | D, 0, visits_cancel),
	STEP("fallback", D | A, 0, visits_fallback),

	GET("/events",	K | D | M | A | O, 0, service_events, 0),
	GET("/readers",	K | D | A | O, 0, service_readers, 0),
	GET("/requests", D | A, 0, desk_requests, 0),
	GET("/results",	D | A, 0, desk_results, 0),
	GET("/results/{}", D | A, 0, desk_result, 'h'),
	POST("/results/{}/patient", D | A, ROUTE_SECRET, desk_bind, visits_again, 'h'),
	GET("/records/refused", D | A, 0, desk_refused, 0),
	POST("/slips", D | A, ROUTE_SECRET, desk_slip, visits_again, 0),
	GET("/patients", D | M | A, 0, desk_patients, 0),

	GET("/patient", D | M | A, 0, ledger_patient, 0),
	POST("/patient", D | A, ROUTE_SECRET, ledger_put, ledger_again, 0),
	POST("/patient/unlinking", D | A, ROUTE_SECRET, ledger_unlink,
	    ledger_again, 0),
	POST("/patient/confirmation", D | A, ROUTE_SECRET, ledger_confirm,
	    ledger_again, 0),
	GET("/consents", D | M | A, 0, ledger_consents, 0),

	GET("/findings", D | A, 0, findings_list, 0),
	GET("/findings/{}", D | A, 0, findings_get, 'v'),
	GET("/findings/{}/comparison", D | A, 0, findings_compare, 'v'),
	FINDING("patient", ROUTE_SECRET, findings_choose),
	FINDING("unlinking", 0, findings_unlink),
	FINDING("set-aside", 0, findings_set_aside),
	FINDING("return", 0, findings_return),
	GET("/imports", D | A, 0, imports_list, 0),
	POST("/imports", D | A, ROUTE_SECRET, imports_apply,
	    imports_batch_again, 0),
	GET("/imports/waiting", D | A, 0, imports_waiting, 0),
	GET("/imports/{}", D | A, 0, imports_get, 'v'),
	POST("/imports/{}/undoing", D | A, 0, imports_undo, imports_again,
	    'v'),
	POST("/imports/{}/review", D | A, 0, imports_review, imports_again,
	    'v'),
	GET("/imports/{}/report", D | A, 0, imports_report, 'v'),
	GET("/imports/{}/report.html", D | A, 0, imports_print, 'v'),

	GET("/checks",	D | A, 0, checks_list, 0),
	GET("/jobs/categories", D | A, 0, jobs_categories, 0),
	GET("/jobs",	D | A, 0, jobs_list, 0),
	POST("/checks",	D | A, ROUTE_SECRET, jobs_today, jobs_again, 0),
	POST("/jobs",	D | A, ROUTE_SECRET, jobs_start, jobs_again, 0),
	GET("/jobs/{}",	D | A, 0, jobs_get, 'v'),
	GET("/jobs/{}/persons", D | A, 0, jobs_persons, 'v'),
	POST("/jobs/{}/cancellation", D | A, 0, jobs_cancel, jobs_again, 'v'),
	POST("/jobs/{}/retry", D | A, 0, jobs_retry, jobs_again, 'v'),

	GET("/documents", D | M | A, 0, documents_list, 0),
	POST("/documents", D | M | A, ROUTE_SECRET, documents_ask,
	    documents_asked, 0),
	GET("/documents/{}", M, 0, documents_get, 'v'),
	GET("/documents/{}/view", M, 0, documents_view, 'v'),
	POST("/exports/orca", D | A, 0, exports_orca, exports_orca_again, 0),
	GET("/exports/findings.csv", D | A, 0, exports_csv, 0),
	GET("/audit",	A, 0, audits_list, 0),
	GET("/figures",	D | A, 0, figures_get, 0),

	GET("/fhir/metadata", D | M | A, ROUTE_FHIR, fhir_metadata, 0),
	GET("/fhir/Patient", D | M | A, ROUTE_FHIR, fhir_patients, 0),
	GET("/fhir/Patient/{}", D | M | A, ROUTE_FHIR, fhir_patient_get, 'v'),
	GET("/fhir/Coverage/{}", D | M | A, ROUTE_FHIR, fhir_coverage_get,
	    'v'),
	GET("/fhir/Consent/{}", D | M | A, ROUTE_FHIR, fhir_consent_get, 'v'),
	GET("/fhir/Bundle", D | M | A, ROUTE_FHIR, fhir_all, 0),

	GET("/passcodes", D | A, 0, admin_passcodes, 0),
	POST("/passcodes", A, 0, admin_issue, NULL, 0),
	POST("/passcodes/{}/revocation", A, 0, admin_revoke, admin_revoke,
	    'h'),
	GET("/clients",	D | A, 0, admin_clients, 0),
	POST("/clients/{}/enrolment", D | A, 0, admin_enrol, NULL, 'n'),
	GET("/devices",	D | A, 0, devices_all, 0),
	POST("/devices", D | A, 0, devices_invite, NULL, 0),
	POST("/devices/{}/name", D | A, 0, devices_rename, devices_renamed,
	    'n'),
	POST("/devices/{}/revocation", D | A, 0, devices_revoke,
	    devices_revoke, 'n'),
	GET("/metrics",	A | O, 0, service_metrics, 0),
};

/* Characters of what stands for {…}; openapi.yaml has the exact forms. */
static const char *
characters(char set)
{
	return (set == 'n' ? "abcdefghijklmnopqrstuvwxyz0123456789-" :
	    set == 'v' ? "0123456789abcdef-" : "0123456789abcdef");
}

/* 1 if the path is this row's; what stands for {} goes to param. */
static int
is_path(const struct route *r, const char *path, char param[CALL_PARAM])
{
	const char *hole = strstr(r->path, "{}");
	size_t before, len;

	param[0] = '\0';
	if (hole == NULL)
		return (strcmp(r->path, path) == 0);
	before = (size_t)(hole - r->path);
	if (strncmp(path, r->path, before) != 0)
		return (0);
	path += before;
	len = strspn(path, characters(r->set));
	if (len == 0 || len >= CALL_PARAM || strcmp(path + len, hole + 2) != 0)
		return (0);
	memcpy(param, path, len);
	param[len] = '\0';
	return (1);
}

const struct route *
routes_find(enum http_method method, const char *path,
    char param[CALL_PARAM], int *other)
{
	*other = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!is_path(&rows[i], path, param))
			continue;
		if (rows[i].method == method)
			return (&rows[i]);
		*other = 1;
	}
	return (NULL);
}

const struct route *
routes_all(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return (rows);
}
