#ifndef HOST_STORE_SQL_JOB_H
#define HOST_STORE_SQL_JOB_H

/*
 * job: J = id, category, axis, range_from, range_to, client, staff,
 * created_at, ended_at (null), state, data (JSON); states in job.h
 *
 * JOB_ADD		J without ended_at
 * JOB_STATE		state, ended_at (null), id, state before; *changed 0
 *			when it is in another one
 * JOB_GET		id -> J
 * JOB_LIST		state ("": any), category ("": any), limit (int),
 *			offset (int) -> J, newest first
 * JOB_LIST_COUNT	state ("": any), category ("": any) -> int
 * JOB_OPEN		-> J, oldest first: those that move
 * JOB_OPEN_COUNT	-> int
 * JOB_MAKING		created before -> id: that were never finished
 * JOB_DROP		id: one without parts and persons
 * JOB_FINDINGS		job -> int, int: how many, and imported or the same
 *
 * part: T = kind, state, request_file (null), reception_number (null),
 * reception_at (null), downloads, tries, next_at, result (null), total
 * (null), errors (null), outcome (null), message (null), asked_at (null),
 * settled, rev, refusals, opened_at
 *
 * JOB_PART_ADD		job, part, kind, next_at, updated_at
 * JOB_PART_GET		job, part -> T
 * JOB_PART_PUT		state .. settled of T, updated_at, refusals, opened_at,
 *			job, part, rev: a step; *changed 0 when another made one since
 * JOB_PARTS		job, limit (int), offset (int) -> part, T up to
 *			message, updated_at, rev, in order
 * JOB_PARTS_OUT	job -> part: asked, fetching, received
 * JOB_PARTS_FOUND	job -> part: unsure, of which something came
 * JOB_PARTS_DUE	job, now, limit (int) -> part: to be asked, in order
 * JOB_PARTS_BUSY	job -> int: how many are with the terminal
 * JOB_PARTS_FETCH	job, now -> part: 02req to be made
 * JOB_PARTS_STOP	job, limit (int) -> part: that a cancelled job ends
 * JOB_PART_COUNTS	job -> state, int, int (of these: with an outcome),
 *			int, int (null): first asked_at, last updated_at
 * JOB_PART_NEXT	job -> next_at (null): of what waits
 * JOB_PART_LAST	job -> int: highest number
 * JOB_PART_TIMES	category, limit (int) -> int: milliseconds of the
 *			newest parts that are done, of any job
 * JOB_PART_DROP	job
 *
 * JOB_REQUEST_ADD	file, job, part
 * JOB_REQUEST_OPEN	job, part, kind -> file: requests of that kind that may
 *			yet be answered, or were with what was asked for,
 *			newest first
 * JOB_OF_REQUEST	file -> job, part, category
 * JOB_RESULT_OF	file of a request -> digest: its answers, newest first
 * JOB_RESULT_UNITS	digest -> int: how many findings it has
 *
 * person: N = seq, part, chart_number, state, finding (null), code, message
 *
 * JOB_PERSON_ADD	job, seq, part, chart_number, identifier, state,
 *			finding (null), code, message, ended_at (null);
 *			*changed 0 when there is that seq
 * JOB_PERSONS		job, state ("": any; "problem"), limit (int),
 *			offset (int) -> N, in order
 * JOB_PERSONS_COUNT	job, state as above -> int
 * JOB_PERSONS_ASKED	job, part -> seq, chart_number: waiting, in order
 * JOB_PERSON_END	state, finding (null), code, message, ended_at, job,
 *			part, identifier; *changed 0 unless it was waiting
 * JOB_PERSON_ONLY	state, finding (null), code, message, ended_at, job,
 *			part: whoever is waiting in it
 * JOB_PERSON_SKIP	code, message, ended_at, job, seq; same
 * JOB_PERSONS_END	state, code, message, ended_at, job, part: all that are
 *			waiting
 * JOB_PERSON_COUNTS	job -> state, int
 * JOB_PERSON_LAST	job -> int: highest seq
 * JOB_PERSON_AGAIN	part, job, seq: waiting again, in that part; *changed 0
 *			unless it is at an end without an answer
 * JOB_PERSON_DROP	job
 */
#define SQL_JOB(X)							\
	X(JOB_ADD, 10)							\
	X(JOB_STATE, 4)							\
	X(JOB_GET, 1)							\
	X(JOB_LIST, 4)							\
	X(JOB_LIST_COUNT, 2)						\
	X(JOB_OPEN, 0)							\
	X(JOB_OPEN_COUNT, 0)						\
	X(JOB_MAKING, 1)						\
	X(JOB_DROP, 1)							\
	X(JOB_FINDINGS, 1)						\
	X(JOB_PART_ADD, 5)						\
	X(JOB_PART_GET, 2)						\
	X(JOB_PART_PUT, 20)						\
	X(JOB_PARTS, 3)							\
	X(JOB_PARTS_OUT, 1)						\
	X(JOB_PARTS_FOUND, 1)						\
	X(JOB_PARTS_DUE, 3)						\
	X(JOB_PARTS_BUSY, 1)						\
	X(JOB_PARTS_FETCH, 2)						\
	X(JOB_PARTS_STOP, 2)						\
	X(JOB_PART_COUNTS, 1)						\
	X(JOB_PART_NEXT, 1)						\
	X(JOB_PART_LAST, 1)						\
	X(JOB_PART_TIMES, 2)						\
	X(JOB_PART_DROP, 1)						\
	X(JOB_REQUEST_ADD, 3)						\
	X(JOB_REQUEST_OPEN, 3)						\
	X(JOB_OF_REQUEST, 1)						\
	X(JOB_RESULT_OF, 1)						\
	X(JOB_RESULT_UNITS, 1)						\
	X(JOB_PERSON_ADD, 10)						\
	X(JOB_PERSONS, 4)						\
	X(JOB_PERSONS_COUNT, 2)						\
	X(JOB_PERSONS_ASKED, 2)						\
	X(JOB_PERSON_END, 8)						\
	X(JOB_PERSON_ONLY, 7)						\
	X(JOB_PERSON_SKIP, 5)						\
	X(JOB_PERSONS_END, 6)						\
	X(JOB_PERSON_COUNTS, 1)						\
	X(JOB_PERSON_LAST, 1)						\
	X(JOB_PERSON_AGAIN, 3)						\
	X(JOB_PERSON_DROP, 1)

#endif
