#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/secret.h"
#include "tests/lib/fake_pn532.h"

#define TFI_HOST	0xd4
#define TFI_CHIP	0xd5
#define DATA_MAX	262	/* of InDataExchange, both directions */
#define LEN_MAX		265	/* TFI, command, 263 bytes */

#define STATUS_TIMEOUT	0x01	/* the card did not answer */
#define STATUS_CRC	0x02
#define STATUS_CONTEXT	0x27	/* not acceptable now */
#define STATUS_MORE	0x40

const uint8_t fake_pn532_ack[6] = { 0x00, 0x00, 0xff, 0x00, 0xff, 0x00 };

static const uint8_t error_frame[8] = { 0x00, 0x00, 0xff, 0x01, 0xff, 0x7f,
    0x81, 0x00 };

void
fake_pn532_init(struct fake_pn532 *p, struct fake_card *card)
{
	memset(p, 0, sizeof(*p));
	p->card = card;
}

/* --- the card before the antenna --- */

static void
forget_card(struct fake_pn532 *p)
{
	p->active = p->halted = 0;
	p->restlen = 0;
}

static void
set_field(struct fake_pn532 *p, int on)
{
	if (p->field == on)
		return;
	p->field = on;
	forget_card(p);
	p->target = 0;
	if (!on)
		fake_card_power_off(p->card);
	else if (p->card->present)
		fake_card_power_on(p->card);
}

void
fake_pn532_insert(struct fake_pn532 *p)
{
	fake_card_insert(p->card);
	forget_card(p);
	if (p->field)
		fake_card_power_on(p->card);
}

void
fake_pn532_pull(struct fake_pn532 *p)
{
	fake_card_pull(p->card);
	forget_card(p);
}

/* --- replies --- */

static void
put(struct fake_pn532_reply *r, const void *bytes, size_t n)
{
	if (n > 0)
		memcpy(r->bytes + r->len, bytes, n);
	r->len += n;
}

/* A frame around TFI, code and data. */
static void
put_frame(struct fake_pn532_reply *r, uint8_t code, const uint8_t *data,
    size_t n)
{
	size_t len = n + 2;
	uint8_t head[10] = { 0x00, 0x00, 0xff, (uint8_t)len,
	    (uint8_t)(256 - len), TFI_CHIP, code };
	uint8_t tail[2] = { (uint8_t)(256 - TFI_CHIP - code), 0x00 };
	size_t headlen = 7;

	if (len > 255) {
		const uint8_t big[10] = { 0x00, 0x00, 0xff, 0xff, 0xff,
		    (uint8_t)(len >> 8), (uint8_t)len,
		    (uint8_t)(256 - (len >> 8) - (len & 0xff)), TFI_CHIP,
		    code };

		memcpy(head, big, sizeof(big));
		headlen = sizeof(big);
	}
	for (size_t i = 0; i < n; i++)
		tail[0] = (uint8_t)(tail[0] - data[i]);
	put(r, head, headlen);
	put(r, data, n);
	put(r, tail, sizeof(tail));
}

static void
put_error(struct fake_pn532_reply *r)
{
	put(r, error_frame, sizeof(error_frame));
}

/* A status byte that something is wrong with has no data behind it. */
static void
put_status(struct fake_pn532_reply *r, uint8_t code, uint8_t status)
{
	put_frame(r, code, &status, 1);
}

/* --- faults --- */

static const struct {
	const char			*name;
	enum fake_pn532_fault_kind	 kind;
	int				 base;	/* of its value; 0: none */
} fault_names[] = {
	{ "silent",	PN532_FAULT_SILENT,	0 },
	{ "no-ack",	PN532_FAULT_NO_ACK,	0 },
	{ "late",	PN532_FAULT_LATE,	10 },
	{ "status",	PN532_FAULT_STATUS,	16 },
	{ "empty",	PN532_FAULT_EMPTY,	0 },
	{ "sum",	PN532_FAULT_SUM,	0 },
	{ "length",	PN532_FAULT_LENGTH,	0 },
	{ "half",	PN532_FAULT_HALF,	0 },
	{ "twice",	PN532_FAULT_TWICE,	0 },
	{ "chain",	PN532_FAULT_CHAIN,	0 },
	{ "endless",	PN532_FAULT_ENDLESS,	0 },
	{ "error",	PN532_FAULT_ERROR,	0 },
	{ "dead",	PN532_FAULT_DEAD,	0 },
};

