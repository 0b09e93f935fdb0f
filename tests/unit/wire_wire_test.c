#include <sys/socket.h>
#include <sys/stat.h>
#include <netinet/in.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cmocka.h>

#include "host/wire/spki.h"
#include "host/wire/wire.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define STUCK_MS	60000	/* a failsafe: nothing is measured by it */
#define BULK		(600u << 10)

/* --- certificates: two CAs, and who they vouch for --- */

#define SIGNING		"critical,digitalSignature"

enum who { CA, OTHER_CA, BETWEEN, SERVER, DEVICE, NO_USE, NO_KEY_USE, BOTH,
    AGREES, EXPIRED, NOT_YET, STRANGER, BELOW, ALONE, RSA_KEY, P384_KEY, OLD_SERVER,
    OTHER_SERVER, PEOPLE };

static const struct person {
	const char	*name;
	enum who	 issuer;
	const char	*usage, *key_usage;	/* usage NULL: none; "CA" */
	long		 from, until;		/* seconds from now */
} people[PEOPLE] = {
	[CA] = { "ca", CA, "CA", "critical,keyCertSign", -60, 3600 },
	[OTHER_CA] = { "other-ca", OTHER_CA, "CA", "critical,keyCertSign",
	    -60, 3600 },
	[BETWEEN] = { "between", CA, "CA", "critical,keyCertSign", -60,
	    3600 },
	[SERVER] = { "server", CA, "serverAuth", SIGNING, -60, 3600 },
	[DEVICE] = { "device", CA, "clientAuth", SIGNING, -60, 3600 },
	[NO_USE] = { "no-use", CA, NULL, SIGNING, -60, 3600 },
	[NO_KEY_USE] = { "no-key-use", CA, "clientAuth", NULL, -60, 3600 },
	[BOTH] = { "both", CA, "clientAuth,serverAuth", SIGNING, -60, 3600 },
	[AGREES] = { "agrees", CA, "clientAuth", "critical,keyAgreement",
	    -60, 3600 },
	[EXPIRED] = { "expired", CA, "clientAuth", SIGNING, -3600, -60 },
	[NOT_YET] = { "not-yet", CA, "clientAuth", SIGNING, 3600, 7200 },
	[STRANGER] = { "stranger", OTHER_CA, "clientAuth", SIGNING, -60,
	    3600 },
	[BELOW] = { "below", BETWEEN, "clientAuth", SIGNING, -60, 3600 },
	[ALONE] = { "alone", ALONE, "clientAuth", SIGNING, -60, 3600 },
	[RSA_KEY] = { "rsa", CA, "clientAuth", SIGNING, -60, 3600 },
	[P384_KEY] = { "p384", CA, "clientAuth", SIGNING, -60, 3600 },
	[OLD_SERVER] = { "old-server", CA, "serverAuth", SIGNING, -3600,
	    -60 },
	[OTHER_SERVER] = { "other-server", OTHER_CA, "serverAuth", SIGNING,
	    -60, 3600 },
};

static struct {
	char			 folder[64];
	EVP_PKEY		*key[PEOPLE];
	X509			*cert[PEOPLE];
	struct wire_server	*server;
} site;

static void
add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static EVP_PKEY *
make_key(enum who who)
{
	if (who == RSA_KEY)
		return (EVP_RSA_gen(2048));
	return (EVP_EC_gen(who == P384_KEY ? "P-384" : "P-256"));
}

static void
make_person(enum who who)
{
	const struct person *p = &people[who];
	int ca = p->usage != NULL && strcmp(p->usage, "CA") == 0;
	X509 *x = site.cert[who] = X509_new();

	assert_non_null(x);
	assert_non_null(site.key[who] = make_key(who));
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), (long)who + 1);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_ASC, (const unsigned char *)p->name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(site.cert[p->issuer]));
	X509_gmtime_adj(X509_getm_notBefore(x), p->from);
	X509_gmtime_adj(X509_getm_notAfter(x), p->until);
	X509_set_pubkey(x, site.key[who]);
	add_extension(x, NID_basic_constraints, ca ? "critical,CA:TRUE" :
	    "critical,CA:FALSE");
	if (p->key_usage != NULL)
		add_extension(x, NID_key_usage, p->key_usage);
	if (p->usage != NULL && !ca)
		add_extension(x, NID_ext_key_usage, p->usage);
	assert_int_not_equal(X509_sign(x, site.key[p->issuer], EVP_sha256()),
	    0);
}

