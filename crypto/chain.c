#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "crypto/cert.h"
#include "crypto/chain.h"
#include "crypto/leaf.h"
#include "crypto/verify.h"

/* chain.h; one example of 3.2 has 1583 bytes. */
#define DER_MIN		500
#define DER_MAX		4096
/* X.690 8.1.3: SEQUENCE, and a length of two bytes, as 500-4096 needs. */
#define DER_HEAD	0x3082
#define DER_HEAD_LEN	4
#define DAY_S		86400

/*
 * card-and-readers.md 3.2.  The test arc is formed as that of the signature
 * certificate is (3.3, ...1.1.0.20) and counts in test mode only.  The policy
 * of the next generation is not public (3.5): today's stands until it is.
 */
static const struct chain_profile profiles[] = {
	{ "jpki-auth-rsa2048", "1.2.392.200149.8.5.1.3.30",
	    "1.2.392.200149.8.5.1.3.0.30", EVP_PKEY_RSA, 2048 },
	{ "jpki-auth-p384", "1.2.392.200149.8.5.1.3.30",
	    "1.2.392.200149.8.5.1.3.0.30", EVP_PKEY_EC, 384 },
};

struct judge {
	const struct chain_rules	*rules;
	struct chain_verdict		*verdict;
	struct note			*note;
	STACK_OF(X509)			*roots;
	X509				*leaf;
	X509				*root;	/* of roots; NULL: none */
	enum err			 dates;	/* what the chain said */
};

const struct chain_profile *
chain_profile(const char *name)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		if (strcmp(profiles[i].name, name) == 0)
			return (&profiles[i]);
	}
	return (NULL);
}

enum err
chain_der_length(const uint8_t *head, size_t len, size_t *total)
{
	struct buf b = { head, len };
	uint16_t tag, n;

	*total = 0;
	if (buf_u16(&b, &tag) != ERR_OK || tag != DER_HEAD ||
	    buf_u16(&b, &n) != ERR_OK ||
	    n < DER_MIN - DER_HEAD_LEN || n > DER_MAX - DER_HEAD_LEN)
		return (ERR_CERT_FORM);
	*total = (size_t)n + DER_HEAD_LEN;
	return (ERR_OK);
}

/* All generations have one name (3.1): only the signature tells them apart. */
static X509 *
signer(const struct judge *j)
{
	EVP_PKEY *key;
	X509 *root;

	for (int i = 0; i < sk_X509_num(j->roots); i++) {
		root = sk_X509_value(j->roots, i);
		if (X509_NAME_cmp(X509_get_subject_name(root),
		    X509_get_issuer_name(j->leaf)) == 0 &&
		    (key = X509_get0_pubkey(root)) != NULL &&
		    X509_verify(j->leaf, key) == 1)
			return (root);
	}
	return (NULL);
}

static void
name_generation(struct judge *j)
{
	const unsigned char *name;
	int len = 0;

	/* trust_load wrote the pin row's name there. */
	if ((name = X509_alias_get0(j->root, &len)) != NULL && len > 0)
		snprintf(j->verdict->generation,
		    sizeof(j->verdict->generation), "%.*s", len,
		    (const char *)name);
}

/*
 * Dates are a later rule: note them and go on.  The holder's own date says
 * more to people than the root's.
 */
static int
on_error(int ok, X509_STORE_CTX *ctx)
{
	struct judge *j = X509_STORE_CTX_get_app_data(ctx);
	int early, late, what = X509_STORE_CTX_get_error(ctx);

	early = what == X509_V_ERR_CERT_NOT_YET_VALID;
	late = what == X509_V_ERR_CERT_HAS_EXPIRED;
	if (ok || (!early && !late))
		return (ok);
	if (X509_STORE_CTX_get_error_depth(ctx) == 0)
		j->dates = early ? ERR_CERT_NOT_YET : ERR_CERT_EXPIRED;
	else if (j->dates == ERR_OK)
		j->dates = ERR_CERT_CHAIN;
	return (1);
}

static enum err
verify_under_root(struct judge *j)
{
	struct verify v;
	enum err r;

	if ((r = verify_init(&v, j->leaf, j->root, j->rules->now)) != ERR_OK)
		return (r);
	X509_STORE_CTX_set_app_data(v.ctx, j);
	X509_STORE_CTX_set_verify_cb(v.ctx, on_error);
	if (X509_verify_cert(v.ctx) != 1) {
		note_set(j->note, "certificate: %s",
		    X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(v.ctx)));
		r = ERR_CERT_CHAIN;
	}
	verify_wipe(&v);
	return (r);
}

