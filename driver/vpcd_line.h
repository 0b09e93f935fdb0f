#ifndef DRIVER_VPCD_LINE_H
#define DRIVER_VPCD_LINE_H

#include <stdint.h>

#include "base/buf.h"

/*
 * Messages of vpcd on a stream socket (hw-docs/protocols/vpcd.md): two bytes
 * of length, big-endian, and so many bytes.  The card's side is not trusted:
 * every message has one deadline for the whole of it, on clock_ms, however
 * slowly its bytes come.
 */
#define VPCD_MSG_MAX	65535

/* One byte of payload is one of these, never a command. */
enum vpcd_control { VPCD_OFF = 0, VPCD_ON = 1, VPCD_RESET = 2, VPCD_ATR = 4 };

/*
 * Length and payload leave by one write: apart, they wait for each other 40
 * ms in Nagle's algorithm and the other side's delayed acknowledgement.
 * ERR_TIMEOUT, ERR_NO_CARD (the other side is gone), ERR_TOOBIG, ERR_NOMEM.
 */
enum err	vpcd_line_send(int fd, const uint8_t *, size_t,
		    int64_t until);
/*
 * *len: in room, out bytes received, 0 too.  ERR_TIMEOUT; ERR_NO_CARD when
 * the other side closed before a byte of it, ERR_TORN amid it; ERR_TOOBIG
 * for one that does not fit, of which nothing is read but *len told.  After
 * any error the line must be closed: nobody knows where the next begins.
 */
enum err	vpcd_line_recv(int fd, uint8_t *, size_t *len, int64_t until);
/* Between messages: ERR_NO_CARD when the other side closed,
 * ERR_READER_FAULT when it has said something that nobody asked for. */
enum err	vpcd_line_quiet(int fd);
/* A stream that does not hold back what is sent. */
void		vpcd_line_tune(int fd);

#endif
