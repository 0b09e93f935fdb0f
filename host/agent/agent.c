#include <sys/file.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/agent/agent.h"
#include "host/agent/clerk.h"
#include "host/agent/readers.h"
#include "host/agent/recording.h"
#include "host/agent/records.h"
#include "host/agent/slots.h"
#include "host/agent/worker.h"
#include "host/api/api.h"
#include "host/api/server.h"
#include "host/remote/hub.h"

#define CLIENTS_MS	3000	/* how soon a new client's reader is there */
#define CLOCKS_MS	200	/* less is no suspend but two clocks read */
#define SLEPT_MS	2000	/* whoever stood there may have left meanwhile */

struct agent {
	const struct conf	*conf;
	int			 lock;		/* of the store, for us alone */
	char			 pages[CONF_VALUE], url[CONF_VALUE + 16];
	struct store		*store;		/* the server's thread's */
	struct live		*live;
	struct slots		*slots;
	struct clerk		*clerk;
	struct worker		*worker;
	struct api		*api;
	struct server		*server;
	int64_t			 clients_at;	/* clock_ms() */
	int64_t			 asleep;	/* clock_asleep_ms() */

	/* Devices; all NULL where none can connect. */
	struct ca		*ca;
	struct records		*records;
	struct hub		*hub;
	pthread_mutex_t		 hub_lock;	/* while slots may ask for it */

	/* What other threads tell the clients. */
	pthread_mutex_t		 tell_lock;
	struct store		*tell_store;

	struct session_ops	 session_ops;
	struct slots_ops	 slots_ops;
	struct clerk_ops	 clerk_ops;
	struct worker_ops	 worker_ops;
	struct hub_ops		 hub_ops;
	struct api_ops		 api_ops;
};

/* --- what the parts ask of each other --- */

static void
wake(void *ctx)
{
	struct agent *a = ctx;

	if (a->server != NULL)
		server_wake(a->server);
}

static enum err
take_reader(void *ctx, const char *client, struct tp **tp, struct note *note)
{
	struct agent *a = ctx;

	return (slots_take(a->slots, client, tp, note));
}

static enum err
give_reader_back(void *ctx, const char *client)
{
	struct agent *a = ctx;

	return (slots_give_back(a->slots, client));
}

static void
reader_changed(void *ctx, const char *client, const char *state, int card)
{
	struct agent *a = ctx;
	char at[CLOCK_ISO_LEN], data[256];
	int64_t now = clock_wall_ms();
	enum err r;

	clock_iso(now, at);
	snprintf(data, sizeof(data), "{\"at\":\"%s\",\"client\":\"%s\","
	    "\"reader\":\"%s\",\"card\":%s}", at, client, state,
	    card ? "true" : "false");
	const struct val p[] = { val_int(now), val_text("reader"),
	    val_text(NULL), val_text(client), val_text(data) };

	pthread_mutex_lock(&a->tell_lock);
	r = store_run(a->tell_store, SQL_EVENT_ADD, p, 5, NULL, NULL, NULL);
	pthread_mutex_unlock(&a->tell_lock);
	if (r != ERR_OK)
		log_line(LOG_WARN, "agent", "a reader's event: %s",
		    err_name(r));
	wake(a);
}

static enum err
dial_device(void *ctx, const char *device, int *fd, struct note *note)
{
	struct agent *a = ctx;
	enum err r = ERR_DEVICE_AWAY;

	*fd = -1;
	pthread_mutex_lock(&a->hub_lock);
	if (a->hub != NULL)
		r = hub_take(a->hub, device, fd, note);
	else
		note_set(note, "[devices] listen is empty");
	pthread_mutex_unlock(&a->hub_lock);
	return (r);
}

static void
device_changed(void *ctx, const char *device, int connected)
{
	struct agent *a = ctx;

	if (connected)
		slots_knock(a->slots, device);
}

static int
is_connected(void *ctx, const char *device)
{
	struct agent *a = ctx;

	return (a->hub != NULL && hub_connected(a->hub, device));
}

static void
look_at_devices(void *ctx)
{
	struct agent *a = ctx;

	if (a->hub != NULL)
		hub_look(a->hub);
}

