#ifndef HOST_CONSENT_CONSENT_JSON_H
#define HOST_CONSENT_CONSENT_JSON_H

#include <jansson.h>

#include "host/consent/consent.h"

/* Each item by its word, prescription, confirmed_at (null: not confirmed);
 * new reference. */
json_t	*consent_json(const struct consent *);
/* Back from it, without the time; NULL: nothing was consented to. */
void	 consent_from_json(const json_t *, struct consent *);

#endif
