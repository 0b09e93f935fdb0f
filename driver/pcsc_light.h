#ifndef DRIVER_PCSC_LIGHT_H
#define DRIVER_PCSC_LIGHT_H

#include <winscard.h>

#include "driver/transport.h"

/*
 * Light and buzzer of an ACR122U and its like, by the command FF 00 40 that
 * the reader itself answers; a card must be connected.  Takes up to 0.7 s.
 * What fails is written to the log and is no error.
 */
void	pcsc_light(SCARDHANDLE, const SCARD_IO_REQUEST *, enum tp_signal);

#endif
