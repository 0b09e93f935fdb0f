#include "host/store/sql_texts.h"

#define CLIENT								\
	"name, role, home, reader, token, evidence_key, created_at, "	\
	"started_at, revoked_at"

const struct sql_text sql_client[] = {
{ SQL_CLIENT_ADD,
    "INSERT INTO client (name, role, home, reader, created_at) "
    "VALUES ($1, $2, $3, $4, $5)" },
{ SQL_CLIENT_GET,
    "SELECT " CLIENT " FROM client WHERE name = $1" },
{ SQL_CLIENT_BY_TOKEN,
    "SELECT " CLIENT " FROM client WHERE token = $1 AND revoked_at IS NULL" },
{ SQL_CLIENT_LIST,
    "SELECT " CLIENT " FROM client ORDER BY name" },
{ SQL_CLIENT_TOKEN,
    "UPDATE client SET token = $1 WHERE name = $2 AND revoked_at IS NULL" },
{ SQL_CLIENT_KEY,
    "UPDATE client SET evidence_key = $1 "
    "WHERE name = $2 AND revoked_at IS NULL" },
{ SQL_CLIENT_READER,
    "UPDATE client SET reader = $1 WHERE name = $2 AND revoked_at IS NULL" },
{ SQL_CLIENT_STARTED,
    "UPDATE client SET started_at = $1 "
    "WHERE name = $2 AND revoked_at IS NULL" },
{ SQL_CLIENT_REVOKE,
    "UPDATE client SET revoked_at = $1, token = NULL "
    "WHERE name = $2 AND revoked_at IS NULL" },
{ SQL_ENROLMENT_PUT,
    "INSERT INTO enrolment (client, code, expires_at) VALUES ($1, $2, $3) "
    "ON CONFLICT (client) DO UPDATE SET code = excluded.code, "
    "expires_at = excluded.expires_at" },
{ SQL_ENROLMENT_TAKE,
    "DELETE FROM enrolment WHERE expires_at > $1 AND code = $2 AND "
    "client IN (SELECT name FROM client WHERE revoked_at IS NULL) "
    "RETURNING client" },
{ SQL_CLIENT_READERS,
    "UPDATE client SET reader = $1 WHERE reader = $2 AND revoked_at IS NULL" },
{ SQL_PASSCODE_ADD,
    "INSERT INTO passcode (id, length, issued_by, issued_at, expires_at, "
    "salt, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)" },
{ SQL_PASSCODE_LIST,
    "SELECT id, length, issued_by, issued_at, expires_at, revoked_at, salt, "
    "hash FROM passcode ORDER BY issued_at DESC, id" },
{ SQL_PASSCODE_REVOKE,
    "UPDATE passcode SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL" },
{ SQL_PASSCODE_FIRST,
    "SELECT COALESCE(MIN(issued_at), 0) FROM passcode" },
{ SQL_LOCKOUT_GET,
    "SELECT wrong, locked_until FROM lockout WHERE client = $1" },
{ SQL_LOCKOUT_PUT,
    "INSERT INTO lockout (client, wrong, locked_until) VALUES ($1, $2, $3) "
    "ON CONFLICT (client) DO UPDATE SET wrong = excluded.wrong, "
    "locked_until = excluded.locked_until" },
{ SQL_IDEMPOTENCY_ADD,
    "INSERT INTO idempotency (client, key, fingerprint, at) "
    "VALUES ($1, $2, $3, $4)" },
{ SQL_IDEMPOTENCY_GET,
    "SELECT fingerprint, status, subject FROM idempotency "
    "WHERE client = $1 AND key = $2" },
{ SQL_IDEMPOTENCY_DONE,
    "UPDATE idempotency SET status = $1, subject = $2 "
    "WHERE client = $3 AND key = $4" },
{ SQL_IDEMPOTENCY_DROP,
    "DELETE FROM idempotency WHERE client = $1 AND key = $2" },
{ SQL_IDEMPOTENCY_PRUNE,
    "DELETE FROM idempotency WHERE at < $1" },
{ SQL_COUNT, NULL },
};
