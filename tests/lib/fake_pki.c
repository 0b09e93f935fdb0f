#include <sys/stat.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "base/buf.h"
#include "tests/lib/fake_cert.h"
#include "tests/lib/fake_ef.h"
#include "tests/lib/fake_photo.h"
#include "tests/lib/fake_pki.h"

#define DAY	86400L
#define YEAR	(365 * DAY)
#define CERT	1600	/* bytes: near the 1583 seen (3.2), 7 READs of 256 */

/* card-and-readers.md 3.1 */
#define JLIS	"Japan Agency for Local Authority Information Systems"
static const struct fake_name auth_name = { "JPKI-TEST",
    { "JPKI for user authentication", JLIS } };
static const struct fake_name sign_name = { "JPKI-TEST",
    { "JPKI for digital signature", JLIS } };
static const struct fake_name prod_name = { "JPKI",
    { "JPKI for user authentication", JLIS } };
static const struct fake_name foreign_name = { "Foreign Test CA",
    { NULL, NULL } };

enum root { AUTH_G1, AUTH_G2, AUTH_G3, SIGN_G3, FOREIGN, ROGUE, PROD, ROOTS };

/* Years are relative to now, but for the production dates. */
static const struct root_row {
	const char		*file;
	const struct fake_name	*name;
	uint32_t		 serial;
	long			 from, to;	/* seconds from now */
} root_rows[ROOTS] = {
	[AUTH_G1] = { "auth-g1", &auth_name, 1, -11 * YEAR, -30 * DAY },
	[AUTH_G2] = { "auth-g2", &auth_name, 2, -6 * YEAR, 4 * YEAR },
	[AUTH_G3] = { "auth-g3", &auth_name, 3, -2 * YEAR, 8 * YEAR },
	[SIGN_G3] = { "sign-g3", &sign_name, 4, -2 * YEAR, 8 * YEAR },
	[FOREIGN] = { "foreign", &foreign_name, 5, -2 * YEAR, 8 * YEAR },
	[ROGUE] = { "rogue", &auth_name, 3, -2 * YEAR, 8 * YEAR },
	/* 3.1: authca02, 2019-09-14 to 2029-09-14 */
	[PROD] = { "prod", &prod_name, 0x0133c349, 0, 0 },
};
#define PROD_FROM	1568419200L	/* 2019-09-14T00:00:00Z */
/* authca02 as far as it is public (card-and-readers.md 3.1). */
#define PROD_SKI	"8CD5586A891485E559379B7E29D410CFD28B3593"
#define PROD_TO		1884038400L	/* 2029-09-14T00:00:00Z */

/* features.md 1.14; where it has no address that of P03 stands in. */
#define CHIYODA	"東京都千代田区永田町１－９９－９９"
enum person { P02, P02_GAP, P03, P05, P07, P09, P10, P11, P12, P13, PERSONS };
static const struct fake_person persons[PERSONS] = {
	[P02] = { "ききょう　髙子", "石川県金沢市○○町△丁目××番地",
	    "19510401", "2" },
	[P02_GAP] = { "ききょう　●子", "石川県金沢市○○町△丁目××番地",
	    "19510401", "2" },
	[P03] = { "資格　一郎", CHIYODA, "19600602", "1" },
	[P05] = { "資格　五郎", "東京都港区新橋２－９１－９９９", "19900101",
	    "1" },
	[P07] = { "資格　七夫", CHIYODA, "19401011", "1" },
	[P09] = { "扶助　七郎", CHIYODA, "19700725", "1" },
	[P10] = { "扶助　三葉", "北海道小樽市花園３－１８－９９", "19741201",
	    "1" },
	[P11] = { "資格　十六郎", "東京都世田谷区成城１－９９－９９",
	    "19911201", "1" },
	[P12] = { "資格　十二郎", CHIYODA, "19480328", "1" },
	[P13] = { "生保　患者", CHIYODA, "19890101", "1" },
};

enum oddity {
	PLAIN,
	GARBLED,	/* the certificate's header is right, the rest noise */
	HUGE,		/* the certificate says it has 9000 bytes */
	ODD_NAME,	/* text EF 0002 overlaps itself */
	P384_KEY,	/* P-384 */
	BIG_PHOTO,	/* surface EF 0002 has more than 16 KiB */
	CV_FORGED,	/* the issuer's certificate, by a key of no CA */
	CV_UNKNOWN,	/* ... by a CA nobody knows */
	PHOTO_ALTERED,	/* after it was signed */
	PHOTO_GARBLED,	/* before */
	BIRTH_ALTERED,	/* after it was signed */
	EXPIRY_ALTERED,	/* which nobody signs */
	AP_CLONED,	/* another AP key than the signed one */
	TWO_PEOPLE,	/* the text application is of somebody else */
	CARD_EXPIRED
};

