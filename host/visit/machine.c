#include <stddef.h>

#include "host/visit/machine.h"

#define R(from, event, to, action) { VS_##from, VE_##event, VS_##to, VA_##action }
/* Giving up, before anything was confirmed: nothing remains. */
#define GIVE_UP(from)							\
	R(from, CARD_OUT,	CANCELLED,	FORGET),		\
	R(from, CANCEL,		CANCELLED,	FORGET),		\
	R(from, TIMEOUT,	EXPIRED,	FORGET),		\
	R(from, REFUSE,		REFUSED,	FORGET)
/* After that the card has done its work: taking it away changes nothing. */
#define STOP(from)							\
	R(from, CARD_OUT,	from,		NONE),			\
	R(from, CANCEL,		CANCELLED,	FORGET),		\
	R(from, TIMEOUT,	EXPIRED,	FORGET),		\
	R(from, REFUSE,		REFUSED,	FORGET)
/* An end stays where it is, whatever happens to card and person. */
#define END(from)							\
	R(from, CARD_OUT,	from,		NONE),			\
	R(from, TIMEOUT,	from,		NONE)

static const struct visit_row rows[] = {
	R(IDLE,		CARD_IN,	CARD,		NONE),
	R(IDLE,		CARD_OUT,	IDLE,		FORGET),
	R(IDLE,		BIND,		ANSWERED,	KEEP_CONSENT),
	R(IDLE,		FILE,		UNMATCHED,	KEEP_CONSENT),
	R(IDLE,		CANCEL,		CANCELLED,	FORGET),
	R(IDLE,		TIMEOUT,	EXPIRED,	FORGET),
	R(IDLE,		REFUSE,		REFUSED,	FORGET),
	R(CARD,		PIN_WRONG,	CARD,		NONE),
	R(CARD,		VERIFY,		VERIFIED,	NONE),
	GIVE_UP(CARD),
	R(VERIFIED,	CONSENT,	CONSENTED,	NONE),
	GIVE_UP(VERIFIED),
	R(CONSENTED,	CHANGE,		VERIFIED,	NONE),
	R(CONSENTED,	CONFIRM,	CONFIRMED,	KEEP_CONSENT),
	GIVE_UP(CONSENTED),
	R(CONFIRMED,	MATCH,		MATCHED,	NONE),
	R(CONFIRMED,	NO_MATCH,	UNMATCHED,	NONE),
	STOP(CONFIRMED),
	R(UNMATCHED,	MATCH,		MATCHED,	NONE),
	STOP(UNMATCHED),
	R(MATCHED,	WRITE,		REQUESTED,	NONE),
	/* The program ended before it asked: the desk names the patient. */
	R(MATCHED,	NO_MATCH,	UNMATCHED,	NONE),
	STOP(MATCHED),
	R(REQUESTED,	ANSWER,		ANSWERED,	NONE),
	R(REQUESTED,	NO_ANSWER,	UNANSWERED,	NONE),
	R(REQUESTED,	CARD_OUT,	REQUESTED,	NONE),
	/* Withdrawn before it was taken; what was taken is NO_ANSWER. */
	R(REQUESTED,	CANCEL,		CANCELLED,	FORGET),
	R(REQUESTED,	TIMEOUT,	UNANSWERED,	NONE),
	R(REQUESTED,	REFUSE,		REFUSED,	FORGET),
	R(UNANSWERED,	ANSWER,		ANSWERED,	NONE),
	R(UNANSWERED,	CARD_OUT,	UNANSWERED,	NONE),
	R(UNANSWERED,	TIMEOUT,	UNANSWERED,	NONE),
	R(UNANSWERED,	REFUSE,		REFUSED,	FORGET),
	R(ANSWERED,	SHOW,		DONE,		FORGET),
	R(ANSWERED,	CARD_OUT,	ANSWERED,	NONE),
	R(ANSWERED,	TIMEOUT,	DONE,		FORGET),
	/* The answer is about somebody else. */
	R(ANSWERED,	REFUSE,		REFUSED,	FORGET),
	END(DONE),
	END(REFUSED),
	END(CANCELLED),
	END(EXPIRED),
};

static const struct {
	const char	*word;
	int		 end;
	const char	*label[2];
} states[] = {
#define STATE_ROW(id, word, end, ja, en) { word, end, { en, ja } },
	VISIT_STATES(STATE_ROW)
#undef STATE_ROW
};

static const char *const events[] = {
#define EVENT_ROW(id, word) word,
	VISIT_EVENTS(EVENT_ROW)
#undef EVENT_ROW
};

const struct visit_row *
machine_row(enum visit_state from, enum visit_event event)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].from == from && rows[i].event == event)
			return (&rows[i]);
	}
	return (NULL);
}

const struct visit_row *
machine_rows(size_t *n)
{
	*n = sizeof(rows) / sizeof(rows[0]);
	return (rows);
}

const char *
machine_state(enum visit_state s)
{
	return (s < VS_COUNT ? states[s].word : "?");
}

const char *
machine_event(enum visit_event e)
{
	return (e < VE_COUNT ? events[e] : "?");
}

int
machine_is_end(enum visit_state s)
{
	return (s < VS_COUNT && states[s].end);
}

const char *
machine_label(enum visit_state s, int japanese)
{
	return (s < VS_COUNT ? states[s].label[japanese != 0] : "?");
}

void
machine_print(FILE *out)
{
	static const char *const actions[] = { "", "\\n(forget)",
	    "\\n(keep consent)" };

	fprintf(out, "digraph visit {\n\trankdir=LR;\n");
	for (int s = 0; s < VS_COUNT; s++)
		fprintf(out, "\t\"%s\" [label=\"%s\\n%s\"%s];\n",
		    machine_state((enum visit_state)s),
		    machine_state((enum visit_state)s),
		    machine_label((enum visit_state)s, 1),
		    states[s].end ? ", peripheries=2" : "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fprintf(out, "\t\"%s\" -> \"%s\" [label=\"%s%s\"];\n",
		    machine_state(rows[i].from), machine_state(rows[i].to),
		    machine_event(rows[i].event), actions[rows[i].action]);
	fprintf(out, "}\n");
}
