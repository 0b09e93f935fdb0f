#include "host/store/sql_texts.h"

const struct sql_text sql_audit[] = {
{ SQL_COUNT, NULL },
};
