#ifndef HOST_STORE_SQL_H
#define HOST_STORE_SQL_H

#include <stddef.h>

/*
 * Every statement, by name: X(name, number of parameters).  The text is in
 * sql.c, in the part of SQL that SQLite and PostgreSQL share.  Times are
 * wall-clock milliseconds (VAL_INT), dates YYYYMMDD, everything else text;
 * (null) may be VAL_NULL.  "->" lists the columns handed to store_row.  An
 * update of what is not there is ERR_OK with *changed 0.
 *
 * patient: P = chart_number, name, kana, sex (int), birthdate,
 * insurer_number, insured_card_symbol, insured_identification_number,
 * insured_branch_number, reference_number, updated_at
 *
 * PATIENT_GET		chart_number -> P
 * PATIENT_PUT		P (inserts, or replaces all but chart_number)
 * PATIENT_BY_BIRTHDATE	birthdate -> P, by chart_number
 * PATIENT_ALL		-> P, by chart_number
 * PATIENT_SET_REFERENCE reference_number, updated_at, chart_number
 * PATIENT_COUNT	-> int
 *
 * visit: V = id, mode, state, chart_number (null), started_at, updated_at,
 * identity (JSON, null), consent (JSON, null), outcome (null), client (null:
 * the command line), method, purpose (null), staff (null), reason (null)
 *
 * VISIT_ADD		id, mode, state, started_at, client (null), method,
 *			purpose (null), staff (null), reason (null)
 * VISIT_STAFF		staff, updated_at, id
 * VISIT_STATE		state, updated_at, id, the state before; *changed 0 when
 *			it is in another one
 * VISIT_IDENTITY	identity (null), updated_at, id
 * VISIT_CONSENT	consent (null), updated_at, id
 * VISIT_PATIENT	chart_number (null), updated_at, id
 * VISIT_OUTCOME	outcome (null), updated_at, id
 * VISIT_GET		id -> V
 * VISIT_LIST		limit (int) -> V, newest first
 * VISIT_DAY		from, before, limit (int), offset (int) -> V, newest
 *			first, of those started in that time
 * VISIT_DAY_COUNT	from, before -> int
 * VISIT_OPEN		-> id, state, client (null): not at an end, with a client
 *			or filed as a record
 * VISIT_OUTCOMES	limit (int) -> outcome, updated_at: of the newest that
 *			ended with an answer or by a fault of the terminal
 * VISIT_COUNTS		-> state, mode, method, outcome (null), int: how many
 * VISIT_LATE		state A, state B, B's updated_at before, state C, C's
 *			outcome not, kind -> id, state, file, raw: visits in
 *			A, in B for long, or in C for another reason than
 *			that outcome and another person's answer, whose
 *			request of that kind has its answer in the store
 * VISIT_STALE		before, before for unmatched ones, before for unmatched
 *			ones that were filed as records -> id, state: visits
 *			that wait for somebody and were not touched since
 * VISIT_WITHDRAWN	state, kind -> id, state: visits in it of which every
 *			request of that kind was withdrawn
 * VISIT_EVENT_ADD	visit, at, from_state, event, to_state (numbers it;
 *			ERR_ROW when there is no such visit)
 * VISIT_EVENTS		visit -> seq, at, from_state, event, to_state, in order
 *
 * event: what the agent's clients are told, numbered in the order of commits
 *
 * EVENT_ADD		at, kind, visit (null), client (null), data (JSON)
 * EVENT_AFTER		id, limit (int) -> id, kind, client, data, in order
 * EVENT_LAST		-> int, 0 when there is none
 * EVENT_PRUNE		before (at)
 *
 * client: C = name, role, home (int), reader, token (SHA-256 in hex, null),
 * evidence_key (hex, null), created_at, started_at (null), revoked_at (null)
 *
 * CLIENT_ADD		name, role, home, reader, created_at; ERR_ROW when the
 *			name was used before
 * CLIENT_GET		name -> C
 * CLIENT_BY_TOKEN	token -> C, unless revoked
 * CLIENT_LIST		-> C, by name
 * CLIENT_TOKEN		token (null), name; *changed 0 when revoked
 * CLIENT_KEY		evidence_key (null), name
 * CLIENT_READER	reader, name
 * CLIENT_STARTED	started_at, name
 * CLIENT_REVOKE	revoked_at, name: token and codes end with it
 * ENROLMENT_PUT	client, code (SHA-256 in hex), expires_at: replaces
 * ENROLMENT_TAKE	now, code -> client: deletes it, unless expired
 *
 * device: E = name, print (SHA-256 of its key, hex), created_at, last_seen
 * (null), revoked_at (null)
 *
 * DEVICE_PUT		name, print, created_at: a new one, or in the place of
 *			one that is revoked; *changed 0 when the name is in
 *			use, ERR_ROW when the key is
 * DEVICE_GET		name -> E
 * DEVICE_BY_PRINT	print -> E, also revoked
 * DEVICE_LIST		-> E, by name
 * DEVICE_SEEN		last_seen, print
 * DEVICE_RENAME	new name, name; *changed 0 when revoked, ERR_ROW when
 *			there is one of that name
 * DEVICE_REVOKE	revoked_at, name; *changed 0 when revoked already
 * DEVICE_BAN		name, of one that is revoked: its key is kept, whoever
 *			has the name later
 * DEVICE_BANNED	print -> int: how often it is among those
 * INVITATION_PUT	name of a device, code (SHA-256 in hex), expires_at:
 *			replaces
 * INVITATION_TAKE	now, code -> name: deletes it, unless expired
 * INVITATION_DROP	name
 * INVITATION_LIST	now -> name, expires_at, by name: those not expired
 * CLIENT_READERS	reader, the reader before: of all clients that had it
 *
 * passcode: P2 = id, length (int), issued_by, issued_at, expires_at,
 * revoked_at (null), salt, hash (both hex)
 *
 * PASSCODE_ADD		P2 without revoked_at
 * PASSCODE_LIST	-> P2, newest first
 * PASSCODE_REVOKE	revoked_at, id; *changed 0 when it was revoked already
 * PASSCODE_FIRST	-> int: issued_at of the first one ever, 0 if none
 * LOCKOUT_GET		client -> wrong (int), locked_until (int)
 * LOCKOUT_PUT		client, wrong, locked_until
 *
 * IDEMPOTENCY_ADD	client, key, fingerprint, at; ERR_ROW when there is one
 * IDEMPOTENCY_GET	client, key -> fingerprint, status (null), subject (null)
 * IDEMPOTENCY_DONE	status (int), subject (null), client, key
 * IDEMPOTENCY_DROP	client, key
 * IDEMPOTENCY_PRUNE	before (at)
 *
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
 * visits without a network; device is the print of its key in hex
 *
 * TICKET_ADD		id (hex), device, issued_at, expires_at
 * TICKET_ALIVE		device, now -> int: not used and not expired
 * TICKET_GET		id -> device, issued_at, expires_at, record (null)
 * TICKET_USE		record, id, device; *changed 0 unless it is this device's
 *			and was not used
 * TICKET_PRUNE		before (expires_at)
 * RECORD_ADD		id, digest, device (null: a slip), visit, filed_at;
 *			ERR_ROW when id or digest was filed before
 * RECORD_BY_DIGEST	digest -> id, visit
 * RECORD_GET		id -> id, visit, digest
 * RECORD_OF_VISIT	visit -> device (its name now, null: a slip, or gone),
 *			filed_at
 * REFUSAL_PUT		digest, at, device (its name), reason (an error's name):
 *			replaces
 * REFUSAL_LIST		limit (int) -> at, device, reason, newest first
 * REFUSAL_COUNT	-> int
 * REFUSAL_PRUNE	before (at), how many of each device to keep (int)
 *
 * result: digest = SHA-256 over raw bytes and file name, hex; D = digest,
 * file, request_file (null), received_at, raw (blob)
 *
 * RESULT_ADD		D; *changed 0 when the digest is known already;
 *			request_file must be a request
 * RESULT_BY_DIGEST	digest -> D
 * RESULT_BY_FILE	file -> D, newest first
 * RESULT_FACE_ADD	digest, file, received_at, raw: pushed by a face reader;
 *			*changed 0 when the digest is known already
 * RESULT_BIND		visit, digest; *changed 0 when it was bound already
 * RESULT_FACE		digest -> D: of a face reader, without a visit
 * RESULT_UNBOUND	received since -> D: of a face reader, without a visit
 * RESULT_OF_VISIT	visit -> D: the answer to its question, or the face
 *			result bound to it, newest first
 */
