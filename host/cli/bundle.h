#ifndef HOST_CLI_BUNDLE_H
#define HOST_CLI_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Which USB devices pcscd has a driver for: it reads the Info.plist of every
 * bundle in its drop folder, and so do we.  A device is served when a list
 * has its vendor and product, whatever its class (pcsc-lite,
 * src/hotplug_libudev.c).
 */
struct bundle {
	int		 any;		/* a bundle is installed */
	uint32_t	*ids;		/* vendor << 16 | product */
	size_t		 n, room;
};

/* root is what stands before /usr.  What cannot be read is not there. */
enum err	bundle_load(const char *root, struct bundle *);
void		bundle_free(struct bundle *);
int		bundle_knows(const struct bundle *, uint16_t vid,
		    uint16_t pid);

#endif
