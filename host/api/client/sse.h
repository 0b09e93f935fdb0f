#ifndef HOST_API_CLIENT_SSE_H
#define HOST_API_CLIENT_SSE_H

#include <stddef.h>

/*
 * sse: server-sent events out of a stream of bytes (HTML, 9.2.6).  Bounded:
 * a line or an event that is larger than ours can be is refused.
 */
#define SSE_LINE_MAX	(16u << 10)
#define SSE_ID_SIZE	19	/* openapi.yaml: 1 to 18 digits, and 0 */

struct sse {
	char	line[SSE_LINE_MAX];	/* the one that is not complete */
	size_t	len;
	int	after_cr;		/* a line feed here ends nothing */
	char	data[SSE_LINE_MAX];	/* the last complete event's */
	size_t	data_len;
	int	has_data, complete;
	char	name[16];		/* "visit"; "?" if longer */
	char	next_id[SSE_ID_SIZE];	/* of the event that comes */
	char	id[SSE_ID_SIZE];	/* of the last complete one; or "" */
	int	retry_ms;		/* asked for; -1: not */
};

enum sse_word { SSE_MORE, SSE_EVENT, SSE_BAD };

void		sse_init(struct sse *);
/* A new connection: forgets the half event, keeps id and retry_ms. */
void		sse_restart(struct sse *);
/*
 * Takes bytes until an event is complete (name, data, id; the rest is left
 * in *p, *n), all are taken, or they are wrong: restart then.
 */
enum sse_word	sse_feed(struct sse *, const char **p, size_t *n);

#endif
