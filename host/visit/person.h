#ifndef HOST_VISIT_PERSON_H
#define HOST_VISIT_PERSON_H

#include "host/ledger/match.h"
#include "host/proof/identity.h"
#include "host/qualify/result.h"

/* The card's attributes as somebody to look for; borrows from identity. */
struct match_person	identity_person(const struct identity *);

/* Who a record of a result is about; borrows from the result. */
struct match_person	person_of(const struct result *, size_t record);

/* Whether it means this patient.  All records of a result are one person: the
 * least sure one counts; certain where there are none. */
enum match		person_match(const struct result *,
			    const struct patient *);

#endif
