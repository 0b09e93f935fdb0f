#include <sys/eventfd.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/secret.h"
#include "driver/errname.h"
#include "driver/open.h"
#include "driver/transport.h"

/*
 * Plays a script of what a card said; # starts a comment.
 *
 *	atr 3B88...		once, for caps
 *	wait card		the next wait's event: card, nocard, noreader
 *	begin 261 258 3B88...	the next begin, where that is held to a line:
 *				longest command, longest answer, ATR; or none
 *	> 00 A4 04 0C .. *	the command that must come next; .. is any
 *				byte, ~9 any nine, a final * any rest
 *	< ~9 90 00		its answer; ~9 is nine bytes of nothing
 *	! NO_CARD		its failure; not after a command: that of the
 *				next begin or wait
 *	end			the end of what was begun
 *
 * Strict: a command that is not the next line's is ERR_READER_FAULT, and the
 * note names the line.  A wait for which there is no line finds a card, at
 * the end of the script none.
 */

#define FILE_MAX	(1u << 20)	/* our limits */
#define FILL_ALL_MAX	(16u << 20)	/* of a file's ~N together */

enum kind { K_WAIT, K_BEGIN, K_COMMAND, K_ANSWER, K_FAIL, K_END };

struct item {
	enum kind	 kind;
	unsigned	 line;
	uint8_t		*bytes, *mask;	/* mask 0: any byte */
	size_t		 len;
	int		 rest;		/* anything may follow */
	size_t		 tx_max, rx_max; /* of a begin; 0: not said */
	enum err	 err;
	enum tp_event	 event;
};

struct replay {
	struct tp	 tp;
	struct item	*items;
	size_t		 n, at;
	size_t		 filled;	/* bytes that ~N made */
	int		 sessions;	/* the file has a begin for each */
	uint8_t		 atr[TP_ATR_MAX];
	size_t		 atrlen;
	enum tp_event	 slot;		/* as last told */
	int		 wake;		/* eventfd, readable = cancel */
};

/* --- reading the file --- */

static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef", *at;

	if (c >= 'A' && c <= 'F')
		c = (char)(c - 'A' + 'a');
	at = c == '\0' ? NULL : strchr(digits, c);
	return (at == NULL ? -1 : (int)(at - digits));
}

/* A decimal number; what follows it, or NULL. */
static const char *
number(const char *s, size_t max, size_t *n)
{
	*n = 0;
	if (*s < '0' || *s > '9')
		return (NULL);
	for (; *s >= '0' && *s <= '9'; s++) {
		*n = *n * 10 + (size_t)(*s - '0');
		if (*n > max)
			return (NULL);
	}
	return (s);
}

/* How many bytes a line can make at most; 0 if a ~N is none, or too much. */
static size_t
room_for(struct replay *p, const char *s)
{
	size_t room = strlen(s) / 2 + 1, n;

	while ((s = strchr(s, '~')) != NULL) {
		if ((s = number(s + 1, TP_TX_EXT, &n)) == NULL)
			return (0);
		room += n;
		p->filled += n;
	}
	return (p->filled <= FILL_ALL_MAX ? room : 0);
}

/* One byte in hex; 0 if it is none. */
static int
parse_byte(const char *s, struct item *it)
{
	int hi = hex_digit(s[0]);
	int lo = hi == -1 ? -1 : hex_digit(s[1]);

	if (lo == -1)
		return (0);
	it->bytes[it->len] = (uint8_t)(hi << 4 | lo);
	it->mask[it->len++] = 0xff;
	return (1);
}

/* Bytes in hex and ~N, other wildcards where a command may have them. */
static int
parse_bytes(struct replay *p, const char *s, int wild, struct item *it)
{
	size_t room = room_for(p, s), n;

	if (room == 0 || (it->bytes = calloc(1, room)) == NULL ||
	    (it->mask = calloc(1, room)) == NULL)
		return (0);
	while (*(s += strspn(s, " \t")) != '\0') {
		if (wild && strcmp(s, "*") == 0)
			return (it->rest = 1);
		if (*s == '~') {
			s = number(s + 1, TP_TX_EXT, &n);
			it->len += n;
			continue;
		}
		if (wild && strncmp(s, "..", 2) == 0)
			it->len++;
		else if (!parse_byte(s, it))
			return (0);
		s += 2;
	}
	return (1);
}

