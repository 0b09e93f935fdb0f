#ifndef DRIVER_PCSC_FEATURE_H
#define DRIVER_PCSC_FEATURE_H

#include <stdint.h>

#include "base/buf.h"

/*
 * The two lists in which a PC/SC reader declares what it can do (PC/SC
 * part 10, 2.2 and 2.6.14).  Both come from a driver and are not trusted:
 * ERR_TLV for a malformed one.  The value is 0 then, and also when the entry
 * is not in the list, which is no error.
 */

/* The control code of GET_TLV_PROPERTIES. */
enum err	pcsc_feature_code(struct buf list, uint32_t *code);
/* dwMaxAPDUDataSize: bytes of data an APDU may carry. */
enum err	pcsc_feature_apdu_max(struct buf properties, uint32_t *max);

#endif
