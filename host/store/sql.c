#include "host/store/sql.h"

#define PATIENT								\
	"chart_number, name, kana, sex, birthdate, insurer_number, "	\
	"insured_card_symbol, insured_identification_number, "		\
	"insured_branch_number, reference_number, updated_at"
#define VISIT								\
	"id, mode, state, chart_number, started_at, updated_at, "	\
	"identity, consent, outcome, client, method, purpose, staff, reason"
#define REQUEST								\
	"file, identifier, kind, visit, chart_number, state, created_at, " \
	"answered_at, outcome, message"
#define RESULT "digest, file, request_file, received_at, raw"
#define CLIENT								\
	"name, role, home, reader, token, evidence_key, created_at, "	\
	"started_at, revoked_at"
#define DEVICE "name, print, created_at, last_seen, revoked_at"

static const struct {
	const char	*name;
	size_t		 params;
} rows[SQL_COUNT] = {
#define SQL_ROW(name, params) { #name, params },
	SQL_LIST(SQL_ROW)
#undef SQL_ROW
};

static const char *const texts[SQL_COUNT] = {
[SQL_PATIENT_GET] =
    "SELECT " PATIENT " FROM patient WHERE chart_number = $1",
[SQL_PATIENT_PUT] =
    "INSERT INTO patient (" PATIENT ") "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
    "ON CONFLICT (chart_number) DO UPDATE SET name = excluded.name, "
    "kana = excluded.kana, sex = excluded.sex, "
    "birthdate = excluded.birthdate, "
    "insurer_number = excluded.insurer_number, "
    "insured_card_symbol = excluded.insured_card_symbol, "
    "insured_identification_number = excluded.insured_identification_number, "
    "insured_branch_number = excluded.insured_branch_number, "
    "reference_number = excluded.reference_number, "
    "updated_at = excluded.updated_at",
[SQL_PATIENT_BY_BIRTHDATE] =
    "SELECT " PATIENT " FROM patient WHERE birthdate = $1 "
    "ORDER BY chart_number",
[SQL_PATIENT_ALL] =
    "SELECT " PATIENT " FROM patient ORDER BY chart_number",
[SQL_PATIENT_SET_REFERENCE] =
    "UPDATE patient SET reference_number = $1, updated_at = $2 "
    "WHERE chart_number = $3",
[SQL_PATIENT_COUNT] =
    "SELECT COUNT(*) FROM patient",
[SQL_VISIT_ADD] =
    "INSERT INTO visit (id, mode, state, started_at, updated_at, client, "
    "method, purpose, staff, reason) "
    "VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9)",
[SQL_VISIT_STAFF] =
    "UPDATE visit SET staff = $1, updated_at = $2 WHERE id = $3",
[SQL_VISIT_STATE] =
    "UPDATE visit SET state = $1, updated_at = $2 WHERE id = $3 "
    "AND state = $4",
[SQL_VISIT_IDENTITY] =
    "UPDATE visit SET identity = $1, updated_at = $2 WHERE id = $3",
[SQL_VISIT_CONSENT] =
    "UPDATE visit SET consent = $1, updated_at = $2 WHERE id = $3",
[SQL_VISIT_PATIENT] =
    "UPDATE visit SET chart_number = $1, updated_at = $2 WHERE id = $3",
[SQL_VISIT_OUTCOME] =
    "UPDATE visit SET outcome = $1, updated_at = $2 WHERE id = $3",
[SQL_VISIT_GET] =
    "SELECT " VISIT " FROM visit WHERE id = $1",
[SQL_VISIT_LIST] =
    "SELECT " VISIT " FROM visit ORDER BY started_at DESC, id DESC LIMIT $1",
[SQL_VISIT_DAY] =
    "SELECT " VISIT " FROM visit WHERE started_at >= $1 AND started_at < $2 "
    "ORDER BY started_at DESC, id DESC LIMIT $3 OFFSET $4",
[SQL_VISIT_DAY_COUNT] =
    "SELECT COUNT(*) FROM visit WHERE started_at >= $1 AND started_at < $2",
[SQL_VISIT_OPEN] =
    "SELECT id, state, client FROM visit WHERE (client IS NOT NULL OR "
    "EXISTS (SELECT 1 FROM record r WHERE r.visit = visit.id)) AND "
    "state NOT IN ('done', 'refused', 'cancelled', 'expired') ORDER BY id",
[SQL_VISIT_OUTCOMES] =
    "SELECT outcome, updated_at FROM visit WHERE outcome IS NOT NULL AND "
    "(state IN ('answered', 'done') OR outcome IN ('NOT_TAKEN', 'NO_ANSWER', "
    "'FOLDER', 'REFUSED')) ORDER BY updated_at DESC, id DESC LIMIT $1",
[SQL_VISIT_COUNTS] =
    "SELECT state, mode, method, outcome, COUNT(*) FROM visit "
    "GROUP BY state, mode, method, outcome "
    "ORDER BY state, mode, method, outcome",
[SQL_VISIT_LATE] =
    "SELECT v.id, v.state, s.file, s.raw FROM visit v "
    "JOIN request r ON r.visit = v.id AND r.state IN ('answered', 'returned') "
    "JOIN result s ON s.request_file = r.file "
    "WHERE (v.state = $1 OR (v.state = $2 AND v.updated_at < $3) "
    "OR (v.state = $4 AND v.outcome NOT IN ($5, 'OTHER_PERSON'))) "
    "AND r.kind = $6 ORDER BY v.started_at, s.received_at",
[SQL_VISIT_STALE] =
    "SELECT id, state FROM visit WHERE "
    "(state IN ('idle', 'card', 'verified', 'consented', 'confirmed', "
    "'matched') AND updated_at < $1) OR "
    "(state = 'unmatched' AND updated_at < $2 AND (updated_at < $3 OR "
    "NOT EXISTS (SELECT 1 FROM record r WHERE r.visit = visit.id))) "
    "ORDER BY started_at, id",
[SQL_VISIT_WITHDRAWN] =
    "SELECT v.id, v.state FROM visit v WHERE v.state = $1 AND EXISTS "
    "(SELECT 1 FROM request r WHERE r.visit = v.id AND r.kind = $2) AND NOT "
    "EXISTS (SELECT 1 FROM request r WHERE r.visit = v.id AND r.kind = $2 "
    "AND r.state <> 'withdrawn') ORDER BY v.started_at, v.id",
[SQL_VISIT_EVENT_ADD] =
    "INSERT INTO visit_event (visit, seq, at, from_state, event, to_state) "
    "SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5 "
    "FROM visit_event WHERE visit = $1",
[SQL_VISIT_EVENTS] =
    "SELECT seq, at, from_state, event, to_state FROM visit_event "
    "WHERE visit = $1 ORDER BY seq",
[SQL_EVENT_ADD] =
    "INSERT INTO event (id, at, kind, visit, client, data) "
    "SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5 FROM event",
[SQL_EVENT_AFTER] =
    "SELECT id, kind, client, data FROM event WHERE id > $1 "
    "ORDER BY id LIMIT $2",
[SQL_EVENT_LAST] =
    "SELECT COALESCE(MAX(id), 0) FROM event",
/* The last one stays, so that no number is given twice. */
[SQL_EVENT_PRUNE] =
    "DELETE FROM event WHERE at < $1 AND "
    "id < (SELECT MAX(id) FROM event)",
[SQL_CLIENT_ADD] =
    "INSERT INTO client (name, role, home, reader, created_at) "
    "VALUES ($1, $2, $3, $4, $5)",
[SQL_CLIENT_GET] =
    "SELECT " CLIENT " FROM client WHERE name = $1",
[SQL_CLIENT_BY_TOKEN] =
    "SELECT " CLIENT " FROM client WHERE token = $1 AND revoked_at IS NULL",
[SQL_CLIENT_LIST] =
    "SELECT " CLIENT " FROM client ORDER BY name",
[SQL_CLIENT_TOKEN] =
    "UPDATE client SET token = $1 WHERE name = $2 AND revoked_at IS NULL",
[SQL_CLIENT_KEY] =
    "UPDATE client SET evidence_key = $1 "
    "WHERE name = $2 AND revoked_at IS NULL",
[SQL_CLIENT_READER] =
    "UPDATE client SET reader = $1 WHERE name = $2 AND revoked_at IS NULL",
[SQL_CLIENT_STARTED] =
    "UPDATE client SET started_at = $1 "
    "WHERE name = $2 AND revoked_at IS NULL",
[SQL_CLIENT_REVOKE] =
    "UPDATE client SET revoked_at = $1, token = NULL "
    "WHERE name = $2 AND revoked_at IS NULL",
[SQL_ENROLMENT_PUT] =
    "INSERT INTO enrolment (client, code, expires_at) VALUES ($1, $2, $3) "
    "ON CONFLICT (client) DO UPDATE SET code = excluded.code, "
    "expires_at = excluded.expires_at",
[SQL_ENROLMENT_TAKE] =
    "DELETE FROM enrolment WHERE expires_at > $1 AND code = $2 AND "
    "client IN (SELECT name FROM client WHERE revoked_at IS NULL) "
    "RETURNING client",
[SQL_DEVICE_PUT] =
    "INSERT INTO device (name, print, created_at) VALUES ($1, $2, $3) "
    "ON CONFLICT (name) DO UPDATE SET print = excluded.print, "
    "created_at = excluded.created_at, last_seen = NULL, revoked_at = NULL "
    "WHERE device.revoked_at IS NOT NULL",
[SQL_DEVICE_GET] =
    "SELECT " DEVICE " FROM device WHERE name = $1",
[SQL_DEVICE_BY_PRINT] =
    "SELECT " DEVICE " FROM device WHERE print = $1",
[SQL_DEVICE_LIST] =
    "SELECT " DEVICE " FROM device ORDER BY name",
[SQL_DEVICE_SEEN] =
    "UPDATE device SET last_seen = $1 WHERE print = $2",
[SQL_DEVICE_RENAME] =
    "UPDATE device SET name = $1 WHERE name = $2 AND revoked_at IS NULL",
[SQL_DEVICE_REVOKE] =
    "UPDATE device SET revoked_at = $1 "
    "WHERE name = $2 AND revoked_at IS NULL",
[SQL_DEVICE_BAN] =
    "INSERT INTO device_revoked (print) SELECT print FROM device "
    "WHERE name = $1 AND revoked_at IS NOT NULL "
    "ON CONFLICT (print) DO NOTHING",
[SQL_DEVICE_BANNED] =
    "SELECT COUNT(*) FROM device_revoked WHERE print = $1",
[SQL_INVITATION_PUT] =
    "INSERT INTO invitation (device, code, expires_at) VALUES ($1, $2, $3) "
    "ON CONFLICT (device) DO UPDATE SET code = excluded.code, "
    "expires_at = excluded.expires_at",
[SQL_INVITATION_TAKE] =
    "DELETE FROM invitation WHERE expires_at > $1 AND code = $2 "
    "RETURNING device",
[SQL_INVITATION_DROP] =
    "DELETE FROM invitation WHERE device = $1",
[SQL_INVITATION_LIST] =
    "SELECT device, expires_at FROM invitation WHERE expires_at > $1 "
    "ORDER BY device",
[SQL_CLIENT_READERS] =
    "UPDATE client SET reader = $1 WHERE reader = $2 AND revoked_at IS NULL",
[SQL_PASSCODE_ADD] =
    "INSERT INTO passcode (id, length, issued_by, issued_at, expires_at, "
    "salt, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)",
[SQL_PASSCODE_LIST] =
    "SELECT id, length, issued_by, issued_at, expires_at, revoked_at, salt, "
    "hash FROM passcode ORDER BY issued_at DESC, id",
[SQL_PASSCODE_REVOKE] =
    "UPDATE passcode SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL",
[SQL_PASSCODE_FIRST] =
    "SELECT COALESCE(MIN(issued_at), 0) FROM passcode",
[SQL_LOCKOUT_GET] =
    "SELECT wrong, locked_until FROM lockout WHERE client = $1",
[SQL_LOCKOUT_PUT] =
    "INSERT INTO lockout (client, wrong, locked_until) VALUES ($1, $2, $3) "
    "ON CONFLICT (client) DO UPDATE SET wrong = excluded.wrong, "
    "locked_until = excluded.locked_until",
[SQL_IDEMPOTENCY_ADD] =
    "INSERT INTO idempotency (client, key, fingerprint, at) "
    "VALUES ($1, $2, $3, $4)",
[SQL_IDEMPOTENCY_GET] =
    "SELECT fingerprint, status, subject FROM idempotency "
    "WHERE client = $1 AND key = $2",
[SQL_IDEMPOTENCY_DONE] =
    "UPDATE idempotency SET status = $1, subject = $2 "
    "WHERE client = $3 AND key = $4",
[SQL_IDEMPOTENCY_DROP] =
    "DELETE FROM idempotency WHERE client = $1 AND key = $2",
[SQL_IDEMPOTENCY_PRUNE] =
    "DELETE FROM idempotency WHERE at < $1",
[SQL_SERIAL_NEXT] =
    "INSERT INTO serial (day, last) VALUES ($1, 1) "
    "ON CONFLICT (day) DO UPDATE SET last = serial.last + 1 RETURNING last",
[SQL_REQUEST_ADD] =
    "INSERT INTO request (file, identifier, kind, visit, chart_number, "
    "state, created_at) VALUES ($1, $2, $3, $4, $5, 'new', $6)",
[SQL_REQUEST_STATE] =
    "UPDATE request SET state = $1, answered_at = $2, outcome = $3, "
    "message = $4 WHERE file = $5",
[SQL_REQUEST_MOVE] =
    "UPDATE request SET state = $1 "
    "WHERE file = $2 AND state IN ('new', 'written')",
[SQL_REQUEST_OPEN_LIST] =
    "SELECT file, identifier, kind, visit, chart_number, state, created_at "
    "FROM request WHERE state IN ('new', 'written', 'unanswered') "
    "ORDER BY created_at, file",
[SQL_REQUEST_BY_FILE] =
    "SELECT " REQUEST " FROM request WHERE file = $1",
[SQL_REQUEST_COUNT] =
    "SELECT COUNT(*) FROM request",
[SQL_REQUEST_LIST] =
    "SELECT " REQUEST " FROM request ORDER BY created_at DESC, file DESC "
    "LIMIT $1",
[SQL_TICKET_ADD] =
    "INSERT INTO ticket (id, device, issued_at, expires_at) "
    "VALUES ($1, $2, $3, $4)",
[SQL_TICKET_ALIVE] =
    "SELECT COUNT(*) FROM ticket WHERE device = $1 AND expires_at > $2 "
    "AND record IS NULL",
[SQL_TICKET_GET] =
    "SELECT device, issued_at, expires_at, record FROM ticket WHERE id = $1",
[SQL_TICKET_USE] =
    "UPDATE ticket SET record = $1 WHERE id = $2 AND device = $3 "
    "AND record IS NULL",
[SQL_TICKET_PRUNE] =
    "DELETE FROM ticket WHERE expires_at < $1",
[SQL_RECORD_ADD] =
    "INSERT INTO record (id, digest, device, visit, filed_at) "
    "VALUES ($1, $2, $3, $4, $5)",
[SQL_RECORD_BY_DIGEST] =
    "SELECT id, visit FROM record WHERE digest = $1",
[SQL_RECORD_GET] =
    "SELECT id, visit, digest FROM record WHERE id = $1",
[SQL_RECORD_OF_VISIT] =
    "SELECT d.name, r.filed_at FROM record r "
    "LEFT JOIN device d ON d.print = r.device WHERE r.visit = $1",
[SQL_REFUSAL_PUT] =
    "INSERT INTO refusal (digest, at, device, reason) "
    "VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO UPDATE SET "
    "at = excluded.at, device = excluded.device, reason = excluded.reason",
[SQL_REFUSAL_LIST] =
    "SELECT at, device, reason FROM refusal ORDER BY at DESC, digest LIMIT $1",
[SQL_REFUSAL_COUNT] =
    "SELECT COUNT(*) FROM refusal",
/* Of each device the newest: one that sends without end evicts its own. */
[SQL_REFUSAL_PRUNE] =
    "DELETE FROM refusal WHERE at < $1 OR digest IN (SELECT digest FROM "
    "(SELECT digest, ROW_NUMBER() OVER (PARTITION BY device "
    "ORDER BY at DESC, digest) AS n FROM refusal) AS numbered WHERE n > $2)",
[SQL_REQUEST_COUNTS] =
    "SELECT kind, state, outcome, COUNT(*) FROM request "
    "GROUP BY kind, state, outcome ORDER BY kind, state, outcome",
[SQL_RESULT_ADD] =
    "INSERT INTO result (" RESULT ") VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (digest) DO NOTHING",
[SQL_RESULT_BY_DIGEST] =
    "SELECT " RESULT " FROM result WHERE digest = $1",
[SQL_RESULT_BY_FILE] =
    "SELECT " RESULT " FROM result WHERE file = $1 "
    "ORDER BY received_at DESC, digest",
[SQL_RESULT_FACE_ADD] =
    "INSERT INTO result (digest, file, received_at, raw, face) "
    "VALUES ($1, $2, $3, $4, 1) ON CONFLICT (digest) DO NOTHING",
[SQL_RESULT_BIND] =
    "UPDATE result SET visit = $1 WHERE digest = $2 AND visit IS NULL "
    "AND face = 1",
[SQL_RESULT_FACE] =
    "SELECT " RESULT " FROM result WHERE digest = $1 AND face = 1 "
    "AND visit IS NULL",
[SQL_RESULT_UNBOUND] =
    "SELECT " RESULT " FROM result WHERE face = 1 AND visit IS NULL "
    "AND received_at >= $1 ORDER BY received_at DESC, digest",
[SQL_RESULT_OF_VISIT] =
    "SELECT " RESULT " FROM result WHERE visit = $1 OR request_file IN "
    "(SELECT file FROM request WHERE visit = $1 AND kind = 'OQSsiquc01') "
    "ORDER BY received_at DESC, digest",
};

