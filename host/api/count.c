#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "host/api/count.h"
#include "host/visit/machine.h"
#include "host/visit/record.h"

#define ROWS	500

struct count {
	uint64_t	status[6];		/* by hundreds */
	uint64_t	moves[VS_COUNT][VS_COUNT];
	int64_t		last;			/* event taken in */
	int		forgot;
};

static enum err
last_row(void *ctx, const struct val *cols, size_t n)
{
	struct count *c = ctx;

	c->last = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

enum err
count_open(struct store *st, struct count **out)
{
	struct count *c = calloc(1, sizeof(*c));
	enum err r;

	*out = c;
	if (c == NULL)
		return (ERR_NOMEM);
	if ((r = store_run(st, SQL_EVENT_LAST, NULL, 0, last_row, c, NULL)) !=
	    ERR_OK)
		count_close(out);
	return (r);
}

void
count_close(struct count **cp)
{
	free(*cp);
	*cp = NULL;
}

void
count_request(struct count *c, int status)
{
	if (status >= 100 && status < 600)
		c->status[status / 100]++;
}

static enum visit_state
state_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return (s == NULL ? VS_COUNT : record_state_named(s));
}

static enum err
event_row(void *ctx, const struct val *cols, size_t n)
{
	struct count *c = ctx;
	json_t *o;
	enum visit_state from, to;

	if (n != 4)
		return (ERR_STORE);
	c->last = val_num(&cols[0]);
	if (strcmp(val_str(&cols[1]), "visit") != 0 ||
	    (o = json_loads(val_str(&cols[3]), 0, NULL)) == NULL)
		return (ERR_OK);
	from = state_of(o, "from");
	to = state_of(o, "state");
	if (from != VS_COUNT && to != VS_COUNT)
		c->moves[from][to]++;
	c->forgot |= to == VS_CANCELLED || to == VS_EXPIRED ||
	    to == VS_REFUSED;
	json_decref(o);
	return (ERR_OK);
}

int
count_events(struct count *c, struct store *st)
{
	int64_t before;

	c->forgot = 0;
	do {
		const struct val p[] = { val_int(c->last), val_int(ROWS) };

		before = c->last;
		if (store_run(st, SQL_EVENT_AFTER, p, 2, event_row, c,
		    NULL) != ERR_OK)
			break;
	} while (c->last != before);
	return (c->forgot);
}

static enum err
print_moves(const struct count *c, struct blob *out)
{
	enum err r;

	r = blob_add_str(out, "# TYPE shikaku_visit_transitions_total "
	    "counter\n");
	for (int f = 0; r == ERR_OK && f < VS_COUNT; f++) {
		for (int t = 0; r == ERR_OK && t < VS_COUNT; t++) {
			if (c->moves[f][t] == 0)
				continue;
			r = blob_printf(out, "shikaku_visit_transitions_total{"
			    "from=\"%s\",to=\"%s\"} %llu\n",
			    machine_state((enum visit_state)f),
			    machine_state((enum visit_state)t),
			    (unsigned long long)c->moves[f][t]);
		}
	}
	return (r);
}

enum err
count_print(const struct count *c, struct blob *out)
{
	enum err r;

	r = blob_add_str(out, "# TYPE shikaku_requests_total counter\n");
	for (int i = 1; r == ERR_OK && i < 6; i++)
		r = blob_printf(out, "shikaku_requests_total{status=\"%dxx\"} "
		    "%llu\n", i, (unsigned long long)c->status[i]);
	return (r != ERR_OK ? r : print_moves(c, out));
}
