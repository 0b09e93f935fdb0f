#ifndef TESTS_LIB_TEST_CERTS_H
#define TESTS_LIB_TEST_CERTS_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/x509.h>

/*
 * Certificates and revocation lists made on the spot from a few lines of
 * text.  Nothing here checks what it makes: a wrong certificate is what most
 * tests want.  What cannot be made at all ends the program with a message.
 */
enum test_key {
	TEST_KEY_ROOT1, TEST_KEY_ROOT2, TEST_KEY_ROOT3,	/* RSA-2048 */
	TEST_KEY_LEAF, TEST_KEY_OTHER,			/* RSA-2048 */
	TEST_KEY_RSA1024, TEST_KEY_RSA3072,
	TEST_KEY_P384, TEST_KEY_P384_OTHER, TEST_KEY_P256,
	TEST_KEY_BRAINPOOL384,
	TEST_KEYS
};

#define TEST_EXTS 8

struct test_cert {
	const char	*subject, *issuer;	/* "C=JP/O=JPKI" */
	const char	*serial;		/* hex; NULL: 01 */
	const char	*from, *to;		/* "20190914000000Z" */
	const char	*md;			/* NULL: SHA256 */
	const char	*key_id;		/* issuer's; NULL: none */
	const char	*ext[TEST_EXTS];	/* "keyUsage=cRLSign" */
	enum test_key	 key, signer;
};

struct test_crl {
	const char	*issuer;
	const char	*from, *to;		/* to NULL: no next update */
	const char	*revoked;		/* serial, hex; NULL: none */
	const char	*md;			/* NULL: SHA256 */
	const char	*ext[TEST_EXTS];
	enum test_key	 signer;
};

/* Made at first use, kept until test_certs_end. */
EVP_PKEY	*test_key(enum test_key);
void		 test_certs_end(void);

X509		*test_cert(const struct test_cert *);
X509_CRL	*test_crl(const struct test_crl *);

/* Replaces the file. */
void		 test_write(const char *path, const void *, size_t);
/* DER of a certificate; the caller frees it by OPENSSL_free. */
uint8_t		*test_der(X509 *, size_t *len);
/* "20261120000000" to seconds since 1970, UTC. */
int64_t		 test_time(const char *stamp);

#endif
