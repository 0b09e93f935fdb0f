#ifndef HOST_VISIT_MACHINE_H
#define HOST_VISIT_MACHINE_H

#include <stdio.h>

/*
 * A visit as a table of {from, event, to, action}: what is not in the table
 * cannot happen.  Pulling the card and walking away are rows of every state,
 * so that they are safe from everywhere.  The table holds no data.
 */
#define VISIT_STATES(X)							\
/* X(code word, word shown, end, Japanese as in the manuals, English) */	\
X(IDLE,		"idle",		0, "カード待ち", "waiting for a card")	\
X(CARD,		"card",		0, "カードを読みました",			\
    "card read, PIN to be entered")					\
X(VERIFIED,	"verified",	0, "本人確認ができました", "identity verified")	\
X(CONSENTED,	"consented",	0, "同意内容を確認してください",			\
    "consent given, to be confirmed")					\
X(CONFIRMED,	"confirmed",	0, "同意を登録しました", "consent confirmed")	\
X(UNMATCHED,	"unmatched",	0, "患者の指定が必要です",		\
    "waits for a person to name the patient")				\
X(MATCHED,	"matched",	0, "患者を特定しました", "matched to a patient")	\
X(REQUESTED,	"requested",	0, "照会中です", "request written")		\
X(UNANSWERED,	"unanswered",	0, "回答待ちです",			\
    "the answer is still to come")					\
X(ANSWERED,	"answered",	0, "回答を受け取りました", "answer taken in")		\
X(DONE,		"done",		1, "完了", "outcome shown")		\
X(REFUSED,	"refused",	1, "終了 (確認できません)", "ended without a check")		\
X(CANCELLED,	"cancelled",	1, "中止", "cancelled")			\
X(EXPIRED,	"expired",	1, "時間切れ", "timed out")

#define VISIT_EVENTS(X)							\
/* X(code word, word shown): what happened */				\
/* a My Number card was read, tries left are known */			\
X(CARD_IN,	"card-in")						\
/* the card refused the PIN and has tries left */			\
X(PIN_WRONG,	"pin-wrong")						\
/* certificate and proof of possession hold */				\
X(VERIFY,	"verify")						\
/* the person chose item by item; wants to choose again; confirmed */	\
X(CONSENT,	"consent")						\
X(CHANGE,	"change")						\
X(CONFIRM,	"confirm")						\
/* an official face reader's result was bound to it: all in one */	\
X(BIND,		"bind")							\
/* a visit that was made without the agent was filed: all in one */	\
X(FILE,		"file")							\
/* one certain patient, or named by the desk; none, or several possible */ \
X(MATCH,	"match")						\
X(NO_MATCH,	"no-match")						\
/* the request is about to be written */				\
X(WRITE,	"write")						\
/* the terminal's answer is in the store; taken, not answered in time */ \
X(ANSWER,	"answer")						\
X(NO_ANSWER,	"no-answer")						\
/* the outcome was shown */						\
X(SHOW,		"show")							\
/* the card was pulled; somebody gave up; nobody did anything */		\
X(CARD_OUT,	"card-out")						\
X(CANCEL,	"cancel")						\
X(TIMEOUT,	"timeout")						\
/* certificate, PIN, reader or terminal say no */			\
X(REFUSE,	"refuse")

enum visit_state {
#define VISIT_STATE_ENUM(id, word, end, ja, en) VS_##id,
	VISIT_STATES(VISIT_STATE_ENUM)
#undef VISIT_STATE_ENUM
	VS_COUNT
};

enum visit_event {
#define VISIT_EVENT_ENUM(id, word) VE_##id,
	VISIT_EVENTS(VISIT_EVENT_ENUM)
#undef VISIT_EVENT_ENUM
	VE_COUNT
};

/* What a row does besides changing the state. */
enum visit_action {
	VA_NONE,
	VA_FORGET,	/* wipe what was read: nothing was consented to */
	VA_KEEP_CONSENT	/* store identity and consent with the new state */
};

struct visit_row {
	enum visit_state	from;
	enum visit_event	event;
	enum visit_state	to;
	enum visit_action	action;
};

/* NULL when this cannot happen. */
const struct visit_row	*machine_row(enum visit_state, enum visit_event);
/* All rows, for the diagram and the tests. */
const struct visit_row	*machine_rows(size_t *n);

const char	*machine_state(enum visit_state);	/* "confirmed" */
const char	*machine_event(enum visit_event);	/* "card-out" */
int		 machine_is_end(enum visit_state);
const char	*machine_label(enum visit_state, int japanese);

/* The table as a Graphviz digraph. */
void		 machine_print(FILE *);

#endif
