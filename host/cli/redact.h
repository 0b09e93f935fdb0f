#ifndef HOST_CLI_REDACT_H
#define HOST_CLI_REDACT_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Text that leaves the house.  Log lines hold nothing personal by contract
 * (base/log.h); this is the second line of defence, and takes away whatever
 * could carry a number, a name or a key, whether it does or not.
 */

/*
 * What this house calls its own: names and paths, which are taken out whole
 * wherever they stand alone, before anything else is looked at.  Zeroed: none.
 */
struct redact {
	struct blob	words;		/* each with its 0 */
};

/* Of a path with blanks, the folders above it as well; "" is nothing. */
enum err	redact_learn(struct redact *, const char *);
void		redact_free(struct redact *);

/*
 * Appends what may be shown of one line of our log, with a newline: stamp,
 * level and noun as they are, of the rest plain words.  What was learnt becomes
 * (name) or /..., numbers become #,
 * quoted text "...", paths /..., long or mixed words ..., what is not ASCII
 * ?; return codes of PC/SC (0x801000..) stay.  A line that is not one of
 * base/log.h adds nothing: *kept 0.
 */
enum err	redact_log(const struct redact *, const char *line,
		    struct blob *out, int *kept);

/* Appends a text of ours with its numbers: what was learnt, paths and what is
 * not ASCII go. */
enum err	redact_text(const struct redact *, const char *,
		    struct blob *out);

/* An error's name or an answer's code; "(other)" for anything else. */
const char	*redact_code(const char *);

#endif
