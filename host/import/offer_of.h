#ifndef HOST_IMPORT_OFFER_OF_H
#define HOST_IMPORT_OFFER_OF_H

#include "host/ledger/offer.h"
#include "host/qualify/finding.h"

/*
 * What a finding offers, from the records of its data.  Of public expense
 * only medical assistance (InsuredCardClassification A1, or 12 in front of a
 * number of no class); everything else that is seen is named in manual: other
 * public expense by its law number, unknown groups, an address too long.
 * An answer that is an error, or whose records are of several birth dates, is
 * valid of nobody.  offer_free in any case; ERR_NOMEM.
 */
enum err	offer_of(const struct finding *, struct offer *);

#endif
