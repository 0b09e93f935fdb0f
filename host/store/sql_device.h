#ifndef HOST_STORE_SQL_DEVICE_H
#define HOST_STORE_SQL_DEVICE_H

/*
 * device: E = name, print (SHA-256 of its key, hex), created_at, last_seen
 * (null), revoked_at (null)
 *
 * DEVICE_PUT		name, print, created_at: a new one, or in the place of
 *			one that is revoked; *changed 0 when the name is in
 *			use, ERR_ROW when the key is
 * DEVICE_GET		name -> E
 * DEVICE_BY_PRINT	print -> E, also revoked
 * DEVICE_LIST		-> E, by name
 * DEVICE_SEEN		last_seen, print
 * DEVICE_RENAME	new name, name; *changed 0 when revoked, ERR_ROW when
 *			there is one of that name
 * DEVICE_REVOKE	revoked_at, name; *changed 0 when revoked already
 * DEVICE_BAN		name, of one that is revoked: its key is kept, whoever
 *			has the name later
 * DEVICE_BANNED	print -> int: how often it is among those
 * INVITATION_PUT	name of a device, code (SHA-256 in hex), expires_at:
 *			replaces
 * INVITATION_TAKE	now, code -> name: deletes it, unless expired
 * INVITATION_DROP	name
 * INVITATION_LIST	now -> name, expires_at, by name: those not expired
 */
#define SQL_DEVICE(X)							\
	X(DEVICE_PUT, 3)						\
	X(DEVICE_GET, 1)						\
	X(DEVICE_BY_PRINT, 1)						\
	X(DEVICE_LIST, 0)						\
	X(DEVICE_SEEN, 2)						\
	X(DEVICE_RENAME, 2)						\
	X(DEVICE_REVOKE, 2)						\
	X(DEVICE_BAN, 1)						\
	X(DEVICE_BANNED, 1)						\
	X(INVITATION_PUT, 3)						\
	X(INVITATION_TAKE, 2)						\
	X(INVITATION_DROP, 1)						\
	X(INVITATION_LIST, 1)

#endif