static const char *
file_of(enum who who, const char *ending)
{
	static char path[8][160];
	static size_t turn;
	char *at = path[turn++ % LEN(path)];

	snprintf(at, sizeof(path[0]), "%s/%s.%s", site.folder,
	    people[who].name, ending);
	return (at);
}

static void
save_person(enum who who)
{
	FILE *f;

	assert_non_null(f = fopen(file_of(who, "crt"), "w"));
	assert_int_equal(PEM_write_X509(f, site.cert[who]), 1);
	assert_int_equal(fclose(f), 0);
	assert_non_null(f = fopen(file_of(who, "key"), "w"));
	assert_int_equal(PEM_write_PrivateKey(f, site.key[who], NULL, NULL, 0,
	    NULL, NULL), 1);
	assert_int_equal(fclose(f), 0);
}

static struct wire_conf
conf_of(enum who who)
{
	return ((struct wire_conf){ .cert = file_of(who, "crt"),
	    .key = file_of(who, "key"), .ca = file_of(CA, "crt") });
}

static int
set_up(void **state)
{
	struct wire_conf conf;
	struct note note;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	strcpy(site.folder, "/tmp/wire_test.XXXXXX");
	assert_non_null(mkdtemp(site.folder));
	for (enum who w = 0; w < PEOPLE; w++) {
		make_person(w);
		save_person(w);
	}
	conf = conf_of(SERVER);
	assert_int_equal(wire_server_open(&conf, &site.server, &note),
	    ERR_OK);
	return (0);
}

static int
tear_down(void **state)
{
	(void)state;
	wire_server_close(&site.server);
	wire_server_close(&site.server);
	for (enum who w = 0; w < PEOPLE; w++) {
		unlink(file_of(w, "crt"));
		unlink(file_of(w, "key"));
		EVP_PKEY_free(site.key[w]);
		X509_free(site.cert[w]);
	}
	return (rmdir(site.folder));
}

/* --- the dialled side, in a thread --- */

struct host {
	const struct wire_server *server;
	pthread_t	 thread;
	int		 listens, fd;	/* listens -1: fd is connected */
	int		 ms;
	struct wire	*wire;
	struct note	 note;
	enum err	 r;
	char		 address[32];
};

static void *
run_host(void *arg)
{
	struct host *h = arg;

	if (h->listens != -1)
		h->fd = accept(h->listens, NULL, NULL);
	h->r = wire_accept(h->server, h->fd, h->ms, &h->wire, &h->note);
	return (NULL);
}

static void
start_host(struct host *h)
{
	h->ms = h->ms == 0 ? STUCK_MS : h->ms;
	h->server = h->server == NULL ? site.server : h->server;
	assert_int_equal(pthread_create(&h->thread, NULL, run_host, h), 0);
}

static struct host
listen_host(const struct wire_server *server)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct host h = { .server = server };
	socklen_t len = sizeof(in);

	h.listens = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(h.listens, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(h.listens, 1), 0);
	assert_int_equal(getsockname(h.listens, (struct sockaddr *)&in,
	    &len), 0);
	snprintf(h.address, sizeof(h.address), "127.0.0.1:%d",
	    ntohs(in.sin_port));
	return (h);
}

static void
join_host(struct host *h)
{
	assert_int_equal(pthread_join(h->thread, NULL), 0);
	if (h->listens != -1)
		close(h->listens);
}

struct pair {
	struct wire	*near, *far;	/* dialled from; the server's */
};

static struct pair
meet(struct wire_conf conf)
{
	struct host h = listen_host(NULL);
	struct note note = { "" };
	struct pair p;

	conf.address = h.address;
	start_host(&h);
	assert_int_equal(wire_dial(&conf, STUCK_MS, &p.near, &note), ERR_OK);
	join_host(&h);
	assert_int_equal(h.r, ERR_OK);
	p.far = h.wire;
	return (p);
}

/* --- helpers --- */

static void
await_end(const struct wire *w)
{
	struct pollfd p = { .fd = wire_ended(w), .events = POLLIN };

	assert_int_equal(poll(&p, 1, STUCK_MS), 1);
}

