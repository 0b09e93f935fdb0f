#include <string.h>

#include "host/ledger/offer.h"

void
offer_free(struct offer *o)
{
	for (size_t i = 0; i < o->n; i++)
		coverage_free(&o->row[i]);
	json_decref(o->manual);
	patient_wipe(&o->person);
	*o = (struct offer){ .n = 0 };
}

const struct coverage *
offer_row(const struct offer *o, enum coverage_kind kind, size_t *n)
{
	const struct coverage *first = NULL;
	size_t count = 0;

	for (size_t i = o->n; i-- > 0; ) {
		if (o->row[i].kind != kind)
			continue;
		first = &o->row[i];
		count++;
	}
	if (n != NULL)
		*n = count;
	return (first);
}

int
offer_is_valid(const struct offer *o)
{
	/* 6: valid, not registered yet; of medical assistance only
	 * (oqs-files.md 3.5, table 006). */
	return (strcmp(o->validity, "1") == 0 ||
	    (strcmp(o->validity, "6") == 0 &&
	    offer_row(o, COVERAGE_AID, NULL) != NULL));
}

int
offer_is_aid(const struct offer *o)
{
	return (offer_row(o, COVERAGE_AID, NULL) != NULL &&
	    offer_row(o, COVERAGE_INSURANCE, NULL) == NULL);
}

int
offer_is_aid_number(const char *insurer_number)
{
	size_t digits;

	insurer_number += strspn(insurer_number, " ");
	digits = strspn(insurer_number, "0123456789");
	return (digits == 8 && strncmp(insurer_number, "12", 2) == 0 &&
	    strspn(insurer_number + digits, " ") ==
	    strlen(insurer_number + digits));
}
