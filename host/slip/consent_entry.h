#ifndef HOST_SLIP_CONSENT_ENTRY_H
#define HOST_SLIP_CONSENT_ENTRY_H

#include "host/consent/consent.h"

/*
 * Consent, item by item, at the terminal behind fd; then once more as a
 * whole, and only a yes to that is consent: its time is set.  A no chooses
 * again from the beginning.  ERR_CANCELLED.
 */
enum err	consent_entry(int fd, struct consent *);

#endif