static int
take_number(const char **s, int base, long max, long *out)
{
	char *end;

	if (strchr("0123456789abcdefABCDEF", **s) == NULL || **s == '\0')
		return (0);
	*out = strtol(*s, &end, base);
	if (end == *s || *out > max)
		return (0);
	*s = end;
	return (1);
}

int
fake_pn532_add_fault(struct fake_pn532 *p, const char *s)
{
	size_t n = strcspn(s, "@"), i = 0, all = sizeof(fault_names) /
	    sizeof(fault_names[0]), at = 0;
	long where, value = 0;

	while (i < all && (strlen(fault_names[i].name) != n ||
	    strncmp(fault_names[i].name, s, n) != 0))
		i++;
	while (at < FAKE_PN532_FAULTS &&
	    p->fault[at].kind != PN532_FAULT_NONE)
		at++;
	if (i == all || at == FAKE_PN532_FAULTS || s[n] != '@')
		return (0);
	s += n + 1;
	if (!take_number(&s, 10, 100000, &where) || where < 1)
		return (0);
	if (fault_names[i].base != 0 && (*s++ != '=' || !take_number(&s,
	    fault_names[i].base, fault_names[i].base == 16 ? 255 : 600000,
	    &value)))
		return (0);
	if (*s != '\0')
		return (0);
	p->fault[at] = (struct fake_pn532_fault){ fault_names[i].kind,
	    (unsigned)where, (int)value };
	return (1);
}

static const struct fake_pn532_fault *
due(const struct fake_pn532 *p)
{
	static const struct fake_pn532_fault none = { PN532_FAULT_NONE, 0, 0 };

	for (size_t i = 0; i < FAKE_PN532_FAULTS; i++) {
		if (p->fault[i].kind != PN532_FAULT_NONE &&
		    p->fault[i].at == p->stats.exchanges)
			return (&p->fault[i]);
	}
	return (&none);
}

static void
put_twice(struct fake_pn532_reply *r)
{
	put(r, r->bytes, r->len);
}

/* The frame as it would leave, spoilt. */
static void
spoil(struct fake_pn532 *p, const struct fake_pn532_fault *f,
    struct fake_pn532_reply *r)
{
	switch (f->kind) {
	case PN532_FAULT_NONE:
	case PN532_FAULT_STATUS:
	case PN532_FAULT_EMPTY:
	case PN532_FAULT_CHAIN:
	case PN532_FAULT_ENDLESS:
		break;
	case PN532_FAULT_DEAD:
		p->dead = 1;
		r->len = 0;
		break;
	case PN532_FAULT_NO_ACK:
		r->ack = 0;
		r->len = 0;
		break;
	case PN532_FAULT_SILENT:
		r->len = 0;
		break;
	case PN532_FAULT_LATE:
		r->late = 1;
		r->delay_ms = f->value;
		break;
	case PN532_FAULT_SUM:
		r->bytes[r->len - 2] ^= 0x01;
		break;
	case PN532_FAULT_LENGTH:
		r->bytes[4] ^= 0x01;
		break;
	case PN532_FAULT_HALF:
		r->len /= 2;
		break;
	case PN532_FAULT_TWICE:
		put_twice(r);
		break;
	case PN532_FAULT_ERROR:
		r->len = 0;
		put_error(r);
		break;
	}
}

/* --- commands; 0: not one at this time, the error frame answers --- */

static int
sam_configuration(struct fake_pn532 *p, struct buf in,
    struct fake_pn532_reply *r)
{
	/* Normal mode, the only one without a security module. */
	if (in.left < 1 || in.left > 3 || in.p[0] != 0x01)
		return (0);
	p->configured = 1;
	put_frame(r, 0x15, NULL, 0);
	return (1);
}

static int
diagnose(struct fake_pn532 *p, struct buf in, struct fake_pn532_reply *r)
{
	(void)p;
	if (in.left < 1 || in.p[0] != 0x00)	/* the line's own test */
		return (0);
	put_frame(r, 0x01, in.p, in.left);
	return (1);
}