static enum err
by_a_root(struct judge *j)
{
	if ((j->root = signer(j)) == NULL) {
		note_set(j->note, "certificate: no installed root signed it");
		/* Nobody installs test roots here: say what it claims. */
		return (j->rules->mode != TRUST_TEST && j->verdict->test ?
		    ERR_CERT_TEST : ERR_CERT_CHAIN);
	}
	name_generation(j);
	if (X509_cmp(j->root, j->leaf) == 0) {
		note_set(j->note, "certificate: it is a root itself");
		return (ERR_CERT_CHAIN);
	}
	return (verify_under_root(j));
}

static enum err
of_this_organisation(struct judge *j)
{
	if (cert_is_test(j->root))
		j->verdict->test = 1;
	if (!j->verdict->test || j->rules->mode == TRUST_TEST)
		return (ERR_OK);
	note_set(j->note, "certificate: of the test organisation");
	return (ERR_CERT_TEST);
}

static enum err
in_its_dates(struct judge *j)
{
	if (j->dates == ERR_CERT_CHAIN)
		note_set(j->note, "certificate: its root %s is out of date",
		    j->verdict->generation);
	return (j->dates);
}

static enum err
for_this_use(struct judge *j)
{
	return (leaf_check(j->leaf, j->rules, j->note));
}

static enum err
not_revoked(struct judge *j)
{
	static const struct revocation_conf off = { .how = REVOCATION_OFF };
	const struct revocation_conf *conf = j->rules->revocation != NULL ?
	    j->rules->revocation : &off;
	struct chain_verdict *v = j->verdict;

	v->revocation = revocation_check(conf, j->leaf, j->root,
	    j->rules->now, v->revocation_why, sizeof(v->revocation_why));
	if (v->revocation == REVOCATION_REVOKED)
		return (ERR_CERT_REVOKED);
	if (v->revocation == REVOCATION_UNKNOWN && conf->required) {
		note_set(j->note, "revocation: %s", v->revocation_why);
		return (ERR_REVOCATION_UNKNOWN);
	}
	return (ERR_OK);
}

/* The order of chain.h. */
static enum err	(*const order[])(struct judge *) = {
	by_a_root, of_this_organisation, in_its_dates, for_this_use,
	not_revoked,
};

/* Whole days, rounded down: one second past is -1. */
static int
whole_days(int64_t from, int64_t to)
{
	int64_t s = to - from;

	return ((int)((s - (s < 0 ? DAY_S - 1 : 0)) / DAY_S));
}

static enum err
describe(struct judge *j)
{
	struct chain_verdict *v = j->verdict;
	int64_t end;
	enum err r;

	if ((r = cert_stamp(X509_get0_notBefore(j->leaf),
	    v->not_before)) != ERR_OK ||
	    (r = cert_stamp(X509_get0_notAfter(j->leaf),
	    v->not_after)) != ERR_OK ||
	    (r = cert_time(X509_get0_notAfter(j->leaf), &end)) != ERR_OK)
		return (r);
	v->days_left = whole_days(j->rules->now, end);
	v->test = cert_is_test(j->leaf);
	return (ERR_OK);
}

static enum err
parse(const uint8_t *der, size_t len, X509 **leaf)
{
	size_t total;

	*leaf = NULL;
	if (chain_der_length(der, len, &total) != ERR_OK || total != len)
		return (ERR_CERT_FORM);
	return (cert_parse(der, len, leaf));
}

static enum err
judge_all(struct judge *j)
{
	enum err r = ERR_OK;

	for (size_t i = 0; r == ERR_OK &&
	    i < sizeof(order) / sizeof(order[0]); i++)
		r = order[i](j);
	if (r == ERR_NOMEM)
		return (r);
	j->verdict->err = r;
	return (ERR_OK);
}

enum err
chain_verify(const uint8_t *der, size_t der_len, X509_STORE *roots,
    const struct chain_rules *rules, struct chain_verdict *verdict,
    EVP_PKEY **key, struct note *note)
{
	struct judge j = { .rules = rules, .verdict = verdict, .note = note };
	enum err r;

	*key = NULL;
	*verdict = (struct chain_verdict){ .err = ERR_CERT_CHAIN };
	snprintf(verdict->revocation_why, sizeof(verdict->revocation_why),
	    "not checked");
	if ((r = parse(der, der_len, &j.leaf)) != ERR_OK ||
	    (r = describe(&j)) != ERR_OK) {
		note_set(note, "certificate: not one of %d to %d bytes of DER",
		    DER_MIN, DER_MAX);
		goto out;
	}
	if ((j.roots = X509_STORE_get1_all_certs(roots)) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	if ((r = judge_all(&j)) == ERR_OK && verdict->err == ERR_OK &&
	    (*key = X509_get_pubkey(j.leaf)) == NULL)
		r = ERR_LIB;
out:
	if (r != ERR_OK)
		verdict->err = r;
	sk_X509_pop_free(j.roots, X509_free);
	X509_free(j.leaf);
	ERR_clear_error();
	return (r);
}
