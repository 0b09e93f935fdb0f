#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "host/qualify/deadline.h"
#include "host/qualify/exchange_in.h"

static enum err
look_returned(struct talk *t, const char *name)
{
	int fresh, due;

	if (!folder_has(t->desk.res, name))
		return (ERR_OK);
	if (t->returned == 0)
		t->returned = clock_ms();
	/* Who looks once does not know when it came. */
	due = t->post == NULL ? answer_err_is_due(&t->desk, name) :
	    clock_ms() - t->returned >= answer_err_wait(&t->desk);
	return (answer_take_returned(&t->desk, &t->rq, name, due, &t->result,
	    &fresh));
}

/* A share may spell names its own way (features.md E06). */
static enum err
look_spelled(struct talk *t, const char *res, const char *back)
{
	char actual[KIND_NAME_MAX + 1];
	enum err r;
	int fresh;

	if (clock_ms() - t->scanned < TALK_SCAN_MS)
		return (ERR_OK);
	t->scanned = clock_ms();
	if ((r = folder_find(t->desk.res, res, actual, sizeof(actual))) !=
	    ERR_OK)
		return (r);
	if (actual[0] != '\0')
		return (answer_take(&t->desk, &t->rq, actual, &t->result,
		    &fresh));
	if ((r = folder_find(t->desk.res, back, actual, sizeof(actual))) !=
	    ERR_OK || actual[0] == '\0')
		return (r);
	return (look_returned(t, actual));
}

static enum err
look(struct talk *t)
{
	char res[KIND_NAME_MAX + 1], back[KIND_NAME_MAX + 1];
	enum err r;
	int fresh;

	answer_name(t->rq.file, "res", ".xml", res, sizeof(res));
	answer_name(t->rq.file, "req", ".xml", back, sizeof(back));
	if ((r = answer_take(&t->desk, &t->rq, res, &t->result, &fresh)) !=
	    ERR_OK || t->result != NULL)
		return (r);
	if ((r = look_returned(t, back)) != ERR_OK || t->result != NULL)
		return (r);
	return (look_spelled(t, res, back));
}

/* Another one of us may have taken the answer in. */
static enum err
look_in_store(struct talk *t)
{
	struct answer_request now;
	enum err r;
	int found;

	if ((r = answer_request(&t->desk, t->rq.file, &now, &found)) !=
	    ERR_OK || !found || (strcmp(now.state, "answered") != 0 &&
	    strcmp(now.state, "returned") != 0))
		return (r);
	return (answer_stored(&t->desk, &t->rq, &t->result));
}

enum err
talk_look(struct talk *t, int in_store)
{
	enum err r, s = ERR_OK;

	r = look(t);
	if (t->result == NULL && in_store)
		s = look_in_store(t);
	if (r != ERR_OK)
		talk_trouble(t, r);
	else if (s != ERR_OK)
		talk_trouble(t, s);
	return (r != ERR_OK ? r : s);
}

/* The answer that another takes, by any of the kind's extensions. */
struct left {
	const struct kind	*kind;
	char			 base[KIND_NAME_MAX + 1];	/* "…res_…." */
	char			*name;		/* as the share spells it */
};

/* An XML of the other kinds is taken in here. */
static int
is_for_others(const struct kind *kind, enum kind_ext ext)
{
	return ((kind->exts & (1u << ext)) != 0 &&
	    (ext != KIND_XML || answer_is_left(kind)));
}

static enum err
left_one(void *ctx, const char *name)
{
	struct left *l = ctx;
	struct kind_name n;

	if (strncasecmp(name, l->base, strlen(l->base)) == 0 &&
	    kind_parse(name, &n) && strchr(name + strlen(l->base), '.') ==
	    NULL && is_for_others(l->kind, n.ext))
		snprintf(l->name, 128, "%s", name);
	return (ERR_OK);
}

