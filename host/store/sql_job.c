#include "host/store/sql_texts.h"

const struct sql_text sql_job[] = {
{ SQL_COUNT, NULL },
};
