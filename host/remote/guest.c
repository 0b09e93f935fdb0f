#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/clock.h"
#include "base/log.h"
#include "driver/frame.h"
#include "driver/link.h"
#include "host/remote/hub_in.h"

#define VERSION		1	/* link.md, HELLO */
#define SOFTWARE_MAX	64
#define REPLY_MS	10000	/* as the far side of a link */
#define TICKETS_MAX	200
#define KEY_LEN		32	/* Ed25519 */

enum type { T_HELLO = 0x41, T_TICKETS, T_RECORD, T_ENROL };

enum purpose { P_READER = 1, P_DELIVER, P_ENROL, PURPOSES };

/* One request of the device, and what becomes of it. */
struct request {
	struct guest	*guest;
	struct device	 device;	/* as the list had it; none: "" */
	struct frame	 frame;
	struct blob	 in, body;	/* of the frame; of the reply */
	struct note	 note;
};

/* --- frames --- */

static int
plain(const struct guest *g)
{
	return (wire_fd(g->wire));
}

static enum err
hear(struct request *q, int ms)
{
	note_set(&q->note, "%s", "");
	blob_reset(&q->body);
	return (frame_recv(plain(q->guest), &q->in, &q->frame,
	    clock_ms() + ms));
}

/* The body goes with ERR_OK alone. */
static enum err
answer(struct request *q, enum err result)
{
	struct blob out = { 0 };
	enum err r;

	if ((r = frame_start(&out, (uint8_t)(q->frame.type | LINK_REPLY),
	    q->frame.seq)) == ERR_OK &&
	    (r = frame_add_result(&out, result, &q->note)) == ERR_OK &&
	    result == ERR_OK && q->body.len > 0)
		r = blob_add(&out, q->body.data, q->body.len);
	if (r == ERR_OK)
		r = frame_send(plain(q->guest), &out, clock_ms() + REPLY_MS);
	blob_free(&out);
	return (r);
}

/* --- HELLO --- */

static int
is_ascii(struct buf text)
{
	for (size_t i = 0; i < text.left; i++) {
		if (text.p[i] < 0x20 || text.p[i] > 0x7e)
			return (0);
	}
	return (1);
}

static enum err
read_hello(struct request *q, enum purpose *purpose)
{
	struct buf in = q->frame.body, name;
	uint8_t version, what, len;

	*purpose = PURPOSES;
	if (q->frame.type != T_HELLO || buf_u8(&in, &version) != ERR_OK)
		return (ERR_LAYOUT);
	if (version != VERSION) {
		note_set(&q->note, "this agent speaks version %d", VERSION);
		return (ERR_LINK_VERSION);
	}
	if (buf_u8(&in, &what) != ERR_OK || buf_u8(&in, &len) != ERR_OK ||
	    len > SOFTWARE_MAX || buf_take(&in, len, &name) != ERR_OK ||
	    in.left > 0 || !is_ascii(name) || what < P_READER ||
	    what >= PURPOSES)
		return (ERR_LAYOUT);
	*purpose = (enum purpose)what;
	return (ERR_OK);
}

/* Whoever enrols is nobody yet. */
static enum err
welcome(struct request *q, enum purpose purpose)
{
	const uint8_t *print = wire_peer(q->guest->wire);
	enum err r;

	if (purpose == P_ENROL)
		return (hub_enrol(q->guest));
	r = print == NULL ? ERR_LINK_REVOKED : hub_know(q->guest, print,
	    &q->device);
	if (r == ERR_OK && purpose == P_READER)
		r = hub_keep(q->guest);
	return (r);
}

/* "u64 the agent's time in ms since 1970, u8 length and the name" */
static enum err
add_welcome(struct request *q)
{
	const char *name = q->device.name;
	uint64_t now = (uint64_t)clock_wall_ms();
	enum err r;

	if ((r = blob_add_u32(&q->body, (uint32_t)(now >> 32))) != ERR_OK ||
	    (r = blob_add_u32(&q->body, (uint32_t)now)) != ERR_OK ||
	    (r = blob_add_u8(&q->body, (uint8_t)strlen(name))) != ERR_OK)
		return (r);
	return (blob_add_str(&q->body, name));
}

static enum err
greet(struct request *q, enum purpose *purpose)
{
	enum err r, told;

	*purpose = PURPOSES;
	r = hear(q, HUB_SHAKE_MS);
	/* What is no frame at all is answered by nothing. */
	if (r != ERR_OK)
		return (r);
	if ((r = read_hello(q, purpose)) == ERR_OK)
		r = welcome(q, *purpose);
	if (r == ERR_OK)
		r = add_welcome(q);
	told = answer(q, r);
	return (r == ERR_OK ? told : r);
}

/* --- reader --- */

/* What is said in it is between the device and who takes it. */
static enum err
serve_reader(struct request *q)
{
	struct guest *g = q->guest;
	struct pollfd p = { .fd = wire_ended(g->wire), .events = POLLIN };

	hub_offer(g);
	while (poll(&p, 1, -1) <= 0)
		continue;
	hub_withdraw(g);
	return (wire_why(g->wire, &q->note));
}

/* --- deliver --- */

