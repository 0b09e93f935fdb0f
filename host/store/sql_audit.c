#include "host/store/sql_texts.h"

#define MEANT								\
	" FROM audit WHERE ($1 = '' OR subject = $1) "			\
	"AND ($2 = '' OR action = $2) AND at >= $3 AND at < $4"

const struct sql_text sql_audit[] = {
{ SQL_AUDIT_ADD,
    "INSERT INTO audit (seq, at, client, staff, action, subject, reason, "
    "data) SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3, $4, $5, $6, $7 "
    "FROM audit" },
{ SQL_AUDIT_LIST,
    "SELECT seq, at, client, staff, action, subject, reason, data" MEANT
    " ORDER BY seq DESC LIMIT $5 OFFSET $6" },
{ SQL_AUDIT_TOTAL,
    "SELECT COUNT(*)" MEANT },
{ SQL_COUNT, NULL },
};
