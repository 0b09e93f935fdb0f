#ifndef HOST_VISIT_LIVE_H
#define HOST_VISIT_LIVE_H

#include "host/visit/session.h"

/*
 * All live visits of an agent.  One thread calls these; the sessions' own
 * threads never do.  Each session has a store connection of its own, from a
 * list that is kept.
 */
struct live;

enum err	live_open(const char *store_path, const struct visit_conf *,
		    const struct session_ops *, struct live **,
		    struct note *);
/*
 * Ends those that still need their person.  0: others were left as they are,
 * because the terminal works for them; they still use all of it, and the
 * program must exit; live_recover takes them up.  NULL fine.
 */
int		live_close(struct live **);

/*
 * What an agent that ended left behind: visits that waited for their person
 * are cancelled, confirmed ones go to the desk, requests that are out wait
 * for their answer.
 */
/* One that cannot be read is said in the log, and stays. */
enum err	live_recover(struct live *, size_t *n);

/*
 * ERR_READER_BUSY while the client's visit before it needs its person; one
 * that waits for the terminal, or to be closed, goes on without the client.
 * *id: its id.
 */
enum err	live_start(struct live *, const struct session_ask *,
		    char id[VISIT_ID_LEN]);
struct session	*live_find(struct live *, const char *id); /* NULL: none */
struct session	*live_of(struct live *, const char *client);
size_t		 live_count(const struct live *);
/* Nobody is there any more: the visits that need their person are cancelled,
 * the others go on without their clients. */
void		 live_forsake(struct live *);
/* Frees what has ended; calls it often. */
void		 live_reap(struct live *);

/*
 * The desk names the patient of a stored visit in UNMATCHED, which then goes
 * on.  ERR_NOT_NOW, ERR_NO_PATIENT, ERR_CONTRADICTS, ERR_NO_INSURANCE: it
 * stays where it is.
 */
enum err	live_name(struct live *, const char *id,
		    const char *chart_number, const char *staff,
		    struct note *);
/* Gives up a stored visit that waits for the desk; ERR_NOT_NOW else. */
enum err	live_drop(struct live *, const char *id);
/*
 * A result of an official face reader: the one armed visit it means, by birth
 * date, sex, kana or name, and time (oqs-files.md 1 has no other bond).
 * ERR_NO_MATCH, ERR_MANY_MATCH, ERR_UNSURE_MATCH: for the desk.  *result is
 * taken over on ERR_OK.
 */
enum err	live_bind(struct live *, struct result **result,
		    const char *digest);
/* The desk says whose an unbound result is: a visit of its own, ended.
 * ERR_NO_SUCH, ERR_NO_PATIENT, ERR_CONTRADICTS. */
enum err	live_bind_named(struct live *, const char *digest,
		    const char *chart_number, const char *staff,
		    char id[VISIT_ID_LEN]);

#endif
