#ifndef HOST_API_CLIENT_READ_H
#define HOST_API_CLIENT_READ_H

#include <stddef.h>

#include "host/api/shikaku.h"

/*
 * read: the agent's JSON as plain structs.  Every member that is used must
 * be there with the type and form openapi.yaml gives it; what is not used is
 * not looked at.  Returns NULL, or the name of the first member that is
 * wrong ("JSON" where it is none); the struct is all zero then.
 */
const char	*read_visit(const void *, size_t, struct shikaku_visit *);
const char	*read_client(const void *, size_t, struct shikaku_client *);
/* status is not read: it is the answer's. */
const char	*read_problem(const void *, size_t,
		    struct shikaku_problem *);
/* The data of an event; kind says which members it must have. */
const char	*read_event(const void *, size_t, enum shikaku_event_kind,
		    struct shikaku_event *);

/* 1 if it is written as openapi.yaml writes a visit's id. */
int		read_is_id(const char *);

#endif