static enum err
add_seal(struct request *q)
{
	struct ca *ca = q->guest->hub->ca;
	X509 *x = ca_seal_cert(ca);
	unsigned char *der = NULL;
	int len = x == NULL ? 0 : i2d_X509(x, &der);
	uint8_t key[KEY_LEN];
	size_t keylen = sizeof(key);
	enum err r = ERR_LIB;

	if (len > 0 && len <= UINT16_MAX && EVP_PKEY_get_raw_public_key(
	    ca_ticket_key(ca), key, &keylen) == 1 && keylen == KEY_LEN &&
	    (r = blob_add_u16(&q->body, (uint16_t)len)) == ERR_OK &&
	    (r = blob_add(&q->body, der, (size_t)len)) == ERR_OK)
		r = blob_add(&q->body, key, keylen);
	ERR_clear_error();
	OPENSSL_free(der);
	X509_free(x);
	return (r);
}

static enum err
tickets(struct request *q, const struct hub_deliver *d)
{
	struct buf in = q->frame.body;
	struct blob rows = { 0 };
	uint16_t n;
	enum err r;

	if (buf_u16(&in, &n) != ERR_OK || in.left > 0 || n == 0 ||
	    n > TICKETS_MAX)
		return (ERR_LAYOUT);
	if ((r = add_seal(q)) != ERR_OK)
		return (r);
	r = d->tickets(d->ctx, &q->device, n, &rows, &q->note);
	if (r == ERR_OK && (rows.len % HUB_TICKET != 0 ||
	    rows.len / HUB_TICKET > n))
		r = ERR_SEQUENCE;
	if (r == ERR_OK)
		r = blob_add_u16(&q->body, (uint16_t)(rows.len / HUB_TICKET));
	if (r == ERR_OK && rows.len > 0)
		r = blob_add(&q->body, rows.data, rows.len);
	blob_free(&rows);
	return (r);
}

static enum err
record(struct request *q, const struct hub_deliver *d)
{
	struct buf in = q->frame.body, sealed;
	uint8_t filed = 0;
	uint32_t len;
	enum err r;

	if (buf_u32(&in, &len) != ERR_OK || len == 0 ||
	    buf_take(&in, len, &sealed) != ERR_OK || in.left > 0)
		return (ERR_LAYOUT);
	if ((r = d->record(d->ctx, &q->device, sealed, &filed,
	    &q->note)) != ERR_OK)
		return (r);
	return (blob_add_u8(&q->body, filed));
}

static const struct {
	uint8_t		type;
	enum err	(*serve)(struct request *, const struct hub_deliver *);
} deliveries[] = {
	{ T_TICKETS,	tickets },
	{ T_RECORD,	record },
};

static enum err
deliver(struct request *q, int *last)
{
	const struct hub_deliver *d = q->guest->hub->deliver;
	enum err r = hub_know(q->guest, wire_peer(q->guest->wire),
	    &q->device);

	if (r != ERR_OK) {
		*last = 1;
		return (r);
	}
	for (size_t i = 0; i < sizeof(deliveries) / sizeof(deliveries[0]);
	    i++) {
		if (deliveries[i].type == q->frame.type)
			return (d == NULL ? ERR_NOT_NOW :
			    deliveries[i].serve(q, d));
	}
	*last = 1;
	return (ERR_LAYOUT);
}

/* --- enrol --- */

static enum err
enrol(struct request *q, int *last)
{
	struct hub *h = q->guest->hub;
	const struct enrol e = { h->store, h->ca, &h->gate };
	struct device d;
	enum err r;

	*last = 1;
	if (q->frame.type != T_ENROL)
		return (ERR_LAYOUT);
	pthread_mutex_lock(&h->store_lock);
	r = enrol_serve(&e, q->frame.body, &q->body, &d, &q->note);
	pthread_mutex_unlock(&h->store_lock);
	/* Mistyped: it may be entered again. */
	*last = r != ERR_CODE;
	if (r == ERR_OK)
		log_line(LOG_INFO, "hub", "%s was enrolled", d.name);
	else
		log_line(LOG_WARN, "hub", "an enrolment was refused: %s",
		    err_name(r));
	return (r);
}

/* --- a conversation --- */

static enum err
serve_requests(struct request *q, enum err (*serve)(struct request *, int *))
{
	int last = 0;
	enum err r = ERR_OK, told;

	while (!last) {
		if ((r = hear(q, HUB_IDLE_MS)) != ERR_OK)
			return (r == ERR_NO_READER ? ERR_OK : r);
		r = serve(q, &last);
		if ((told = answer(q, r)) != ERR_OK)
			return (told);
	}
	return (r);
}

static enum err
converse(struct request *q)
{
	enum purpose purpose;
	enum err r;

	if ((r = greet(q, &purpose)) != ERR_OK)
		return (r);
	switch (purpose) {
	case P_READER:
		return (serve_reader(q));
	case P_DELIVER:
		return (serve_requests(q, deliver));
	case P_ENROL:
		return (serve_requests(q, enrol));
	case PURPOSES:
		break;
	}
	return (ERR_LAYOUT);
}

static void
say_end(const struct request *q, enum err r)
{
	const char *text = q->note.text;

	if (r == ERR_OK)
		return;
	log_line(LOG_INFO, "hub", "%s: %s%s%s", q->device.name[0] != '\0' ?
	    q->device.name : "a connection", err_name(r), text[0] != '\0' ?
	    ": " : "", text);
}

void
guest_run(struct guest *g)
{
	struct request q = { .guest = g };
	struct wire *wire = NULL;
	enum err r;

	r = wire_accept(g->server, g->fd, HUB_SHAKE_MS, &wire, &q.note);
	if (r == ERR_OK) {
		hub_attach(g, wire);
		r = converse(&q);
		hub_attach(g, NULL);
		wire_close(&wire);
	}
	say_end(&q, r);
	blob_free(&q.in);
	blob_free(&q.body);
}
