#ifndef HOST_AGENT_RECORDING_H
#define HOST_AGENT_RECORDING_H

#include "base/buf.h"

/*
 * A reader's session recorded while the agent runs, for a reader that does
 * not do as it should (hw-docs/readers/recording.md).  Who may write beside
 * the store asks for it, as for clients: a file STORE.record-CLIENT says until
 * when.  The agent looks there as often as at its clients and has that
 * kiosk's reader process append to STORE.recording-CLIENT, from which PINs
 * and card data are left out (driver/record.c).  A visit is never disturbed:
 * it begins with the next process, and ends with one.
 */
#define RECORDING_MINUTES	120	/* at most, or a forgotten one stays */

/* 0 for a transport without a process of ours: "", "device:…". */
int		recording_can(const char *reader);
/*
 * Asks for it; one that is asked for already is begun anew.  The files are
 * the store's owner's.  ERR_NEW_FILE with a note.
 */
enum err	recording_begin(const char *store, const char *client,
		    int minutes, struct note *);
/* 1 once the agent's reader process has written something. */
int		recording_runs(const char *store, const char *client);
/*
 * Takes the wish back and what was recorded out, which may be nothing.  What
 * a visit still writes after that is lost.  ERR_NOT_FOUND with a note.
 */
enum err	recording_end(const char *store, const char *client,
		    struct blob *, struct note *);

/*
 * The agent's side: the transport a client's reader is opened by, itself
 * unless it is to be recorded now.  out has room bytes; a wish that cannot be
 * fulfilled is said in the log, and the reader works as ever.
 */
void		recording_transport(const char *store, const char *client,
		    const char *reader, char *out, size_t room);

#endif
