#ifndef HOST_DOCUMENT_KEY_H
#define HOST_DOCUMENT_KEY_H

#include "crypto/vault.h"
#include "host/document/document.h"

/* The key that documents are sealed with, as it is used and checked. */

/*
 * ERR_VAULT_KEY where the key lies in the folder of the store, by whatever
 * path: a copy of the data would hold the key too.  A folder below that one is
 * allowed, as the default is one.  Neither needs to be there yet; store NULL:
 * there is none to compare with.
 */
enum err	key_place(const char *key, const char *store, struct note *);

/*
 * To seal with.  A missing key is made as long as no document is kept; else
 * its volume may not be mounted, and a new key would open none of them.
 * ERR_VAULT_KEY as of key_place and vault_load; ERR_STORE ...
 */
enum err	key_load(const struct document_conf *, struct store *,
		    struct vault *, struct note *);

#endif
