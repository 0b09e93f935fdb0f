#include "host/store/sql_texts.h"

#define JOB								\
	"id, category, axis, range_from, range_to, client, staff, "	\
	"created_at, ended_at, state, data"
#define PART								\
	"kind, state, request_file, reception_number, reception_at, "	\
	"downloads, tries, next_at, result, total, errors, outcome, message"
/* In lists it is known who it was when a person has said so. */
#define PERSON								\
	"seq, part, CASE WHEN chart_number = '' THEN COALESCE((SELECT "	\
	"f.chart_number FROM finding f WHERE f.id = job_person.finding), " \
	"'') "								\
	"ELSE chart_number END, state, finding, code, message"
#define IS_STATE							\
	"($2 = '' OR state = $2 OR ($2 = 'problem' AND state IN "	\
	"('error', 'missing', 'skipped', 'failed')))"

const struct sql_text sql_job[] = {
{ SQL_JOB_ADD,
    "INSERT INTO job (id, category, axis, range_from, range_to, client, "
    "staff, created_at, state, data) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)" },
{ SQL_JOB_STATE,
    "UPDATE job SET state = $1, ended_at = $2 WHERE id = $3 AND state = $4" },
{ SQL_JOB_GET,
    "SELECT " JOB " FROM job WHERE id = $1" },
{ SQL_JOB_LIST,
    "SELECT " JOB " FROM job WHERE ($1 = '' OR state = $1) "
    "AND ($2 = '' OR category = $2) AND state <> 'making' "
    "ORDER BY created_at DESC, id LIMIT $3 OFFSET $4" },
{ SQL_JOB_LIST_COUNT,
    "SELECT COUNT(*) FROM job WHERE ($1 = '' OR state = $1) "
    "AND ($2 = '' OR category = $2) AND state <> 'making'" },
{ SQL_JOB_OPEN,
    "SELECT " JOB " FROM job WHERE state IN ('open', 'cancelling') "
    "ORDER BY created_at, id" },
{ SQL_JOB_OPEN_COUNT,
    "SELECT COUNT(*) FROM job WHERE state IN ('open', 'cancelling')" },
{ SQL_JOB_MAKING,
    "SELECT id FROM job WHERE state = 'making' AND created_at < $1" },
{ SQL_JOB_DROP,
    "DELETE FROM job WHERE id = $1 AND state = 'making'" },
{ SQL_JOB_FINDINGS,
    "SELECT COUNT(*), COALESCE(SUM(CASE WHEN state IN ('imported', 'same') "
    "THEN 1 ELSE 0 END), 0) FROM finding WHERE job = $1" },
{ SQL_JOB_PART_ADD,
    "INSERT INTO job_part (job, part, kind, state, next_at, updated_at) "
    "VALUES ($1, $2, $3, 'waiting', $4, $5)" },
{ SQL_JOB_PART_GET,
    "SELECT " PART ", asked_at, settled, rev, refusals, opened_at "
    "FROM job_part "
    "WHERE job = $1 AND part = $2" },
{ SQL_JOB_PART_PUT,
    "UPDATE job_part SET state = $1, request_file = $2, "
    "reception_number = $3, reception_at = $4, downloads = $5, tries = $6, "
    "next_at = $7, result = $8, total = $9, errors = $10, outcome = $11, "
    "message = $12, asked_at = $13, settled = $14, updated_at = $15, "
    "refusals = $16, opened_at = $17, rev = rev + 1 "
    "WHERE job = $18 AND part = $19 AND rev = $20" },
{ SQL_JOB_PARTS,
    "SELECT part, " PART ", updated_at, rev FROM job_part WHERE job = $1 "
    "ORDER BY part LIMIT $2 OFFSET $3" },
{ SQL_JOB_PARTS_OUT,
    "SELECT part FROM job_part WHERE job = $1 AND state IN ('asked', "
    "'fetching', 'received') ORDER BY part" },
{ SQL_JOB_PARTS_FOUND,
    "SELECT p.part FROM job_part p JOIN request r ON r.file = p.request_file "
    "WHERE p.job = $1 AND p.state = 'unsure' AND r.state <> 'unanswered' "
    "ORDER BY p.part" },
{ SQL_JOB_PARTS_DUE,
    "SELECT part FROM job_part WHERE job = $1 AND state = 'waiting' "
    "AND next_at <= $2 ORDER BY part LIMIT $3" },
{ SQL_JOB_PARTS_BUSY,
    "SELECT COUNT(*) FROM job_part WHERE job = $1 AND state IN ('asked', "
    "'accepted', 'fetching', 'received')" },
{ SQL_JOB_PARTS_FETCH,
    "SELECT part FROM job_part WHERE job = $1 AND state = 'accepted' "
    "AND next_at <= $2 ORDER BY part" },
{ SQL_JOB_PARTS_STOP,
    "SELECT part FROM job_part WHERE job = $1 AND state IN ('waiting', "
    "'accepted', 'unsure') ORDER BY part LIMIT $2" },
{ SQL_JOB_PART_COUNTS,
    "SELECT state, COUNT(*), COUNT(outcome), MIN(asked_at), MAX(updated_at) "
    "FROM job_part WHERE job = $1 GROUP BY state ORDER BY state" },
{ SQL_JOB_PART_NEXT,
    "SELECT MIN(next_at) FROM job_part WHERE job = $1 "
    "AND state IN ('waiting', 'accepted')" },
{ SQL_JOB_PART_LAST,
    "SELECT COALESCE(MAX(part), 0) FROM job_part WHERE job = $1" },
{ SQL_JOB_PART_TIMES,
    "SELECT p.updated_at - p.asked_at FROM job_part p JOIN job j "
    "ON j.id = p.job WHERE j.category = $1 AND p.state = 'done' "
    "AND p.asked_at IS NOT NULL ORDER BY j.created_at DESC, p.part DESC "
    "LIMIT $2" },
{ SQL_JOB_PART_DROP,
    "DELETE FROM job_part WHERE job = $1" },
{ SQL_JOB_REQUEST_ADD,
    "INSERT INTO job_request (file, job, part) VALUES ($1, $2, $3) "
    "ON CONFLICT (file) DO NOTHING" },
{ SQL_JOB_REQUEST_OPEN,
    "SELECT r.file FROM job_request q JOIN request r ON r.file = q.file "
    "WHERE q.job = $1 AND q.part = $2 AND r.kind = $3 AND (r.state IN ('new', "
    "'written', 'unanswered') OR r.outcome = 'accepted') ORDER BY r.created_at DESC, r.file DESC" },
{ SQL_JOB_OF_REQUEST,
    "SELECT q.job, q.part, j.category FROM job_request q JOIN job j "
    "ON j.id = q.job WHERE q.file = $1" },
{ SQL_JOB_RESULT_OF,
    "SELECT digest FROM result WHERE request_file = $1 "
    "ORDER BY received_at DESC, digest" },
{ SQL_JOB_RESULT_UNITS,
    "SELECT COUNT(*) FROM finding WHERE digest = $1" },
{ SQL_JOB_PERSON_ADD,
    "INSERT INTO job_person (job, seq, part, chart_number, identifier, "
    "state, finding, code, message, ended_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
    "ON CONFLICT (job, seq) DO NOTHING" },
{ SQL_JOB_PERSONS,
    "SELECT " PERSON " FROM job_person WHERE job = $1 AND " IS_STATE
    " ORDER BY seq LIMIT $3 OFFSET $4" },
{ SQL_JOB_PERSONS_COUNT,
    "SELECT COUNT(*) FROM job_person WHERE job = $1 AND " IS_STATE },
{ SQL_JOB_PERSONS_ASKED,
    "SELECT seq, chart_number FROM job_person WHERE job = $1 AND part = $2 "
    "AND state = 'waiting' ORDER BY seq" },
{ SQL_JOB_PERSON_END,
    "UPDATE job_person SET state = $1, finding = $2, code = $3, "
    "message = $4, ended_at = $5 WHERE job = $6 AND part = $7 "
    "AND identifier = $8 AND state = 'waiting'" },
{ SQL_JOB_PERSON_ONLY,
    "UPDATE job_person SET state = $1, finding = $2, code = $3, "
    "message = $4, ended_at = $5 WHERE job = $6 AND part = $7 "
    "AND state = 'waiting'" },
{ SQL_JOB_PERSON_SKIP,
    "UPDATE job_person SET state = 'skipped', code = $1, message = $2, "
    "ended_at = $3 WHERE job = $4 AND seq = $5 AND state = 'waiting'" },
{ SQL_JOB_PERSONS_END,
    "UPDATE job_person SET state = $1, code = $2, message = $3, "
    "ended_at = $4 WHERE job = $5 AND part = $6 AND state = 'waiting'" },
{ SQL_JOB_PERSON_COUNTS,
    "SELECT state, COUNT(*) FROM job_person WHERE job = $1 GROUP BY state" },
{ SQL_JOB_PERSON_LAST,
    "SELECT COALESCE(MAX(seq), 0) FROM job_person WHERE job = $1" },
{ SQL_JOB_PERSON_AGAIN,
    "UPDATE job_person SET part = $1, state = 'waiting', finding = NULL, "
    "code = '', message = '', ended_at = NULL WHERE job = $2 AND seq = $3 "
    "AND state IN ('error', 'missing', 'skipped', 'failed')" },
{ SQL_JOB_PERSON_DROP,
    "DELETE FROM job_person WHERE job = $1" },
{ SQL_COUNT, NULL },
};
