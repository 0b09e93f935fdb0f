#ifndef HOST_QUALIFY_INTAKE_H
#define HOST_QUALIFY_INTAKE_H

#include "base/err.h"
#include "host/qualify/digest.h"
#include "host/qualify/result.h"
#include "host/store/store.h"

/*
 * Takes in what an official face reader pushes into the face folder.  The
 * folder is another's (features.md E14): it is read and nothing else, and a
 * file may vanish at any time.  A file is taken when two readings at least
 * INTAKE_SETTLE_MS apart agree in bytes, size, times and inode, and it is a
 * whole result for our institution: accepted, or refused by the terminal in
 * its own words.  Everything else is left alone, said once in the log, and
 * read again when it changes.  One thread uses an intake at a time.
 *
 * Whom a result means, and whether it is of now, is the callee's to say
 * (host/visit/face.h): a folder that is opened may hold those of last week.
 */
struct intake;

#define INTAKE_SETTLE_MS 300	/* as others do, oqs-files.md 1 */
#define INTAKE_TRIES	12	/* readings of a file that is not whole, same */
#define INTAKE_LATER_MS	30000	/* our pause between two more of them */
#define INTAKE_READS	256	/* readings of one look, newest names first;
				 * our limit, about a second on a share */
#define INTAKE_CHECKS	1024	/* settled files of one look whose change is
				 * asked for, in turn; our limit, same */
#define INTAKE_NAMES	131072	/* newest names that are minded; our limit,
				 * 40 MB */

/*
 * ERR_FOLDER: not there, no folder, no right to enter it.  The store stays
 * the caller's and must outlive it; the texts are copied.
 */
enum err	intake_open(const char *folder, const char *institution_code,
		    struct store *, struct intake **, struct note *);
void		intake_close(struct intake **);	/* NULL fine; sets NULL */

/*
 * A result that is in the store now and was not before.  The callee may take
 * it over, and sets *result to NULL then; the digest is that of RESULT_BIND.
 */
typedef enum err intake_each(void *ctx, struct result **result,
		    const char *digest);

/*
 * One look, without waiting; *n results were handed over, newest name first.
 * The same bytes are handed over once, also under a second name and after a
 * restart: the store knows.  A crash between store and callee leaves one that
 * only RESULT_UNBOUND lists.
 *
 * ERR_FOLDER: the folder cannot be used now; the next look opens it again.
 * ERR_STORE ...: what was not stored is offered again.  An error of the callee
 * ends the look and is returned; that result is not handed over again.
 */
enum err	intake_look(struct intake *, intake_each *, void *ctx,
		    size_t *n);

/*
 * Sleeps up to ms; less when the folder reports a change, which shares do
 * not, or when there is something to read again.
 */
void		intake_wait(struct intake *, int ms);

#endif