static void
send_all(int fd, const uint8_t *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		assert_true(n > 0);
		p += n;
		len -= (size_t)n;
	}
}

static void
recv_all(int fd, uint8_t *p, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = read(fd, p, len);
		assert_true(n > 0);
		p += n;
		len -= (size_t)n;
	}
}

static void
assert_eof(int fd)
{
	uint8_t c;

	assert_int_equal(read(fd, &c, 1), 0);
}

static uint8_t bulk[BULK];

struct sending {
	pthread_t	thread;
	int		fd;
};

static void *
run_sending(void *arg)
{
	send_all(((struct sending *)arg)->fd, bulk, sizeof(bulk));
	return (NULL);
}

static void
start_sending(struct sending *s, int fd)
{
	for (size_t i = 0; i < sizeof(bulk); i++)
		bulk[i] = (uint8_t)(i * 7 + i / 251);
	s->fd = fd;
	assert_int_equal(pthread_create(&s->thread, NULL, run_sending, s), 0);
}

/* --- a good pair --- */

static void
knows_both_keys(void **state)
{
	struct pair p = meet(conf_of(DEVICE));
	uint8_t print[WIRE_PRINT];

	(void)state;
	assert_int_equal(spki_print(site.cert[DEVICE], print), ERR_OK);
	assert_memory_equal(wire_peer(p.far), print, WIRE_PRINT);
	assert_int_equal(spki_print(site.cert[SERVER], print), ERR_OK);
	assert_memory_equal(wire_peer(p.near), print, WIRE_PRINT);
	assert_int_equal(spki_print(site.cert[CA], print), ERR_OK);
	assert_memory_equal(wire_ca(p.near), print, WIRE_PRINT);
	assert_memory_equal(wire_ca(p.far), print, WIRE_PRINT);
	wire_close(&p.near);
	wire_close(&p.far);
	wire_close(&p.far);
	assert_null(p.far);
}

static void
lets_in_who_shows_none(void **state)
{
	struct wire_conf conf = conf_of(DEVICE);
	uint8_t print[WIRE_PRINT];
	struct pair p;

	(void)state;
	assert_int_equal(spki_print(site.cert[CA], print), ERR_OK);
	conf.cert = conf.key = conf.ca = NULL;
	conf.ca_print = print;
	p = meet(conf);
	assert_null(wire_peer(p.far));
	assert_null(wire_ca(p.far));
	assert_memory_equal(wire_ca(p.near), print, WIRE_PRINT);
	send_all(wire_fd(p.near), print, sizeof(print));
	recv_all(wire_fd(p.far), print, sizeof(print));
	wire_close(&p.near);
	wire_close(&p.far);
}

/* Both ways at once, more than all buffers hold. */
static void
carries_both_ways(void **state)
{
	struct pair p = meet(conf_of(DEVICE));
	struct sending up, down;
	uint8_t *got = malloc(BULK);

	(void)state;
	assert_non_null(got);
	start_sending(&up, wire_fd(p.near));
	start_sending(&down, wire_fd(p.far));
	recv_all(wire_fd(p.far), got, BULK);
	assert_memory_equal(got, bulk, BULK);
	recv_all(wire_fd(p.near), got, BULK);
	assert_memory_equal(got, bulk, BULK);
	pthread_join(up.thread, NULL);
	pthread_join(down.thread, NULL);
	wire_close(&p.near);
	wire_close(&p.far);
	free(got);
}

struct reading {
	pthread_t	 thread;
	int		 fd;
	uint8_t		*got;
	size_t		 len;
};

static void *
run_reading(void *arg)
{
	struct reading *r = arg;
	ssize_t n;

	while (r->len < BULK &&
	    (n = read(r->fd, r->got + r->len, BULK - r->len)) > 0)
		r->len += (size_t)n;
	return (NULL);
}

/* What was written before the close arrives. */
static void
sends_the_rest_first(void **state)
{
	struct pair p = meet(conf_of(DEVICE));
	struct reading in = { .fd = wire_fd(p.far), .got = malloc(BULK) };
	struct sending out;

	(void)state;
	assert_non_null(in.got);
	start_sending(&out, wire_fd(p.near));
	assert_int_equal(pthread_create(&in.thread, NULL, run_reading, &in),
	    0);
	pthread_join(out.thread, NULL);
	wire_close(&p.near);
	pthread_join(in.thread, NULL);
	assert_int_equal(in.len, BULK);
	assert_memory_equal(in.got, bulk, BULK);
	assert_eof(wire_fd(p.far));
	wire_close(&p.far);
	free(in.got);
}

