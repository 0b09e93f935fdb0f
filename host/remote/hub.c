#include <sys/eventfd.h>
#include <sys/socket.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/remote/hub_in.h"
#include "host/wire/address.h"

#define RENEW_MS	(24 * 3600 * 1000)

/* --- what guests ask of the list --- */

void
hub_attach(struct guest *g, struct wire *wire)
{
	pthread_mutex_lock(&g->hub->lock);
	g->wire = wire;
	if (wire != NULL && g->hub->closing)
		wire_shut(wire);
	pthread_mutex_unlock(&g->hub->lock);
}

static enum err
look_up(struct hub *h, const uint8_t *print, struct device *d)
{
	enum err r;

	pthread_mutex_lock(&h->store_lock);
	r = device_find(h->store, print, d);
	pthread_mutex_unlock(&h->store_lock);
	return (r);
}

/* Under the lock: one device leaves room for the others. */
static int
is_many(const struct guest *g, const struct device *d)
{
	unsigned same = 0;

	for (const struct guest *o = g->hub->first; o != NULL; o = o->next)
		same += o != g && o->known && memcmp(o->device.print,
		    d->print, DEVICE_PRINT) == 0;
	return (same >= HUB_DEVICE);
}

static enum err
take_seat(struct guest *g, const struct device *d)
{
	enum err r = ERR_OK;

	pthread_mutex_lock(&g->hub->lock);
	if (!g->known && is_many(g, d)) {
		r = ERR_TOO_MANY;
	} else {
		g->device = *d;
		g->known = 1;
	}
	pthread_mutex_unlock(&g->hub->lock);
	return (r);
}

/*
 * Twice, because somebody may be revoked between the answer and the moment
 * from which the looks at the list include this guest.
 */
enum err
hub_know(struct guest *g, const uint8_t *print, struct device *d)
{
	struct hub *h = g->hub;
	enum err r;

	for (int i = 0; i < 2; i++) {
		if ((r = look_up(h, print, d)) != ERR_OK ||
		    (r = take_seat(g, d)) != ERR_OK)
			return (r);
	}
	return (ERR_OK);
}

static enum err
count_invited(void *ctx, const char *name, int64_t expires_at)
{
	(void)name;
	(void)expires_at;
	++*(unsigned *)ctx;
	return (ERR_OK);
}

/* While nobody is invited there is nothing to try codes on. */
enum err
hub_enrol(struct guest *g)
{
	struct hub *h = g->hub;
	unsigned n = 0;
	enum err r;

	pthread_mutex_lock(&h->store_lock);
	r = device_invitations(h->store, count_invited, &n);
	pthread_mutex_unlock(&h->store_lock);
	if (r != ERR_OK || n == 0)
		return (r != ERR_OK ? r : ERR_LINK_REVOKED);
	n = 0;
	pthread_mutex_lock(&h->lock);
	for (const struct guest *o = h->first; o != NULL; o = o->next)
		n += o != g && o->enrols;
	g->enrols = n < HUB_ENROLS;
	pthread_mutex_unlock(&h->lock);
	return (n < HUB_ENROLS ? ERR_OK : ERR_TOO_MANY);
}

static void
note_seen(struct hub *h, const struct device *d)
{
	enum err r;

	pthread_mutex_lock(&h->store_lock);
	r = device_seen(h->store, d->print);
	pthread_mutex_unlock(&h->store_lock);
	if (r != ERR_OK)
		log_line(LOG_WARN, "hub", "%s: %s", d->name, err_name(r));
}

/* Under the lock: the connection that is this device's reader. */
static struct guest *
reader_of(struct hub *h, const uint8_t *print)
{
	for (struct guest *g = h->first; g != NULL; g = g->next) {
		if (g->reader != READER_NOT &&
		    memcmp(g->device.print, print, DEVICE_PRINT) == 0)
			return (g);
	}
	return (NULL);
}

enum err
hub_keep(struct guest *g)
{
	struct hub *h = g->hub;
	struct guest *other;
	enum err r = ERR_OK;

	pthread_mutex_lock(&h->lock);
	other = reader_of(h, g->device.print);
	if (other != NULL && other->wire != NULL &&
	    wire_silence(other->wire) <= HUB_SILENT_MS) {
		r = ERR_READER_BUSY;
	} else {
		if (other != NULL && other->wire != NULL)
			wire_shut(other->wire);
		if (other != NULL)
			other->reader = READER_NOT;
		g->reader = READER_KEPT;
	}
	pthread_mutex_unlock(&h->lock);
	return (r);
}

