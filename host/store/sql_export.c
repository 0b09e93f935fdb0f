#include "host/store/sql_texts.h"

const struct sql_text sql_export[] = {
{ SQL_EXPORT_NEWEST,
    "SELECT nth, file, at FROM export WHERE finding = $1 AND target = $2 "
    "ORDER BY nth DESC LIMIT 1" },
{ SQL_EXPORT_ADD,
    "INSERT INTO export (finding, target, nth, file, stage, state, at, "
    "client, staff) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)" },
{ SQL_EXPORT_STAGED,
    "SELECT finding, nth, file, stage FROM export WHERE target = $1 "
    "AND state = 'staged' ORDER BY at, finding" },
{ SQL_EXPORT_PLACED,
    "UPDATE export SET state = 'placed' WHERE finding = $1 "
    "AND target = $2 AND nth = $3" },
{ SQL_EXPORT_OF_JOB,
    "SELECT COUNT(DISTINCT export.finding) FROM export "
    "JOIN finding ON finding.id = export.finding "
    "WHERE finding.job = $1 AND export.target = $2" },
{ SQL_FHIR_ID_ADD,
    "INSERT INTO fhir_patient (id, chart_number) VALUES ($1, $2) "
    "ON CONFLICT (chart_number) DO NOTHING" },
{ SQL_FHIR_ID_GET,
    "SELECT id FROM fhir_patient WHERE chart_number = $1" },
{ SQL_FHIR_CHART_GET,
    "SELECT chart_number FROM fhir_patient WHERE id = $1" },
{ SQL_FHIR_COVERAGE_CHART,
    "SELECT chart_number FROM coverage WHERE id = $1 "
    "AND dropped_at IS NULL" },
{ SQL_COUNT, NULL },
};
