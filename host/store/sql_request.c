#include "host/store/sql_texts.h"

#define REQUEST								\
	"file, identifier, kind, visit, chart_number, state, created_at, " \
	"answered_at, outcome, message"
#define RESULT "digest, file, request_file, received_at, raw"

const struct sql_text sql_request[] = {
{ SQL_SERIAL_NEXT,
    "INSERT INTO serial (day, last) VALUES ($1, 1) "
    "ON CONFLICT (day) DO UPDATE SET last = serial.last + 1 RETURNING last" },
{ SQL_REQUEST_ADD,
    "INSERT INTO request (file, identifier, kind, visit, chart_number, "
    "state, created_at) VALUES ($1, $2, $3, $4, $5, 'new', $6)" },
{ SQL_REQUEST_STATE,
    "UPDATE request SET state = $1, answered_at = $2, outcome = $3, "
    "message = $4 WHERE file = $5" },
{ SQL_REQUEST_MOVE,
    "UPDATE request SET state = $1 "
    "WHERE file = $2 AND state IN ('new', 'written')" },
{ SQL_REQUEST_OPEN_LIST,
    "SELECT file, identifier, kind, visit, chart_number, state, created_at "
    "FROM request WHERE state IN ('new', 'written', 'unanswered') "
    "ORDER BY created_at, file" },
{ SQL_REQUEST_BY_FILE,
    "SELECT " REQUEST " FROM request WHERE file = $1" },
{ SQL_REQUEST_COUNT,
    "SELECT COUNT(*) FROM request" },
{ SQL_REQUEST_LIST,
    "SELECT " REQUEST " FROM request ORDER BY created_at DESC, file DESC "
    "LIMIT $1" },
{ SQL_REQUEST_COUNTS,
    "SELECT kind, state, outcome, COUNT(*) FROM request "
    "GROUP BY kind, state, outcome ORDER BY kind, state, outcome" },
{ SQL_RESULT_ADD,
    "INSERT INTO result (" RESULT ") VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (digest) DO NOTHING" },
{ SQL_RESULT_PACK_ADD,
    "INSERT INTO result (" RESULT ", packed) VALUES ($1, $2, $3, $4, $5, 1) "
    "ON CONFLICT (digest) DO NOTHING" },
{ SQL_RESULT_HAS_DIGEST,
    "SELECT 1 FROM result WHERE digest = $1" },
{ SQL_RESULT_HAS_FILE,
    "SELECT 1 FROM result WHERE file = $1 LIMIT 1" },
{ SQL_RESULT_BY_DIGEST,
    "SELECT " RESULT ", packed FROM result WHERE digest = $1" },
{ SQL_RESULT_BY_FILE,
    "SELECT " RESULT ", packed FROM result WHERE file = $1 "
    "ORDER BY received_at DESC, digest" },
{ SQL_RESULT_FACE_ADD,
    "INSERT INTO result (digest, file, received_at, raw, face) "
    "VALUES ($1, $2, $3, $4, 1) ON CONFLICT (digest) DO NOTHING" },
{ SQL_RESULT_BIND,
    "UPDATE result SET visit = $1 WHERE digest = $2 AND visit IS NULL "
    "AND face = 1" },
{ SQL_RESULT_FACE,
    "SELECT " RESULT " FROM result WHERE digest = $1 AND face = 1 "
    "AND visit IS NULL" },
{ SQL_RESULT_UNBOUND,
    "SELECT " RESULT " FROM result WHERE face = 1 AND visit IS NULL "
    "AND received_at >= $1 ORDER BY received_at DESC, digest" },
{ SQL_RESULT_OF_VISIT,
    "SELECT " RESULT " FROM result WHERE visit = $1 OR request_file IN "
    "(SELECT file FROM request WHERE visit = $1 AND kind = 'OQSsiquc01') "
    "ORDER BY received_at DESC, digest" },
{ SQL_COUNT, NULL },
};
