#include "host/api/object.h"

/* Counted before anything is built: the parser recurses. */
static int
is_flat(struct buf b)
{
	int depth = 0, quoted = 0, escaped = 0;
	uint8_t c;

	while (buf_u8(&b, &c) == ERR_OK) {
		if (quoted) {
			quoted = escaped || c != '"';
			escaped = !escaped && c == '\\';
		} else if (c == '"') {
			quoted = 1;
		} else if (c == '{' || c == '[') {
			if (++depth > OBJECT_DEPTH)
				return (0);
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return (1);
}

json_t *
object_parse(struct buf b)
{
	json_error_t where;
	json_t *o;

	if (!is_flat(b))
		return (NULL);
	/* Without JSON_ALLOW_NUL a \u0000 is refused. */
	o = json_loadb((const char *)b.p, b.left, JSON_REJECT_DUPLICATES,
	    &where);
	if (o == NULL || json_is_object(o))
		return (o);
	json_decref(o);
	return (NULL);
}
