#ifndef HOST_STORE_SQL_REQUEST_H
#define HOST_STORE_SQL_REQUEST_H

/*
 * SERIAL_NEXT		day -> int: 1, 2, 3 ... per day, never twice
 *
 * request: R = file, identifier, kind, visit (null), chart_number (null),
 * state, created_at, answered_at (null), outcome (null), message (null);
 * state: new, written, answered, returned, withdrawn, unanswered
 *
 * REQUEST_ADD		file, identifier, kind, visit (null; else it must
 *			exist), chart_number (null), created_at; state new;
 *			ERR_ROW when file or identifier was used before
 * REQUEST_STATE	state, answered_at (null), outcome (null),
 *			message (null), file
 * REQUEST_MOVE		state, file; *changed 0 unless it was new or written
 * REQUEST_OPEN_LIST	-> file, identifier, kind, visit, chart_number, state,
 *			created_at; states new, written, unanswered, oldest first
 * REQUEST_BY_FILE	file -> R
 * REQUEST_COUNT	-> int
 * REQUEST_LIST		limit (int) -> R, newest first
 * REQUEST_COUNTS	-> kind, state, outcome (null), int: how many
 *
 * result: digest = SHA-256 over raw bytes and file name, hex; D = digest,
 * file, request_file (null), received_at, raw (blob)
 *
 * RESULT_ADD		D; *changed 0 when the digest is known already;
 *			request_file must be a request
 * RESULT_PACK_ADD	D, raw deflated; else as RESULT_ADD
 * RESULT_BY_DIGEST	digest -> D, packed (int)
 * RESULT_BY_FILE	file -> D, packed (int), newest first
 * RESULT_HAS_DIGEST, RESULT_HAS_FILE	digest, file -> int: it is there
 * RESULT_FACE_ADD	digest, file, received_at, raw: pushed by a face reader;
 *			*changed 0 when the digest is known already
 * RESULT_BIND		visit, digest; *changed 0 when it was bound already
 * RESULT_FACE		digest -> D: of a face reader, without a visit
 * RESULT_UNBOUND	received since -> D: of a face reader, without a visit
 * RESULT_OF_VISIT	visit -> D: the answer to its question, or the face
 *			result bound to it, newest first
 */
#define SQL_REQUEST(X)							\
	X(SERIAL_NEXT, 1)						\
	X(REQUEST_ADD, 6)						\
	X(REQUEST_STATE, 5)						\
	X(REQUEST_MOVE, 2)						\
	X(REQUEST_OPEN_LIST, 0)						\
	X(REQUEST_BY_FILE, 1)						\
	X(REQUEST_COUNT, 0)						\
	X(REQUEST_LIST, 1)						\
	X(REQUEST_COUNTS, 0)						\
	X(RESULT_ADD, 5)						\
	X(RESULT_PACK_ADD, 5)						\
	X(RESULT_HAS_DIGEST, 1)						\
	X(RESULT_HAS_FILE, 1)						\
	X(RESULT_BY_DIGEST, 1)						\
	X(RESULT_BY_FILE, 1)						\
	X(RESULT_FACE_ADD, 4)						\
	X(RESULT_BIND, 2)						\
	X(RESULT_FACE, 1)						\
	X(RESULT_UNBOUND, 1)						\
	X(RESULT_OF_VISIT, 1)

#endif
