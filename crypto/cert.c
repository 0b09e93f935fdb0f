#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "crypto/cert.h"

#define TEST_ORG "JPKI-TEST"	/* card-and-readers.md 3.1 */

enum err
cert_parse(const uint8_t *der, size_t len, X509 **out)
{
	const unsigned char *p = der;
	X509 *cert;

	*out = NULL;
	if (len > LONG_MAX || (cert = d2i_X509(NULL, &p, (long)len)) == NULL)
		return (ERR_CERT_FORM);
	if (p != der + len ||
	    (X509_get_extension_flags(cert) & EXFLAG_INVALID) != 0) {
		X509_free(cert);
		return (ERR_CERT_FORM);
	}
	*out = cert;
	return (ERR_OK);
}

enum err
cert_sha256(X509 *cert, char hex[CERT_SHA256])
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	hex[0] = '\0';
	if (X509_digest(cert, EVP_sha256(), md, &len) != 1 ||
	    len != (CERT_SHA256 - 1) / 2)
		return (ERR_LIB);
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02X", (unsigned)md[i]);
	return (ERR_OK);
}

enum err
cert_time(const ASN1_TIME *when, int64_t *seconds)
{
	struct tm tm;

	*seconds = 0;
	if (ASN1_TIME_to_tm(when, &tm) != 1)
		return (ERR_CERT_FORM);
	*seconds = timegm(&tm);
	return (ERR_OK);
}

enum err
cert_stamp(const ASN1_TIME *when, char out[CERT_STAMP])
{
	struct tm tm;

	out[0] = '\0';
	if (ASN1_TIME_to_tm(when, &tm) != 1 ||
	    strftime(out, CERT_STAMP, "%Y%m%d%H%M%S", &tm) != CERT_STAMP - 1) {
		out[0] = '\0';
		return (ERR_CERT_FORM);
	}
	return (ERR_OK);
}

static int
entry_is(const X509_NAME_ENTRY *entry, const char *text)
{
	unsigned char *utf8 = NULL;
	int n, same;

	n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
	same = n >= 0 && (size_t)n == strlen(text) &&
	    strncasecmp((const char *)utf8, text, (size_t)n) == 0;
	OPENSSL_free(utf8);
	return (same);
}

int
cert_name_has(const X509_NAME *name, int nid, const char *text)
{
	int at = -1;

	while ((at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0) {
		if (entry_is(X509_NAME_get_entry(name, at), text))
			return (1);
	}
	return (0);
}

int
cert_is_test(const X509 *cert)
{
	return (cert_name_has(X509_get_issuer_name(cert),
	    NID_organizationName, TEST_ORG) ||
	    cert_name_has(X509_get_subject_name(cert),
	    NID_organizationName, TEST_ORG));
}

int
cert_is_root(X509 *cert)
{
	return (X509_check_ca(cert) == 1 && X509_self_signed(cert, 1) == 1);
}

int
cert_digest_ok(const X509_ALGOR *alg)
{
	int nid = OBJ_obj2nid(alg->algorithm), digest = NID_undef;

	if (OBJ_find_sigid_algs(nid, &digest, NULL) != 1)
		return (0);
	return (digest == NID_sha256 || digest == NID_sha384 ||
	    digest == NID_sha512);
}
