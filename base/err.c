#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

static const struct {
	const char	*name;
	enum err_class	 class;
	const char	*text[2], *next[2];
} errs[] = {
#define ERR_ROW(n, c, en, ja, next_en, next_ja)				\
	{ #n, c, { en, ja }, { next_en, next_ja } },
	ERR_LIST(ERR_ROW)
#undef ERR_ROW
};

static int
known(enum err e)
{
	return ((unsigned)e < ERR_COUNT);
}

enum err_class
err_class(enum err e)
{
	return (known(e) ? errs[e].class : EC_OURS);
}

const char *
err_name(enum err e)
{
	return (known(e) ? errs[e].name : "UNKNOWN");
}

const char *
err_text(enum err e, enum err_lang lang)
{
	return (known(e) ? errs[e].text[lang == ERR_JA] : "unknown error");
}

const char *
err_next(enum err e, enum err_lang lang)
{
	return (known(e) ? errs[e].next[lang == ERR_JA] : "");
}

/* Do not leave half a UTF-8 character at the end of a full buffer. */
static void
cut_at_border(char *s, size_t len)
{
	size_t i = len;

	while (i > 0 && ((unsigned char)s[i - 1] & 0xc0) == 0x80)
		i--;
	if (i > 0 && ((unsigned char)s[i - 1] & 0xc0) == 0xc0)
		s[i - 1] = '\0';
}

void
note_set(struct note *note, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (note == NULL)
		return;
	va_start(ap, fmt);
	n = vsnprintf(note->text, sizeof(note->text), fmt, ap);
	va_end(ap);
	if (n < 0)
		note->text[0] = '\0';
	else if ((size_t)n >= sizeof(note->text))
		cut_at_border(note->text, sizeof(note->text) - 1);
}
