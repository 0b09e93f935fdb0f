#include <string.h>

#include "host/qualify/job_step.h"

/*
 * A first request is repeated after an answer (REFUSED) or when it was never
 * taken (WITHDRAWN), never when it is LOST; what was withdrawn may have been
 * read all the same, so its answer is looked for before.  An 02req in any case, as it only
 * asks for what the reception number stands for (oqs-files.md 2.4).
 */
static const struct job_step steps[] = {
	{ JOB_WAITING,	JOB_DUE,		JOB_ASKED,	JOB_ASK },
	{ JOB_WAITING,	JOB_HELD,		JOB_WAITING,	JOB_HOLD },
	{ JOB_WAITING,	JOB_FORBIDDEN,		JOB_FAILED,	JOB_END },
	{ JOB_WAITING,	JOB_NOBODY,		JOB_DONE,	JOB_END },
	{ JOB_WAITING,	JOB_RECEPTION,		JOB_ACCEPTED,	JOB_ACCEPT },
	{ JOB_WAITING,	JOB_ANSWER,		JOB_RECEIVED,	JOB_KEEP },
	{ JOB_WAITING,	JOB_CANCEL,		JOB_CANCELLED,	JOB_END },

	{ JOB_ASKED,	JOB_RECEPTION,		JOB_ACCEPTED,	JOB_ACCEPT },
	{ JOB_ASKED,	JOB_ANSWER,		JOB_RECEIVED,	JOB_KEEP },
	{ JOB_ASKED,	JOB_REFUSED,		JOB_WAITING,	JOB_HOLD },
	{ JOB_ASKED,	JOB_REFUSED_LAST,	JOB_FAILED,	JOB_END },
	{ JOB_ASKED,	JOB_RETURNED,		JOB_FAILED,	JOB_END },
	{ JOB_ASKED,	JOB_WITHDRAWN,		JOB_WAITING,	JOB_HOLD },
	{ JOB_ASKED,	JOB_LOST,		JOB_UNSURE,	JOB_WONDER },

	{ JOB_UNSURE,	JOB_RECEPTION,		JOB_ACCEPTED,	JOB_ACCEPT },
	{ JOB_UNSURE,	JOB_ANSWER,		JOB_RECEIVED,	JOB_KEEP },
	{ JOB_UNSURE,	JOB_REFUSED,		JOB_WAITING,	JOB_HOLD },
	{ JOB_UNSURE,	JOB_REFUSED_LAST,	JOB_FAILED,	JOB_END },
	{ JOB_UNSURE,	JOB_RETURNED,		JOB_FAILED,	JOB_END },
	{ JOB_UNSURE,	JOB_WITHDRAWN,		JOB_WAITING,	JOB_HOLD },
	{ JOB_UNSURE,	JOB_CANCEL,		JOB_CANCELLED,	JOB_END },
	{ JOB_UNSURE,	JOB_AGAIN,		JOB_WAITING,	JOB_REOPEN },

	{ JOB_ACCEPTED,	JOB_DUE,		JOB_FETCHING,	JOB_FETCH },
	{ JOB_ACCEPTED,	JOB_ANSWER,		JOB_RECEIVED,	JOB_KEEP },
	{ JOB_ACCEPTED,	JOB_HELD,		JOB_ACCEPTED,	JOB_HOLD },
	{ JOB_ACCEPTED,	JOB_FORBIDDEN,		JOB_FAILED,	JOB_END },
	{ JOB_ACCEPTED,	JOB_CANCEL,		JOB_CANCELLED,	JOB_END },

	{ JOB_FETCHING,	JOB_ANSWER,		JOB_RECEIVED,	JOB_KEEP },
	{ JOB_FETCHING,	JOB_AT_WORK,		JOB_ACCEPTED,	JOB_PAUSE },
	{ JOB_FETCHING,	JOB_REFUSED,		JOB_ACCEPTED,	JOB_HOLD },
	{ JOB_FETCHING,	JOB_REFUSED_LAST,	JOB_FAILED,	JOB_END },
	{ JOB_FETCHING,	JOB_RETURNED,		JOB_FAILED,	JOB_END },
	{ JOB_FETCHING,	JOB_WITHDRAWN,		JOB_ACCEPTED,	JOB_HOLD },
	{ JOB_FETCHING,	JOB_LOST,		JOB_ACCEPTED,	JOB_HOLD },

	{ JOB_RECEIVED,	JOB_SETTLED,		JOB_DONE,	JOB_END },

	{ JOB_FAILED,	JOB_AGAIN,		JOB_WAITING,	JOB_REOPEN },
};

#define STEPS	(sizeof(steps) / sizeof(steps[0]))

static const char *const states[JOB_STATES] = {
	[JOB_WAITING] = "waiting", [JOB_ASKED] = "asked",
	[JOB_ACCEPTED] = "accepted", [JOB_FETCHING] = "fetching",
	[JOB_RECEIVED] = "received", [JOB_UNSURE] = "unsure",
	[JOB_DONE] = "done", [JOB_FAILED] = "failed",
	[JOB_CANCELLED] = "cancelled",
};

static const char *const events[JOB_EVENTS] = {
	[JOB_NOTHING] = "nothing", [JOB_DUE] = "due",
	[JOB_HELD] = "held", [JOB_FORBIDDEN] = "forbidden",
	[JOB_NOBODY] = "nobody", [JOB_RECEPTION] = "reception",
	[JOB_ANSWER] = "answer", [JOB_AT_WORK] = "at_work",
	[JOB_REFUSED] = "refused", [JOB_REFUSED_LAST] = "refused_last",
	[JOB_RETURNED] = "returned", [JOB_WITHDRAWN] = "withdrawn",
	[JOB_LOST] = "lost", [JOB_SETTLED] = "settled",
	[JOB_CANCEL] = "cancel", [JOB_AGAIN] = "again",
};

const struct job_step *
job_step_of(enum job_state from, enum job_event event)
{
	for (size_t i = 0; i < STEPS; i++) {
		if (steps[i].from == from && steps[i].event == event)
			return (&steps[i]);
	}
	return (NULL);
}

const struct job_step *
job_step_at(size_t i)
{
	return (i < STEPS ? &steps[i] : NULL);
}

const char *
job_state_word(enum job_state s)
{
	return ((unsigned)s < JOB_STATES ? states[s] : "");
}

const char *
job_event_word(enum job_event e)
{
	return ((unsigned)e < JOB_EVENTS ? events[e] : "");
}

enum job_state
job_state_read(const char *word)
{
	int i = 0;

	while (i < JOB_STATES && strcmp(states[i], word) != 0)
		i++;
	return ((enum job_state)i);
}

int
job_state_is_end(enum job_state s)
{
	return (s == JOB_DONE || s == JOB_FAILED || s == JOB_CANCELLED);
}
