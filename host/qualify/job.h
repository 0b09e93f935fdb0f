#ifndef HOST_QUALIFY_JOB_H
#define HOST_QUALIFY_JOB_H

#include <jansson.h>

#include "base/err.h"
#include "crypto/uuid.h"
#include "host/qualify/exchange.h"
#include "host/store/audit.h"
#include "host/store/store.h"

/*
 * A job (照会依頼) is something asked of the terminal without a visit: a
 * consent list, a bulk check, a registration of reference numbers, checks of
 * single patients, documents.  It is cut into parts, each one chain of
 * requests:
 *
 *	bulk	01req, 01res (reception number), 02req, 02res; while the
 *		terminal is at work (SegmentOfResult 2) a new 02req with the
 *		same number
 *	single	one request and its answer, of one person
 *
 * Everything is in the store before it can be seen outside: a part's new
 * state and the row of its request in one transaction, then the file.  A
 * program that is killed anywhere leaves a job that the next one goes on with;
 * several may turn the same jobs at once.  A first request (01req, single)
 * whose fate is not known is not asked again by anybody but a person: its
 * answer is looked for, and the part is "unsure" meanwhile.  An 02req may be
 * repeated, and is.
 *
 * States of a part (job_step.h has the table):
 *
 *	waiting		nothing is out; asked at next_at
 *	asked		the first request is out
 *	accepted	there is a reception number; 02req at next_at
 *	fetching	an 02req is out
 *	received	the answer is in the store; persons and findings not yet
 *	unsure		the first request was taken and not answered in time
 *	done, failed, cancelled		at an end
 *
 * A part that waits with a code is held: refused by the terminal, an outage,
 * the terminal's restart; it is tried again at next_at, after growing pauses,
 * and has failed when the terminal has refused for the last time.  An outage
 * ends nothing.  An answer that only we cannot read is no refusal: the terminal
 * may have accepted, and the part has failed at once, for a person.
 *
 * States of a person of a job: waiting, then exactly one of
 *
 *	answered	finding is set where there is one
 *	error		the terminal's code and message, or ours
 *	missing		the answer does not speak of this person
 *	skipped		not asked, the code says why (chart number 0 ...)
 *	failed		the part's request failed
 *	cancelled
 *
 * In consent lists the persons are those of the answer.
 *
 * State of a job: making (job_start is at it; nothing is asked), open, held (a
 * part is), unsure (a part is, and no other moves), cancelling, then done
 * (some or all answered), failed, cancelled.
 */
#define JOB_BULK_MAX	500	/* a guess: no limit is known (oqs-files.md 6) */
#define JOB_POLL_MS	10000	/* as others poll, oqs-files.md 4 */
#define JOB_PAUSE_MS	30000	/* ours; doubled up to JOB_PAUSE_MAX_MS */
#define JOB_PAUSE_MAX_MS (10 * 60 * 1000)
#define JOB_TRIES	10	/* that the terminal refuses, about an hour; ours */
#define JOB_TRIES_ERROR	2	/* that end in an error of the one person; ours */

struct job_conf {
	const struct exchange_conf	*exchange;
	int				 bulk_max;	/* persons of one
							 * request; 0: above */
	int				 poll_ms;	/* before an 02req; 0:
							 * JOB_POLL_MS */
	int				 pause_ms;	/* before the second
							 * try, doubled; 0:
							 * JOB_PAUSE_MS */
	const struct job_hook		*hooks;	/* category NULL ends; NULL: no
						 * documents */
};

/* Strings are borrowed for the call; words are those of range.h. */
struct job_ask {
	const char		*category;	/* "home", "check" ... */
	const char		*axis, *from, *to; /* all NULL: the category's
						 * default, range_default */
	const char		*date;		/* insurance, check: asked for
						 * (資格確認日); NULL: today */
	const char *const	*charts;	/* NULL and 0 in lists */
	size_t			 n;
	int			 limit_consent;	/* check: 限度額 flag */
	const char		*client;	/* NULL: the command line */
	const char		*staff;		/* NULL: not said */
	const json_t		*data;		/* for the hook; NULL: nothing */
};

/*
 * What is odd about asking for this, and perhaps right all the same: lists of
 * nursing by a code that is no nursing station's (COS-04).  Static; NULL:
 * nothing.
 */
const char	*job_warning(const struct job_conf *, const char *category,
		    enum err_lang);

/*
 * Durable when it returns, and asked at the next turn.  ERR_RANGE, ERR_ROW:
 * the note says what is wrong: an unknown category, a range that is none, a
 * list with charts, others without.  A chart number that cannot be asked for
 * (0, none of ours, twice) is a person that is skipped with the reason.  A
 * long list is written in steps of below 200 ms, so that others can write; a
 * job that was not finished is forgotten.
 */
enum err	job_start(struct store *, const struct job_conf *,
		    const struct job_ask *, char id[UUID_LEN], struct note *);

