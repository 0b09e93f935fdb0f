#ifndef HOST_API_CLIENT_CALL_H
#define HOST_API_CLIENT_CALL_H

#include "host/api/client/handle.h"
#include "host/api/client/wire.h"

/*
 * call: a request until it is answered, within the handle's time.  Where the
 * connection broke it is sent once more: a GET changes nothing, and a POST
 * goes under the same Idempotency-Key, which is made here.
 */

/*
 * The answer is what was asked for (judge.h) in the media type; why not is
 * in the handle's problem.  answer_free in any case.
 */
enum shikaku_err	call_send(struct shikaku *, struct request *,
			    const char *type, struct answer *);

#endif
