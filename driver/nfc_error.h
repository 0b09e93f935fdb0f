#ifndef DRIVER_NFC_ERROR_H
#define DRIVER_NFC_ERROR_H

#include "base/err.h"

/* libnfc's results below 0; an unknown one is ERR_READER_FAULT. */
enum err	 nfc_error(int code);
const char	*nfc_error_name(int code);	/* static */
/* 1: the device may not be used again until it was opened anew. */
int		 nfc_error_poisons(int code);

#endif
