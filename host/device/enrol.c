#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/secret.h"
#include "host/device/activation.h"
#include "host/device/command.h"
#include "host/device/line.h"
#include "host/device/names.h"
#include "host/wire/address.h"
#include "host/wire/spki.h"

#define DER_MAX	4096	/* ours: a request or a certificate of P-256 */

const char enrol_usage[] =
    "usage: shikaku-reader enrol ADDRESS TEXT --folder DIR\n"
    "       shikaku-reader enrol QR --folder DIR\n"
    "\n"
    "Makes this device known to the agent at ADDRESS, a host and a port, by the\n"
    "activation text that its desk shows; or by the text of the QR code there.\n"
    "\n"
    "  --folder DIR  made if missing: keeps the key, for its owner alone\n";

struct enrol {
	const char		*folder, *text;
	char			 address[ACTIVATION_ADDRESS];
	struct activation	 activation;
	struct dir		 dir;
	struct line		 line;
	EVP_PKEY		*key;
	X509			*cert, *ca;
};

/* --- our key and what is asked for it --- */

static enum err
library(struct note *note, const char *what)
{
	const char *why = ERR_reason_error_string(ERR_peek_error());

	note_set(note, "%s: %s", what, why == NULL ? "" : why);
	ERR_clear_error();
	return (ERR_LIB);
}

static enum err
put_bio(const struct dir *d, const char *name, BIO *bio, struct note *note)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	return (dir_write(d, name, p, (size_t)n, note));
}

/* Before anything is asked: a code is not spent on a full disk. */
static enum err
make_key(struct enrol *e, struct note *note)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	enum err r;

	e->key = EVP_EC_gen("P-256");
	if (bio == NULL || e->key == NULL || PEM_write_bio_PrivateKey(bio,
	    e->key, NULL, NULL, 0, NULL, NULL) != 1)
		r = library(note, "key");
	else
		r = put_bio(&e->dir, DIR_KEY, bio, note);
	BIO_free(bio);
	return (r);
}

static enum err
add_request(struct enrol *e, struct blob *out, struct note *note)
{
	X509_REQ *req = X509_REQ_new();
	unsigned char *der = NULL;
	enum err r = ERR_LIB;
	int n = -1;

	if (req != NULL && X509_REQ_set_version(req, X509_REQ_VERSION_1) ==
	    1 && X509_REQ_set_pubkey(req, e->key) == 1 &&
	    X509_REQ_sign(req, e->key, EVP_sha256()) > 0)
		n = i2d_X509_REQ(req, &der);
	if (n <= 0 || n > DER_MAX)
		r = library(note, "request");
	else if ((r = blob_add_u16(out, (uint16_t)n)) == ERR_OK)
		r = blob_add(out, der, (size_t)n);
	OPENSSL_free(der);
	X509_REQ_free(req);
	return (r);
}

/* --- what comes back --- */

static X509 *
take_cert(struct buf *b)
{
	const unsigned char *p;
	struct buf der;
	uint16_t len;
	X509 *x;

	if (buf_u16(b, &len) != ERR_OK || len > DER_MAX ||
	    buf_take(b, len, &der) != ERR_OK)
		return (NULL);
	p = der.p;
	x = d2i_X509(NULL, &p, (long)der.left);
	if (x != NULL && p == der.p + der.left)
		return (x);
	X509_free(x);
	ERR_clear_error();
	return (NULL);
}

/* The CA that vouched for this very connection, and a certificate for the key
 * that was made here. */
static enum err
judge(struct enrol *e, struct note *note)
{
	const uint8_t *vouched = wire_ca(e->line.wire);
	uint8_t print[WIRE_PRINT];

	if (vouched == NULL || spki_print(e->ca, print) != ERR_OK ||
	    CRYPTO_memcmp(print, vouched, WIRE_PRINT) != 0) {
		note_set(note, "the agent sent another CA");
		return (ERR_LINK_PEER);
	}
	if (X509_verify(e->cert, X509_get0_pubkey(e->ca)) == 1 &&
	    X509_check_private_key(e->cert, e->key) == 1 &&
	    (X509_get_extended_key_usage(e->cert) & XKU_SSL_CLIENT) != 0)
		return (ERR_OK);
	ERR_clear_error();
	note_set(note, "the agent sent a certificate that is not for us");
	return (ERR_LINK_PEER);
}

static enum err
take_reply(struct enrol *e, struct buf *b, struct line_agent *agent,
    struct note *note)
{
	struct buf name;
	uint8_t len;

	if (buf_u8(b, &len) == ERR_OK && len > 0 && len < LINE_NAME &&
	    buf_take(b, len, &name) == ERR_OK && line_is_name(name)) {
		memcpy(agent->name, name.p, name.left);
		agent->name[name.left] = '\0';
		e->cert = take_cert(b);
		e->ca = take_cert(b);
	}
	if (e->cert != NULL && e->ca != NULL && b->left == 0)
		return (judge(e, note));
	note_set(note, "malformed reply of the agent");
	return (ERR_LAYOUT);
}