static int
firmware(struct fake_pn532 *p, struct buf in, struct fake_pn532_reply *r)
{
	static const uint8_t version[4] = { 0x32, 0x01, 0x06, 0x07 };

	(void)p;
	if (in.left != 0)
		return (0);
	put_frame(r, 0x03, version, sizeof(version));
	return (1);
}

static int
parameters(struct fake_pn532 *p, struct buf in, struct fake_pn532_reply *r)
{
	(void)p;
	if (in.left != 1)
		return (0);
	put_frame(r, 0x13, NULL, 0);
	return (1);
}

static int
read_registers(struct fake_pn532 *p, struct buf in,
    struct fake_pn532_reply *r)
{
	uint8_t values[128];
	uint16_t address;
	size_t n = 0;

	if (in.left < 2 || in.left % 2 != 0)
		return (0);
	while (n < sizeof(values) && buf_u16(&in, &address) == ERR_OK)
		values[n++] = p->reg[address];
	put_frame(r, 0x07, values, n);
	return (1);
}

static int
write_registers(struct fake_pn532 *p, struct buf in,
    struct fake_pn532_reply *r)
{
	uint16_t address;

	if (in.left < 3 || in.left % 3 != 0)
		return (0);
	while (buf_u16(&in, &address) == ERR_OK)
		(void)buf_u8(&in, &p->reg[address]);
	put_frame(r, 0x09, NULL, 0);
	return (1);
}

static int
rf_configuration(struct fake_pn532 *p, struct buf in,
    struct fake_pn532_reply *r)
{
	static const size_t lengths[] = { [0x01] = 1, [0x02] = 3, [0x04] = 1,
	    [0x05] = 3 };
	uint8_t item, value;

	if (buf_u8(&in, &item) != ERR_OK || item >= sizeof(lengths) /
	    sizeof(lengths[0]) || lengths[item] == 0 ||
	    in.left != lengths[item])
		return (0);
	if (item == 0x01 && buf_u8(&in, &value) == ERR_OK)
		set_field(p, value & 0x01);
	put_frame(r, 0x33, NULL, 0);
	return (1);
}

/* A card that is in its protocol, or halted, does not answer REQB. */
static int
list_passive(struct fake_pn532 *p, struct buf in, struct fake_pn532_reply *r)
{
	/* One target: ATQB with random PUPI, no application data, 106 kbit/s
	 * only; then the answer to ATTRIB (card-and-readers.md 1.1, 6.5). */
	static const uint8_t answer[16] = { 0x01, 0x01, 0x50, 0x11, 0x22,
	    0x33, 0x44, 0x00, 0x00, 0x05, 0xe0, 0xb3, 0x81, 0xa1, 0x01,
	    0x01 };
	const uint8_t none = 0x00;
	uint8_t max, kind;

	if (buf_u8(&in, &max) != ERR_OK || buf_u8(&in, &kind) != ERR_OK ||
	    max < 1 || max > 2 || kind > 0x04 || !p->field ||
	    (kind == 0x03 && in.left != 1))
		return (0);
	p->stats.selects += kind == 0x03;
	if (kind != 0x03 || !p->card->present || p->active || p->halted) {
		put_frame(r, 0x4b, &none, 1);
		return (1);
	}
	p->target = p->active = 1;
	put_frame(r, 0x4b, answer, sizeof(answer));
	return (1);
}

/* Status and, where it is 00, the card's answer. */
static size_t
ask_card(struct fake_pn532 *p, struct buf in, uint8_t *out, int *ms)
{
	size_t n = sizeof(p->rest);

	out[0] = STATUS_TIMEOUT;
	if (!p->active || !p->card->present)
		return (1);
	fake_card_apdu(p->card, in.p, in.left, p->rest, &n);
	*ms = p->card->wait_ms;
	if (!p->card->present)
		forget_card(p);
	if (n > 0 && n < p->card->answer_len)
		out[0] = STATUS_CRC;	/* cut on the air */
	if (n == 0 || n < p->card->answer_len || n > DATA_MAX)
		return (1);
	out[0] = 0x00;
	memcpy(out + 1, p->rest, n);
	secret_cleanse(p->rest, n);
	return (n + 1);
}

