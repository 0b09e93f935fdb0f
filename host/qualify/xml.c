#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include "base/buf.h"
#include "base/secret.h"
#include "host/qualify/xml.h"

/* What the SAX callbacks build. */
struct build {
	struct xml	*xml;
	struct xml_node	*cur;		/* the open element */
	struct blob	 text;		/* read since the last tag */
	struct blob	 own[XML_DEPTH + 1];	/* of the open elements */
	size_t		 depth, nodes;
	enum err	 err;		/* first refusal of ours or libxml2's */
	int		 line;
	xmlParserCtxtPtr ctxt;
};

static void
stop(struct build *b, enum err err)
{
	if (b->err == ERR_OK) {
		b->err = err;
		b->line = xmlSAX2GetLineNumber(b->ctxt);
	}
	xmlStopParser(b->ctxt);
}

static char *
copy(struct build *b, const void *s, size_t len)
{
	char *p = malloc(len + 1);

	if (p == NULL) {
		stop(b, ERR_NOMEM);
		return (NULL);
	}
	if (len > 0)
		memcpy(p, s, len);
	p[len] = '\0';
	return (p);
}

static void
wipe_str(char **s)
{
	if (*s != NULL)
		secret_cleanse(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

/* Recursion is bounded by XML_DEPTH. */
static void
node_free(struct xml_node *n)
{
	struct xml_node *next;

	for (; n != NULL; n = next) {
		next = n->next;
		node_free(n->first);
		wipe_str(&n->name);
		wipe_str(&n->text);
		free(n);
	}
}

static void
append(struct build *b, struct xml_node *n)
{
	n->parent = b->cur;
	if (b->cur == NULL)
		b->xml->root = n;
	else if (b->cur->first == NULL)
		b->cur->first = b->cur->last = n;
	else
		b->cur->last = b->cur->last->next = n;
}

/* name is taken over, also on failure. */
static struct xml_node *
add_node(struct build *b, char *name)
{
	struct xml_node *n;

	if (name == NULL)
		return (NULL);
	if (++b->nodes > XML_NODES) {
		stop(b, ERR_XML_BIG);
		free(name);
		return (NULL);
	}
	if ((n = calloc(1, sizeof(*n))) == NULL) {
		stop(b, ERR_NOMEM);
		free(name);
		return (NULL);
	}
	n->name = name;
	n->twin = n;
	n->nth = n->twins = 1;
	n->field = -1;
	append(b, n);
	return (n);
}

/* mark is '@' for attributes, 0 for elements. */
static char *
full_name(struct build *b, char mark, const xmlChar *prefix,
    const xmlChar *local)
{
	struct blob s = { 0 };
	enum err r = ERR_OK;
	char *name = NULL;

	if (mark != '\0')
		r = blob_add_u8(&s, (uint8_t)mark);
	if (r == ERR_OK && prefix != NULL)
		r = blob_printf(&s, "%s:", (const char *)prefix);
	if (r == ERR_OK)
		r = blob_add_str(&s, (const char *)local);
	if (r == ERR_OK && s.len > XML_NAME)
		r = ERR_XML_BIG;
	if (r == ERR_OK)
		name = copy(b, s.data, s.len);
	else
		stop(b, r);
	blob_free(&s);
	return (name);
}

static int
is_blank(const char *s)
{
	return (s[strspn(s, " \t\r\n")] == '\0');
}

/*
 * Gives the open element the text read so far; white space between tags is
 * layout of the file, white space alone inside a leaf is not.  The pieces
 * grow in one blob, or many children would cost the square of the text.
 */
static void
flush_text(struct build *b, int closing)
{
	const struct xml_node *n = b->cur;

	if (n == NULL || b->text.len == 0)
		return;
	if (((closing && n->last == NULL) || !is_blank(blob_str(&b->text))) &&
	    blob_add(&b->own[b->depth], b->text.data, b->text.len) != ERR_OK)
		stop(b, ERR_NOMEM);
	blob_reset(&b->text);
}

static void
close_text(struct build *b)
{
	struct blob *own = &b->own[b->depth];

	flush_text(b, 1);
	if (own->len > 0)
		b->cur->text = copy(b, own->data, own->len);
	blob_reset(own);
}

static void
add_attribute(struct build *b, const xmlChar *const *a)
{
	struct xml_node *n;
	const xmlChar *value = a[3], *end = a[4];

	n = add_node(b, full_name(b, '@', a[1], a[0]));
	if (n != NULL)
		n->text = copy(b, value, (size_t)(end - value));
}

static void
add_namespace(struct build *b, const xmlChar *prefix, const xmlChar *uri)
{
	const xmlChar *xmlns = (const xmlChar *)"xmlns";
	struct xml_node *n;

	n = add_node(b, full_name(b, '@', prefix == NULL ? NULL : xmlns,
	    prefix == NULL ? xmlns : prefix));
	if (n != NULL && uri != NULL)
		n->text = copy(b, uri, strlen((const char *)uri));
}

static void
on_start(void *ctx, const xmlChar *local, const xmlChar *prefix,
    const xmlChar *uri, int nns, const xmlChar **ns, int nattr, int ndefault,
    const xmlChar **attr)
{
	struct build *b = ctx;
	struct xml_node *n;

	(void)uri;
	(void)ndefault;		/* needs a DTD, which is refused */
	if (b->err != ERR_OK)
		return;
	if (b->depth == XML_DEPTH) {
		stop(b, ERR_XML_DEEP);
		return;
	}
	flush_text(b, 0);
	b->depth++;
	if ((n = add_node(b, full_name(b, '\0', prefix, local))) == NULL)
		return;
	b->cur = n;
	for (int i = 0; i < nns && b->err == ERR_OK; i++)
		add_namespace(b, ns[2 * i], ns[2 * i + 1]);
	/* local name, prefix, URI, value, end: libxml2's startElementNs. */
	for (int i = 0; i < nattr && b->err == ERR_OK; i++)
		add_attribute(b, (const xmlChar *const *)attr + (size_t)i * 5);
}

/* By name, then in the order of the file: qsort is not stable. */
static int
by_name(const void *a, const void *b)
{
	const struct xml_node *x = *(struct xml_node *const *)a;
	const struct xml_node *y = *(struct xml_node *const *)b;
	int d = strcmp(x->name, y->name);

	return (d != 0 ? d : (x->nth > y->nth) - (x->nth < y->nth));
}

static void
number_run(struct xml_node **run, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		run[i]->twin = run[0];
		run[i]->nth = i + 1;
		run[i]->twins = n;
	}
}

/*
 * Numbers the children of a closed element by sorting, because a file of
 * 200,000 siblings must not cost their square.
 */
static void
number_children(struct build *b, struct xml_node *parent)
{
	struct xml_node **all, *n;
	size_t count = 0, from = 0;

	for (n = parent->first; n != NULL; n = n->next)
		n->nth = count++;
	if (count == 0)
		return;
	if ((all = calloc(count, sizeof(struct xml_node *))) == NULL) {
		stop(b, ERR_NOMEM);
		return;
	}
	count = 0;
	for (n = parent->first; n != NULL; n = n->next)
		all[count++] = n;
	qsort(all, count, sizeof(struct xml_node *), by_name);
	for (size_t i = 1; i <= count; i++) {
		if (i < count && strcmp(all[i]->name, all[from]->name) == 0)
			continue;
		number_run(all + from, i - from);
		from = i;
	}
	free(all);
}

static void
on_end(void *ctx, const xmlChar *local, const xmlChar *prefix,
    const xmlChar *uri)
{
	struct build *b = ctx;

	(void)local;
	(void)prefix;
	(void)uri;
	if (b->cur == NULL || b->err != ERR_OK)
		return;
	close_text(b);
	number_children(b, b->cur);
	b->cur = b->cur->parent;
	b->depth--;
}

static void
on_text(void *ctx, const xmlChar *s, int len)
{
	struct build *b = ctx;

	if (len > 0 && blob_add(&b->text, s, (size_t)len) != ERR_OK)
		stop(b, ERR_NOMEM);
}

static void
on_instruction(void *ctx, const xmlChar *target, const xmlChar *data)
{
	struct build *b = ctx;

	(void)target;
	(void)data;
	b->xml->instructions++;
}

static void
on_doctype(void *ctx, const xmlChar *name, const xmlChar *id,
    const xmlChar *sys)
{
	(void)name;
	(void)id;
	(void)sys;
	stop(ctx, ERR_XML_DTD);
}

/* Asked only for what is not one of the five predefined. */
static xmlEntityPtr
on_entity(void *ctx, const xmlChar *name)
{
	(void)name;
	stop(ctx, ERR_XML_DTD);
	return (NULL);
}

/* What libxml2 reports when the file merely ends too early. */
static const int early[] = {
	XML_ERR_DOCUMENT_EMPTY, XML_ERR_TAG_NOT_FINISHED,
	XML_ERR_COMMENT_NOT_FINISHED, XML_ERR_CDATA_NOT_FINISHED,
	XML_ERR_PI_NOT_FINISHED,
};

static int
ends_early(const struct build *b, int code)
{
	const xmlParserInputPtr in = b->ctxt->input;

	if (in == NULL || in->cur < in->end)
		return (0);
	for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++) {
		if (early[i] == code)
			return (1);
	}
	return (0);
}

