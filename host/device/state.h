#ifndef HOST_DEVICE_STATE_H
#define HOST_DEVICE_STATE_H

#include "host/device/dir.h"
#include "host/device/fence.h"

/*
 * What shikaku-reader status shows of shikaku-reader connect: kept in the
 * folder, because the two are not the same process.
 */
struct state {
	int64_t		connected;	/* wall ms; 0: not now */
	int64_t		last;		/* wall ms of the last connection; 0 */
	enum err	err;		/* why it is not connected */
	unsigned	refused[FENCE_WHYS];	/* by the fence, ever */
};

/* All zero where there is none; ERR_FOLDER. */
enum err	state_read(const struct dir *, struct state *,
		    struct note *);
enum err	state_write(const struct dir *, const struct state *,
		    struct note *);

#endif