static enum err
put_cert(struct enrol *e, const char *name, X509 *x, struct note *note)
{
	BIO *bio = BIO_new(BIO_s_mem());
	enum err r;

	if (bio == NULL || PEM_write_bio_X509(bio, x) != 1)
		r = library(note, name);
	else
		r = put_bio(&e->dir, name, bio, note);
	BIO_free(bio);
	return (r);
}

/* --- the whole --- */

static enum err
ask(struct enrol *e, struct line_agent *agent, struct note *note)
{
	struct buf body;
	enum err r;

	if ((r = line_start(&e->line, LINE_ENROLMENT)) != ERR_OK ||
	    (r = blob_add(&e->line.out, e->activation.code,
	    ACTIVATION_CODE)) != ERR_OK ||
	    (r = add_request(e, &e->line.out, note)) != ERR_OK ||
	    (r = line_call(&e->line, LINE_REPLY_MS, &body, note)) != ERR_OK)
		return (r);
	return (take_reply(e, &body, agent, note));
}

/*
 * What an earlier enrolment left would never be delivered, and its tickets
 * are not ours.
 */
static enum err
check_empty(struct enrol *e, const char *part, struct note *note)
{
	struct names all = { NULL, 0 };
	struct dir d = { .fd = -1 };
	char path[PATH_MAX];
	enum err r;

	if (!dir_has(&e->dir, part))
		return (ERR_OK);
	if ((r = dir_path(&e->dir, part, path)) != ERR_OK ||
	    (r = dir_open(path, 0, &d, note)) != ERR_OK)
		return (r);
	if ((r = names_read(&d, "", &all, note)) == ERR_OK && all.n > 0) {
		note_set(note, command_say(
		    "%s に以前の登録のデータがあります。残したまま、別のフォルダを"
		    "指定してください",
		    "%s holds what an earlier enrolment left: keep it, and "
		    "take another folder"), path);
		r = ERR_FOLDER;
	}
	names_free(&all);
	dir_close(&d);
	return (r);
}

/* The certificate last: with it the folder is enrolled. */
static enum err
enrol(struct enrol *e, struct line_agent *agent, struct note *note)
{
	enum err r;

	if ((r = dir_open(e->folder, 1, &e->dir, note)) != ERR_OK)
		return (r);
	if (dir_has(&e->dir, DIR_CERT)) {
		note_set(note, "%s is enrolled already: take another folder",
		    e->folder);
		return (ERR_FOLDER);
	}
	if ((r = check_empty(e, "queue", note)) != ERR_OK ||
	    (r = check_empty(e, "tickets", note)) != ERR_OK ||
	    (r = line_open_new(e->address, e->activation.print,
	    &e->line, note)) != ERR_OK || (r = make_key(e, note)) != ERR_OK ||
	    (r = ask(e, agent, note)) != ERR_OK ||
	    (r = put_cert(e, DIR_CA, e->ca, note)) != ERR_OK ||
	    (r = line_agent_write(&e->dir, agent, note)) != ERR_OK)
		return (r);
	return (put_cert(e, DIR_CERT, e->cert, note));
}

static void
enrol_free(struct enrol *e)
{
	line_close(&e->line);
	dir_close(&e->dir);
	EVP_PKEY_free(e->key);
	X509_free(e->cert);
	X509_free(e->ca);
	secret_cleanse(e, sizeof(*e));
}

/* The options and what is to be enrolled where; 0 if they are wrong. */
static int
parse(struct enrol *e, int argc, char **argv)
{
	static const struct option options[] = {
		{ "folder",	required_argument,	NULL, 'd' },
		{ NULL,		0,			NULL, 0 }
	};
	struct address at;
	int opt, n;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 'd')
			return (0);
		e->folder = optarg;
	}
	n = argc - optind;
	if (n == 2 && strlen(argv[optind]) < sizeof(e->address)) {
		memcpy(e->address, argv[optind], strlen(argv[optind]) + 1);
		e->text = argv[optind + 1];
	} else if (n != 1 || !activation_split(argv[optind], e->address,
	    &e->text)) {
		return (0);
	}
	return (e->folder != NULL && address_read(e->address, &at));
}

int
enrol_main(int argc, char **argv)
{
	struct enrol e = { .dir = { .fd = -1 } };
	struct line_agent agent = { "", "" };
	struct note note = { "" }, harden = { "" };
	enum err r;

	if (!parse(&e, argc, argv))
		return (command_usage(enrol_usage));
	(void)secret_harden(&harden);
	memcpy(agent.address, e.address, sizeof(agent.address));
	if ((r = activation_read(e.text, &e.activation)) != ERR_OK)
		note_set(&note, "%s", command_say(
		    "有効化コードは26文字です", "an activation text has 26 "
		    "characters, in groups of five"));
	else
		r = enrol(&e, &agent, &note);
	enrol_free(&e);
	if (r == ERR_LINK_PEER)
		return (command_fail_then(r, &note, command_say(
		    "有効化コードの後ろ3組を受付の画面と見比べてください。同じなら"
		    "別のエージェントか、時計のずれです",
		    "compare the last three groups with the desk, or this is "
		    "another agent, or a clock is wrong")));
	if (r != ERR_OK)
		return (command_fail(r, &note));
	printf(command_say("%s として登録しました\n", "enrolled as %s\n"),
	    agent.name);
	return (0);
}