static const char *const steps[] = {
/* 1: the ledger */
    "CREATE TABLE patient ("
    "chart_number TEXT PRIMARY KEY NOT NULL CHECK (chart_number <> ''), "
    "name TEXT NOT NULL, kana TEXT NOT NULL, "
    "sex INTEGER NOT NULL CHECK (sex BETWEEN 0 AND 3), "
    "birthdate TEXT NOT NULL, insurer_number TEXT NOT NULL, "
    "insured_card_symbol TEXT NOT NULL, "
    "insured_identification_number TEXT NOT NULL, "
    "insured_branch_number TEXT NOT NULL, "
    "reference_number TEXT NOT NULL, updated_at BIGINT NOT NULL);"
    "CREATE INDEX patient_birthdate ON patient (birthdate);",
/* 2: visits, what was asked and what came back */
    "CREATE TABLE visit ("
    "id TEXT PRIMARY KEY NOT NULL, mode TEXT NOT NULL, state TEXT NOT NULL, "
    "chart_number TEXT, started_at BIGINT NOT NULL, "
    "updated_at BIGINT NOT NULL, identity TEXT, consent TEXT, outcome TEXT);"
    "CREATE INDEX visit_started ON visit (started_at);"
    "CREATE TABLE visit_event ("
    "visit TEXT NOT NULL REFERENCES visit (id), seq INTEGER NOT NULL, "
    "at BIGINT NOT NULL, from_state TEXT NOT NULL, event TEXT NOT NULL, "
    "to_state TEXT NOT NULL, PRIMARY KEY (visit, seq));"
    "CREATE TABLE serial ("
    "day TEXT PRIMARY KEY NOT NULL, last INTEGER NOT NULL);"
    "CREATE TABLE request ("
    "file TEXT PRIMARY KEY NOT NULL, identifier TEXT NOT NULL UNIQUE, "
    "kind TEXT NOT NULL, visit TEXT REFERENCES visit (id), "
    "chart_number TEXT, state TEXT NOT NULL CHECK (state IN ('new', "
    "'written', 'answered', 'returned', 'withdrawn', 'unanswered')), "
    "created_at BIGINT NOT NULL, answered_at BIGINT, outcome TEXT, "
    "message TEXT);"
    "CREATE INDEX request_state ON request (state);"
    "CREATE INDEX request_created ON request (created_at);"
    "CREATE INDEX request_visit ON request (visit);"
    "CREATE TABLE result ("
    "digest TEXT PRIMARY KEY NOT NULL, file TEXT NOT NULL, "
    "request_file TEXT REFERENCES request (file), "
    "received_at BIGINT NOT NULL, raw BLOB NOT NULL);"
    "CREATE INDEX result_file ON result (file);"
    "CREATE INDEX result_request ON result (request_file);",
/* 3: the agent's clients, what they did and what they are told */
    "ALTER TABLE visit ADD COLUMN client TEXT;"
    "ALTER TABLE visit ADD COLUMN method TEXT NOT NULL DEFAULT 'pin';"
    "ALTER TABLE visit ADD COLUMN purpose TEXT;"
    "ALTER TABLE visit ADD COLUMN staff TEXT;"
    "ALTER TABLE visit ADD COLUMN reason TEXT;"
    "CREATE INDEX visit_updated ON visit (updated_at);"
    "ALTER TABLE result ADD COLUMN face INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE result ADD COLUMN visit TEXT REFERENCES visit (id);"
    "CREATE INDEX result_visit ON result (visit);"
    "CREATE INDEX result_received ON result (face, received_at);"
    "CREATE TABLE event ("
    "id BIGINT PRIMARY KEY NOT NULL, at BIGINT NOT NULL, "
    "kind TEXT NOT NULL CHECK (kind IN ('visit', 'reader', 'alarm')), "
    "visit TEXT, client TEXT, data TEXT NOT NULL);"
    "CREATE INDEX event_at ON event (at);"
    "CREATE TABLE client ("
    "name TEXT PRIMARY KEY NOT NULL CHECK (name <> ''), "
    "role TEXT NOT NULL CHECK (role IN ('kiosk', 'desk', 'medical', 'admin', "
    "'monitor')), home INTEGER NOT NULL, reader TEXT NOT NULL, "
    "token TEXT UNIQUE, evidence_key TEXT, created_at BIGINT NOT NULL, "
    "started_at BIGINT, revoked_at BIGINT);"
    "CREATE TABLE enrolment ("
    "client TEXT PRIMARY KEY NOT NULL REFERENCES client (name), "
    "code TEXT NOT NULL UNIQUE, expires_at BIGINT NOT NULL);"
    "CREATE TABLE passcode ("
    "id TEXT PRIMARY KEY NOT NULL, length INTEGER NOT NULL, "
    "issued_by TEXT NOT NULL, issued_at BIGINT NOT NULL, "
    "expires_at BIGINT NOT NULL, revoked_at BIGINT, "
    "salt TEXT NOT NULL, hash TEXT NOT NULL);"
    "CREATE TABLE lockout ("
    "client TEXT PRIMARY KEY NOT NULL, wrong INTEGER NOT NULL, "
    "locked_until BIGINT NOT NULL);"
    "CREATE TABLE idempotency ("
    "client TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, "
    "status INTEGER, subject TEXT, at BIGINT NOT NULL, "
    "PRIMARY KEY (client, key));"
    "CREATE INDEX idempotency_at ON idempotency (at);",
/* 4: devices that bring a reader over a network */
    "CREATE TABLE device ("
    "name TEXT PRIMARY KEY NOT NULL CHECK (name <> ''), "
    "print TEXT NOT NULL UNIQUE, created_at BIGINT NOT NULL, "
    "last_seen BIGINT, revoked_at BIGINT);"
    "CREATE TABLE device_revoked (print TEXT PRIMARY KEY NOT NULL);"
    "CREATE TABLE invitation ("
    "device TEXT PRIMARY KEY NOT NULL CHECK (device <> ''), "
    "code TEXT NOT NULL UNIQUE, expires_at BIGINT NOT NULL);",
/* 5: visits without a network */
    "CREATE TABLE ticket ("
    "id TEXT PRIMARY KEY NOT NULL, device TEXT NOT NULL, "
    "issued_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, record TEXT);"
    "CREATE INDEX ticket_device ON ticket (device, expires_at);"
    "CREATE INDEX ticket_expires ON ticket (expires_at);"
    "CREATE TABLE record ("
    "id TEXT PRIMARY KEY NOT NULL, digest TEXT NOT NULL UNIQUE, "
    "device TEXT, visit TEXT NOT NULL REFERENCES visit (id), "
    "filed_at BIGINT NOT NULL);"
    "CREATE INDEX record_visit ON record (visit);"
    "CREATE TABLE refusal ("
    "digest TEXT PRIMARY KEY NOT NULL, at BIGINT NOT NULL, "
    "device TEXT NOT NULL, reason TEXT NOT NULL);"
    "CREATE INDEX refusal_at ON refusal (at);",
};

const char *
sql_name(enum sql which)
{
	return ((unsigned)which < SQL_COUNT ? rows[which].name : NULL);
}

const char *
sql_text(enum sql which)
{
	return ((unsigned)which < SQL_COUNT ? texts[which] : NULL);
}

size_t
sql_params(enum sql which)
{
	return ((unsigned)which < SQL_COUNT ? rows[which].params : 0);
}

int
sql_newest(void)
{
	return ((int)(sizeof(steps) / sizeof(steps[0])));
}

const char *
sql_step(int version)
{
	return (version >= 1 && version <= sql_newest() ?
	    steps[version - 1] : NULL);
}
