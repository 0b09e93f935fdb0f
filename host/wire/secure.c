#include <poll.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "crypto/pubkey.h"
#include "host/wire/secure.h"
#include "host/wire/spki.h"

#define CURVE		"P-256"
#define SIGNATURE	"ECDSA+SHA256"	/* in TLS 1.3: with P-256 */

/* RFC 7301 3.1: a list of one name with its length before it. */
static const unsigned char alpn[] = "\x0eshikaku-link/1";
#define ALPN_LEN	(sizeof(alpn) - 1)

/* --- whose certificate is accepted --- */

/* OpenSSL lets a certificate without these extensions pass for anything. */
static int
says_its_use(X509 *x, int server)
{
	uint32_t want = server ? XKU_SSL_SERVER : XKU_SSL_CLIENT;
	uint32_t flags = X509_get_extension_flags(x);

	return ((flags & EXFLAG_KUSAGE) != 0 &&
	    (X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE) != 0 &&
	    (flags & EXFLAG_XKUSAGE) != 0 &&
	    X509_get_extended_key_usage(x) == want);
}

/* Called for every certificate of the chain that passed, and for each fault.
 * Our own rule is looked at at the leaf. */
static int
on_verified(int ok, X509_STORE_CTX *c)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(c,
	    SSL_get_ex_data_X509_STORE_CTX_idx());

	if (!ok || X509_STORE_CTX_get_error_depth(c) != 0)
		return (ok);
	if (says_its_use(X509_STORE_CTX_get_current_cert(c),
	    !SSL_is_server(ssl)))
		return (1);
	X509_STORE_CTX_set_error(c, X509_V_ERR_INVALID_PURPOSE);
	return (0);
}

/* The certificate the server sent whose key has this print; not owned. */
static X509 *
find_ca(X509_STORE_CTX *c, const uint8_t *want)
{
	STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(c);
	uint8_t print[WIRE_PRINT];
	X509 *x;

	for (int i = 0; i < sk_X509_num(sent); i++) {
		x = sk_X509_value(sent, i);
		if (spki_print(x, print) == ERR_OK &&
		    CRYPTO_memcmp(print, want, WIRE_CODE_PRINT) == 0)
			return (x);
	}
	return (NULL);
}

/* Before enrolment a device knows nothing of the CA but its print. */
static int
verify_by_print(X509_STORE_CTX *c, void *ctx)
{
	X509 *ca = find_ca(c, ctx);
	STACK_OF(X509) *roots = sk_X509_new_null();
	int ok = 0;

	if (ca == NULL)
		X509_STORE_CTX_set_error(c,
		    X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT);
	else if (roots != NULL && sk_X509_push(roots, ca) > 0) {
		X509_STORE_CTX_set0_trusted_stack(c, roots);
		ok = X509_verify_cert(c) == 1;
	}
	/* It is borrowed by c, which nobody asks for it again. */
	sk_X509_free(roots);
	return (ok);
}

/* --- contexts --- */

static int
take_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *ctx)
{
	unsigned char *found;

	(void)ssl;
	(void)ctx;
	if (SSL_select_next_proto(&found, outlen, alpn, ALPN_LEN, in,
	    inlen) != OPENSSL_NPN_NEGOTIATED)
		return (SSL_TLSEXT_ERR_ALERT_FATAL);
	*out = found;
	return (SSL_TLSEXT_ERR_OK);
}

static enum err
refuse(struct note *note, const char *file)
{
	unsigned long e = ERR_peek_error();
	const char *why = ERR_reason_error_string(e);

	note_set(note, "%s: %s", file, why == NULL ? "not usable" : why);
	ERR_clear_error();
	return (ERR_CONF);
}

static enum err
set_up(SSL_CTX *ctx)
{
	/* OpenSSL's macros take the const away. */
	char groups[] = "X25519:" CURVE, signatures[] = SIGNATURE;

	SSL_CTX_set_default_passwd_cb(ctx, pubkey_no_passphrase);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT |
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	/* The CA itself issues them: nobody stands between. */
	SSL_CTX_set_verify_depth(ctx, 0);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_max_early_data(ctx, 0) != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1 ||
	    SSL_CTX_set1_groups_list(ctx, groups) != 1 ||
	    SSL_CTX_set1_sigalgs_list(ctx, signatures) != 1)
		return (ERR_LIB);
	return (ERR_OK);
}

