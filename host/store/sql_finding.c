#include "host/store/sql_texts.h"

/* A face result is bound to its visit after it was derived from. */
#define FINDING								\
	"f.id, f.digest, f.unit, f.source, f.kind, f.job, "		\
	"COALESCE(f.visit, (SELECT r.visit FROM result r "		\
	"WHERE r.digest = f.digest)), f.at, f.asked_on, f.identifier, "	\
	"f.name, f.kana, f.sex, f.birthdate, f.insurer_number, "	\
	"f.insured_card_symbol, f.insured_identification_number, "	\
	"f.insured_branch_number, f.reference_number, f.validity, "	\
	"f.outcome, f.code, f.message, f.chart_number, f.link, f.state, " \
	"f.data"

/* Each of Q; the one that a statement is led by stands again behind, where an
 * index finds it. */
#define AGREES								\
	"f.at >= $1 AND f.at < $2 "					\
	"AND ($3 = '' OR f.chart_number = $3) "				\
	"AND ($4 = '' OR f.name_key LIKE $4 ESCAPE '!') "		\
	"AND ($5 = '' OR f.kana_key LIKE $5 ESCAPE '!') "		\
	"AND ($6 = '' OR f.birthdate = $6) "				\
	"AND ($7 = '' OR LTRIM(f.insurer_number, '0') = LTRIM($7, '0')) " \
	"AND ($8 = '' OR f.source = $8) AND ($9 = '' OR f.validity = $9) " \
	"AND ($10 = '' OR f.outcome = $10) AND ($11 = '' OR f.state = $11) " \
	"AND ($12 = '' OR f.link = $12) AND ($13 = '' OR f.job = $13)"

#define LIST(first)							\
	"SELECT " FINDING " FROM finding f WHERE " AGREES first		\
	" ORDER BY f.at DESC, f.digest, f.unit LIMIT $14 OFFSET $15"
#define COUNT(first)							\
	"SELECT COUNT(*) FROM finding f WHERE " AGREES first

#define GRANT								\
	"c.finding, f.chart_number, c.item, c.care, c.flag, c.at, "	\
	"c.until, c.reason, c.said_at, f.name"

/* Nothing newer was said of it. */
#define NEWEST								\
	"f.chart_number IS NOT NULL AND NOT EXISTS (SELECT 1 "		\
	"FROM finding g JOIN finding_consent d ON d.finding = g.id "	\
	"WHERE g.chart_number = f.chart_number AND d.item = c.item "	\
	"AND d.care = c.care AND (d.said_at > c.said_at OR "		\
	"(d.said_at = c.said_at AND (g.at > f.at OR (g.at = f.at "	\
	"AND g.id > f.id)))))"

#define FROM_CONSENT "FROM finding_consent c JOIN finding f ON f.id = c.finding "

#define WANTED								\
	NEWEST " AND c.flag IN ('1', '2') "				\
	"AND ($1 = '' OR f.chart_number = $1) "				\
	"AND ($2 = '' OR c.item = $2) AND ($3 = '' OR c.care = $3) "	\
	"AND ($4 = '' OR (c.until <> '' AND c.until < $4)) "		\
	"AND ($5 = 0 OR ($5 = 1 AND (c.flag = '2' "			\
	"OR (c.until <> '' AND c.until <= $6))) "			\
	"OR ($5 = -1 AND c.flag = '1' "					\
	"AND (c.until = '' OR c.until > $6)))"

#define GRANT_LIST(first)						\
	"SELECT " GRANT " " FROM_CONSENT "WHERE " WANTED first		\
	" ORDER BY CASE WHEN c.until = '' THEN 1 ELSE 0 END, c.until, "	\
	"f.chart_number, c.item, c.care LIMIT $7 OFFSET $8"
#define GRANT_COUNT(first)						\
	"SELECT COUNT(*) " FROM_CONSENT "WHERE " WANTED first
#define ENDING " AND c.until > $6 AND c.until < $4"

/* Nobody is linked, and no person said so. */
#define LOOSE								\
	"chart_number IS NULL AND link IN ('none', 'possible', 'many')"

