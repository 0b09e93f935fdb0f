#ifndef HOST_QUALIFY_UNITS_H
#define HOST_QUALIFY_UNITS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Cuts the XML of a bulk result into its units (BulkConfirmUnit,
 * BulkRegistrationUnit in XmlMsg/MessageBody) while it streams past, in the
 * bytes of the file: '<', '>', quotes and '-' are no trail bytes of CP932, and
 * ']' is looked at only outside of its pairs.  What is left without the units,
 * the skeleton, is a small document that the XML reader takes; so is the
 * skeleton with one unit in its place.  Nothing is judged here but the form of
 * tags, comments, CDATA and their nesting, which the reader will see again.
 */
struct units;

#define UNITS_SKELETON	(1u << 20)	/* bytes; ours: a header has 1 KB */
#define UNITS_UNIT	(1u << 20)	/* same; a person has 3 KB */

/* One unit, its start tag to its end tag; anything but ERR_OK ends it. */
typedef enum err units_each(void *ctx, size_t unit, const void *, size_t len);

/* each may be NULL: the units are counted. */
enum err	units_new(units_each *, void *ctx, struct units **);
/*
 * The next stretch of the file.  ERR_XML_DTD for a DOCTYPE, ERR_XML_SYNTAX,
 * ERR_XML_DEEP, ERR_XML_BIG past a limit, ERR_NOMEM, or the callee's.
 */
enum err	units_feed(struct units *, const void *, size_t);
/* The file ended: ERR_HALF when it should not have. */
enum err	units_end(struct units *);
size_t		units_count(const struct units *);
/* The skeleton, and where in it the units were: at the first one, or at its
 * end if there was none. */
const struct blob *units_skeleton(const struct units *, size_t *at);
void		units_free(struct units **);	/* wipes; NULL fine */

#endif