/* 3.2, unless a row says otherwise */
#define POLICY		"1.2.392.200149.8.5.1.3.30"
#define SIGN_POLICY	"1.2.392.200149.8.5.1.1.0.20"

static const struct card_row {
	const char	*dir;
	enum person	 person;
	enum root	 issuer;
	long		 from, to;	/* seconds from now; 0: -1 to 4 years */
	const char	*ku, *eku, *policy;	/* NULL: as JPKI */
	int		 ca;
	enum oddity	 oddity;
	const char	*conf;		/* lines; NULL: none */
} card_rows[] = {
	{ .dir = "p02", .person = P02, .issuer = AUTH_G3 },
	{ .dir = "p02-gap", .person = P02_GAP, .issuer = AUTH_G3 },
	{ .dir = "p03", .person = P03, .issuer = AUTH_G3 },
	{ .dir = "p05", .person = P05, .issuer = AUTH_G3 },
	{ .dir = "p07", .person = P07, .issuer = AUTH_G3 },
	{ .dir = "p09", .person = P09, .issuer = AUTH_G3 },
	{ .dir = "p10", .person = P10, .issuer = AUTH_G3 },
	{ .dir = "p11", .person = P11, .issuer = AUTH_G3 },
	{ .dir = "p12", .person = P12, .issuer = AUTH_G3 },
	{ .dir = "p13", .person = P13, .issuer = AUTH_G3 },
	{ .dir = "expired", .person = P03, .issuer = AUTH_G3,
	    .from = -5 * YEAR, .to = -30 * DAY },
	{ .dir = "expires-soon", .person = P03, .issuer = AUTH_G3,
	    .from = -4 * YEAR, .to = 40 * DAY },
	{ .dir = "not-yet-valid", .person = P03, .issuer = AUTH_G3,
	    .from = 30 * DAY, .to = 5 * YEAR },
	{ .dir = "wrong-issuer", .person = P03, .issuer = FOREIGN },
	{ .dir = "rogue-issuer", .person = P03, .issuer = ROGUE },
	{ .dir = "wrong-usage", .person = P03, .issuer = AUTH_G3,
	    .ku = "keyEncipherment" },
	{ .dir = "wrong-eku", .person = P03, .issuer = AUTH_G3,
	    .eku = "serverAuth" },
	{ .dir = "wrong-policy", .person = P03, .issuer = AUTH_G3,
	    .policy = "1.2.392.200149.8.5.1.3.99" },
	{ .dir = "ca-true", .person = P03, .issuer = AUTH_G3, .ca = 1 },
	{ .dir = "revoked", .person = P03, .issuer = AUTH_G3 },
	{ .dir = "prod", .person = P03, .issuer = PROD },
	{ .dir = "g1", .person = P03, .issuer = AUTH_G1 },
	{ .dir = "g2", .person = P03, .issuer = AUTH_G2 },
	{ .dir = "big", .person = P03, .issuer = AUTH_G3,
	    .oddity = BIG_PHOTO },
	/* 4.5: JPKI only, and the certificate after VERIFY only */
	{ .dir = "phone", .person = P03, .issuer = AUTH_G3,
	    .conf = "apps = jpki\ncert_needs_pin = 1\n" },
	/* 4.3: no PIN was ever set */
	{ .dir = "pinless", .person = P03, .issuer = AUTH_G3,
	    .conf = "auth_pin = none\nauth_pin_tries = 0\n"
	    "text_pin = none\ntext_pin_tries = 0\n" },
	{ .dir = "blocked", .person = P03, .issuer = AUTH_G3,
	    .conf = "auth_pin_tries = 0\n" },
	{ .dir = "onetry", .person = P03, .issuer = AUTH_G3,
	    .conf = "auth_pin_tries = 1\n" },
	{ .dir = "garbled-cert", .person = P03, .issuer = AUTH_G3,
	    .oddity = GARBLED },
	{ .dir = "huge-cert", .person = P03, .issuer = AUTH_G3,
	    .oddity = HUGE },
	{ .dir = "odd-name", .person = P03, .issuer = AUTH_G3,
	    .oddity = ODD_NAME },
	{ .dir = "no-text", .person = P03, .issuer = AUTH_G3,
	    .conf = "apps = jpki surface common juki\n" },
	{ .dir = "split-pins", .person = P03, .issuer = AUTH_G3,
	    .conf = "text_pin = 5678\n" },
	{ .dir = "text-low", .person = P03, .issuer = AUTH_G3,
	    .conf = "text_pin_tries = 1\n" },
	/* 3.5: nothing of the next card is public but the key type [guess] */
	{ .dir = "p384", .person = P03, .issuer = AUTH_G3, .oddity = P384_KEY },
	/* the surface application */
	{ .dir = "cv-forged", .person = P03, .issuer = AUTH_G3,
	    .oddity = CV_FORGED },
	{ .dir = "cv-unknown", .person = P03, .issuer = AUTH_G3,
	    .oddity = CV_UNKNOWN },
	{ .dir = "photo-altered", .person = P03, .issuer = AUTH_G3,
	    .oddity = PHOTO_ALTERED },
	{ .dir = "photo-garbled", .person = P03, .issuer = AUTH_G3,
	    .oddity = PHOTO_GARBLED },
	{ .dir = "birth-altered", .person = P03, .issuer = AUTH_G3,
	    .oddity = BIRTH_ALTERED },
	{ .dir = "expiry-altered", .person = P03, .issuer = AUTH_G3,
	    .oddity = EXPIRY_ALTERED },
	{ .dir = "ap-cloned", .person = P03, .issuer = AUTH_G3,
	    .oddity = AP_CLONED },
	{ .dir = "two-people", .person = P03, .issuer = AUTH_G3,
	    .oddity = TWO_PEOPLE },
	{ .dir = "card-expired", .person = P03, .issuer = AUTH_G3,
	    .oddity = CARD_EXPIRED },
	{ .dir = "no-surface", .person = P03, .issuer = AUTH_G3,
	    .conf = "apps = jpki text common juki\n" },
	{ .dir = "b-six", .person = P03, .issuer = AUTH_G3,
	    .conf = "surface_number_b_tries = 6\n" },
	{ .dir = "b-five", .person = P03, .issuer = AUTH_G3,
	    .conf = "surface_number_b_tries = 5\n" },
	{ .dir = "b-one", .person = P03, .issuer = AUTH_G3,
	    .conf = "surface_number_b_tries = 1\n" },
	{ .dir = "b-blocked", .person = P03, .issuer = AUTH_G3,
	    .conf = "surface_number_b_tries = 0\n" },
	{ .dir = "text-b-five", .person = P03, .issuer = AUTH_G3,
	    .conf = "text_number_b_tries = 5\n" },
};
#define CARDS (sizeof(card_rows) / sizeof(card_rows[0]))

