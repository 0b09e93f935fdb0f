#ifndef HOST_QUALIFY_VEIL_H
#define HOST_QUALIFY_VEIL_H

#include <jansson.h>

#include "base/err.h"
#include "host/qualify/result.h"

/*
 * What of an answer is shown only with the patient's consent to 限度額適用認定証
 * (features.md DEN-18): the certificate's data, and the share to pay of
 * 前期高齢者 (高齢受給者証) and 後期高齢者 (insurer 39…, or 70 years of age on
 * the day asked for).  Consent is the record's flag, or where it has none the
 * flag that was asked with, being 1; nothing said is no consent.  What came
 * stays as it is in the store: this is for showing, handing over and taking
 * into the ledger.
 *
 * A record that is veiled lacks the values and says so:
 * "withheld": [official names of the fields and groups].
 */
#define VEIL_KEY	"withheld"

/* "同意がないため表示しません" */
const char	*veil_text(enum err_lang);
/* 1 if the record's "withheld" has this name; NULL fine. */
int		 veil_withholds(const json_t *record, const char *name);
/* Of struct finding's data, in place.  ERR_NOMEM. */
enum err	 veil_data(json_t *data);
/* result_json, veiled.  A new reference; NULL when out of memory. */
json_t		*veil_result(const struct result *);
/* 1 if this field of one record is not to be shown. */
int		 veil_hides(const struct result *, size_t record,
		    enum field);

#endif