/* --- who is refused --- */

/* The client's certificate; the server's reason is the verdict. */
static const struct refusal {
	const char	*name;
	enum who	 who;
	enum err	 far;
} refusals[] = {
	{ "not issued by the CA", STRANGER, ERR_LINK_PEER },
	{ "issued by itself", ALONE, ERR_LINK_PEER },
	{ "issued by one between", BELOW, ERR_LINK_PEER },
	{ "without clientAuth", NO_USE, ERR_LINK_PEER },
	{ "a server's", SERVER, ERR_LINK_PEER },
	{ "for both sides", BOTH, ERR_LINK_PEER },
	{ "without key usage", NO_KEY_USE, ERR_LINK_PEER },
	{ "for key agreement", AGREES, ERR_LINK_PEER },
	{ "expired", EXPIRED, ERR_LINK_PEER },
	{ "not valid yet", NOT_YET, ERR_LINK_PEER },
};

/* The client learns of it only afterwards. */
static void
refuses_client(void **state)
{
	const struct refusal *r = *state;
	struct host h = listen_host(NULL);
	struct wire_conf conf = conf_of(r->who);
	struct note note = { "" };
	struct wire *near;
	uint8_t hello[64] = { 0 };

	conf.address = h.address;
	start_host(&h);
	assert_int_equal(wire_dial(&conf, STUCK_MS, &near, &note), ERR_OK);
	if (write(wire_fd(near), hello, sizeof(hello)) == -1)
		assert_int_equal(wire_why(near, NULL), ERR_LINK_PEER);
	join_host(&h);
	assert_int_equal(h.r, r->far);
	assert_null(h.wire);
	assert_string_not_equal(h.note.text, "");
	await_end(near);
	assert_int_equal(wire_why(near, &note), ERR_LINK_PEER);
	assert_string_not_equal(note.text, "");
	wire_close(&near);
}

/* Kinds of keys that neither side offers. */
static const enum who unusable[] = { RSA_KEY, P384_KEY };

static void
uses_p256_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(unusable); i++) {
		struct host h = listen_host(NULL);
		struct wire_conf conf = conf_of(unusable[i]);
		struct wire *near = NULL;
		struct note note;

		conf.address = h.address;
		start_host(&h);
		/* It has nothing that the server would take: it shows none. */
		if (wire_dial(&conf, STUCK_MS, &near, &note) == ERR_OK &&
		    near != NULL)
			wire_close(&near);
		join_host(&h);
		if (h.r == ERR_OK)
			assert_null(wire_peer(h.wire));
		wire_close(&h.wire);
	}
}

/* The server's certificate, as a device that has its CA's file sees it, and
 * as one that has the beginning of a print. */
static const struct wrong_server {
	const char	*name;
	enum who	 who, ca;
	int		 print, flip;
	enum err	 near;
} wrong_servers[] = {
	{ "server of another CA", OTHER_SERVER, CA, 0, 0, ERR_LINK_PEER },
	{ "server that is a device", DEVICE, CA, 0, 0, ERR_LINK_PEER },
	{ "server that is expired", OLD_SERVER, CA, 0, 0, ERR_LINK_PEER },
	{ "server for both sides", BOTH, CA, 0, 0, ERR_LINK_PEER },
	{ "print of another CA", SERVER, OTHER_CA, 1, 0, ERR_LINK_PEER },
	{ "print of the server itself", SERVER, SERVER, 1, 0,
	    ERR_LINK_PEER },
	{ "print, first bit wrong", SERVER, CA, 1, 0x80, ERR_LINK_PEER },
	{ "print, device answers", DEVICE, CA, 1, 0, ERR_LINK_PEER },
	{ "print, expired", OLD_SERVER, CA, 1, 0, ERR_LINK_PEER },
	/* Its CA is sent along, but did not issue it. */
	{ "print, issued by another", OTHER_SERVER, CA, 1, 0,
	    ERR_LINK_PEER },
	{ "print, in order", SERVER, CA, 1, 0, ERR_OK },
	{ "file, in order", SERVER, CA, 0, 0, ERR_OK },
};