/*
 * Moves every open job on by what is possible now, without waiting for
 * anything but a folder.  What came in is exchange_sweep's.  *next_ms: how
 * long nothing is to be done unless an answer or a new job comes, at most
 * JOB_IDLE_MS; *moved (NULL ok): how many parts did.  An error is the first
 * one; other parts were moved all the same.
 */
#define JOB_IDLE_MS	1000
enum err	job_turn(const struct job_conf *, struct store *,
		    int *next_ms, size_t *moved);
/* The same for one job, once: for who has just started or changed it. */
enum err	job_turn_one(const struct job_conf *, struct store *,
		    const char *id);

/*
 * Nothing more is asked; what the terminal has not taken is taken back, what
 * it has is taken in when it comes.  Who wanted it is in the audit
 * ("job_cancel"), in the same transaction.  ERR_NO_SUCH;
 * ERR_NOT_NOW when it is at an end.
 */
#define JOB_AUDIT "job:"	/* + id: a subject of the audit */
enum err	job_cancel(struct store *, const char *id,
		    const struct audit_who *);

/*
 * Asks again what ended without an answer: parts that failed, persons in
 * state error, missing, failed or skipped, in new parts; those answered are
 * not asked.
 * unsure 1: parts that are unsure as well, because a person has seen that the
 * terminal has nothing of them; it may then be asked twice.  *n how many parts
 * are open again.  ERR_NO_SUCH; ERR_NOT_NOW when there is nothing to retry, or
 * only what is unsure; lists are asked anew as they were.  Who wanted it is in
 * the audit ("job_retry"), in the transaction that opens the job again.
 */
struct job_again {
	int	part, seq;	/* one of them alone; 0: all */
	int	unsure;
	const struct audit_who *who;
};
enum err	job_retry(struct store *, const struct job_conf *,
		    const char *id, const struct job_again *, size_t *n,
		    struct note *);

/*
 * For people, new references.  No names: chart numbers are in persons alone.
 *
 * job: {id, category, label{ja,en}, axis, from, to, date, client, staff,
 *   created_at, ended_at|null, state, text{ja,en}, code, message,
 *   reception_number|null (the terminal's, of the first part),
 *   progress{done, total|null, seconds|null (estimate)},
 *   persons{total, answered, error, missing, skipped, failed, cancelled},
 *   findings{total, imported}, parts: how many}
 * and of job_get, parts is a list: {part, kind, state, code, message,
 *   reception_number|null, reception_at|null, downloads, tries, next_at|null,
 *   total|null, errors|null, updated_at, request_file|null}
 * person: {seq, part, chart_number, state, finding|null, code, message};
 *   finding is the document's id where one was asked for
 */
enum err	job_get(struct store *, const char *id, json_t **);

struct job_query {
	/* NULL: any; "open": held and unsure as well. */
	const char	*state, *category;
	int64_t		 limit, offset;		/* limit 0: 100 */
};
/* Newest first; *total without limit and offset. */
enum err	job_list(struct store *, const struct job_query *,
		    json_t **list, int64_t *total);

struct job_persons {
	const char	*state;		/* NULL: any; "problem": error, missing,
					 * failed and skipped */
	int64_t		 limit, offset;	/* limit 0: 100 */
};
/* ERR_NO_SUCH when there is no such job. */
enum err	job_persons(struct store *, const char *id,
		    const struct job_persons *, json_t **list,
		    int64_t *total);

/* How many are not at an end: 0 means that there is nothing to turn. */
enum err	job_open_count(struct store *, int64_t *n);

/*
 * Documents (checkup, drug): who asks for them and seals their answers sits
 * above this room and hands these in.
 */
struct job_post {
	const char	*job, *chart_number, *from, *to, *client, *staff;
	const json_t	*data;			/* of job_ask; NULL: nothing */
	int64_t		 since;			/* wall ms: when the part, or
						 * its last retry, began */
	int		 again;			/* 1: a person says that what
						 * was asked before is lost */
};

/* The end of one person. */
struct job_end {
	const char	*state;		/* "answered", "error"; static; NULL:
					 * not at an end */
	char		 id[UUID_LEN];	/* of the document; "" */
	char		 code[64], message[512];
};

struct job_hook {
	const char	*category;
	void		*ctx;
	/*
	 * Asks for one person and returns at once.  ERR_OK: file is that of
	 * the request, or the end is known without one.  The part's row
	 * follows the request: after a crash between them the same is called
	 * again, and must not ask the terminal twice.  Errors as of
	 * exchange_post; others end the person.
	 */
	enum err	(*ask)(void *ctx, struct store *,
			    const struct job_post *, char file[128],
			    struct job_end *, struct note *);
	/* What the answer was, if there is one. */
	enum err	(*look)(void *ctx, struct store *,
			    const char *request_file, struct job_end *);
};

#endif
