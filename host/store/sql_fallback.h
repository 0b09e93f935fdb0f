#ifndef HOST_STORE_SQL_FALLBACK_H
#define HOST_STORE_SQL_FALLBACK_H

/*
 * What was shown at a visit where nothing could be asked (features.md
 * DIS-04); words of host/consent/fallback.h.
 *
 * FALLBACK_SET		visit, way, staff, at (wall ms); the last one counts
 * FALLBACK_GET		visit -> way, staff, at
 */
#define SQL_FALLBACK(X)							\
	X(FALLBACK_SET, 4)						\
	X(FALLBACK_GET, 1)

#endif
