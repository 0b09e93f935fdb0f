#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
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

#include "host/api/listener.h"
#include "host/api/server.h"
#include "tests/unit/api_site.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define STUCK_S	60	/* a failsafe: nothing is measured by it */

/* --- certificates: two CAs, and who they vouch for --- */

enum who { CA, OTHER_CA, SERVER, CLIENT, EXPIRED, AS_SERVER, STRANGER,
    PEOPLE };

static const struct person {
	const char	*name;
	enum who	 issuer;
	const char	*usage;		/* NULL: a CA */
	long		 until;		/* seconds from now */
} people[] = {
	[CA] = { "ca", CA, NULL, 3600 },
	[OTHER_CA] = { "other-ca", OTHER_CA, NULL, 3600 },
	[SERVER] = { "server", CA, "serverAuth", 3600 },
	[CLIENT] = { "client", CA, "clientAuth", 3600 },
	[EXPIRED] = { "expired", CA, "clientAuth", -60 },
	[AS_SERVER] = { "as-server", CA, "serverAuth", 3600 },
	[STRANGER] = { "stranger", OTHER_CA, "clientAuth", 3600 },
};

static struct site {
	char			 folder[64], address[32];
	EVP_PKEY		*key[PEOPLE];
	X509			*cert[PEOPLE];
	struct server		*server;
	struct site_seen	 seen;
	pthread_t		 thread;
	int			 port;
} site;

static void
add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
}

static void
make_person(enum who who)
{
	const struct person *p = &people[who];
	X509 *x = site.cert[who] = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	assert_non_null(site.key[who] = EVP_EC_gen("P-256"));
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), (long)who + 1);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)p->name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(site.cert[p->issuer]));
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), p->until);
	X509_set_pubkey(x, site.key[who]);
	add_extension(x, NID_basic_constraints, p->usage == NULL ?
	    "critical,CA:TRUE" : "critical,CA:FALSE");
	if (p->usage != NULL)
		add_extension(x, NID_ext_key_usage, p->usage);
	assert_int_not_equal(X509_sign(x, site.key[p->issuer], EVP_sha256()),
	    0);
}

static const char *
file_of(enum who who, const char *ending)
{
	static char path[4][160];
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

/* --- the server --- */

static void *
run(void *ctx)
{
	assert_int_equal(server_run(((struct site *)ctx)->server), ERR_OK);
	return (NULL);
}

/* A port that was free a moment ago; the server's own is not reported. */
static int
free_port(void)
{
	int fd, port;

	assert_int_equal(listener_loopback(-1, &fd, NULL), ERR_OK);
	port = listener_port(fd);
	close(fd);
	return (port);
}

static struct server_conf
conf_of(void)
{
	return ((struct server_conf){ .lan_address = site.address,
	    .tls_cert = file_of(SERVER, "crt"),
	    .tls_key = file_of(SERVER, "key"),
	    .tls_client_ca = file_of(CA, "crt") });
}

static int
set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	snprintf(site.folder, sizeof(site.folder), "/tmp/tls-XXXXXX");
	assert_non_null(mkdtemp(site.folder));
	for (int who = CA; who < PEOPLE; who++) {
		make_person((enum who)who);
		save_person((enum who)who);
	}
	return (0);
}

static int
tear_down(void **state)
{
	(void)state;
	for (int who = CA; who < PEOPLE; who++) {
		unlink(file_of((enum who)who, "crt"));
		unlink(file_of((enum who)who, "key"));
		X509_free(site.cert[who]);
		EVP_PKEY_free(site.key[who]);
	}
	assert_int_equal(rmdir(site.folder), 0);
	return (0);
}

static int
start(void **state)
{
	struct server_ops ops = site_ops(&site.seen);
	struct server_conf c;
	enum err r = ERR_SYS;

	set_up(state);
	for (int tries = 0; r == ERR_SYS && tries < 20; tries++) {
		site.port = free_port();
		snprintf(site.address, sizeof(site.address), "127.0.0.1:%d",
		    site.port);
		c = conf_of();
		r = server_open(&c, &ops, &site.server, NULL);
	}
	assert_int_equal(r, ERR_OK);
	assert_int_equal(server_port(site.server), 0);
	assert_int_equal(pthread_create(&site.thread, NULL, run, &site), 0);
	return (0);
}

