#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libwebsockets.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "host/api/conn.h"
#include "host/api/crowd.h"
#include "host/api/head.h"
#include "host/api/listener.h"
#include "host/api/tls.h"

/*
 * The library carries the bytes: event loop, sockets, TLS.  Its "raw-skt" role
 * is used and not its HTTP one: that one accepts bare line feeds, folded and
 * repeated fields, decodes paths and drops what does not fit without an
 * answer (4.1.6, lib/roles/http/parsers.c), none of which can be seen
 * afterwards.
 */
#define CONNECTIONS	256
#define OTHER_FDS	32	/* listeners, the library's own */
#define ACCEPTS		CROWD_DYING	/* at a time: others have their turn */
#define CHUNK		HEAD_MAX	/* read and written at once */
#define TICK_US		1000000
#define HANDSHAKE_S	10

enum { LISTENERS = 3 };	/* one of each enum origin_via */

struct server {
	struct server_ops	 ops;
	struct conn_site	 site;
	struct origin		*origin;
	struct pages		*pages;
	struct limits		*limits;
	struct lws_context	*context;
	struct lws_vhost	*plain, *tls;
	lws_sorted_usec_list_t	 tick;
	char			*unix_path;	/* ours to remove */
	int			 listener[LISTENERS];	/* until adopted */
	int			 port, wake_fd, spare_fd;
	unsigned		 max;
	atomic_int		 stopping, waking;
	struct tls_files	 files;		/* while opening */
	struct note		*note;		/* likewise */
};

/* The library keeps one with each socket, zeroed. */
struct link {
	struct conn	*conn;
	size_t		 written;	/* in its hands, not out yet */
	int		 shut;
};

static struct server *
server_of(struct lws *wsi)
{
	return (lws_context_user(lws_get_context(wsi)));
}

/* --- connections --- */

/* Makes the socket do what its connection wants; -1 to close it. */
static int
settle(struct lws *wsi, struct link *l)
{
	unsigned wants = conn_wants(l->conn);

	if (wants & CONN_CLOSE)
		return (-1);
	lws_rx_flow_control(wsi, (wants & CONN_READ) != 0);
	if (wants & CONN_WRITE)
		lws_callback_on_writable(wsi);
	if ((wants & CONN_SHUT) && !(wants & CONN_WRITE) && !l->shut) {
		l->shut = 1;
		shutdown(lws_get_socket_fd(wsi), SHUT_WR);
	}
	return (0);
}

/* The same from elsewhere than the socket's own callback. */
static void
settle_other(struct conn *c)
{
	struct lws *wsi = conn_socket(c);

	if (settle(wsi, lws_wsi_user(wsi)) != 0)
		lws_wsi_close(wsi, LWS_TO_KILL_ASYNC);
}

static int
receive(struct lws *wsi, struct link *l, void *in, size_t len)
{
	/* The one of the handshake stays set otherwise. */
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	conn_take(l->conn, in, len, clock_ms());
	secret_cleanse(in, len);
	return (settle(wsi, l));
}

/* What the library could not write at once it keeps, and calls again when it
 * is out: only then it counts as progress. */
static int
transmit(struct lws *wsi, struct link *l)
{
	struct buf b;

	if (l->written > 0)
		conn_sent(l->conn, l->written, clock_ms());
	l->written = 0;
	b = conn_pending(l->conn);
	b.left = b.left < CHUNK ? b.left : CHUNK;
	if (b.left > 0 && lws_write(wsi, (unsigned char *)(uintptr_t)b.p,
	    b.left, LWS_WRITE_RAW) < 0)
		return (-1);
	if (lws_partial_buffered(wsi)) {
		l->written = b.left;
		return (0);
	}
	if (b.left > 0)
		conn_sent(l->conn, b.left, clock_ms());
	return (settle(wsi, l));
}

