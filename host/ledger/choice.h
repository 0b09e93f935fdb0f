#ifndef HOST_LEDGER_CHOICE_H
#define HOST_LEDGER_CHOICE_H

#include "host/ledger/match.h"
#include "host/store/audit.h"

/*
 * A person's decision whose findings these are, remembered by a print of what
 * the finding calls the person, so that the same name with ● finds the same
 * patient next time.
 */
struct choice_person {
	struct match_person	 who;		/* as the finding says it */
	const char		*insurer_number, *number;
	const char		*branch_number;	/* tells twins apart */
};

#define CHOICE_PRINT	65	/* SHA-256 in hex + 0 */

/* ERR_LIB leaves "". */
enum err	choice_print(const struct choice_person *,
		    char hex[CHOICE_PRINT]);

/*
 * In the caller's transaction; audited.  Replaces an earlier one.
 * ERR_NO_PATIENT; ERR_CONTRADICTS when birth date or sex are the other's.
 */
enum err	choice_put(struct store *, const struct choice_person *,
		    const char *chart_number, const struct audit_who *);
/*
 * The patient chosen; ERR_NO_MATCH when none was, when he is gone, or when
 * his birth date or sex contradict now.
 */
enum err	choice_find(struct store *, const struct choice_person *,
		    struct patient *);
/* Ends the choice for this print, if there is one. */
enum err	choice_forget(struct store *, const struct choice_person *);
/* Ends every choice of a patient (*n, NULL ok); audited where there was one. */
enum err	choice_revoke(struct store *, const char *chart_number,
		    const struct audit_who *, size_t *n);

#endif
