#ifndef HOST_VISIT_SESSION_H
#define HOST_VISIT_SESSION_H

#include "host/visit/evidence.h"
#include "host/visit/visit.h"
#include "host/visit/want.h"

/*
 * One live visit of the agent: its steps wait in a thread of their own, and
 * what they wait for is given to it from another one.  Everything that is
 * seen of it from outside is a copy under its lock.
 */
struct session;

/* What a session needs of the agent; called in its thread, except shown. */
struct session_ops {
	/* The client's reader for this visit alone; *tp until it is given
	 * back, which cuts the card's power if that is still to be done. */
	enum err	(*take)(void *ctx, const char *client, struct tp **,
			    struct note *);
	/* ERR_CARD_UNLOCKED: the card must be taken away. */
	enum err	(*give_back)(void *ctx, const char *client);
	void		(*changed)(void *ctx);	/* there are new events */
	void		*ctx;
};

struct session_ask {
	struct visit_about		 about;
	const struct visit_conf		*conf;		/* borrowed */
	const struct session_ops	*ops;		/* borrowed */
	struct store			*store;		/* borrowed */
	char				 chart_number[33];	/* "" unknown */
	int				 official;	/* face: waits for a file */
	int				 slow;		/* ゆっくり */
	int				 has_key;	/* for face evidence */
	uint8_t				 key[EVIDENCE_KEY];
};

/* What a client gave; the secret is wiped where it is taken. */
struct gift {
	enum want		 want;		/* what it answers */
	struct secret		 secret;	/* PINs, 照合番号B */
	int			 tries_left;	/* PINs: as the person saw */
	int			 last_try;
	struct consent		 consent;
	int			 yes;		/* confirmation, attestation */
	struct evidence		 evidence;
	struct result		*result;	/* face file; owned by the gift … */
	char			 digest[65];	/* … its bytes in the store */
};

/*
 * The visit is in the store when this returns; its thread then runs until an
 * end, or until only the desk or the terminal can go on.  ERR_STORE …, and
 * then there is none.
 */
enum err	session_start(const struct session_ask *, struct session **);
/* The same for a stored visit in MATCHED, of which v was loaded and is taken
 * over: from the request on. */
enum err	session_resume(const struct session_ask *, struct visit *v,
		    struct session **);

/*
 * ERR_NOT_NOW unless this is what it waits for; for PINs also when the tries
 * differ from what the person saw, ERR_PIN_LAST_TRY without last_try.  On
 * ERR_OK the gift is the session's and is wiped here; else it stays the
 * caller's.
 */
enum err	session_give(struct session *, struct gift *);
void		session_cancel(struct session *);

/* 1 when its thread is done: then session_close does not wait. */
int		session_ended(const struct session *);
/* 1 while the terminal works for it, or is about to. */
int		session_is_asking(struct session *);
/* 1 from when its end is in the store on. */
int		session_over(struct session *);
/* Cancels what still runs, waits for its thread, wipes.  NULL fine. */
void		session_close(struct session **);

const char	*session_id(const struct session *);
/* 1: goes on for the desk, and has no reader. */
int		 session_resumed(const struct session *);
const char	*session_client(const struct session *);
enum want	 session_want(struct session *);
/*
 * The kiosk turns to the next person: 1 if this one is confirmed, or waits to
 * be closed; it then goes on without its kiosk and shows nothing there.  0
 * while its person or its reader is still needed.
 */
int		 session_leave(struct session *);
int		 session_left(struct session *);
/* The visit as schema Visit, everything in it; new reference, NULL when out
 * of memory. */
json_t		*session_view(struct session *);
/* A copy of the photograph; ERR_NOT_NOW outside its step. */
enum err	session_photo(struct session *, struct blob *);
/* Whom it was armed for, mode face with official; 0 if it waits for none.
 * armed_at: wall ms. */
int		session_expects(struct session *, struct patient *,
		    int64_t *armed_at);

void		gift_wipe(struct gift *);

#endif
