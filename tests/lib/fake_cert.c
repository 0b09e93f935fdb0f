#include <stdio.h>
#include <string.h>

#include <openssl/conf.h>
#include <openssl/x509v3.h>

#include "tests/lib/fake_cert.h"

#define DAY 86400

/* 3.2: the CRL's place is a directory name only. */
static const char sections[] =
    "[policy]\n"
    "policyIdentifier = %s\n"
    "CPS.1 = http://www.jpki.go.jp/cps.html\n"
    "[crldp]\n"
    "fullname = dirName:crl\n"
    "[crl]\n"
    "C = JP\n"
    "O = JPKI-TEST\n"
    "1.OU = JPKI for user authentication\n"
    "2.OU = CRL Distribution Points\n"
    "3.OU = Tokyo-to\n"
    "CN = Chiyoda-ku CRLDP\n";

static int
add_rdn(X509_NAME *name, const char *type, const char *value)
{
	return (X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8,
	    (const unsigned char *)value, -1, -1, 0));
}

static int
fill_name(X509_NAME *name, const struct fake_name *n)
{
	int ok = add_rdn(name, "C", "JP") && add_rdn(name, "O", n->o);

	for (int i = 0; i < 2 && n->ou[i] != NULL; i++)
		ok = ok && add_rdn(name, "OU", n->ou[i]);
	return (ok);
}

static enum err
load_sections(const char *policy, CONF **out)
{
	CONF *conf = NCONF_new(NULL);
	BIO *bio = BIO_new(BIO_s_mem());
	long line;
	enum err r = ERR_LIB;

	*out = NULL;
	if (conf != NULL && bio != NULL &&
	    BIO_printf(bio, sections, policy) > 0 &&
	    NCONF_load_bio(conf, bio, &line) == 1) {
		*out = conf;
		conf = NULL;	/* moved */
		r = ERR_OK;
	}
	BIO_free(bio);
	NCONF_free(conf);
	return (r);
}

struct maker {
	X509	*cert;
	CONF	*conf;
	X509V3_CTX ctx;
};

static int
add_ext(struct maker *m, const char *name, const char *value)
{
	X509_EXTENSION *ext;
	int ok;

	if (value == NULL)
		return (1);
	ext = X509V3_EXT_nconf(m->conf, &m->ctx, name, value);
	ok = ext != NULL && X509_add_ext(m->cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return (ok);
}

static int
set_frame(X509 *cert, uint32_t serial, time_t from, time_t to)
{
	return (X509_set_version(cert, X509_VERSION_3) == 1 &&
	    ASN1_INTEGER_set(X509_get_serialNumber(cert), (long)serial) ==
	    1 && ASN1_TIME_set(X509_getm_notBefore(cert), from) != NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(cert), to) != NULL);
}

