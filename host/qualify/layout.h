#ifndef HOST_QUALIFY_LAYOUT_H
#define HOST_QUALIFY_LAYOUT_H

#include <jansson.h>

#include "base/err.h"
#include "host/qualify/field.h"
#include "host/qualify/kind.h"
#include "host/qualify/reason.h"
#include "host/qualify/xml.h"

/*
 * Lays the fields over the tree of a result: every element whose place and
 * type are known gets a mark, everything else goes to the remainder.  The
 * order of the elements does not matter.  Nodes belong to the tree.
 */

/* Marks of xml_node.field beside the fields themselves. */
#define LAYOUT_NONE	(-1)	/* unknown, ill-typed or repeated */
#define LAYOUT_GROUP	(-2)	/* holds fields, stands once */
#define LAYOUT_ROW	(-3)	/* holds fields, may be repeated */
#define LAYOUT_FREE	(-4)	/* a value of TKK or YZK, by its own name */

#define LAYOUT_ROWS	100	/* of one list: a person has a few coverages,
				 * diseases and tickets; our limit */
#define LAYOUT_WARNINGS	1000	/* more are left out, and that is said */

struct layout_list {
	struct xml_node	**v;
	size_t		 n, room;
};

struct layout {
	const struct xml_node	*header, *body;		/* NULL if missing */
	struct layout_list	 records;	/* coverages; a unit of a
						 * bulk result without one */
	struct layout_list	 remainder;
	size_t			 units;		/* of a bulk result */
	json_t			*warnings;	/* texts; hold no values */
	struct reason_what	 why;
};

/*
 * ERR_LAYOUT and why when the file must not be used: wrong root, an element
 * twice with different content, a list of more than LAYOUT_ROWS.
 * ERR_NOMEM.  layout_wipe in any case.
 */
enum err	layout_read(const struct xml *, const struct kind *,
		    struct layout *);
void		layout_wipe(struct layout *);

/* ERR_LAYOUT when a record of an accepted result lacks what says whether it
 * is one; warns of the other marks of the layout. */
enum err	layout_check(struct layout *, const struct kind *);
enum err	layout_warn(struct layout *, const struct xml_node *,
		    const char *ja, const char *en);

/* The node of a field, NULL if absent; record counts from 0. */
const struct xml_node	*layout_top(const struct layout *, enum field);
const struct xml_node	*layout_field(const struct layout *, size_t record,
			    enum field);
/* How many rows a record's list has (PLACE_DISEASE, PLACE_TICKET). */
size_t			 layout_rows(const struct layout *, size_t record,
			    enum place);
/* The row of a record's list (PLACE_DISEASE, PLACE_TICKET), NULL past it. */
const struct xml_node	*layout_row(const struct layout *, size_t record,
			    enum place, size_t row);
/* A field of a group or row. */
const struct xml_node	*layout_find(const struct xml_node *, enum field);
/* The unit of a bulk result a record stands in, NULL if none. */
const struct xml_node	*layout_unit(const struct xml_node *record);

/* "XmlMsg/MessageBody/Name[2]"; out is replaced. */
enum err	layout_path(const struct xml_node *, struct blob *out);

#endif
