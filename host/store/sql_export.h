#ifndef HOST_STORE_SQL_EXPORT_H
#define HOST_STORE_SQL_EXPORT_H

/*
 * export: finding, target ('orca'), nth (1 up), file, stage (the name beside
 * it until it is shown), state ('staged', 'placed'), at, client, staff
 *
 * EXPORT_NEWEST	finding, target -> nth, file, at
 * EXPORT_ADD		the nine columns; ERR_ROW when this nth is there
 * EXPORT_STAGED	target -> finding, nth, file, stage
 * EXPORT_PLACED	finding, target, nth
 * EXPORT_OF_JOB	job, target -> int: its findings that were handed over
 *
 * fhir_patient: the id of a patient in FHIR
 *
 * FHIR_ID_ADD		id, chart_number; nothing when it has one
 * FHIR_ID_GET		chart_number -> id
 * FHIR_CHART_GET	id -> chart_number
 * FHIR_COVERAGE_CHART	id of a coverage that is in the history -> chart_number
 */
#define SQL_EXPORT(X)							\
	X(EXPORT_NEWEST, 2)						\
	X(EXPORT_ADD, 9)						\
	X(EXPORT_STAGED, 1)						\
	X(EXPORT_PLACED, 3)						\
	X(EXPORT_OF_JOB, 2)						\
	X(FHIR_ID_ADD, 2)						\
	X(FHIR_ID_GET, 1)						\
	X(FHIR_CHART_GET, 1)						\
	X(FHIR_COVERAGE_CHART, 1)

#endif
