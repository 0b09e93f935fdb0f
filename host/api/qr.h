#ifndef HOST_API_QR_H
#define HOST_API_QR_H

#include <jansson.h>

#include "base/err.h"

/* A text as QR code, level M: an array of rows of "0" and "1", without the
 * quiet zone; new reference. */
enum err	qr_rows(const char *text, json_t **rows);

#endif
