#ifndef HOST_DEVICE_DIR_H
#define HOST_DEVICE_DIR_H

#include <limits.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The device's folder: its private key, who vouches for the agent, and what
 * must outlive the program.  The folder is its user's alone (0700), each file
 * too (0600): what others could have written or read is not used.  Names are
 * one path component.
 */
struct dir {
	int	fd;		/* -1: not open */
	char	path[PATH_MAX];
};

#define DIR_KEY		"key.pem"	/* P-256, ours */
#define DIR_CERT	"cert.pem"	/* ours; the last one of an enrolment */
#define DIR_CA		"ca.pem"	/* who vouches for the agent */
#define DIR_AGENT	"agent"		/* address and our name; agent.h */
#define DIR_STATE	"state"		/* state.h */

/* make: makes the folder if only its last part is missing.  ERR_FOLDER. */
enum err	dir_open(const char *path, int make, struct dir *,
		    struct note *);
void		dir_close(struct dir *);	/* harmless when not open */

/* dir/name, for libraries that want a path; ERR_TOOBIG. */
enum err	dir_path(const struct dir *, const char *name,
		    char out[PATH_MAX]);
/* 1 if there is such a file, whatever its rights. */
int		dir_has(const struct dir *, const char *name);
/* ERR_FOLDER unless it is a plain file of ours that others cannot touch. */
enum err	dir_check(const struct dir *, const char *name,
		    struct note *);
/* The whole file, at most max bytes; ERR_FOLDER, ERR_TOOBIG, ERR_NOT_FOUND
 * when there is none. */
enum err	dir_read(const struct dir *, const char *name, size_t max,
		    struct blob *, struct note *);
/*
 * The whole file or nothing, replacing one of that name: written aside,
 * flushed, renamed, and the folder flushed.  One writer of a name at a time.
 */
enum err	dir_write(const struct dir *, const char *name,
		    const void *, size_t, struct note *);

#endif
