#ifndef HOST_STORE_SQL_TEXTS_H
#define HOST_STORE_SQL_TEXTS_H

#include "host/store/sql.h"

/* The texts of one noun; SQL_COUNT ends them.  For sql.c. */
struct sql_text {
	enum sql	 which;
	const char	*text;
};

extern const struct sql_text sql_ledger[], sql_visit[], sql_client[], sql_device[],
    sql_request[], sql_filing[], sql_finding[], sql_job[],
    sql_document[], sql_audit[], sql_export[], sql_figure[],
    sql_check[], sql_fallback[];

#endif
