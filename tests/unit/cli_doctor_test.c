#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/cli/bundle.h"
#include "host/cli/doctor.h"
#include "tests/lib/test_certs.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define ROWS	16
#define ROOT	"C=JP/O=JPKI-TEST/OU=JPKI for user authentication/" \
	"OU=Japan Agency for Local Authority Information Systems"
#define NOW	1795132800000LL	/* 2026-11-20 09:00 JST */
#define DAY	86400000LL

static char dir[] = "/tmp/doctor.XXXXXX";
static struct conf conf;

/* --- what the ports answer --- */

static struct {
	enum err	listed, asked;
	size_t		readers;
	enum tp_event	event;
	int		unsynced, asks;
} says;

static enum err
fake_list(struct tp_reader *rows, size_t max, size_t *n, struct note *note)
{
	assert_true(says.readers <= max);
	for (size_t i = 0; i < says.readers; i++)
		rows[i] = (struct tp_reader){ .name = "Reader" };
	*n = says.readers;
	note_set(note, "%s", "listed");
	return (says.listed);
}

static enum err
fake_ask(const struct doctor *d, const char *transport, enum tp_event *ev,
    struct note *note)
{
	assert_string_equal(transport, d->transport);
	says.asks++;
	*ev = says.event;
	note_set(note, "%s", "asked");
	return (says.asked);
}

static int
fake_synced(void)
{
	return (!says.unsynced);
}

/* --- shares --- */

/* Whoever touches it stays. */
static enum err
dead_share(const char *path, int ours, struct share *s)
{
	(void)path;
	(void)ours;
	(void)s;
	while (pause() != 0)
		continue;
	return (ERR_OK);
}

static enum err
crashing_share(const char *path, int ours, struct share *s)
{
	(void)path;
	(void)ours;
	(void)s;
	_exit(3);
}

static enum err
slow_share(const char *path, int ours, struct share *s)
{
	enum err r = share_look(path, ours, s);

	s->ms = 1001;
	return (r);
}

static enum err
full_share(const char *path, int ours, struct share *s)
{
	enum err r = share_look(path, ours, s);

	s->free_mb = 99;
	return (r);
}

static enum err
kept_share(const char *path, int ours, struct share *s)
{
	(void)ours;
	note_set(&s->note, "%s: remove: no", path);
	return (ERR_FOLDER);
}

/* --- the rows --- */

