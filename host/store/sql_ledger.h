#ifndef HOST_STORE_SQL_LEDGER_H
#define HOST_STORE_SQL_LEDGER_H

/*
 * patient: P = chart_number, name, kana, sex (int), birthdate,
 * insurer_number, insured_card_symbol, insured_identification_number,
 * insured_branch_number, reference_number, post_number, address,
 * confirmed_on, updated_at
 *
 * PATIENT_GET		chart_number -> P
 * PATIENT_PUT		P (inserts, or replaces all but chart_number)
 * PATIENT_BY_BIRTHDATE	birthdate -> P, by chart_number
 * PATIENT_BY_REFERENCE	reference_number -> P, by chart_number
 * PATIENT_ALL		-> P, by chart_number
 * PATIENT_SET_REFERENCE reference_number, updated_at, chart_number
 * PATIENT_COUNT	-> int
 * PATIENT_USES		chart_number -> int: visits, requests, documents and
 *			persons of jobs that name him
 * PATIENT_DROP		chart_number; ERR_ROW while he has coverages
 * PATIENT_DROP_ID	chart_number: by which others know him
 * PATIENT_DROP_ASKS	chart_number: askings for documents that never got out
 * PATIENT_UNFIND	link, chart_number: his findings are nobody's
 * PATIENT_UNSAME	chart_number: what said the same as his record is new
 *
 * coverage: K = id, chart_number, kind, valid_from, valid_until, fields
 * (JSON), finding (null), created_at; kind: insurance, elderly, limit,
 * disease, aid
 *
 * COVERAGE_PUT		K (inserts, or replaces span, fields and finding)
 * COVERAGE_LIST	chart_number -> K: not dropped, by kind, newest first
 * COVERAGE_GET		id -> K, dropped_at (null)
 * COVERAGE_DROP	dropped_at (null), id
 * COVERAGE_FORGET	chart_number: deletes what was dropped of him
 * COVERAGE_TURN	from, to -> chart_number: insurance that begins after
 *			the one day and by the other
 *
 * choice: print (SHA-256 in hex) -> chart_number
 *
 * CHOICE_PUT		print, chart_number, at, client, staff, reason: replaces
 * CHOICE_GET		print -> chart_number, at, client, staff, reason
 * CHOICE_DROP		chart_number: all of his
 * CHOICE_FORGET	print
 *
 * import: I = id, batch, at, chart_number, finding, action, client, staff,
 * reviewed_at (null), reviewed_by (null), undone_at (null), undone_by (null),
 * undone_why (null)
 *
 * IMPORT_ADD		id, batch, at, chart_number, finding, action, client,
 *			staff, report, before, after (JSON)
 * IMPORT_GET		id -> I, report, before, after
 * IMPORT_LIST		chart_number, finding, batch ('': any), to review (int:
 *			0 any), from, before, limit, offset -> I, newest first
 * IMPORT_TOTAL		the same without limit and offset -> int
 * IMPORT_BATCH		batch -> report, reviewed_at (null), undone_at (null),
 *			in order
 * IMPORT_REVIEW	reviewed_at, reviewed_by, id; *changed 0 when it was
 *			reviewed, or undone
 * IMPORT_UNDO		undone_at, undone_by, undone_why, id; *changed 0 when
 *			it was undone
 * IMPORT_STANDS	finding -> chart_number, id, action: not undone, newest
 *			first
 * IMPORT_LATER		chart_number, asked_on, at -> int: findings of later
 *			that were applied to this patient (and stand), or said
 *			the same as his record
 * IMPORT_STAMPS	-> int, int: the newest request, the newest import; 0
 */
#define SQL_LEDGER(X)							\
	X(PATIENT_GET, 1)						\
	X(PATIENT_PUT, 14)						\
	X(PATIENT_BY_BIRTHDATE, 1)					\
	X(PATIENT_BY_REFERENCE, 1)					\
	X(PATIENT_ALL, 0)						\
	X(PATIENT_SET_REFERENCE, 3)					\
	X(PATIENT_COUNT, 0)						\
	X(PATIENT_USES, 1)						\
	X(PATIENT_DROP, 1)						\
	X(PATIENT_DROP_ID, 1)						\
	X(PATIENT_DROP_ASKS, 1)						\
	X(PATIENT_UNFIND, 2)						\
	X(PATIENT_UNSAME, 1)						\
	X(COVERAGE_PUT, 8)						\
	X(COVERAGE_LIST, 1)						\
	X(COVERAGE_GET, 1)						\
	X(COVERAGE_DROP, 2)						\
	X(COVERAGE_FORGET, 1)						\
	X(COVERAGE_TURN, 2)						\
	X(CHOICE_PUT, 6)						\
	X(CHOICE_GET, 1)						\
	X(CHOICE_DROP, 1)						\
	X(CHOICE_FORGET, 1)						\
	X(IMPORT_ADD, 11)						\
	X(IMPORT_GET, 1)						\
	X(IMPORT_LIST, 8)						\
	X(IMPORT_TOTAL, 6)						\
	X(IMPORT_BATCH, 1)						\
	X(IMPORT_REVIEW, 3)						\
	X(IMPORT_UNDO, 4)						\
	X(IMPORT_STANDS, 1)						\
	X(IMPORT_LATER, 3)						\
	X(IMPORT_STAMPS, 0)

#endif
