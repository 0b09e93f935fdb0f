#ifndef TESTS_LIB_FAKE_PKI_H
#define TESTS_LIB_FAKE_PKI_H

#include "base/err.h"

/*
 * Makes a folder of roots, CRLs and personalised cards with fresh keys;
 * tests/lib/README.md lists what is in it.  dir is created, its parent must
 * exist; files of the same names are replaced.  The note names what failed.
 */
enum err	fake_pki_make(const char *dir, struct note *);

#endif