static void
judges_server(void **state)
{
	const struct wrong_server *r = *state;
	struct wire_conf conf = conf_of(r->who), mine = conf_of(DEVICE);
	struct wire_server *server;
	uint8_t print[WIRE_PRINT];
	struct note note = { "" };
	struct wire *near;
	struct host h;

	assert_int_equal(wire_server_open(&conf, &server, &note), ERR_OK);
	h = listen_host(server);
	assert_int_equal(spki_print(site.cert[r->ca], print), ERR_OK);
	print[0] ^= (uint8_t)r->flip;
	mine.address = h.address;
	if (r->print) {
		mine.cert = mine.key = mine.ca = NULL;
		mine.ca_print = print;
	}
	start_host(&h);
	assert_int_equal(wire_dial(&mine, STUCK_MS, &near, &note), r->near);
	wire_close(&near);
	join_host(&h);
	if (r->near != ERR_OK) {
		assert_int_not_equal(h.r, ERR_OK);
		assert_string_not_equal(note.text, "");
	}
	wire_close(&h.wire);
	wire_server_close(&server);
}

static const struct wrong_conf {
	const char	*name;
	enum who	 cert, key;
	const char	*cert_end, *key_end, *ca_end;
} wrong_confs[] = {
	{ "no certificate", SERVER, SERVER, "none", "key", "crt" },
	{ "no key", SERVER, SERVER, "crt", "none", "crt" },
	{ "another's key", SERVER, DEVICE, "crt", "key", "crt" },
	{ "key as certificate", SERVER, SERVER, "key", "key", "crt" },
	{ "certificate as key", SERVER, SERVER, "crt", "crt", "crt" },
	{ "no CA", SERVER, SERVER, "crt", "key", "none" },
	{ "key as CA", SERVER, SERVER, "crt", "key", "key" },
};

static void
names_the_file(void **state)
{
	const struct wrong_conf *r = *state;
	struct wire_conf conf = { .cert = file_of(r->cert, r->cert_end),
	    .key = file_of(r->key, r->key_end),
	    .ca = file_of(CA, r->ca_end) };
	struct wire_server *server;
	struct note note = { "" };

	assert_int_equal(wire_server_open(&conf, &server, &note), ERR_CONF);
	assert_null(server);
	assert_non_null(strstr(note.text, site.folder));
}

static void
nobody_there(void **state)
{
	struct host h = listen_host(NULL);
	struct wire_conf conf = conf_of(DEVICE);
	struct note note = { "" };
	struct wire *near;

	(void)state;
	close(h.listens);
	conf.address = h.address;
	assert_int_equal(wire_dial(&conf, STUCK_MS, &near, &note),
	    ERR_NO_AGENT);
	assert_null(near);
	assert_non_null(strstr(note.text, h.address));
	conf.address = "nowhere";
	assert_int_equal(wire_dial(&conf, STUCK_MS, &near, &note), ERR_CONF);
}

/* --- other clients --- */

/* Two ends of a socket: the host's, which is its own, and ours. */
static int
raw_host(struct host *h, int ms)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    fds), 0);
	*h = (struct host){ .listens = -1, .fd = fds[1], .ms = ms };
	start_host(h);
	return (fds[0]);
}

