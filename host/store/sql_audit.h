#ifndef HOST_STORE_SQL_AUDIT_H
#define HOST_STORE_SQL_AUDIT_H

/*
 * audit: A = seq, at, client, staff, action, subject, reason, data (JSON);
 * nothing here changes or deletes one
 *
 * AUDIT_ADD		at, client, staff, action, subject, reason, data:
 *			numbers it
 * AUDIT_LIST		subject, action ('': any), from, before, limit, offset
 *			-> A, newest first
 * AUDIT_TOTAL		subject, action, from, before -> int
 */
#define SQL_AUDIT(X)							\
	X(AUDIT_ADD, 7)							\
	X(AUDIT_LIST, 6)						\
	X(AUDIT_TOTAL, 4)

#endif
