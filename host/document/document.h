#ifndef HOST_DOCUMENT_DOCUMENT_H
#define HOST_DOCUMENT_DOCUMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "crypto/uuid.h"
#include "host/qualify/exchange.h"
#include "host/store/audit.h"
#include "host/store/store.h"

/*
 * Drug information (薬剤情報, YZK) and specific health check-ups (特定健診,
 * TKK) of a patient, as PDF or XML: asked for only while the consent that the
 * official system reported allows it, sealed before they reach our disk,
 * deleted when their hours are over.  Built to public knowledge
 * (oqs-files.md 2.5, 4), checked against our fake terminal.
 */
enum document_kind { DOCUMENT_CHECKUP, DOCUMENT_DRUG };
enum document_form { DOCUMENT_PDF, DOCUMENT_XML };

/* "checkup", "drug"; "pdf", "xml": as in store, API and commands. */
const char	*document_kind_word(enum document_kind);
const char	*document_form_word(enum document_form);
/* 1 if the word is one of them. */
int		document_kind_of(const char *, enum document_kind *);
int		document_form_of(const char *, enum document_form *);

#define DOCUMENT_AUDIT "document:"	/* + id: a subject of the audit */

struct document_conf {
	const struct exchange_conf	*exchange;
	const char			*key;	/* [documents] key */
	int				 keep_hours;
	const char			*store;	/* file of the store */
};

/*
 * How far a patient's drug or check-up information has come.  None of them
 * says that there is none: what was not asked for, or not delivered, is not
 * "no drugs" (features.md BAT-13).
 */
enum document_state {
	DOCUMENT_NONE_ASKED,	/* or the terminal never took the request; the
				 * standing's text says so */
	DOCUMENT_ASKED,		/* no answer yet */
	DOCUMENT_NOT_CONSENTED,	/* we did not ask: no consent is known */
	DOCUMENT_ENDED,		/* we did not ask: the consent has ended */
	DOCUMENT_DELIVERED,
	DOCUMENT_REFUSED	/* by the terminal, in its words; or nobody
				 * can read its answer, and it is in res */
};

/* "none_asked", "asked", "not_consented", "ended", "delivered", "refused". */
const char	*document_state_word(enum document_state);
/* The same for people. */
const char	*document_state_text(enum document_state, enum err_lang);

/* --- asking --- */

#define DOCUMENT_MONTHS 12	/* asked for without a range; ours */

struct document_ask {
	enum document_kind	 kind;
	enum document_form	 form;
	const char		*chart_number;
	/* 診療年月 YYYYMM, of drug only; "" or NULL: the last DOCUMENT_MONTHS
	 * with the present one. */
	const char		*from, *to;
	int			 treatments;	/* drug: with 診療情報 */
	const struct audit_who	*who;
	/* Of a part of a job (job.h): when it began, 0: of none; again 1:
	 * what was asked before that is lost, and asked anew. */
	int64_t			 since;
	int			 again;
};

struct document_asked {
	enum document_state	 state;	/* ASKED or DELIVERED; of
						 * document_may NONE_ASKED */
	char			 id[UUID_LEN];	/* of the asking */
	char			 document[UUID_LEN];	/* DELIVERED: shown
						 * instead of asking again */
	char			 file[128];	/* ASKED: the request */
};

/*
 * Writes the request and returns at once; the answer comes to document_take.
 * XML is not asked for again within 6 hours (drug) or on the same day
 * (check-up) as long as an earlier document covers it: that one is DELIVERED.
 * What is still without an answer is not asked for twice within that time
 * either.  What came since a job's part began is DELIVERED to it, PDF too.
 *
 * ERR_NO_PATIENT; ERR_NO_CONSENT, ERR_CONSENT_ENDED: nothing was written,
 * the standing says so; ERR_RANGE: months that are none, swapped or to come;
 * ERR_NO_INSURANCE …, ERR_HELD, ERR_FOLDER as of exchange.h; ERR_VAULT_KEY:
 * an answer could not be kept, so nothing is asked.
 */
enum err	document_ask(const struct document_conf *, struct store *,
		    const struct document_ask *, struct document_asked *,
		    struct note *);

/*
 * The same without a look at the share, and nothing is asked: *out is
 * DOCUMENT_NONE_ASKED where document_ask would write a request, else as it
 * has it.  Errors as there, but for those of exchange.h.  For who may not
 * wait for a folder: he leaves the asking to a job (hook.h).
 */
enum err	document_may(const struct document_conf *, struct store *,
		    const struct document_ask *, struct document_asked *,
		    struct note *);

/* --- taking in --- */

/*
 * What takes a KIND_CARE answer out of res (host/qualify/exchange.h); ctx of
 * the hook.  Both pointers stay the caller's.
 */
struct document_desk {
	const struct document_conf	*conf;
	struct store			*store;
};

/*
 * The hook of KIND_CARE: bytes is the whole settled file of res with this
 * name.  ERR_OK: it is sealed and durable, or a refusal is noted, or it was
 * known already; the file may be removed, unless take.h says that it stays.
 * Not inside a transaction.  Keeps
 * nothing of the bytes in clear, and puts them in no result row.
 * ERR_FOREIGN: not an answer to an asking of ours: leave it; ERR_HALF: not
 * whole yet; ERR_VAULT_KEY, ERR_STORE …: later.
 */
enum err	document_take(void *desk, const char *name, const void *bytes,
		    size_t len);

/*
 * Looks for the answers to what is open, takes them in and out of res; notes
 * requests that came back or were never taken.  *n how many have an end now.
 * An error is the first one; the others were looked for all the same.
 */
enum err	document_sweep(const struct document_conf *, struct store *,
		    size_t *n, struct note *);

/* The same for one request.  ERR_NO_SUCH: no asking of ours has this file. */
enum err	document_look(const struct document_conf *, struct store *,
		    const char *file, struct note *);

/* --- looking --- */

struct document {
	char			id[UUID_LEN], chart_number[33];
	enum document_kind	kind;
	enum document_form	form;
	char			file[128];	/* as received: BAT-12 */
	char			from[7], to[7];	/* months; "" of a check-up */
	int			treatments;
	int64_t			received_at, expires_at;
	int64_t			bytes;		/* of the plain document */
};

typedef enum err document_each(void *ctx, const struct document *);
/* Those that may still be opened, newest first; chart NULL: of everybody. */
enum err	document_list(struct store *, const char *chart_number,
		    document_each *, void *ctx);

struct document_standing {
	enum document_kind	kind;
	enum document_state	state;
	int64_t			at;		/* asked, or answered; 0 none */
	char			document[UUID_LEN];	/* while it is kept */
	char			text[512];	/* why, "" if there is nothing
						 * to say */
};

/* Of one kind, by the newest asking. */
enum err	document_standing(struct store *, const char *chart_number,
		    enum document_kind, struct document_standing *);

/*
 * Byte for byte as it came; out is wiped by the caller.  The caller has seen
 * to the role (medical only); who opened it is in the audit before it
 * returns.  ERR_NO_SUCH: never was, or its hours are over; ERR_VAULT_…
 */
enum err	document_open(const struct document_conf *, struct store *,
		    const char *id, const struct audit_who *,
		    struct document *, struct blob *out, struct note *);

/* Deletes what is past its hours, and what the log of the database holds of
 * it, at a later call if that is in use just now; *n how many. */
enum err	document_prune(struct store *, size_t *n);

#endif
