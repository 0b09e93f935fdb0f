#ifndef HOST_STORE_SQL_LEDGER_H
#define HOST_STORE_SQL_LEDGER_H

/*
 * patient: P = chart_number, name, kana, sex (int), birthdate,
 * insurer_number, insured_card_symbol, insured_identification_number,
 * insured_branch_number, reference_number, updated_at
 *
 * PATIENT_GET		chart_number -> P
 * PATIENT_PUT		P (inserts, or replaces all but chart_number)
 * PATIENT_BY_BIRTHDATE	birthdate -> P, by chart_number
 * PATIENT_ALL		-> P, by chart_number
 * PATIENT_SET_REFERENCE reference_number, updated_at, chart_number
 * PATIENT_COUNT	-> int
 */
#define SQL_LEDGER(X)							\
	X(PATIENT_GET, 1)						\
	X(PATIENT_PUT, 11)						\
	X(PATIENT_BY_BIRTHDATE, 1)					\
	X(PATIENT_ALL, 0)						\
	X(PATIENT_SET_REFERENCE, 3)					\
	X(PATIENT_COUNT, 0)

#endif
