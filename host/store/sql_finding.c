#include "host/store/sql_texts.h"

const struct sql_text sql_finding[] = {
{ SQL_COUNT, NULL },
};
