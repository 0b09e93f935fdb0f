#ifndef DRIVER_NFC_CONN_H
#define DRIVER_NFC_CONN_H

#include "base/err.h"

/*
 * A libnfc connection string, checked before libnfc sees it: libnfc takes a
 * speed it does not know for the one before, and a name without a device as
 * leave to try whatever is plugged in.
 */
#define NFC_CONN_TEXT	256
#define NFC_CONN_ROOM	1024	/* libnfc's own, whatever is in it */

struct nfc_conn {
	char	text[NFC_CONN_ROOM];	/* as libnfc takes it */
	char	device[NFC_CONN_TEXT];	/* the file it opens */
};

/* ERR_CONF, and the note says which part is wrong. */
enum err	nfc_conn_parse(const char *, struct nfc_conn *, struct note *);

#endif