static const struct speech {
	const char	*name, *bytes;
	size_t		 len;
} speeches[] = {
	{ "says nothing and goes", "", 0 },
	{ "garbage", "\x55\xaa\x00\xff garbage garbage", 19 },
	{ "HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27 },
	{ "a link's frame", "\x00\x00\x00\x0c\x41\x00\x01\x01\x01\x00", 10 },
	{ "a record of 65535", "\x16\x03\x01\xff\xff\x01\x00", 7 },
	{ "a handshake of 16 MB", "\x16\x03\x01\x40\x00\x01\xff\xff\xff", 9 },
	{ "an alert", "\x15\x03\x03\x00\x02\x02\x28", 7 },
	{ "data before a handshake", "\x17\x03\x03\x00\x05hello", 10 },
	{ "an empty handshake", "\x16\x03\x03\x00\x00", 5 },
	{ "half a head", "\x16\x03", 2 },
};

static void
refuses_speech(void **state)
{
	const struct speech *s = *state;
	uint8_t answer[1024];
	struct host h;
	int fd = raw_host(&h, 0);

	if (s->len > 0)
		send_all(fd, (const uint8_t *)s->bytes, s->len);
	shutdown(fd, SHUT_WR);
	/* An alert at most, and the end. */
	while (read(fd, answer, sizeof(answer)) > 0)
		continue;
	join_host(&h);
	assert_int_equal(h.r, ERR_LINK_TLS);
	assert_null(h.wire);
	close(fd);
}

/* Somebody who begins well and never ends: only the time ends that. */
static void
ends_a_slow_handshake(void **state)
{
	static const uint8_t head[] = { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01,
	    0x00, 0x01, 0xfc, 0x03, 0x03 };
	const uint8_t drip = 0;
	struct host h;
	int fd = raw_host(&h, 150);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	(void)state;
	send_all(fd, head, sizeof(head));
	/* A byte each 5 ms is progress, and still too slow. */
	while (poll(&p, 1, 5) == 0)
		(void)send(fd, &drip, 1, MSG_NOSIGNAL);
	join_host(&h);
	assert_int_equal(h.r, ERR_TIMEOUT);
	assert_null(h.wire);
	close(fd);
}

static const struct dialect {
	const char	*name;
	int		 version;
	const char	*alpn;		/* with its length; NULL: none */
	const char	*curve;
	enum err	 far;
} dialects[] = {
	{ "as it should be", TLS1_3_VERSION, "\x0eshikaku-link/1", "P-256",
	    ERR_OK },
	{ "TLS 1.2", TLS1_2_VERSION, "\x0eshikaku-link/1", "P-256",
	    ERR_LINK_TLS },
	{ "without a protocol", TLS1_3_VERSION, NULL, "P-256",
	    ERR_LINK_TLS },
	{ "another protocol", TLS1_3_VERSION, "\x08http/1.1", "P-256",
	    ERR_LINK_TLS },
	{ "the next version", TLS1_3_VERSION, "\x0eshikaku-link/2", "P-256",
	    ERR_LINK_TLS },
	{ "another group", TLS1_3_VERSION, "\x0eshikaku-link/1", "P-521",
	    ERR_LINK_TLS },
};

static SSL *
speak(const struct dialect *d, int fd)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;

	assert_non_null(ctx);
	SSL_CTX_set_max_proto_version(ctx, d->version);
	assert_int_equal(SSL_CTX_set1_groups_list(ctx, d->curve), 1);
	assert_int_equal(SSL_CTX_use_certificate_file(ctx,
	    file_of(DEVICE, "crt"), SSL_FILETYPE_PEM), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx,
	    file_of(DEVICE, "key"), SSL_FILETYPE_PEM), 1);
	if (d->alpn != NULL)
		assert_int_equal(SSL_CTX_set_alpn_protos(ctx,
		    (const unsigned char *)d->alpn,
		    (unsigned)strlen(d->alpn)), 0);
	assert_non_null(ssl = SSL_new(ctx));
	assert_int_equal(SSL_set_fd(ssl, fd), 1);
	SSL_CTX_free(ctx);
	(void)SSL_connect(ssl);
	return (ssl);
}

static void
hears_dialect(void **state)
{
	const struct dialect *d = *state;
	struct host h;
	int fd = raw_host(&h, 0);
	SSL *ssl = speak(d, fd);

	shutdown(fd, SHUT_WR);
	join_host(&h);
	assert_int_equal(h.r, d->far);
	wire_close(&h.wire);
	SSL_free(ssl);
	close(fd);
}

/* --- once it runs --- */

/* Who does not read is not read from: what fits is little, and the rest
 * waits; closing does not wait for it. */