static int
on_socket(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct link *l = user;
	struct server *s;

	switch ((int)reason) {
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
		s = server_of(wsi);
		/* One certificate for whatever name is asked for. */
		SSL_CTX_set_tlsext_servername_callback(user, NULL);
		return (tls_setup(user, &s->files, s->note) != ERR_OK);
	case LWS_CALLBACK_RAW_RX:
		return (l->conn == NULL ? -1 : receive(wsi, l, in, len));
	case LWS_CALLBACK_RAW_WRITEABLE:
		return (l->conn == NULL ? -1 : transmit(wsi, l));
	case LWS_CALLBACK_RAW_CLOSE:
		if (l != NULL)
			conn_free(&l->conn);
		return (0);
	default:
		return (0);
	}
}

/* --- who may come in --- */

static void
adopt(struct server *s, enum origin_via via, int fd, const char *peer)
{
	lws_sock_file_fd_type desc = { .sockfd = fd };
	struct conn *c, *gone;
	struct link *l;
	struct lws *wsi;
	int fits = crowd_admit(&s->site, peer, s->max, &gone);

	if (gone != NULL)
		settle_other(gone);
	if (!fits ||
	    (c = conn_new(&s->site, via, peer, clock_ms())) == NULL) {
		s->site.stats.refused++;
		close(fd);
		return;
	}
	wsi = lws_adopt_descriptor_vhost(via == VIA_LAN ? s->tls : s->plain,
	    LWS_ADOPT_SOCKET | (via == VIA_LAN ? LWS_ADOPT_ALLOW_SSL : 0),
	    desc, "http", NULL);
	if (wsi == NULL) {	/* the library has closed it */
		conn_free(&c);
		return;
	}
	l = lws_wsi_user(wsi);
	l->conn = c;
	conn_attach(c, wsi);
}

/* Without descriptors the client would stay in the queue and wake us for
 * ever: the spare one takes it and lets it go. */
static void
turn_away(struct server *s, int listener)
{
	char peer[LIMITS_PEER];

	close(s->spare_fd);
	s->spare_fd = listener_accept(listener, peer);
	if (s->spare_fd != -1)
		close(s->spare_fd);
	s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s->site.stats.refused++;
}

static int
on_listener(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct server *s = server_of(wsi);
	enum origin_via *via = user;
	int fd, listener = lws_get_socket_fd(wsi);
	char peer[LIMITS_PEER];

	(void)in;
	(void)len;
	for (int i = 0; i < ACCEPTS && reason == LWS_CALLBACK_RAW_RX_FILE;
	    i++) {
		fd = listener_accept(listener, peer);
		if (fd != -1)
			adopt(s, *via, fd, peer);
		else if (errno == EMFILE || errno == ENFILE)
			turn_away(s, listener);
		else
			break;
	}
	return (0);
}

/* --- time --- */

static void
each_conn(struct server *s, void (*turn)(struct conn *, int64_t))
{
	struct conn *c, *next;
	int64_t now = clock_ms();

	for (c = s->site.first; c != NULL; c = next) {
		next = conn_next(c);
		turn(c, now);
		settle_other(c);
	}
}

static void
on_tick(lws_sorted_usec_list_t *sul)
{
	struct server *s = lws_container_of(sul, struct server, tick);

	lws_sul_schedule(s->context, 0, &s->tick, on_tick, TICK_US);
	s->ops.tick(s->ops.ctx);
	each_conn(s, conn_tick);
}

static int
on_wake(struct lws *wsi, enum lws_callback_reasons reason, void *user,
    void *in, size_t len)
{
	struct server *s = server_of(wsi);
	uint64_t count;

	(void)user;
	(void)in;
	(void)len;
	if (reason != LWS_CALLBACK_RAW_RX_FILE)
		return (0);
	if (read(s->wake_fd, &count, sizeof(count)) == -1)
		return (0);
	if (atomic_exchange(&s->waking, 0))
		each_conn(s, conn_wake);
	return (0);
}

/* --- opening --- */

static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = on_socket,
	    .per_session_data_size = sizeof(struct link) },
	{ .name = "listener", .callback = on_listener,
	    .per_session_data_size = sizeof(enum origin_via) },
	{ .name = "wake", .callback = on_wake },
	{ .name = NULL },
};

