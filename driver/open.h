#ifndef DRIVER_OPEN_H
#define DRIVER_OPEN_H

#include "driver/transport.h"

/*
 * The openers behind tp_open's table; details is what follows "name:".  On
 * error *tp stays NULL and the note says which reader, file or descriptor.
 */
enum err	pcsc_open(const char *choice, struct tp **, struct note *);
/*
 * conn is a libnfc connection string (nfc_conn.h).  Sets LIBNFC_LOG_LEVEL, so
 * before there are other threads; one at a time in a process.  The device is
 * opened, and locked, by the first wait or begin.
 */
enum err	nfc_tp_open(const char *conn, struct tp **, struct note *);
enum err	vpcd_open(const char *address, struct tp **, struct note *);
enum err	link_open(const char *fd, struct tp **, struct note *);
enum err	replay_open(const char *file, struct tp **, struct note *);
enum err	trace_open(const char *file_and_inner, struct tp **,
		    struct note *);
enum err	record_open(const char *file_and_inner, struct tp **,
		    struct note *);
enum err	overlay_open(const char *file_and_inner, struct tp **,
		    struct note *);

#endif
