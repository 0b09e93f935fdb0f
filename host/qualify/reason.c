#include <stdio.h>

#include "host/qualify/reason.h"

static const char *const texts[][2] = {
#define REASON_ROW(name, en, ja) { en, ja },
	REASON_LIST(REASON_ROW)
#undef REASON_ROW
};

void
reason_set(struct reason_what *w, enum reason why, const char *what)
{
	w->why = why;
	snprintf(w->what, sizeof(w->what), "%s", what);
}

enum err
reason_write(enum err err, const struct reason_what *w, const char *detail,
    enum err_lang lang, struct blob *out)
{
	enum err r = ERR_OK;

	blob_reset(out);
	if (err != ERR_OK)
		r = blob_add_str(out, err_text(err, lang));
	if (r == ERR_OK && w->why != REASON_NONE)
		r = blob_printf(out, "%s%s%s%s", out->len > 0 ? ": " : "",
		    w->what, lang == ERR_JA ? "" : " ",
		    texts[w->why][lang == ERR_JA]);
	if (r == ERR_OK && detail[0] != '\0')
		r = blob_printf(out, "%s%s", out->len > 0 ? ": " : "",
		    detail);
	return (r);
}