static void
become(struct guest *g, enum reader reader, int connected)
{
	const struct hub_ops *ops = g->hub->ops;
	struct device d;
	int replaced;

	pthread_mutex_lock(&g->hub->lock);
	replaced = g->reader == READER_NOT;
	if (!replaced)
		g->reader = reader;
	d = g->device;
	pthread_mutex_unlock(&g->hub->lock);
	/* By another of this device, which is there. */
	if (replaced)
		return;
	log_line(LOG_INFO, "hub", "%s is %s", d.name, connected ?
	    "connected" : "gone");
	note_seen(g->hub, &d);
	if (ops != NULL)
		ops->changed(ops->ctx, d.name, connected);
}

void
hub_offer(struct guest *g)
{
	become(g, READER_OFFERED, 1);
}

void
hub_withdraw(struct guest *g)
{
	become(g, READER_NOT, 0);
}

/* --- what the agent asks --- */

static struct guest *
reader_named(struct hub *h, const char *device)
{
	for (struct guest *g = h->first; g != NULL; g = g->next) {
		if (g->reader != READER_NOT &&
		    strcmp(g->device.name, device) == 0)
			return (g);
	}
	return (NULL);
}

static int
is_up(const struct guest *g)
{
	struct pollfd p = { .events = POLLIN };

	if (g->wire == NULL)
		return (0);
	p.fd = wire_ended(g->wire);
	return (poll(&p, 1, 0) == 0);
}

enum err
hub_take(struct hub *h, const char *device, int *fd, struct note *note)
{
	struct guest *g;
	enum err r = ERR_DEVICE_AWAY;

	*fd = -1;
	pthread_mutex_lock(&h->lock);
	g = reader_named(h, device);
	/* What has ended and is not withdrawn yet is nobody's reader. */
	if (g != NULL && !is_up(g))
		g = NULL;
	if (g != NULL && g->reader == READER_TAKEN) {
		r = ERR_READER_BUSY;
	} else if (g != NULL && g->reader == READER_OFFERED) {
		*fd = wire_give(g->wire);
		g->reader = READER_TAKEN;
		r = ERR_OK;
	}
	pthread_mutex_unlock(&h->lock);
	if (r == ERR_DEVICE_AWAY)
		note_set(note, "%s", device);
	if (r == ERR_READER_BUSY)
		note_set(note, "%s is another kiosk's reader too",
		    device);
	return (r);
}

int
hub_connected(struct hub *h, const char *device)
{
	struct guest *g;

	pthread_mutex_lock(&h->lock);
	g = reader_named(h, device);
	pthread_mutex_unlock(&h->lock);
	return (g != NULL);
}

void
hub_look(struct hub *h)
{
	const uint64_t one = 1;

	if (write(h->wake, &one, sizeof(one)) == -1)
		return;		/* full, and therefore readable */
}

/* --- who comes in --- */

static void
leave(struct guest *g)
{
	struct hub *h = g->hub;
	struct guest **at;

	pthread_mutex_lock(&h->lock);
	for (at = &h->first; *at != g; at = &(*at)->next)
		continue;
	*at = g->next;
	h->guests--;
	close(g->net);
	free(g);
	pthread_cond_broadcast(&h->gone);
	pthread_mutex_unlock(&h->lock);
}

static void *
run_guest(void *arg)
{
	guest_run(arg);
	leave(arg);
	return (NULL);
}

/* Under the lock. */
static int
is_full(const struct hub *h, const char *peer)
{
	unsigned strangers = 0, same = 0;

	for (const struct guest *g = h->first; g != NULL; g = g->next) {
		if (g->known)
			continue;
		strangers++;
		same += strcmp(g->peer, peer) == 0;
	}
	return (h->guests >= HUB_GUESTS || strangers >= HUB_STRANGERS ||
	    same >= HUB_PEER);
}

