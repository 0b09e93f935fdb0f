#ifndef HOST_LEDGER_COLUMN_H
#define HOST_LEDGER_COLUMN_H

#include "host/ledger/patient.h"

/* A patient's fields, in the order of the store's columns (sql.h, P). */
enum column {
	COL_CHART_NUMBER, COL_NAME, COL_KANA, COL_SEX, COL_BIRTHDATE,
	COL_INSURER_NUMBER, COL_INSURED_CARD_SYMBOL,
	COL_INSURED_IDENTIFICATION_NUMBER, COL_INSURED_BRANCH_NUMBER,
	COL_REFERENCE_NUMBER, COL_POST_NUMBER, COL_ADDRESS, COL_CONFIRMED_ON,
	COLUMNS
};

/* "chart_number"; static. */
const char	*column_name(enum column);
/* The field's text; NULL for the sex. */
const char	*column_get(const struct patient *, enum column);
/* ERR_TOOBIG, and the field is "", when the text does not fit. */
enum err	 column_set(struct patient *, enum column, const char *);
/* One field, the sex included, from another patient. */
void		 column_copy(struct patient *, const struct patient *from,
		    enum column);
/* 1 if every field is equal. */
int		 column_all_equal(const struct patient *,
		    const struct patient *);

#endif
