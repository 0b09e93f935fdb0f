#ifndef HOST_QUALIFY_ZIP_H
#define HOST_QUALIFY_ZIP_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "host/qualify/reason.h"

#define UNZIP_ENTRIES	16	/* our limit: the official ones hold one */

/*
 * The one like-named .xml in a zipped bulk result; file is the archive's own
 * name without folder.  out is replaced.  ERR_HALF when the archive ends too
 * early, ERR_XML_BIG when the entry is larger than a result may be, ERR_LAYOUT
 * and why: names that lead out, encrypted, nested, no or two such entries.
 */
enum err	unzip_result(const char *file, const void *, size_t,
		    struct blob *out, struct reason_what *why);

/* The same in stretches, at most max bytes of it. */
typedef enum err unzip_part(void *ctx, const void *, size_t);
struct unzip {
	uint64_t	 max;
	unzip_part	*each;		/* anything but ERR_OK ends it */
	void		*ctx;
};
enum err	unzip_parts(const char *file, const void *, size_t,
		    const struct unzip *, struct reason_what *why);

#endif
