#include <sys/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <zlib.h>

#include "base/secret.h"
#include "host/qualify/kind.h"
#include "host/qualify/pack_in.h"
#include "host/qualify/result_in.h"
#include "host/qualify/zip.h"

#define STRETCH		65536
#define LEVEL		4	/* of zlib: a third of the time of 6 */
#define HEADER_END	"</MessageHeader"
#define TAIL		"</MessageBody></XmlMsg>"

int
pack_is_units(const char *file)
{
	struct kind_name name;

	return (kind_parse(file, &name) && !name.request &&
	    name.kind->reader == KIND_UNITS &&
	    (name.ext == KIND_XML || name.ext == KIND_ZIP));
}

/* --- deflated --- */

struct deflater {
	z_stream	z;
	uint8_t		room[STRETCH];
};

enum err
deflater_new(struct deflater **out)
{
	struct deflater *d;

	*out = NULL;
	if ((d = calloc(1, sizeof(*d))) == NULL)
		return (ERR_NOMEM);
	if (deflateInit(&d->z, LEVEL) != Z_OK) {
		free(d);
		return (ERR_NOMEM);
	}
	*out = d;
	return (ERR_OK);
}

static enum err
deflate_some(struct deflater *d, const void *data, size_t len, int flush,
    struct blob *out)
{
	enum err r = ERR_OK;
	size_t n;

	d->z.next_in = (z_const Bytef *)(uintptr_t)data;
	d->z.avail_in = (uInt)len;
	do {
		d->z.next_out = d->room;
		d->z.avail_out = sizeof(d->room);
		(void)deflate(&d->z, flush);
		n = sizeof(d->room) - d->z.avail_out;
		r = out->len + n > PACK_ROOM ? ERR_XML_BIG :
		    n == 0 ? ERR_OK : blob_add(out, d->room, n);
	} while (r == ERR_OK && d->z.avail_out == 0);
	return (r);
}

enum err
deflater_add(struct deflater *d, const void *data, size_t len,
    struct blob *out)
{
	return (deflate_some(d, data, len, Z_NO_FLUSH, out));
}

enum err
deflater_end(struct deflater *d, struct blob *out)
{
	return (deflate_some(d, "", 0, Z_FINISH, out));
}

void
deflater_free(struct deflater **d)
{
	if (d == NULL || *d == NULL)
		return;
	deflateEnd(&(*d)->z);
	secret_cleanse(*d, sizeof(**d));
	free(*d);
	*d = NULL;
}

static enum err
inflate_all(z_stream *z, uint8_t *room, pack_part *each, void *ctx)
{
	uint64_t left = PACK_MAX;
	enum err r = ERR_OK;
	int rc = Z_OK;
	size_t n;

	while (r == ERR_OK && rc != Z_STREAM_END) {
		z->next_out = room;
		z->avail_out = STRETCH;
		rc = inflate(z, Z_NO_FLUSH);
		if (rc != Z_OK && rc != Z_STREAM_END)
			return (rc == Z_MEM_ERROR ? ERR_NOMEM :
			    ERR_XML_SYNTAX);
		n = STRETCH - z->avail_out;
		if (n > left)
			return (ERR_XML_BIG);
		left -= n;
		if (n > 0)
			r = each(ctx, room, n);
	}
	return (r);
}

static enum err
inflate_parts(const struct pack *p, pack_part *each, void *ctx)
{
	z_stream z = { .next_in = (z_const Bytef *)(uintptr_t)p->raw,
	    .avail_in = (uInt)p->len };
	uint8_t *room;
	enum err r;

	if ((room = malloc(STRETCH)) == NULL)
		return (ERR_NOMEM);
	r = ERR_NOMEM;
	if (inflateInit(&z) == Z_OK) {
		r = inflate_all(&z, room, each, ctx);
		inflateEnd(&z);
	}
	secret_cleanse(room, STRETCH);
	free(room);
	return (r);
}

static int
is_zip(const char *file)
{
	size_t n = strlen(file);

	return (n > 4 && strcasecmp(file + n - 4, ".zip") == 0);
}