static void
is_bounded(void **state)
{
	struct host h;
	int fd = raw_host(&h, 0);
	SSL *ssl = speak(&dialects[0], fd);
	static uint8_t chunk[8192];
	struct pollfd p;
	size_t sent = 0;
	ssize_t n;

	(void)state;
	join_host(&h);
	assert_int_equal(h.r, ERR_OK);
	p = (struct pollfd){ .fd = wire_fd(h.wire), .events = POLLOUT };
	while (sent < 64u << 20 && poll(&p, 1, 300) == 1) {
		n = send(p.fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		sent += n > 0 ? (size_t)n : 0;
	}
	assert_true(sent > 0 && sent < 8u << 20);
	wire_close(&h.wire);
	SSL_free(ssl);
	close(fd);
}

static void
is_bounded_inwards(void **state)
{
	struct host h;
	int fd = raw_host(&h, 0);
	SSL *ssl = speak(&dialects[0], fd);
	static uint8_t chunk[8192];
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	size_t sent = 0, n;

	(void)state;
	join_host(&h);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE);
	while (sent < 64u << 20 && poll(&p, 1, 300) == 1) {
		if (SSL_write_ex(ssl, chunk, sizeof(chunk), &n) == 1)
			sent += n;
	}
	assert_true(sent > 0 && sent < 8u << 20);
	wire_close(&h.wire);
	SSL_free(ssl);
	close(fd);
}

/* After the handshake, what is no TLS, or broken off, ends it with a reason. */
static const struct fault {
	const char	*name, *bytes;
	size_t		 len;
	enum err	 why;
} faults[] = {
	{ "broken off", "", 0, ERR_READER_FAULT },
	{ "garbage inside", "garbage, not a record at all", 28,
	    ERR_LINK_TLS },
	{ "a record that is not ours", "\x17\x03\x03\x00\x20" "01234567890123"
	    "456789012345678901", 37, ERR_LINK_TLS },
	{ "a record of 65535 bytes", "\x17\x03\x03\xff\xff" "12345", 10,
	    ERR_LINK_TLS },
};

static void
ends_by_fault(void **state)
{
	const struct fault *f = *state;
	struct note note = { "" };
	struct host h;
	int fd = raw_host(&h, 0);
	SSL *ssl = speak(&dialects[0], fd);

	join_host(&h);
	assert_int_equal(h.r, ERR_OK);
	assert_int_equal(wire_why(h.wire, &note), ERR_OK);
	if (f->len > 0)
		send_all(fd, (const uint8_t *)f->bytes, f->len);
	shutdown(fd, SHUT_WR);
	await_end(h.wire);
	assert_int_equal(wire_why(h.wire, &note), f->why);
	assert_eof(wire_fd(h.wire));
	wire_close(&h.wire);
	SSL_free(ssl);
	close(fd);
}

/* --- the end, in all orders --- */

enum act { NONE, CLOSE_NEAR, CLOSE_FAR, SHUT_NEAR, SHUT_FAR, GIVEN_NEAR,
    GIVEN_FAR, HALF_NEAR, HALF_FAR };

static const struct ending {
	const char	*name;
	enum act	 act[3];
} endings[] = {
	{ "near closes", { CLOSE_NEAR } },
	{ "far closes", { CLOSE_FAR } },
	{ "near is shut", { SHUT_NEAR } },
	{ "far is shut", { SHUT_FAR } },
	{ "near, then far", { CLOSE_NEAR, CLOSE_FAR } },
	{ "far, then near", { CLOSE_FAR, CLOSE_NEAR } },
	{ "near shut, then closed", { SHUT_NEAR, CLOSE_NEAR } },
	{ "near shut twice", { SHUT_NEAR, SHUT_NEAR, CLOSE_NEAR } },
	{ "both shut", { SHUT_NEAR, SHUT_FAR } },
	{ "far shut, near closes", { SHUT_FAR, CLOSE_NEAR } },
	{ "given end closed", { GIVEN_NEAR } },
	{ "far's given end closed", { GIVEN_FAR } },
	{ "both given ends closed", { GIVEN_NEAR, GIVEN_FAR } },
	{ "given end, then close", { GIVEN_NEAR, CLOSE_NEAR, CLOSE_FAR } },
	{ "near half closed", { HALF_NEAR } },
	{ "far half closed", { HALF_FAR, CLOSE_NEAR } },
};

static void
act(struct pair *p, enum act a)
{
	switch (a) {
	case NONE:
		break;
	case CLOSE_NEAR:
		wire_close(&p->near);
		break;
	case CLOSE_FAR:
		wire_close(&p->far);
		break;
	case SHUT_NEAR:
		wire_shut(p->near);
		break;
	case SHUT_FAR:
		wire_shut(p->far);
		break;
	case GIVEN_NEAR:
		close(wire_give(p->near));
		break;
	case GIVEN_FAR:
		close(wire_give(p->far));
		break;
	case HALF_NEAR:
		shutdown(wire_fd(p->near), SHUT_WR);
		break;
	case HALF_FAR:
		shutdown(wire_fd(p->far), SHUT_WR);
		break;
	}
}

