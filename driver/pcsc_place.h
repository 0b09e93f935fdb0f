#ifndef DRIVER_PCSC_PLACE_H
#define DRIVER_PCSC_PLACE_H

#include <winscard.h>

#include "driver/transport.h"
#include "driver/usb.h"

/*
 * Which device a PC/SC reader is.  A driver that does not say leaves it
 * empty, which is no error: virtual readers and serial ones.
 */
void	pcsc_place(SCARDHANDLE, struct usb_device *);
/*
 * Of a reader by its name, with or without a card, whose power is left alone;
 * the result of SCardConnect: SCARD_E_SHARING_VIOLATION while another program
 * has it for itself.
 */
LONG	pcsc_place_of(SCARDCONTEXT, const char *name, struct usb_device *);

#endif