/* Halves it, and keeps the second for the next command. */
static size_t
chain(struct fake_pn532 *p, uint8_t *out, size_t n)
{
	size_t first = n / 2;

	if (n < 3)
		return (n);
	p->restlen = n - first;
	memcpy(p->rest, out + first, p->restlen);
	out[0] = STATUS_MORE;
	return (first);
}

static int
go_on(struct fake_pn532 *p, struct fake_pn532_reply *r)
{
	uint8_t out[1 + DATA_MAX] = { 0x00 };

	if (p->endless) {
		put_status(r, 0x41, STATUS_MORE);
		return (1);
	}
	if (p->restlen == 0 || p->restlen > DATA_MAX)
		return (0);
	memcpy(out + 1, p->rest, p->restlen);
	put_frame(r, 0x41, out, p->restlen + 1);
	p->restlen = 0;
	return (1);
}

static int
data_exchange(struct fake_pn532 *p, struct buf in, struct fake_pn532_reply *r)
{
	const struct fake_pn532_fault *f;
	uint8_t out[1 + DATA_MAX], target;
	size_t n;

	if (buf_u8(&in, &target) != ERR_OK || target != 1 ||
	    in.left > DATA_MAX)
		return (0);
	if (in.left == 0)
		return (go_on(p, r));
	p->stats.exchanges++;
	f = due(p);
	if (!p->target) {
		put_status(r, 0x41, STATUS_CONTEXT);
		return (0);
	}
	n = ask_card(p, in, out, &r->delay_ms);
	if (f->kind == PN532_FAULT_STATUS || f->kind == PN532_FAULT_EMPTY) {
		out[0] = (uint8_t)f->value;
		n = 1;
	}
	if (f->kind == PN532_FAULT_CHAIN)
		n = chain(p, out, n);
	if (f->kind == PN532_FAULT_ENDLESS) {
		p->endless = 1;
		out[0] = STATUS_MORE;
		n = 1;
	}
	put_frame(r, 0x41, out, n);
	secret_cleanse(out, sizeof(out));
	spoil(p, f, r);
	return (1);
}

/* R(NAK): is it still there? */
static int
communicate_thru(struct fake_pn532 *p, struct buf in,
    struct fake_pn532_reply *r)
{
	static const uint8_t r_ack[3] = { 0x00, 0xab, 0x01 };

	if (!p->target || in.left != 2 || in.p[0] != 0xba)
		return (0);
	if (p->active && p->card->present)
		put_frame(r, 0x43, r_ack, sizeof(r_ack));
	else
		put_status(r, 0x43, STATUS_TIMEOUT);
	return (1);
}

static int
deselect(struct fake_pn532 *p, struct buf in, struct fake_pn532_reply *r)
{
	if (in.left != 1 || in.p[0] > 1)
		return (0);
	p->halted |= p->active;
	p->active = 0;
	put_status(r, 0x45, 0x00);
	return (1);
}

static int
release(struct fake_pn532 *p, struct buf in, struct fake_pn532_reply *r)
{
	if (in.left != 1 || in.p[0] > 1)
		return (0);
	p->halted |= p->active;
	p->active = p->target = 0;
	put_status(r, 0x53, 0x00);
	return (1);
}

static int
power_down(struct fake_pn532 *p, struct buf in, struct fake_pn532_reply *r)
{
	if (in.left < 1 || in.left > 2)
		return (0);
	p->awake = p->configured = 0;
	put_status(r, 0x17, 0x00);
	return (1);
}

static const struct {
	uint8_t	code;
	int	(*run)(struct fake_pn532 *, struct buf,
		    struct fake_pn532_reply *);
} commands[] = {
	{ 0x00, diagnose },
	{ 0x02, firmware },
	{ 0x06, read_registers },
	{ 0x08, write_registers },
	{ 0x12, parameters },
	{ 0x14, sam_configuration },
	{ 0x16, power_down },
	{ 0x32, rf_configuration },
	{ 0x40, data_exchange },
	{ 0x42, communicate_thru },
	{ 0x44, deselect },
	{ 0x4a, list_passive },
	{ 0x52, release },
};

static void
run(struct fake_pn532 *p, struct buf in, struct fake_pn532_reply *r)
{
	uint8_t code = 0;
	int ok = 0;

	r->ack = 1;
	p->stats.commands++;
	(void)buf_u8(&in, &code);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].code == code && (p->configured ||
		    code == 0x14))
			ok = commands[i].run(p, in, r);
	}
	if (ok)
		return;
	p->stats.disorder++;
	if (r->len == 0)
		put_error(r);
}

