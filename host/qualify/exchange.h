#ifndef HOST_QUALIFY_EXCHANGE_H
#define HOST_QUALIFY_EXCHANGE_H

#include "base/err.h"
#include "host/ledger/patient.h"
#include "host/qualify/kind.h"
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
	int		 off;		/* 1: nothing is asked (COS-07) */
	const char	*unconfirmed;	/* kinds turned on, see kind_stem */
};

#define EXCHANGE_SETTLE_MS	300	/* as others do, oqs-files.md 1 */
#define EXCHANGE_POLL_MS	500	/* rescan every 0.5-1 s, same */

/* Folders readable, writable, deletable: probed with a file of our own. */
enum err	exchange_check(const struct exchange_conf *, struct note *);

enum exchange_kind { EXCHANGE_SIQUC, EXCHANGE_SIIMM, EXCHANGE_KINDS };

struct exchange_ask {
	enum exchange_kind	 kind;
	const char		*visit;		/* id; NULL if none */
	const struct patient	*patient;
	int			 limit_consent;	/* siquc: 限度額 flag */
	int			 at_once;	/* 1: ERR_HELD instead of
						 * waiting for a restart */
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
 * Writes one request and waits for its answer; in the hours of the terminal's
 * restart it waits for their end first, unless at_once.  cancel (NULL ok) is
 * polled and ends the wait: ERR_CANCELLED if the request was not written yet,
 * or was still in req and is withdrawn, else ERR_NO_ANSWER.  ERR_OK: an
 * accepted or refused result is in the reply and in the store.  ERR_REFUSED:
 * the request came back with .err (note: its text).  ERR_NOT_TAKEN: still in
 * req at the deadline, withdrawn.  ERR_NO_ANSWER: taken, not answered: never
 * asked again, the answer is taken in by exchange_sweep.  So is a request of
 * which folder or store do not tell at the end what became of it; the note
 * then says which.  ERR_NO_INSURANCE, ERR_CHARSET: named field, nothing was
 * written.  ERR_FOLDER, ERR_STORE ...: the request did not get out; once it
 * is out they only delay.  ERR_ASK_OFF, ERR_KIND_OFF: the settings forbid it.
 */
enum err	exchange_ask(const struct exchange_conf *, struct store *,
		    const struct exchange_ask *, int (*cancel)(void *),
		    void *ctx, struct exchange_reply *, struct note *);

/* A request whose answer somebody else waits for. */
struct exchange_post {
	const struct kind	*kind;
	/*
	 * What is asked for, as its layout has it (request.h); layout,
	 * institution_code, identifier and cp932 are set here, date as well
	 * where it is NULL: today.
	 */
	const struct request	*request;
	const char		*visit;		/* id; NULL if none */
	const char		*chart_number;	/* NULL if none, or many */
	/*
	 * Called once, when the request is in the store, state new, and its
	 * file is about to appear: who keeps the file's name somewhere keeps
	 * it now.  Anything but ERR_OK stops it, state withdrawn, and is
	 * returned.  A crash before that leaves a request without a file:
	 * nothing is out.  NULL ok.
	 */
	enum err		 (*about)(void *ctx, const char *file);
	void			*about_ctx;
};

/*
 * Writes one request and returns at once; not inside a transaction.  ERR_OK:
 * it is out, or may be, and must not be asked again: look for its answer.
 * Anything else: nothing is out, nor will be, and the same may be asked again
 * later: ERR_HELD in the hours of the terminal's restart (exchange_held says
 * until when), ERR_FOLDER when it cannot be reached; and, when something is
 * corrected, the errors of request_write, ERR_KIND_OFF, ERR_ASK_OFF.  file is
 * "" unless a request is in the store.
 */
enum err	exchange_post(const struct exchange_conf *, struct store *,
		    const struct exchange_post *, char file[128],
		    struct note *);

/* Wall ms when the hours of restart end that this moment is in, 0 if none. */
int64_t		exchange_held(const struct exchange_conf *, int64_t wall_ms);

/* What is known of a posted request. */
struct exchange_look {
	char		 state[16];	/* as in sql_request.h */
	char		 chart_number[33];
	int64_t		 asked_at;	/* wall ms */
	/* In res, whole or not, and left there, because another takes it:
	 * the answer of a KIND_UNITS or KIND_CARE, and what is no XML; "" if
	 * none. */
	char		 left[128];
	struct result	*result;	/* owned; NULL while there is none */
};

/*
 * One look for the answer of one request; no longer than the settling of its
 * file.  An answer is taken into the store and out of res, like that of
 * exchange_ask, also when it is older; result then is it, and state tells
 * answered from returned.  Without one, and past its deadline, a request that
 * is still in req is taken back: state withdrawn, it may be asked again;
 * unanswered: the terminal has it, and the same answer is looked for on.
 * ERR_NO_SUCH: no request of ours; ERR_FOLDER, ERR_STORE …: look again.
 */
enum err	exchange_look(const struct exchange_conf *, struct store *,
		    const char *file, struct exchange_look *, struct note *);
void		exchange_look_free(struct exchange_look *);
/* Taken back if the terminal has not taken it; else nothing is changed, and
 * its answer is looked for on.  state as above. */
enum err	exchange_withdraw(const struct exchange_conf *,
		    struct store *, const char *file, char state[16],
		    struct note *);

/*
 * Takes in what came late, or was left by a crash; *n how many were new.
 * Requests whose asker is gone are withdrawn past their deadline.  Answers of
 * KIND_CARE stay where they are, and those of KIND_UNITS while somebody looks
 * for them: others take them.
 */
enum err	exchange_sweep(const struct exchange_conf *, struct store *,
		    size_t *n, struct note *);

void		exchange_reply_free(struct exchange_reply *);

#endif
