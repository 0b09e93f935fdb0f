#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "driver/frame.h"
#include "driver/link.h"
#include "host/device/line.h"

#define SOFTWARE	"shikaku-reader " SHIKAKU_VERSION
#define AGENT_MAX	1024	/* bytes of the file */
#define ENDED_MS	2000	/* from the last byte to the reason */

/* --- requests --- */

enum err
line_start(struct line *l, enum line_type type)
{
	/* The first has a sequence above 0. */
	return (frame_start(&l->out, (uint8_t)type, ++l->seq));
}

/* A refusal of our certificate comes as an end, and says so beside it. */
static enum err
ended(struct line *l, enum err r, struct note *note)
{
	struct note why = { "" };

	if (r == ERR_NO_READER || r == ERR_READER_FAULT) {
		(void)frame_ready(wire_ended(l->wire), -1,
		    clock_ms() + ENDED_MS);
		r = wire_why(l->wire, &why);
		if (r == ERR_OK)
			r = ERR_READER_FAULT;
	}
	note_set(note, "%s", why.text[0] != '\0' ? why.text :
	    "the connection ended");
	return (r);
}

enum err
line_call(struct line *l, int ms, struct buf *body, struct note *note)
{
	int64_t until = clock_ms() + ms;
	uint8_t type = l->out.data[4];
	struct frame f;
	enum err r, told;

	*body = (struct buf){ NULL, 0 };
	l->told = 0;
	l->broke = 1;
	if ((r = frame_send(wire_fd(l->wire), &l->out, until)) != ERR_OK ||
	    (r = frame_recv(wire_fd(l->wire), &l->in, &f, until)) != ERR_OK)
		return (ended(l, r, note));
	if (f.type != (type | LINK_REPLY) || f.seq != l->seq ||
	    frame_take_result(&f.body, &told, note) != ERR_OK ||
	    (told != ERR_OK && f.body.left > 0)) {
		note_set(note, "malformed reply of the agent");
		return (ERR_LAYOUT);
	}
	*body = f.body;
	l->told = told != ERR_OK;
	l->broke = 0;
	return (told);
}

/* --- HELLO --- */

static enum err
take_u64(struct buf *b, int64_t *out)
{
	uint32_t high, low;

	if (buf_u32(b, &high) != ERR_OK || buf_u32(b, &low) != ERR_OK ||
	    high > INT32_MAX)
		return (ERR_LAYOUT);
	*out = (int64_t)((uint64_t)high << 32 | low);
	return (ERR_OK);
}

int
line_is_name(struct buf b)
{
	for (size_t i = 0; i < b.left; i++) {
		if (b.p[i] < 0x20 || b.p[i] == 0x7f)
			return (0);
	}
	return (b.left < LINE_NAME && text_is_utf8(b.p, b.left));
}

static enum err
take_hello(struct line *l, struct buf *b, struct note *note)
{
	struct buf name;
	uint8_t len;

	if (take_u64(b, &l->agent_ms) != ERR_OK || buf_u8(b, &len) != ERR_OK ||
	    buf_take(b, len, &name) != ERR_OK || b->left > 0 ||
	    !line_is_name(name)) {
		note_set(note, "malformed reply of the agent");
		return (ERR_LAYOUT);
	}
	memcpy(l->name, name.p, name.left);
	l->name[name.left] = '\0';
	return (ERR_OK);
}

static enum err
hello(struct line *l, enum line_purpose purpose, struct note *note)
{
	static const char software[] = SOFTWARE;
	struct buf body;
	enum err r;

	if ((r = line_start(l, LINE_HELLO)) != ERR_OK ||
	    (r = blob_add_u8(&l->out, LINE_VERSION)) != ERR_OK ||
	    (r = blob_add_u8(&l->out, (uint8_t)purpose)) != ERR_OK ||
	    (r = blob_add_u8(&l->out, sizeof(software) - 1)) != ERR_OK ||
	    (r = blob_add_str(&l->out, software)) != ERR_OK ||
	    (r = line_call(l, LINE_REPLY_MS, &body, note)) != ERR_OK)
		return (r);
	return (take_hello(l, &body, note));
}