/* --- frames from the host --- */

static void
drop(struct fake_pn532 *p, size_t n)
{
	memmove(p->in, p->in + n, p->have - n);
	secret_cleanse(p->in + p->have - n, n);
	p->have -= n;
}

static void
drop_bad(struct fake_pn532 *p, size_t n)
{
	p->stats.bad_frames++;
	drop(p, n);
}

/* Nothing but 55 wakes it; what comes before is not heard. */
static void
sleep_on(struct fake_pn532 *p)
{
	size_t n = 0;

	while (n < p->have && p->in[n] != 0x55)
		n++;
	if (n > 0)
		drop_bad(p, n);
	if (p->have > 0) {
		p->awake = 1;
		p->stats.wakeups++;
	}
}

/* To the next 00 00 FF; 0 when that is not whole yet. */
static int
find_start(struct fake_pn532 *p)
{
	while (p->have > 0) {
		if (p->in[0] != 0x00 && p->in[0] != 0x55)
			drop_bad(p, 1);
		else if (p->in[0] == 0x55)
			drop(p, 1);
		else if (p->have < 3)
			return (0);
		else if (p->in[1] == 0x00 && p->in[2] == 0xff)
			return (1);
		else if (p->in[1] == 0xff)
			drop_bad(p, 2);
		else
			drop(p, 1);
	}
	return (0);
}

static uint8_t
sum(const uint8_t *s, size_t n)
{
	uint8_t total = 0;

	while (n-- > 0)
		total = (uint8_t)(total + *s++);
	return (total);
}

/* Where TFI is and how many bytes from there; 0: more must come, -1: bad. */
static int
measure(const struct fake_pn532 *p, size_t *at, size_t *len)
{
	if (p->have < 6)
		return (0);
	*at = 5;
	*len = p->in[3];
	if (p->in[3] == 0xff && p->in[4] == 0xff) {
		if (p->have < 8)
			return (0);
		*at = 8;
		*len = (size_t)p->in[5] << 8 | p->in[6];
		if (sum(p->in + 5, 3) != 0)
			return (-1);
	} else if (sum(p->in + 3, 2) != 0) {
		return (-1);
	}
	if (*len < 2 || *len > LEN_MAX)
		return (-1);
	return (p->have >= *at + *len + 2);
}

static int
is_ack(const struct fake_pn532 *p)
{
	return (memcmp(p->in, fake_pn532_ack, sizeof(fake_pn532_ack)) == 0);
}

/* 1: something for *r. */
static int
take_frame(struct fake_pn532 *p, struct fake_pn532_reply *r)
{
	size_t at, len;
	int whole;

	if (p->have >= 6 && is_ack(p)) {
		p->stats.aborts++;
		r->abort = 1;
		p->endless = 0;
		drop(p, 6);
		return (1);
	}
	if ((whole = measure(p, &at, &len)) == 0)
		return (0);
	if (whole == -1) {
		drop_bad(p, 3);
		return (fake_pn532_next(p, r));
	}
	if (sum(p->in + at, len + 1) != 0 || p->in[at + len + 1] != 0x00 ||
	    p->in[at] != TFI_HOST) {
		drop_bad(p, at + len + 2);
		return (fake_pn532_next(p, r));
	}
	run(p, (struct buf){ p->in + at + 1, len - 1 }, r);
	drop(p, at + len + 2);
	return (1);
}

void
fake_pn532_feed(struct fake_pn532 *p, const uint8_t *bytes, size_t n)
{
	if (n > sizeof(p->in) - p->have) {
		drop_bad(p, p->have);
		if (n > sizeof(p->in))
			return;
	}
	memcpy(p->in + p->have, bytes, n);
	p->have += n;
}

int
fake_pn532_next(struct fake_pn532 *p, struct fake_pn532_reply *r)
{
	memset(r, 0, sizeof(*r));
	if (p->dead)
		drop(p, p->have);
	if (!p->awake && p->have > 0)
		sleep_on(p);
	if (!p->awake || !find_start(p))
		return (0);
	return (take_frame(p, r));
}