const struct sql_text sql_finding[] = {
/* Not a list that came twice, because it was asked for twice: one answer of a
 * part is the part's. */
{ SQL_RESULT_UNDONE,
    "SELECT digest FROM result WHERE (findings IS NULL OR findings < 0) "
    "AND NOT EXISTS (SELECT 1 FROM job_request q JOIN job_part p "
    "ON p.job = q.job AND p.part = q.part "
    "WHERE q.file = result.request_file "
    "AND p.reception_number IS NOT NULL AND p.result <> result.digest) "
    "ORDER BY received_at, digest LIMIT $1" },
{ SQL_RESULT_SOURCE,
    "SELECT r.file, r.received_at, r.face, r.packed, r.findings, "
    "COALESCE(r.visit, q.visit), COALESCE(q.chart_number, "
    "(SELECT v.chart_number FROM visit v WHERE v.id = r.visit)), "
    "(SELECT j.job "
    "FROM job_request j WHERE j.file = r.request_file), "
    /* Of what is done nobody needs the bytes, which may be many. */
    "CASE WHEN r.findings IS NULL OR r.findings < 0 THEN r.raw END "
    "FROM result r LEFT JOIN request q ON q.file = r.request_file "
    "WHERE r.digest = $1" },
{ SQL_RESULT_FOUND,
    "UPDATE result SET findings = $1 WHERE digest = $2" },
{ SQL_RESULT_RECEPTION,
    "SELECT p.reception_number FROM job_request q JOIN job_part p "
    "ON p.job = q.job AND p.part = q.part WHERE q.file = $1" },
{ SQL_FINDING_ADD,
    "INSERT INTO finding (id, digest, unit, source, kind, job, visit, at, "
    "asked_on, identifier, name, kana, sex, birthdate, insurer_number, "
    "insured_card_symbol, insured_identification_number, "
    "insured_branch_number, reference_number, validity, outcome, code, "
    "message, chart_number, link, data, name_key, kana_key, state) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "
    "$15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, "
    "'new') ON CONFLICT (digest, unit) DO NOTHING" },
{ SQL_FINDING_LAST,
    "SELECT COALESCE(MAX(unit) + 1, 0) FROM finding WHERE digest = $1" },
{ SQL_FINDING_GET,
    "SELECT " FINDING " FROM finding f WHERE f.id = $1" },
{ SQL_FINDING_UNIT,
    "SELECT " FINDING " FROM finding f WHERE f.digest = $1 AND f.unit = $2" },
{ SQL_FINDING_VISIT,
    "SELECT " FINDING " FROM finding f WHERE f.visit = $1 OR f.digest IN "
    "(SELECT digest FROM result WHERE visit = $1) "
    "ORDER BY f.at DESC, f.digest LIMIT 1" },
{ SQL_FINDING_LINK,
    "UPDATE finding SET chart_number = $1, link = $2 WHERE id = $3" },
{ SQL_FINDING_RELINK,
    "UPDATE finding SET chart_number = $1, link = $2 WHERE id = $3 "
    "AND " LOOSE },
{ SQL_FINDING_STATE,
    "UPDATE finding SET state = $1 WHERE id = $2" },
{ SQL_FINDING_LOOSE,
    "SELECT id, name, kana, sex, insurer_number, "
    "insured_identification_number, insured_branch_number "
    "FROM finding WHERE birthdate = $1 "
    "AND " LOOSE },
{ SQL_FINDINGS, LIST("") },
{ SQL_FINDINGS_CHART, LIST(" AND f.chart_number = $3") },
{ SQL_FINDINGS_BIRTHDATE, LIST(" AND f.birthdate = $6") },
{ SQL_FINDINGS_JOB, LIST(" AND f.job = $13") },
{ SQL_FINDINGS_COUNT, COUNT("") },
{ SQL_FINDINGS_CHART_COUNT, COUNT(" AND f.chart_number = $3") },
{ SQL_FINDINGS_BIRTHDATE_COUNT, COUNT(" AND f.birthdate = $6") },
{ SQL_FINDINGS_JOB_COUNT, COUNT(" AND f.job = $13") },
{ SQL_CONSENT_ADD,
    "INSERT INTO finding_consent (finding, item, care, flag, at, until, "
    "reason, said_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (finding, item) DO NOTHING" },
{ SQL_GRANTS, GRANT_LIST("") },
{ SQL_GRANTS_CHART, GRANT_LIST(" AND f.chart_number = $1") },
{ SQL_GRANTS_ENDING, GRANT_LIST(ENDING) },
{ SQL_GRANTS_COUNT, GRANT_COUNT("") },
{ SQL_GRANTS_CHART_COUNT, GRANT_COUNT(" AND f.chart_number = $1") },
{ SQL_GRANTS_ENDING_COUNT, GRANT_COUNT(ENDING) },
{ SQL_GRANT_OF,
    "SELECT " GRANT " " FROM_CONSENT "WHERE f.chart_number = $1 "
    "AND c.item = $2 AND " NEWEST " ORDER BY c.until DESC, c.care" },
{ SQL_COUNT, NULL },
};
