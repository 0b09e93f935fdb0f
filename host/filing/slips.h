#ifndef HOST_FILING_SLIPS_H
#define HOST_FILING_SLIPS_H

#include "host/filing/filing.h"
#include "host/visit/visit.h"

/*
 * Files a paper slip by the text of its code, as a scanner typed it: a visit
 * of mode and method slip, of which nothing is proven, that waits for its
 * patient.  *id is the visit's; scanned again it is the same one and
 * FILING_KNOWN.  ERR_SLIP.
 */
enum err	slips_file(struct store *, const char *text,
		    char id[VISIT_ID_LEN], enum filing_verdict *);

#endif