static int
stop(void **state)
{
	server_stop(site.server);
	assert_int_equal(pthread_join(site.thread, NULL), 0);
	server_close(&site.server);
	return (tear_down(state));
}

/* --- clients --- */

static int
dial(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
	    .sin_port = htons((uint16_t)site.port),
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct timeval failsafe = { .tv_sec = STUCK_S };
	int fd;

	assert_int_not_equal(fd = socket(AF_INET, SOCK_STREAM, 0), -1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &failsafe, sizeof(failsafe));
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return (fd);
}

/* CA means: no certificate. */
static const struct row {
	const char	*name;
	enum who	 who;
	int		 version;	/* the highest the client speaks */
	const char	*alpn;		/* length and name; NULL none */
	const char	*host;		/* NULL: the right one */
	const char	*want;		/* in the answer; NULL: there is none */
} rows[] = {
	{ "ours", CLIENT, TLS1_3_VERSION, NULL, NULL, "200 OK" },
	{ "ours, and HTTP/1.1", CLIENT, TLS1_3_VERSION, "\x08http/1.1", NULL,
	    "200 OK" },
	{ "ours, and HTTP/2 before it", CLIENT, TLS1_3_VERSION,
	    "\x02h2\x08http/1.1", NULL, "200 OK" },
	{ "loopback's host", CLIENT, TLS1_3_VERSION, NULL, "localhost",
	    "BAD_HOST" },
	{ "no certificate", CA, TLS1_3_VERSION, NULL, NULL, NULL },
	{ "another CA", STRANGER, TLS1_3_VERSION, NULL, NULL, NULL },
	{ "expired", EXPIRED, TLS1_3_VERSION, NULL, NULL, NULL },
	{ "a server's", AS_SERVER, TLS1_3_VERSION, NULL, NULL, NULL },
	{ "TLS 1.2", CLIENT, TLS1_2_VERSION, NULL, NULL, NULL },
};

static SSL *
client_of(SSL_CTX *ctx, const struct row *row, int fd)
{
	SSL *ssl;

	assert_int_equal(SSL_CTX_set_max_proto_version(ctx, row->version), 1);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	assert_int_equal(SSL_CTX_load_verify_file(ctx, file_of(CA, "crt")),
	    1);
	if (row->who != CA) {
		SSL_CTX_use_certificate(ctx, site.cert[row->who]);
		SSL_CTX_use_PrivateKey(ctx, site.key[row->who]);
	}
	if (row->alpn != NULL)
		assert_int_equal(SSL_CTX_set_alpn_protos(ctx,
		    (const unsigned char *)row->alpn,
		    (unsigned)strlen(row->alpn)), 0);
	assert_non_null(ssl = SSL_new(ctx));
	SSL_set_tlsext_host_name(ssl, "plain");	/* a name inside the server */
	assert_int_equal(SSL_set_fd(ssl, fd), 1);
	return (ssl);
}

/* All it answers, until it ends. */
static void
ask(SSL *ssl, const char *host, struct blob *in)
{
	struct blob request = { 0 };
	char part[4096];
	int n;

	assert_int_equal(blob_printf(&request, "GET /api/v1/visits HTTP/1.1"
	    "\r\nHost: %s\r\nAuthorization: Bearer " SITE_TOKEN
	    "\r\nConnection: close\r\n\r\n", host), ERR_OK);
	SSL_write(ssl, request.data, (int)request.len);
	while ((n = SSL_read(ssl, part, sizeof(part))) > 0)
		assert_int_equal(blob_add(in, part, (size_t)n), ERR_OK);
	blob_free(&request);
}

