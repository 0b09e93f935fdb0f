#ifndef TESTS_LIB_FAKE_VPCD_H
#define TESTS_LIB_FAKE_VPCD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The card's end of a vpcd line (card-and-readers.md 7.1): messages of a
 * 2-byte length and a payload, over TCP to pcscd's vpcd driver.  The driver
 * sends length and payload apart; each recv is preceded by TCP_QUICKACK, or
 * every command takes 40 ms.
 */
#define FAKE_VPCD_MSG	65535

struct fake_vpcd {
	int	fd;		/* -1 = not connected */
	uint8_t	in[2 + FAKE_VPCD_MSG];
	size_t	have;
};

/* host is a numeric address.  ERR_NO_SERVICE when nobody listens. */
enum err	fake_vpcd_dial(struct fake_vpcd *, const char *host,
		    const char *port);
/* Takes what has arrived; ERR_NO_SERVICE when the other side is gone. */
enum err	fake_vpcd_receive(struct fake_vpcd *);
/* Moves the next whole message out; 0 when there is none yet. */
int		fake_vpcd_next(struct fake_vpcd *, uint8_t *msg, size_t *len);
/* Announces len bytes and sends n of them; n < len tears the message. */
enum err	fake_vpcd_send(struct fake_vpcd *, const uint8_t *, size_t n,
		    size_t len);
/* Also wipes what was received; harmless when not connected. */
void		fake_vpcd_hang_up(struct fake_vpcd *);

#endif
