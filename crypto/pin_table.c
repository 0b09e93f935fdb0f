#include <string.h>

#include <openssl/bn.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "crypto/cert.h"
#include "crypto/pin_table.h"

/* card-and-readers.md 3.1: download names, fingerprints as published at
 * jpki.go.jp/ca/ca_rules3.html (signature) and ca_rules4.html (user). */
static const struct pin_row pins[] = {
	{ "authca01", TRUST_AUTH,
	    "4DCFC4CA0AAF9FB2A3081B3F0C991C32"
	    "0B3ACC008667A341EEAEC5AF1D58CA7D", "01", "20151020", "20251019",
	    "9567951B5CA70D84A0FFF1D85A87F1AAB1340385" },
	{ "authca02", TRUST_AUTH,
	    NULL, "0133C349", "20190914", "20290914",
	    "8CD5586A891485E559379B7E29D410CFD28B3593" },
	{ "authca03", TRUST_AUTH,
	    "64114F29620C24ED2631D46476A040E7"
	    "EE740D956089C00B036A6A8118C322B5", "06D18006", "20230716",
	    "20330715", "1AC100F596A3BC8C4B3DF195E32699249E9E308A" },
	{ "signca01", TRUST_SIGN,
	    "19645405A1FE14377434BD55957628AC"
	    "4038557C542403A2243F21C706FC9355", "01", "20151020", "20251019",
	    "0D034CBB34D0714F45E45A1CAFD8FD143FAB54A7" },
	{ "signca02", TRUST_SIGN,
	    "79679C33E4CC9319440F1AD120A597FF"
	    "1844E2EF217063ADB176966FD5E6FBEB", "0132C4AB", "20190914",
	    "20290914", "4DE017DE4B7F473DCD867A62D38B134ACE83558A" },
	{ "signca03", TRUST_SIGN,
	    "D227F6CDE11D35C5252178F106F843D2"
	    "4651944975413B539FA2FB68DBFA365F", "067C6A21", "20230716",
	    "20330715", "D21EA55895617E93ADBF966B941AB4EDF653F08F" },
};

/* The one OU by which the two names of 3.1 differ. */
static const char *const unit[] = {
	[TRUST_AUTH] = "JPKI for user authentication",
	[TRUST_SIGN] = "JPKI for digital signature",
};

#define PINS	(sizeof(pins) / sizeof(pins[0]))
#define UNITS	(sizeof(unit) / sizeof(unit[0]))

const struct pin_row *
pin_published(const char *sha256)
{
	for (size_t i = 0; i < PINS; i++) {
		if (pins[i].sha256 != NULL &&
		    strcmp(pins[i].sha256, sha256) == 0)
			return (&pins[i]);
	}
	return (NULL);
}

enum trust_purpose
pin_purpose(const X509_NAME *name)
{
	for (size_t i = 0; i < UNITS; i++) {
		if (cert_name_has(name, NID_organizationalUnitName, unit[i]))
			return ((enum trust_purpose)i);
	}
	return (TRUST_OTHER);
}

static int
add(X509_NAME *name, const char *field, const char *text)
{
	return (X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
	    (const unsigned char *)text, -1, -1, 0) == 1);
}

/* The whole name of 3.1, no entry more or less; a root's issuer is itself. */
static int
name_agrees(const struct pin_row *row, const X509 *cert)
{
	X509_NAME *want = X509_NAME_new();
	int same;

	same = want != NULL && add(want, "C", "JP") && add(want, "O", "JPKI") &&
	    add(want, "OU", unit[row->purpose]) && add(want, "OU",
	    "Japan Agency for Local Authority Information Systems") &&
	    X509_NAME_cmp(want, X509_get_subject_name(cert)) == 0;
	X509_NAME_free(want);
	return (same);
}

static int
serial_agrees(const struct pin_row *row, const X509 *cert)
{
	BIGNUM *want = NULL, *have;
	int same;

	have = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	same = have != NULL && BN_hex2bn(&want, row->serial) != 0 &&
	    BN_cmp(want, have) == 0;
	BN_free(want);
	BN_free(have);
	return (same);
}

static int
date_agrees(const char *date, const ASN1_TIME *when)
{
	char stamp[CERT_STAMP];

	return (cert_stamp(when, stamp) == ERR_OK &&
	    strncmp(stamp, date, strlen(date)) == 0);
}

static int
key_id_agrees(const struct pin_row *row, X509 *cert)
{
	const ASN1_OCTET_STRING *have = X509_get0_subject_key_id(cert);
	unsigned char *want;
	long len = 0;
	int same;

	want = OPENSSL_hexstr2buf(row->key_id, &len);
	same = have != NULL && want != NULL &&
	    ASN1_STRING_length(have) == len &&
	    memcmp(ASN1_STRING_get0_data(have), want, (size_t)len) == 0;
	OPENSSL_free(want);
	return (same);
}

const struct pin_row *
pin_claimed(X509 *cert)
{
	for (size_t i = 0; i < PINS; i++) {
		if (pins[i].sha256 == NULL && name_agrees(&pins[i], cert) &&
		    serial_agrees(&pins[i], cert) &&
		    date_agrees(pins[i].from, X509_get0_notBefore(cert)) &&
		    date_agrees(pins[i].to, X509_get0_notAfter(cert)) &&
		    key_id_agrees(&pins[i], cert) && cert_is_root(cert))
			return (&pins[i]);
	}
	return (NULL);
}
