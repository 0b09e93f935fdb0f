#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "crypto/uuid.h"
#include "host/api/kept.h"
#include "host/api/rows.h"

static enum err
add(struct call *c, const char *action, const char *id, const json_t *data)
{
	const struct audit_who who = rows_who(c);
	char *text = json_dumps(data, JSON_COMPACT);
	enum err r = text == NULL ? ERR_NOMEM : audit_add(c->conf->store,
	    &who, action, KEPT_AUDIT, id, text);

	free(text);
	return (r);
}

void
kept_add(struct call *c, const char *action, json_t *data)
{
	char id[UUID_LEN];
	enum err r;

	if ((r = uuid_make(id)) == ERR_OK && (r = add(c, action, id, data)) ==
	    ERR_OK)
		snprintf(c->subject, sizeof(c->subject), "%s", id);
	else
		log_line(LOG_WARN, "api", "%s is not in the audit: %s", action,
		    err_name(r));
	json_decref(data);
}

static enum err
take(void *ctx, const struct audit_row *row)
{
	json_t **data = ctx;

	json_decref(*data);
	*data = json_loads(row->data, 0, NULL);
	if (*data == NULL)
		return (ERR_STORE);
	if (json_object_set_new(*data, "client", json_string(row->client)) !=
	    0 || json_object_set_new(*data, "staff", json_string(row->staff))
	    != 0)
		return (ERR_NOMEM);
	return (ERR_OK);
}

enum err
kept_find(struct call *c, json_t **data)
{
	char subject[sizeof(KEPT_AUDIT) + CALL_PARAM];
	const struct audit_query q = { .subject = subject, .action = "",
	    .limit = 1 };
	enum err r;

	*data = NULL;
	snprintf(subject, sizeof(subject), "%s%s", KEPT_AUDIT, c->subject);
	r = audit_list(c->conf->store, &q, take, data, NULL);
	if (r == ERR_OK && *data == NULL)
		r = ERR_NO_SUCH;
	if (r != ERR_OK) {
		json_decref(*data);
		*data = NULL;
	}
	return (r);
}
