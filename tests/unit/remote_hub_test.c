#include <sys/socket.h>
#include <sys/syscall.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "driver/frame.h"
#include "driver/link.h"
#include "host/remote/hub.h"
#include "tests/unit/remote_room.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define STUCK_MS	60000	/* a failsafe: nothing is measured by it */
#define HELLO		0x41
#define TICKETS		0x42
#define RECORD		0x43
#define ENROL		0x44

static struct ca *ca;
static struct hub *hub;
static struct note note;
static char address[32];
static int port;

/* --- a clock that can be moved on --- */

static _Atomic int64_t skew;	/* ms */

__attribute__((no_sanitize_thread)) int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);
	int64_t ms = atomic_load(&skew) + ts->tv_nsec / 1000000;

	ts->tv_sec += ms / 1000;
	ts->tv_nsec = ms % 1000 * 1000000 + ts->tv_nsec % 1000000;
	return (rc);
}

/* --- what the hub says --- */

static struct {
	pthread_mutex_t	lock;
	pthread_cond_t	changed;
	char		text[256];
	int		held;		/* who tells waits */
} told = { .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER };

static void
changed(void *ctx, const char *device, int connected)
{
	size_t n;

	(void)ctx;
	pthread_mutex_lock(&told.lock);
	n = strlen(told.text);
	snprintf(told.text + n, sizeof(told.text) - n, "%s%s ", connected ?
	    "+" : "-", device);
	pthread_cond_broadcast(&told.changed);
	while (told.held)
		pthread_cond_wait(&told.changed, &told.lock);
	pthread_mutex_unlock(&told.lock);
}

static void
hold(int held)
{
	pthread_mutex_lock(&told.lock);
	told.held = held;
	pthread_cond_broadcast(&told.changed);
	pthread_mutex_unlock(&told.lock);
}

static void
await(const char *text)
{
	pthread_mutex_lock(&told.lock);
	while (strcmp(told.text, text) != 0)
		pthread_cond_wait(&told.changed, &told.lock);
	pthread_mutex_unlock(&told.lock);
}

/* --- what a device delivers to --- */

static struct {
	char		name[DEVICE_NAME];
	unsigned	n;		/* asked for */
	size_t		len;		/* given, or of a record */
	enum err	r;
} desk;

static enum err
give_tickets(void *ctx, const struct device *d, unsigned n, struct blob *out,
    struct note *why)
{
	(void)ctx;
	memcpy(desk.name, d->name, sizeof(desk.name));
	desk.n = n;
	note_set(why, desk.r == ERR_OK ? "%s" : "why: %s", "");
	for (size_t i = 0; i < desk.len; i++)
		assert_int_equal(blob_add_u8(out, (uint8_t)i), ERR_OK);
	return (desk.r);
}

static enum err
take_record(void *ctx, const struct device *d, struct buf sealed,
    uint8_t *filed, struct note *why)
{
	(void)ctx;
	(void)why;
	memcpy(desk.name, d->name, sizeof(desk.name));
	desk.len = sealed.left;
	*filed = 2;
	return (desk.r);
}

/* --- around each test --- */

static const struct hub_ops ops = { .changed = changed };
static const struct hub_deliver deliver = { .tickets = give_tickets,
    .record = take_record };

static void
free_address(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	close(fd);
	port = ntohs(in.sin_port);
	snprintf(address, sizeof(address), "127.0.0.1:%d", port);
}

static enum err
open_hub(const struct hub_deliver *d)
{
	const struct hub_conf conf = { .listen = address,
	    .store = room.path, .ca = ca, .ops = &ops, .deliver = d };

	return (hub_open(&conf, &hub, &note));
}

static int
set_up(void **state)
{
	signal(SIGPIPE, SIG_IGN);
	skew = 0;
	told.text[0] = '\0';
	memset(&desk, 0, sizeof(desk));
	if (room_up(state) != 0)
		return (-1);
	assert_int_equal(ca_open(room.keys, &ca, &note), ERR_OK);
	free_address();
	assert_int_equal(open_hub(&deliver), ERR_OK);
	return (0);
}

static int
tear_down(void **state)
{
	hold(0);
	hub_close(&hub);
	hub_close(&hub);
	ca_close(&ca);
	return (room_down(state));
}

/* --- a device --- */

struct peer {
	struct wire	*wire;
	uint16_t	 seq;
	struct blob	 in;
	struct buf	 body;		/* of the last reply */
	struct note	 note;
	uint64_t	 time;
	char		 name[65];
};

