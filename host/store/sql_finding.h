#ifndef HOST_STORE_SQL_FINDING_H
#define HOST_STORE_SQL_FINDING_H

/*
 * What findings are derived from; P = digest, file, request_file (null),
 * received_at, raw (blob), packed (int)
 *
 * RESULT_UNDONE	limit (int) -> digest: findings are missing, oldest
 *			first
 * RESULT_SOURCE	digest -> file, received_at, face (int), packed (int),
 *			findings (int, null: never looked at; below 0: that
 *			many are to come, less 1), visit (null), chart_number
 *			(null), job (null), raw
 * RESULT_FOUND		findings (int), digest
 * RESULT_RECEPTION	request_file -> reception_number (null)
 *
 * finding: F = id, digest, unit, source, kind, job (null), visit (null), at,
 * asked_on, identifier, name, kana, sex, birthdate, insurer_number,
 * insured_card_symbol, insured_identification_number, insured_branch_number,
 * reference_number, validity, outcome, code, message, chart_number (null),
 * link, state, data (JSON)
 *
 * FINDING_ADD		F without state, and name_key and kana_key at the end;
 *			state new; *changed 0 when its unit is there
 * FINDING_LAST		digest -> int: the unit behind the last
 * FINDING_GET		id -> F
 * FINDING_UNIT		digest, unit -> F
 * FINDING_VISIT	visit -> F: the newest
 * FINDING_LINK		chart_number (null), link, id
 * FINDING_RELINK	the same, of what is loose still (FINDING_LOOSE)
 * FINDING_STATE	state, id
 * FINDING_LOOSE	birthdate -> id, name, kana, sex, insurer_number,
 *			insured_identification_number,
 *			insured_branch_number: nobody is linked, and somebody
 *			might be
 *
 * Q = from, before (both said, for an index), chart_number, name_key, kana_key
 * (LIKE patterns), birthdate, insurer_number, source, validity, outcome, state,
 * link, job; "": any
 *
 * FINDINGS		Q, limit (int), offset (int) -> F, newest first
 * FINDINGS_CHART	the same for one chart_number
 * FINDINGS_BIRTHDATE	the same for one birthdate
 * FINDINGS_JOB		the same for one job
 * FINDINGS_COUNT, FINDINGS_CHART_COUNT, FINDINGS_BIRTHDATE_COUNT,
 * FINDINGS_JOB_COUNT	Q -> int
 *
 * consents of a finding: stamps YYYYMMDDHHmmss of Japan
 *
 * CONSENT_ADD		finding, item, care, flag, at, until, reason, said_at
 *
 * G = finding, chart_number, item, care, flag, at, until, reason, said_at,
 * name: the newest word per patient, item and care.  W = chart_number, item,
 * care, ends_before ("": any), which (int: 1 ended, -1 given, 0 both), now
 *
 * GRANTS		W, limit (int), offset (int) -> G, soonest end first
 * GRANTS_CHART		the same for one chart_number
 * GRANTS_ENDING	the same, given and until between now and ends_before
 * GRANTS_COUNT, GRANTS_CHART_COUNT, GRANTS_ENDING_COUNT	W -> int
 * GRANT_OF		chart_number, item -> G, each care
 */
#define SQL_FINDING(X)							\
	X(RESULT_UNDONE, 1)						\
	X(RESULT_SOURCE, 1)						\
	X(RESULT_FOUND, 2)						\
	X(RESULT_RECEPTION, 1)						\
	X(FINDING_ADD, 28)						\
	X(FINDING_LAST, 1)						\
	X(FINDING_GET, 1)						\
	X(FINDING_UNIT, 2)						\
	X(FINDING_VISIT, 1)						\
	X(FINDING_LINK, 3)						\
	X(FINDING_RELINK, 3)						\
	X(FINDING_STATE, 2)						\
	X(FINDING_LOOSE, 1)						\
	X(FINDINGS, 15)							\
	X(FINDINGS_CHART, 15)						\
	X(FINDINGS_BIRTHDATE, 15)					\
	X(FINDINGS_JOB, 15)						\
	X(FINDINGS_COUNT, 13)						\
	X(FINDINGS_CHART_COUNT, 13)					\
	X(FINDINGS_BIRTHDATE_COUNT, 13)					\
	X(FINDINGS_JOB_COUNT, 13)					\
	X(CONSENT_ADD, 8)						\
	X(GRANTS, 8)							\
	X(GRANTS_CHART, 8)						\
	X(GRANTS_ENDING, 8)						\
	X(GRANTS_COUNT, 6)						\
	X(GRANTS_CHART_COUNT, 6)					\
	X(GRANTS_ENDING_COUNT, 6)					\
	X(GRANT_OF, 2)

#endif