static enum err
look_left(struct talk *t, const struct kind *kind, char left[128])
{
	struct left l = { .kind = kind, .name = left };

	if (!answer_is_left(kind) && kind->exts == 1u << KIND_XML)
		return (ERR_OK);
	answer_name(t->rq.file, "res", ".", l.base, sizeof(l.base));
	return (folder_scan(t->desk.res, left_one, &l));
}

static enum err
look_posted(struct talk *t, const struct kind *kind,
    struct exchange_look *look)
{
	char back[KIND_NAME_MAX + 1];
	enum err r;

	t->scanned = -TALK_SCAN_MS;
	answer_name(t->rq.file, "req", ".xml", back, sizeof(back));
	r = answer_is_left(kind) ? look_returned(t, back) : talk_look(t, 1);
	if (r != ERR_OK || t->result != NULL)
		return (r);
	return (look_left(t, kind, look->left));
}

static int
is_overdue(const struct exchange_conf *conf, const struct answer_request *rq)
{
	return ((strcmp(rq->state, "new") == 0 ||
	    strcmp(rq->state, "written") == 0) && clock_wall_ms() >
	    deadline_after(rq->created_at, conf->answer_ms,
	    conf->restart_from, conf->restart_to));
}

static enum err
look_once(struct talk *t, struct exchange_look *look)
{
	struct kind_name name;
	struct answer_request now;
	int found;
	enum err r;

	if (!kind_parse(t->rq.file, &name))
		return (ERR_NO_SUCH);
	if ((r = look_posted(t, name.kind, look)) != ERR_OK)
		return (r);
	if (t->result == NULL && look->left[0] == '\0' &&
	    is_overdue(t->desk.conf, &t->rq) &&
	    (r = answer_take_back(&t->desk, t->rq.file, NULL)) != ERR_OK)
		return (r);
	if ((r = answer_request(&t->desk, t->rq.file, &now, &found)) == ERR_OK)
		snprintf(look->state, sizeof(look->state), "%s", now.state);
	look->result = t->result;
	t->result = NULL;	/* moved */
	return (r);
}

/* Of a request that is in the store. */
static enum err
open_posted(struct talk *t, const struct exchange_conf *conf,
    struct store *store, const char *file, struct note *note)
{
	int found;
	enum err r;

	if ((r = answer_open(conf, store, &t->desk, note)) != ERR_OK ||
	    (r = answer_request(&t->desk, file, &t->rq, &found)) != ERR_OK)
		return (r);
	return (found ? ERR_OK : ERR_NO_SUCH);
}

enum err
exchange_look(const struct exchange_conf *conf, struct store *store,
    const char *file, struct exchange_look *look, struct note *note)
{
	struct talk t = { .post = NULL };
	enum err r;

	*look = (struct exchange_look){ .result = NULL };
	if ((r = open_posted(&t, conf, store, file, note)) == ERR_OK) {
		memcpy(look->state, t.rq.state, sizeof(look->state));
		memcpy(look->chart_number, t.rq.chart_number,
		    sizeof(look->chart_number));
		look->asked_at = t.rq.created_at;
		r = look_once(&t, look);
	}
	talk_end(&t);
	return (r);
}

void
exchange_look_free(struct exchange_look *look)
{
	if (look != NULL)
		result_free(&look->result);
}

enum err
exchange_withdraw(const struct exchange_conf *conf, struct store *store,
    const char *file, char state[16], struct note *note)
{
	struct talk t = { .post = NULL };
	enum err r;
	int gone = 0;

	state[0] = '\0';
	if ((r = open_posted(&t, conf, store, file, note)) == ERR_OK)
		r = folder_remove(t.desk.req, file, &gone);
	if (r == ERR_OK && gone)
		r = answer_give_up(&t.desk, file, 1, state);
	else if (r == ERR_OK)
		memcpy(state, t.rq.state, sizeof(t.rq.state));
	talk_end(&t);
	return (r);
}
