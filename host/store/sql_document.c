#include "host/store/sql_texts.h"

const struct sql_text sql_document[] = {
{ SQL_COUNT, NULL },
};
