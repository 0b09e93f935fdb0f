#ifndef HOST_QUALIFY_REQUEST_IN_H
#define HOST_QUALIFY_REQUEST_IN_H

#include "host/qualify/request.h"

/* For request*.c alone: what a layout is made of, and what its elements
 * hold. */

/* Room for 20, 50 or 100 characters of up to 4 bytes and a 0. */
struct value {
	char	text[404];
};

typedef enum err request_get(const struct request *,
    const struct request_person *, struct value *);

struct element {
	const char	*name;
	request_get	*get;
	enum field	 like;	/* whose form its value has */
	const char	*in;	/* the group it stands in, NULL: none */
};

struct request_layout {
	const struct element	*header, *body;	/* a row of NULLs ends them */
	const char		*group;		/* what the body's stand in */
	int			 many;		/* the group, once per person */
	unsigned		 axes;		/* 1 << AXIS_MONTH ...; 0 none */
	enum request_naming	 naming;
	int			 forms;		/* of FileCategory; 0 none */
};

/* Its value is a person's: it has none without one. */
int		request_is_personal(const struct element *);
/*
 * What an element holds, "" when it is to be left out; persons as in
 * request_write, whose errors these are.
 */
enum err	request_value(const struct request *,
		    const struct request_person *, const struct element *,
		    struct value *);

#endif
