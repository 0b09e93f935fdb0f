#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/export/orca_in.h"
#include "host/qualify/finding.h"

static enum err
add_left_out(struct run *run, const char *finding, enum err why)
{
	return (json_array_append_new(run->left_out, json_pack(
	    "{s:s, s:s, s:s, s:s}", "finding", finding, "code",
	    err_name(why), "ja", err_text(why, ERR_JA), "en",
	    err_text(why, ERR_EN))) == 0 ? ERR_OK : ERR_NOMEM);
}

/* What ends the whole export, and not only this finding's. */
static int
is_end(enum err r)
{
	return (r != ERR_OK && r != ERR_NO_COVERAGE && r != ERR_MISFIT &&
	    r != ERR_NO_SUCH && r != ERR_FOREIGN);
}

static enum err
hand_over(struct run *run, const char *id)
{
	struct finding f = { .data = NULL };
	struct blob xml = { 0 };
	struct earlier e;
	int64_t now = clock_wall_ms();
	enum err r;

	if (orca_staged(run, id))
		return (ERR_OK);
	if ((r = orca_earlier(run->store, id, &e)) != ERR_OK)
		return (r);
	if (e.nth > 0 && !run->ask->again)
		return (orca_before(run, id, &e));
	if (run->ask->max > 0 && run->made == run->ask->max) {
		run->left++;
		return (ERR_OK);
	}
	if ((r = finding_get(run->store, id, &f)) == ERR_OK)
		r = orca_xml(run->conf, &(struct orca_source){ f.id, f.kind,
		    f.asked_on, f.data }, now, &xml, run->note);
	if (r == ERR_OK)
		r = orca_stage(run, id, &xml, e.nth + 1, now);
	if (r != ERR_OK && !is_end(r))
		r = add_left_out(run, id, r);
	blob_free(&xml);
	finding_free(&f);
	return (r);
}

/* --- the findings of a job --- */

struct ids {
	char	(*id)[UUID_LEN];
	size_t	 n, room;
};

static enum err
keep_id(void *ctx, const struct finding *f)
{
	struct ids *ids = ctx;
	void *more;

	if (ids->n == ids->room) {
		ids->room = ids->room == 0 ? 256 : ids->room * 2;
		more = realloc(ids->id, ids->room * sizeof(*ids->id));
		if (more == NULL)
			return (ERR_NOMEM);
		ids->id = more;
	}
	memcpy(ids->id[ids->n++], f->id, UUID_LEN);
	return (ERR_OK);
}

static enum err
ids_of_job(struct store *s, const char *job, struct ids *ids)
{
	struct finding_query q = { .job = job, .limit = 1000 };
	size_t n;
	enum err r;

	do {
		n = ids->n;
		q.offset = n;
		r = finding_list(s, &q, keep_id, ids, NULL);
	} while (r == ERR_OK && ids->n - n == q.limit);
	return (r);
}

/* The oldest first, as they stand in the file. */
static enum err
hand_over_job(struct run *run)
{
	struct ids ids = { NULL, 0, 0 };
	enum err r;

	r = ids_of_job(run->store, run->ask->job, &ids);
	for (size_t i = ids.n; r == ERR_OK && i > 0; i--)
		r = hand_over(run, ids.id[i - 1]);
	free(ids.id);
	return (r);
}

static enum err
hand_over_all(struct run *run)
{
	enum err r = ERR_OK;

	if (run->ask->findings == NULL)
		r = hand_over_job(run);
	for (size_t i = 0; run->ask->findings != NULL && r == ERR_OK &&
	    i < run->ask->n; i++)
		r = hand_over(run, run->ask->findings[i]);
	if (r == ERR_OK)
		return (orca_flush(run));
	orca_drop(run, 0);
	return (r);
}

static enum err
err_named(const char *name)
{
	for (int e = 0; e < ERR_COUNT; e++)
		if (name != NULL && strcmp(err_name((enum err)e), name) == 0)
			return ((enum err)e);
	return (ERR_NO_SUCH);
}

/* Of a single finding, what became of it is the outcome. */
static enum err
single(const struct run *run)
{
	if (run->ask->findings == NULL || run->ask->n != 1)
		return (ERR_OK);
	if (json_array_size(run->before) == 1)
		return (ERR_HANDED_OVER);
	if (json_array_size(run->left_out) == 1)
		return (err_named(json_string_value(json_object_get(
		    json_array_get(run->left_out, 0), "code"))));
	return (ERR_OK);
}

static enum err
open_folder(const struct orca_conf *c, struct folder **f, struct note *note)
{
	*f = NULL;
	if (c->folder[0] == '\0') {
		note_set(note, "[orca] folder");
		return (ERR_CONF);
	}
	return (folder_open(c->folder, f, note));
}

/* --- what a killed program left --- */

static enum err
staged_row(void *ctx, const struct val *cols, size_t n)
{
	struct part *p = ctx;

	if (n < 4)
		return (ERR_STORE);
	if (p->nth > 0)
		return (ERR_OK);
	snprintf(p->finding, sizeof(p->finding), "%s", val_str(&cols[0]));
	p->nth = val_num(&cols[1]);
	snprintf(p->file, sizeof(p->file), "%s", val_str(&cols[2]));
	snprintf(p->stage, sizeof(p->stage), "%s", val_str(&cols[3]));
	return (ERR_OK);
}

/* nth 0: there is none. */
static enum err
find_staged(struct store *store, struct part *p)
{
	struct val v = val_text(ORCA_TARGET);

	*p = (struct part){ .nth = 0 };
	return (store_run(store, SQL_EXPORT_STAGED, &v, 1, staged_row, p,
	    NULL));
}

static enum err
resume(struct store *store, struct folder *f, size_t *n, struct note *note)
{
	struct part p;
	enum err r;

	for (;;) {
		if ((r = find_staged(store, &p)) != ERR_OK || p.nth == 0)
			break;
		if ((r = orca_show(f, &p, note)) != ERR_OK)
			return (r);
		folder_sync(f);
		if ((r = orca_placed(store, &p)) != ERR_OK)
			return (r);
		++*n;
	}
	return (r == ERR_OK ? folder_clean(f) : r);
}

enum err
orca_resume(const struct orca_conf *c, struct store *store, size_t *n,
    struct note *note)
{
	struct folder *f = NULL;
	struct part p;
	enum err r;

	*n = 0;
	if ((r = find_staged(store, &p)) != ERR_OK || p.nth == 0)
		return (r);
	if ((r = open_folder(c, &f, note)) == ERR_OK)
		r = resume(store, f, n, note);
	folder_close(&f);
	return (r);
}

enum err
orca_export(const struct orca_conf *c, struct store *store,
    const struct orca_ask *ask, json_t **out, struct note *note)
{
	struct run run = { .conf = c, .ask = ask, .store = store,
	    .note = note };
	size_t n = 0;
	enum err r;

	*out = NULL;
	if ((r = open_folder(c, &run.folder, note)) != ERR_OK)
		return (r);
	run.files = json_array();
	run.before = json_array();
	run.left_out = json_array();
	if ((r = resume(store, run.folder, &n, note)) == ERR_OK)
		r = hand_over_all(&run);
	*out = json_pack("{s:o, s:o, s:o, s:I}", "files", run.files,
	    "before", run.before, "left_out", run.left_out, "left",
	    (json_int_t)run.left);
	if (r == ERR_OK)
		r = *out == NULL ? ERR_NOMEM : single(&run);
	folder_close(&run.folder);
	return (r);
}
