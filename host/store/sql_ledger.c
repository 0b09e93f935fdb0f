#include "host/store/sql_texts.h"

#define PATIENT								\
	"chart_number, name, kana, sex, birthdate, insurer_number, "	\
	"insured_card_symbol, insured_identification_number, "		\
	"insured_branch_number, reference_number, post_number, "	\
	"address, confirmed_on, updated_at"
#define COVERAGE							\
	"id, chart_number, kind, valid_from, valid_until, fields, "	\
	"finding, created_at"
#define IMPORT								\
	"id, batch, at, chart_number, finding, action, client, staff, "	\
	"reviewed_at, reviewed_by, undone_at, undone_by, undone_why"
#define IMPORT_MEANT							\
	" FROM import WHERE ($1 = '' OR chart_number = $1) "		\
	"AND ($2 = '' OR finding = $2) AND ($3 = '' OR batch = $3) "	\
	"AND ($4 = 0 OR (reviewed_at IS NULL AND undone_at IS NULL)) "	\
	"AND at >= $5 AND at < $6"

#define LATER								\
	"(f.asked_on > $2 OR (f.asked_on IN ($2, '') AND f.at > $3))"

const struct sql_text sql_ledger[] = {
{ SQL_PATIENT_GET,
    "SELECT " PATIENT " FROM patient WHERE chart_number = $1" },
{ SQL_PATIENT_PUT,
    "INSERT INTO patient (" PATIENT ") "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) "
    "ON CONFLICT (chart_number) DO UPDATE SET name = excluded.name, "
    "kana = excluded.kana, sex = excluded.sex, "
    "birthdate = excluded.birthdate, "
    "insurer_number = excluded.insurer_number, "
    "insured_card_symbol = excluded.insured_card_symbol, "
    "insured_identification_number = excluded.insured_identification_number, "
    "insured_branch_number = excluded.insured_branch_number, "
    "reference_number = excluded.reference_number, "
    "post_number = excluded.post_number, address = excluded.address, "
    "confirmed_on = excluded.confirmed_on, "
    "updated_at = excluded.updated_at" },
{ SQL_PATIENT_BY_BIRTHDATE,
    "SELECT " PATIENT " FROM patient WHERE birthdate = $1 "
    "ORDER BY chart_number" },
{ SQL_PATIENT_BY_REFERENCE,
    "SELECT " PATIENT " FROM patient WHERE reference_number = $1 "
    "ORDER BY chart_number" },
{ SQL_PATIENT_ALL,
    "SELECT " PATIENT " FROM patient ORDER BY chart_number" },
{ SQL_PATIENT_SET_REFERENCE,
    "UPDATE patient SET reference_number = $1, updated_at = $2 "
    "WHERE chart_number = $3" },
{ SQL_PATIENT_COUNT,
    "SELECT COUNT(*) FROM patient" },
{ SQL_PATIENT_USES,
    "SELECT (SELECT COUNT(*) FROM visit WHERE chart_number = $1) + "
    "(SELECT COUNT(*) FROM request WHERE chart_number = $1) + "
    "(SELECT COUNT(*) FROM document WHERE chart_number = $1) + "
    "(SELECT COUNT(*) FROM job_person WHERE chart_number = $1)" },
{ SQL_PATIENT_DROP,
    "DELETE FROM patient WHERE chart_number = $1" },
{ SQL_PATIENT_DROP_ID,
    "DELETE FROM fhir_patient WHERE chart_number = $1" },
{ SQL_PATIENT_DROP_ASKS,
    "DELETE FROM document_ask WHERE chart_number = $1" },
{ SQL_PATIENT_UNFIND,
    "UPDATE finding SET chart_number = NULL, link = $1 "
    "WHERE chart_number = $2" },
{ SQL_PATIENT_UNSAME,
    "UPDATE finding SET state = 'new' WHERE chart_number = $1 "
    "AND state = 'same'" },
{ SQL_COVERAGE_PUT,
    "INSERT INTO coverage (" COVERAGE ") "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (id) DO UPDATE SET valid_from = excluded.valid_from, "
    "valid_until = excluded.valid_until, fields = excluded.fields, "
    "finding = excluded.finding" },
{ SQL_COVERAGE_LIST,
    "SELECT " COVERAGE " FROM coverage WHERE chart_number = $1 "
    "AND dropped_at IS NULL "
    "ORDER BY kind, valid_from DESC, created_at DESC, id" },
{ SQL_COVERAGE_GET,
    "SELECT " COVERAGE ", dropped_at FROM coverage WHERE id = $1" },
{ SQL_COVERAGE_DROP,
    "UPDATE coverage SET dropped_at = $1 WHERE id = $2" },
{ SQL_COVERAGE_FORGET,
    "DELETE FROM coverage WHERE chart_number = $1 "
    "AND dropped_at IS NOT NULL" },
{ SQL_COVERAGE_TURN,
    "SELECT DISTINCT chart_number FROM coverage WHERE kind = 'insurance' "
    "AND dropped_at IS NULL AND valid_from > $1 AND valid_from <= $2 "
    "ORDER BY chart_number" },
{ SQL_CHOICE_PUT,
    "INSERT INTO choice (print, chart_number, at, client, staff, reason) "
    "VALUES ($1, $2, $3, $4, $5, $6) "
    "ON CONFLICT (print) DO UPDATE SET "
    "chart_number = excluded.chart_number, at = excluded.at, "
    "client = excluded.client, staff = excluded.staff, "
    "reason = excluded.reason" },
{ SQL_CHOICE_GET,
    "SELECT chart_number, at, client, staff, reason FROM choice "
    "WHERE print = $1" },
{ SQL_CHOICE_DROP,
    "DELETE FROM choice WHERE chart_number = $1" },
{ SQL_CHOICE_FORGET,
    "DELETE FROM choice WHERE print = $1" },
{ SQL_IMPORT_ADD,
    "INSERT INTO import (id, batch, at, chart_number, finding, action, "
    "client, staff, report, before, after) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)" },
{ SQL_IMPORT_GET,
    "SELECT " IMPORT ", report, before, after FROM import WHERE id = $1" },
{ SQL_IMPORT_LIST,
    "SELECT " IMPORT IMPORT_MEANT " ORDER BY at DESC, id LIMIT $7 OFFSET $8" },
{ SQL_IMPORT_TOTAL,
    "SELECT COUNT(*)" IMPORT_MEANT },
{ SQL_IMPORT_BATCH,
    "SELECT report, reviewed_at, undone_at FROM import WHERE batch = $1 "
    "ORDER BY at, id" },
{ SQL_IMPORT_REVIEW,
    "UPDATE import SET reviewed_at = $1, reviewed_by = $2 WHERE id = $3 "
    "AND reviewed_at IS NULL AND undone_at IS NULL" },
{ SQL_IMPORT_UNDO,
    "UPDATE import SET undone_at = $1, undone_by = $2, undone_why = $3 "
    "WHERE id = $4 AND undone_at IS NULL" },
{ SQL_IMPORT_STANDS,
    "SELECT chart_number, id, action FROM import WHERE finding = $1 "
    "AND undone_at IS NULL ORDER BY at DESC, id" },
{ SQL_IMPORT_LATER,
    "SELECT (SELECT COUNT(*) FROM finding f WHERE f.chart_number = $1 "
    "AND f.state = 'same' AND " LATER ") + (SELECT COUNT(*) FROM import i "
    "JOIN finding f ON f.id = i.finding WHERE i.chart_number = $1 "
    "AND i.undone_at IS NULL AND i.action IN ('renew', 'new', 'overwrite') "
    "AND " LATER ")" },
{ SQL_IMPORT_STAMPS,
    "SELECT (SELECT COALESCE(MAX(created_at), 0) FROM request), "
    "(SELECT COALESCE(MAX(at), 0) FROM import)" },
{ SQL_COUNT, NULL },
};
