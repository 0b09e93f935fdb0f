#ifndef HOST_LEDGER_PATIENT_H
#define HOST_LEDGER_PATIENT_H

#include <jansson.h>
#include <stdio.h>

#include "base/err.h"
#include "host/store/audit.h"
#include "host/store/store.h"

/* Sexes as in OQSCD007; 0 where the register has none. */
enum sex { SEX_UNKNOWN, SEX_MALE, SEX_FEMALE, SEX_UNSET };

/* All UTF-8, terminated; "" where not known.  Sizes in bytes with the 0. */
struct patient {
	char		chart_number[33];
	char		name[304];		/* 100 characters */
	char		kana[304];
	enum sex	sex;
	char		birthdate[9];		/* YYYYMMDD */
	char		insurer_number[9];	/* digits, as written */
	char		insured_card_symbol[84];	/* 20 characters + */
	char		insured_identification_number[84];
	char		insured_branch_number[3];	/* "" is not "00" */
	char		reference_number[51];	/* 照会番号 */
	char		post_number[9];		/* NNN-NNNN */
	char		address[808];		/* 200 characters */
	char		confirmed_on[9];	/* 保険証確認日, YYYYMMDD */
};

/* Personal data: wipe it when done. */
void		patient_wipe(struct patient *);

/* ERR_NO_PATIENT when there is none. */
enum err	patient_get(struct store *, const char *chart_number,
		    struct patient *);
/*
 * Inserts, or replaces every field of the same chart number; the history
 * follows the insurance columns (coverage_follow), in one transaction with
 * the caller's or of its own.
 */
enum err	patient_put(struct store *, const struct patient *);
/* The same without the history, for whoever writes that himself. */
enum err	patient_write(struct store *, const struct patient *);
/* Sets the reference number only. */
enum err	patient_set_reference(struct store *, const char *chart_number,
		    const char *reference_number);

/*
 * New, or changed by hand.  values: {column name: text}, the sex as in a CSV
 * file; columns that are not named stay as they are, a blank one is cleared.
 * Each goes by the rule of a CSV cell: ERR_ROW names field and reason in the
 * note; a check digit that does not agree is added to warnings
 * [{field, text}] (owned by the caller) and does not refuse.  Without a birth
 * date a new patient is refused (ERR_ROW).  ERR_CHART_ZERO, ERR_IN_LEDGER
 * (fresh, and there is one), ERR_NO_PATIENT (not fresh, and there is none).
 * The reference number is not saved but linked (link.h): ERR_ROW.  Audited:
 * which fields, no values.
 */
enum err	patient_save(struct store *, const char *chart_number,
		    const json_t *values, int fresh, const struct audit_who *,
		    json_t *warnings, struct note *);
/* 保険証確認日: the card was looked at on this day (DEN-24). */
enum err	patient_confirm(struct store *, const char *chart_number,
		    const char *day);
/* ERR_NO_PATIENT when nobody has this reference number. */
enum err	patient_by_reference(struct store *,
		    const char *reference_number, struct patient *);

typedef enum err patient_each(void *ctx, const struct patient *);
/* All with this birth date ("" for every patient), by chart number. */
enum err	patient_list(struct store *, const char *birthdate,
		    patient_each *, void *ctx);

/* What an import did. */
struct import_report {
	size_t	rows;		/* data rows of the file */
	size_t	added, changed, same, refused, warned;
};

/*
 * CSV (RFC 4180) with a heading row of code words or Japanese terms in any
 * order; UTF-8 with or without BOM, or CP932.  All or nothing: if one row is
 * refused nothing is imported, unless skip_refused.  Each refused or warned
 * row is a line on report: "line 12: birthdate: 19991332 is not a date".
 * A bad check digit warns and does not refuse.  Chart number 0 is refused.
 * Twice the same chart number in one file refuses both.
 *
 * A chart number that is known already is the same person unless the name
 * (the kana, where one name is missing) and also the birth date or sex
 * differ: such a row is refused, its line says which fields, no values.  The
 * chart number must be corrected, or another one used.  Otherwise fields
 * that the file has no column for stay as they are, and a blank cell of a
 * column clears its field; but a blank one never clears a reference number,
 * which visits register, and the kana of an old name do not stay beside
 * another name.
 *
 * ERR_ROW when rows were refused, ERR_CHARSET, ERR_CSV (heading, quotes),
 * ERR_SYS, ERR_TOOBIG, ERR_STORE_BUSY when the patients changed meanwhile.
 */
enum err	patient_import(struct store *, const char *file,
		    int skip_refused, FILE *report, struct import_report *,
		    struct note *);

#endif
