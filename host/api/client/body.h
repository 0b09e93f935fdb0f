#ifndef HOST_API_CLIENT_BODY_H
#define HOST_API_CLIENT_BODY_H

#include <stddef.h>

/*
 * body: the JSON object of a request.  Written in place and never moved, so
 * that body_wipe leaves no copy of a PIN.  What does not fit is refused by
 * body_end, not cut.  Start with body_start.
 */
#define BODY_MAX 4096	/* our largest, with everything escaped, is below */

struct body {
	char	data[BODY_MAX];
	size_t	len;
	int	full;
};

void	body_start(struct body *);
void	body_str(struct body *, const char *key, const char *utf8);
void	body_bytes(struct body *, const char *key, const char *, size_t);
void	body_int(struct body *, const char *key, int);
void	body_bool(struct body *, const char *key, int);
int	body_end(struct body *);	/* 0; -1 when it did not fit */
void	body_wipe(struct body *);

#endif
