#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/uuid.h"
#include "host/export/orca.h"
#include "host/qualify/finding.h"
#include "host/qualify/folder.h"
#include "host/store/audit.h"

#define TARGET		"orca"
#define ID_DIGITS	20	/* as in the terminal's own names */
#define NAME_MAX_LEN	160
#define BATCH		64	/* files between two commits */
#define STAGE_LEN	(sizeof(FOLDER_STAGE) + UUID_LEN + 4)

/* A file in the making. */
struct part {
	char	finding[UUID_LEN], file[NAME_MAX_LEN], stage[STAGE_LEN];
	int64_t	nth;
	int	lost;		/* another program was first */
};

/* One export in the making. */
struct run {
	const struct orca_conf	*conf;
	const struct orca_ask	*ask;
	struct store		*store;
	struct folder		*folder;
	json_t			*files, *before, *left_out;
	struct note		*note;
	size_t			 made, left;
	size_t			 n;	/* staged, not yet shown */
	struct part		 part[BATCH];
};

/* What an earlier export of a finding left. */
struct earlier {
	int64_t	nth, at;	/* nth 0: none */
	char	file[NAME_MAX_LEN];
};

static enum err
earlier_row(void *ctx, const struct val *cols, size_t n)
{
	struct earlier *e = ctx;

	if (n < 3)
		return (ERR_STORE);
	e->nth = val_num(&cols[0]);
	e->at = val_num(&cols[2]);
	snprintf(e->file, sizeof(e->file), "%s", val_str(&cols[1]));
	return (ERR_OK);
}

static enum err
find_earlier(struct store *s, const char *finding, struct earlier *e)
{
	struct val v[] = { val_text(finding), val_text(TARGET) };

	*e = (struct earlier){ .nth = 0 };
	return (store_run(s, SQL_EXPORT_NEWEST, v, 2, earlier_row, e, NULL));
}

static void
fill(char *out, size_t room, size_t *n, const char *s, size_t len)
{
	for (size_t i = 0; i < len && s[i] != '\0' && *n + 1 < room; i++)
		out[(*n)++] = s[i];
}

/* The name for a finding by the pattern. */
static void
file_name(const struct orca_conf *c, const char *finding, int64_t now,
    char out[NAME_MAX_LEN])
{
	char stamp[CLOCK_STAMP_LEN], id[ID_DIGITS + 1] = "";
	size_t n = 0, len = 0;

	clock_stamp(now, stamp);
	for (const char *p = finding; *p != '\0' && len < ID_DIGITS; p++)
		if (*p != '-')
			id[len++] = *p;
	for (const char *p = c->name; *p != '\0';) {
		if (strncmp(p, "{code}", 6) == 0) {
			fill(out, NAME_MAX_LEN, &n, c->institution_code, 10);
			p += 6;
		} else if (strncmp(p, "{id}", 4) == 0) {
			fill(out, NAME_MAX_LEN, &n, id, ID_DIGITS);
			p += 4;
		} else if (strncmp(p, "{time}", 6) == 0) {
			fill(out, NAME_MAX_LEN, &n, stamp, 14);
			p += 6;
		} else {
			fill(out, NAME_MAX_LEN, &n, p++, 1);
		}
	}
	out[n] = '\0';
}

/* --- a batch: staged, noted, shown --- */

static enum err
add_before(struct run *run, const char *finding, const struct earlier *e)
{
	char at[CLOCK_ISO_LEN];

	clock_iso(e->at, at);
	return (json_array_append_new(run->before, json_pack(
	    "{s:s, s:s, s:s}", "finding", finding, "file", e->file, "at",
	    at)) == 0 ? ERR_OK : ERR_NOMEM);
}

static enum err
add_left_out(struct run *run, const char *finding, enum err why)
{
	return (json_array_append_new(run->left_out, json_pack(
	    "{s:s, s:s, s:s, s:s}", "finding", finding, "code",
	    err_name(why), "ja", err_text(why, ERR_JA), "en",
	    err_text(why, ERR_EN))) == 0 ? ERR_OK : ERR_NOMEM);
}

static enum err
add_file(struct run *run, const struct part *p)
{
	return (json_array_append_new(run->files, json_pack("{s:s, s:s}",
	    "finding", p->finding, "file", p->file)) == 0 ? ERR_OK :
	    ERR_NOMEM);
}

/* Row and audit; ERR_ROW: somebody else was first. */
static enum err
note_one(struct run *run, const struct part *p, int64_t now)
{
	const char *client = run->ask->client == NULL ? "" :
	    run->ask->client;
	const char *staff = run->ask->staff == NULL ? "" : run->ask->staff;
	struct audit_who who = { client, staff, "" };
	struct val v[] = { val_text(p->finding), val_text(TARGET),
	    val_int(p->nth), val_text(p->file), val_text(p->stage),
	    val_text("staged"), val_int(now), val_text(client),
	    val_text(staff) };
	json_t *data;
	char *text;
	enum err r;

	if ((r = store_run(run->store, SQL_EXPORT_ADD, v, 9, NULL, NULL,
	    NULL)) != ERR_OK)
		return (r);
	data = json_pack("{s:s, s:s}", "target", TARGET, "file", p->file);
	text = json_dumps(data, JSON_SORT_KEYS);
	json_decref(data);
	r = text == NULL ? ERR_NOMEM : audit_add(run->store, &who,
	    "hand_over", AUDIT_FINDING, p->finding, text);
	free(text);
	return (r);
}

/* All rows in one transaction; parts that another program was first with are
 * given up. */
