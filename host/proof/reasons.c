#include <stddef.h>
#include <string.h>

#include "host/proof/reasons.h"

static const struct {
	const char	*word, *label[2];	/* by enum err_lang */
} reasons[REASONS] = {
#define REASON_ROW(id, word, ja, en) { word, { en, ja } },
	REASON_LIST(REASON_ROW)
#undef REASON_ROW
};

const char *
reason_label(const char *word, enum err_lang lang)
{
	for (int i = 0; i < REASONS; i++)
		if (strcmp(word, reasons[i].word) == 0)
			return (reasons[i].label[lang == ERR_JA]);
	return (NULL);
}