static enum err
load_own(SSL_CTX *ctx, const struct wire_conf *c, struct note *note)
{
	if (SSL_CTX_use_certificate_file(ctx, c->cert, SSL_FILETYPE_PEM) != 1)
		return (refuse(note, c->cert));
	if (SSL_CTX_use_PrivateKey_file(ctx, c->key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return (refuse(note, c->key));
	return (ERR_OK);
}

static enum err
load_server(SSL_CTX *ctx, const struct wire_conf *c, struct note *note)
{
	STACK_OF(X509_NAME) *names;
	X509 *ca;
	enum err r;

	if ((r = load_own(ctx, c, note)) != ERR_OK)
		return (r);
	if (SSL_CTX_load_verify_file(ctx, c->ca) != 1 ||
	    (names = SSL_load_client_CA_file(c->ca)) == NULL)
		return (refuse(note, c->ca));
	SSL_CTX_set_client_CA_list(ctx, names);	/* moved */
	/* Sent along for the devices that know its print alone. */
	if ((r = spki_read(c->ca, &ca, note)) != ERR_OK)
		return (r);
	if (SSL_CTX_add_extra_chain_cert(ctx, ca) == 1)
		return (ERR_OK);
	X509_free(ca);
	return (ERR_LIB);
}

enum err
secure_server(const struct wire_conf *c, SSL_CTX **out, struct note *note)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	enum err r = ctx == NULL ? ERR_LIB : set_up(ctx);

	*out = NULL;
	if (r == ERR_OK)
		r = load_server(ctx, c, note);
	if (r != ERR_OK) {
		SSL_CTX_free(ctx);
		return (r);
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verified);
	SSL_CTX_set_alpn_select_cb(ctx, take_alpn, NULL);
	*out = ctx;
	return (ERR_OK);
}

static enum err
load_client(SSL_CTX *ctx, const struct wire_conf *c, struct note *note)
{
	enum err r;

	if (c->cert != NULL && (r = load_own(ctx, c, note)) != ERR_OK)
		return (r);
	if (c->ca == NULL) {
		/* Only read from there. */
		SSL_CTX_set_cert_verify_callback(ctx, verify_by_print,
		    (void *)(uintptr_t)c->ca_print);
		return (ERR_OK);
	}
	return (SSL_CTX_load_verify_file(ctx, c->ca) == 1 ? ERR_OK :
	    refuse(note, c->ca));
}

enum err
secure_client(const struct wire_conf *c, SSL_CTX **out, struct note *note)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	enum err r = ctx == NULL ? ERR_LIB : set_up(ctx);

	*out = NULL;
	if (r == ERR_OK)
		r = load_client(ctx, c, note);
	if (r == ERR_OK && SSL_CTX_set_alpn_protos(ctx, alpn, ALPN_LEN) != 0)
		r = ERR_LIB;
	if (r != ERR_OK) {
		SSL_CTX_free(ctx);
		return (r);
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_verified);
	*out = ctx;
	return (ERR_OK);
}

/* --- the handshake --- */

/* RFC 8446 6.2: what the other side says of our certificate. */
static const int about_us[] = {
	SSL_R_SSLV3_ALERT_BAD_CERTIFICATE,
	SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
	SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
	SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
	SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN,
	SSL_R_TLSV1_ALERT_UNKNOWN_CA,
	SSL_R_TLSV1_ALERT_ACCESS_DENIED,
	SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
};

enum err
secure_fault(int rc, struct note *note)
{
	unsigned long e = ERR_peek_last_error();
	const char *why = ERR_reason_error_string(e);
	int reason = ERR_GET_REASON(e);
	enum err r = ERR_LINK_TLS;

	ERR_clear_error();
	if (rc == SSL_ERROR_ZERO_RETURN)
		return (ERR_OK);
	note_set(note, "%s", why == NULL ? "" : why);
	/* Closed without a word counts as broken. */
	if (rc == SSL_ERROR_SYSCALL ||
	    reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		return (ERR_READER_FAULT);
	for (size_t i = 0; i < sizeof(about_us) / sizeof(about_us[0]); i++) {
		if (reason == about_us[i])
			r = ERR_LINK_PEER;
	}
	return (r);
}

/* 1 when there is something to go on with; 0 when time is up. */
static int
wait_for(SSL *ssl, int rc, int64_t until)
{
	struct pollfd p = { .fd = SSL_get_fd(ssl), .events =
	    rc == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN };
	int64_t left;

	do {
		left = until - clock_ms();
		if (left <= 0)
			return (0);
	} while (poll(&p, 1, (int)left) <= 0);
	return (1);
}

static enum err
shake_fault(SSL *ssl, int rc, struct note *note)
{
	long verdict = SSL_get_verify_result(ssl);
	enum err r;

	if (verdict == X509_V_OK) {
		r = secure_fault(rc, note);
		return (r == ERR_LINK_PEER ? r : ERR_LINK_TLS);
	}
	ERR_clear_error();
	note_set(note, "%s", X509_verify_cert_error_string(verdict));
	return (ERR_LINK_PEER);
}

enum err
secure_shake(SSL *ssl, int64_t until, struct note *note)
{
	const unsigned char *name;
	unsigned len = 0;
	int done, rc;

	ERR_clear_error();
	while ((done = SSL_do_handshake(ssl)) != 1) {
		rc = SSL_get_error(ssl, done);
		if (rc != SSL_ERROR_WANT_READ && rc != SSL_ERROR_WANT_WRITE)
			return (shake_fault(ssl, rc, note));
		if (!wait_for(ssl, rc, until))
			return (ERR_TIMEOUT);
	}
	/* Nobody is asked for it who did not offer one. */
	SSL_get0_alpn_selected(ssl, &name, &len);
	if (len == ALPN_LEN - 1 && memcmp(name, alpn + 1, len) == 0)
		return (ERR_OK);
	note_set(note, "no application protocol agreed on");
	return (ERR_LINK_TLS);
}

int
secure_prints(SSL *ssl, uint8_t peer[WIRE_PRINT], uint8_t ca[WIRE_PRINT])
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	X509 *leaf = SSL_get0_peer_certificate(ssl);

	if (leaf == NULL || sk_X509_num(chain) != 2)
		return (0);
	return (spki_print(leaf, peer) == ERR_OK &&
	    spki_print(sk_X509_value(chain, 1), ca) == ERR_OK);
}
