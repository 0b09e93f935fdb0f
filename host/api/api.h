#ifndef HOST_API_API_H
#define HOST_API_API_H

#include "host/api/clients.h"
#include "host/api/http.h"
#include "host/document/document.h"
#include "host/export/orca.h"
#include "host/qualify/job.h"
#include "host/remote/invite.h"
#include "host/visit/live.h"

/*
 * What the agent offers over HTTP: who may ask what, and the answers; the
 * paths are a table (routes.c) and openapi.yaml describes them.  All of it
 * runs in the server's thread.
 */
struct api;

/* What only the agent knows; called in the server's thread. */
struct api_ops {
	/* Schema Reader of every kiosk client's, by name; new reference. */
	json_t		*(*readers)(void *ctx);
	/* 1 if this device has its reader connected. */
	int		 (*connected)(void *ctx, const char *device);
	/* One was revoked or renamed. */
	void		 (*devices_changed)(void *ctx);
	/* There is a new job, or one goes on. */
	void		 (*jobs_changed)(void *ctx);
	/* 1 if req and res could be used when they were last looked at. */
	int		 (*folders)(void *ctx);
	void		*ctx;
};

struct api_conf {
	struct store		*store;		/* borrowed; this thread's */
	struct live		*live;		/* borrowed */
	const struct api_ops	*ops;		/* borrowed */
	const char		*institution_code;
	int			 electronic_prescription;
	int			 test_mode;
	int			 auto_check;	/* of who is added to today */
	int			 alarm_errors;	/* in a row, DEN-10 */
	const char		*url;		/* of the pages, for QR codes */
	const struct job_conf	*jobs;		/* borrowed */
	const struct document_conf *documents;	/* borrowed */
	const struct orca_conf	*orca;		/* borrowed; NULL: no folder */
	struct invite_conf	 devices;	/* ca_print NULL: none can come */
};

enum err	api_open(const struct api_conf *, struct api **);
void		api_close(struct api **);	/* NULL fine */

/* The server's callbacks (server.h). */
void		api_admit(void *, const struct http_request *,
		    struct http_answer *);
void		api_handle(void *, const struct http_request *,
		    struct http_answer *);
enum err	api_feed(void *, const char *client, int64_t *after,
		    struct blob *out);
int		api_holds(void *, const char *client);
/* About once a second: alarms, counters, what ended. */
void		api_tick(struct api *);

#endif