enum err
pack_stream(const struct pack *p, pack_part *each, void *ctx,
    struct reason_what *why)
{
	const struct unzip to = { PACK_MAX, each, ctx };

	if (p->packed)
		return (inflate_parts(p, each, ctx));
	if (is_zip(p->file))
		return (unzip_parts(p->file, p->raw, p->len, &to, why));
	return (p->len == 0 ? ERR_OK : each(ctx, p->raw, p->len));
}

/* --- the head --- */

enum err
pack_head(const char *file, const struct units *u, struct result **out)
{
	const struct blob *skeleton;
	size_t at;

	skeleton = units_skeleton(u, &at);
	return (result_read_part(file, blob_str(skeleton), skeleton->len,
	    RESULT_HEAD, units_count(u), out));
}

enum err
pack_failed(const char *file, enum err failure, const struct reason_what *why,
    struct result **out)
{
	enum err r;

	if (failure != ERR_HALF && err_class(failure) != EC_DATA)
		return (failure);
	if ((r = result_read_part(file, "", 0, RESULT_HEAD, 0, out)) !=
	    ERR_OK)
		return (r);
	return (result_refuse(*out, failure, why));
}

static enum err
feed(void *ctx, const void *data, size_t len)
{
	return (units_feed(ctx, data, len));
}

static enum err
read_head(const struct pack *p, struct units **u, struct result **head)
{
	struct reason_what why = { .why = REASON_NONE };
	enum err r;

	*head = NULL;
	if ((r = units_new(NULL, NULL, u)) != ERR_OK)
		return (r);
	r = pack_stream(p, feed, *u, &why);
	if (r == ERR_OK)
		r = units_end(*u);
	return (r == ERR_OK ? pack_head(p->file, *u, head) :
	    pack_failed(p->file, r, &why, head));
}

/* --- units --- */

struct cut {
	const struct pack	*pack;
	pack_each		*each;
	void			*ctx;
	size_t			 skip;
	struct units		*units;
	struct blob		 doc;		/* what is before a unit, it, and
						 * what is behind */
	struct blob		 tail;
	size_t			 before;	/* bytes of doc; 0: not known */
	int			 late;		/* the header comes behind */
};

/* With the header in front nothing has to be read twice. */
static enum err
find_front(struct cut *c)
{
	const struct blob *s;
	size_t at;

	s = units_skeleton(c->units, &at);
	c->late = memmem(s->data, s->len, HEADER_END,
	    strlen(HEADER_END)) == NULL;
	if (c->late)
		return (ERR_HALF);
	c->before = at;
	if (blob_add(&c->doc, s->data, at) != ERR_OK)
		return (ERR_NOMEM);
	return (blob_add_str(&c->tail, TAIL));
}

static enum err
take_unit(void *ctx, size_t i, const void *data, size_t len)
{
	struct cut *c = ctx;
	struct result *unit = NULL;
	enum err r = ERR_OK;

	if (c->before == 0 && (r = find_front(c)) != ERR_OK)
		return (r);
	if (i < c->skip)
		return (ERR_OK);
	c->doc.len = c->before;
	if ((r = blob_add(&c->doc, data, len)) != ERR_OK ||
	    (r = blob_add(&c->doc, c->tail.data, c->tail.len)) != ERR_OK ||
	    (r = result_read_part(c->pack->file, c->doc.data, c->doc.len,
	    RESULT_UNIT, 0, &unit)) != ERR_OK)
		return (r);
	r = c->each(c->ctx, i, unit);
	result_free(&unit);
	return (r);
}

/* The skeleton of a first reading: before and behind the units. */
static enum err
use_skeleton(struct cut *c, const struct units *u)
{
	const struct blob *s;
	size_t at;

	s = units_skeleton(u, &at);
	blob_reset(&c->doc);
	blob_reset(&c->tail);
	c->before = at;
	if (blob_add(&c->doc, s->data, at) != ERR_OK)
		return (ERR_NOMEM);
	return (blob_add(&c->tail, s->data + at, s->len - at));
}

static enum err
cut_all(struct cut *c)
{
	struct reason_what why = { .why = REASON_NONE };
	enum err r;

	units_free(&c->units);
	if ((r = units_new(take_unit, c, &c->units)) != ERR_OK)
		return (r);
	return (pack_stream(c->pack, feed, c->units, &why));
}