/* Key and certificate as files; enrolled or not. */
static void
make_identity(const char *name, int enrolled)
{
	EVP_PKEY *key = room_key("P-256");
	uint8_t print[WIRE_PRINT];
	char file[64];
	X509 *x;

	assert_int_equal(ca_issue(ca, key, &x), ERR_OK);
	assert_int_equal(spki_print(x, print), ERR_OK);
	snprintf(file, sizeof(file), "%s.crt", name);
	room_save_cert(file, x);
	snprintf(file, sizeof(file), "%s.key", name);
	room_save_key(file, key);
	if (enrolled)
		room_device(name, print);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* code NULL: nobody needs it. */
static void
invite(const char *name, char *code)
{
	char unused[DEVICE_CODE + 1];
	int64_t until;

	assert_int_equal(device_invite(room.store, name, code != NULL ? code :
	    unused, &until, &note), ERR_OK);
}

/* name NULL: without a certificate. */
static struct peer
dial(const char *name)
{
	struct wire_conf conf = { .ca_print = ca_print(ca),
	    .address = address };
	struct peer p = { 0 };
	char file[64];

	if (name != NULL) {
		snprintf(file, sizeof(file), "%s.crt", name);
		conf.cert = room_file(file);
		snprintf(file, sizeof(file), "%s.key", name);
		conf.key = room_file(file);
	}
	assert_int_equal(wire_dial(&conf, STUCK_MS, &p.wire, &note), ERR_OK);
	return (p);
}

static void
hang_up(struct peer *p)
{
	wire_close(&p->wire);
	blob_free(&p->in);
}

static void
send_frame(struct peer *p, uint8_t type, const void *data, size_t len)
{
	struct blob out = { 0 };

	assert_int_equal(frame_start(&out, type, ++p->seq), ERR_OK);
	assert_int_equal(blob_add(&out, data, len), ERR_OK);
	assert_int_equal(frame_send(wire_fd(p->wire), &out, clock_ms() +
	    STUCK_MS), ERR_OK);
	blob_free(&out);
}

static enum err
hear_reply(struct peer *p, uint8_t type)
{
	struct frame f;
	enum err told_us;

	assert_int_equal(frame_recv(wire_fd(p->wire), &p->in, &f, clock_ms() +
	    STUCK_MS), ERR_OK);
	assert_int_equal(f.type, type | LINK_REPLY);
	assert_int_equal(f.seq, p->seq);
	assert_int_equal(frame_take_result(&f.body, &told_us, &p->note),
	    ERR_OK);
	p->body = f.body;
	if (told_us != ERR_OK)
		assert_int_equal(p->body.left, 0);
	return (told_us);
}

static enum err
ask(struct peer *p, uint8_t type, const void *data, size_t len)
{
	send_frame(p, type, data, len);
	return (hear_reply(p, type));
}

static enum err
hello(struct peer *p, uint8_t purpose)
{
	const uint8_t text[] = { 1, purpose, 4, 't', 'e', 's', 't' };
	enum err r = ask(p, HELLO, text, sizeof(text));
	uint32_t high, low;
	uint8_t n;

	if (r != ERR_OK)
		return (r);
	assert_int_equal(buf_u32(&p->body, &high), ERR_OK);
	assert_int_equal(buf_u32(&p->body, &low), ERR_OK);
	assert_int_equal(buf_u8(&p->body, &n), ERR_OK);
	assert_int_equal(p->body.left, n);
	p->time = (uint64_t)high << 32 | low;
	memset(p->name, 0, sizeof(p->name));
	assert_int_equal(buf_read(&p->body, p->name, n), ERR_OK);
	return (ERR_OK);
}

static void
assert_closed(const struct peer *p)
{
	struct pollfd fd = { .fd = wire_ended(p->wire), .events = POLLIN };

	assert_int_equal(poll(&fd, 1, STUCK_MS), 1);
}

static void
assert_open(struct peer *p)
{
	struct pollfd fd = { .fd = wire_ended(p->wire), .events = POLLIN };

	assert_int_equal(poll(&fd, 1, 0), 0);
}

/* Time goes on until the hub hangs up.  Who waits there looks at the clock
 * when a byte comes: one of a frame that has not ended. */
static void
wait_it_out(struct peer *p, int64_t ms)
{
	static const uint8_t head[] = { 0, 0, 4 };
	struct pollfd fd = { .fd = wire_ended(p->wire), .events = POLLIN };
	uint8_t c;

	for (size_t i = 0; i < 600; i++) {
		c = i < sizeof(head) ? head[i] : 0;
		skew += ms;
		(void)send(wire_fd(p->wire), &c, 1, MSG_NOSIGNAL);
		if (poll(&fd, 1, 100) == 1)
			return;
	}
	fail_msg("it waits for ever");
}

/* --- HELLO --- */

static void
knows_device_and_time(void **state)
{
	struct peer p;
	int64_t apart;

	(void)state;
	make_identity("tablet", 1);
	p = dial("tablet");
	assert_int_equal(hello(&p, 2), ERR_OK);
	assert_string_equal(p.name, "tablet");
	apart = (int64_t)p.time - clock_wall_ms();
	assert_true(apart < 60000 && apart > -60000);
	hang_up(&p);
	invite("other", NULL);
	p = dial(NULL);
	assert_int_equal(hello(&p, 3), ERR_OK);
	assert_string_equal(p.name, "");
	hang_up(&p);
}

/* What is said first; the connection ends with the answer. */
static const struct first {
	const char	*name, *who;	/* NULL: without certificate */
	uint8_t		 type;
	const char	*bytes;
	size_t		 len;
	enum err	 want;
} firsts[] = {
	{ "version 0", "tablet", HELLO, "\0\1\0", 3, ERR_LINK_VERSION },
	{ "version 2, another form", "tablet", HELLO, "\2", 1,
	    ERR_LINK_VERSION },
	{ "nothing in it", "tablet", HELLO, "", 0, ERR_LAYOUT },
	{ "version alone", "tablet", HELLO, "\1", 1, ERR_LAYOUT },
	{ "without a name's length", "tablet", HELLO, "\1\1", 2,
	    ERR_LAYOUT },
	{ "a name that is cut", "tablet", HELLO, "\1\1\4abc", 6,
	    ERR_LAYOUT },
	{ "more than a name", "tablet", HELLO, "\1\1\2abc", 6, ERR_LAYOUT },
	{ "a name not of ASCII", "tablet", HELLO, "\1\1\1\x80", 4,
	    ERR_LAYOUT },
	{ "a control character", "tablet", HELLO, "\1\1\1\n", 4,
	    ERR_LAYOUT },
	{ "a name of 65", "tablet", HELLO, "\1\1\x41" "aaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 68, ERR_LAYOUT },
	{ "purpose 0", "tablet", HELLO, "\1\0\0", 3, ERR_LAYOUT },
	{ "purpose 4", "tablet", HELLO, "\1\4\0", 3, ERR_LAYOUT },
	{ "another request", "tablet", TICKETS, "\0\1", 2, ERR_LAYOUT },
	{ "a link's request", "tablet", LINK_WAIT, "\0\0\0\0", 4,
	    ERR_LAYOUT },
	{ "reader without a certificate", NULL, HELLO, "\1\1\0", 3,
	    ERR_LINK_REVOKED },
	{ "deliver without one", NULL, HELLO, "\1\2\0", 3,
	    ERR_LINK_REVOKED },
	{ "reader that is not in the list", "stranger", HELLO, "\1\1\0", 3,
	    ERR_LINK_REVOKED },
	{ "deliver, not in the list", "stranger", HELLO, "\1\2\0", 3,
	    ERR_LINK_REVOKED },
	{ "reader that is revoked", "gone", HELLO, "\1\1\0", 3,
	    ERR_LINK_REVOKED },
	{ "deliver, revoked", "gone", HELLO, "\1\2\0", 3, ERR_LINK_REVOKED },
};

static void
hears_first(void **state)
{
	const struct first *f = *state;
	struct peer p;

	make_identity("tablet", 1);
	make_identity("stranger", 0);
	make_identity("gone", 1);
	assert_int_equal(device_revoke(room.store, "gone"), ERR_OK);
	p = dial(f->who);
	assert_int_equal(ask(&p, f->type, f->bytes, f->len), f->want);
	assert_closed(&p);
	hang_up(&p);
	/* The others are not touched. */
	p = dial("tablet");
	assert_int_equal(hello(&p, 2), ERR_OK);
	hang_up(&p);
}

/* What is no frame: the end, without a word. */
static const struct noise {
	const char	*name, *bytes;
	size_t		 len;
} noises[] = {
	{ "a length of 4 GB", "\xff\xff\xff\xff\x41\0\1", 7 },
	{ "a length above the limit", "\0\x10\0\1\x41\0\1", 7 },
	{ "a length of 2", "\0\0\0\2\x41\0", 6 },
	{ "a length of 0", "\0\0\0\0", 4 },
	{ "HTTP", "GET / HTTP/1.1\r\n\r\n", 18 },
	{ "half a frame", "\0\0\0\x0a\x41\0\1", 7 },
};

static void
hangs_up_at_noise(void **state)
{
	const struct noise *n = *state;
	struct peer p;
	uint8_t c;

	make_identity("tablet", 1);
	p = dial("tablet");
	assert_int_equal(write(wire_fd(p.wire), n->bytes, n->len), n->len);
	shutdown(wire_fd(p.wire), SHUT_WR);
	assert_closed(&p);
	assert_int_equal(read(wire_fd(p.wire), &c, 1), 0);
	hang_up(&p);
}

static void
waits_for_a_hello_no_longer_than_said(void **state)
{
	struct peer p;

	(void)state;
	make_identity("tablet", 1);
	p = dial("tablet");
	assert_open(&p);
	wait_it_out(&p, HUB_SHAKE_MS + 1000);
	hang_up(&p);
}

/* --- readers --- */

static void
is_handed_out_once(void **state)
{
	struct peer p;
	int fd, other;
	uint8_t c = 'x';

	(void)state;
	make_identity("tablet", 1);
	assert_int_equal(hub_take(hub, "tablet", &fd, &note),
	    ERR_DEVICE_AWAY);
	assert_int_equal(fd, -1);
	assert_string_equal(note.text, "tablet");
	assert_int_equal(hub_connected(hub, "tablet"), 0);
	p = dial("tablet");
	assert_int_equal(hello(&p, 1), ERR_OK);
	await("+tablet ");
	assert_int_equal(hub_connected(hub, "tablet"), 1);
	assert_int_equal(hub_take(hub, "table", &fd, &note),
	    ERR_DEVICE_AWAY);
	assert_int_equal(hub_take(hub, "tablet", &fd, &note), ERR_OK);
	assert_int_equal(hub_take(hub, "tablet", &other, &note),
	    ERR_READER_BUSY);
	assert_int_equal(other, -1);
	assert_int_equal(write(fd, &c, 1), 1);
	assert_int_equal(read(wire_fd(p.wire), &c, 1), 1);
	/* Closed by who has it: the device sees the end. */
	close(fd);
	assert_closed(&p);
	await("+tablet -tablet ");
	assert_int_equal(hub_connected(hub, "tablet"), 0);
	hang_up(&p);
}

static void
device_that_leaves_is_away(void **state)
{
	struct peer p;
	struct device d;
	uint8_t c;
	int fd;

	(void)state;
	make_identity("tablet", 1);
	p = dial("tablet");
	assert_int_equal(hello(&p, 1), ERR_OK);
	await("+tablet ");
	assert_int_equal(hub_take(hub, "tablet", &fd, &note), ERR_OK);
	hang_up(&p);
	assert_int_equal(read(fd, &c, 1), 0);
	close(fd);
	await("+tablet -tablet ");
	assert_int_equal(device_get(room.store, "tablet", &d), ERR_OK);
	assert_true(d.last_seen > 0);
	/* And comes back. */
	p = dial("tablet");
	assert_int_equal(hello(&p, 1), ERR_OK);
	await("+tablet -tablet +tablet ");
	assert_int_equal(hub_take(hub, "tablet", &fd, &note), ERR_OK);
	close(fd);
	hang_up(&p);
}

/* Also before the hub has seen that it left. */
static void
taken_and_gone_is_away(void **state)
{
	struct peer p;
	uint8_t c;
	int fd, other;

	(void)state;
	make_identity("tablet", 1);
	hold(1);
	p = dial("tablet");
	assert_int_equal(hello(&p, 1), ERR_OK);
	await("+tablet ");
	assert_int_equal(hub_take(hub, "tablet", &fd, &note), ERR_OK);
	assert_int_equal(hub_take(hub, "tablet", &other, &note),
	    ERR_READER_BUSY);
	hang_up(&p);
	assert_int_equal(read(fd, &c, 1), 0);
	assert_int_equal(hub_take(hub, "tablet", &other, &note),
	    ERR_DEVICE_AWAY);
	assert_int_equal(other, -1);
	assert_string_equal(note.text, "tablet");
	close(fd);
	hold(0);
	await("+tablet -tablet ");
}

static void
is_a_reader_once(void **state)
{
	struct peer first, second, other;
	uint8_t c = 'x';
	int fd;

	(void)state;
	make_identity("tablet", 1);
	make_identity("other", 1);
	first = dial("tablet");
	assert_int_equal(hello(&first, 1), ERR_OK);
	await("+tablet ");
	second = dial("tablet");
	assert_int_equal(hello(&second, 1), ERR_READER_BUSY);
	assert_closed(&second);
	hang_up(&second);
	assert_open(&first);
	/* Deliveries go beside it, and so do other devices. */
	second = dial("tablet");
	assert_int_equal(hello(&second, 2), ERR_OK);
	hang_up(&second);
	other = dial("other");
	assert_int_equal(hello(&other, 1), ERR_OK);
	await("+tablet +other ");
	/* Asked for something and silent for a while: still the one. */
	assert_int_equal(hub_take(hub, "tablet", &fd, &note), ERR_OK);
	assert_int_equal(write(fd, &c, 1), 1);
	assert_int_equal(read(wire_fd(first.wire), &c, 1), 1);
	skew += HUB_SILENT_MS - 5000;
	second = dial("tablet");
	assert_int_equal(hello(&second, 1), ERR_READER_BUSY);
	hang_up(&second);
	/* Too long: the newer one wins. */
	skew += 6000;
	second = dial("tablet");
	assert_int_equal(hello(&second, 1), ERR_OK);
	assert_closed(&first);
	assert_int_equal(read(fd, &c, 1), 0);
	close(fd);
	assert_open(&other);
	hang_up(&first);
	/* The device came again, and never went. */
	await("+tablet +other +tablet ");
	hang_up(&second);
	await("+tablet +other +tablet -tablet ");
	hang_up(&other);
	await("+tablet +other +tablet -tablet -other ");
}

static void
revoked_is_cut_off(void **state)
{
	struct peer reader, giver, other;
	uint8_t c;
	int fd;

	(void)state;
	make_identity("tablet", 1);
	make_identity("other", 1);
	reader = dial("tablet");
	assert_int_equal(hello(&reader, 1), ERR_OK);
	await("+tablet ");
	giver = dial("tablet");
	assert_int_equal(hello(&giver, 2), ERR_OK);
	other = dial("other");
	assert_int_equal(hello(&other, 2), ERR_OK);
	assert_int_equal(hub_take(hub, "tablet", &fd, &note), ERR_OK);
	assert_int_equal(device_revoke(room.store, "tablet"), ERR_OK);
	hub_look(hub);
	assert_closed(&reader);
	assert_closed(&giver);
	assert_int_equal(read(fd, &c, 1), 0);
	close(fd);
	await("+tablet -tablet ");
	assert_int_equal(ask(&other, TICKETS, "\0\1", 2), ERR_OK);
	hang_up(&reader);
	hang_up(&giver);
	hang_up(&other);
}

static void
renamed_is_found_by_its_name(void **state)
{
	struct peer p;
	int fd = -1;

	(void)state;
	make_identity("tablet", 1);
	p = dial("tablet");
	assert_int_equal(hello(&p, 1), ERR_OK);
	await("+tablet ");
	assert_int_equal(device_rename(room.store, "tablet", "home", &note),
	    ERR_OK);
	hub_look(hub);
	while (hub_take(hub, "home", &fd, &note) != ERR_OK)
		sched_yield();
	assert_int_equal(hub_connected(hub, "tablet"), 0);
	close(fd);
	hang_up(&p);
}

/* --- deliver --- */

static void
gives_tickets(void **state)
{
	struct peer p;
	struct buf part;
	const uint8_t *at;
	uint16_t n;
	X509 *x;

	(void)state;
	make_identity("tablet", 1);
	p = dial("tablet");
	assert_int_equal(hello(&p, 2), ERR_OK);
	desk.len = (size_t)2 * HUB_TICKET;
	assert_int_equal(ask(&p, TICKETS, "\0\3", 2), ERR_OK);
	assert_string_equal(desk.name, "tablet");
	assert_int_equal(desk.n, 3);
	assert_int_equal(buf_u16(&p.body, &n), ERR_OK);
	assert_int_equal(buf_take(&p.body, n, &part), ERR_OK);
	at = part.p;
	assert_non_null(x = d2i_X509(NULL, &at, n));
	assert_int_equal(X509_check_private_key(x, ca_seal_key(ca)), 1);
	X509_free(x);
	assert_int_equal(buf_skip(&p.body, 32), ERR_OK);
	assert_int_equal(buf_u16(&p.body, &n), ERR_OK);
	assert_int_equal(n, 2);
	assert_int_equal(p.body.left, desk.len);
	assert_int_equal(p.body.p[141], 141);
	/* Several on one connection. */
	desk.len = 0;
	assert_int_equal(ask(&p, TICKETS, "\0\xc8", 2), ERR_OK);
	assert_int_equal(desk.n, 200);
	assert_int_equal(ask(&p, RECORD, "\0\0\0\4abcd", 8), ERR_OK);
	assert_int_equal(desk.len, 4);
	assert_int_equal(p.body.left, 1);
	assert_int_equal(p.body.p[0], 2);
	hang_up(&p);
}

/* Too long for a record: whoever files it says so, and the desk hears it. */
static void
a_record_that_is_too_long_is_handed_on(void **state)
{
	static uint8_t bytes[4 + 262145] = { 0, 4, 0, 1 };
	struct peer p;

	(void)state;
	make_identity("tablet", 1);
	p = dial("tablet");
	assert_int_equal(hello(&p, 2), ERR_OK);
	desk.r = ERR_TOOBIG;
	assert_int_equal(ask(&p, RECORD, bytes, sizeof(bytes)), ERR_TOOBIG);
	assert_int_equal(desk.len, 262145);
	desk.r = ERR_OK;
	assert_int_equal(ask(&p, RECORD, "\0\0\0\4abcd", 8), ERR_OK);
	hang_up(&p);
}

/* last: the connection ends with it. */
static const struct delivery {
	const char	*name;
	uint8_t		 type;
	const char	*bytes;
	size_t		 len, given;
	enum err	 hook, want;
	int		 last;
} deliveries[] = {
	{ "no tickets", TICKETS, "\0\0", 2, 0, ERR_OK, ERR_LAYOUT, 0 },
	{ "201 tickets", TICKETS, "\0\xc9", 2, 0, ERR_OK, ERR_LAYOUT, 0 },
	{ "half a number", TICKETS, "\0", 1, 0, ERR_OK, ERR_LAYOUT, 0 },
	{ "more than a number", TICKETS, "\0\1x", 3, 0, ERR_OK, ERR_LAYOUT,
	    0 },
	{ "tickets are refused", TICKETS, "\0\1", 2, 0, ERR_STORE_BUSY,
	    ERR_STORE_BUSY, 0 },
	{ "half a ticket is made", TICKETS, "\0\1", 2, 71, ERR_OK,
	    ERR_SEQUENCE, 0 },
	{ "too many are made", TICKETS, "\0\1", 2, (size_t)2 * HUB_TICKET,
	    ERR_OK, ERR_SEQUENCE, 0 },
	{ "an empty record", RECORD, "\0\0\0\0", 4, 0, ERR_OK, ERR_LAYOUT,
	    0 },
	{ "a record that is cut", RECORD, "\0\0\0\5abcd", 8, 0, ERR_OK,
	    ERR_LAYOUT, 0 },
	{ "more than a record", RECORD, "\0\0\0\3abcd", 8, 0, ERR_OK,
	    ERR_LAYOUT, 0 },
	{ "a record of 4 GB", RECORD, "\xff\xff\xff\xff" "abcd", 8, 0, ERR_OK,
	    ERR_LAYOUT, 0 },
	{ "nothing", RECORD, "", 0, 0, ERR_OK, ERR_LAYOUT, 0 },
	{ "a record is refused", RECORD, "\0\0\0\1x", 5, 0, ERR_ROW,
	    ERR_ROW, 0 },
	{ "HELLO again", HELLO, "\1\2\0", 3, 0, ERR_OK, ERR_LAYOUT, 1 },
	{ "an enrolment", ENROL, "", 0, 0, ERR_OK, ERR_LAYOUT, 1 },
	{ "a link's request", LINK_BEGIN, "", 0, 0, ERR_OK, ERR_LAYOUT, 1 },
};

static void
delivery_is_judged(void **state)
{
	const struct delivery *d = *state;
	struct peer p;

	make_identity("tablet", 1);
	p = dial("tablet");
	assert_int_equal(hello(&p, 2), ERR_OK);
	desk.r = d->hook;
	desk.len = d->given;
	assert_int_equal(ask(&p, d->type, d->bytes, d->len), d->want);
	if (d->last) {
		assert_closed(&p);
	} else {
		desk.r = ERR_OK;
		desk.len = 0;
		assert_int_equal(ask(&p, TICKETS, "\0\1", 2), ERR_OK);
	}
	hang_up(&p);
}

static void
revoked_between_two_requests(void **state)
{
	struct peer p;
	enum err r;

	(void)state;
	make_identity("tablet", 1);
	p = dial("tablet");
	assert_int_equal(hello(&p, 2), ERR_OK);
	assert_int_equal(ask(&p, TICKETS, "\0\1", 2), ERR_OK);
	desk.name[0] = '\0';
	assert_int_equal(device_revoke(room.store, "tablet"), ERR_OK);
	send_frame(&p, TICKETS, "\0\1", 2);
	/* Answered, or cut off before that: never served. */
	struct frame f;
	r = frame_recv(wire_fd(p.wire), &p.in, &f, clock_ms() + STUCK_MS);
	if (r == ERR_OK)
		assert_non_null(memmem(f.body.p, f.body.left, "LINK_REVOKED",
		    12));
	assert_string_equal(desk.name, "");
	assert_closed(&p);
	hang_up(&p);
}

static void
nobody_to_deliver_to(void **state)
{
	struct peer p;

	(void)state;
	hub_close(&hub);
	assert_int_equal(open_hub(NULL), ERR_OK);
	make_identity("tablet", 1);
	p = dial("tablet");
	assert_int_equal(hello(&p, 2), ERR_OK);
	assert_int_equal(ask(&p, TICKETS, "\0\1", 2), ERR_NOT_NOW);
	assert_int_equal(ask(&p, RECORD, "\0\0\0\1x", 5), ERR_NOT_NOW);
	hang_up(&p);
}

static void
ends_an_idle_one(void **state)
{
	struct peer p;

	(void)state;
	make_identity("tablet", 1);
	p = dial("tablet");
	assert_int_equal(hello(&p, 2), ERR_OK);
	assert_int_equal(ask(&p, TICKETS, "\0\1", 2), ERR_OK);
	wait_it_out(&p, HUB_IDLE_MS + 1000);
	hang_up(&p);
}

/* --- enrol --- */

static void
enrols_over_the_link(void **state)
{
	char code[DEVICE_CODE + 1];
	EVP_PKEY *key = room_key("P-256");
	uint8_t payload[8192];
	struct device d;
	struct peer p;
	size_t len;

	(void)state;
	invite("tablet", code);
	len = room_request(key, key, NULL, payload + 12);
	payload[10] = (uint8_t)(len >> 8);
	payload[11] = (uint8_t)len;
	p = dial(NULL);
	assert_int_equal(hello(&p, 3), ERR_OK);
	/* Mistyped, and once more on the same connection. */
	memcpy(payload, "0000000000", 10);
	assert_int_equal(ask(&p, ENROL, payload, len + 12), ERR_CODE);
	memcpy(payload, code, 10);
	assert_int_equal(ask(&p, ENROL, payload, len + 12), ERR_OK);
	assert_memory_equal(p.body.p + 1, "tablet", 6);
	assert_closed(&p);
	hang_up(&p);
	assert_int_equal(device_get(room.store, "tablet", &d), ERR_OK);
	/* Replayed. */
	invite("other", NULL);
	p = dial(NULL);
	assert_int_equal(hello(&p, 3), ERR_OK);
	assert_int_equal(ask(&p, ENROL, payload, len + 12), ERR_CODE);
	assert_int_equal(ask(&p, TICKETS, "\0\1", 2), ERR_LAYOUT);
	assert_closed(&p);
	hang_up(&p);
	EVP_PKEY_free(key);
}

/* A HELLO for it is answered by the one error that says what to do. */
static void
nobody_is_invited(void **state)
{
	struct peer p;

	(void)state;
	for (int i = 0; i < 3; i++) {
		p = dial(NULL);
		assert_int_equal(hello(&p, 3), ERR_LINK_REVOKED);
		assert_closed(&p);
		hang_up(&p);
		/* Withdrawn, and then too old. */
		invite("tablet", NULL);
		if (i == 0)
			assert_int_equal(device_revoke(room.store, "tablet"),
			    ERR_OK);
		else
			skew += DEVICE_CODE_MS + 1000;
	}
}

static void
few_enrol_at_a_time(void **state)
{
	struct peer many[HUB_ENROLS], p;

	(void)state;
	make_identity("other", 1);
	invite("tablet", NULL);
	for (size_t i = 0; i < LEN(many); i++) {
		many[i] = dial(NULL);
		assert_int_equal(hello(&many[i], 3), ERR_OK);
	}
	p = dial(NULL);
	assert_int_equal(hello(&p, 3), ERR_TOO_MANY);
	assert_closed(&p);
	hang_up(&p);
	/* A device that is known is not held up by them. */
	p = dial("other");
	assert_int_equal(hello(&p, 2), ERR_OK);
	hang_up(&p);
	hang_up(&many[0]);
	for (;;) {
		p = dial(NULL);
		if (hello(&p, 3) == ERR_OK)
			break;
		hang_up(&p);
	}
	hang_up(&p);
	for (size_t i = 1; i < LEN(many); i++)
		hang_up(&many[i]);
}

/* --- many --- */

static int
connect_from(const char *source)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, source, &in.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	in.sin_port = htons((uint16_t)port);
	inet_pton(AF_INET, "127.0.0.1", &in.sin_addr);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return (fd);
}

static int
is_cut(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return (poll(&p, 1, ms) == 1);
}

/* Connections that say nothing; devices that are known do not count. */
static void
strangers_are_few(void **state)
{
	struct peer known[HUB_PEER + 2];
	int silent[HUB_PEER], others[HUB_STRANGERS], fd, n = 0;
	char source[32];

	(void)state;
	make_identity("tablet", 1);
	for (size_t i = 0; i < LEN(known); i++) {
		known[i] = dial("tablet");
		assert_int_equal(hello(&known[i], 2), ERR_OK);
	}
	for (int i = 0; i < HUB_PEER; i++)
		silent[i] = connect_from("127.0.0.1");
	/* One more of this address is cut off at once; of another it is not. */
	fd = connect_from("127.0.0.1");
	assert_int_equal(is_cut(fd, STUCK_MS), 1);
	close(fd);
	for (int i = 0; i < HUB_STRANGERS - HUB_PEER; i++) {
		snprintf(source, sizeof(source), "127.0.1.%d", i / HUB_PEER +
		    1);
		others[n++] = connect_from(source);
	}
	fd = connect_from("127.0.2.1");
	assert_int_equal(is_cut(fd, STUCK_MS), 1);
	close(fd);
	for (int i = 0; i < HUB_PEER; i++)
		assert_int_equal(is_cut(silent[i], 0), 0);
	for (int i = 0; i < n; i++)
		assert_int_equal(is_cut(others[i], 0), 0);
	/* Who is in is served all the while. */
	for (size_t i = 0; i < LEN(known); i++)
		assert_int_equal(ask(&known[i], TICKETS, "\0\1", 2), ERR_OK);
	/* And when the silent ones have had their time, others may come. */
	skew += HUB_SHAKE_MS + 1000;
	for (int i = 0; i < HUB_PEER; i++)
		others[n++] = silent[i];
	for (int i = 0; i < n; i++) {
		assert_int_equal(write(others[i], "\x16", 1), 1);
		assert_int_equal(is_cut(others[i], STUCK_MS), 1);
		close(others[i]);
	}
	for (size_t i = 0; i < LEN(known); i++)
		hang_up(&known[i]);
	known[0] = dial("tablet");
	assert_int_equal(hello(&known[0], 2), ERR_OK);
	hang_up(&known[0]);
}

static void
one_device_leaves_room(void **state)
{
	struct peer many[HUB_DEVICE], p;

	(void)state;
	make_identity("tablet", 1);
	make_identity("other", 1);
	for (size_t i = 0; i < LEN(many); i++) {
		many[i] = dial("tablet");
		assert_int_equal(hello(&many[i], 2), ERR_OK);
	}
	p = dial("tablet");
	assert_int_equal(hello(&p, 2), ERR_TOO_MANY);
	assert_closed(&p);
	hang_up(&p);
	p = dial("other");
	assert_int_equal(hello(&p, 2), ERR_OK);
	hang_up(&p);
	for (size_t i = 0; i < LEN(many); i++) {
		assert_int_equal(ask(&many[i], TICKETS, "\0\1", 2), ERR_OK);
		hang_up(&many[i]);
	}
}

/* --- the end --- */

static void
closes_on_everybody(void **state)
{
	struct peer taken, idle, giver;
	int silent = connect_from("127.0.0.1"), fd;
	uint8_t c;

	(void)state;
	make_identity("tablet", 1);
	make_identity("other", 1);
	taken = dial("tablet");
	assert_int_equal(hello(&taken, 1), ERR_OK);
	await("+tablet ");
	idle = dial("other");
	assert_int_equal(hello(&idle, 1), ERR_OK);
	await("+tablet +other ");
	giver = dial("tablet");
	assert_int_equal(hello(&giver, 2), ERR_OK);
	assert_int_equal(hub_take(hub, "tablet", &fd, &note), ERR_OK);
	hub_close(&hub);
	assert_closed(&taken);
	assert_closed(&idle);
	assert_closed(&giver);
	assert_int_equal(read(fd, &c, 1), 0);
	assert_int_equal(read(silent, &c, 1) <= 0, 1);
	close(fd);
	close(silent);
	hang_up(&taken);
	hang_up(&idle);
	hang_up(&giver);
}

/* Once a day, and nobody who is connected notices. */
static void
certificates_are_renewed(void **state)
{
	X509 *before = ca_seal_cert(ca), *now;
	time_t soon = time(NULL);
	struct peer reader, p;

	(void)state;
	make_identity("tablet", 1);
	reader = dial("tablet");
	assert_int_equal(hello(&reader, 1), ERR_OK);
	await("+tablet ");
	assert_non_null(X509_time_adj_ex(X509_getm_notAfter(before), 1, 0,
	    &soon));
	skew += 24 * 3600 * 1000 + 1000;
	hub_look(hub);
	while ((now = ca_seal_cert(ca)) == before) {
		X509_free(now);
		sched_yield();
	}
	X509_free(now);
	X509_free(before);
	p = dial("tablet");
	assert_int_equal(hello(&p, 2), ERR_OK);
	assert_open(&reader);
	hang_up(&p);
	hang_up(&reader);
}

static const struct opening {
	const char	*name, *listen;
	enum err	 want;
} openings[] = {
	{ "no address", "nowhere", ERR_CONF },
	{ "a name", "localhost:80", ERR_CONF },
	{ "not ours", "192.0.2.7:8789", ERR_CONF },
	{ "in use", address, ERR_IN_USE },
};

static void
does_not_open(void **state)
{
	const struct opening *o = *state;
	const struct hub_conf conf = { .listen = o->listen,
	    .store = room.path, .ca = ca };
	struct hub *other;

	note_set(&note, "%s", "");
	assert_int_equal(hub_open(&conf, &other, &note), o->want);
	assert_null(other);
	assert_string_not_equal(note.text, "");
}

#define WITH_HUB(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define ROWS(table, function)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ (table)[i].name,	\
		    (function), set_up, tear_down,			\
		    (void *)(uintptr_t)&(table)[i] }