static void
turn_jobs(void *ctx)
{
	struct agent *a = ctx;

	worker_wake(a->worker);
}

static json_t *
readers(void *ctx)
{
	struct agent *a = ctx;

	return (slots_json(a->slots));
}

static int
folders(void *ctx)
{
	struct agent *a = ctx;

	return (clerk_folders(a->clerk));
}

/* --- once a second --- */

static enum err
put_reader(void *ctx, const struct client *c)
{
	struct agent *a = ctx;
	struct session *s = live_of(a->live, c->name);
	char plain[CONF_VALUE], transport[READERS_TRANSPORT];

	if (c->role != ROLE_KIOSK)
		return (ERR_OK);
	if (c->revoked_at != 0 && s != NULL && !session_leave(s))
		session_cancel(s);
	/* An alias that nobody explained stays as it is: its reader is then
	 * absent, and says that there is no such kind. */
	(void)conf_reader(a->conf, c->reader, plain, NULL);
	recording_transport(a->conf->store, c->name, c->revoked_at != 0 ? "" :
	    plain, transport, sizeof(transport));
	return (slots_put(a->slots, c->name, transport));
}

/* Clients come and go by another program: shikaku clients. */
static void
look_at_clients(struct agent *a)
{
	enum err r;

	if (a->clients_at != 0 && clock_ms() - a->clients_at < CLIENTS_MS)
		return;
	a->clients_at = clock_ms();
	if ((r = clients_list(a->store, put_reader, a)) != ERR_OK)
		log_line(LOG_WARN, "agent", "clients: %s", err_name(r));
}

/* Time limits stand still while the machine sleeps: who wakes it must not find
 * the visit of the person before. */
static void
look_at_sleep(struct agent *a)
{
	int64_t slept = clock_asleep_ms() - a->asleep;

	if (slept < CLOCKS_MS)
		return;
	a->asleep += slept;
	slots_look(a->slots);
	if (slept < SLEPT_MS)
		return;
	log_line(LOG_WARN, "agent", "the machine slept for %lld s: visits that "
	    "need their person end", (long long)(slept / 1000));
	live_forsake(a->live);
}

/* A result that no armed visit is surely meant by stays for the desk. */
static void
bind_faces(struct agent *a)
{
	struct result *result;
	char digest[65];
	enum err r;

	while (clerk_face(a->clerk, &result, digest)) {
		if (result == NULL)
			continue;
		r = live_bind(a->live, &result, digest);
		log_line(LOG_INFO, "agent", "a face reader's result: %s",
		    r == ERR_OK ? "bound" : err_name(r));
		result_free(&result);
	}
}

static void
tick(void *ctx)
{
	struct agent *a = ctx;

	look_at_sleep(a);
	look_at_clients(a);
	bind_faces(a);
	api_tick(a->api);
}

/* --- putting them together --- */

/* Beside the store: two agents on one store would fight for its readers. */
static enum err
lock_store(struct agent *a, struct note *note)
{
	char path[CONF_VALUE + 8];

	snprintf(path, sizeof(path), "%s.lock", a->conf->store);
	a->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (a->lock == -1) {
		note_set(note, "%s: %s", path, strerror(errno));
		return (ERR_STORE);
	}
	if (flock(a->lock, LOCK_EX | LOCK_NB) == 0)
		return (ERR_OK);
	note_set(note, "%s", path);
	return (ERR_RUNNING);
}

/* The pages lie beside the programs unless the configuration names them. */
static void
find_pages(struct agent *a)
{
	static const char web[] = "../web";
	char exe[CONF_VALUE - sizeof(web)], *slash;
	ssize_t n;

	memcpy(a->pages, a->conf->pages, sizeof(a->pages));
	if (a->pages[0] != '\0' ||
	    (n = readlink("/proc/self/exe", exe, sizeof(exe) - 1)) <= 0)
		return;
	exe[n] = '\0';
	if ((slash = strrchr(exe, '/')) == NULL)
		return;
	slash[1] = '\0';
	snprintf(a->pages, sizeof(a->pages), "%s%s", exe, web);
	if (access(a->pages, R_OK | X_OK) == 0)
		return;
	log_line(LOG_WARN, "agent", "no pages beside the programs");
	a->pages[0] = '\0';
}

