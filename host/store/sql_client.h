#ifndef HOST_STORE_SQL_CLIENT_H
#define HOST_STORE_SQL_CLIENT_H

/*
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
 */
#define SQL_CLIENT(X)							\
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
	X(IDEMPOTENCY_PRUNE, 1)

#endif