#define AUTH_KEYS 3

struct pki {
	const char	*dir;
	struct note	*note;
	time_t		 now;
	char		 expiry[9];	/* printed on every card but one */
	char		 expired[9];
	struct blob	 photo[PERSONS], big, garbled;
	EVP_PKEY	*root_key[ROOTS];
	X509		*root[ROOTS];
	/* Making a key takes 0.2 s: cards share them where nobody looks. */
	EVP_PKEY	*auth[AUTH_KEYS], *ec, *sign, *ap, *issuer, *card_ca;
	X509		*revoked;
};

static void
pki_free(struct pki *p)
{
	for (int i = 0; i < ROOTS; i++) {
		EVP_PKEY_free(p->root_key[i]);
		X509_free(p->root[i]);
	}
	for (int i = 0; i < AUTH_KEYS; i++)
		EVP_PKEY_free(p->auth[i]);
	EVP_PKEY_free(p->ec);
	EVP_PKEY_free(p->sign);
	EVP_PKEY_free(p->ap);
	EVP_PKEY_free(p->issuer);
	EVP_PKEY_free(p->card_ca);
	X509_free(p->revoked);
	for (int i = 0; i < PERSONS; i++)
		blob_free(&p->photo[i]);
	blob_free(&p->big);
	blob_free(&p->garbled);
}

/* Two threads take the next key to make until there is none. */
struct key_work {
	EVP_PKEY	**todo[ROOTS + AUTH_KEYS + 4];
	_Atomic(size_t)	 next;
	_Atomic(int)	 failed;
};