static void
admit(void *ctx, const struct http_request *req, struct http_answer *answer)
{
	struct agent *a = ctx;

	api_admit(a->api, req, answer);
}

static void
handle(void *ctx, const struct http_request *req, struct http_answer *answer)
{
	struct agent *a = ctx;

	api_handle(a->api, req, answer);
}

static enum err
feed(void *ctx, const char *client, int64_t *after, struct blob *out)
{
	struct agent *a = ctx;

	return (api_feed(a->api, client, after, out));
}

static int
holds(void *ctx, const char *client)
{
	struct agent *a = ctx;

	return (api_holds(a->api, client));
}

static enum err
open_server(struct agent *a, struct note *note)
{
	const struct conf *c = a->conf;
	const struct server_conf conf = { .unix_path = c->socket,
	    .port = c->port, .lan_address = c->lan, .tls_cert = c->tls_cert,
	    .tls_key = c->tls_key, .tls_client_ca = c->tls_client_ca,
	    .hosts = c->hosts, .origins = c->origins, .pages = a->pages,
	    .max_connections = c->max_connections };
	const struct server_ops ops = { .admit = admit, .handle = handle,
	    .feed = feed, .holds = holds, .tick = tick, .ctx = a };

	find_pages(a);
	return (server_open(&conf, &ops, &a->server, note));
}

static enum err
open_api(struct agent *a)
{
	const struct conf *c = a->conf;
	const struct api_conf conf = { .store = a->store, .live = a->live,
	    .ops = &a->api_ops, .institution_code = c->institution_code,
	    .electronic_prescription = c->electronic_prescription,
	    .test_mode = c->environment == ENVIRONMENT_TEST,
	    .auto_check = c->auto_check,
	    .alarm_errors = c->alarm_errors, .url = a->url,
	    .jobs = &c->jobs, .documents = &c->documents, .orca = &c->orca,
	    .devices = { .address = conf_device_address(c),
	    .ca_print = a->ca == NULL ? NULL : ca_print(a->ca) } };

	if (c->url[0] != '\0')
		memcpy(a->url, c->url, sizeof(c->url));
	else if (c->lan[0] != '\0')
		snprintf(a->url, sizeof(a->url), "https://%s", c->lan);
	else
		snprintf(a->url, sizeof(a->url), "http://127.0.0.1:%d",
		    server_port(a->server));
	return (api_open(&conf, &a->api));
}

static enum err
open_stores(struct agent *a, struct note *note)
{
	enum err r;

	if ((r = lock_store(a, note)) != ERR_OK ||
	    (r = store_open(a->conf->store, &a->store, note)) != ERR_OK)
		return (r);
	store_patience(a->store, STORE_BRIEF_MS);
	return (store_open(a->conf->store, &a->tell_store, note));
}

static enum err
open_live(struct agent *a, struct note *note)
{
	size_t n = 0;
	enum err r;

	if ((r = live_open(a->conf->store, &a->conf->visit, &a->session_ops,
	    &a->live, note)) != ERR_OK || (r = live_recover(a->live, &n)) !=
	    ERR_OK)
		return (r);
	if (n > 0)
		log_line(LOG_WARN, "agent", "%zu visits were left behind", n);
	return (ERR_OK);
}

/* It starts all the same: roots may be added while it runs. */
static void
look_at_roots(const struct conf *c)
{
	struct note note = { "" };
	X509_STORE *roots = NULL;
	enum err r;

	r = trust_load(c->trust_folder, (enum trust_mode)c->trust_mode,
	    &roots, &note);
	X509_STORE_free(roots);
	if (r != ERR_OK)
		log_line(LOG_WARN, "agent", "[trust] folder: no card can be "
		    "verified: %s; %s", err_text(r, ERR_EN),
		    err_next(r, ERR_EN));
}

