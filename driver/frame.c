#include <sys/socket.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "driver/errname.h"
#include "driver/frame.h"

#define LEN_BYTES	4
#define HEAD_BYTES	3		/* type, sequence */
#define CHUNK		4096

enum err
frame_start(struct blob *b, uint8_t type, uint16_t seq)
{
	enum err r;

	blob_reset(b);
	/* The length is filled in by frame_send. */
	if ((r = blob_add_u32(b, 0)) != ERR_OK ||
	    (r = blob_add_u8(b, type)) != ERR_OK)
		return (r);
	return (blob_add_u16(b, seq));
}

/* Milliseconds for poll; the whole time is cut into what an int holds. */
static int
left_ms(int64_t until)
{
	int64_t left = until - clock_ms();

	return (left > 60000 ? 60000 : left > 0 ? (int)left : 0);
}

/* 1 when fd is ready or broken, 0 when time is up. */
static int
wait_for(int fd, short what, int64_t until)
{
	struct pollfd pfd = { .fd = fd, .events = what };
	int ms;

	do {
		ms = left_ms(until);
		if (poll(&pfd, 1, ms) > 0)
			return (1);
	} while (ms > 0);
	return (0);
}

int
frame_ready(int fd, int wake, int64_t until)
{
	struct pollfd pfd[2] = { { .fd = fd, .events = POLLIN },
	    { .fd = wake, .events = POLLIN } };
	int ms;

	do {
		ms = left_ms(until);
		if (poll(pfd, 2, ms) > 0)
			return (pfd[0].revents != 0 ? 1 : 2);
	} while (ms > 0);
	return (0);
}

static enum err
send_all(int fd, const uint8_t *p, size_t len, int64_t until)
{
	ssize_t n;

	while (len > 0) {
		n = send(fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0) {
			p += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (!wait_for(fd, POLLOUT, until))
				return (ERR_TIMEOUT);
		} else if (errno != EINTR) {
			return (ERR_READER_FAULT);
		}
	}
	return (ERR_OK);
}

enum err
frame_send(int fd, struct blob *b, int64_t until)
{
	size_t len = b->len - LEN_BYTES;
	enum err r = ERR_TOOBIG;

	if (len <= FRAME_MAX) {
		for (int i = 0; i < LEN_BYTES; i++)
			b->data[i] = (uint8_t)(len >> (24 - 8 * i));
		r = send_all(fd, b->data, b->len, until);
	}
	blob_reset(b);
	return (r);
}

/* *got tells a close between frames from one inside. */
static enum err
recv_all(int fd, uint8_t *p, size_t len, size_t *got, int64_t until)
{
	ssize_t n;

	*got = 0;
	while (*got < len) {
		n = recv(fd, p + *got, len - *got, MSG_DONTWAIT);
		if (n > 0) {
			*got += (size_t)n;
		} else if (n == 0) {
			return (ERR_READER_FAULT);
		} else if (errno == EAGAIN) {
			if (!wait_for(fd, POLLIN, until))
				return (ERR_TIMEOUT);
		} else if (errno != EINTR) {
			return (ERR_READER_FAULT);
		}
	}
	return (ERR_OK);
}

/* By chunks: memory grows with what arrives, not with what was announced. */
static enum err
recv_body(int fd, struct blob *b, size_t len, int64_t until)
{
	uint8_t chunk[CHUNK];
	enum err r = ERR_OK;
	size_t n, got;

	while (r == ERR_OK && b->len < len) {
		n = len - b->len < CHUNK ? len - b->len : CHUNK;
		if ((r = recv_all(fd, chunk, n, &got, until)) == ERR_OK)
			r = blob_add(b, chunk, n);
	}
	secret_cleanse(chunk, sizeof(chunk));
	return (r);
}

enum err
frame_recv(int fd, struct blob *b, struct frame *f, int64_t until)
{
	uint8_t head[LEN_BYTES];
	struct buf in = { head, sizeof(head) };
	uint32_t len = 0;
	enum err r;
	size_t got;

	*f = (struct frame){ 0 };
	blob_reset(b);
	r = recv_all(fd, head, sizeof(head), &got, until);
	if (r == ERR_READER_FAULT && got == 0)
		return (ERR_NO_READER);
	if (r != ERR_OK)
		return (r);
	if (buf_u32(&in, &len) != ERR_OK || len < HEAD_BYTES ||
	    len > FRAME_MAX)
		return (ERR_LAYOUT);
	if ((r = recv_body(fd, b, len, until)) != ERR_OK)
		return (r);
	f->body = blob_buf(b);
	if (buf_u8(&f->body, &f->type) != ERR_OK ||
	    buf_u16(&f->body, &f->seq) != ERR_OK)
		return (ERR_LAYOUT);
	return (ERR_OK);
}

enum err
frame_add_result(struct blob *b, enum err result, const struct note *note)
{
	const char *name = err_name(result);
	enum err r;

	if ((r = blob_add_u8(b, (uint8_t)strlen(name))) != ERR_OK ||
	    (r = blob_add_str(b, name)) != ERR_OK ||
	    (r = blob_add_u16(b, (uint16_t)strlen(note->text))) != ERR_OK)
		return (r);
	return (blob_add_str(b, note->text));
}

static int
is_plain(struct buf text)
{
	for (size_t i = 0; i < text.left; i++) {
		if (text.p[i] < 0x20 || text.p[i] == 0x7f)
			return (0);
	}
	return (text_is_utf8(text.p, text.left));
}

enum err
frame_take_result(struct buf *in, enum err *result, struct note *note)
{
	struct buf name, text;
	uint16_t textlen;
	uint8_t namelen;

	*result = ERR_READER_FAULT;
	note_set(note, "%s", "");
	if (buf_u8(in, &namelen) != ERR_OK ||
	    buf_take(in, namelen, &name) != ERR_OK ||
	    buf_u16(in, &textlen) != ERR_OK ||
	    buf_take(in, textlen, &text) != ERR_OK)
		return (ERR_LAYOUT);
	if (textlen >= sizeof(note->text) || !is_plain(text) ||
	    !errname_find(name.p, name.left, result))
		return (ERR_LAYOUT);
	note_set(note, "%.*s", (int)text.left, (const char *)text.p);
	return (ERR_OK);
}
