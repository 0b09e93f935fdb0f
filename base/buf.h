#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * buf: reading.  A pointer and what is left move together; no parser does
 * arithmetic of its own.  It never owns the bytes.  All return ERR_SHORT,
 * and move nothing, when less is left than asked for.
 */
struct buf {
	const uint8_t	*p;
	size_t		 left;
};

enum err	buf_u8(struct buf *, uint8_t *);
enum err	buf_u16(struct buf *, uint16_t *);	/* big-endian */
enum err	buf_u32(struct buf *, uint32_t *);	/* big-endian */
enum err	buf_read(struct buf *, void *, size_t);	/* copies */
enum err	buf_skip(struct buf *, size_t);
/* The next len bytes as a buf of their own. */
enum err	buf_take(struct buf *, size_t len, struct buf *part);

/*
 * blob: writing.  Owns its bytes, grows up to BLOB_MAX, wipes what it frees.
 * The bytes are always followed by a 0 that is not counted in len, so that
 * text can be read as a C string.  Start with = { 0 }.
 */
#define BLOB_MAX (64u << 20)	/* our limit: far above any file we take */

struct blob {
	uint8_t	*data;		/* NULL while empty */
	size_t	 len, room;
};

/* ERR_TOOBIG past BLOB_MAX, ERR_NOMEM; the old contents stay. */
enum err	blob_add(struct blob *, const void *, size_t);
enum err	blob_add_str(struct blob *, const char *);
enum err	blob_add_u8(struct blob *, uint8_t);
enum err	blob_add_u16(struct blob *, uint16_t);	/* big-endian */
enum err	blob_add_u32(struct blob *, uint32_t);	/* big-endian */
enum err	blob_printf(struct blob *, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* Appends len zero bytes and returns where they are; NULL when it cannot. */
uint8_t		*blob_space(struct blob *, size_t len);
/* Forgets and wipes everything after len; nothing when it is shorter. */
void		blob_cut(struct blob *, size_t len);
/*
 * Whole file instead of the old contents, at most max bytes: ERR_TOOBIG when
 * larger, ERR_SYS + errno; empty then.
 */
enum err	blob_read_file(struct blob *, const char *path, size_t max);
void		blob_reset(struct blob *);	/* len 0, bytes wiped */
void		blob_free(struct blob *);	/* NULL is fine */
/* The text, "" while empty; valid until the next change. */
const char	*blob_str(const struct blob *);
struct buf	 blob_buf(const struct blob *);

#endif