/* --- life --- */

static enum err
dial(const struct wire_conf *conf, enum line_purpose purpose, struct line *l,
    struct note *note)
{
	enum err r;

	*l = (struct line){ .wire = NULL };
	note_set(note, "%s", "");
	if ((r = wire_dial(conf, LINE_DIAL_MS, &l->wire, note)) != ERR_OK)
		return (r);
	if ((r = hello(l, purpose, note)) != ERR_OK)
		line_close(l);
	return (r);
}

enum err
line_open(const struct dir *d, enum line_purpose purpose, struct line *l,
    struct note *note)
{
	char cert[PATH_MAX], key[PATH_MAX], ca[PATH_MAX];
	struct line_agent agent;
	struct wire_conf conf = { .cert = cert, .key = key, .ca = ca,
	    .address = agent.address };
	enum err r;

	*l = (struct line){ .wire = NULL };
	if ((r = line_agent_read(d, &agent, note)) != ERR_OK ||
	    (r = dir_path(d, DIR_CERT, cert)) != ERR_OK ||
	    (r = dir_path(d, DIR_KEY, key)) != ERR_OK ||
	    (r = dir_path(d, DIR_CA, ca)) != ERR_OK ||
	    (r = dir_check(d, DIR_CERT, note)) != ERR_OK ||
	    (r = dir_check(d, DIR_KEY, note)) != ERR_OK ||
	    (r = dir_check(d, DIR_CA, note)) != ERR_OK)
		return (r);
	return (dial(&conf, purpose, l, note));
}

enum err
line_open_new(const char *address, const uint8_t print[WIRE_CODE_PRINT],
    struct line *l, struct note *note)
{
	const struct wire_conf conf = { .ca_print = print,
	    .address = address };

	return (dial(&conf, LINE_ENROL, l, note));
}

void
line_close(struct line *l)
{
	wire_close(&l->wire);
	blob_free(&l->out);
	blob_free(&l->in);
}

int64_t
line_clock_off(const struct line *l)
{
	return (clock_wall_ms() - l->agent_ms);
}

/* --- the file about the agent: two lines, "address …" and "name …" --- */

static int
take_value(const char *text, const char *key, char *out, size_t room)
{
	size_t n = strlen(key), len;

	while (text != NULL && (strncmp(text, key, n) != 0 ||
	    text[n] != ' '))
		text = (text = strchr(text, '\n')) == NULL ? NULL : text + 1;
	if (text == NULL)
		return (0);
	text += n + 1;
	len = strcspn(text, "\n");
	if (len == 0 || len >= room)
		return (0);
	memcpy(out, text, len);
	out[len] = '\0';
	return (1);
}

enum err
line_agent_read(const struct dir *d, struct line_agent *out,
    struct note *note)
{
	struct blob b = { 0 };
	enum err r;

	*out = (struct line_agent){ "", "" };
	if (!dir_has(d, DIR_CERT)) {
		note_set(note, "%s: not enrolled", d->path);
		return (ERR_NOT_FOUND);
	}
	r = dir_read(d, DIR_AGENT, AGENT_MAX, &b, note);
	if (r == ERR_OK && (!take_value(blob_str(&b), "address",
	    out->address, sizeof(out->address)) ||
	    !take_value(blob_str(&b), "name", out->name,
	    sizeof(out->name)))) {
		note_set(note, "%s/" DIR_AGENT " is damaged", d->path);
		r = ERR_FOLDER;
	}
	blob_free(&b);
	return (r);
}

enum err
line_agent_write(const struct dir *d, const struct line_agent *a,
    struct note *note)
{
	struct blob b = { 0 };
	enum err r;

	if ((r = blob_printf(&b, "address %s\nname %s\n", a->address,
	    a->name)) == ERR_OK)
		r = dir_write(d, DIR_AGENT, b.data, b.len, note);
	blob_free(&b);
	return (r);
}
