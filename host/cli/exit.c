#include "host/cli/exit.h"

/* First the errors that have a code of their own, then the classes. */
static const struct {
	enum err	err;
	enum exit_code	code;
} by_err[] = {
	{ ERR_OK,		EXIT_VALID },
	{ ERR_NO_MATCH,		EXIT_NO_MATCH },
	{ ERR_MANY_MATCH,	EXIT_NO_MATCH },
	{ ERR_UNREAD,		EXIT_NO_MATCH },
	{ ERR_UNSURE_MATCH,	EXIT_NO_MATCH },
	{ ERR_CONTRADICTS,	EXIT_NO_MATCH },
	{ ERR_NO_PATIENT,	EXIT_NO_MATCH },
	{ ERR_UNDECIDED,	EXIT_NO_MATCH },
	{ ERR_IN_LEDGER,	EXIT_DATA },
	{ ERR_NOT_VALID,	EXIT_INVALID },
	{ ERR_SEVERAL,		EXIT_SEVERAL },
	{ ERR_OLDER,		EXIT_DATA },
	{ ERR_SWITCH_DATE,	EXIT_DATA },
	{ ERR_IDENTITY,		EXIT_DATA },
	{ ERR_STANDS_ON,	EXIT_DATA },
	{ ERR_REFERENCE_DIFFERS, EXIT_NO_MATCH },
	{ ERR_REFERENCE_TAKEN,	EXIT_NO_MATCH },
	{ ERR_OTHER_PERSON,	EXIT_NO_MATCH },
	{ ERR_NO_INSURANCE,	EXIT_DATA },
	{ ERR_PIN_WRONG,	EXIT_PIN_WRONG },
	{ ERR_PIN_FORMAT,	EXIT_PIN_FORMAT },
	{ ERR_PIN_BLOCKED,	EXIT_PIN_BLOCKED },
	{ ERR_PIN_NONE,		EXIT_PIN_BLOCKED },
	{ ERR_PIN_UNSURE,	EXIT_CARD },
	{ ERR_PIN_LAST_TRY,	EXIT_PIN_LAST_TRY },
	{ ERR_TIMEOUT,		EXIT_CANCELLED },
	{ ERR_CARD_RESET,	EXIT_CARD },
	{ ERR_CSV,		EXIT_DATA },
	{ ERR_HANDED_OVER,	EXIT_DATA },
	{ ERR_NO_CERT,		EXIT_DATA },
	{ ERR_HALF,		EXIT_WAITING },
	{ ERR_STORE_BUSY,	EXIT_WAITING },
	{ ERR_FOREIGN,		EXIT_FOREIGN },
	{ ERR_REFUSED,		EXIT_REFUSED },
	{ ERR_USAGE,		EXIT_USAGE },
};

static const enum exit_code by_class[] = {
	[EC_NONE] = EXIT_VALID,
	[EC_RETRY] = EXIT_OURS,
	[EC_CARD] = EXIT_CARD,
	[EC_READER] = EXIT_READER,
	[EC_HOLDER] = EXIT_CANCELLED,
	[EC_DATA] = EXIT_DATA,
	[EC_TERMINAL] = EXIT_TERMINAL,
	[EC_SETUP] = EXIT_SETUP,
	[EC_OURS] = EXIT_OURS,
};

enum exit_code
exit_of(enum err err)
{
	for (size_t i = 0; i < sizeof(by_err) / sizeof(by_err[0]); i++) {
		if (by_err[i].err == err)
			return (by_err[i].code);
	}
	return (by_class[err_class(err)]);
}

void
exit_print(FILE *out, enum err_lang lang)
{
	static const struct {
		int		 code;
		const char	*text[2];
	} rows[] = {
#define EXIT_ROW(id, code, en, ja) { code, { en, ja } },
		EXIT_LIST(EXIT_ROW)
#undef EXIT_ROW
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fprintf(out, "%4d  %s\n", rows[i].code,
		    rows[i].text[lang == ERR_JA]);
}
