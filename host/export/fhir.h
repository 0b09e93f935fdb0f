#ifndef HOST_EXPORT_FHIR_H
#define HOST_EXPORT_FHIR_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "host/ledger/coverage.h"
#include "host/ledger/patient.h"
#include "host/qualify/grant.h"
#include "host/store/store.h"

/*
 * FHIR R4 (4.0.1) as JP Core 1.2 profiles it, for any EHR; features.md A.6.
 * To read only.
 *
 *	Patient		identifier urn:oid:1.2.392.100495.20.3.51.1 +
 *			institution code (10 digits), the chart number; names
 *			IDE (kanji) and SYL (kana, full width)
 *	Coverage	JP_Coverage, of insurance and medical assistance: the
 *			member id, symbol, number and branch as extensions,
 *			the insurer as a contained Organization
 *	Consent		one for the items that one finding speaks of: denied
 *			but for what was permitted, each with its own period
 *
 * The member id is insurer (8 digits) : symbol : number : branch, in the width
 * in which insurers write them and without blanks; a branch that is not there
 * is empty behind its colon.  JP Core would have mixed text full width
 * (葛う１０); the example of the specification we follow has 葛う10.  Of the
 * elderly, limit and disease certificates only the elderly's ratio has a place
 * (costToBeneficiary).
 *
 * Each function returns a new reference, NULL when out of memory.
 */
struct fhir_site {
	const char	*institution_code;
	const char	*base;	/* "http://127.0.0.1:8787/api/v1/fhir"; "": no
				 * server, then references are urn:uuid: */
	int64_t		 now;	/* wall ms */
};

/*
 * A patient's id in FHIR, made when first asked for: chart numbers are in no
 * path.  fhir_chart: back again, ERR_NO_SUCH.
 */
enum err	fhir_id(struct store *, const char *chart_number,
		    char id[UUID_LEN]);
enum err	fhir_chart(struct store *, const char *id,
		    char chart_number[33]);

json_t		*fhir_patient(const struct fhir_site *, const char *id,
		    const struct patient *);
/* ratio: of an elderly certificate of the same days, NULL if none.  NULL for
 * kinds that are no Coverage, see fhir_is_coverage. */
json_t		*fhir_coverage(const struct fhir_site *, const char *patient,
		    const struct coverage *, const struct coverage *elderly);
int		fhir_is_coverage(const struct coverage *);
/* Grants of one patient and one finding; n is 1 up. */
json_t		*fhir_consent(const struct fhir_site *, const char *patient,
		    const struct grant *, size_t n);

/* type "collection" or "searchset" (total: how many matched); entries are
 * resources that the bundle takes over. */
json_t		*fhir_bundle(const struct fhir_site *, const char *type,
		    json_t *resources, int64_t total);
json_t		*fhir_capability(const struct fhir_site *);
/* OperationOutcome; detail "" or a note. */
json_t		*fhir_outcome(enum err, const char *detail);

/* 保険者番号:記号:番号:枝番; out is replaced. */
enum err	fhir_member_id(const char *insurer, const char *symbol,
		    const char *number, const char *branch, struct blob *out);

/*
 * Everything of one patient: Patient, Coverages, Consents (newest word of
 * each item).  ERR_NO_PATIENT.  fhir_read: one of them by type and id as in
 * REST, ERR_NO_SUCH.
 */
enum err	fhir_of_patient(const struct fhir_site *, struct store *,
		    const char *chart_number, json_t **bundle);
enum err	fhir_read(const struct fhir_site *, struct store *,
		    const char *type, const char *id, json_t **resource);

#endif
