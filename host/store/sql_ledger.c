#include "host/store/sql_texts.h"

#define PATIENT								\
	"chart_number, name, kana, sex, birthdate, insurer_number, "	\
	"insured_card_symbol, insured_identification_number, "		\
	"insured_branch_number, reference_number, updated_at"

const struct sql_text sql_ledger[] = {
{ SQL_PATIENT_GET,
    "SELECT " PATIENT " FROM patient WHERE chart_number = $1" },
{ SQL_PATIENT_PUT,
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
    "updated_at = excluded.updated_at" },
{ SQL_PATIENT_BY_BIRTHDATE,
    "SELECT " PATIENT " FROM patient WHERE birthdate = $1 "
    "ORDER BY chart_number" },
{ SQL_PATIENT_ALL,
    "SELECT " PATIENT " FROM patient ORDER BY chart_number" },
{ SQL_PATIENT_SET_REFERENCE,
    "UPDATE patient SET reference_number = $1, updated_at = $2 "
    "WHERE chart_number = $3" },
{ SQL_PATIENT_COUNT,
    "SELECT COUNT(*) FROM patient" },
{ SQL_COUNT, NULL },
};
