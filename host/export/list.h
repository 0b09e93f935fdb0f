#ifndef HOST_EXPORT_LIST_H
#define HOST_EXPORT_LIST_H

#include "host/export/sheet.h"
#include "host/import/import.h"
#include "host/qualify/finding.h"
#include "host/store/store.h"

/*
 * What goes into a table (sheet.h), row by row; personal.  Headings are a row
 * of their own: heading 0 leaves it out, for a piece that goes on behind
 * another.
 */

/*
 * Findings, newest first, with the columns of the ORCA tool's list (BAT-08)
 * and behind them those of its details: an item that is consented to is ●,
 * one whose consent ended 期限切れ; 同意有効期限 is the first end of those
 * consented to.  *total (NULL ok) as finding_list.
 */
enum err	list_findings(struct store *, const struct finding_query *,
		    int heading, struct sheet *, int64_t *total);

/* A job's persons that need somebody: error, missing, failed, skipped. */
enum err	list_errors(struct store *, const char *job, struct sheet *);

/* All patients, as patient_import takes them. */
enum err	list_patients(struct store *, struct sheet *);

/* Imports, newest first, all that meet the query. */
enum err	list_imports(struct store *, const struct import_query *,
		    struct sheet *);

/* "S35. 6. 2", as the tool shows birth dates; what is no date as it is. */
#define LIST_DATE	24
void		list_date(const char *yyyymmdd, char out[LIST_DATE]);

#endif
