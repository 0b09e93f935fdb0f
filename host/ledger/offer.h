#ifndef HOST_LEDGER_OFFER_H
#define HOST_LEDGER_OFFER_H

#include "host/ledger/coverage.h"

/*
 * What a finding offers to a patient's record, in the ledger's words; host/
 * import makes it of a finding.
 */
#define OFFER_ROWS	32

struct offer {
	struct patient	 person;	/* no chart number; what was said */
	char		 finding[UUID_LEN];
	char		 asked_on[DAY_LEN];	/* the day it is true of */
	char		 validity[2];	/* QualificationValidity, "" none */
	struct coverage	 row[OFFER_ROWS];	/* without id and chart */
	size_t		 n;
	size_t		 left_out;	/* rows past OFFER_ROWS */
	/* What must be entered by hand: [{what, ja, en}], never NULL. */
	json_t		*manual;
};

void		offer_free(struct offer *);
/* The first of a kind, NULL if none; how many there are in *n (NULL ok). */
const struct coverage *offer_row(const struct offer *, enum coverage_kind,
		    size_t *n);
/* 1 if it says that the qualification is valid: 1, or 6 of an aid. */
int		offer_is_valid(const struct offer *);
/* 1 if it is of medical assistance alone (生保単独). */
int		offer_is_aid(const struct offer *);
/* 1 if this is the 負担者番号 of 生活保護: 8 digits, of which 12 come first;
 * 6 digits are a 国保's, of 千葉県 when 12 come first. */
int		offer_is_aid_number(const char *insurer_number);

#endif
