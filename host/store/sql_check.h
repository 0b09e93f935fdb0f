#ifndef HOST_STORE_SQL_CHECK_H
#define HOST_STORE_SQL_CHECK_H

/*
 * The patients of a day who were checked without a visit: persons of jobs of
 * the categories check and insurance, asked for that day (資格確認日), or on
 * it where the job names none.  One row a chart number, the newest; what was
 * cancelled only where there is nothing else.
 *
 * DAY: pattern that a job's data begins with, for LIKE, from and before
 * (wall ms)
 *
 * CHECK_LIST		DAY, limit (int), offset (int) -> job, seq,
 *			chart_number, state, finding (null), code, message,
 *			ended_at (null), category, created_at, state, outcome
 *			and message of the part (null), newest first
 * CHECK_COUNT		DAY -> int
 */
#define SQL_CHECK(X)							\
	X(CHECK_LIST, 5)						\
	X(CHECK_COUNT, 3)

#endif
