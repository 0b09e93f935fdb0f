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
 * Appends what may be shown of one line of our log, with a newline: stamp,
 * level and noun as they are, of the rest plain words.  Numbers become #,
 * quoted text "...", paths /..., long or mixed words ..., what is not ASCII
 * ?; return codes of PC/SC (0x801000..) stay.  A line that is not one of
 * base/log.h adds nothing: *kept 0.
 */
enum err	redact_log(const char *line, struct blob *out, int *kept);

/* Appends a text of ours with its numbers: paths and what is not ASCII go. */
enum err	redact_text(const char *, struct blob *out);

/* An error's name or an answer's code; "(other)" for anything else. */
const char	*redact_code(const char *);

#endif
