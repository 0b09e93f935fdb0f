#ifndef HOST_QUALIFY_JOB_STEP_H
#define HOST_QUALIFY_JOB_STEP_H

#include <stddef.h>

/*
 * How a part of a job moves (features.md A.5): what is not a row of the table
 * cannot happen.  The words are those of job.h and of the store.
 */
enum job_state {
	JOB_WAITING, JOB_ASKED, JOB_ACCEPTED, JOB_FETCHING, JOB_RECEIVED,
	JOB_UNSURE, JOB_DONE, JOB_FAILED, JOB_CANCELLED, JOB_STATES
};

enum job_event {
	JOB_NOTHING,		/* nothing happened */
	JOB_DUE,		/* its time has come */
	JOB_HELD,		/* it could not be put out now */
	JOB_FORBIDDEN,		/* it may not be asked, or cannot be written */
	JOB_NOBODY,		/* none of its persons can be asked for */
	JOB_RECEPTION,		/* 01res: a reception number */
	JOB_ANSWER,		/* the answer is in the store */
	JOB_AT_WORK,		/* 02res: ask later, SegmentOfResult 2 */
	JOB_REFUSED,		/* by the terminal's own words */
	JOB_REFUSED_LAST,	/* the same, and it was tried often enough; or
				 * an answer that we cannot read */
	JOB_RETURNED,		/* the request came back with .err */
	JOB_WITHDRAWN,		/* never taken, and taken back */
	JOB_LOST,		/* taken, not answered in time */
	JOB_SETTLED,		/* every person has an end */
	JOB_CANCEL,		/* the job is cancelled */
	JOB_AGAIN,		/* a person asks for another try */
	JOB_EVENTS
};

enum job_action {
	JOB_ASK,	/* put the first request out */
	JOB_FETCH,	/* put an 02req out */
	JOB_ACCEPT,	/* keep the reception number */
	JOB_PAUSE,	/* the next 02req is due later */
	JOB_HOLD,	/* say why, try again later */
	JOB_KEEP,	/* keep which answer it was */
	JOB_WONDER,	/* say that nobody knows */
	JOB_END,	/* the same end for all who have none */
	JOB_REOPEN,	/* as new, at once */
	JOB_ACTIONS
};

struct job_step {
	enum job_state	from;
	enum job_event	event;
	enum job_state	to;
	enum job_action	action;
};

/* NULL: this cannot happen in that state. */
const struct job_step	*job_step_of(enum job_state, enum job_event);
/* Rows from 0, NULL behind the last. */
const struct job_step	*job_step_at(size_t);

const char	*job_state_word(enum job_state);	/* static */
const char	*job_event_word(enum job_event);
/* JOB_STATES for a word that is none. */
enum job_state	 job_state_read(const char *);
int		 job_state_is_end(enum job_state);

#endif
