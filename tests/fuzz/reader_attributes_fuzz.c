#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "reader/attributes.h"

/* The bytes of EF 0002 as a card might hold them. */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int good)
{
	if (!good)
		abort();
}

static void
check_text(const char *text, size_t room)
{
	size_t n = strnlen(text, room);

	must(n > 0 && n < room && text_is_utf8(text, n));
	for (size_t i = 0; i < n; i++)
		must((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
}

/* What is taken keeps the contract; what is refused leaves nothing. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct attributes empty;
	struct attributes a;
	enum err r;

	memset(&a, 0xa5, sizeof(a));
	r = attributes_parse((struct buf){ data, len }, &a);
	if (r != ERR_OK) {
		must(r == ERR_TLV && memcmp(&a, &empty, sizeof(a)) == 0);
		return (0);
	}
	check_text(a.name, sizeof(a.name));
	check_text(a.address, sizeof(a.address));
	must(strnlen(a.birthdate, sizeof(a.birthdate)) == 8);
	must(strspn(a.birthdate, "0123456789") == 8);
	must(a.sex != '\0' && strchr("1290", a.sex) != NULL);
	return (0);
}
