#ifndef HOST_QUALIFY_CRYPT_H
#define HOST_QUALIFY_CRYPT_H

#include <stddef.h>

/*
 * A terminal can be set to encrypt its files by a container that is not public
 * (encrypt.conf, encrypt_face.conf; oqs-files.md 1).  All that can be said of
 * such a file is how it begins: 1 if no XML, PDF or ZIP does so, in any of
 * their encodings, and it is no text either.  Nothing, a beginning cut short and
 * the zeros that a share shows of a file that is being written are not.
 */
int	crypt_is_likely(const void *data, size_t len);

#endif