/* The SHA-1 of a key's bits, as "hash" would make it, for another key. */
static int
add_ski(struct maker *m, EVP_PKEY *of)
{
	unsigned char id[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	X509 *tmp;
	unsigned len = 0;
	int ok;

	if (of == NULL)
		return (add_ext(m, "subjectKeyIdentifier", "hash"));
	tmp = X509_new();
	ok = tmp != NULL && X509_set_pubkey(tmp, of) == 1 &&
	    X509_pubkey_digest(tmp, EVP_sha1(), id, &len) == 1;
	X509_free(tmp);
	for (unsigned i = 0; ok && i < len; i++)
		snprintf(hex + 2 * i, 3, "%02X", id[i]);
	return (ok && add_ext(m, "subjectKeyIdentifier", hex));
}

static int
build_root(struct maker *m, const struct fake_root_spec *s)
{
	X509_NAME *name = X509_get_subject_name(m->cert);

	X509V3_set_ctx(&m->ctx, m->cert, m->cert, NULL, NULL, 0);
	X509V3_set_nconf(&m->ctx, m->conf);
	return (set_frame(m->cert, s->serial, s->from, s->to) &&
	    fill_name(name, s->name) &&
	    X509_set_issuer_name(m->cert, name) == 1 &&
	    X509_set_pubkey(m->cert, s->key) == 1 &&
	    add_ext(m, "keyUsage", "critical,keyCertSign,cRLSign") &&
	    add_ext(m, "basicConstraints", "critical,CA:TRUE") &&
	    (s->ski != NULL ? add_ext(m, "subjectKeyIdentifier", s->ski) :
	    add_ski(m, s->ski_of)) &&
	    X509_sign(m->cert, s->key, EVP_sha256()) > 0);
}

enum err
fake_cert_root(const struct fake_root_spec *s, X509 **out)
{
	struct maker m = { .cert = X509_new() };

	*out = NULL;
	if (m.cert == NULL || !build_root(&m, s)) {
		X509_free(m.cert);
		return (ERR_LIB);
	}
	*out = m.cert;
	return (ERR_OK);
}

/* 3.2: a directory name in Japanese; description takes what pads the size. */
static int
add_issuer_alt(X509 *cert, int pad)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *gn = GENERAL_NAME_new();
	X509_NAME *dn = X509_NAME_new();
	char filler[1025];
	int ok;

	memset(filler, '-', sizeof(filler));
	filler[pad] = '\0';
	ok = names != NULL && gn != NULL && dn != NULL &&
	    add_rdn(dn, "C", "JP") &&
	    add_rdn(dn, "O", "公的個人認証サービス（試験）") &&
	    add_rdn(dn, "OU", "地方公共団体情報システム機構") &&
	    (pad == 0 || add_rdn(dn, "description", filler));
	if (ok) {
		GENERAL_NAME_set0_value(gn, GEN_DIRNAME, dn);
		dn = NULL;	/* moved */
		ok = sk_GENERAL_NAME_push(names, gn) > 0;
	}
	if (ok) {
		gn = NULL;	/* moved */
		ok = X509_add1_ext_i2d(cert, NID_issuer_alt_name, names, 0,
		    X509V3_ADD_DEFAULT) == 1;
	}
	X509_NAME_free(dn);
	GENERAL_NAME_free(gn);
	GENERAL_NAMES_free(names);
	return (ok);
}

static int
push_other(GENERAL_NAMES *names, const char *oid, const char *text)
{
	GENERAL_NAME *gn = GENERAL_NAME_new();
	ASN1_OBJECT *type = OBJ_txt2obj(oid, 1);
	ASN1_TYPE *value = ASN1_TYPE_new();
	ASN1_UTF8STRING *s = ASN1_UTF8STRING_new();
	int ok = gn != NULL && type != NULL && value != NULL && s != NULL &&
	    ASN1_STRING_set(s, text, -1) == 1;

	if (ok) {
		ASN1_TYPE_set(value, V_ASN1_UTF8STRING, s);
		s = NULL;	/* moved */
		ok = GENERAL_NAME_set0_othername(gn, type, value) == 1;
	}
	if (ok) {
		type = NULL;	/* moved */
		value = NULL;	/* moved */
		ok = sk_GENERAL_NAME_push(names, gn) > 0;
		gn = ok ? NULL : gn;
	}
	ASN1_UTF8STRING_free(s);
	ASN1_TYPE_free(value);
	ASN1_OBJECT_free(type);
	GENERAL_NAME_free(gn);
	return (ok);
}

/* 3.3: the four items; birth is an era digit (3 Showa, 4 Heisei) and date. */
static int
add_san(X509 *cert, const struct fake_person *p)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	char birth[10];
	int ok;

	snprintf(birth, sizeof(birth), "%c%s",
	    strcmp(p->birth, "19890108") < 0 ? '3' : '4', p->birth);
	ok = names != NULL &&
	    push_other(names, "1.2.392.200149.8.5.5.1", p->name) &&
	    push_other(names, "1.2.392.200149.8.5.5.3", p->sex) &&
	    push_other(names, "1.2.392.200149.8.5.5.4", birth) &&
	    push_other(names, "1.2.392.200149.8.5.5.5", p->address) &&
	    X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0,
	    X509V3_ADD_DEFAULT) == 1;
	GENERAL_NAMES_free(names);
	return (ok);
}

static int
set_subject(X509 *cert, const char *cn)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return (add_rdn(name, "C", "JP") && add_rdn(name, "CN", cn));
}

