#ifndef HOST_CONSENT_FALLBACK_H
#define HOST_CONSENT_FALLBACK_H

#include "base/err.h"

/*
 * What a patient showed where nothing could be asked (features.md DIS-04):
 * the words are those of the store, of slips and of the API.
 */
enum fallback {
	FALLBACK_NONE,		/* not said */
	FALLBACK_PORTAL,	/* マイナポータルの資格情報画面 */
	FALLBACK_NOTICE,	/* 資格情報のお知らせ */
	FALLBACK_CERTIFICATE,	/* 資格確認書 */
	FALLBACK_STATEMENT,	/* 被保険者資格申立書 */
	FALLBACK_COUNT
};

const char	*fallback_word(enum fallback);	/* "" of none; static */
const char	*fallback_label(enum fallback, enum err_lang);
/* FALLBACK_COUNT for a word that is none of them, "" too. */
enum fallback	 fallback_read(const char *word);

#endif
