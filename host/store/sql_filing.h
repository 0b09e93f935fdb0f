#ifndef HOST_STORE_SQL_FILING_H
#define HOST_STORE_SQL_FILING_H

/*
 * visits without a network; device is the print of its key in hex
 *
 * TICKET_ADD		id (hex), device, issued_at, expires_at
 * TICKET_ALIVE		device, now -> int: not used and not expired
 * TICKET_GET		id -> device, issued_at, expires_at, record (null)
 * TICKET_USE		record, id, device; *changed 0 unless it is this device's
 *			and was not used
 * TICKET_PRUNE		before (expires_at)
 * RECORD_ADD		id, digest, device (null: a slip), visit, filed_at;
 *			ERR_ROW when id or digest was filed before
 * RECORD_BY_DIGEST	digest -> id, visit
 * RECORD_GET		id -> id, visit, digest
 * RECORD_OF_VISIT	visit -> device (its name now, null: a slip, or gone),
 *			filed_at
 * REFUSAL_PUT		digest, at, device (its name), reason (an error's name):
 *			replaces
 * REFUSAL_LIST		limit (int) -> at, device, reason, newest first
 * REFUSAL_COUNT	-> int
 * REFUSAL_PRUNE	before (at), how many of each device to keep (int)
 */
#define SQL_FILING(X)							\
	X(TICKET_ADD, 4)						\
	X(TICKET_ALIVE, 2)						\
	X(TICKET_GET, 1)						\
	X(TICKET_USE, 3)						\
	X(TICKET_PRUNE, 1)						\
	X(RECORD_ADD, 5)						\
	X(RECORD_BY_DIGEST, 1)						\
	X(RECORD_GET, 1)						\
	X(RECORD_OF_VISIT, 1)						\
	X(REFUSAL_PUT, 4)						\
	X(REFUSAL_LIST, 1)						\
	X(REFUSAL_COUNT, 0)						\
	X(REFUSAL_PRUNE, 2)

#endif
