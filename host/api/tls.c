#include "crypto/pubkey.h"
#include "host/api/tls.h"

static enum err
refuse(struct note *note, const char *key, const char *file)
{
	note_set(note, "[api] %s: %s", key, file);
	return (ERR_CONF);
}

static enum err
load(SSL_CTX *ctx, const struct tls_files *f, struct note *note)
{
	STACK_OF(X509_NAME) *names;

	if (SSL_CTX_use_certificate_chain_file(ctx, f->cert) != 1)
		return (refuse(note, "tls_cert", f->cert));
	if (SSL_CTX_use_PrivateKey_file(ctx, f->key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return (refuse(note, "tls_key", f->key));
	if (SSL_CTX_load_verify_file(ctx, f->client_ca) != 1 ||
	    (names = SSL_load_client_CA_file(f->client_ca)) == NULL)
		return (refuse(note, "tls_client_ca", f->client_ca));
	SSL_CTX_set_client_CA_list(ctx, names);
	return (ERR_OK);
}

/*
 * No tickets and no cache: every connection shows its certificate.  What was
 * decrypted is wiped when it was read.
 */
enum err
tls_setup(SSL_CTX *ctx, const struct tls_files *f, struct note *note)
{
	SSL_CTX_set_default_passwd_cb(ctx, pubkey_no_passphrase);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER |
	    SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1)
		return (ERR_LIB);
	return (load(ctx, f, note));
}
