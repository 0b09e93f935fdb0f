#ifndef DRIVER_JOURNAL_H
#define DRIVER_JOURNAL_H

#include "base/buf.h"
#include "driver/transport.h"

/*
 * The file that a wrapper keeps of the transport it wraps: lines that are
 * appended, each by one write, so that no two processes mix and nothing is
 * held back.  It is for its owner only, and no symbolic link.
 */
struct journal {
	int	fd;		/* -1: none */
	size_t	max;		/* 0: as long as the disk takes */
	int	full, broken;	/* said once */
};

/* "FILE:TRANSPORT": both are opened, or neither; what names the wrapper. */
enum err	journal_open(const char *details, const char *what,
		    struct journal *, struct tp **inner, struct note *);
void		journal_close(struct journal *);

/* Appends whole lines and frees the blob.  A line that cannot be written is
 * said in the log once, and the transport goes on. */
void		journal_put(struct journal *, struct blob *lines);

#endif
