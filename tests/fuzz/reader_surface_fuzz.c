#include <stdlib.h>
#include <string.h>

#include "reader/surface.h"

/* The bytes of EF 0002 as a card might hold them. */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int good)
{
	if (!good)
		abort();
}

/* Inside the file, and not empty. */
static void
check_part(const struct buf *part, const uint8_t *data, size_t len)
{
	must(part->left > 0 && part->p >= data &&
	    part->p + part->left <= data + len);
}

static void
check_date(const char date[9])
{
	must(strnlen(date, 9) == 8 && strspn(date, "0123456789") == 8);
}

/* What is taken keeps the contract; what is refused leaves nothing. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct surface empty;
	struct surface s;

	memset(&s, 0xa5, sizeof(s));
	if (surface_parse((struct buf){ data, len }, &s) != ERR_OK) {
		must(memcmp(&s, &empty, sizeof(s)) == 0);
		return (0);
	}
	check_date(s.birthdate);
	check_date(s.expiry);
	must(s.sex != '\0' && strchr("1290", s.sex) != NULL);
	for (int i = 0; i < SURFACE_PARTS; i++)
		check_part(&s.part[i], data, len);
	check_part(&s.photo, s.part[2].p, s.part[2].left);
	check_part(&s.key, s.part[0].p, s.part[0].left);
	check_part(&s.signature, data, len);
	must(s.part[0].p + s.part[0].left == s.part[1].p &&
	    s.part[1].p + s.part[1].left == s.part[2].p);
	return (0);
}
