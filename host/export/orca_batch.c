#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/export/orca_in.h"
#include "host/store/audit.h"

#define ID_DIGITS	20	/* as in the terminal's own names */

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

enum err
orca_earlier(struct store *s, const char *finding, struct earlier *e)
{
	struct val v[] = { val_text(finding), val_text(ORCA_TARGET) };

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
    char out[ORCA_FILE])
{
	char stamp[CLOCK_STAMP_LEN], id[ID_DIGITS + 1] = "";
	size_t n = 0, len = 0;

	clock_stamp(now, stamp);
	for (const char *p = finding; *p != '\0' && len < ID_DIGITS; p++)
		if (*p != '-')
			id[len++] = *p;
	for (const char *p = c->name; *p != '\0';) {
		if (strncmp(p, "{code}", 6) == 0) {
			fill(out, ORCA_FILE, &n, c->institution_code, 10);
			p += 6;
		} else if (strncmp(p, "{id}", 4) == 0) {
			fill(out, ORCA_FILE, &n, id, ID_DIGITS);
			p += 4;
		} else if (strncmp(p, "{time}", 6) == 0) {
			fill(out, ORCA_FILE, &n, stamp, 14);
			p += 6;
		} else {
			fill(out, ORCA_FILE, &n, p++, 1);
		}
	}
	out[n] = '\0';
}

enum err
orca_before(struct run *run, const char *finding, const struct earlier *e)
{
	char at[CLOCK_ISO_LEN];

	clock_iso(e->at, at);
	return (json_array_append_new(run->before, json_pack(
	    "{s:s, s:s, s:s}", "finding", finding, "file", e->file, "at",
	    at)) == 0 ? ERR_OK : ERR_NOMEM);
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
	struct val v[] = { val_text(p->finding), val_text(ORCA_TARGET),
	    val_int(p->nth), val_text(p->file), val_text(p->stage),
	    val_text("staged"), val_int(now), val_text(client),
	    val_text(staff) };
	json_t *data;
	char *text;
	enum err r;

	if ((r = store_run(run->store, SQL_EXPORT_ADD, v, 9, NULL, NULL,
	    NULL)) != ERR_OK)
		return (r);
	data = json_pack("{s:s, s:s}", "target", ORCA_TARGET, "file", p->file);
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

void
orca_drop(struct run *run, int lost)
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
enum err
orca_show(struct folder *f, const struct part *p, struct note *note)
{
	int gone;
	enum err r;

	r = folder_show(f, p->stage, p->file, note);
	if (r == ERR_FOREIGN)
		r = folder_remove(f, p->stage, &gone);
	return (r == ERR_NO_SUCH ? ERR_OK : r);
}

enum err
orca_placed(struct store *s, const struct part *p)
{
	struct val v[] = { val_text(p->finding), val_text(ORCA_TARGET),
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
			r = orca_show(run->folder, &run->part[i], run->note);
	folder_sync(run->folder);
	if (r != ERR_OK || (r = store_begin(run->store)) != ERR_OK)
		return (r);
	for (size_t i = 0; r == ERR_OK && i < run->n; i++) {
		p = &run->part[i];
		if (!p->lost && (r = orca_placed(run->store, p)) == ERR_OK)
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
		r = orca_earlier(run->store, run->part[i].finding, &e);
		if (r == ERR_OK)
			r = orca_before(run, run->part[i].finding, &e);
	}
	return (r);
}

/* What was staged becomes visible, in this order whatever happens. */
enum err
orca_flush(struct run *run)
{
	enum err r;

	if (run->n == 0)
		return (ERR_OK);
	folder_sync(run->folder);
	if ((r = note_batch(run, clock_wall_ms())) != ERR_OK) {
		orca_drop(run, 0);
	} else {
		orca_drop(run, 1);
		if ((r = show_batch(run)) == ERR_OK)
			r = say_lost(run);
	}
	run->n = 0;
	return (r);
}

/* One more of the batch, written beside. */
enum err
orca_stage(struct run *run, const char *finding, const struct blob *xml,
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
	return (run->n == ORCA_BATCH ? orca_flush(run) : ERR_OK);
}

/* A finding that is named twice is one. */
int
orca_staged(const struct run *run, const char *finding)
{
	for (size_t i = 0; i < run->n; i++)
		if (strcmp(run->part[i].finding, finding) == 0)
			return (1);
	return (0);
}
