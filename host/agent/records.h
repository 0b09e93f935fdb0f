#ifndef HOST_AGENT_RECORDS_H
#define HOST_AGENT_RECORDS_H

#include "host/agent/conf.h"
#include "host/remote/hub.h"

/*
 * What devices on purpose deliver ask for: tickets are given and records
 * filed (host/filing), for the hub's threads one at a time.
 */
struct records;

struct records_ops {
	void	(*changed)(void *ctx);	/* a visit was filed; any thread */
	void	*ctx;
};

/* conf and the CA are borrowed.  Errors of store_open. */
enum err	records_open(const struct conf *, const struct ca *,
		    const struct records_ops *, struct records **,
		    struct note *);
/* After the hub that asks it.  NULL fine, sets NULL. */
void		records_close(struct records **);
/* For hub_conf; the records'. */
const struct hub_deliver	*records_deliver(struct records *);

#endif
