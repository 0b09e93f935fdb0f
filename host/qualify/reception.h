#ifndef HOST_QUALIFY_RECEPTION_H
#define HOST_QUALIFY_RECEPTION_H

#include <stdint.h>

/*
 * The reception number (受付番号) of a list.  It is the terminal's own and is
 * compared as it stands; those that were seen, 20240703121849864_8171, say
 * when they were given: yyyyMMddHHmmssSSS in Japan's time, and a number
 * (features.md BAT-06).
 */
struct reception {
	int64_t		 at;		/* wall ms */
	int		 number;	/* behind the line, 0 to 9999 */
};

/* 1 if it is of that form; 0, and *out all 0, for any other, which is no
 * error. */
int	reception_read(const char *number, struct reception *out);

#endif
