#include <string.h>

#include "host/store/store.h"

struct val
val_int(int64_t num)
{
	return ((struct val){ .type = VAL_INT, .num = num });
}

struct val
val_text(const char *text)
{
	if (text == NULL)
		return ((struct val){ .type = VAL_NULL });
	return ((struct val){ .type = VAL_TEXT, .data = text,
	    .len = strlen(text) });
}

struct val
val_blob(const void *data, size_t len)
{
	return ((struct val){ .type = VAL_BLOB, .data = data, .len = len });
}

const char *
val_str(const struct val *v)
{
	return (v->type == VAL_TEXT ? v->data : "");
}

int64_t
val_num(const struct val *v)
{
	return (v->type == VAL_INT ? v->num : 0);
}
