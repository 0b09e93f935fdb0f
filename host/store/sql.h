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
 * identity (JSON, null), consent (JSON, null), outcome (null)
 *
 * VISIT_ADD		id, mode, state, started_at
 * VISIT_STATE		state, updated_at, id
 * VISIT_IDENTITY	identity (null), updated_at, id
 * VISIT_CONSENT	consent (null), updated_at, id
 * VISIT_PATIENT	chart_number (null), updated_at, id
 * VISIT_OUTCOME	outcome (null), updated_at, id
 * VISIT_GET		id -> V
 * VISIT_LIST		limit (int) -> V, newest first
 * VISIT_LATE		state A, state B, B's updated_at before, state C, C's
 *			outcome not, kind -> id, state, file, raw: visits in
 *			A, in B for long, or in C for another reason than
 *			that outcome, whose request of that kind has its
 *			answer in the store
 * VISIT_STALE		before, before for unmatched ones -> id, state: visits
 *			that wait for somebody and were not touched since
 * VISIT_EVENT_ADD	visit, at, from_state, event, to_state (numbers it;
 *			ERR_ROW when there is no such visit)
 * VISIT_EVENTS		visit -> seq, at, from_state, event, to_state, in order
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
 * REQUEST_LIST		limit (int) -> R, newest first
 *
 * result: digest = SHA-256 over raw bytes and file name, hex; D = digest,
 * file, request_file (null), received_at, raw (blob)
 *
 * RESULT_ADD		D; *changed 0 when the digest is known already;
 *			request_file must be a request
 * RESULT_BY_DIGEST	digest -> D
 * RESULT_BY_FILE	file -> D, newest first
 */
#define SQL_LIST(X)							\
	X(PATIENT_GET, 1)						\
	X(PATIENT_PUT, 11)						\
	X(PATIENT_BY_BIRTHDATE, 1)					\
	X(PATIENT_ALL, 0)						\
	X(PATIENT_SET_REFERENCE, 3)					\
	X(PATIENT_COUNT, 0)						\
	X(VISIT_ADD, 4)							\
	X(VISIT_STATE, 3)						\
	X(VISIT_IDENTITY, 3)						\
	X(VISIT_CONSENT, 3)						\
	X(VISIT_PATIENT, 3)						\
	X(VISIT_OUTCOME, 3)						\
	X(VISIT_GET, 1)							\
	X(VISIT_LIST, 1)						\
	X(VISIT_LATE, 6)						\
	X(VISIT_STALE, 2)						\
	X(VISIT_EVENT_ADD, 5)						\
	X(VISIT_EVENTS, 1)						\
	X(SERIAL_NEXT, 1)						\
	X(REQUEST_ADD, 6)						\
	X(REQUEST_STATE, 5)						\
	X(REQUEST_MOVE, 2)						\
	X(REQUEST_OPEN_LIST, 0)						\
	X(REQUEST_BY_FILE, 1)						\
	X(REQUEST_LIST, 1)						\
	X(RESULT_ADD, 5)						\
	X(RESULT_BY_DIGEST, 1)						\
	X(RESULT_BY_FILE, 1)

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
