#include <string.h>
#include <strings.h>

#include "host/api/head.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const names[] = {
#define HEAD_NAME(id, name) name,
	HEAD_LIST(HEAD_NAME)
#undef HEAD_NAME
};

static int
is_blank(uint8_t c)
{
	return (c == ' ' || c == '\t');
}

/* What may stand in a head at all, line ends apart. */
static int
is_text(uint8_t c)
{
	return ((c >= 0x20 && c < 0x7f) || c == '\t');
}

/* tchar of RFC 9110 5.6.2. */
static int
is_token(uint8_t c)
{
	return ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') ||
	    (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL));
}

/* The byte at i, given what stands before it. */
static enum head_state
look(const uint8_t *p, size_t i)
{
	int after_cr = i > 0 && p[i - 1] == '\r';

	if (p[i] != '\n')
		return (!after_cr && (is_text(p[i]) || p[i] == '\r') ?
		    HEAD_MORE : HEAD_BAD);
	if (!after_cr || i == 1)	/* nor does a request begin empty */
		return (HEAD_BAD);
	return (i >= 3 && p[i - 2] == '\n' ? HEAD_DONE : HEAD_MORE);
}

enum head_state
head_find(struct buf in, size_t *seen, size_t *len)
{
	enum head_state s;

	*len = 0;
	for (; *seen < in.left; (*seen)++) {
		if (*seen >= HEAD_MAX)
			return (HEAD_LONG);
		if ((s = look(in.p, *seen)) == HEAD_MORE)
			continue;
		*len = s == HEAD_DONE ? *seen + 1 : 0;
		return (s);
	}
	return (HEAD_MORE);
}

/* Up to stop, which is taken and left out; 0 when it is not there. */
static int
until(struct buf *in, uint8_t stop, struct buf *part)
{
	const uint8_t *at = in->left == 0 ? NULL :
	    memchr(in->p, stop, in->left);

	if (at == NULL)
		return (0);
	buf_take(in, (size_t)(at - in->p), part);
	buf_skip(in, 1);
	return (1);
}

/* A line without its CR LF, which head_find has seen. */
static int
next_line(struct buf *in, struct buf *line)
{
	if (!until(in, '\n', line) || line->left == 0 ||
	    line->p[line->left - 1] != '\r')
		return (0);
	line->left--;
	return (1);
}

static struct buf
trim(struct buf b)
{
	while (b.left > 0 && is_blank(b.p[0]))
		buf_skip(&b, 1);
	while (b.left > 0 && is_blank(b.p[b.left - 1]))
		b.left--;
	return (b);
}

static int
all(struct buf b, int (*is)(uint8_t))
{
	for (size_t i = 0; i < b.left; i++) {
		if (!is(b.p[i]))
			return (0);
	}
	return (b.left > 0);
}

static int
is_visible(uint8_t c)
{
	return (c > 0x20 && c < 0x7f);
}

static int
request_line(struct buf line, struct head *h, const char **why)
{
	*why = "the request line";
	if (!until(&line, ' ', &h->method) || !all(h->method, is_token) ||
	    !until(&line, ' ', &h->target) || !all(h->target, is_visible))
		return (400);
	if (line.left != 8 || memcmp(line.p, "HTTP/", 5) != 0)
		return (400);
	*why = "only HTTP/1.1 is spoken here";
	return (memcmp(line.p, "HTTP/1.1", 8) == 0 ? 0 : 505);
}

static int
field_line(struct buf line, struct head *h, const char **why)
{
	struct buf name;

	*why = "a header field";
	if (!until(&line, ':', &name) || !all(name, is_token))
		return (400);
	for (size_t i = 0; i < LEN(names); i++) {
		if (!head_is(name, names[i]))
			continue;
		h->field[i].value = trim(line);
		h->field[i].count++;
	}
	return (0);
}

int
head_parse(struct buf in, struct head *h, const char **why)
{
	struct buf line;
	int status, lines = 0;

	memset(h, 0, sizeof(*h));
	*why = "the request line";
	if (!next_line(&in, &line))
		return (400);
	if ((status = request_line(line, h, why)) != 0)
		return (status);
	while (next_line(&in, &line) && line.left > 0) {
		*why = "too many header fields";
		if (++lines > HEAD_LINES)
			return (431);
		if ((status = field_line(line, h, why)) != 0)
			return (status);
	}
	*why = "";
	return (0);
}

int
head_is(struct buf b, const char *text)
{
	return (b.left == strlen(text) &&
	    strncasecmp((const char *)b.p, text, b.left) == 0);
}

int
head_element(struct buf *list, struct buf *element)
{
	if (list->left == 0)
		return (0);
	if (!until(list, ',', element))
		buf_take(list, list->left, element);
	*element = trim(*element);
	return (1);
}