/* After the slots, which it wakes. */
static enum err
open_hub(struct agent *a, struct note *note)
{
	const struct conf *c = a->conf;
	const struct records_ops filed = { wake, a };
	struct hub_conf conf = { .listen = c->devices_listen,
	    .store = c->store, .ops = &a->hub_ops };
	struct hub *hub;
	enum err r;

	if (c->devices_listen[0] == '\0')
		return (ERR_OK);
	if ((r = ca_open(c->devices_folder, &a->ca, note)) != ERR_OK ||
	    (r = records_open(c, a->ca, &filed, &a->records, note)) != ERR_OK)
		return (r);
	conf.ca = a->ca;
	conf.deliver = records_deliver(a->records);
	if ((r = hub_open(&conf, &hub, note)) != ERR_OK)
		return (r);
	pthread_mutex_lock(&a->hub_lock);
	a->hub = hub;
	pthread_mutex_unlock(&a->hub_lock);
	return (ERR_OK);
}

/* Before the slots, which then find nothing to dial. */
static void
close_hub(struct agent *a)
{
	struct hub *hub;

	pthread_mutex_lock(&a->hub_lock);
	hub = a->hub;
	a->hub = NULL;
	pthread_mutex_unlock(&a->hub_lock);
	hub_close(&hub);
}

static enum err
open_parts(struct agent *a, struct note *note)
{
	enum err r;

	if ((r = open_stores(a, note)) != ERR_OK ||
	    (r = open_live(a, note)) != ERR_OK ||
	    (r = open_server(a, note)) != ERR_OK ||
	    (r = clerk_open(a->conf, &a->clerk_ops, &a->clerk, note)) !=
	    ERR_OK || (r = worker_open(a->conf, &a->worker_ops, &a->worker,
	    note)) != ERR_OK ||
	    (r = slots_open(&a->slots_ops, &a->slots)) != ERR_OK ||
	    (r = open_hub(a, note)) != ERR_OK)
		return (r);
	if ((r = open_api(a)) == ERR_OK) {
		look_at_clients(a);
		look_at_roots(a->conf);
	}
	return (r);
}

enum err
agent_open(const struct conf *conf, struct agent **out, struct note *note)
{
	struct agent *a = calloc(1, sizeof(*a));
	enum err r;

	*out = NULL;
	if (a == NULL)
		return (ERR_NOMEM);
	a->conf = conf;
	a->lock = -1;
	a->asleep = clock_asleep_ms();
	pthread_mutex_init(&a->tell_lock, NULL);
	pthread_mutex_init(&a->hub_lock, NULL);
	a->session_ops = (struct session_ops){ .take = take_reader,
	    .give_back = give_reader_back, .changed = wake, .ctx = a };
	a->slots_ops = (struct slots_ops){ .changed = reader_changed,
	    .dial = dial_device, .ctx = a };
	a->hub_ops = (struct hub_ops){ .changed = device_changed, .ctx = a };
	a->clerk_ops = (struct clerk_ops){ .changed = wake, .ctx = a };
	a->worker_ops = (struct worker_ops){ .changed = wake, .ctx = a };
	a->api_ops = (struct api_ops){ .readers = readers,
	    .folders = folders, .connected = is_connected,
	    .devices_changed = look_at_devices, .jobs_changed = turn_jobs,
	    .ctx = a };
	if ((r = open_parts(a, note)) != ERR_OK)
		(void)agent_close(&a);
	*out = a;
	return (r);
}

int
agent_port(const struct agent *a)
{
	return (server_port(a->server));
}

enum err
agent_run(struct agent *a)
{
	return (server_run(a->server));
}

void
agent_stop(struct agent *a)
{
	server_stop(a->server);
}

/* Visits first: they hold readers; then nobody wakes a server that is gone. */
int
agent_close(struct agent **ap)
{
	struct agent *a = *ap;
	int whole;

	if (a == NULL)
		return (1);
	*ap = NULL;
	whole = live_close(&a->live);
	close_hub(a);
	records_close(&a->records);
	slots_close(&a->slots);
	whole &= clerk_close(&a->clerk);
	whole &= worker_close(&a->worker);
	if (!whole)
		return (0);
	api_close(&a->api);
	server_close(&a->server);
	ca_close(&a->ca);
	store_close(&a->tell_store);
	store_close(&a->store);
	pthread_mutex_destroy(&a->hub_lock);
	pthread_mutex_destroy(&a->tell_lock);
	if (a->lock != -1)
		close(a->lock);
	free(a);
	return (1);
}
