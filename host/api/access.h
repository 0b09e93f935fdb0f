#ifndef HOST_API_ACCESS_H
#define HOST_API_ACCESS_H

#include <stddef.h>

#include "host/api/http.h"

/*
 * What of a request may be written down: method, status, time, and of the
 * path the words of our own API and the ids of visits.  A chart number, a
 * name or whatever else somebody puts into a path becomes "*".
 */
void	access_path(const char *path, char *out, size_t room);
void	access_log(const struct http_request *, int status, int ms);

#endif
