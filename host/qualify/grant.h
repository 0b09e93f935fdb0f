#ifndef HOST_QUALIFY_GRANT_H
#define HOST_QUALIFY_GRANT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/uuid.h"
#include "host/store/store.h"

/*
 * The consent calendar (同意の期限): what a patient lets us see, until when,
 * and why it ended; the newest word per patient, item and kind of care.  Ends
 * are those of the data, never computed (oqs-files.md 4).
 *
 * Items by code word: those of host/consent (limit, disease, checkup, drug,
 * diagnosis, operation), and of 電子カルテ情報共有 diagnosis_name, infection,
 * allergy, contraindication, test, prescription.  "treatment" is read as
 * diagnosis (診療).
 */
struct grant {
	char	finding[UUID_LEN];
	char	chart_number[33];
	char	item[20];
	char	care[2];	/* OQSCD028: 1 outpatient, 2 home, 3 online, 4
				 * emergency */
	char	flag[2];	/* OQSCD016: 0 none, 1 given, 2 ended, 3 could
				 * not be asked */
	char	at[15];		/* …ConsTime, YYYYMMDDHHmmss; "" */
	char	until[15];	/* …AvailableTime; "": the data name no end */
	char	reason[2];	/* OQSCD031 of flag 2, "" untold */
	char	said_at[15];	/* when the terminal said all this */
	char	name[304];	/* of the finding, for people */
};

/* given: flag 1 and not past its end; ended: flag 2, or past it. */
int		 grant_is_given(const struct grant *, int64_t now);
int		 grant_is_ended(const struct grant *, int64_t now);
/* Static; "" for an unknown one. */
const char	*grant_label(const char *item, enum err_lang);
const char	*grant_care_label(const char *care, enum err_lang);
/* Why it ended: of OQSCD031, or that its time is over; "" unless ended. */
const char	*grant_why(const struct grant *, int64_t now, enum err_lang);

/* NULL, "" and 0: any. */
struct grant_query {
	const char	*chart_number;
	const char	*item, *care;
	int64_t		 now;		/* wall ms; 0: the clock's */
	int64_t		 ends_before;	/* wall ms; those without an end are
					 * not among them */
	int		 ended;		/* 1: ended ones alone; -1: given ones
					 * alone */
	size_t		 limit, offset;	/* limit 0: 100 */
};

typedef enum err grant_each(void *ctx, const struct grant *);
/*
 * Soonest end first, those without an end last.  Findings without a patient
 * are not in it.  *total (NULL ok) without limit and offset.
 */
enum err	grant_list(struct store *, const struct grant_query *,
		    grant_each *, void *ctx, int64_t *total);

/*
 * May this item of this patient be asked for now?  checkup, drug, diagnosis,
 * operation: flag 1 and an end that is later than now, of any kind of care;
 * *out is it, with the care flag to ask by: the one that ends last.
 * ERR_NO_CONSENT: none, or none that names an end; ERR_CONSENT_ENDED, and
 * *out says when and why.
 */
enum err	grant_valid(struct store *, const char *chart_number,
		    const char *item, int64_t now, struct grant *out);

#endif