static void *
make_rsa_keys(void *arg)
{
	const size_t n = sizeof(((struct key_work *)0)->todo) /
	    sizeof(((struct key_work *)0)->todo[0]);
	struct key_work *work = arg;
	size_t i;

	while ((i = atomic_fetch_add(&work->next, 1)) < n) {
		if ((*work->todo[i] = EVP_RSA_gen(2048)) == NULL)
			atomic_store(&work->failed, 1);
	}
	return (NULL);
}

static enum err
make_keys(struct pki *p)
{
	struct key_work work = { .todo = { &p->sign, &p->ap, &p->issuer,
	    &p->card_ca } };
	pthread_t helper;
	size_t n = 4;

	for (int i = 0; i < ROOTS; i++)
		work.todo[n++] = &p->root_key[i];
	for (int i = 0; i < AUTH_KEYS; i++)
		work.todo[n++] = &p->auth[i];
	if (pthread_create(&helper, NULL, make_rsa_keys, &work) != 0)
		return (ERR_SYS);
	make_rsa_keys(&work);
	pthread_join(helper, NULL);
	p->ec = EVP_EC_gen("P-384");
	return (work.failed || p->ec == NULL ? ERR_LIB : ERR_OK);
}

static enum err
make_dir(struct pki *p, const char *sub)
{
	struct blob path = { 0 };
	enum err r;

	if ((r = blob_printf(&path, "%s/%s", p->dir, sub)) == ERR_OK &&
	    mkdir(blob_str(&path), 0755) != 0 && errno != EEXIST) {
		note_set(p->note, "%s: %s", blob_str(&path),
		    strerror(errno));
		r = ERR_SYS;
	}
	blob_free(&path);
	return (r);
}

/* name is below the folder; keys are among what is written: owner only. */
static enum err
put(struct pki *p, const char *sub, const char *name, const void *data,
    size_t len)
{
	struct blob path = { 0 };
	FILE *f = NULL;
	enum err r;

	if ((r = blob_printf(&path, "%s/%s/%s", p->dir, sub, name)) != ERR_OK)
		return (r);
	if ((f = fopen(blob_str(&path), "we")) == NULL ||
	    fchmod(fileno(f), 0600) != 0 ||
	    fwrite(data, 1, len, f) != len)
		r = ERR_SYS;
	if (f != NULL && fclose(f) != 0)
		r = ERR_SYS;
	if (r != ERR_OK)
		note_set(p->note, "%s: %s", blob_str(&path),
		    strerror(errno));
	blob_free(&path);
	return (r);
}

/* What i2d_* made, which is freed here. */
static enum err
put_der(struct pki *p, const char *sub, const char *name, uint8_t *der,
    int len)
{
	enum err r = len <= 0 ? ERR_LIB : put(p, sub, name, der, (size_t)len);

	OPENSSL_free(der);
	return (r);
}

static enum err
put_cert(struct pki *p, const char *sub, const char *name, X509 *cert)
{
	uint8_t *der = NULL;
	int len = i2d_X509(cert, &der);

	return (put_der(p, sub, name, der, len));
}

static enum err
put_key(struct pki *p, const char *sub, const char *name, EVP_PKEY *key)
{
	uint8_t *der = NULL;
	int len = i2d_PrivateKey(key, &der);

	return (put_der(p, sub, name, der, len));
}

static enum err
make_root(struct pki *p, enum root i)
{
	const struct root_row *row = &root_rows[i];
	char name[64];
	struct fake_root_spec spec = {
		.name = row->name, .key = p->root_key[i],
		.serial = row->serial, .from = p->now + row->from,
		.to = p->now + row->to,
		.ski_of = i == ROGUE ? p->root_key[AUTH_G3] : NULL,
	};
	enum err r;

	if (i == PROD) {
		spec.from = PROD_FROM;
		spec.to = PROD_TO;
		spec.ski = PROD_SKI;
	}
	if ((r = fake_cert_root(&spec, &p->root[i])) != ERR_OK)
		return (r);
	snprintf(name, sizeof(name), "%s.key", row->file);
	if ((r = put_key(p, "keys", name, p->root_key[i])) != ERR_OK)
		return (r);
	snprintf(name, sizeof(name), "%s.cer", row->file);
	return (put_cert(p, "roots", name, p->root[i]));
}

