#ifndef HOST_STORE_SQL_VISIT_H
#define HOST_STORE_SQL_VISIT_H

/*
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
 *			ended with an answer or by a fault of the terminal;
 *			single checks of jobs are among them
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
 */
#define SQL_VISIT(X)							\
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
	X(EVENT_PRUNE, 1)

#endif
