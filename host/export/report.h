#ifndef HOST_EXPORT_REPORT_H
#define HOST_EXPORT_REPORT_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "host/export/paper.h"
#include "host/store/store.h"

/*
 * What the manuals print after an import and after a check, on A4 sheets
 * with PAGE n/m; personal.
 */

/*
 * ■オンライン資格確認_資格取込結果 (COS-18): content is a batch or one report
 * of host/import, {rows [report]} or a report itself.
 */
enum err	report_import(const json_t *content, int64_t at,
		    struct paper **);

/*
 * 全印刷 after a check of patients, in the order of the findings: rows of
 * {chart_number, name, validity, data} as a finding has them.
 *
 *	report_check	■資格情報の照会結果 (COS-32)
 *	report_limit	■高額上限額履歴の資格確認結果 (COS-33): those with a
 *			limit certificate; shown only, to be typed in
 */
enum err	report_check(const json_t *rows, int64_t at, struct paper **);
enum err	report_limit(const json_t *rows, int64_t at, struct paper **);

/*
 * Saves it in a folder as オンライン資格確認_資格情報取込結果_YYYYMMDDhhmmss.txt
 * (COS-19), whole or not at all, not readable by all; of one second the
 * next ones end in _2, _3 ...  name: how it is called.  ERR_CONF without a
 * folder, ERR_FOLDER.
 */
#define REPORT_NAME	128
enum err	report_save(const char *folder, struct paper *, int64_t at,
		    char name[REPORT_NAME], struct note *);
/* The same of a batch of imports, as the manual's program does after each.
 * ERR_NO_SUCH. */
enum err	report_keep(struct store *, const char *folder,
		    const char *batch, int64_t at, char name[REPORT_NAME],
		    struct note *);

#endif
