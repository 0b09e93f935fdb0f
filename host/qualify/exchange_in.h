#ifndef HOST_QUALIFY_EXCHANGE_IN_H
#define HOST_QUALIFY_EXCHANGE_IN_H

#include "host/qualify/answer.h"

/* For exchange*.c alone: one request from its first byte to its answer. */
struct talk {
	struct answer_desk	 desk;
	struct answer_request	 rq;
	const struct exchange_post *post;	/* NULL: posted before */
	const struct exchange_ask *ask;		/* NULL: nobody waits */
	char			 stem[KIND_STEM_MAX + 1];
	struct blob		 bytes;
	int64_t			 wall;		/* when it was asked */
	int64_t			 returned;	/* first seen, monotonic; 0 */
	int64_t			 scanned;	/* last listing, monotonic */
	int			 troubled;	/* said that a look failed */
	struct result		*result;
};

#define TALK_SCAN_MS	5000	/* looks for other spellings of a name */

/* Stems of enum exchange_kind. */
extern const char *const	talk_asked[EXCHANGE_KINDS];

/* Before anything else: is it wanted at all, and known how? */
enum err	talk_allow(struct talk *, const struct exchange_conf *,
		    struct note *);
/* Writes it; ERR_OK: it is out, or may be.  talk_end in any case. */
enum err	talk_send(struct talk *, const struct exchange_conf *,
		    struct store *, struct note *);
void		talk_end(struct talk *);
void		talk_say_held(int64_t until, struct note *);
/* Once a request is out no failure ends the wait; it is said once. */
void		talk_trouble(struct talk *, enum err);

/* ERR_OK: looked everywhere; result NULL: nothing there yet. */
enum err	talk_look(struct talk *, int in_store);

#endif
