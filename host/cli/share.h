#ifndef HOST_CLI_SHARE_H
#define HOST_CLI_SHARE_H

#include <stdint.h>

#include "base/err.h"

/*
 * One of the terminal's folders, tried out: opened and, where we write,
 * written, read and removed in.  A dead share holds whoever touches it, so
 * that a process of its own does, which is left behind when its time is up.
 */
struct share {
	int64_t		ms;		/* what that took */
	int64_t		free_mb;	/* -1: not known */
	char		kind[16];	/* "cifs", "nfs" …; "" is a disk */
	struct note	note;		/* what failed */
};

#define SHARE_MS	15000

typedef enum err share_probe(const char *path, int ours, struct share *);

/* What share_try has done in the other process. */
share_probe	share_look;
/* ERR_FOLDER, with the path in the note, also when nothing comes back in
 * time. */
enum err	share_try(share_probe *, const char *path, int ours, int ms,
		    struct share *);

#endif
