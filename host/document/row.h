#ifndef HOST_DOCUMENT_ROW_H
#define HOST_DOCUMENT_ROW_H

#include "host/document/document.h"

/* Rows of the store as structs; within this room. */

/* One asking, as document_ask has it. */
struct asking {
	char			id[UUID_LEN], chart_number[33];
	enum document_kind	kind;
	enum document_form	form;
	char			from[7], to[7];
	int			treatments;
	char			file[128], state[16];
	int64_t			asked_at, moved_at;
	char			document[UUID_LEN], text[512];
	char			code[64];	/* of an err */
};

/* store_row each: the first row into ctx, which is then no longer "" in id. */
enum err	row_document(void *document, const struct val *, size_t n);
enum err	row_asking(void *asking, const struct val *, size_t n);

/* An event "document": an asking has come to an end, and what is shown of it
 * is another from now on. */
enum err	row_tell(struct store *, const char *asking,
		    const char *document, const char *state);

/* 1: its request was never taken, and taken back; an answer may come yet. */
int		row_is_untaken(const struct asking *);

/* Copies a column, cut to what is there at a character's border. */
void		row_copy(char *to, size_t room, const struct val *);

#endif
