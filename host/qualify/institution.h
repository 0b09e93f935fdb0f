#ifndef HOST_QUALIFY_INSTITUTION_H
#define HOST_QUALIFY_INSTITUTION_H

#include "base/err.h"

/*
 * The institution code (医療機関コード): 2 digits of the prefecture, one of
 * what it is (点数表: 1 medical, 3 dental, 4 pharmacy, 6 home nursing), 7 of
 * its own (oqs-files.md 5, features.md COS-04).  Only its being ten digits is
 * certain: the rest is a warning.
 *
 * NULL if nothing is odd, else what is, static; nursing 1: it is to be that
 * of a home nursing station (訪問看護ステーション).
 */
const char	*institution_warning(const char *code, int nursing,
		    enum err_lang);

#endif