/* Detached: who waits for them all counts them. */
static int
start_guest(struct guest *g)
{
	pthread_attr_t attr;
	pthread_t thread;
	int bad;

	if (pthread_attr_init(&attr) != 0)
		return (0);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	bad = pthread_create(&thread, &attr, run_guest, g);
	pthread_attr_destroy(&attr);
	return (bad == 0);
}

static struct guest *
make_guest(struct hub *h, int fd, const char *peer)
{
	struct guest *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return (NULL);
	*g = (struct guest){ .hub = h, .fd = fd,
	    .net = fcntl(fd, F_DUPFD_CLOEXEC, 0),
	    .server = h->servants->server };
	snprintf(g->peer, sizeof(g->peer), "%s", peer);
	if (g->net != -1)
		return (g);
	free(g);
	return (NULL);
}

/* fd is the guest's; 0 when there is none. */
static int
admit(struct hub *h, int fd, const char *peer)
{
	struct guest *g = NULL;
	int in = 0;

	pthread_mutex_lock(&h->lock);
	if (!is_full(h, peer) && (g = make_guest(h, fd, peer)) != NULL) {
		g->next = h->first;
		h->first = g;
		h->guests++;
		if (!(in = start_guest(g))) {
			h->first = g->next;
			h->guests--;
			close(g->net);
			free(g);
		}
	}
	pthread_mutex_unlock(&h->lock);
	return (in);
}

static void
accept_one(struct hub *h)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	char peer[PEER_NAME];
	int fd = accept4(h->listens, (struct sockaddr *)&from, &len,
	    SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd == -1) {
		/* Out of descriptors: it stays readable. */
		if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED)
			clock_sleep(100);
		return;
	}
	peer_name(&from, peer);
	if (peer[0] != '\0' && admit(h, fd, peer))
		return;
	log_line(LOG_INFO, "hub", "too many connections");
	close(fd);
}

/* --- the listener's thread --- */

/* Those that are connected, each once; returns how many. */
static size_t
list_prints(struct hub *h, uint8_t prints[HUB_GUESTS][DEVICE_PRINT])
{
	size_t n = 0, at;

	pthread_mutex_lock(&h->lock);
	for (const struct guest *g = h->first; g != NULL && n < HUB_GUESTS;
	    g = g->next) {
		if (!g->known || g->wire == NULL)
			continue;
		for (at = 0; at < n && memcmp(prints[at], g->device.print,
		    DEVICE_PRINT) != 0; at++)
			continue;
		memcpy(prints[at], g->device.print, DEVICE_PRINT);
		n += at == n;
	}
	pthread_mutex_unlock(&h->lock);
	return (n);
}

/* Under the lock; a name may have changed too. */
static void
tell_guest(struct guest *g, const struct device *d, enum err r)
{
	if (r == ERR_OK) {
		memcpy(g->device.name, d->name, sizeof(d->name));
	} else if (r == ERR_LINK_REVOKED && g->wire != NULL) {
		log_line(LOG_WARN, "hub", "%s is revoked", g->device.name);
		wire_shut(g->wire);
	}
}

/* The store is read without the lock: others wait for that, and the store may
 * be slow. */
static void
look_at(struct hub *h, const uint8_t *print)
{
	struct device d;
	enum err r = look_up(h, print, &d);

	pthread_mutex_lock(&h->lock);
	for (struct guest *g = h->first; g != NULL; g = g->next) {
		if (g->known && memcmp(g->device.print, print,
		    DEVICE_PRINT) == 0)
			tell_guest(g, &d, r);
	}
	pthread_mutex_unlock(&h->lock);
}

static void
look_at_all(struct hub *h)
{
	uint8_t prints[HUB_GUESTS][DEVICE_PRINT];
	size_t n = list_prints(h, prints);

	for (size_t i = 0; i < n; i++)
		look_at(h, prints[i]);
}

static enum err
add_server(struct hub *h, struct note *note)
{
	struct servant *s = calloc(1, sizeof(*s));
	struct wire_conf conf = ca_wire(h->ca);
	enum err r;

	if (s == NULL)
		return (ERR_NOMEM);
	if ((r = wire_server_open(&conf, &s->server, note)) != ERR_OK) {
		free(s);
		return (r);
	}
	s->next = h->servants;
	h->servants = s;
	return (ERR_OK);
}

