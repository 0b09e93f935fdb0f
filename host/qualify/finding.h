#ifndef HOST_QUALIFY_FINDING_H
#define HOST_QUALIFY_FINDING_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/uuid.h"
#include "host/ledger/patient.h"
#include "host/qualify/digest.h"
#include "host/store/store.h"

/*
 * A finding is one person's answer: a check, a face result, or one unit of a
 * bulk result (OQSmuquc02, mutic02, muhvq02, muonq02, muimm02).  Findings are
 * derived from the results of the store, which keep the file as it came: the
 * same result gives the same findings, once each, by (digest, unit), however
 * often it is done and wherever it is cut off.
 *
 * Texts are never NULL, "" where nothing is known; UTF-8, verbatim.
 */
struct finding {
	char		 id[UUID_LEN];
	char		 digest[DIGEST_HEX];	/* of the result */
	int64_t		 unit;		/* 0 up, in the order of the file */
	char		 source[8];	/* "check", "face", "list" */
	char		 kind[16];	/* stem, "OQSsiquc01", "OQSmuhvq02" */
	char		 job[UUID_LEN], visit[UUID_LEN];
	int64_t		 at;		/* wall ms, when the file came */
	char		 asked_on[9];	/* 資格確認日 */
	char		*identifier;	/* ArbitraryIdentifier of the question,
					 * echoed */
	char		*name, *kana;	/* of the first record with a person */
	enum sex	 sex;
	char		 birthdate[9];
	char		*insurer_number;	/* without padding */
	char		*insured_card_symbol;
	char		*insured_identification_number;
	char		*insured_branch_number;
	char		*reference_number;
	char		 validity[4];	/* OQSCD006, "1" valid; "" untold */
	/*
	 * "accepted"; "error": the terminal's own code and message;
	 * "refused": what came is not believed, code is an err_name.  An
	 * accepted one may carry a message as well: a remark, to be shown.
	 */
	char		 outcome[12];
	char		*code, *message;
	char		 chart_number[33];	/* whom it is linked to; "" */
	/*
	 * "asked"	answer to a question for this chart number, and the
	 *		person agrees; "differs" if not, or if the records name
	 *		different persons: never linked
	 * "certain"	by the ledger, where no other patient has birth date,
	 *		sex and family name in common; "chosen": by a person, or as a person
	 *		chose before
	 * "possible", "many", "none": waits for a person
	 * ""		names nobody: an error without a question
	 */
	char		 link[12];
	char		 state[12];	/* "new", "same", "imported",
					 * "set_aside" */
	/*
	 * {header{}, unit{}, records[], remainder[{path, value}], texts{},
	 * warnings[]} as in result_json: official element names, groups and
	 * lists nested under theirs.  unit: a single result's body, or what
	 * stands beside the records of a unit.  A record does not repeat it.
	 * NULL in a list unless the query wants it.  Veiled (veil.h): what is
	 * not shown without consent is in the store, and not here.
	 */
	json_t		*data;
};

void	finding_free(struct finding *);		/* contents; NULL fine */

/*
 * Derives what is missing, oldest result first, in transactions of at most
 * FINDING_BATCH rows between which others write; stops after budget_ms (0: to
 * the end), but not without one of them, and later where most of a large result
 * is done already: up to a second then.  *n how many are new.  A killed program
 * leaves whole transactions, and the next call goes on behind them.  ERR_STORE
 * ...; a result that cannot be read ends nothing, it is logged.
 */
#define FINDING_BATCH	500
enum err	finding_catch_up(struct store *, int64_t budget_ms,
		    size_t *n);
/* The same for one result; *done 0: there is more to do. */
enum err	finding_derive(struct store *, const char *digest,
		    int64_t budget_ms, size_t *n, int *done);

/* ERR_NO_SUCH; with data.  finding_free in any case. */
enum err	finding_get(struct store *, const char *id,
		    struct finding *);
/* Of a result's unit, of a visit: the newest; same errors. */
enum err	finding_of_unit(struct store *, const char *digest,
		    int64_t unit, struct finding *);
enum err	finding_of_visit(struct store *, const char *visit,
		    struct finding *);

/* NULL, "" and 0: any. */
struct finding_query {
	int64_t		 from, before;	/* from <= at < before, wall ms */
	const char	*chart_number;
	const char	*name, *kana;	/* part of it, by text_name_key and
					 * text_kana_key */
	const char	*birthdate;	/* YYYYMMDD */
	const char	*insurer_number;	/* leading zeros do not count */
	const char	*source, *validity, *outcome, *state, *link;
	const char	*job;
	size_t		 limit, offset;	/* limit 0: 100 */
	int		 data;		/* 1: with data */
};

typedef enum err finding_each(void *ctx, const struct finding *);
/* Newest first; *total (NULL ok): all that agree, without limit and offset. */
enum err	finding_list(struct store *, const struct finding_query *,
		    finding_each *, void *ctx, int64_t *total);
/*
 * The same, but nothing is shown when more than FINDING_SHOWN agree:
 * ERR_TOO_MANY_FOUND, the note says how many and how to narrow it (OQS-06).
 */
#define FINDING_SHOWN	10000
enum err	finding_search(struct store *, const struct finding_query *,
		    finding_each *, void *ctx, int64_t *total, struct note *);

/* 詳細 is there for checks, face results and consent lists, not for 一括照会
 * (OQS-07). */
int		finding_has_detail(const struct finding *);

/*
 * link: one of those above; chart_number "" unlinks.  Inside the caller's
 * transaction where there is one.  ERR_NO_SUCH; ERR_ROW for another word.
 * The caller keeps the choice and the audit row.
 */
enum err	finding_set_patient(struct store *, const char *id,
		    const char *chart_number, const char *link);
enum err	finding_set_state(struct store *, const char *id,
		    const char *state);
/*
 * A face result was bound to a visit of this patient: as if it had been asked
 * for.  What a person chose for it stays.  Inside the caller's transaction;
 * ERR_OK where no finding was derived yet.
 */
enum err	finding_bind(struct store *, const char *digest,
		    const char *chart_number);
/*
 * A patient was added or changed: the findings of this birth date that no
 * patient is linked to, and that are "none", "possible" or "many", are looked
 * at again; linked ones stay.  *n (NULL ok): how many are linked now.
 */
enum err	finding_relink(struct store *, const char *birthdate,
		    size_t *n);

#endif
