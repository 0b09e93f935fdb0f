#include <stddef.h>

#include "host/visit/want.h"

static const struct {
	const char	*word;
	int		 seconds;
} rows[WANTS] = {
#define WANT_ROW(id, word, s) [WANT_##id] = { word, s },
	WANT_LIST(WANT_ROW)
#undef WANT_ROW
};

const char *
want_word(enum want w)
{
	return (w < WANTS ? rows[w].word : NULL);
}

int
want_ms(enum want w)
{
	return (w < WANTS ? rows[w].seconds * 1000 : 0);
}
