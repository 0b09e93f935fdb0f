#ifndef HOST_QUALIFY_EXCHANGE_H
#define HOST_QUALIFY_EXCHANGE_H

#include "base/err.h"
#include "host/ledger/patient.h"
#include "host/qualify/result.h"
#include "host/store/store.h"

/*
 * Asks the official terminal and takes in what it answers.  A request is in
 * the store before its file exists; its answer is in the store, whole, before
 * the file is removed from res.  Built to public knowledge, checked against
 * our fake terminal.
 */
struct exchange_conf {
	const char	*req, *res;		/* folders */
	const char	*institution_code; /* 10 digits */
	int		 cp932;		/* requests: 1 Shift_JIS, 0 UTF-8 */
	int		 answer_ms;	/* give up after; others: 300000 */
	int		 keep_results;	/* 1: never remove from res */
	/* Minutes of the day in JST when the terminal restarts: the deadline
	 * is moved past them; equal: none. */
	int		 restart_from, restart_to;
	int		 settle_ms;	/* between two equal reads; 0 default */
	int		 poll_ms;	/* longest pause; 0 default */
	int		 err_wait_ms;	/* for the .err of a .xml; 0 default */
	int		 no_watch;	/* 1: polling alone, as on a share */
	/*
	 * A half-width letter; 0 is 'S'.  Names are YYYYMMDD, this, and four
	 * digits, because what another product has in flight cannot be seen:
	 * products known to us use digits only, and the length is not fixed
	 * (oqs-files.md 1.1).
	 */
	char		 serial_prefix;
};

#define EXCHANGE_SETTLE_MS	300	/* as others do, oqs-files.md 1 */
#define EXCHANGE_POLL_MS	500	/* rescan every 0.5-1 s, same */

/* Folders readable, writable, deletable: probed with a file of our own. */
enum err	exchange_check(const struct exchange_conf *, struct note *);

enum exchange_kind { EXCHANGE_SIQUC, EXCHANGE_SIIMM };

struct exchange_ask {
	enum exchange_kind	 kind;
	const char		*visit;		/* id; NULL if none */
	const struct patient	*patient;
	int			 limit_consent;	/* siquc: 限度額 flag */
	/* Called once, when the request is in the store and its file is about
	 * to appear; anything but ERR_OK stops it.  NULL ok. */
	enum err		 (*about)(void *ctx);
	void			*about_ctx;
};

/* What became of it; file and identifier are set as soon as they exist. */
struct exchange_reply {
	char		 file[128];	/* "OQSsiquc01req_20261120S0001.xml" */
	char		 identifier[51];
	struct result	*result;	/* owned; NULL if none */
};

/*
 * Writes one request and waits for its answer; cancel (NULL ok) is polled and
 * ends the wait: ERR_CANCELLED if the request was
 * still in req and is withdrawn, else ERR_NO_ANSWER.  ERR_OK: an accepted or refused result is
 * in the reply and in the store.  ERR_REFUSED: the request came back with
 * .err (note: its text).  ERR_NOT_TAKEN: still in req at the deadline,
 * withdrawn.  ERR_NO_ANSWER: taken, not answered: never asked again, the
 * answer is taken in by exchange_sweep.  So is a request of which folder or
 * store do not tell at the end what became of it; the note then says which.
 * ERR_NO_INSURANCE, ERR_CHARSET: named field, nothing was written.
 * ERR_FOLDER, ERR_STORE ...: the request did not get out; once it is out they
 * only delay.
 */
enum err	exchange_ask(const struct exchange_conf *, struct store *,
		    const struct exchange_ask *, int (*cancel)(void *),
		    void *ctx, struct exchange_reply *, struct note *);

/*
 * Takes in what came late, or was left by a crash; *n how many were new.
 * Requests whose asker is gone are withdrawn past their deadline.
 */
enum err	exchange_sweep(const struct exchange_conf *, struct store *,
		    size_t *n, struct note *);

void		exchange_reply_free(struct exchange_reply *);

#endif
