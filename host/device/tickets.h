#ifndef HOST_DEVICE_TICKETS_H
#define HOST_DEVICE_TICKETS_H

#include <openssl/x509.h>

#include "base/buf.h"
#include "crypto/ticket.h"
#include "host/device/dir.h"

/*
 * The tickets this device holds: one file each in a folder of its own, and
 * beside them the certificate that records are sealed to.  A ticket is used
 * by removing its file, which is on disk before anything is signed.
 */
struct tickets {
	struct dir	dir;
};

enum err	tickets_open(const struct dir *device, struct tickets *,
		    struct note *);
void		tickets_close(struct tickets *);

/*
 * Takes over the body of TICKETS's reply; *n is how many there were in it.
 * ERR_LAYOUT; ERR_TICKET_ALTERED, ERR_TICKET_FOREIGN when one is not well
 * signed or not for the key with this print: then none is kept.
 */
enum err	tickets_store(struct tickets *, struct buf body,
		    const uint8_t print[TICKET_PRINT], unsigned *n,
		    struct note *);

/* How many may be used now, and until when the last of them (seconds).  The
 * note says so when there are some and the clock is before all of them. */
enum err	tickets_count(struct tickets *, int64_t now_s, unsigned *n,
		    int64_t *until, struct note *);
/* The one that ends first: used up when this returns ERR_OK.  ERR_NO_TICKET. */
enum err	tickets_use(struct tickets *, int64_t now_s,
		    uint8_t out[TICKET_LEN], struct note *);

/* To whom records are sealed; the caller frees it.  ERR_NO_TICKET where the
 * device never got any. */
enum err	tickets_recipient(struct tickets *, X509 **, struct note *);

#endif
