#include <stdlib.h>
#include <string.h>

#include "host/proof/offline.h"

/*
 * What is in a seal that a device has signed: a record, and the statement in
 * it.  What is read can be written, and is then read the same.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
try_statement(struct buf in)
{
	struct note note = { "" };
	struct statement s, again;
	struct blob b = { 0 };

	if (statement_read(in, &s, &note) != ERR_OK) {
		if (note.text[0] == '\0' || s.visit[0] != '\0')
			abort();
		return;
	}
	if (s.consent.confirmed > s.at || s.identity.proven ||
	    !uuid_is(s.visit) || statement_write(&s, &b) != ERR_OK ||
	    statement_read(blob_buf(&b), &again, &note) != ERR_OK ||
	    strcmp(again.identity.attributes.name,
	    s.identity.attributes.name) != 0)
		abort();
	blob_free(&b);
}

static void
try_record(struct buf in)
{
	struct offline o, again;
	struct blob b = { 0 };

	if (offline_read(in, &o) != ERR_OK) {
		if (o.key != NULL || o.statement.data != NULL)
			abort();
		return;
	}
	(void)offline_verify(&o);
	if (offline_write(&o, &b) != ERR_OK ||
	    offline_read(blob_buf(&b), &again) != ERR_OK ||
	    memcmp(again.ticket, o.ticket, TICKET_LEN) != 0)
		abort();
	offline_wipe(&again);
	offline_wipe(&o);
	blob_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct buf in = { data, len };

	try_statement(in);
	try_record(in);
	return (0);
}
