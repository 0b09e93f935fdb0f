#ifndef HOST_STORE_SQL_H
#define HOST_STORE_SQL_H

#include <stddef.h>

#include "host/store/sql_audit.h"
#include "host/store/sql_check.h"
#include "host/store/sql_fallback.h"
#include "host/store/sql_client.h"
#include "host/store/sql_device.h"
#include "host/store/sql_document.h"
#include "host/store/sql_export.h"
#include "host/store/sql_figure.h"
#include "host/store/sql_filing.h"
#include "host/store/sql_finding.h"
#include "host/store/sql_job.h"
#include "host/store/sql_ledger.h"
#include "host/store/sql_request.h"
#include "host/store/sql_visit.h"

/*
 * Every statement, by name: X(name, number of parameters), in a header of
 * its noun; the text is in the .c beside it, in the part of SQL that SQLite
 * and PostgreSQL share.  Times are wall-clock milliseconds (VAL_INT), dates
 * YYYYMMDD, everything else text; (null) may be VAL_NULL.  "->" lists the
 * columns handed to store_row.  An update of what is not there is ERR_OK with
 * *changed 0.
 */
#define SQL_LIST(X)							\
	SQL_LEDGER(X)							\
	SQL_VISIT(X)							\
	SQL_CLIENT(X)							\
	SQL_DEVICE(X)							\
	SQL_REQUEST(X)							\
	SQL_FILING(X)							\
	SQL_FINDING(X)							\
	SQL_JOB(X)							\
	SQL_DOCUMENT(X)							\
	SQL_AUDIT(X)							\
	SQL_EXPORT(X)							\
	SQL_FIGURE(X)							\
	SQL_CHECK(X)							\
	SQL_FALLBACK(X)

enum sql {
#define SQL_ENUM(name, params) SQL_##name,
	SQL_LIST(SQL_ENUM)
#undef SQL_ENUM
	SQL_COUNT	/* how many there are */
};

/* For the databases of this folder; static, NULL or 0 past the end. */
const char	*sql_name(enum sql);	/* "PATIENT_GET" */
const char	*sql_text(enum sql);	/* parameters are $1, $2 ... in order */
size_t		 sql_params(enum sql);

/* The schema's newest version, and what leads to a version from the one
 * before; versions count from 1. */
int		 sql_newest(void);
const char	*sql_step(int version);

#endif