static enum err
put_card_ca(struct pki *p)
{
	struct blob text = { 0 };
	enum err r;

	if ((r = fake_card_ca(FAKE_SURFACE_CA, p->card_ca, &text)) == ERR_OK)
		r = put(p, "roots", "test.cardca", text.data, text.len);
	blob_free(&text);
	return (r);
}

static enum err
make_roots(struct pki *p)
{
	uint8_t *der = NULL;
	enum err r;
	int len;

	if ((r = make_dir(p, "roots")) != ERR_OK ||
	    (r = make_dir(p, "keys")) != ERR_OK)
		return (r);
	for (int i = 0; i < ROOTS && r == ERR_OK; i++)
		r = make_root(p, (enum root)i);
	if (r != ERR_OK)
		return (r);
	len = i2d_PUBKEY(p->card_ca, &der);
	if ((r = put_der(p, "roots", "card-ca.pub", der, len)) != ERR_OK)
		return (r);
	return (put_card_ca(p));
}

static enum err
make_crl(struct pki *p, const char *name, X509 *revoked)
{
	X509_CRL *crl = NULL;
	uint8_t *der = NULL;
	enum err r;
	int len;

	if ((r = fake_cert_crl(p->root[AUTH_G3], p->root_key[AUTH_G3],
	    revoked, p->now, &crl)) != ERR_OK)
		return (r);
	len = i2d_X509_CRL(crl, &der);
	X509_CRL_free(crl);
	return (put_der(p, "roots", name, der, len));
}

/* 3.2: positive, 4 bytes, at most 7FFFFFFF. */
static enum err
random_serial(uint32_t *serial)
{
	uint8_t b[4];
	struct buf buf = { b, sizeof(b) };

	if (RAND_bytes(b, sizeof(b)) != 1)
		return (ERR_LIB);
	b[0] = (uint8_t)((b[0] & 0x3f) | 0x40);
	return (buf_u32(&buf, serial));
}

/* 3.2: 14 of [0-9A-Z], municipality, 3 digits, A. */
static enum err
random_cn(char cn[24])
{
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	uint8_t b[14];

	if (RAND_bytes(b, sizeof(b)) != 1)
		return (ERR_LIB);
	for (int i = 0; i < 14; i++)
		cn[i] = set[b[i] % 36];
	memcpy(cn + 14, FAKE_MUNICIPALITY "001A", 10);
	return (ERR_OK);
}

/* Ends at 14:59:59Z, midnight in Japan (3.2). */
static time_t
end_of_day(time_t t)
{
	return (t - t % DAY + 14 * 3600 + 59 * 60 + 59);
}

static enum err
make_leaf(const struct fake_leaf_spec *like, X509 **out)
{
	struct fake_leaf_spec spec = *like;
	char cn[24];
	enum err r;

	spec.cn = cn;
	*out = NULL;
	if ((r = random_cn(cn)) != ERR_OK ||
	    (r = random_serial(&spec.serial)) != ERR_OK)
		return (r);
	return (fake_cert_leaf(&spec, out));
}

static EVP_PKEY *
auth_key(const struct pki *p, const struct card_row *row)
{
	return (row->oddity == P384_KEY ? p->ec :
	    p->auth[row->person % AUTH_KEYS]);
}

static enum err
auth_cert(struct pki *p, const struct card_row *row, X509 **out)
{
	const struct fake_leaf_spec spec = {
		.key = auth_key(p, row),
		.issuer = p->root[row->issuer],
		.issuer_key = p->root_key[row->issuer],
		.from = p->now + (row->from != 0 ? row->from : -YEAR),
		.to = end_of_day(p->now + (row->to != 0 ? row->to :
		    4 * YEAR)),
		.ku = row->ku != NULL ? row->ku : "digitalSignature",
		.eku = row->eku != NULL ? row->eku : "clientAuth",
		.policy = row->policy != NULL ? row->policy : POLICY,
		.ca = row->ca, .size = CERT,
	};

	return (make_leaf(&spec, out));
}

static enum err
sign_cert(struct pki *p, const struct card_row *row, X509 **out)
{
	const struct fake_leaf_spec spec = {
		.key = p->sign, .issuer = p->root[SIGN_G3],
		.issuer_key = p->root_key[SIGN_G3],
		.from = p->now - YEAR, .to = end_of_day(p->now + 4 * YEAR),
		.ku = "digitalSignature,nonRepudiation",
		.policy = SIGN_POLICY, .san = &persons[row->person],
	};

	return (make_leaf(&spec, out));
}