/* The library's own words; none of them is about what was sent. */
static void
on_log(int level, const char *line)
{
	(void)level;
	log_line(LOG_DEBUG, "lws", "%.*s", (int)strcspn(line, "\n"), line);
}

static struct lws_vhost *
make_vhost(struct server *s, const char *name, int port, uint64_t options)
{
	struct lws_context_creation_info info;

	memset(&info, 0, sizeof(info));
	info.vhost_name = name;
	info.port = port;
	info.protocols = protocols;
	info.alpn = "http/1.1";
	info.options = options;
	return (lws_create_vhost(s->context, &info));
}

static enum err
open_context(struct server *s)
{
	struct lws_context_creation_info info;

	lws_set_log_level(LLL_ERR, on_log);
	memset(&info, 0, sizeof(info));
	info.port = CONTEXT_PORT_NO_LISTEN;
	info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
	    LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	info.pt_serv_buf_size = CHUNK;
	info.fd_limit_per_thread = s->max + CROWD_DYING + OTHER_FDS;
	info.timeout_secs = HANDSHAKE_S;
	info.user = s;
	if ((s->context = lws_create_context(&info)) == NULL)
		return (ERR_LIB);
	s->plain = make_vhost(s, "plain", CONTEXT_PORT_NO_LISTEN, 0);
	return (s->plain == NULL ? ERR_LIB : ERR_OK);
}

static int
is_set(const char *text)
{
	return (text != NULL && text[0] != '\0');
}

static enum err
open_tls(struct server *s, const struct server_conf *c)
{
	if (!is_set(c->tls_cert) || !is_set(c->tls_key) ||
	    !is_set(c->tls_client_ca)) {
		note_set(s->note, "%s needs [api] tls_cert, tls_key and "
		    "tls_client_ca", c->lan_address);
		return (ERR_CONF);
	}
	s->files = (struct tls_files){ c->tls_cert, c->tls_key,
	    c->tls_client_ca };
	s->tls = make_vhost(s, "lan", CONTEXT_PORT_NO_LISTEN_SERVER,
	    LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
	    LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX |
	    LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS);
	return (s->tls == NULL ? ERR_CONF : ERR_OK);
}

/* Owns fd. */
static enum err
watch(struct server *s, const char *protocol, int fd, struct lws **out)
{
	lws_sock_file_fd_type desc = { .filefd = fd };

	*out = lws_adopt_descriptor_vhost(s->plain, LWS_ADOPT_RAW_FILE_DESC,
	    desc, protocol, NULL);
	return (*out == NULL ? ERR_LIB : ERR_OK);
}

static enum err
open_wake(struct server *s)
{
	struct lws *wsi;

	s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (s->spare_fd == -1 || s->wake_fd == -1)
		return (ERR_SYS);
	return (watch(s, "wake", s->wake_fd, &wsi));
}

static enum err
open_unix(struct server *s, const char *path)
{
	enum err r;

	r = listener_unix(path, &s->listener[VIA_UNIX], s->note);
	if (r == ERR_OK && (s->unix_path = strdup(path)) == NULL)
		r = ERR_NOMEM;
	return (r);
}

static enum err
open_listeners(struct server *s, const struct server_conf *c)
{
	enum err r = ERR_OK;

	if (c->port != 0) {
		r = listener_loopback(c->port, &s->listener[VIA_LOOPBACK],
		    s->note);
		s->port = r == ERR_OK ?
		    listener_port(s->listener[VIA_LOOPBACK]) : 0;
	}
	if (r == ERR_OK && is_set(c->lan_address))
		r = open_tls(s, c);
	if (r == ERR_OK && is_set(c->lan_address))
		r = listener_lan(c->lan_address, &s->listener[VIA_LAN],
		    s->note);
	if (r == ERR_OK && is_set(c->unix_path))
		r = open_unix(s, c->unix_path);
	return (r);
}