static void
ends(void **state)
{
	const struct ending *e = *state;
	struct pair p = meet(conf_of(DEVICE));

	for (size_t i = 0; i < LEN(e->act); i++)
		act(&p, e->act[i]);
	if (p.near != NULL) {
		await_end(p.near);
		if (wire_fd(p.near) != -1)
			assert_eof(wire_fd(p.near));
	}
	if (p.far != NULL) {
		await_end(p.far);
		if (wire_fd(p.far) != -1)
			assert_eof(wire_fd(p.far));
	}
	wire_close(&p.near);
	wire_close(&p.far);
}

/* In order: neither side calls it a fault. */
static void
tells_order_from_fault(void **state)
{
	struct pair p = meet(conf_of(DEVICE));

	(void)state;
	close(wire_give(p.near));
	await_end(p.far);
	assert_int_equal(wire_why(p.far, NULL), ERR_OK);
	await_end(p.near);
	assert_int_equal(wire_why(p.near, NULL), ERR_OK);
	wire_close(&p.near);
	wire_close(&p.far);
	p = meet(conf_of(DEVICE));
	wire_shut(p.near);
	await_end(p.far);
	assert_int_equal(wire_why(p.far, NULL), ERR_READER_FAULT);
	wire_close(&p.near);
	wire_close(&p.far);
}

/* Who was asked and does not answer is known by that. */
static void
notices_silence(void **state)
{
	struct pair p = meet(conf_of(DEVICE));
	uint8_t c = 'x';

	(void)state;
	assert_int_equal(wire_silence(p.near), 0);
	send_all(wire_fd(p.near), &c, 1);
	recv_all(wire_fd(p.far), &c, 1);
	assert_int_equal(wire_silence(p.far), 0);
	while (wire_silence(p.near) == 0)
		sched_yield();
	send_all(wire_fd(p.far), &c, 1);
	recv_all(wire_fd(p.near), &c, 1);
	assert_int_equal(wire_silence(p.near), 0);
	wire_close(&p.near);
	wire_close(&p.far);
}

/* Given away and held by nobody's fault: closing the wire still ends it. */
static void
ends_with_its_end_given_away(void **state)
{
	struct pair p = meet(conf_of(DEVICE));
	int fd = wire_give(p.near);

	(void)state;
	assert_int_equal(wire_fd(p.near), -1);
	send_all(fd, (const uint8_t *)"last", 4);
	wire_close(&p.near);
	assert_eof(fd);
	close(fd);
	uint8_t got[4];
	recv_all(wire_fd(p.far), got, sizeof(got));
	assert_memory_equal(got, "last", 4);
	assert_eof(wire_fd(p.far));
	wire_close(&p.far);
}

#define ROWS(table, function)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ (table)[i].name,	\
		    (function), NULL, NULL, (void *)(uintptr_t)&(table)[i] }
#define ONE(function)							\
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(function)

int
main(void)
{
	static struct CMUnitTest tests[LEN(refusals) + LEN(wrong_servers) +
	    LEN(wrong_confs) + LEN(speeches) + LEN(dialects) + LEN(faults) +
	    LEN(endings) + 12];
	size_t n = 0;

	ONE(knows_both_keys);
	ONE(lets_in_who_shows_none);
	ONE(carries_both_ways);
	ONE(sends_the_rest_first);
	ROWS(refusals, refuses_client);
	ONE(uses_p256_alone);
	ROWS(wrong_servers, judges_server);
	ROWS(wrong_confs, names_the_file);
	ONE(nobody_there);
	ROWS(speeches, refuses_speech);
	ONE(ends_a_slow_handshake);
	ROWS(dialects, hears_dialect);
	ONE(is_bounded);
	ONE(is_bounded_inwards);
	ROWS(faults, ends_by_fault);
	ROWS(endings, ends);
	ONE(tells_order_from_fault);
	ONE(notices_silence);
	ONE(ends_with_its_end_given_away);
	return (_cmocka_run_group_tests("wire", tests, n, set_up, tear_down));
}
