#ifndef HOST_LEDGER_APPLY_H
#define HOST_LEDGER_APPLY_H

#include <jansson.h>

#include "host/ledger/holding.h"
#include "host/ledger/offer.h"
#include "host/store/audit.h"

/*
 * What an offer does to a patient's record.  Everything runs in the caller's
 * transaction (ERR_SEQUENCE without one is the store's) and leaves a change:
 * what the touched places held before and hold after.
 */
enum apply_action {
	APPLY_RENEW,		/* 更新: new rows, the old close */
	APPLY_OVERWRITE,	/* 上書き: ticked fields in place */
	APPLY_NEW,		/* 新患登録 */
	APPLY_REFERENCE,	/* 照会番号 only */
	APPLY_CONFIRM,		/* 保険証確認日: today; the number where it is
				 * missing */
	APPLY_ACTIONS
};

const char	*apply_word(enum apply_action);		/* "renew" */
enum apply_action apply_action_of(const char *word);	/* or APPLY_ACTIONS */

struct apply_ask {
	enum apply_action	 action;
	const char		*chart_number;
	const struct offer	*offer;
	const char		*switch_on;	/* 切替日; "": its own start */
	const char		*const *fields;	/* words of compare.h */
	size_t			 n_fields;
	/* 1: of the details the ratio alone; a limit certificate is shown
	 * only (COS-33), unless a person ticks it. */
	int			 keep_limit;
	const char		*today;
};

struct apply_change {
	/* {patient: {column: text} or null, coverages: {id: row or null},
	 * uninsured: true if there was nothing to ask with}. */
	json_t	*before, *after;
	/*
	 * What was done, for a report: [{kind, change: "created"|"updated"|
	 * "closed"|"overwritten"|"registered", coverage..., fields...}];
	 * beside it what was only shown: change "display", "manual".
	 */
	json_t	*entries;
	int	 empty;		/* nothing was touched */
};

/*
 * Chart number 0 is nobody's: ERR_CHART_ZERO.  An offer that is not valid, or
 * of several insurances, is for a person: ERR_NOT_VALID, ERR_SEVERAL.
 *
 * renew	per kind: the row of before closes the day before switch_on
 *		(rows of other kinds: their own start) and the new one begins
 *		then; ERR_SWITCH_DATE when it would begin before the old one.
 *		Where nothing was on record no row of blanks is left.  A limit
 *		certificate is only taken where there was no insurance before;
 *		else it is an entry "display".  Of public expense only
 *		medical assistance.  The reference number is set where there
 *		is none.
 * overwrite	the fields named and no other; ERR_IDENTITY for those that
 *		say who it is, ERR_NO_SUCH for one with nothing to overwrite;
 *		an end stays before the next row of its kind; the reference
 *		number where there is none
 * new		ERR_IN_LEDGER when there is such a patient
 *
 * Another birth date or sex than the patient's is ERR_CONTRADICTS.  A
 * reference number that differs is never written: entry "reference_differs".
 */
enum err	apply(struct store *, const struct apply_ask *,
		    struct apply_change *, struct note *);
void		apply_change_free(struct apply_change *);
/* 1 if renewing would change a certificate of the elderly or of a disease,
 * which are in no field of the comparison. */
int		apply_adds(const struct holding *, const struct offer *,
		    const char *today);

/*
 * Puts back what a change held before, if everything it touched is still as
 * it left it (a column may be as it was before, too), no row would reach into
 * a later one of its kind again and, for a new patient, nothing was added to
 * him: else ERR_STANDS_ON, the note says what.
 */
enum err	apply_undo(struct store *, const char *chart_number,
		    const json_t *before, const json_t *after,
		    const char *today, struct note *);

#endif
