#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "host/document/row.h"

#define COPY(to, col)	row_copy(to, sizeof(to), col)

void
row_copy(char *to, size_t room, const struct val *col)
{
	text_copy(to, room, val_str(col));
}

enum err
row_document(void *ctx, const struct val *cols, size_t n)
{
	struct document *d = ctx;

	if (n < 11 || !document_kind_of(val_str(&cols[2]), &d->kind) ||
	    !document_form_of(val_str(&cols[3]), &d->form))
		return (ERR_SEQUENCE);
	if (d->id[0] != '\0')
		return (ERR_OK);
	COPY(d->id, &cols[0]);
	COPY(d->chart_number, &cols[1]);
	COPY(d->file, &cols[4]);
	COPY(d->from, &cols[5]);
	COPY(d->to, &cols[6]);
	d->treatments = val_num(&cols[7]) != 0;
	d->received_at = val_num(&cols[8]);
	d->expires_at = val_num(&cols[9]);
	d->bytes = val_num(&cols[10]);
	return (ERR_OK);
}

enum err
row_asking(void *ctx, const struct val *cols, size_t n)
{
	struct asking *a = ctx;

	if (n < 14)
		return (ERR_SEQUENCE);
	if (a->id[0] != '\0')
		return (ERR_OK);
	if (!document_kind_of(val_str(&cols[2]), &a->kind) ||
	    !document_form_of(val_str(&cols[3]), &a->form))
		return (ERR_SEQUENCE);
	COPY(a->id, &cols[0]);
	COPY(a->chart_number, &cols[1]);
	COPY(a->from, &cols[4]);
	COPY(a->to, &cols[5]);
	a->treatments = val_num(&cols[6]) != 0;
	COPY(a->file, &cols[7]);
	COPY(a->state, &cols[8]);
	a->asked_at = val_num(&cols[9]);
	a->moved_at = val_num(&cols[10]);
	COPY(a->document, &cols[11]);
	COPY(a->text, &cols[12]);
	COPY(a->code, &cols[13]);
	return (ERR_OK);
}

int
row_is_untaken(const struct asking *a)
{
	return (strcmp(a->code, err_name(ERR_NOT_TAKEN)) == 0);
}

enum err
row_tell(struct store *store, const char *asking, const char *document,
    const char *state)
{
	char at[CLOCK_ISO_LEN], data[256];
	int64_t now = clock_wall_ms();

	clock_iso(now, at);
	snprintf(data, sizeof(data), "{\"at\":\"%s\",\"document\":\"%s\","
	    "\"state\":\"%s\"}", at, document == NULL ? asking : document,
	    state);
	const struct val v[] = { val_int(now), val_text("document"),
	    val_text(NULL), val_text(NULL), val_text(data) };

	return (store_run(store, SQL_EVENT_ADD, v, 5, NULL, NULL, NULL));
}
