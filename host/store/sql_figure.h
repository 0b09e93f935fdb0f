#ifndef HOST_STORE_SQL_FIGURE_H
#define HOST_STORE_SQL_FIGURE_H

/*
 * Counts for charts; nothing in them is about a person.  hour: of Japan,
 * whole ones since 1970.
 *
 * FIGURE_FINDINGS	from, before -> hour, outcome, validity, code, int: how
 *			many findings of checks and face readers came
 * FIGURE_REQUESTS	from, before -> hour, state, int: milliseconds to the
 *			answer, up to (0: no answer; -1: longer than a minute),
 *			int: how many single checks were asked
 * FIGURE_CONSENTS	from, before (YYYYMMDDHHmmss) -> day, int: how many
 *			consents end, of the newest of each patient, item and
 *			kind of care
 */
#define SQL_FIGURE(X)							\
	X(FIGURE_FINDINGS, 2)						\
	X(FIGURE_REQUESTS, 2)						\
	X(FIGURE_CONSENTS, 2)

#endif