int
main(void)
{
	const struct CMUnitTest others[] = {
		WITH_HUB(knows_device_and_time),
		WITH_HUB(waits_for_a_hello_no_longer_than_said),
		WITH_HUB(is_handed_out_once),
		WITH_HUB(device_that_leaves_is_away),
		WITH_HUB(is_a_reader_once),
		WITH_HUB(taken_and_gone_is_away),
		WITH_HUB(revoked_is_cut_off),
		WITH_HUB(renamed_is_found_by_its_name),
		WITH_HUB(gives_tickets),
		WITH_HUB(a_record_that_is_too_long_is_handed_on),
		WITH_HUB(revoked_between_two_requests),
		WITH_HUB(nobody_to_deliver_to),
		WITH_HUB(ends_an_idle_one),
		WITH_HUB(enrols_over_the_link),
		WITH_HUB(nobody_is_invited),
		WITH_HUB(few_enrol_at_a_time),
		WITH_HUB(strangers_are_few),
		WITH_HUB(one_device_leaves_room),
		WITH_HUB(certificates_are_renewed),
		WITH_HUB(closes_on_everybody),
	};
	static struct CMUnitTest tests[LEN(firsts) + LEN(noises) +
	    LEN(deliveries) + LEN(openings) + LEN(others)];
	size_t n = 0;

	ROWS(firsts, hears_first);
	ROWS(noises, hangs_up_at_noise);
	ROWS(deliveries, delivery_is_judged);
	ROWS(openings, does_not_open);
	for (size_t i = 0; i < LEN(others); i++)
		tests[n++] = others[i];
	return (_cmocka_run_group_tests("hub", tests, n, NULL, NULL));
}