static enum err
watch_listeners(struct server *s)
{
	struct lws *wsi;
	int fd;

	for (int via = 0; via < LISTENERS; via++) {
		if ((fd = s->listener[via]) == -1)
			continue;
		s->listener[via] = -1;	/* moved */
		if (watch(s, "listener", fd, &wsi) != ERR_OK)
			return (ERR_LIB);
		*(enum origin_via *)lws_wsi_user(wsi) = (enum origin_via)via;
	}
	return (ERR_OK);
}

/* One descriptor a connection; the system's usual soft limit is 1024. */
static void
raise_fd_limit(const struct server *s)
{
	rlim_t want = s->max + CROWD_DYING + OTHER_FDS + 256;
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur >= want)
		return;
	now.rlim_cur = want < now.rlim_max ? want : now.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &now) != 0)
		log_line(LOG_WARN, "server", "few file descriptors");
}

static enum err
open_parts(struct server *s, const struct server_conf *c)
{
	struct origin_conf oc = { .lan = c->lan_address, .hosts = c->hosts,
	    .origins = c->origins };
	enum err r;

	if ((r = pages_open(c->pages, &s->pages, s->note)) != ERR_OK ||
	    (r = limits_open(s->max, &s->limits)) != ERR_OK ||
	    (r = open_context(s)) != ERR_OK ||
	    (r = open_wake(s)) != ERR_OK ||
	    (r = open_listeners(s, c)) != ERR_OK)
		return (r);
	oc.port = s->port;
	if ((r = origin_open(&oc, &s->origin, s->note)) != ERR_OK)
		return (r);
	s->site.ops = &s->ops;
	s->site.origin = s->origin;
	s->site.pages = s->pages;
	s->site.limits = s->limits;
	return (watch_listeners(s));
}

enum err
server_open(const struct server_conf *c, const struct server_ops *ops,
    struct server **out, struct note *note)
{
	struct server *s;
	enum err r;

	*out = NULL;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (ERR_NOMEM);
	for (int via = 0; via < LISTENERS; via++)
		s->listener[via] = -1;
	s->wake_fd = s->spare_fd = -1;
	s->ops = *ops;
	s->note = note;
	s->max = c->max_connections > 0 ? (unsigned)c->max_connections :
	    CONNECTIONS;
	raise_fd_limit(s);
	if ((r = open_parts(s, c)) != ERR_OK)
		server_close(&s);
	else
		s->note = NULL;
	*out = s;
	return (r);
}

int
server_port(const struct server *s)
{
	return (s->port);
}

enum err
server_run(struct server *s)
{
	lws_sul_schedule(s->context, 0, &s->tick, on_tick, TICK_US);
	while (!atomic_load(&s->stopping)) {
		if (lws_service(s->context, 0) < 0)
			return (ERR_LIB);
	}
	lws_sul_cancel(&s->tick);
	return (ERR_OK);
}

void
server_close(struct server **server)
{
	struct server *s = *server;

	if (s == NULL)
		return;
	/* Closes every socket it has, and through that every connection. */
	if (s->context != NULL)
		lws_context_destroy(s->context);
	for (int via = 0; via < LISTENERS; via++) {
		if (s->listener[via] != -1)
			close(s->listener[via]);
	}
	if (s->spare_fd != -1)
		close(s->spare_fd);
	if (s->unix_path != NULL)
		unlink(s->unix_path);
	free(s->unix_path);
	origin_close(&s->origin);
	pages_close(&s->pages);
	limits_close(&s->limits);
	free(s);
	*server = NULL;
}

/* Adding to a counter is all a signal handler may do (signal-safety(7)). */
static void
knock(struct server *s)
{
	static const uint64_t one = 1;
	int saved = errno;

	if (write(s->wake_fd, &one, sizeof(one)) == -1)
		errno = saved;	/* full: it is awake already */
}

void
server_wake(struct server *s)
{
	atomic_store(&s->waking, 1);
	knock(s);
}

void
server_stop(struct server *s)
{
	atomic_store(&s->stopping, 1);
	knock(s);
}

void
server_stats(const struct server *s, struct server_stats *out)
{
	*out = s->site.stats;
}
