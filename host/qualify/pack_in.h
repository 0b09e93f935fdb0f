#ifndef HOST_QUALIFY_PACK_IN_H
#define HOST_QUALIFY_PACK_IN_H

#include "base/buf.h"
#include "host/qualify/pack.h"
#include "host/qualify/reason.h"

/* Inside of pack.c and pack_take.c. */

/* Deflates what comes in stretches. */
struct deflater;

enum err	deflater_new(struct deflater **);
/* ERR_XML_BIG past PACK_ROOM. */
enum err	deflater_add(struct deflater *, const void *, size_t,
		    struct blob *out);
enum err	deflater_end(struct deflater *, struct blob *out);
void		deflater_free(struct deflater **);	/* NULL fine */

/* The file without its units, which were all cut out of it. */
enum err	pack_head(const char *file, const struct units *,
		    struct result **);
/* Of a failure to cut: the head that says it, ERR_OK then. */
enum err	pack_failed(const char *file, enum err,
		    const struct reason_what *, struct result **);
/* The bytes of the XML in stretches; errors of zip.h, ERR_XML_BIG. */
typedef enum err pack_part(void *ctx, const void *, size_t);
enum err	pack_stream(const struct pack *, pack_part *, void *ctx,
		    struct reason_what *why);

#endif
