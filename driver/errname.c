#include <string.h>

#include "driver/errname.h"

int
errname_find(const void *name, size_t len, enum err *out)
{
	*out = ERR_LIB;
	for (int e = 0; e < ERR_COUNT; e++) {
		const char *s = err_name((enum err)e);

		if (strlen(s) == len && memcmp(s, name, len) == 0) {
			*out = (enum err)e;
			return (1);
		}
	}
	return (0);
}
