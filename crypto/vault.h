#ifndef CRYPTO_VAULT_H
#define CRYPTO_VAULT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/secret.h"

/*
 * What may lie on our disk only sealed: AES-256-GCM under a key that is kept
 * in a file of its own, away from the data (features.md R16).
 *
 *	version 1 | key id 8 | nonce 12 | text, as long as the plain one | tag 16
 *
 * Version, key id and the label are authenticated with it: a sealed text that
 * is moved to another label does not open.  The nonce is random: at 2^32
 * texts under one key, 2^-33 would be the chance that two are alike.
 */
#define VAULT_MAX	(32u << 20)	/* bytes of a plain text: our limit */
#define VAULT_EXTRA	37		/* bytes that sealing adds */
#define VAULT_KEY	32
#define VAULT_ID	8

/* In one scope, wiped at its end. */
struct vault {
	struct secret	key;
	uint8_t		id[VAULT_ID];	/* tells keys apart, says nothing of it */
};

/* Whose text it is; all three are needed, none is empty. */
struct vault_label {
	const char	*id, *owner, *kind;
};

/*
 * The key of this file: 0600, one line, ours.  make: a missing one is made,
 * with the folder it lies in, and is on disk when ERR_OK is returned; it is
 * never replaced.  Two programs that make it have the same one.
 * ERR_VAULT_KEY: missing, open to others, not ours, not of this form; the
 * note names the file, what is wrong and what to do.
 */
enum err	vault_load(const char *path, int make, struct vault *,
		    struct note *);
void		vault_wipe(struct vault *);	/* NULL is fine */
/* What vault_load would say of the file, without keeping the key.  A missing
 * one is fine: *made 0. */
enum err	vault_check(const char *path, int *made, struct note *);

/* out is replaced, empty on error.  ERR_SHORT: nothing to seal, or a label
 * that is not whole; ERR_TOOBIG; ERR_LIB. */
enum err	vault_seal(const struct vault *, const struct vault_label *,
		    struct buf plain, struct blob *out);
/*
 * out is replaced, empty on error.  ERR_VAULT_ALTERED: not the bytes that
 * were sealed under this label; ERR_VAULT_OTHER: another key's;
 * ERR_VAULT_VERSION: another version's; ERR_TOOBIG; ERR_LIB.
 */
enum err	vault_open(const struct vault *, const struct vault_label *,
		    struct buf sealed, struct blob *out);

#endif
