#ifndef HOST_LEDGER_CONFIRM_H
#define HOST_LEDGER_CONFIRM_H

/*
 * The monthly confirmation by card, features.md DEN-19: what to do with a
 * valid answer that was compared.
 */
enum confirm {
	CONFIRM_REFERENCE,	/* (1) unchanged, 照会番号 未登録: register it */
	CONFIRM_NOTHING,	/* (2) unchanged, and registered */
	CONFIRM_RENEW,		/* (3) the insurance changed: 更新 */
	CONFIRM_CARE		/* (4) only 介護 did: edit that by hand */
};

/* care: the desk saw another care-insurance card; the terminal has none. */
enum confirm	confirm_decide(int changed, int registered, int care);
const char	*confirm_word(enum confirm);	/* "reference" */

#endif
