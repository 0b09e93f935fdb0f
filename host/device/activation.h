#ifndef HOST_DEVICE_ACTIVATION_H
#define HOST_DEVICE_ACTIVATION_H

#include "base/err.h"
#include "host/wire/wire.h"

/*
 * What the desk shows for a new device (hw-docs/protocols/link.md,
 * "Enrolment"): XXXXX-XXXXX-XXXXX-XXXXX-XXXXXX, Crockford's base 32.
 */
#define ACTIVATION_CODE	10

struct activation {
	char	code[ACTIVATION_CODE + 1];	/* used once; a secret */
	uint8_t	print[WIRE_CODE_PRINT];		/* of the CA's key begins so */
};

/*
 * As people type it: upper or lower case, I and L for 1, O for 0, hyphens and
 * blanks anywhere.  ERR_CODE when it is no such text.
 */
enum err	activation_read(const char *, struct activation *);
/* The text of the QR code taken apart, text pointing into it; 0 if it is
 * none. */
#define ACTIVATION_ADDRESS	262	/* RFC 1035's 253, [], :65535 and 0 */
int		activation_split(const char *,
		    char address[ACTIVATION_ADDRESS], const char **text);

#endif
