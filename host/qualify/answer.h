#ifndef HOST_QUALIFY_ANSWER_H
#define HOST_QUALIFY_ANSWER_H

#include "host/qualify/digest.h"
#include "host/qualify/exchange.h"
#include "host/qualify/folder.h"
#include "host/qualify/kind.h"

/*
 * Takes a file of res in: is it the answer to this request, and is it whole?
 * Then into the store, and only then out of res.
 */

/* One reading of a name of res; the next one must agree with it. */
struct answer_seen {
	char	name[KIND_NAME_MAX + 1], digest[DIGEST_HEX];
};

struct answer_desk {
	const struct exchange_conf	*conf;
	struct store			*store;
	struct folder			*req, *res;
	const struct answer_seen	*seen;	/* by name; others are read */
	size_t				 nseen;	/* twice, settle_ms apart */
};

/* ERR_FOLDER; to be closed in any case. */
enum err	answer_open(const struct exchange_conf *, struct store *,
		    struct answer_desk *, struct note *);
void		answer_close(struct answer_desk *);
/* Both folders anew, where that succeeds: a share may have come back. */
void		answer_reopen(struct answer_desk *);

/* One request of ours, as the store knows it. */
struct answer_request {
	char	file[128], identifier[51], chart_number[33], state[16];
	int64_t	created_at;	/* wall ms */
	int	left;		/* its answer is no use and stays in res */
	int	foreign;	/* already said that a foreign file is there */
	/* The file that was last read in vain: not parsed again unchanged. */
	struct folder_stamp stamp;
	int64_t	looked;		/* when, monotonic */
	char	digest[DIGEST_HEX];
};

/* 1: answers of this kind are left in res, because others take them. */
int		answer_is_left(const struct kind *);

/* "OQSsiquc01res_….xml" and the like for a request; marker: "res", "req". */
void	answer_name(const char *request_file, const char *marker,
	    const char *ext, char *out, size_t room);

/*
 * Reads one name once; digest "" when there is nothing to take, because it is
 * not there, or because the store has it.
 */
enum err	answer_peek(struct answer_desk *, struct answer_request *,
		    const char *name, char digest[DIGEST_HEX]);

/*
 * Looks at one name of res.  *out NULL and ERR_OK: nothing to take yet.
 * Otherwise the result is in the store; the file is gone unless it must
 * stay.  *fresh (NULL ok): 0 when the store had it already.  ERR_STORE …,
 * ERR_FOLDER.
 */
enum err	answer_take(struct answer_desk *, struct answer_request *,
		    const char *name, struct result **out, int *fresh);

/* Same for a request that came back with its .err; err_due: 1 when the text
 * is not waited for any longer. */
enum err	answer_take_returned(struct answer_desk *,
		    struct answer_request *, const char *name, int err_due,
		    struct result **out, int *fresh);

/* 1 when nobody saw it come and it is old enough to be without a text. */
int		answer_err_is_due(struct answer_desk *, const char *name);
int		answer_err_wait(const struct answer_desk *);	/* ms */

/* Same for a .err that came after its request was taken without one. */
enum err	answer_take_text(struct answer_desk *, struct answer_request *,
		    const char *name, struct result **out, int *fresh);

/* Of an accepted, refused or waiting (SegmentOfResult 2) result. */
enum err	answer_set(struct store *, const char *file,
		    const char *state, const struct result *);
/* People are told that what is no use is left where it is (err.h). */
int		answer_stays(const struct result *);
/* Out of res, unless results are kept. */
void		answer_remove(struct answer_desk *, const char *name);

/* The stored answer to a request, NULL when there is none. */
enum err	answer_stored(struct answer_desk *,
		    const struct answer_request *, struct result **out);

/* *found 0 when the store has no such request. */
enum err	answer_request(struct answer_desk *, const char *file,
		    struct answer_request *, int *found);
/*
 * Of a request that is new or written; else what another process said of it
 * stays.  now (NULL ok) is the state after that.
 */
enum err	answer_move(struct answer_desk *, const char *file,
		    const char *state, char now[16]);
/* Nobody waits for it any longer: gone 1, it was taken back; 0, the terminal
 * has it and an answer may still come. */
enum err	answer_give_up(struct answer_desk *, const char *file,
		    int gone, char now[16]);
/* The same, once it is taken out of req if it is still there. */
enum err	answer_take_back(struct answer_desk *, const char *file,
		    char now[16]);

#endif