static enum err
cut_anew(struct cut *c)
{
	struct result *head = NULL;
	struct units *u = NULL;
	enum err r;

	r = read_head(c->pack, &u, &head);
	if (r == ERR_OK && (r = use_skeleton(c, u)) == ERR_OK)
		r = cut_all(c);
	result_free(&head);
	units_free(&u);
	return (r);
}

enum err
pack_units(const struct pack *p, size_t skip, pack_each *each, void *ctx)
{
	struct cut c = { .pack = p, .each = each, .ctx = ctx, .skip = skip };
	enum err r;

	r = cut_all(&c);
	if (c.late)
		r = cut_anew(&c);
	units_free(&c.units);
	blob_free(&c.doc);
	blob_free(&c.tail);
	return (r);
}

/* --- whole --- */

struct whole {
	struct blob	 xml;
	int		 large;
};

static enum err
gather(void *ctx, const void *data, size_t len)
{
	struct whole *w = ctx;

	if (len > RESULT_MAX || w->xml.len > RESULT_MAX - len) {
		w->large = 1;
		return (ERR_XML_BIG);
	}
	return (blob_add(&w->xml, data, len));
}

enum err
pack_read_head(const struct pack *p, struct result **out)
{
	struct units *u = NULL;
	enum err r;

	r = read_head(p, &u, out);
	units_free(&u);
	return (r);
}

enum err
pack_read(const struct pack *p, struct result **out)
{
	struct reason_what why = { .why = REASON_NONE };
	struct whole w = { .large = 0 };
	enum err r;

	*out = NULL;
	if (!pack_is_units(p->file))
		return (result_read(p->file, p->raw, p->len, out, NULL));
	r = pack_stream(p, gather, &w, &why);
	if (w.large)
		r = pack_read_head(p, out);
	else if (r == ERR_OK)
		r = result_read_part(p->file, blob_str(&w.xml), w.xml.len,
		    RESULT_WHOLE, 0, out);
	else
		r = pack_failed(p->file, r, &why, out);
	blob_free(&w.xml);
	return (r);
}

/* --- a file --- */

static enum err
feed_file(FILE *f, struct units *u)
{
	uint8_t *room = malloc(STRETCH);
	enum err r = room == NULL ? ERR_NOMEM : ERR_OK;
	size_t n = 1;

	while (r == ERR_OK && n > 0) {
		n = fread(room, 1, STRETCH, f);
		r = n > 0 ? units_feed(u, room, n) : ferror(f) ? ERR_SYS :
		    units_end(u);
	}
	if (room != NULL)
		secret_cleanse(room, STRETCH);
	free(room);
	return (r);
}

static enum err
read_large(const char *path, const char *file, struct result **out)
{
	const struct reason_what none = { .why = REASON_NONE };
	struct units *u = NULL;
	enum err r;
	FILE *f;

	if ((f = fopen(path, "rb")) == NULL)
		return (ERR_SYS);
	if ((r = units_new(NULL, NULL, &u)) == ERR_OK &&
	    (r = feed_file(f, u)) == ERR_OK)
		r = pack_head(file, u, out);
	else
		r = pack_failed(file, r, &none, out);
	units_free(&u);
	fclose(f);
	return (r);
}

enum err
pack_read_file(const char *path, struct result **out)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash == NULL ? path : slash + 1;
	struct blob raw = { 0 };
	struct stat st;
	enum err r;

	*out = NULL;
	if (!pack_is_units(file) || stat(path, &st) != 0 ||
	    (st.st_size <= (off_t)RESULT_MAX && !is_zip(file)))
		return (result_read(path, NULL, 0, out, NULL));
	if (!is_zip(file))
		return (read_large(path, file, out));
	r = blob_read_file(&raw, path, PACK_ROOM);
	if (r == ERR_OK)
		r = pack_read(&(struct pack){ file, raw.data, raw.len, 0 },
		    out);
	blob_free(&raw);
	return (r == ERR_TOOBIG ? ERR_XML_BIG : r);
}
