#ifndef CRYPTO_HEX_H
#define CRYPTO_HEX_H

#include <stddef.h>
#include <stdint.h>

/* Bytes as 2 * len lower-case hex digits and 0. */
void	hex_write(const uint8_t *, size_t len, char *out);
/* Exactly 2 * len hex digits of any case as bytes: 1, else 0. */
int	hex_read(const char *, uint8_t *out, size_t len);

#endif
