#include <sys/types.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/secret.h"

/* Never realloc: the old place would keep a copy of what was wiped. */
static enum err
make_room(struct blob *b, size_t more)
{
	size_t room = b->room > 0 ? b->room : 256;
	uint8_t *grown;

	if (more > BLOB_MAX || b->len > BLOB_MAX - more)
		return (ERR_TOOBIG);
	while (room < b->len + more + 1)
		room *= 2;
	if (room == b->room)
		return (ERR_OK);
	if ((grown = calloc(1, room)) == NULL)
		return (ERR_NOMEM);
	if (b->len > 0)
		memcpy(grown, b->data, b->len);
	secret_cleanse(b->data, b->room);
	free(b->data);
	b->data = grown;
	b->room = room;
	return (ERR_OK);
}

enum err
blob_add(struct blob *b, const void *data, size_t len)
{
	enum err r;

	if ((r = make_room(b, len)) != ERR_OK)
		return (r);
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = 0;
	return (ERR_OK);
}

uint8_t *
blob_space(struct blob *b, size_t len)
{
	uint8_t *p;

	if (make_room(b, len) != ERR_OK)
		return (NULL);
	p = b->data + b->len;
	memset(p, 0, len + 1);
	b->len += len;
	return (p);
}

void
blob_cut(struct blob *b, size_t len)
{
	if (len >= b->len)
		return;
	secret_cleanse(b->data + len, b->len - len);
	b->len = len;
}

enum err
blob_add_str(struct blob *b, const char *s)
{
	return (blob_add(b, s, strlen(s)));
}

enum err
blob_add_u8(struct blob *b, uint8_t v)
{
	return (blob_add(b, &v, 1));
}

enum err
blob_add_u16(struct blob *b, uint16_t v)
{
	const uint8_t be[2] = { (uint8_t)(v >> 8), (uint8_t)v };

	return (blob_add(b, be, sizeof(be)));
}

enum err
blob_add_u32(struct blob *b, uint32_t v)
{
	const uint8_t be[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16),
	    (uint8_t)(v >> 8), (uint8_t)v };

	return (blob_add(b, be, sizeof(be)));
}

enum err
blob_printf(struct blob *b, const char *fmt, ...)
{
	va_list ap;
	enum err r;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return (ERR_SYS);
	if ((r = make_room(b, (size_t)n)) != ERR_OK)
		return (r);
	va_start(ap, fmt);
	vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return (ERR_OK);
}

static enum err
read_all(struct blob *b, int fd, size_t max)
{
	uint8_t chunk[16384];
	enum err r = ERR_OK;
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			r = ERR_SYS;
			break;
		}
		if ((size_t)n > max - b->len) {
			r = ERR_TOOBIG;
			break;
		}
		if ((r = blob_add(b, chunk, (size_t)n)) != ERR_OK)
			break;
	}
	secret_cleanse(chunk, sizeof(chunk));
	return (r);
}

enum err
blob_read_file(struct blob *b, const char *path, size_t max)
{
	enum err r;
	int fd, saved;

	blob_reset(b);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1)
		return (ERR_SYS);
	if ((r = read_all(b, fd, max)) != ERR_OK)
		blob_reset(b);
	saved = errno;
	close(fd);
	errno = saved;
	return (r);
}

void
blob_reset(struct blob *b)
{
	secret_cleanse(b->data, b->len);
	b->len = 0;
}

void
blob_free(struct blob *b)
{
	if (b == NULL)
		return;
	secret_cleanse(b->data, b->room);
	free(b->data);
	*b = (struct blob){ 0 };
}

const char *
blob_str(const struct blob *b)
{
	return (b->data == NULL ? "" : (const char *)b->data);
}

struct buf
blob_buf(const struct blob *b)
{
	return ((struct buf){ b->data, b->len });
}
