#ifndef HOST_EXPORT_FHIR_IN_H
#define HOST_EXPORT_FHIR_IN_H

#include "host/export/fhir.h"

/* Shared by the files of FHIR. */

#define FHIR_CORE	"http://jpfhir.jp/fhir/core/"
#define FHIR_HL7	"http://terminology.hl7.org/CodeSystem/"

/* {coding [{system, code, display}], text}; display and text NULL: left out.
 * New reference. */
json_t	*fhir_code(const char *system, const char *code, const char *display,
	    const char *text);
/* {reference: "Patient/id"}, or "urn:uuid:id" without a server. */
json_t	*fhir_reference(const struct fhir_site *, const char *type,
	    const char *id);
/* Where the resource is found. */
json_t	*fhir_url(const struct fhir_site *, const char *type, const char *id);
/* {start, end} of days or of stamps, "" left out; NULL when both are. */
json_t	*fhir_period(const char *from, const char *until);
/* Sets a member and takes the value over; nothing when it is NULL.  */
void	fhir_set(json_t *, const char *key, json_t *value);
void	fhir_set_text(json_t *, const char *key, const char *);	/* not "" */
/* {resourceType, id, meta.profile}; profile NULL or JP Core's name. */
json_t	*fhir_begin(const char *type, const char *id, const char *profile);
/*
 * A string as FHIR has them (its pattern knows no white space but blank, tab
 * and line break): a blank for every other one, U+3000 above all, and for
 * control characters; the same for the first n bytes.
 */
json_t	*fhir_string(const char *);
json_t	*fhir_stringn(const char *, size_t n);
/* Half-width katakana as full-width, the blanks as they are. */
enum err fhir_wide_kana(const char *, struct blob *out);

#endif
