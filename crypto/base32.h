#ifndef CRYPTO_BASE32_H
#define CRYPTO_BASE32_H

#include <stddef.h>
#include <stdint.h>

/*
 * Crockford's base 32, for what people type: 5 bits a symbol, the highest
 * first, digits and upper-case letters without I, L, O and U.
 */

/* n symbols of the first 5 * n bits, and 0. */
void	base32_write(const uint8_t *, size_t n, char *out);
/*
 * As it was typed: in any case, I and L for 1, O for 0, with hyphens and
 * blanks anywhere.  1 when that makes exactly n symbols, which are written
 * with a 0; else 0, and out is "".
 */
int	base32_plain(const char *typed, size_t n, char *out);
/* n symbols as bytes, 5 * n a multiple of 8: 1, or 0 for another character. */
int	base32_read(const char *plain, size_t n, uint8_t *out);

#endif
