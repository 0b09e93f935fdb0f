#ifndef SHIKAKU_H
#define SHIKAKU_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * libshikaku: what the backend of a kiosk needs of the agent, shikakud.
 * C99 and C++; the manual page is libshikaku(3), host/api/openapi.yaml says
 * what travels, host/api/example/kiosk.c is a kiosk from beginning to end.
 *
 *	open -> start -> [ begin -> what the visit wants ... -> closing ] ...
 *
 * Threads.  No global state.  One thread uses a handle at a time; two threads
 * use two handles.  shikaku_wait stands in nobody's way but its own handle's:
 * a program that waits in a thread opens a second handle for it.  libcurl is
 * set up when the first handle opens; where several threads may do that at
 * once, call curl_global_init before there are any.
 *
 * Time.  Every call returns within timeout_ms, its repetition included;
 * shikaku_wait within the time it is given.
 *
 * Repetition.  A call whose connection broke before the answer was there is
 * sent once more in what is left of its time, under the same Idempotency-Key:
 * the agent does nothing twice.  Nothing else is repeated.  After
 * SHIKAKU_UNREACHABLE, SHIKAKU_TIMEOUT or SHIKAKU_BROKEN it is not known
 * whether the agent did what was asked: read the visit before asking again.
 *
 * Secrets.  PIN, 照合番号B and passcode stay the caller's to wipe; the copies
 * made here are wiped, and so are answers.  What cannot be wiped from here:
 * the buffers of libcurl (and of TLS) a request or an answer passed through,
 * and the parser's copy of the last words it read.
 */

enum shikaku_err {
	SHIKAKU_OK,
	SHIKAKU_ARGUMENT,	/* the call makes no sense; nothing was sent */
	SHIKAKU_SETUP,		/* address, token or a key file is unusable */
	SHIKAKU_UNREACHABLE,	/* no agent there, or the connection broke */
	SHIKAKU_TIMEOUT,	/* no answer, or no event, in time */
	SHIKAKU_TLS,		/* no TLS 1.3 with a peer that is known */
	SHIKAKU_BROKEN,		/* the answer is not what the API promises */
	SHIKAKU_REFUSED,	/* the agent said no: see the problem's code */
	SHIKAKU_SYSTEM		/* out of memory, no random numbers */
};

/* For people, in both languages: UTF-8, cut at a character if too long. */
struct shikaku_text {
	char	ja[256], en[256];
};

/* Why something was not done, and what to do next. */
struct shikaku_problem {
	int			status;		/* of HTTP; 0: from here */
	int			retry_after;	/* seconds; 0: not said */
	char			code[64];	/* "NOT_NOW"; "" if none */
	struct shikaku_text	text, next;
	char			detail[512];
};

struct shikaku;

/* Paths and texts are read during shikaku_open only. */
struct shikaku_conf {
	/*
	 * One of the two: the agent's unix socket, or where it listens,
	 * "https://HOST[:PORT]", or "http://" with a loopback address.
	 */
	const char	*socket, *url;
	/* One of the two: the token, or its file, nobody else's (0600). */
	const char	*token, *token_file;
	/* https: who signed the agent's certificate; needed there (PEM). */
	const char	*ca_file;
	/* https: this client's certificate and key, both or none (PEM). */
	const char	*cert_file, *key_file;
	/* Ed25519 (PEM, 0600), for shikaku_evidence; or NULL. */
	const char	*evidence_key_file;
	int		 timeout_ms;	/* of a call, 100 to 120000; 0: 10000 */
};

/*
 * Reads files, asks nobody.  *handle is NULL on failure: SHIKAKU_SETUP,
 * SHIKAKU_ARGUMENT, SHIKAKU_SYSTEM, with why in *why (may be NULL).  http to
 * an address that is not loopback is refused: the token would be read.
 */
enum shikaku_err	shikaku_open(const struct shikaku_conf *,
			    struct shikaku **handle,
			    struct shikaku_problem *why);
/* Wipes and frees; NULL is fine; sets NULL.  Ends no visit. */
void			shikaku_close(struct shikaku **handle);
/*
 * Why the last call of this handle failed, its code "" if it did not; valid
 * until the next call.  The code is the agent's after SHIKAKU_REFUSED, else
 * one of CLIENT_ARGUMENT, CLIENT_SETUP, CLIENT_UNREACHABLE, ... as the enum.
 */
const struct shikaku_problem	*shikaku_last_problem(const struct shikaku *);

