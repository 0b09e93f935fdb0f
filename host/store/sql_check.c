#include "host/store/sql_texts.h"

/* The day stands first in a job's data (job_part.c), "" where it has none. */
#define OF_DAY								\
	"j.category IN ('check', 'insurance') AND j.state <> 'making' "	\
	"AND (j.data LIKE $1 OR (j.created_at >= $2 "			\
	"AND j.created_at < $3 AND j.data LIKE '{\"date\":\"\"%'))"

const struct sql_text sql_check[] = {
{ SQL_CHECK_LIST,
    "SELECT job, seq, chart_number, state, finding, code, message, ended_at, "
    "category, created_at, part_state, outcome, part_message FROM ("
    "SELECT p.job, p.seq, p.chart_number, p.state, p.finding, p.code, "
    "p.message, p.ended_at, j.category, j.created_at, "
    "q.state AS part_state, q.outcome, q.message AS part_message, "
    "ROW_NUMBER() OVER (PARTITION BY p.chart_number ORDER BY "
    "CASE WHEN p.state = 'cancelled' THEN 1 ELSE 0 END, "
    "j.created_at DESC, j.id DESC, p.seq) AS place "
    "FROM job j JOIN job_person p ON p.job = j.id "
    "LEFT JOIN job_part q ON q.job = p.job AND q.part = p.part "
    "WHERE " OF_DAY ") t WHERE place = 1 "
    "ORDER BY created_at DESC, job, seq LIMIT $4 OFFSET $5" },
{ SQL_CHECK_COUNT,
    "SELECT COUNT(DISTINCT p.chart_number) FROM job j "
    "JOIN job_person p ON p.job = j.id WHERE " OF_DAY },
{ SQL_COUNT, NULL },
};
