#include "host/store/sql_texts.h"

#define VISIT								\
	"id, mode, state, chart_number, started_at, updated_at, "	\
	"identity, consent, outcome, client, method, purpose, staff, reason"

const struct sql_text sql_visit[] = {
{ SQL_VISIT_ADD,
    "INSERT INTO visit (id, mode, state, started_at, updated_at, client, "
    "method, purpose, staff, reason) "
    "VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9)" },
{ SQL_VISIT_STAFF,
    "UPDATE visit SET staff = $1, updated_at = $2 WHERE id = $3" },
{ SQL_VISIT_STATE,
    "UPDATE visit SET state = $1, updated_at = $2 WHERE id = $3 "
    "AND state = $4" },
{ SQL_VISIT_IDENTITY,
    "UPDATE visit SET identity = $1, updated_at = $2 WHERE id = $3" },
{ SQL_VISIT_CONSENT,
    "UPDATE visit SET consent = $1, updated_at = $2 WHERE id = $3" },
{ SQL_VISIT_PATIENT,
    "UPDATE visit SET chart_number = $1, updated_at = $2 WHERE id = $3" },
{ SQL_VISIT_OUTCOME,
    "UPDATE visit SET outcome = $1, updated_at = $2 WHERE id = $3" },
{ SQL_VISIT_GET,
    "SELECT " VISIT " FROM visit WHERE id = $1" },
{ SQL_VISIT_LIST,
    "SELECT " VISIT " FROM visit ORDER BY started_at DESC, id DESC LIMIT $1" },
{ SQL_VISIT_DAY,
    "SELECT " VISIT " FROM visit WHERE started_at >= $1 AND started_at < $2 "
    "ORDER BY started_at DESC, id DESC LIMIT $3 OFFSET $4" },
{ SQL_VISIT_DAY_COUNT,
    "SELECT COUNT(*) FROM visit WHERE started_at >= $1 AND started_at < $2" },
{ SQL_VISIT_OPEN,
    "SELECT id, state, client FROM visit WHERE (client IS NOT NULL OR "
    "EXISTS (SELECT 1 FROM record r WHERE r.visit = visit.id)) AND "
    "state NOT IN ('done', 'refused', 'cancelled', 'expired') ORDER BY id" },
/* Patients checked without a visit are patients too; each half by its index. */
{ SQL_VISIT_OUTCOMES,
    "SELECT outcome, updated_at FROM (SELECT outcome, updated_at, id FROM "
    "visit WHERE outcome IS NOT NULL AND "
    "(state IN ('answered', 'done') OR outcome IN ('NOT_TAKEN', 'NO_ANSWER', "
    "'FOLDER', 'REFUSED')) ORDER BY updated_at DESC, id DESC LIMIT $1) AS v "
    "UNION ALL "
    "SELECT outcome, updated_at FROM (SELECT CASE WHEN state = 'done' "
    "THEN '1' ELSE outcome END AS outcome, updated_at FROM job_part "
    "WHERE kind IN ('OQSsiquc01', 'OQSsiimm01') AND asked_at IS NOT NULL AND "
    "(state = 'done' OR outcome IN ('NOT_TAKEN', 'NO_ANSWER', 'FOLDER', "
    "'REFUSED')) ORDER BY updated_at DESC, job DESC, part DESC LIMIT $1) "
    "AS j ORDER BY 2 DESC LIMIT $1" },
{ SQL_VISIT_COUNTS,
    "SELECT state, mode, method, outcome, COUNT(*) FROM visit "
    "GROUP BY state, mode, method, outcome "
    "ORDER BY state, mode, method, outcome" },
{ SQL_VISIT_LATE,
    "SELECT v.id, v.state, s.file, s.raw FROM visit v "
    "JOIN request r ON r.visit = v.id AND r.state IN ('answered', 'returned') "
    "JOIN result s ON s.request_file = r.file "
    "WHERE (v.state = $1 OR (v.state = $2 AND v.updated_at < $3) "
    "OR (v.state = $4 AND v.outcome NOT IN ($5, 'OTHER_PERSON'))) "
    "AND r.kind = $6 ORDER BY v.started_at, s.received_at" },
{ SQL_VISIT_STALE,
    "SELECT id, state FROM visit WHERE "
    "(state IN ('idle', 'card', 'verified', 'consented', 'confirmed', "
    "'matched') AND updated_at < $1) OR "
    "(state = 'unmatched' AND updated_at < $2 AND (updated_at < $3 OR "
    "NOT EXISTS (SELECT 1 FROM record r WHERE r.visit = visit.id))) "
    "ORDER BY started_at, id" },
{ SQL_VISIT_WITHDRAWN,
    "SELECT v.id, v.state FROM visit v WHERE v.state = $1 AND EXISTS "
    "(SELECT 1 FROM request r WHERE r.visit = v.id AND r.kind = $2) AND NOT "
    "EXISTS (SELECT 1 FROM request r WHERE r.visit = v.id AND r.kind = $2 "
    "AND r.state <> 'withdrawn') ORDER BY v.started_at, v.id" },
{ SQL_VISIT_EVENT_ADD,
    "INSERT INTO visit_event (visit, seq, at, from_state, event, to_state) "
    "SELECT $1, COALESCE(MAX(seq), 0) + 1, $2, $3, $4, $5 "
    "FROM visit_event WHERE visit = $1" },
{ SQL_VISIT_EVENTS,
    "SELECT seq, at, from_state, event, to_state FROM visit_event "
    "WHERE visit = $1 ORDER BY seq" },
{ SQL_EVENT_ADD,
    "INSERT INTO event (id, at, kind, visit, client, data) "
    "SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5 FROM event" },
{ SQL_EVENT_AFTER,
    "SELECT id, kind, client, data FROM event WHERE id > $1 "
    "ORDER BY id LIMIT $2" },
{ SQL_EVENT_LAST,
    "SELECT COALESCE(MAX(id), 0) FROM event" },
/* The last one stays, so that no number is given twice. */
{ SQL_EVENT_PRUNE,
    "DELETE FROM event WHERE at < $1 AND "
    "id < (SELECT MAX(id) FROM event)" },
{ SQL_COUNT, NULL },
};
