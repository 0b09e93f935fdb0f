#include "host/store/sql_texts.h"

const struct sql_text sql_fallback[] = {
{ SQL_FALLBACK_SET,
    "INSERT INTO fallback (visit, way, staff, at) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (visit) DO UPDATE SET way = $2, staff = $3, at = $4" },
{ SQL_FALLBACK_GET,
    "SELECT way, staff, at FROM fallback WHERE visit = $1" },
{ SQL_COUNT, NULL },
};
