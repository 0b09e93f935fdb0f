#ifndef READER_READ_H
#define READER_READ_H

#include "reader/plan.h"

/*
 * Whole transparent EFs.  The first chunk, by which the file tells its
 * length, may stand in a plan with what comes before it; the rest is a script
 * of its own.
 */

/* Tells from a file's first bytes how long it is; ERR_OK or why not. */
typedef enum err read_measure(struct buf head, size_t *total);

#define READ_MAX APDU_DATA_MAX	/* an offset of 15 bits reaches it (2.4) */

/* SELECT where it is needed, and the first chunk: as the plan's last. */
void		read_add(struct plan *, uint16_t ef);
/*
 * The whole file into out, in chunks the transport and the card allow;
 * exactly the length the measure tells, at most READ_MAX.  A chunk shorter
 * than asked for is ERR_TORN.  On error out is empty.
 */
enum err	read_take(struct plan *, read_measure *, struct blob *out);

/* Both, with nothing before it. */
enum err	read_ef(struct card *, uint16_t ef, read_measure *,
		    struct blob *out);

#endif
