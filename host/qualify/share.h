#ifndef HOST_QUALIFY_SHARE_H
#define HOST_QUALIFY_SHARE_H

#include <stddef.h>

#include "base/err.h"

/*
 * A terminal's folder as the manuals for Windows write it: a share by its
 * UNC path, \\10.51.1.2\req\, or a drive of a remote session, \\tsclient\Z\
 * (features.md COS-05, COS-06).  Here it is a folder that somebody mounted.
 */
enum share_kind { SHARE_NONE, SHARE_UNC, SHARE_SESSION };

/* SHARE_NONE for a path of this machine, and for what is no such path. */
enum share_kind	share_kind(const char *path);

#define SHARE_MOUNTS "/proc/self/mountinfo"

/*
 * Where the share is mounted here, without asking the network: below the
 * kernel's cifs mount whose source is this share or a folder of it.
 * ERR_FOLDER when it is not, and in the note which mount is needed; ERR_CONF
 * when it is no such path.
 */
enum err	share_find(const char *path, const char *mounts, char *out,
		    size_t room, struct note *);

/*
 * The folder behind a path as it is configured, looked for anew each time: a
 * share may be mounted at any time, and elsewhere the next.  A path of this
 * machine is itself.  Errors of share_find; ERR_CONF where it has no room.
 */
enum err	share_here(const char *path, char *out, size_t room,
		    struct note *);

#endif
