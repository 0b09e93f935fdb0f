#include "host/store/sql_texts.h"

#define DEVICE "name, print, created_at, last_seen, revoked_at"

const struct sql_text sql_device[] = {
{ SQL_DEVICE_PUT,
    "INSERT INTO device (name, print, created_at) VALUES ($1, $2, $3) "
    "ON CONFLICT (name) DO UPDATE SET print = excluded.print, "
    "created_at = excluded.created_at, last_seen = NULL, revoked_at = NULL "
    "WHERE device.revoked_at IS NOT NULL" },
{ SQL_DEVICE_GET,
    "SELECT " DEVICE " FROM device WHERE name = $1" },
{ SQL_DEVICE_BY_PRINT,
    "SELECT " DEVICE " FROM device WHERE print = $1" },
{ SQL_DEVICE_LIST,
    "SELECT " DEVICE " FROM device ORDER BY name" },
{ SQL_DEVICE_SEEN,
    "UPDATE device SET last_seen = $1 WHERE print = $2" },
{ SQL_DEVICE_RENAME,
    "UPDATE device SET name = $1 WHERE name = $2 AND revoked_at IS NULL" },
{ SQL_DEVICE_REVOKE,
    "UPDATE device SET revoked_at = $1 "
    "WHERE name = $2 AND revoked_at IS NULL" },
{ SQL_DEVICE_BAN,
    "INSERT INTO device_revoked (print) SELECT print FROM device "
    "WHERE name = $1 AND revoked_at IS NOT NULL "
    "ON CONFLICT (print) DO NOTHING" },
{ SQL_DEVICE_BANNED,
    "SELECT COUNT(*) FROM device_revoked WHERE print = $1" },
{ SQL_INVITATION_PUT,
    "INSERT INTO invitation (device, code, expires_at) VALUES ($1, $2, $3) "
    "ON CONFLICT (device) DO UPDATE SET code = excluded.code, "
    "expires_at = excluded.expires_at" },
{ SQL_INVITATION_TAKE,
    "DELETE FROM invitation WHERE expires_at > $1 AND code = $2 "
    "RETURNING device" },
{ SQL_INVITATION_DROP,
    "DELETE FROM invitation WHERE device = $1" },
{ SQL_INVITATION_LIST,
    "SELECT device, expires_at FROM invitation WHERE expires_at > $1 "
    "ORDER BY device" },
{ SQL_COUNT, NULL },
};