static const struct row {
	const char	*name;
	enum err	 listed;
	size_t		 readers;
	enum err	 asked;
	enum tp_event	 event;
	int64_t		 now;
	const char	*transport;
	int		 unsynced;
	const char	*first;		/* "": none */
	enum err	 err;
	const char	*warned;	/* a layer with a warning; NULL: any */
	int		 asks;
	share_probe	*probe;		/* NULL: the disk */
} rows[] = {
	{ "all is well", ERR_OK, 1, ERR_OK, TP_CARD, NOW, "pcsc:R", 0, "",
	    ERR_OK, NULL, 1, NULL },
	{ "no service", ERR_NO_SERVICE, 0, ERR_OK, TP_CARD, NOW, "pcsc:R", 0,
	    "service", ERR_NO_SERVICE, NULL, 0, NULL },
	{ "service hangs", ERR_READER_HUNG, 0, ERR_OK, TP_CARD, NOW, "pcsc:R",
	    0, "service", ERR_READER_HUNG, NULL, 0, NULL },
	{ "not permitted", ERR_READER_DENIED, 0, ERR_OK, TP_CARD, NOW,
	    "pcsc:R", 0, "permission", ERR_READER_DENIED, NULL, 0, NULL },
	{ "no reader", ERR_NO_READER, 0, ERR_OK, TP_CARD, NOW, "pcsc:R", 0,
	    "reader", ERR_NO_READER, NULL, 0, NULL },
	{ "none listed", ERR_OK, 0, ERR_OK, TP_CARD, NOW, "pcsc:R", 0,
	    "reader", ERR_NO_READER, NULL, 0, NULL },
	{ "two fit", ERR_OK, 2, ERR_READER_AMBIGUOUS, TP_NO_CARD, NOW,
	    "pcsc:", 0, "match", ERR_READER_AMBIGUOUS, NULL, 1, NULL },
	{ "the other one is there", ERR_OK, 1, ERR_OK, TP_NO_READER, NOW,
	    "pcsc:X", 0, "match", ERR_NO_READER, NULL, 1, NULL },
	{ "no card", ERR_OK, 1, ERR_OK, TP_NO_CARD, NOW, "pcsc:R", 0, "card",
	    ERR_NO_CARD, NULL, 1, NULL },
	{ "mute card", ERR_OK, 1, ERR_CARD_MUTE, TP_CARD, NOW, "pcsc:R", 0,
	    "card", ERR_CARD_MUTE, NULL, 1, NULL },
	{ "card in use", ERR_OK, 1, ERR_READER_BUSY, TP_CARD, NOW, "pcsc:R", 0,
	    "", ERR_OK, "card", 1, NULL },
	{ "not by PC/SC", ERR_NO_SERVICE, 0, ERR_OK, TP_CARD, NOW, "link:/x",
	    0, "", ERR_OK, NULL, 1, NULL },
	{ "not by PC/SC, and traced", ERR_NO_SERVICE, 0, ERR_OK, TP_CARD, NOW,
	    "trace:/t:record:/r:nfc:pn532_uart:/dev/ttyS0", 0, "", ERR_OK,
	    NULL, 1, NULL },
	{ "PC/SC, traced", ERR_NO_SERVICE, 0, ERR_OK, TP_CARD, NOW,
	    "trace:/nfc:pcsc:R", 0, "service", ERR_NO_SERVICE, NULL, 0, NULL },
	{ "a wrapper of nothing", ERR_NO_SERVICE, 0, ERR_OK, TP_CARD, NOW,
	    "trace:/t", 0, "service", ERR_NO_SERVICE, NULL, 0, NULL },
	{ "not by PC/SC, and gone", ERR_NO_SERVICE, 0, ERR_NO_READER,
	    TP_NO_READER, NOW, "link:/x", 0, "match", ERR_NO_READER, NULL, 1, NULL },
	{ "root ends soon", ERR_OK, 1, ERR_OK, TP_CARD,
	    1900000000000LL - 30 * DAY, "pcsc:R", 0, "", ERR_OK, "trust", 1, NULL },
	{ "root is over", ERR_OK, 1, ERR_OK, TP_CARD, 1900000000001LL,
	    "pcsc:R", 0, "trust", ERR_ANCHOR_EXPIRED, NULL, 1, NULL },
	{ "clock not kept", ERR_OK, 1, ERR_OK, TP_CARD, NOW, "pcsc:R", 1, "",
	    ERR_OK, "clock", 1, NULL },
	{ "clock of 1970", ERR_OK, 1, ERR_OK, TP_CARD, 1000, "pcsc:R", 0,
	    "clock", ERR_CLOCK, NULL, 1, NULL },
	{ "clock of 2025", ERR_OK, 1, ERR_OK, TP_CARD, 1767193199999LL,
	    "pcsc:R", 0, "clock", ERR_CLOCK, NULL, 1, NULL },
	{ "a share hangs", ERR_OK, 1, ERR_OK, TP_CARD, NOW, "pcsc:R", 0,
	    "folders", ERR_FOLDER, NULL, 1, dead_share },
	{ "a share's process dies", ERR_OK, 1, ERR_OK, TP_CARD, NOW, "pcsc:R",
	    0, "folders", ERR_FOLDER, NULL, 1, crashing_share },
	{ "nothing can be removed", ERR_OK, 1, ERR_OK, TP_CARD, NOW, "pcsc:R",
	    0, "folders", ERR_FOLDER, NULL, 1, kept_share },
	{ "a share is slow", ERR_OK, 1, ERR_OK, TP_CARD, NOW, "pcsc:R", 0, "",
	    ERR_OK, "folders", 1, slow_share },
	{ "a share is full", ERR_OK, 1, ERR_OK, TP_CARD, NOW, "pcsc:R", 0, "",
	    ERR_OK, "folders", 1, full_share },
};

static size_t
layer(const char *name)
{
	for (size_t i = 0; i < doctor_count(); i++) {
		if (strcmp(doctor_name(i, ERR_EN), name) == 0)
			return (i);
	}
	return (doctor_count());
}

static void
check_layers(const struct row *row, const struct finding *found)
{
	size_t first = doctor_first(found);

	assert_int_equal(first, layer(row->first));
	for (size_t i = 0; i < first; i++)
		assert_true(found[i].verdict != V_BROKEN &&
		    (found[i].verdict != V_SKIPPED ||
		    found[i].err == ERR_OK));
	if (first < doctor_count())
		assert_int_equal(found[first].err, row->err);
	if (row->warned != NULL)
		assert_int_equal(found[layer(row->warned)].verdict,
		    V_WARNING);
	/* Roots, folders and store do not stand on a reader. */
	if (first < layer("trust"))
		assert_true(found[layer("store")].verdict == V_OK &&
		    found[layer("trust")].verdict != V_SKIPPED);
}