static int
build_leaf(struct maker *m, const struct fake_leaf_spec *s, int pad)
{
	char ku[128];

	snprintf(ku, sizeof(ku), "critical,%s", s->ku);
	X509V3_set_ctx(&m->ctx, s->issuer, m->cert, NULL, NULL, 0);
	X509V3_set_nconf(&m->ctx, m->conf);
	return (set_frame(m->cert, s->serial, s->from, s->to) &&
	    set_subject(m->cert, s->cn) &&
	    X509_set_issuer_name(m->cert,
	    X509_get_subject_name(s->issuer)) == 1 &&
	    X509_set_pubkey(m->cert, s->key) == 1 &&
	    add_ext(m, "keyUsage", ku) &&
	    add_ext(m, "extendedKeyUsage", s->eku) &&
	    add_ext(m, "certificatePolicies", "critical,@policy") &&
	    (s->san == NULL || add_san(m->cert, s->san)) &&
	    add_issuer_alt(m->cert, pad) &&
	    add_ext(m, "crlDistributionPoints", "crldp") &&
	    add_ext(m, "basicConstraints", s->ca ? "CA:TRUE" : NULL) &&
	    add_ext(m, "authorityInfoAccess",
	    "OCSP;URI:http://ocspauthnorm.jpki.go.jp") &&
	    add_ext(m, "authorityKeyIdentifier",
	    "keyid:always,issuer:always") &&
	    add_ext(m, "subjectKeyIdentifier", "hash") &&
	    X509_sign(m->cert, s->issuer_key, EVP_sha256()) > 0);
}

static enum err
leaf_with_pad(const struct fake_leaf_spec *s, int pad, X509 **out)
{
	struct maker m = { .cert = X509_new() };
	enum err r;

	*out = NULL;
	r = m.cert == NULL ? ERR_NOMEM : load_sections(s->policy, &m.conf);
	if (r == ERR_OK && !build_leaf(&m, s, pad))
		r = ERR_LIB;
	NCONF_free(m.conf);
	if (r != ERR_OK)
		X509_free(m.cert);
	else
		*out = m.cert;
	return (r);
}

/* A longer pad may lengthen its lengths too: go on until it fits. */
enum err
fake_cert_leaf(const struct fake_leaf_spec *s, X509 **out)
{
	int pad = s->size == 0 ? 0 : 1, len;
	enum err r;

	for (;;) {
		if ((r = leaf_with_pad(s, pad, out)) != ERR_OK)
			return (r);
		len = i2d_X509(*out, NULL);
		if (s->size == 0 || len == s->size)
			return (ERR_OK);
		X509_free(*out);
		*out = NULL;
		if (len > s->size || pad + s->size - len > 1024)
			return (ERR_TOOBIG);
		pad += s->size - len > 8 ? s->size - len - 8 : 1;
	}
}

static int
add_revoked(X509_CRL *crl, X509 *cert, ASN1_TIME *when)
{
	X509_REVOKED *rev = X509_REVOKED_new();
	int ok = rev != NULL && X509_REVOKED_set_serialNumber(rev,
	    X509_get_serialNumber(cert)) == 1 &&
	    X509_REVOKED_set_revocationDate(rev, when) == 1 &&
	    X509_CRL_add0_revoked(crl, rev) == 1;

	if (!ok)
		X509_REVOKED_free(rev);
	return (ok);
}

enum err
fake_cert_crl(X509 *issuer, EVP_PKEY *key, X509 *revoked, time_t now,
    X509_CRL **out)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_set(NULL, now - DAY);
	ASN1_TIME *to = ASN1_TIME_set(NULL, now + 30 * DAY);
	int ok = crl != NULL && from != NULL && to != NULL &&
	    X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)) ==
	    1 && X509_CRL_set1_lastUpdate(crl, from) == 1 &&
	    X509_CRL_set1_nextUpdate(crl, to) == 1 &&
	    (revoked == NULL || add_revoked(crl, revoked, from)) &&
	    X509_CRL_sort(crl) == 1 &&
	    X509_CRL_sign(crl, key, EVP_sha256()) > 0;

	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	*out = ok ? crl : NULL;
	if (!ok)
		X509_CRL_free(crl);
	return (ok ? ERR_OK : ERR_LIB);
}
