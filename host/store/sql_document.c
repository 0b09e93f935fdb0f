#include "host/store/sql_texts.h"

#define DOCUMENT							\
	"id, chart_number, kind, form, file, range_from, range_to, "	\
	"treatments, received_at, expires_at, bytes"
#define ASK								\
	"a.id, a.chart_number, a.kind, a.form, a.range_from, a.range_to, " \
	"a.treatments, a.file, a.state, a.asked_at, a.moved_at, "	\
	"a.document, a.text, a.code"

const struct sql_text sql_document[] = {
{ SQL_DOCUMENT_ADD,
    "INSERT INTO document (id, chart_number, kind, form, file, digest, "
    "range_from, range_to, treatments, received_at, expires_at, bytes, "
    "sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
    "ON CONFLICT (digest) DO NOTHING" },
{ SQL_DOCUMENT_KNOWN,
    "SELECT COUNT(*) FROM document WHERE digest = $1" },
{ SQL_DOCUMENT_COUNT,
    "SELECT COUNT(*) FROM document" },
{ SQL_DOCUMENT_GET,
    "SELECT " DOCUMENT ", sealed FROM document "
    "WHERE id = $1 AND expires_at > $2" },
{ SQL_DOCUMENT_LIST,
    "SELECT " DOCUMENT " FROM document WHERE "
    "(CAST($1 AS TEXT) IS NULL OR chart_number = $1) AND expires_at > $2 "
    "ORDER BY received_at DESC, id" },
{ SQL_DOCUMENT_RECENT,
    "SELECT " DOCUMENT " FROM document WHERE chart_number = $1 AND "
    "kind = $2 AND form = $3 AND received_at >= $4 AND range_from <= $5 AND "
    "range_to >= $6 AND treatments >= $7 AND expires_at > $8 "
    "ORDER BY received_at DESC, id" },
{ SQL_DOCUMENT_PRUNE,
    "DELETE FROM document WHERE expires_at <= $1" },
{ SQL_DOCUMENT_ASK_ADD,
    "INSERT INTO document_ask (id, chart_number, kind, form, range_from, "
    "range_to, treatments, file, state, asked_at, moved_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)" },
{ SQL_DOCUMENT_ASK_END,
    "UPDATE document_ask SET state = $1, moved_at = $2, document = $3, "
    "text = $4, code = $5 WHERE id = $6 AND (state = 'open' OR "
    "code = 'NOT_TAKEN')" },
{ SQL_DOCUMENT_ASK_DROP,
    "DELETE FROM document_ask WHERE id = $1 AND state = 'open'" },
{ SQL_DOCUMENT_ASK_BY_FILE,
    "SELECT " ASK " FROM document_ask a WHERE a.file = $1" },
{ SQL_DOCUMENT_ASK_SENT,
    "SELECT COUNT(*) FROM document_ask WHERE file IS NOT NULL" },
{ SQL_DOCUMENT_ASK_OPEN,
    "SELECT " ASK " FROM document_ask a WHERE a.state = 'open' "
    "AND a.file IS NOT NULL ORDER BY a.asked_at, a.id" },
{ SQL_DOCUMENT_ASK_NEWEST,
    "SELECT " ASK ", r.state, r.message, d.id FROM document_ask a "
    "LEFT JOIN request r ON r.file = a.file "
    "LEFT JOIN document d ON d.id = a.document "
    "WHERE a.chart_number = $1 AND a.kind = $2 "
    "ORDER BY a.asked_at DESC, a.id LIMIT 1" },
/* What was withdrawn or came back may be asked for again. */
{ SQL_DOCUMENT_ASK_TWICE,
    "SELECT " ASK " FROM document_ask a JOIN request r ON r.file = a.file "
    "WHERE a.chart_number = $1 AND a.kind = $2 AND a.form = $3 AND "
    "a.range_from <= $4 AND a.range_to >= $5 AND a.treatments >= $6 AND "
    "a.asked_at >= $7 AND a.state = 'open' AND "
    "r.state IN ('new', 'written', 'unanswered') "
    "ORDER BY a.asked_at DESC, a.id" },
{ SQL_COUNT, NULL },
};
