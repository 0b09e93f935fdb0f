#ifndef DRIVER_PCSC_ERROR_H
#define DRIVER_PCSC_ERROR_H

#include "base/err.h"

/*
 * What a return code of PC/SC means to us.  ERR_NO_SERVICE says that the
 * context is gone and a new one may work; a code without a row is
 * ERR_READER_FAULT.
 */
enum err	 pcsc_error(long code);
/* "SCARD_E_TIMEOUT"; static, "unknown code" for one without a row. */
const char	*pcsc_error_name(long code);

#endif