static void
item_wipe(struct item *it)
{
	if (it->bytes != NULL)
		secret_cleanse(it->bytes, it->len);
	free(it->bytes);
	free(it->mask);
	*it = (struct item){ 0 };
}

/* The item the last line made; NULL before the first. */
static const struct item *
previous(const struct replay *p)
{
	return (p->n == 0 ? NULL : &p->items[p->n - 1]);
}

static const char *
parse_atr(struct replay *p, const char *rest, struct item *it)
{
	if (p->atrlen > 0)
		return ("a second atr");
	if (!parse_bytes(p, rest, 0, it) || it->len < 2 || it->len > TP_ATR_MAX)
		return ("an atr of 2 to 33 bytes in hex is expected");
	memcpy(p->atr, it->bytes, it->len);
	p->atrlen = it->len;
	return (NULL);
}

static const char *
parse_wait(struct replay *p, const char *rest, struct item *it)
{
	static const struct {
		const char	*name;
		enum tp_event	 event;
	} events[] = {
		{ "card", TP_CARD },
		{ "nocard", TP_NO_CARD },
		{ "noreader", TP_NO_READER },
	};

	(void)p;
	it->kind = K_WAIT;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (strcmp(rest, events[i].name) == 0) {
			it->event = events[i].event;
			return (NULL);
		}
	}
	return ("card, nocard or noreader is expected");
}

static const char *
parse_begin(struct replay *p, const char *rest, struct item *it)
{
	static const char why[] = "begin, or begin with the longest command, "
	    "the longest answer and an atr is expected";

	it->kind = K_BEGIN;
	p->sessions = 1;
	if (*rest == '\0')
		return (NULL);
	if ((rest = number(rest, TP_TX_EXT, &it->tx_max)) == NULL ||
	    (rest = number(rest + strspn(rest, " \t"), TP_RX_EXT,
	    &it->rx_max)) == NULL || it->tx_max < TP_TX_SHORT ||
	    it->rx_max < TP_RX_SHORT)
		return (why);
	if (!parse_bytes(p, rest, 0, it) || it->len > TP_ATR_MAX)
		return (why);
	return (NULL);
}

static const char *
parse_end(struct replay *p, const char *rest, struct item *it)
{
	(void)p;
	it->kind = K_END;
	return (*rest == '\0' ? NULL : "end stands alone");
}

static const char *
parse_command(struct replay *p, const char *rest, struct item *it)
{
	it->kind = K_COMMAND;
	if (!parse_bytes(p, rest, 1, it) || it->len > TP_TX_EXT ||
	    (it->len < TP_APDU_MIN && !it->rest))
		return ("a command of at least 4 bytes in hex is expected");
	return (NULL);
}

static const char *
parse_answer(struct replay *p, const char *rest, struct item *it)
{
	const struct item *prev = previous(p);

	it->kind = K_ANSWER;
	if (prev == NULL || prev->kind != K_COMMAND)
		return ("an answer without a command");
	if (!parse_bytes(p, rest, 0, it) || it->len < 2 || it->len > TP_RX_EXT)
		return ("an answer of at least 2 bytes in hex is expected");
	return (NULL);
}

static const char *
parse_fail(struct replay *p, const char *rest, struct item *it)
{
	(void)p;
	it->kind = K_FAIL;
	if (!errname_find(rest, strlen(rest), &it->err) || it->err == ERR_OK)
		return ("the name of an error is expected");
	return (NULL);
}

static const struct {
	const char	*word;
	int		 is_item;
	const char	*(*parse)(struct replay *, const char *, struct item *);
} words[] = {
	{ "atr",	0, parse_atr },
	{ "wait",	1, parse_wait },
	{ "begin",	1, parse_begin },
	{ "end",	1, parse_end },
	{ ">",		1, parse_command },
	{ "<",		1, parse_answer },
	{ "!",		1, parse_fail },
};

static int
needs_answer(const struct replay *p)
{
	const struct item *prev = previous(p);

	return (prev != NULL && prev->kind == K_COMMAND);
}

