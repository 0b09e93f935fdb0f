#ifndef HOST_API_CLIENT_JUDGE_H
#define HOST_API_CLIENT_JUDGE_H

#include "host/api/client/wire.h"

/*
 * judge: whether an answer is one.  200 or 201 with the media type that was
 * asked for is SHIKAKU_OK, a problem document is SHIKAKU_REFUSED and read
 * into the problem; a redirect or anything else is SHIKAKU_BROKEN.
 */
enum shikaku_err	judge_answer(const struct answer *, const char *type,
			    struct shikaku_problem *);

#endif
