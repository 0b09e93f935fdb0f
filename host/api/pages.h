#ifndef HOST_API_PAGES_H
#define HOST_API_PAGES_H

#include "base/buf.h"

/*
 * The pages, held in memory: a request never opens a file.  /kiosk, /desk and
 * /visit are the index.html of these folders; /web/… is everything else by
 * its path below the top.
 */
#define PAGES_MAX	(16u << 20)	/* bytes in all */
#define PAGES_FILES	1024
#define PAGES_PATH	200		/* below the top, with the 0 */
#define PAGES_ETAG	36		/* 128 bits of SHA-256 in quotes, + 0 */

struct page {
	char		 path[PAGES_PATH];	/* "kiosk/index.html" */
	const char	*type;
	char		 etag[PAGES_ETAG];
	struct blob	 bytes;
};

struct pages;

/*
 * Regular files with a type of ours and a name that fits a URL; links,
 * hidden files and the rest are left out.  ERR_NOT_FOUND, ERR_CONF (too
 * much), with the reason in the note.  folder "" or NULL: no pages.
 */
enum err		 pages_open(const char *folder, struct pages **,
			    struct note *);
void			 pages_close(struct pages **);	/* NULL fine */
const struct page	*pages_find(const struct pages *, const char *url);

#endif
