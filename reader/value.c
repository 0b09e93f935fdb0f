#include <string.h>

#include "reader/value.h"

enum err
value_date(const struct buf *value, char out[9])
{
	if (value->left != 8)
		return (ERR_TLV);
	for (size_t i = 0; i < 8; i++) {
		if (value->p[i] < '0' || value->p[i] > '9')
			return (ERR_TLV);
	}
	memcpy(out, value->p, 8);
	out[8] = '\0';
	return (ERR_OK);
}

enum err
value_sex(const struct buf *value, char *out)
{
	if (value->left != 1 || memchr("1290", value->p[0], 4) == NULL)
		return (ERR_TLV);
	*out = (char)value->p[0];
	return (ERR_OK);
}