static const char *
parse_item(struct replay *p, size_t w, const char *rest, unsigned line)
{
	struct item it = { .line = line }, *grown;
	const char *why;

	if ((why = words[w].parse(p, rest, &it)) != NULL ||
	    !words[w].is_item) {
		item_wipe(&it);
		return (why);
	}
	if (needs_answer(p) && it.kind != K_ANSWER && it.kind != K_FAIL) {
		item_wipe(&it);
		return ("the command before has no answer");
	}
	if ((grown = reallocarray(p->items, p->n + 1,
	    sizeof(*grown))) == NULL) {
		item_wipe(&it);
		return ("out of memory");
	}
	p->items = grown;
	p->items[p->n++] = it;
	return (NULL);
}

/* Without comment and surrounding blanks. */
static char *
trim(char *s)
{
	size_t n;

	s[strcspn(s, "#")] = '\0';
	s += strspn(s, " \t\r");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		s[--n] = '\0';
	return (s);
}

static const char *
parse_line(struct replay *p, char *s, unsigned line)
{
	size_t n;

	s = trim(s);
	if (*s == '\0')
		return (NULL);
	n = strcspn(s, " \t");
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
		if (strlen(words[w].word) == n &&
		    strncmp(words[w].word, s, n) == 0)
			return (parse_item(p, w, s + n + strspn(s + n, " \t"),
			    line));
	}
	return ("atr, wait, begin, end, >, < or ! is expected");
}

static const char *
parse_text(struct replay *p, char *text, unsigned *line)
{
	const char *why = NULL;
	char *s;

	for (*line = 1; (s = strsep(&text, "\n")) != NULL; ++*line) {
		if ((why = parse_line(p, s, *line)) != NULL)
			return (why);
	}
	return (needs_answer(p) ? "the last command has no answer" : NULL);
}

static enum err
load(struct replay *p, const char *path, struct note *note)
{
	struct blob file = { 0 };
	const char *why;
	unsigned line;
	enum err r;

	if ((r = blob_read_file(&file, path, FILE_MAX)) != ERR_OK) {
		note_set(note, "%s: %s", path, r == ERR_SYS ? strerror(errno) :
		    err_text(r, ERR_EN));
		r = ERR_CONF;
		goto out;
	}
	if (file.len > 0 && memchr(file.data, '\0', file.len) != NULL) {
		note_set(note, "%s: not a text", path);
		r = ERR_CONF;
		goto out;
	}
	if (file.len > 0 &&
	    (why = parse_text(p, (char *)file.data, &line)) != NULL) {
		note_set(note, "%s:%u: %s", path, line, why);
		r = ERR_CONF;
	}
out:
	blob_free(&file);
	return (r);
}

/* --- playing --- */

static struct item *
current(struct replay *p)
{
	return (p->at < p->n ? &p->items[p->at] : NULL);
}

static enum err
fault(struct replay *p, const char *why)
{
	struct item *it = current(p);

	if (it != NULL)
		note_set(&p->tp.note, "replay line %u: %s", it->line, why);
	else
		note_set(&p->tp.note, "replay: %s, but the script is at its "
		    "end", why);
	return (ERR_READER_FAULT);
}

static int
take_cancel(struct replay *p, int ms)
{
	struct pollfd pfd = { .fd = p->wake, .events = POLLIN };
	uint64_t n;

	(void)poll(&pfd, 1, ms);
	return (read(p->wake, &n, sizeof(n)) == (ssize_t)sizeof(n));
}

/* No line of its own: the card is there for the commands that follow, and
 * taken away once at the end. */
static enum err
wait_without_line(struct replay *p, int ms, enum tp_event *ev)
{
	enum tp_event now = current(p) != NULL ? TP_CARD : TP_NO_CARD;

	if (now == TP_CARD || now != p->slot) {
		*ev = p->slot = now;
		return (ERR_OK);
	}
	return (take_cancel(p, ms) ? ERR_CANCELLED : ERR_TIMEOUT);
}

static enum err
replay_wait(struct tp *tp, int ms, enum tp_event *ev)
{
	struct replay *p = (struct replay *)tp;
	struct item *it = current(p);

	if (take_cancel(p, 0))
		return (ERR_CANCELLED);
	if (it == NULL || (it->kind != K_WAIT && it->kind != K_FAIL))
		return (wait_without_line(p, ms, ev));
	p->at++;
	if (it->kind == K_FAIL)
		return (it->err);
	*ev = p->slot = it->event;
	return (ERR_OK);
}

