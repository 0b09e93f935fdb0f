#ifndef DRIVER_SERVE_H
#define DRIVER_SERVE_H

#include "driver/transport.h"

/*
 * The far side of a link: answers its frames from the transport until the
 * peer closes the socket, then ends a begun session (power off) and returns.
 * The caller keeps fd and tp.  The calling thread reads frames, another one
 * runs the transport, so that a cancel gets through.
 *
 * ERR_OK when the peer closed; ERR_READER_FAULT after a frame it should not
 * have sent or an answer it did not take: the socket is shut down then.
 * ERR_READER_HUNG: the transport did not come back within grace_ms after
 * the end; a thread is still inside it, so neither tp nor fd may be touched
 * again and the program must exit.
 */
#define SERVE_GRACE_MS	10000

enum err	serve(struct tp *, int fd);
enum err	serve_within(struct tp *, int fd, int grace_ms);

/* Answers every frame with why and its note, until the peer closes: for a
 * transport that could not be opened. */
enum err	serve_refusal(enum err why, const struct note *, int fd);

#endif
