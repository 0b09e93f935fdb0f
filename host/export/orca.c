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
#define ID_DIGITS	20	/* of the terminal's own names behind the code */
#define NAME_MAX_LEN	160
#define STAGE_LEN	(sizeof(FOLDER_STAGE) + UUID_LEN + 4)

/* One export in the making. */
struct run {
	const struct orca_conf	*conf;
	const struct orca_ask	*ask;
	struct store		*store;
	struct folder		*folder;
	json_t			*files, *before, *left_out;
	struct note		*note;
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

/* Row and audit together; ERR_ROW: somebody else was first. */
static enum err
keep_row(struct run *run, const char *finding, int64_t nth, const char *file,
    const char *stage, int64_t now)
{
	struct audit_who who = { run->ask->client, run->ask->staff, "" };
	struct val v[] = { val_text(finding), val_text(TARGET), val_int(nth),
	    val_text(file), val_text(stage), val_text("staged"),
	    val_int(now), val_text(run->ask->client == NULL ? "" :
	    run->ask->client), val_text(run->ask->staff == NULL ? "" :
	    run->ask->staff) };
	json_t *data;
	char *text;
	enum err r;

	data = json_pack("{s:s, s:s}", "target", TARGET, "file", file);
	text = json_dumps(data, JSON_SORT_KEYS);
	json_decref(data);
	if (text == NULL)
		return (ERR_NOMEM);
	if ((r = store_begin(run->store)) == ERR_OK) {
		r = store_run(run->store, SQL_EXPORT_ADD, v, 9, NULL, NULL,
		    NULL);
		if (r == ERR_OK)
			r = audit_add(run->store, &who, "hand_over",
			    AUDIT_FINDING, finding, text);
		if (r == ERR_OK)
			r = store_commit(run->store);
		else
			store_rollback(run->store);
	}
	free(text);
	return (r);
}

/*
 * From staged to placed.  Without a stage it was shown before: whoever showed
 * it did not live to say so.  A taken name is the second half of a rename by
 * link and unlink, because the row made the name ours.
 */
static enum err
place(struct store *s, struct folder *f, const char *finding, int64_t nth,
    const char *file, const char *stage, struct note *note)
{
	struct val v[] = { val_text(finding), val_text(TARGET),
	    val_int(nth) };
	int gone;
	enum err r;

	r = folder_show(f, stage, file, note);
	if (r == ERR_FOREIGN)
		r = folder_remove(f, stage, &gone);
	if (r != ERR_OK && r != ERR_NO_SUCH)
		return (r);
	return (store_run(s, SQL_EXPORT_PLACED, v, 3, NULL, NULL, NULL));
}

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

/* The finding's bytes beside, its row, and then the file. */
static enum err
write_one(struct run *run, const char *finding, const struct blob *xml,
    int64_t nth, int64_t now)
{
	char file[NAME_MAX_LEN], stage[STAGE_LEN], id[UUID_LEN];
	int gone;
	enum err r;

	file_name(run->conf, finding, now, file);
	if (folder_has(run->folder, file)) {
		note_set(run->note, "%s", file);
		return (ERR_FOREIGN);
	}
	if ((r = uuid_make(id)) != ERR_OK)
		return (r);
	snprintf(stage, sizeof(stage), FOLDER_STAGE "%s.tmp", id);
	if ((r = folder_stage(run->folder, stage, xml->data, xml->len,
	    run->note)) != ERR_OK)
		return (r);
	if ((r = keep_row(run, finding, nth, file, stage, now)) != ERR_OK) {
		(void)folder_remove(run->folder, stage, &gone);
		return (r);
	}
	if ((r = place(run->store, run->folder, finding, nth, file, stage,
	    run->note)) != ERR_OK)
		return (r);
	return (json_array_append_new(run->files, json_pack("{s:s, s:s}",
	    "finding", finding, "file", file)) == 0 ? ERR_OK : ERR_NOMEM);
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

	if ((r = find_earlier(run->store, id, &e)) != ERR_OK)
		return (r);
	if (e.nth > 0 && !run->ask->again)
		return (add_before(run, id, &e));
	if ((r = finding_get(run->store, id, &f)) == ERR_OK)
		r = orca_xml(run->conf, &(struct orca_source){ f.id, f.kind,
		    f.asked_on, f.data }, now, &xml, run->note);
	if (r == ERR_OK)
		r = write_one(run, id, &xml, e.nth + 1, now);
	/* Another process handed it over between our look and our row. */
	if (r == ERR_ROW && (r = find_earlier(run->store, id, &e)) == ERR_OK)
		r = add_before(run, id, &e);
	else if (r != ERR_OK && !is_end(r))
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
		return (hand_over_job(run));
	for (size_t i = 0; r == ERR_OK && i < run->ask->n; i++)
		r = hand_over(run, run->ask->findings[i]);
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

struct staged {
	char	finding[UUID_LEN], file[NAME_MAX_LEN], stage[STAGE_LEN];
	int64_t	nth;
	int	found;
};

static enum err
staged_row(void *ctx, const struct val *cols, size_t n)
{
	struct staged *s = ctx;

	if (n < 4)
		return (ERR_STORE);
	if (s->found)
		return (ERR_OK);
	s->found = 1;
	snprintf(s->finding, sizeof(s->finding), "%s", val_str(&cols[0]));
	s->nth = val_num(&cols[1]);
	snprintf(s->file, sizeof(s->file), "%s", val_str(&cols[2]));
	snprintf(s->stage, sizeof(s->stage), "%s", val_str(&cols[3]));
	return (ERR_OK);
}

static enum err
resume(struct store *store, struct folder *f, size_t *n, struct note *note)
{
	struct val v = val_text(TARGET);
	struct staged s;
	enum err r;

	for (;;) {
		s.found = 0;
		r = store_run(store, SQL_EXPORT_STAGED, &v, 1, staged_row, &s,
		    NULL);
		if (r != ERR_OK || !s.found)
			break;
		if ((r = place(store, f, s.finding, s.nth, s.file, s.stage,
		    note)) != ERR_OK)
			return (r);
		++*n;
	}
	return (r == ERR_OK ? folder_clean(f) : r);
}

enum err
orca_resume(const struct orca_conf *c, struct store *store, size_t *n,
    struct note *note)
{
	struct folder *f;
	enum err r;

	*n = 0;
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
	*out = json_pack("{s:o, s:o, s:o}", "files", run.files, "before",
	    run.before, "left_out", run.left_out);
	if (r == ERR_OK)
		r = *out == NULL ? ERR_NOMEM : single(&run);
	folder_close(&run.folder);
	return (r);
}