/* The line of this begin, with the failure that may follow it. */
static enum err
begin_by_line(struct replay *p, struct tp_caps *caps)
{
	struct item *it = current(p);

	p->at++;
	if (it->tx_max != 0) {
		caps->tx_max = it->tx_max;
		caps->rx_max = it->rx_max;
		memcpy(caps->atr, it->bytes, it->len);
		caps->atrlen = it->len;
	}
	if ((it = current(p)) == NULL || it->kind != K_FAIL)
		return (ERR_OK);
	p->at++;
	return (it->err);
}

static enum err
replay_begin(struct tp *tp, struct tp_caps *caps)
{
	struct replay *p = (struct replay *)tp;
	struct item *it = current(p);

	if (it != NULL && it->kind == K_FAIL) {
		p->at++;
		return (it->err);
	}
	if (it != NULL && it->kind == K_WAIT)
		return (fault(p, "a wait is expected, begin came"));
	if (it != NULL && it->kind == K_END)
		return (fault(p, "an end is expected, begin came"));
	if (it != NULL && it->kind == K_COMMAND && p->sessions)
		return (fault(p, "a command is expected, begin came"));
	if (p->slot == TP_NO_READER)
		return (ERR_NO_READER);
	if (p->slot == TP_NO_CARD || it == NULL)
		return (ERR_NO_CARD);
	memcpy(caps->atr, p->atr, p->atrlen);
	caps->atrlen = p->atrlen;
	return (it->kind == K_BEGIN ? begin_by_line(p, caps) : ERR_OK);
}

static int
matches(const struct item *it, const uint8_t *tx, size_t len)
{
	if (it->kind != K_COMMAND || len < it->len ||
	    (len > it->len && !it->rest))
		return (0);
	for (size_t i = 0; i < it->len; i++) {
		if ((tx[i] & it->mask[i]) != it->bytes[i])
			return (0);
	}
	return (1);
}

static enum err
replay_xfer(struct tp *tp, const uint8_t *tx, size_t txlen, uint8_t *rx,
    size_t *rxlen, int ms)
{
	struct replay *p = (struct replay *)tp;
	struct item *it = current(p);

	(void)ms;
	if (it == NULL)
		return (fault(p, "a command came"));
	if (!matches(it, tx, txlen))
		return (fault(p, "another command came"));
	it = &p->items[p->at + 1];	/* the file was refused without it */
	p->at += 2;
	if (it->kind == K_FAIL)
		return (it->err);
	if (it->len > *rxlen)
		return (ERR_TOOBIG);
	memcpy(rx, it->bytes, it->len);
	*rxlen = it->len;
	return (ERR_OK);
}

/* Where no line says so, the script goes on where it is. */
static void
replay_end(struct tp *tp)
{
	struct replay *p = (struct replay *)tp;
	struct item *it = current(p);

	if (it != NULL && it->kind == K_END)
		p->at++;
}

static void
replay_cancel(struct tp *tp)
{
	const uint64_t one = 1;

	/* It can only fail when the count is full, and then it is readable. */
	if (write(((struct replay *)tp)->wake, &one, sizeof(one)) == -1)
		return;
}

static void
replay_close(struct tp *tp)
{
	struct replay *p = (struct replay *)tp;

	for (size_t i = 0; i < p->n; i++)
		item_wipe(&p->items[i]);
	free(p->items);
	if (p->wake != -1)
		close(p->wake);
	free(p);
}

static const struct tp_ops ops = {
	.name = "replay",
	.wait = replay_wait,
	.begin = replay_begin,
	.xfer = replay_xfer,
	.end = replay_end,
	.cancel = replay_cancel,
	.close = replay_close,
};

enum err
replay_open(const char *path, struct tp **out, struct note *note)
{
	struct replay *p;
	enum err r = ERR_SYS;

	*out = NULL;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return (ERR_NOMEM);
	p->tp.ops = &ops;
	if ((p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1 ||
	    (r = load(p, path, note)) != ERR_OK) {
		replay_close(&p->tp);
		return (r);
	}
	*out = &p->tp;
	return (ERR_OK);
}