/* EF 000A, right or as odd as its row says. */
static enum err
put_auth_cert(struct pki *p, const struct card_row *row, const char *sub)
{
	X509 *cert = NULL;
	uint8_t *der = NULL;
	enum err r;
	int len;

	if ((r = auth_cert(p, row, &cert)) != ERR_OK)
		return (r);
	len = i2d_X509(cert, &der);
	if (len > 4 && row->oddity == GARBLED)
		memset(der + 4, 0x5a, (size_t)len - 4);
	if (len > 4 && row->oddity == HUGE) {
		der[2] = (9000 - 4) >> 8;
		der[3] = (9000 - 4) & 0xff;
	}
	r = put_der(p, sub, "jpki-000a.bin", der, len);
	if (strcmp(row->dir, "revoked") == 0)
		p->revoked = cert;
	else
		X509_free(cert);
	return (r);
}

static enum err
put_certs(struct pki *p, const struct card_row *row, const char *sub)
{
	X509 *cert = NULL;
	enum err r;

	if ((r = put_auth_cert(p, row, sub)) != ERR_OK ||
	    (r = put_cert(p, sub, "jpki-000b.bin",
	    p->root[row->issuer])) != ERR_OK ||
	    (r = put_cert(p, sub, "jpki-0002.bin",
	    p->root[SIGN_G3])) != ERR_OK ||
	    (r = sign_cert(p, row, &cert)) != ERR_OK)
		return (r);
	r = put_cert(p, sub, "jpki-0001.bin", cert);
	X509_free(cert);
	return (r);
}

static enum err
put_keys(struct pki *p, const struct card_row *row, const char *sub)
{
	enum err r;

	if ((r = put_key(p, sub, "jpki-0017.key", auth_key(p, row))) !=
	    ERR_OK ||
	    (r = put_key(p, sub, "jpki-001a.key", p->sign)) != ERR_OK)
		return (r);
	return (put_key(p, sub, "ap.key", row->oddity == AP_CLONED ?
	    p->sign : p->ap));
}

static const struct blob *
photo_of(const struct pki *p, const struct card_row *row)
{
	return (row->oddity == BIG_PHOTO ? &p->big :
	    row->oddity == PHOTO_GARBLED ? &p->garbled :
	    &p->photo[row->person]);
}

static struct fake_face
face_of(const struct pki *p, const struct card_row *row)
{
	int phone = strcmp(row->dir, "phone") == 0;

	return ((struct fake_face){
		.person = persons[row->person],
		.expiry = row->oddity == CARD_EXPIRED ? p->expired :
		    p->expiry,
		.label = phone ? "JPKIAPGPSETOKEN" : "JPKIAPICCTOKEN2",
		.photo = blob_buf(photo_of(p, row)),
		.ca = row->oddity == CV_UNKNOWN ? "9900099" : NULL,
		.ap_key = p->ap, .issuer_key = p->issuer,
		.card_ca = row->oddity == CV_FORGED ? p->sign : p->card_ca,
	});
}

/* What happens to surface EF 0002 after it was signed. */
static const struct alteration {
	enum oddity	oddity;
	uint16_t	tag;
	size_t		at;	/* a digit, or a byte of the photograph */
} alterations[] = {
	{ PHOTO_ALTERED, 0xdf27, 1000 },
	{ BIRTH_ALTERED, 0xdf22, 3 },
	{ EXPIRY_ALTERED, 0xdf29, 3 },
};

static void
alter(const struct card_row *row, struct blob *file)
{
	for (size_t i = 0; i < sizeof(alterations) / sizeof(alterations[0]);
	    i++) {
		const struct alteration *a = &alterations[i];

		if (a->oddity == row->oddity)
			file->data[(size_t)(fake_ef_item(file, a->tag).p -
			    file->data) + a->at] ^= 1;
	}
}

