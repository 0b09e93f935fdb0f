#ifndef HOST_REMOTE_INVITE_H
#define HOST_REMOTE_INVITE_H

#include "host/remote/device.h"

/*
 * What the desk shows to enrol a device (link.md, "Enrolment"): 26 symbols,
 * of which 10 are the one-time code and 16 the beginning of the CA's print.
 */
#define INVITE_TEXT	31	/* "XXXXX-XXXXX-XXXXX-XXXXX-XXXXXX" + 0 */
#define INVITE_ADDRESS	264	/* HOST:PORT with brackets + 0 */
#define INVITE_QR	(16 + INVITE_ADDRESS + INVITE_TEXT)

struct invitation {
	char	name[DEVICE_NAME];
	char	address[INVITE_ADDRESS];
	char	text[INVITE_TEXT];
	char	qr[INVITE_QR];	/* "shikaku-device:HOST:PORT/TEXT" */
	int64_t	expires_at;
};

/*
 * For a name that is not in use; the caller wipes it.  address: where devices
 * dial; ERR_CONF when nobody can, as at 0.0.0.0.  Else as device_invite.
 */
struct invite_conf {
	const char	*address;
	const uint8_t	*ca_print;
};
/* 0 for "0.0.0.0", "[::]" and what is no HOST:PORT. */
int		invite_can_dial(const char *address);
enum err	invite_make(struct store *, const struct invite_conf *,
		    const char *name, struct invitation *, struct note *);

#endif
