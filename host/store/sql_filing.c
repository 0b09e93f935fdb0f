#include "host/store/sql_texts.h"

const struct sql_text sql_filing[] = {
{ SQL_TICKET_ADD,
    "INSERT INTO ticket (id, device, issued_at, expires_at) "
    "VALUES ($1, $2, $3, $4)" },
{ SQL_TICKET_ALIVE,
    "SELECT COUNT(*) FROM ticket WHERE device = $1 AND expires_at > $2 "
    "AND record IS NULL" },
{ SQL_TICKET_GET,
    "SELECT device, issued_at, expires_at, record FROM ticket WHERE id = $1" },
{ SQL_TICKET_USE,
    "UPDATE ticket SET record = $1 WHERE id = $2 AND device = $3 "
    "AND record IS NULL" },
{ SQL_TICKET_PRUNE,
    "DELETE FROM ticket WHERE expires_at < $1" },
{ SQL_RECORD_ADD,
    "INSERT INTO record (id, digest, device, visit, filed_at) "
    "VALUES ($1, $2, $3, $4, $5)" },
{ SQL_RECORD_BY_DIGEST,
    "SELECT id, visit FROM record WHERE digest = $1" },
{ SQL_RECORD_GET,
    "SELECT id, visit, digest FROM record WHERE id = $1" },
{ SQL_RECORD_OF_VISIT,
    "SELECT d.name, r.filed_at FROM record r "
    "LEFT JOIN device d ON d.print = r.device WHERE r.visit = $1" },
{ SQL_REFUSAL_PUT,
    "INSERT INTO refusal (digest, at, device, reason) "
    "VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO UPDATE SET "
    "at = excluded.at, device = excluded.device, reason = excluded.reason" },
{ SQL_REFUSAL_LIST,
    "SELECT at, device, reason FROM refusal ORDER BY at DESC, digest LIMIT $1" },
{ SQL_REFUSAL_COUNT,
    "SELECT COUNT(*) FROM refusal" },
/* Of each device the newest: one that sends without end evicts its own. */
{ SQL_REFUSAL_PRUNE,
    "DELETE FROM refusal WHERE at < $1 OR digest IN (SELECT digest FROM "
    "(SELECT digest, ROW_NUMBER() OVER (PARTITION BY device "
    "ORDER BY at DESC, digest) AS n FROM refusal) AS numbered WHERE n > $2)" },
{ SQL_COUNT, NULL },
};
