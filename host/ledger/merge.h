#ifndef HOST_LEDGER_MERGE_H
#define HOST_LEDGER_MERGE_H

#include "base/buf.h"
#include "host/ledger/column.h"

/* A row of an import meets the patient who has its chart number already. */

/*
 * ERR_ROW and why, appended, when the row is another person: the name
 * differs (where one is missing, the kana), and the birth date or sex too.
 */
enum err	merge_judge(const struct patient *old,
		    const struct patient *row, struct blob *why);

/*
 * Takes over what stays: fields without a column (has), and a reference
 * number and day of confirmation where the row has none, because visits and
 * the desk register them.  Old kana do
 * not stay beside a new name.
 */
enum err	merge_keep(struct patient *row, const struct patient *old,
		    const int has[COLUMNS]);

#endif