#define SQL_LIST(X)							\
	X(PATIENT_GET, 1)						\
	X(PATIENT_PUT, 11)						\
	X(PATIENT_BY_BIRTHDATE, 1)					\
	X(PATIENT_ALL, 0)						\
	X(PATIENT_SET_REFERENCE, 3)					\
	X(PATIENT_COUNT, 0)						\
	X(VISIT_ADD, 9)							\
	X(VISIT_STAFF, 3)						\
	X(VISIT_STATE, 4)						\
	X(VISIT_IDENTITY, 3)						\
	X(VISIT_CONSENT, 3)						\
	X(VISIT_PATIENT, 3)						\
	X(VISIT_OUTCOME, 3)						\
	X(VISIT_GET, 1)							\
	X(VISIT_LIST, 1)						\
	X(VISIT_DAY, 4)							\
	X(VISIT_DAY_COUNT, 2)						\
	X(VISIT_OPEN, 0)						\
	X(VISIT_OUTCOMES, 1)						\
	X(VISIT_COUNTS, 0)						\
	X(VISIT_LATE, 6)						\
	X(VISIT_STALE, 3)						\
	X(VISIT_WITHDRAWN, 2)						\
	X(VISIT_EVENT_ADD, 5)						\
	X(VISIT_EVENTS, 1)						\
	X(EVENT_ADD, 5)							\
	X(EVENT_AFTER, 2)						\
	X(EVENT_LAST, 0)						\
	X(EVENT_PRUNE, 1)						\
	X(CLIENT_ADD, 5)						\
	X(CLIENT_GET, 1)						\
	X(CLIENT_BY_TOKEN, 1)						\
	X(CLIENT_LIST, 0)						\
	X(CLIENT_TOKEN, 2)						\
	X(CLIENT_KEY, 2)						\
	X(CLIENT_READER, 2)						\
	X(CLIENT_STARTED, 2)						\
	X(CLIENT_REVOKE, 2)						\
	X(ENROLMENT_PUT, 3)						\
	X(ENROLMENT_TAKE, 2)						\
	X(DEVICE_PUT, 3)						\
	X(DEVICE_GET, 1)						\
	X(DEVICE_BY_PRINT, 1)						\
	X(DEVICE_LIST, 0)						\
	X(DEVICE_SEEN, 2)						\
	X(DEVICE_RENAME, 2)						\
	X(DEVICE_REVOKE, 2)						\
	X(DEVICE_BAN, 1)						\
	X(DEVICE_BANNED, 1)						\
	X(INVITATION_PUT, 3)						\
	X(INVITATION_TAKE, 2)						\
	X(INVITATION_DROP, 1)						\
	X(INVITATION_LIST, 1)						\
	X(CLIENT_READERS, 2)						\
	X(PASSCODE_ADD, 7)						\
	X(PASSCODE_LIST, 0)						\
	X(PASSCODE_REVOKE, 2)						\
	X(PASSCODE_FIRST, 0)						\
	X(LOCKOUT_GET, 1)						\
	X(LOCKOUT_PUT, 3)						\
	X(IDEMPOTENCY_ADD, 4)						\
	X(IDEMPOTENCY_GET, 2)						\
	X(IDEMPOTENCY_DONE, 4)						\
	X(IDEMPOTENCY_DROP, 2)						\
	X(IDEMPOTENCY_PRUNE, 1)						\
	X(SERIAL_NEXT, 1)						\
	X(REQUEST_ADD, 6)						\
	X(REQUEST_STATE, 5)						\
	X(REQUEST_MOVE, 2)						\
	X(REQUEST_OPEN_LIST, 0)						\
	X(REQUEST_BY_FILE, 1)						\
	X(REQUEST_COUNT, 0)						\
	X(REQUEST_LIST, 1)						\
	X(TICKET_ADD, 4)						\
	X(TICKET_ALIVE, 2)						\
	X(TICKET_GET, 1)						\
	X(TICKET_USE, 3)						\
	X(TICKET_PRUNE, 1)						\
	X(RECORD_ADD, 5)						\
	X(RECORD_BY_DIGEST, 1)						\
	X(RECORD_GET, 1)						\
	X(RECORD_OF_VISIT, 1)						\
	X(REFUSAL_PUT, 4)						\
	X(REFUSAL_LIST, 1)						\
	X(REFUSAL_COUNT, 0)						\
	X(REFUSAL_PRUNE, 2)						\
	X(REQUEST_COUNTS, 0)						\
	X(RESULT_ADD, 5)						\
	X(RESULT_BY_DIGEST, 1)						\
	X(RESULT_BY_FILE, 1)						\
	X(RESULT_FACE_ADD, 4)						\
	X(RESULT_BIND, 2)						\
	X(RESULT_FACE, 1)						\
	X(RESULT_UNBOUND, 1)						\
	X(RESULT_OF_VISIT, 1)

enum sql {
#define SQL_ENUM(name, params) SQL_##name,
	SQL_LIST(SQL_ENUM)
#undef SQL_ENUM
	SQL_COUNT	/* how many there are */
};

/* For the databases of this folder; static, NULL or 0 past the end. */
const char	*sql_name(enum sql);	/* "PATIENT_GET" */
const char	*sql_text(enum sql);	/* parameters are $1, $2 ... in order */
size_t		 sql_params(enum sql);

/* The schema's newest version, and what leads to a version from the one
 * before; versions count from 1. */
int		 sql_newest(void);
const char	*sql_step(int version);

#endif
