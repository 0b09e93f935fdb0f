#include <string.h>

#include "host/api/client/judge.h"
#include "host/api/client/problem.h"
#include "host/api/client/read.h"

static enum shikaku_err
refusal(const struct answer *a, struct shikaku_problem *why)
{
	const char *wrong;

	if (strcmp(a->type, "application/problem+json") != 0)
		return (problem_set(why, SHIKAKU_BROKEN,
		    "status %ld without a problem document", a->status));
	if ((wrong = read_problem(a->data, a->len, why)) != NULL)
		return (problem_set(why, SHIKAKU_BROKEN,
		    "status %ld, problem document: %s", a->status, wrong));
	why->status = (int)a->status;
	return (SHIKAKU_REFUSED);
}

enum shikaku_err
judge_answer(const struct answer *a, const char *type,
    struct shikaku_problem *why)
{
	if (a->status >= 400 && a->status <= 599)
		return (refusal(a, why));
	if (a->status >= 300 && a->status <= 399)
		return (problem_set(why, SHIKAKU_BROKEN,
		    "a redirect (status %ld), which is not followed",
		    a->status));
	if (a->status != 200 && a->status != 201)
		return (problem_set(why, SHIKAKU_BROKEN, "status %ld",
		    a->status));
	if (strcmp(a->type, type) != 0)
		return (problem_set(why, SHIKAKU_BROKEN,
		    "the answer is not %s", type));
	return (SHIKAKU_OK);
}
