#include "host/store/sql_texts.h"

#define HOUR(column) "(" column " + 32400000) / 3600000"
#define UP_TO(ms) "WHEN answered_at - created_at <= " ms " THEN " ms " "

const struct sql_text sql_figure[] = {
{ SQL_FIGURE_FINDINGS,
    "SELECT " HOUR("at") " AS hour, outcome, validity, code, COUNT(*) "
    "FROM finding WHERE source IN ('check', 'face') AND at >= $1 "
    "AND at < $2 GROUP BY hour, outcome, validity, code "
    "ORDER BY hour, outcome, validity, code" },
{ SQL_FIGURE_REQUESTS,
    "SELECT " HOUR("created_at") " AS hour, state, "
    "CASE WHEN answered_at IS NULL THEN 0 " UP_TO("500") UP_TO("1000")
    UP_TO("2000") UP_TO("3000") UP_TO("5000") UP_TO("10000") UP_TO("30000")
    UP_TO("60000") "ELSE -1 END AS up_to, COUNT(*) FROM request "
    "WHERE kind = 'OQSsiquc01' AND created_at >= $1 AND created_at < $2 "
    "GROUP BY hour, state, up_to ORDER BY hour, state, up_to" },
{ SQL_FIGURE_CONSENTS,
    "SELECT SUBSTR(c.until, 1, 8) AS day, COUNT(*) FROM finding_consent c "
    "JOIN finding f ON f.id = c.finding WHERE c.until >= $1 "
    "AND c.until < $2 AND c.flag = '1' AND f.chart_number IS NOT NULL "
    "AND NOT EXISTS (SELECT 1 FROM finding g JOIN finding_consent d "
    "ON d.finding = g.id WHERE g.chart_number = f.chart_number "
    "AND d.item = c.item AND d.care = c.care "
    "AND (d.said_at > c.said_at OR (d.said_at = c.said_at AND (g.at > f.at "
    "OR (g.at = f.at AND g.id > f.id))))) "
    "GROUP BY day ORDER BY day" },
{ SQL_COUNT, NULL },
};
