#ifndef DRIVER_FRAME_H
#define DRIVER_FRAME_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * A frame on a stream socket: u32 length of what follows, u8 type, u16
 * sequence, payload; big-endian.  Frames carry PINs and card data: the
 * blobs they are in are wiped by whoever owns them.
 */
#define FRAME_MAX	(1u << 20)	/* type, sequence and payload */
#define FRAME_FOREVER	INT64_MAX

struct frame {
	uint8_t		type;
	uint16_t	seq;
	struct buf	body;		/* inside the blob received into */
};

/* Empties the blob and writes the head; the payload is added behind it. */
enum err	frame_start(struct blob *, uint8_t type, uint16_t seq);
/*
 * Sends what frame_start began and wipes the blob in every case.  until is
 * on clock_ms.  ERR_TIMEOUT, ERR_READER_FAULT (peer gone), ERR_TOOBIG before
 * a byte has left.
 */
enum err	frame_send(int fd, struct blob *, int64_t until);
/*
 * Receives one frame into the blob, emptied first.  ERR_TIMEOUT;
 * ERR_NO_READER when the peer closed between frames; ERR_READER_FAULT when
 * it closed inside one or broke; ERR_LAYOUT for a length out of bounds.
 */
enum err	frame_recv(int fd, struct blob *, struct frame *,
		    int64_t until);
/*
 * Waits until fd has something to read, wake (-1: none) has, or time is up.
 * 1: fd, 2: wake alone, 0: time is up.
 */
int		frame_ready(int fd, int wake, int64_t until);

/*
 * The head of a reply's payload: the error by name and its note.  take:
 * ERR_LAYOUT unless the name is known and the note is short, UTF-8 and
 * without control characters.
 */
enum err	frame_add_result(struct blob *, enum err, const struct note *);
enum err	frame_take_result(struct buf *, enum err *, struct note *);

#endif
