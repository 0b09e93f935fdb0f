#ifndef HOST_STORE_SQL_DOCUMENT_H
#define HOST_STORE_SQL_DOCUMENT_H

/*
 * document: D = id, chart_number, kind, form, file, range_from, range_to,
 * treatments (int), received_at, expires_at, bytes (int); sealed (blob)
 *
 * DOCUMENT_ADD		id, chart_number, kind, form, file, digest,
 *			range_from, range_to, treatments, received_at,
 *			expires_at, bytes, sealed; *changed 0 when the digest
 *			is known already
 * DOCUMENT_KNOWN	digest -> int: how many
 * DOCUMENT_COUNT	-> int: expired ones too
 * DOCUMENT_GET		id, now -> D, sealed
 * DOCUMENT_LIST	chart_number (null: all), now -> D, newest first
 * DOCUMENT_RECENT	chart_number, kind, form, received since, from, to,
 *			treatments, now -> D: those that cover this range,
 *			newest first
 * DOCUMENT_PRUNE	now: deletes what expired
 *
 * document_ask: A = id, chart_number, kind, form, range_from, range_to,
 * treatments, file (null), state, asked_at, moved_at, document (null),
 * text (null), code (null)
 *
 * DOCUMENT_ASK_ADD	id, chart_number, kind, form, range_from, range_to,
 *			treatments, file (null), state, asked_at; moved_at is
 *			asked_at; ERR_ROW when the file was used before
 * DOCUMENT_ASK_END	state, moved_at, document (null), text (null), code (null),
 *			id; *changed 0 unless it was open, or its request was
 *			taken back: code NOT_TAKEN
 * DOCUMENT_ASK_DROP	id: an open one whose request never got out
 * DOCUMENT_ASK_BY_FILE	file -> A
 * DOCUMENT_ASK_SENT	-> int: how many with a file
 * DOCUMENT_ASK_OPEN	-> A: open, with a file, oldest first
 * DOCUMENT_ASK_NEWEST	chart_number, kind -> A, request's state (null), its
 *			message (null), document's id while kept (null)
 * DOCUMENT_ASK_TWICE	chart_number, kind, form, from, to, treatments,
 *			asked since -> A: open, its request without an end
 */
#define SQL_DOCUMENT(X)							\
	X(DOCUMENT_ADD, 13)						\
	X(DOCUMENT_KNOWN, 1)						\
	X(DOCUMENT_COUNT, 0)						\
	X(DOCUMENT_GET, 2)						\
	X(DOCUMENT_LIST, 2)						\
	X(DOCUMENT_RECENT, 8)						\
	X(DOCUMENT_PRUNE, 1)						\
	X(DOCUMENT_ASK_ADD, 10)						\
	X(DOCUMENT_ASK_END, 6)						\
	X(DOCUMENT_ASK_DROP, 1)						\
	X(DOCUMENT_ASK_BY_FILE, 1)					\
	X(DOCUMENT_ASK_SENT, 0)						\
	X(DOCUMENT_ASK_OPEN, 0)						\
	X(DOCUMENT_ASK_NEWEST, 2)					\
	X(DOCUMENT_ASK_TWICE, 7)

#endif
