#ifndef HOST_QUALIFY_ANSWER_H
#define HOST_QUALIFY_ANSWER_H

#include "host/qualify/exchange.h"
#include "host/qualify/folder.h"

/*
 * Takes a file of res in: is it the answer to this request, and is it whole?
 * Then into the store, and only then out of res.
 */
struct answer_desk {
	const struct exchange_conf	*conf;
	struct store			*store;
	struct folder			*req, *res;
};

/* ERR_FOLDER; to be closed in any case. */
enum err	answer_open(const struct exchange_conf *, struct store *,
		    struct answer_desk *, struct note *);
void		answer_close(struct answer_desk *);

/* One request of ours, as the store knows it. */
struct answer_request {
	char	file[128], identifier[51], chart_number[33], state[16];
	int	foreign;	/* already said that a foreign file is there */
};

/* "OQSsiquc01res_….xml" and the like for a request; marker: "res", "req". */
void	answer_name(const char *request_file, const char *marker,
	    const char *ext, char *out, size_t room);

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

/* The stored answer to a request, NULL when there is none. */
enum err	answer_stored(struct answer_desk *,
		    const struct answer_request *, struct result **out);

/* *found 0 when the store has no such request. */
enum err	answer_request(struct answer_desk *, const char *file,
		    struct answer_request *, int *found);
enum err	answer_set_state(struct answer_desk *, const char *file,
		    const char *state);
/* Of a request that nobody waits for any longer: gone 1, it was taken back;
 * 0, the terminal has it and an answer may still come. */
enum err	answer_give_up(struct answer_desk *, const char *file,
		    int gone);

#endif
