#ifndef HOST_QUALIFY_JOB_IN_H
#define HOST_QUALIFY_JOB_IN_H

#include "host/qualify/digest.h"
#include "host/qualify/job.h"
#include "host/qualify/job_step.h"
#include "host/qualify/range.h"

/*
 * What the files of job share.  A step of a part is one transaction: its new
 * row, the ends of its persons, the end of the job and the event that tells of
 * it; it counts only if nobody else made one since the row was read (rev).
 */
#define JOB_OUT_MAX	4	/* parts of a job with the terminal; ours */
#define JOB_CHUNK	250	/* rows of one transaction: below 200 ms */
#define JOB_NUMBER	128	/* a reception number: S2 has 100 */
#define JOB_CODE	64

struct job_row {
	char		 id[UUID_LEN];
	char		 word[24];		/* of the category */
	enum category	 category;		/* CATEGORY_COUNT: unknown */
	char		 axis[16], from[9], to[9];
	char		 client[64], staff[128];
	int64_t		 created_at, ended_at;	/* 0: not ended */
	char		 state[16];
	/* Of data. */
	char		 date[9];		/* "": today */
	int		 limit_consent;
	json_t		*data;			/* for the hook; NULL */
};

struct job_part {
	char		 job[UUID_LEN];
	int		 part;
	char		 kind[16];		/* stem of what is asked first */
	enum job_state	 state;
	char		 request_file[128];	/* "" none */
	char		 reception_number[JOB_NUMBER];
	char		 reception_at[18];
	int		 downloads, tries;
	int64_t		 next_at;
	char		 result[DIGEST_HEX];
	int64_t		 total, errors;		/* -1: not known */
	char		 code[JOB_CODE];	/* "": nothing to say */
	struct note	 message;
	int64_t		 asked_at;		/* 0 */
	int64_t		 settled;		/* units that were */
	int64_t		 rev;
	int		 refusals;		/* of tries: by the terminal */
	int64_t		 opened_at;		/* 0: never asked for anew */
	/* Not of the row: the end of the only person of a part, which the
	 * next step writes as well; state NULL: none. */
	struct job_end	 end;
};

/* ERR_NO_SUCH; job_row_free in any case. */
enum err	job_row_get(struct store *, const char *id, struct job_row *);
/* From the columns of J. */
enum err	job_row_read(const struct val *, size_t n, struct job_row *);
void		job_row_free(struct job_row *);
/* Its data column. */
json_t		*job_row_data(const struct job_row *);

/* A new one, waiting. */
enum err	job_part_add(struct store *, const struct job_row *, int part);
enum err	job_part_get(struct store *, const char *job, int part,
		    struct job_part *);
/* *mine 0: another made a step since. */
enum err	job_part_put(struct store *, struct job_part *, int *mine);

/*
 * One step; the part holds what the new row is to say and is in the new state
 * when *moved is 1.  Not inside a transaction.  ERR_OK and *moved 0: the table
 * has no such row, or another was first.
 */
enum err	job_move(struct store *, const struct job_row *,
		    struct job_part *, enum job_event, int *moved);
/* In the caller's transaction: ends the job when no part moves any more. */
enum err	job_end_if_done(struct store *, const char *id,
		    const char *state);
/* Tells the clients; part 0: of the job. */
enum err	job_tell(struct store *, const char *id, const char *state,
		    int part, const char *part_state);

/* Numbers of parts or persons, collected. */
struct job_numbers {
	int64_t		*v;
	size_t		 n, room;
};
enum err	job_numbers_row(void *, const struct val *, size_t n);

/* Puts the next request of a part out: the first one, or an 02req. */
enum err	job_ask(const struct job_conf *, struct store *,
		    const struct job_row *, struct job_part *, int *moved);
enum err	job_fetch(const struct job_conf *, struct store *,
		    const struct job_row *, struct job_part *, int *moved);
/* When it is tried again, and why; code ERR_HELD: next_at is set already. */
void		job_hold(const struct job_conf *, struct job_part *,
		    enum err code, const char *message);

/* Looks for the answer of a part that is out, and moves it. */
enum err	job_look(const struct job_conf *, struct store *,
		    const struct job_row *, struct job_part *, int *moved);
/* A part that was received: the next stretch of its persons. */
enum err	job_settle(struct store *,
		    const struct job_row *, struct job_part *, int *moved);

/* NULL: none. */
const struct job_hook	*job_hook_of(const struct job_conf *,
			    const char *category);

#endif
