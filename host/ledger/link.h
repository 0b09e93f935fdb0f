#ifndef HOST_LEDGER_LINK_H
#define HOST_LEDGER_LINK_H

#include "host/ledger/patient.h"
#include "host/store/audit.h"

/*
 * The link between a patient and the official system: the reference number
 * (照会番号).  What it was stays in the audit.
 */

/*
 * Sets it; in its own transaction unless the caller has one.  The same again
 * is ERR_OK and nothing.  ERR_REFERENCE_DIFFERS when the patient has another
 * one, ERR_REFERENCE_TAKEN when another patient has this one (the note names
 * him by chart number): unlink first.  ERR_NO_PATIENT, ERR_CHART_ZERO.
 */
enum err	link_set(struct store *, const char *chart_number,
		    const char *reference_number, const struct audit_who *,
		    struct note *);
/* Takes it away; needs a reason (ERR_BAD_REQUEST).  ERR_NO_SUCH when there is
 * none.  Ends the remembered choices of this patient too. */
enum err	link_unset(struct store *, const char *chart_number,
		    const struct audit_who *, struct note *);

/* What a finding's number says beside the patient's. */
enum link_says { LINK_NONE, LINK_SAME, LINK_NEW, LINK_DIFFERS };
enum link_says	link_says(const char *ours, const char *theirs);
const char	*link_word(enum link_says);	/* "none", "same" ... */

#endif