/* Also keeps libxml2 from writing to standard error. */
#if LIBXML_VERSION >= 21200
static void
on_error(void *ctx, const xmlError *e)
#else
static void
on_error(void *ctx, xmlErrorPtr e)
#endif
{
	struct build *b = ctx;

	if (e->level < XML_ERR_FATAL || b->err != ERR_OK)
		return;
	b->line = e->line;
	if (e->code == XML_ERR_NO_MEMORY)
		b->err = ERR_NOMEM;
	else
		b->err = ends_early(b, e->code) ? ERR_HALF : ERR_XML_SYNTAX;
}

static enum err
parse(const struct blob *utf8, struct xml *xml, int *line)
{
	struct build b = { .xml = xml };
	xmlParserCtxtPtr ctxt;

	ctxt = xmlCreateMemoryParserCtxt(blob_str(utf8), (int)utf8->len);
	if (ctxt == NULL)
		return (ERR_NOMEM);
	b.ctxt = ctxt;
	xmlCtxtUseOptions(ctxt, XML_PARSE_NONET);
	*ctxt->sax = (xmlSAXHandler){ .initialized = XML_SAX2_MAGIC,
	    .startElementNs = on_start, .endElementNs = on_end,
	    .characters = on_text, .cdataBlock = on_text,
	    .ignorableWhitespace = on_text,
	    .processingInstruction = on_instruction,
	    .internalSubset = on_doctype, .getEntity = on_entity,
	    .serror = on_error };
	ctxt->userData = &b;
	xmlParseDocument(ctxt);
	if (b.err == ERR_OK && !ctxt->wellFormed)
		b.err = ERR_XML_SYNTAX;
	/* The DOCTYPE that slipped past the callbacks, if there is a way. */
	if (b.err == ERR_OK && (ctxt->hasExternalSubset || ctxt->hasPErefs))
		b.err = ERR_XML_DTD;
	*line = b.line;
	blob_free(&b.text);
	for (size_t i = 0; i <= XML_DEPTH; i++)
		blob_free(&b.own[i]);
	xmlFreeParserCtxt(ctxt);
	return (b.err);
}