static void
doctor_row(void **state)
{
	const struct row *row = *state;
	struct finding found[ROWS];
	const struct cli cli = { .conf = &conf, .lang = ERR_EN };
	struct doctor d = { .cli = &cli, .root = dir, .now = row->now,
	    .list = fake_list, .ask = fake_ask, .synced = fake_synced,
	    .probe = row->probe != NULL ? row->probe : share_look,
	    .share_ms = row->probe == dead_share ? 20 : SHARE_MS };
	json_t *o;

	assert_true(doctor_count() <= ROWS);
	says.listed = row->listed;
	says.readers = row->readers;
	says.asked = row->asked;
	says.event = row->event;
	says.unsynced = row->unsynced;
	says.asks = 0;
	snprintf(d.transport, sizeof(d.transport), "%s", row->transport);
	doctor_run(&d, found, NULL);
	check_layers(row, found);
	/* A card is powered once at most. */
	assert_int_equal(says.asks, row->asks);
	o = doctor_json(found);
	assert_int_equal(json_array_size(json_object_get(o, "checks")),
	    doctor_count());
	json_decref(o);
}

/* --- the list of drivers --- */

static const struct plist {
	const char	*name, *text;
	size_t		 n;
	int		 any;
} plists[] = {
	{ "two", "<key>ifdVendorID</key><array><string>0x072F</string>"
	    "<string>0x04E6</string></array><key>ifdProductID</key><array>"
	    "<string>0x2200</string><string>0x5116</string></array>", 2, 1 },
	{ "no list", "<string>CCIDCLASSDRIVER</string>", 0, 1 },
	{ "a product is missing", "<key>ifdVendorID</key><array>"
	    "<string>0x072F</string><string>0x04E6</string></array>"
	    "<key>ifdProductID</key><array><string>0x2200</string></array>",
	    1, 1 },
	{ "no end", "<key>ifdVendorID</key><array><string>0x072F</string>",
	    0, 1 },
	{ "not closed", "<key>ifdVendorID</key><array><string>", 0, 1 },
	{ "nothing", "", 0, 1 },
};

static void
plist_row(void **state)
{
	const struct plist *row = *state;
	struct bundle b;
	char path[256];

	for (const char *const *part = (const char *const[]){ "usr",
	    "usr/lib", "usr/lib/pcsc", "usr/lib/pcsc/drivers",
	    "usr/lib/pcsc/drivers/x", "usr/lib/pcsc/drivers/x/Contents",
	    NULL }; *part != NULL; part++) {
		snprintf(path, sizeof(path), "%s/%s", dir, *part);
		(void)mkdir(path, 0700);
	}
	snprintf(path, sizeof(path), "%s/usr/lib/pcsc/drivers/x/Contents/"
	    "Info.plist", dir);
	test_write(path, row->text, strlen(row->text));
	assert_int_equal(bundle_load(dir, &b), ERR_OK);
	assert_int_equal(b.any, row->any);
	assert_int_equal(b.n, row->n);
	assert_int_equal(bundle_knows(&b, 0x072f, 0x2200), row->n > 0);
	assert_int_equal(bundle_knows(&b, 0x04e6, 0x5116), row->n > 1);
	assert_false(bundle_knows(&b, 0x072f, 0x5116));
	bundle_free(&b);
	unlink(path);
	assert_int_equal(bundle_load(dir, &b), ERR_OK);
	assert_int_equal(b.any, 0);
	bundle_free(&b);
}

/* --- a site --- */

static void
place(char out[CONF_VALUE], const char *name)
{
	snprintf(out, CONF_VALUE, "%s/%s", dir, name);
}

/* Folders, and a root that ends at 1900000000 s. */
static int
set_up(void **state)
{
	const struct test_cert spec = { .subject = ROOT, .issuer = ROOT,
	    .from = "20190914012345Z", .to = "20300317174640Z",
	    .ext = { "basicConstraints=critical,CA:TRUE",
	    "keyUsage=critical,keyCertSign,cRLSign" },
	    .key = TEST_KEY_ROOT1, .signer = TEST_KEY_ROOT1 };
	struct trust_root root;
	struct note note = { "" };
	char path[CONF_VALUE];
	X509 *cert;
	uint8_t *der;
	size_t len;

	(void)state;
	if (mkdtemp(dir) == NULL)
		return (-1);
	conf = (struct conf){ .trust_mode = TRUST_TEST };
	place(conf.req, "req");
	place(conf.res, "res");
	place(conf.trust_folder, "trust");
	place(conf.store, "store.db");
	mkdir(conf.req, 0700);
	mkdir(conf.res, 0700);
	mkdir(conf.trust_folder, 0700);
	place(path, "root.cer");
	cert = test_cert(&spec);
	der = test_der(cert, &len);
	test_write(path, der, len);
	OPENSSL_free(der);
	X509_free(cert);
	return (trust_add(conf.trust_folder, TRUST_TEST, path, NULL, &root,
	    &note) == ERR_OK ? 0 : -1);
}

static int
tear_down(void **state)
{
	char cmd[64];

	(void)state;
	test_certs_end();
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return (system(cmd));
}

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(plists)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = doctor_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(plists); i++)
		tests[n++] = (struct CMUnitTest){ .name = plists[i].name,
		    .test_func = plist_row,
		    .initial_state = (void *)(uintptr_t)&plists[i] };
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
