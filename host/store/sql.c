#include "host/store/sql_texts.h"

static const struct {
	const char	*name;
	size_t		 params;
} rows[SQL_COUNT] = {
#define SQL_ROW(name, params) { #name, params },
	SQL_LIST(SQL_ROW)
#undef SQL_ROW
};

static const struct sql_text *const nouns[] = {
	sql_ledger, sql_visit, sql_client, sql_device, sql_request,
	sql_filing, sql_finding, sql_job, sql_document, sql_audit,
	sql_export, sql_figure, sql_check, sql_fallback,
};

const char *
sql_name(enum sql which)
{
	return ((unsigned)which < SQL_COUNT ? rows[which].name : NULL);
}

/* Asked once for each statement of a connection. */
const char *
sql_text(enum sql which)
{
	for (size_t i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++) {
		for (const struct sql_text *t = nouns[i]; t->text != NULL; t++)
			if (t->which == which)
				return (t->text);
	}
	return (NULL);
}

size_t
sql_params(enum sql which)
{
	return ((unsigned)which < SQL_COUNT ? rows[which].params : 0);
}