/* 1 if a tag is too long; quotes may hide a '>', comments look like tags. */
static int
has_long_tag(const char *s)
{
	const char *from = NULL;
	char quote = '\0';

	for (; *s != '\0'; s++) {
		if (from != NULL && s - from > XML_TAG)
			return (1);
		if (quote != '\0')
			quote = *s == quote ? '\0' : quote;
		else if (from != NULL && (*s == '"' || *s == '\''))
			quote = *s;
		else if (*s == '<' && strchr("!?/", s[1]) == NULL)
			from = s;
		else if (*s == '>')
			from = NULL;
	}
	return (0);
}

enum err
xml_read(const void *data, size_t len, struct xml **out, struct note *note)
{
	struct blob utf8 = { 0 };
	struct xml *xml;
	int line = 0;
	enum err r;

	*out = NULL;
	if ((xml = calloc(1, sizeof(*xml))) == NULL)
		return (ERR_NOMEM);
	if ((r = charset_to_utf8(data, len, &xml->charset, &utf8, note)) !=
	    ERR_OK)
		goto out;
	/* libxml2 must not even see one; in a comment it is as suspect. */
	if (memmem(utf8.data, utf8.len, "<!DOCTYPE", 9) != NULL) {
		r = ERR_XML_DTD;
		goto out;
	}
	if (has_long_tag(blob_str(&utf8))) {
		r = ERR_XML_BIG;
		goto out;
	}
	if ((r = parse(&utf8, xml, &line)) != ERR_OK) {
		note_set(note, "line %d", line);
		goto out;
	}
	*out = xml;
	xml = NULL;	/* moved */
out:
	blob_free(&utf8);
	xml_free(&xml);
	return (r);
}

void
xml_free(struct xml **xml)
{
	if (xml == NULL || *xml == NULL)
		return;
	node_free((*xml)->root);
	free(*xml);
	*xml = NULL;
}

struct xml_node *
xml_child(const struct xml_node *n, const char *name)
{
	struct xml_node *c = n == NULL ? NULL : n->first;

	while (c != NULL && strcmp(c->name, name) != 0)
		c = c->next;
	return (c);
}

const char *
xml_text(const struct xml_node *n)
{
	return (n == NULL || n->text == NULL ? "" : n->text);
}