static enum err
put_ef(struct pki *p, const struct card_row *row, const struct fake_ef *ef,
    const char *sub)
{
	struct fake_face face = face_of(p, row);
	struct blob content = { 0 };
	char name[32];
	enum err r;

	if (row->oddity == TWO_PEOPLE && ef->app == FAKE_TEXT)
		face.person = persons[P05];
	if (row->oddity == ODD_NAME && ef->app == FAKE_TEXT &&
	    ef->id == 0x0002)
		r = fake_ef_odd_attributes(&face, &content);
	else
		r = fake_ef_make(ef, &face, &content);
	if (r == ERR_OK && ef->app == FAKE_SURFACE && ef->id == 0x0002)
		alter(row, &content);
	snprintf(name, sizeof(name), "%s-%04x.bin", fake_apps[ef->app].name,
	    ef->id);
	if (r == ERR_OK && content.len > 0)
		r = put(p, sub, name, content.data, content.len);
	blob_free(&content);
	return (r);
}

static enum err
put_conf(struct pki *p, const struct card_row *row, const char *sub)
{
	struct fake_face face = face_of(p, row);
	struct blob text = { 0 };
	char b[15], birth[7];
	enum err r;

	fake_number_b(&face, b);
	fake_birth_key(&face, birth);
	r = blob_printf(&text, "# %s %s\n"
	    "auth_pin = 1234\nsign_password = ABC123\ntext_pin = 1234\n"
	    "text_number_a = " FAKE_NUMBER_A "\ntext_number_b = %s\n"
	    "surface_birth = %s\nsurface_number_b = %s\n"
	    "surface_number_a = " FAKE_NUMBER_A "\n"
	    "common_pin = 1234\njuki_pin = 1234\n%s", row->dir,
	    face.person.name, b, birth, b, row->conf != NULL ? row->conf :
	    "");
	if (r == ERR_OK)
		r = put(p, sub, "card.conf", text.data, text.len);
	blob_free(&text);
	return (r);
}

static enum err
make_card(struct pki *p, const struct card_row *row)
{
	char sub[64];
	enum err r;

	snprintf(sub, sizeof(sub), "cards/%s", row->dir);
	if ((r = make_dir(p, sub)) != ERR_OK ||
	    (r = put_conf(p, row, sub)) != ERR_OK ||
	    (r = put_certs(p, row, sub)) != ERR_OK ||
	    (r = put_keys(p, row, sub)) != ERR_OK)
		return (r);
	for (size_t i = 0; i < FAKE_EFS && r == ERR_OK; i++)
		r = put_ef(p, row, &fake_efs[i], sub);
	return (r);
}

/* One for each person; one of more bytes than a script reads, one of none. */
static enum err
make_photos(struct pki *p)
{
	struct fake_photo spec = { .ratio = 20 };
	const struct fake_photo big = { .width = 480, .height = 640,
	    .components = 3, .ratio = 40 };
	enum err r = ERR_OK;

	for (int i = 0; i < PERSONS && r == ERR_OK; i++) {
		spec.seed = (unsigned)i;
		r = fake_photo_make(&spec, &p->photo[i]);
	}
	for (size_t i = 0; i < p->photo[0].len && r == ERR_OK; i++)
		r = blob_add_u8(&p->garbled, (uint8_t)(i * 7));
	return (r != ERR_OK ? r : fake_photo_make(&big, &p->big));
}

static enum err
make_all(struct pki *p)
{
	enum err r;

	if ((r = make_keys(p)) != ERR_OK ||
	    (r = make_photos(p)) != ERR_OK ||
	    (r = make_dir(p, "")) != ERR_OK ||
	    (r = make_roots(p)) != ERR_OK ||
	    (r = make_dir(p, "cards")) != ERR_OK)
		return (r);
	for (size_t i = 0; i < CARDS; i++) {
		if ((r = make_card(p, &card_rows[i])) == ERR_OK)
			continue;
		if (r == ERR_LIB || r == ERR_TOOBIG)
			note_set(p->note, "the card %s cannot be made",
			    card_rows[i].dir);
		return (r);
	}
	if ((r = make_crl(p, "crl-good.der", NULL)) != ERR_OK)
		return (r);
	return (make_crl(p, "crl-revoked.der", p->revoked));
}

static void
date_of(time_t t, char out[9])
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 9, "%Y%m%d", &tm);
}

enum err
fake_pki_make(const char *dir, struct note *note)
{
	struct pki p = { .dir = dir, .note = note, .now = time(NULL) };
	enum err r;

	date_of(p.now + 4 * YEAR, p.expiry);
	date_of(p.now - 30 * DAY, p.expired);
	r = make_all(&p);
	pki_free(&p);
	return (r);
}
