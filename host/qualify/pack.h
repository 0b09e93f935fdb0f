#ifndef HOST_QUALIFY_PACK_H
#define HOST_QUALIFY_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "host/qualify/digest.h"
#include "host/qualify/exchange.h"
#include "host/qualify/result.h"
#include "host/qualify/units.h"
#include "host/store/store.h"

/*
 * Bulk results (KIND_UNITS, an 02res) in the store.  Such a file may have
 * hundreds of megabytes: it is read, deflated, inflated and cut as a stream,
 * never whole in memory.  The result table holds a .xml deflated (zlib,
 * packed 1) and a .zip as it came (packed 0); digest is that of the file's
 * bytes and name in either case.
 */
#define PACK_MAX	(1u << 30)	/* bytes of XML that are read; ours */
#define PACK_ROOM	(60u << 20)	/* bytes in the store; same */

/* What became of a file of res. */
struct pack_taken {
	/*
	 * The file without its units: header, outcome, reason as of any
	 * result; result_units says how many there are.  RESULT_WAITING with
	 * ERR_NO_ANSWER: the terminal is at work, ask with a new 02req.
	 * NULL: not there, not whole yet, or none of ours: left in res.
	 */
	struct result	*head;
	char		 digest[DIGEST_HEX];
	int		 fresh;		/* 0: the store had it already */
};

/*
 * Takes the answer to an 02req of ours out of res: name is that of the file,
 * .xml or .zip.  It is taken when two readings settle_ms apart agree in their
 * digest; then the store has it, with the state of its request (answered;
 * outcome accepted, refused or waiting), and then the file is removed, unless
 * results are kept or it is refused for another reason than the terminal's
 * own words.  The same file again changes nothing; one that stays, because it
 * is none of ours or the store has it, is read again when it changes, or after
 * half a minute.  Its findings are
 * finding_derive's.  ERR_FOLDER, ERR_STORE ..., ERR_XML_BIG past PACK_MAX or
 * PACK_ROOM: it stays where it is.
 */
enum err	pack_take(const struct exchange_conf *, struct store *,
		    const char *name, struct pack_taken *, struct note *);
void		pack_taken_free(struct pack_taken *);	/* NULL fine */

/* --- what the store has --- */

/* A row of the result table, D of sql_request.h with packed. */
struct pack {
	const char	*file;
	const void	*raw;		/* borrowed */
	size_t		 len;
	int		 packed;
};

/* 1 if it may be too large to be read as one result: KIND_UNITS. */
int		pack_is_units(const char *file);
/*
 * Reads a stored result of any kind: a small one (RESULT_MAX of XML) whole,
 * of a larger one its head, see pack_taken.  Errors of result_read.
 */
enum err	pack_read(const struct pack *, struct result **);
/* The same of a file that lies somewhere; ERR_SYS, ERR_XML_BIG. */
enum err	pack_read_file(const char *path, struct result **);
/* The head of a KIND_UNITS of any size. */
enum err	pack_read_head(const struct pack *, struct result **);
/*
 * Each unit as a result of its own, with the header of the file; skip units
 * are passed over unread.  The caller has judged the head; a unit that cannot
 * be read comes as a refused result.  Anything but ERR_OK from each ends it
 * and is returned.
 */
typedef enum err pack_each(void *ctx, size_t unit, const struct result *);
enum err	pack_units(const struct pack *, size_t skip, pack_each *,
		    void *ctx);

#endif