/* Who the agent takes this token for. */
struct shikaku_client {
	char	name[33];
	int	evidence_key;		/* a key for face evidence is known */
	int	staff_button;		/* the staff button may be shown */
	int	electronic_prescription; /* consent must choose a form */
	int	test_mode;		/* test cards: say so on the screen */
};

/*
 * The kiosk has just started.  Visits of this client that waited for its
 * person are cancelled: nobody stands before a machine that has just started.
 */
enum shikaku_err	shikaku_start(struct shikaku *,
			    struct shikaku_client *);

enum shikaku_mode {
	SHIKAKU_MODE_PIN, SHIKAKU_MODE_FACE, SHIKAKU_MODE_VISUAL,
	SHIKAKU_MODE_HOME	/* of a home client's page; not for begin */
};

/* From DONE on the visit is over. */
enum shikaku_state {
	SHIKAKU_STATE_IDLE, SHIKAKU_STATE_CARD, SHIKAKU_STATE_VERIFIED,
	SHIKAKU_STATE_CONSENTED, SHIKAKU_STATE_CONFIRMED,
	SHIKAKU_STATE_UNMATCHED, SHIKAKU_STATE_MATCHED,
	SHIKAKU_STATE_REQUESTED, SHIKAKU_STATE_UNANSWERED,
	SHIKAKU_STATE_ANSWERED, SHIKAKU_STATE_DONE, SHIKAKU_STATE_REFUSED,
	SHIKAKU_STATE_CANCELLED, SHIKAKU_STATE_EXPIRED
};

/* What a visit waits for a client to do. */
enum shikaku_wants {
	SHIKAKU_WANTS_NOTHING,		/* the agent works, or it is over */
	SHIKAKU_WANTS_CARD,		/* a card on the reader */
	SHIKAKU_WANTS_NUMBER_B,		/* shikaku_number_b */
	SHIKAKU_WANTS_FACE_FILE,	/* the official reader's file */
	SHIKAKU_WANTS_EVIDENCE,		/* shikaku_photo, shikaku_evidence */
	SHIKAKU_WANTS_ATTESTATION,	/* shikaku_photo, shikaku_answer */
	SHIKAKU_WANTS_PIN,		/* shikaku_pin */
	SHIKAKU_WANTS_TEXT_PIN,		/* shikaku_pin */
	SHIKAKU_WANTS_CONSENT,		/* shikaku_answer */
	SHIKAKU_WANTS_CONFIRMATION,	/* shikaku_answer */
	SHIKAKU_WANTS_PATIENT,		/* the desk names the patient */
	SHIKAKU_WANTS_CLOSING,		/* show the outcome; shikaku_answer */
	SHIKAKU_WANTS_PIN_AT_DEVICE	/* entered at the reader's device */
};

#define SHIKAKU_ID_SIZE		37
#define SHIKAKU_NONCE_SIZE	65

/* A visit as it stood.  Times are milliseconds since 1970 UTC. */
struct shikaku_visit {
	char			id[SHIKAKU_ID_SIZE];
	enum shikaku_mode	mode;
	enum shikaku_state	state;
	struct shikaku_text	label;		/* the state, for people */
	enum shikaku_wants	wants;
	int64_t			deadline;	/* it waits until; 0: does not */
	int			tries_left;	/* of what is wanted; -1 */
	char			nonce[SHIKAKU_NONCE_SIZE];	/* or "" */
	char			patient[256];	/* name while the outcome is
						 * shown, else ""; personal */
	char			outcome[64];	/* 資格有効性 "1" to "6", or
						 * an error's code; or "" */
	struct shikaku_problem	error;		/* code "" if none */
};

/*
 * All calls below that take a struct shikaku_visit * replace it by the visit
 * as the agent answers it; on failure it is left as it was.  Its id says
 * which visit is meant.
 */

struct shikaku_order {
	enum shikaku_mode	 mode;
	int			 slow;		/* doubles every time-out */
	int			 official;	/* FACE: an official face reader
						 * does it all */
	const char		*chart_number;	/* or NULL */
	/* VISUAL needs all three, the others none; see openapi.yaml. */
	const char		*passcode;	/* 6 to 12 digits */
	const char		*reason;	/* "face_and_pin", ... */
	const char		*staff;		/* who compares, UTF-8 */
};

/* A new visit at this client's reader.  READER_BUSY: there is one already. */
enum shikaku_err	shikaku_begin(struct shikaku *,
			    const struct shikaku_order *,
			    struct shikaku_visit *);
