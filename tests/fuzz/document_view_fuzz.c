#include <stdlib.h>

#include "host/document/view.h"

/* An XML document that the terminal, or whoever writes into res, has put
 * there: read for display as both kinds. */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct buf in = { data, len };
	char born[VIEW_BIRTHDATE];
	struct note note;
	json_t *o;
	enum err r;

	for (int k = DOCUMENT_CHECKUP; k <= DOCUMENT_DRUG; k++) {
		r = view_read((enum document_kind)k, in, &o, &note);
		if ((r == ERR_OK) != (o != NULL))
			abort();
		json_decref(o);
	}
	(void)view_birthdate(in, born);
	return (0);
}
