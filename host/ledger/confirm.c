#include "host/ledger/confirm.h"

enum confirm
confirm_decide(int changed, int registered, int care)
{
	if (changed)
		return (CONFIRM_RENEW);
	if (!registered)
		return (CONFIRM_REFERENCE);
	return (care ? CONFIRM_CARE : CONFIRM_NOTHING);
}

const char *
confirm_word(enum confirm c)
{
	static const char *const words[] = {
		[CONFIRM_REFERENCE] = "reference",
		[CONFIRM_NOTHING] = "nothing", [CONFIRM_RENEW] = "renew",
		[CONFIRM_CARE] = "care",
	};

	return (words[c]);
}
