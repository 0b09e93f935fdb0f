#ifndef HOST_LEDGER_COVERAGE_H
#define HOST_LEDGER_COVERAGE_H

#include <jansson.h>

#include "crypto/uuid.h"
#include "host/ledger/day.h"
#include "host/ledger/patient.h"

/*
 * The history of a patient's coverage (資格の履歴): rows with a span of days.
 *
 * The four insurance columns of a patient, which are what the terminal is
 * asked with, are those of the insurance coverage that is valid today; where
 * none is, of the newest, unless they were blanked since; where there is no
 * row at all, what they were.  Every function that changes one side changes
 * the other in the same transaction.  A day that passes changes it too:
 * coverage_turn.
 */
enum coverage_kind {
	COVERAGE_INSURANCE,	/* 医療保険 */
	COVERAGE_ELDERLY,	/* 高齢受給者証 */
	COVERAGE_LIMIT,		/* 限度額適用認定証 */
	COVERAGE_DISEASE,	/* 特定疾病療養受療証 */
	COVERAGE_AID,		/* 公費: 生活保護 (12) only */
	COVERAGE_KINDS
};

/* "insurance"; 医療保険証 or the English; static. */
const char	*coverage_word(enum coverage_kind);
const char	*coverage_label(enum coverage_kind, enum err_lang);
/* COVERAGE_KINDS if no kind is called so. */
enum coverage_kind coverage_kind_of(const char *word);

struct coverage {
	char			 id[UUID_LEN];
	char			 chart_number[33];
	enum coverage_kind	 kind;
	char			 valid_from[DAY_LEN];	/* "": not known */
	char			 valid_until[DAY_LEN];	/* "": open */
	char			 finding[UUID_LEN];	/* "": by hand or CSV */
	int64_t			 created_at;
	/*
	 * Values by code word, text all of them, only those that are there:
	 * insurance	insurer_number, insured_card_symbol,
	 *		insured_identification_number, insured_branch_number,
	 *		personal_family_classification, insured_name,
	 *		insurer_name, insured_card_classification, issued_on,
	 *		contribution_ratio, qualified_on, disqualified_on,
	 *		reason_of_loss, preschool_classification
	 * elderly	issued_on, contribution_ratio
	 * limit	classification, classification_flag, issued_on,
	 *		long_term_on
	 * disease	category, issued_on, self_pay
	 * aid		insurer_number (負担者番号), insurer_name,
	 *		insured_identification_number (受給者番号),
	 *		personal_family_classification, insured_name,
	 *		issued_on, qualified_on, disqualified_on, self_pay
	 */
	json_t			*fields;
};

void		coverage_free(struct coverage *);	/* what it holds */
/* A value, "" where there is none; valid while fields is. */
const char	*coverage_field(const struct coverage *, const char *word);
/* Sets one; "" takes it away.  ERR_NOMEM. */
enum err	coverage_set(struct coverage *, const char *word,
		    const char *value);
/* A copy with fields of its own. */
enum err	coverage_copy(struct coverage *, const struct coverage *from);
/* 1 if both say the same of the same person by normalised values: insurer,
 * symbol, number; of an aid the two numbers; of others the kind itself. */
int		coverage_is_same(const struct coverage *,
		    const struct coverage *);
/* 1 if that day lies in its span. */
int		coverage_holds(const struct coverage *, const char *day);
/* {id, kind, valid_from, valid_until (null: open), finding (null), fields}. */
json_t		*coverage_json(const struct coverage *);

/* A patient's rows, newest span first, kind by kind; a copy of the caller's. */
struct coverages {
	struct coverage	*row;
	size_t		 n;
};

enum err	coverage_list(struct store *, const char *chart_number,
		    struct coverages *);
void		coverages_free(struct coverages *);
/*
 * Of a list, the row of a kind for a day: valid then; else the newest that
 * began by then; else the one that begins first.  NULL if there is none.
 */
const struct coverage *coverages_at(const struct coverages *,
		    enum coverage_kind, const char *day);
/*
 * The last day of a row that begins on `from`: its own, but before a later one
 * of its kind begins (of diseases: of its own line), which an old finding does
 * not know; "" open.  The row itself, by its id, does not count.
 */
void		coverages_end(const struct coverages *,
		    const struct coverage *, const char *from,
		    char out[DAY_LEN]);
/* The same from the store, a copy; found 0 when there is none. */
enum err	coverage_at(struct store *, const char *chart_number,
		    enum coverage_kind, const char *day, struct coverage *,
		    int *found);

/* Writes one row, new or in its place.  An empty id is made. */
enum err	coverage_put(struct store *, struct coverage *);
/* Takes a row out of the history; it stays in the store with its time. */
enum err	coverage_drop(struct store *, const char *id);
/* And back. */
enum err	coverage_undrop(struct store *, const char *id);

/*
 * The row for what the patient's columns say, where the history has none yet:
 * for stores of before there was a history, and for CSV.
 */
enum err	coverage_adopt(struct store *, const struct patient *);
/* The patient's columns by the history; nothing where it has no insurance, and
 * nothing where they were blanked and no insurance is valid today. */
enum err	coverage_settle(struct store *, const char *chart_number,
		    const char *today);
/* Blank ones too: he was given an insurance just now. */
enum err	coverage_fill(struct store *, const char *chart_number,
		    const char *today);
/*
 * The other way: the columns were written by hand or CSV.  Another insurer or
 * number, or an insurance where there was none, closes the row of today on the
 * day before and begins a new one today, as nobody said when, up to a row that
 * is yet to come; anything less corrects it.  What began today is replaced,
 * with the end and the finding of the card that it was.  No insurance any more:
 * the row of today ends yesterday.  was: as he was before, NULL if new.
 */
enum err	coverage_follow(struct store *, const struct patient *was,
		    const struct patient *, const char *today);
/* Settles every patient with an insurance that began within the last year;
 * *n of them (NULL ok).  For whoever sees the day change. */
enum err	coverage_turn(struct store *, const char *today, size_t *n);

#endif