enum shikaku_err	shikaku_get(struct shikaku *, const char *id,
			    struct shikaku_visit *);

/* 14 digits, not terminated; checked before anything is sent. */
enum shikaku_err	shikaku_number_b(struct shikaku *,
			    struct shikaku_visit *, const char digits[14]);

struct shikaku_pin_entry {
	const char	*pin;		/* 4 digits, not terminated */
	int		 tries_left;	/* the number the person was shown */
	int		 last_try;	/* the person agreed to the last one */
};

/*
 * One entry by a person, at most one VERIFY.  Afterwards the visit says
 * whether it matched: it wants the PIN again, with fewer tries, or goes on.
 */
enum shikaku_err	shikaku_pin(struct shikaku *, struct shikaku_visit *,
			    const struct shikaku_pin_entry *);

#define SHIKAKU_PHOTO_MAX	(4u << 20)	/* the largest one taken */

/*
 * The card's photograph as PNG, into room bytes of the caller's, *len used;
 * 0 on failure.  SHIKAKU_ARGUMENT where room is too small: SHIKAKU_PHOTO_MAX
 * never is.  Personal: wipe it when it was compared.
 */
enum shikaku_err	shikaku_photo(struct shikaku *, const char *id,
			    void *png, size_t room, size_t *len);

enum shikaku_liveness {
	SHIKAKU_LIVENESS_NONE, SHIKAKU_LIVENESS_PASSED, SHIKAKU_LIVENESS_FAILED
};

/* Score and threshold in millionths: 873000 is 0.873. */
struct shikaku_match {
	const char		*engine;	/* 1 to 64 of ! to ~ */
	int			 score, threshold;	/* 0 to 1000000 */
	enum shikaku_liveness	 liveness;
};

/*
 * Signs what the kiosk's face match found, for this visit, its nonce and
 * now, with the evidence key.  A refused one ends the visit as not matched.
 */
enum shikaku_err	shikaku_evidence(struct shikaku *,
			    struct shikaku_visit *,
			    const struct shikaku_match *);

enum shikaku_step {
	SHIKAKU_STEP_CONSENT,		/* with consent */
	SHIKAKU_STEP_CONFIRMATION,	/* yes: register; else choose again */
	SHIKAKU_STEP_ATTESTATION,	/* yes: the same person */
	SHIKAKU_STEP_CLOSING,		/* the outcome was shown */
	SHIKAKU_STEP_CANCELLATION	/* give up, in any state */
};

enum shikaku_prescription {
	SHIKAKU_PRESCRIPTION_NONE,	/* where it is not chosen */
	SHIKAKU_PRESCRIPTION_ELECTRONIC, SHIKAKU_PRESCRIPTION_PAPER
};

/* Item by item; nothing is consented to that is not 1 here. */
struct shikaku_consent {
	int	limit, disease, checkup, drug, diagnosis, operation;
	enum shikaku_prescription	prescription;
};

struct shikaku_decision {
	enum shikaku_step	step;
	int			yes;
	struct shikaku_consent	consent;
};

enum shikaku_err	shikaku_answer(struct shikaku *,
			    struct shikaku_visit *,
			    const struct shikaku_decision *);

enum shikaku_event_kind {
	SHIKAKU_EVENT_OPEN,	/* events come from now on; what happened
				 * before is not told: read the visit */
	SHIKAKU_EVENT_VISIT, SHIKAKU_EVENT_READER, SHIKAKU_EVENT_ALARM
};

struct shikaku_event {
	enum shikaku_event_kind	kind;
	int64_t			at;		/* 0: OPEN */
	char			visit[SHIKAKU_ID_SIZE];	/* VISIT: read it */
	char			reader[16];	/* READER: "ready", ... */
	int			card;		/* READER: one is on it */
	char			alarm[64];	/* ALARM: its code */
	int			on;		/* ALARM */
};

/*
 * The next event, within ms (0: what is there).  The first call connects and
 * tells SHIKAKU_EVENT_OPEN.  A stream that breaks is opened again and goes on
 * after the last event, so none is lost; it is OPEN again only where there
 * was none.  Nothing personal is in an event.  SHIKAKU_TIMEOUT: nothing
 * happened; SHIKAKU_UNREACHABLE: there was no stream when the time was over.
 * After any failure the next call tries again, not more often than the agent
 * asks for.
 */
enum shikaku_err	shikaku_wait(struct shikaku *, int ms,
			    struct shikaku_event *);

#ifdef __cplusplus
}
#endif

#endif