static void
one_row(void **state)
{
	const struct row *row = *state;
	unsigned before = site.seen.handled;
	struct blob in = { 0 };
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	int fd = dial();
	SSL *ssl;

	assert_non_null(ctx);
	ssl = client_of(ctx, row, fd);
	/* In 1.3 a client learns of its refusal after its own handshake. */
	if (SSL_connect(ssl) == 1)
		ask(ssl, row->host == NULL ? site.address : row->host, &in);
	if (row->want != NULL)
		assert_non_null(strstr(blob_str(&in), row->want));
	else
		assert_int_equal(in.len, 0);
	assert_int_equal(site.seen.handled - before, row->want != NULL &&
	    row->host == NULL);
	blob_free(&in);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
}

static void
no_tls(void **state)
{
	static const char request[] =
	    "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
	char part[256] = "";
	int fd = dial();
	ssize_t n;

	(void)state;
	assert_int_equal(send(fd, request, sizeof(request) - 1,
	    MSG_NOSIGNAL), sizeof(request) - 1);
	n = recv(fd, part, sizeof(part) - 1, 0);
	assert_int_equal(n <= 0 || strstr(part, "HTTP") == NULL, 1);
	close(fd);
}

/* --- what it does not start with --- */

static const struct bad_row {
	const char	*name, *cert, *key, *ca, *address, *note;
	enum err	 want;
} bad_rows[] = {
	{ "no certificate", "", "server.key", "ca.crt", NULL, "tls_cert",
	    ERR_CONF },
	{ "no key", "server.crt", "", "ca.crt", NULL, "tls_key", ERR_CONF },
	{ "no client CA", "server.crt", "server.key", "", NULL,
	    "tls_client_ca", ERR_CONF },
	{ "certificate not there", "none", "server.key", "ca.crt", NULL,
	    "tls_cert", ERR_CONF },
	{ "key not there", "server.crt", "none", "ca.crt", NULL, "tls_key",
	    ERR_CONF },
	{ "client CA not there", "server.crt", "server.key", "none", NULL,
	    "tls_client_ca", ERR_CONF },
	{ "another's key", "server.crt", "client.key", "ca.crt", NULL,
	    "tls_key", ERR_CONF },
	{ "key as client CA", "server.crt", "server.key", "server.key", NULL,
	    "tls_client_ca", ERR_CONF },
	{ "address without port", "server.crt", "server.key", "ca.crt",
	    "127.0.0.1", "127.0.0.1", ERR_CONF },
	{ "a name", "server.crt", "server.key", "ca.crt",
	    "localhost:8443", "localhost", ERR_CONF },
	{ "an address of others", "server.crt", "server.key", "ca.crt",
	    "192.0.2.7:8443", "192.0.2.7", ERR_SYS },	/* RFC 5737 */
};

static void
bad_row(void **state)
{
	const struct bad_row *row = *state;
	const char *const names[] = { row->cert, row->key, row->ca };
	struct site_seen seen;
	struct server_ops ops = site_ops(&seen);
	struct server *s = NULL;
	struct note note = { "" };
	char path[3][160];
	struct server_conf c = { .lan_address = row->address == NULL ?
	    "127.0.0.1:8443" : row->address, .tls_cert = path[0],
	    .tls_key = path[1], .tls_client_ca = path[2] };

	for (size_t i = 0; i < LEN(names); i++)
		snprintf(path[i], sizeof(path[i]), "%s%s%s",
		    names[i][0] == '\0' ? "" : site.folder,
		    names[i][0] == '\0' ? "" : "/", names[i]);
	assert_int_equal(server_open(&c, &ops, &s, &note), row->want);
	assert_null(s);
	assert_non_null(strstr(note.text, row->note));
}

int
main(void)
{
	struct CMUnitTest served[LEN(rows) + 1], refused[LEN(bad_rows)];
	int failed;

	for (size_t i = 0; i < LEN(rows); i++)
		served[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = one_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	served[LEN(rows)] = (struct CMUnitTest)cmocka_unit_test(no_tls);
	for (size_t i = 0; i < LEN(bad_rows); i++)
		refused[i] = (struct CMUnitTest){ .name = bad_rows[i].name,
		    .test_func = bad_row,
		    .initial_state = (void *)(uintptr_t)&bad_rows[i] };
	/* The library has one TLS context at a time in a process. */
	failed = cmocka_run_group_tests(refused, set_up, tear_down);
	return (failed + cmocka_run_group_tests(served, start, stop));
}
