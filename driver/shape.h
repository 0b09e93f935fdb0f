#ifndef DRIVER_SHAPE_H
#define DRIVER_SHAPE_H

#include "base/buf.h"

/*
 * How a command is laid out (ISO 7816-4 5.1): the four bytes of its header,
 * then lengths and data.  What the data mean is nobody's business here.
 */
struct shape {
	long	lc, le;		/* -1: absent */
	size_t	data;		/* where the lc bytes of data begin */
};

/* 0 when the lengths do not add up to the command. */
int	shape_of(const uint8_t *tx, size_t len, struct shape *);

#endif
