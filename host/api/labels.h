#ifndef HOST_API_LABELS_H
#define HOST_API_LABELS_H

#include <jansson.h>

/*
 * The fields of an answer as people read them: the official element names
 * with their labels, codes with their texts, days in words.
 */

/*
 * One record (a coverage) of a finding's data as schema FindingRecord: every
 * value in it, in groups; an element without a label stands for itself.
 * New reference, NULL when out of memory.
 */
json_t	*labels_record(const json_t *record);

/* Schema Labelled of one value: of an element's name, or of a code word of
 * the ledger (coverage.h), with the same texts. */
json_t	*labels_element(const char *name, const char *value);
json_t	*labels_word(const char *word, const char *value);
/* What a value of such a word means, Text or null; also of the words of a
 * comparison (compare.h). */
json_t	*labels_meaning(const char *word, const char *value);

/* Schemas FindingConsent, of the first record that has any: what was agreed
 * to.  New reference. */
json_t	*labels_consents(const json_t *records);
/* Text of a consent flag; a stamp YYYYMMDDHHmmss as date-time or null. */
json_t	*labels_flag(const char *item, const char *flag);
json_t	*labels_time(const char *stamp);

#endif
