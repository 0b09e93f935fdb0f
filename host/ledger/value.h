#ifndef HOST_LEDGER_VALUE_H
#define HOST_LEDGER_VALUE_H

#include "base/buf.h"
#include "host/ledger/column.h"

/*
 * Reads one cell of a file into a patient's field by the field's rule.
 * ERR_OK with why empty, or with a warning; ERR_ROW with the reason.  Why is
 * for a report: it repeats dates, never a name, kana or number.
 */
enum err	value_read(struct patient *, enum column, const char *cell,
		    struct blob *why);

#endif