static enum err
note_batch(struct run *run, int64_t now)
{
	struct part *p;
	enum err r;

	if ((r = store_begin(run->store)) != ERR_OK)
		return (r);
	for (size_t i = 0; r == ERR_OK && i < run->n; i++) {
		p = &run->part[i];
		r = note_one(run, p, now);
		p->lost = r == ERR_ROW;
		if (p->lost)
			r = ERR_OK;
	}
	if (r == ERR_OK)
		return (store_commit(run->store));
	store_rollback(run->store);
	return (r);
}

static void
drop_stages(struct run *run, int lost)
{
	int gone;

	for (size_t i = 0; i < run->n; i++)
		if (run->part[i].lost || !lost)
			(void)folder_remove(run->folder, run->part[i].stage,
			    &gone);
}

/*
 * Without a stage it was shown before: whoever showed it did not live to say
 * so.  A taken name is the second half of a rename by link and unlink, because
 * the row made the name ours.
 */
static enum err
show(struct folder *f, const struct part *p, struct note *note)
{
	int gone;
	enum err r;

	r = folder_show(f, p->stage, p->file, note);
	if (r == ERR_FOREIGN)
		r = folder_remove(f, p->stage, &gone);
	return (r == ERR_NO_SUCH ? ERR_OK : r);
}

static enum err
placed(struct store *s, const struct part *p)
{
	struct val v[] = { val_text(p->finding), val_text(TARGET),
	    val_int(p->nth) };

	return (store_run(s, SQL_EXPORT_PLACED, v, 3, NULL, NULL, NULL));
}

static enum err
show_batch(struct run *run)
{
	const struct part *p;
	enum err r = ERR_OK;

	for (size_t i = 0; r == ERR_OK && i < run->n; i++)
		if (!run->part[i].lost)
			r = show(run->folder, &run->part[i], run->note);
	folder_sync(run->folder);
	if (r != ERR_OK || (r = store_begin(run->store)) != ERR_OK)
		return (r);
	for (size_t i = 0; r == ERR_OK && i < run->n; i++) {
		p = &run->part[i];
		if (!p->lost && (r = placed(run->store, p)) == ERR_OK)
			r = add_file(run, p);
	}
	if (r == ERR_OK)
		return (store_commit(run->store));
	store_rollback(run->store);
	return (r);
}

static enum err
say_lost(struct run *run)
{
	struct earlier e;
	enum err r = ERR_OK;

	for (size_t i = 0; r == ERR_OK && i < run->n; i++) {
		if (!run->part[i].lost)
			continue;
		r = find_earlier(run->store, run->part[i].finding, &e);
		if (r == ERR_OK)
			r = add_before(run, run->part[i].finding, &e);
	}
	return (r);
}

/* What was staged becomes visible, in this order whatever happens. */
static enum err
flush(struct run *run)
{
	enum err r;

	if (run->n == 0)
		return (ERR_OK);
	folder_sync(run->folder);
	if ((r = note_batch(run, clock_wall_ms())) != ERR_OK) {
		drop_stages(run, 0);
	} else {
		drop_stages(run, 1);
		if ((r = show_batch(run)) == ERR_OK)
			r = say_lost(run);
	}
	run->n = 0;
	return (r);
}

/* One more of the batch, written beside. */
static enum err
stage(struct run *run, const char *finding, const struct blob *xml,
    int64_t nth, int64_t now)
{
	struct part *p = &run->part[run->n];
	char id[UUID_LEN];
	enum err r;

	*p = (struct part){ .nth = nth };
	snprintf(p->finding, sizeof(p->finding), "%s", finding);
	file_name(run->conf, finding, now, p->file);
	if (folder_has(run->folder, p->file)) {
		note_set(run->note, "%s", p->file);
		return (ERR_FOREIGN);
	}
	if ((r = uuid_make(id)) != ERR_OK)
		return (r);
	snprintf(p->stage, sizeof(p->stage), FOLDER_STAGE "%s.tmp", id);
	if ((r = folder_stage(run->folder, p->stage, xml->data, xml->len,
	    run->note)) != ERR_OK)
		return (r);
	run->n++;
	run->made++;
	return (run->n == BATCH ? flush(run) : ERR_OK);
}

/* What ends the whole export, and not only this finding's. */
static int
is_end(enum err r)
{
	return (r != ERR_OK && r != ERR_NO_COVERAGE && r != ERR_MISFIT &&
	    r != ERR_NO_SUCH && r != ERR_FOREIGN);
}

/* A finding that is named twice is one. */
static int
is_staged(const struct run *run, const char *finding)
{
	for (size_t i = 0; i < run->n; i++)
		if (strcmp(run->part[i].finding, finding) == 0)
			return (1);
	return (0);
}

static enum err
hand_over(struct run *run, const char *id)
{
	struct finding f = { .data = NULL };
	struct blob xml = { 0 };
	struct earlier e;
	int64_t now = clock_wall_ms();
	enum err r;

	if (is_staged(run, id))
		return (ERR_OK);
	if ((r = find_earlier(run->store, id, &e)) != ERR_OK)
		return (r);
	if (e.nth > 0 && !run->ask->again)
		return (add_before(run, id, &e));
	if (run->ask->max > 0 && run->made == run->ask->max) {
		run->left++;
		return (ERR_OK);
	}
	if ((r = finding_get(run->store, id, &f)) == ERR_OK)
		r = orca_xml(run->conf, &(struct orca_source){ f.id, f.kind,
		    f.asked_on, f.data }, now, &xml, run->note);
	if (r == ERR_OK)
		r = stage(run, id, &xml, e.nth + 1, now);
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
		return (flush(run));
	drop_stages(run, 0);
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
	struct val v = val_text(TARGET);

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
		if ((r = show(f, &p, note)) != ERR_OK)
			return (r);
		folder_sync(f);
		if ((r = placed(store, &p)) != ERR_OK)
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
