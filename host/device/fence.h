#ifndef HOST_DEVICE_FENCE_H
#define HOST_DEVICE_FENCE_H

#include "base/secret.h"
#include "driver/transport.h"

/*
 * What stands between an agent far away and the card of the person here:
 * whoever holds the agent holds no more than this (hw-docs/protocols/link.md,
 * "The device's own fence").  A transport around another one that passes on
 *
 *	- only what reader/guard allows,
 *	- one VERIFY per entry of a person and PIN; digits that came with the
 *	  command only where agent_pin is set, one entry per placing of the
 *	  card, and never with one try left or a count nobody knows,
 *	- one signature of the authentication key for each PIN it accepted,
 *	- digits that are entered here, into the VERIFY of the PIN they were
 *	  asked for and nothing else.
 *
 * The tries left are what the card itself said since it was taken, not what
 * the other side claims.  The rest is ERR_FORBIDDEN, is not sent, and ends a
 * script.  A card counts as placed anew once waits have found none for
 * away_ms, however often it is taken and let go of in between.
 */

/* Why something was refused: X(id, word, means). */
#define FENCE_LIST(X)							\
	X(COMMAND, "command",						\
	    "a command, application or file that is not allowed")	\
	X(FILL, "fill", "entered digits wanted in another command")	\
	X(AGENT_PIN, "agent-pin",					\
	    "a PIN typed at the agent, without --agent-pin")		\
	X(AGAIN, "again", "a second PIN for one placing of the card")	\
	X(TRIES, "tries", "a PIN with one try left, or nobody knows")	\
	X(SIGN, "sign",							\
	    "a signature that no entry of the PIN was made for")	\
	X(ASK, "ask", "a secret that is not asked for here")

enum fence_why {
#define FENCE_ENUM(id, word, means) FENCE_##id,
	FENCE_LIST(FENCE_ENUM)
#undef FENCE_ENUM
	FENCE_WHYS
};

const char	*fence_word(enum fence_why);	/* static */
const char	*fence_means(enum fence_why);	/* static */

/* What a person is to be asked for. */
struct fence_ask {
	uint8_t	what;		/* FENCE_AUTH or FENCE_TEXT */
	int	digits;
	int	tries;		/* left; 1: a yes to the last one, first */
	int	ms;
	int	wake;		/* readable: ERR_CANCELLED */
};

#define FENCE_AUTH	1	/* link.md: what and fill */
#define FENCE_TEXT	2

#define FENCE_AWAY_MS	1500	/* ours: nobody changes cards faster */

struct fence_conf {
	int		  agent_pin;
	int		  away_ms;
	/* Both or none; the secret is the fence's. */
	int		(*can_ask)(void *);
	enum err	(*ask)(void *, const struct fence_ask *,
			    struct secret *);
	/* Optional: told of each refusal. */
	void		(*refused)(void *, enum fence_why);
	/* Optional: what ails the reader, or ERR_OK, as often as it is asked. */
	void		(*fault)(void *, enum err, const struct note *);
	void		 *ctx;
};

/* Takes the inner transport, also on error; conf is copied. */
enum err	fence_open(struct tp *inner, const struct fence_conf *,
		    struct tp **);
/*
 * Another near side is there, who knows nothing: its first wait is told at
 * once that there is no card or reader, too.  What was typed for the card
 * that is there counts on.  Between sessions and waits only.
 */
void		fence_restart(struct tp *);

#endif
