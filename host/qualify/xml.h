#ifndef HOST_QUALIFY_XML_H
#define HOST_QUALIFY_XML_H

#include <stddef.h>

#include "base/err.h"
#include "host/qualify/charset.h"

/*
 * An XML file as a tree of our own.  No network, no DOCTYPE, no entity but
 * the five predefined; depth and number of elements are bounded while the
 * file is parsed.  Text is UTF-8 whatever the file was written in.
 */
#define XML_DEPTH	16	/* the layouts need 7 (oqs-files.md 3.4) */
#define XML_NAME	128	/* bytes of a name; the longest official one
				 * has 47: paths are made of names */
#define XML_TAG		1024	/* bytes of a tag; libxml2 2.9 compares its
				 * attributes in pairs */
#define XML_NODES	200000	/* elements and attributes: 4 MiB of real
				 * results have a quarter of that */

/*
 * An element; an attribute is a child named "@name", because the layouts
 * have none and it must not get lost.
 */
struct xml_node {
	char		*name, *text;	/* text: own text only, NULL if none */
	struct xml_node	*parent, *first, *last, *next;
	struct xml_node	*known, *known_last;	/* the layout's chain of the */
	struct xml_node	*known_next;		/* children it looks up */
	struct xml_node	*twin;		/* first sibling of the same name */
	size_t		 nth, twins;	/* 1-based place among the twins */
	int		 field;		/* the layout's mark, see layout.h */
};

struct xml {
	struct xml_node	*root;
	struct charset_found charset;
	size_t		 instructions;	/* processing instructions, ignored */
};

/*
 * ERR_HALF (empty, or ends too early), ERR_XML_SYNTAX, ERR_XML_DTD,
 * ERR_XML_DEEP, ERR_XML_BIG, ERR_CHARSET (UTF-16, unknown encoding, bytes of
 * none), ERR_NOMEM; *out is then NULL.  The note names line or encoding.
 */
enum err	xml_read(const void *, size_t, struct xml **out, struct note *);
void		xml_free(struct xml **);	/* wipes; NULL fine */

/* First child element of this name, NULL if none. */
struct xml_node	*xml_child(const struct xml_node *, const char *name);
/* Own text, "" if none or node is NULL. */
const char	*xml_text(const struct xml_node *);

#endif