static void
renew(struct hub *h)
{
	struct note note = { "" };
	int renewed = 0;
	enum err r;

	if (clock_ms() < h->renew_at)
		return;
	h->renew_at = clock_ms() + RENEW_MS;
	r = ca_renew(h->ca, &renewed, &note);
	if (r == ERR_OK && renewed)
		r = add_server(h, &note);
	if (r != ERR_OK)
		log_line(LOG_ERROR, "hub", "certificates were not renewed: "
		    "%s: %s", err_name(r), note.text);
}

static int
is_closing(struct hub *h)
{
	int closing;

	pthread_mutex_lock(&h->lock);
	closing = h->closing;
	pthread_mutex_unlock(&h->lock);
	return (closing);
}

static void *
run(void *arg)
{
	struct hub *h = arg;
	struct pollfd fds[] = { { .fd = h->listens, .events = POLLIN },
	    { .fd = h->wake, .events = POLLIN } };
	int64_t look = 0;
	uint64_t n;

	while (!is_closing(h)) {
		if (poll(fds, 2, HUB_LOOK_MS) < 0)
			continue;
		if (fds[1].revents != 0 && read(h->wake, &n, sizeof(n)) > 0)
			look = 0;
		if (fds[0].revents != 0)
			accept_one(h);
		if (clock_ms() < look)
			continue;
		look_at_all(h);
		renew(h);
		look = clock_ms() + HUB_LOOK_MS;
	}
	return (NULL);
}

/* --- life --- */

static enum err
open_all(struct hub *h, const struct hub_conf *c, struct note *note)
{
	enum err r;

	if ((r = store_open(c->store, &h->store, note)) != ERR_OK ||
	    (r = add_server(h, note)) != ERR_OK)
		return (r);
	store_patience(h->store, STORE_BRIEF_MS);
	if ((r = address_listen(c->listen, &h->listens, note)) != ERR_OK)
		return (r);
	if ((h->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1 ||
	    pthread_create(&h->thread, NULL, run, h) != 0)
		return (ERR_SYS);
	return (ERR_OK);
}

static void
destroy(struct hub *h)
{
	struct servant *s;

	while ((s = h->servants) != NULL) {
		h->servants = s->next;
		wire_server_close(&s->server);
		free(s);
	}
	if (h->listens != -1)
		close(h->listens);
	if (h->wake != -1)
		close(h->wake);
	store_close(&h->store);
	pthread_cond_destroy(&h->gone);
	pthread_mutex_destroy(&h->store_lock);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

enum err
hub_open(const struct hub_conf *c, struct hub **out, struct note *note)
{
	struct hub *h = calloc(1, sizeof(*h));
	enum err r;

	*out = NULL;
	if (h == NULL)
		return (ERR_NOMEM);
	h->ca = c->ca;
	h->ops = c->ops;
	h->deliver = c->deliver;
	h->listens = h->wake = -1;
	h->renew_at = clock_ms() + RENEW_MS;
	pthread_mutex_init(&h->lock, NULL);
	pthread_mutex_init(&h->store_lock, NULL);
	pthread_cond_init(&h->gone, NULL);
	if ((r = open_all(h, c, note)) != ERR_OK) {
		destroy(h);
		return (r);
	}
	*out = h;
	return (ERR_OK);
}

/* Handshakes end by their socket, the others by their wire. */
static void
send_home(struct hub *h)
{
	for (struct guest *g = h->first; g != NULL; g = g->next) {
		if (g->wire != NULL)
			wire_shut(g->wire);
		else
			shutdown(g->net, SHUT_RDWR);
	}
}

void
hub_close(struct hub **hp)
{
	struct hub *h = *hp;

	if (h == NULL)
		return;
	*hp = NULL;
	pthread_mutex_lock(&h->lock);
	h->closing = 1;
	pthread_mutex_unlock(&h->lock);
	hub_look(h);
	pthread_join(h->thread, NULL);
	pthread_mutex_lock(&h->lock);
	send_home(h);
	while (h->first != NULL)
		pthread_cond_wait(&h->gone, &h->lock);
	pthread_mutex_unlock(&h->lock);
	destroy(h);
}
