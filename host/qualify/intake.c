#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/qualify/finding.h"
#include "host/qualify/folder.h"
#include "host/qualify/intake.h"
#include "host/qualify/shelf.h"

struct intake {
	char		*path;
	char		*code;		/* of our institution */
	struct store	*store;
	struct folder	*folder;	/* NULL while it cannot be used */
	struct shelf	 shelf;
	size_t		 turn;		/* first whose change is asked for */
	int64_t		 next;		/* earliest due, monotonic ms */
};

/* Who gets what is new in one look. */
struct taker {
	intake_each	*each;
	void		*ctx;
	size_t		*n;
};

enum err
intake_open(const char *folder, const char *institution_code,
    struct store *store, struct intake **out, struct note *note)
{
	struct intake *in;
	enum err r = ERR_NOMEM;

	*out = NULL;
	if ((in = calloc(1, sizeof(*in))) == NULL)
		return (ERR_NOMEM);
	in->store = store;
	in->shelf.max = INTAKE_NAMES;
	in->next = INT64_MAX;
	if ((in->path = strdup(folder)) != NULL &&
	    (in->code = strdup(institution_code)) != NULL)
		r = folder_open(folder, &in->folder, note);
	if (r == ERR_OK) {
		*out = in;
		in = NULL;	/* moved */
	}
	intake_close(&in);
	return (r);
}

void
intake_close(struct intake **in)
{
	if (in == NULL || *in == NULL)
		return;
	folder_close(&(*in)->folder);
	shelf_wipe(&(*in)->shelf);
	free((*in)->path);
	free((*in)->code);
	free(*in);
	*in = NULL;
}

/* --- what comes of a reading --- */

static void
say(struct shelf_file *f, const char *why)
{
	if (f->said == NULL || strcmp(f->said, why) != 0)
		log_line(LOG_WARN, "intake", "%s: %s; left where it is",
		    f->name, why);
	f->said = why;
}

/* Not read again until it changes. */
static void
settle(struct shelf_file *f)
{
	f->due = INT64_MAX;
	f->digest[0] = '\0';
}

static void
leave(struct shelf_file *f, const char *why)
{
	say(f, why);
	settle(f);
}

/*
 * Never for good: what holds a file, a virus scanner for one, may let go of
 * it without a trace in its times.
 */
static void
put_off(struct shelf_file *f)
{
	int late = ++f->tries >= INTAKE_TRIES;

	if (late)
		say(f, err_text(ERR_HALF, ERR_EN));
	f->due = clock_ms() + (late ? INTAKE_LATER_MS : INTAKE_SETTLE_MS);
}

/* --- taking --- */

/* Why it is none of ours to take; NULL if it is. */
static const char *
why_not(const struct intake *in, const struct result *result)
{
	if (result_outcome(result) != RESULT_ACCEPTED &&
	    result_err(result) != ERR_REFUSED)
		return (err_text(result_err(result), ERR_EN));
	if (strcmp(result_field(result, RESULT_TOP,
	    FIELD_MedicalInstitutionCode), in->code) != 0)
		return ("a result of another institution");
	return (NULL);
}

static enum err
add_result(struct store *store, const struct shelf_file *f,
    const struct blob *raw, int *fresh)
{
	const struct val v[] = { val_text(f->digest), val_text(f->name),
	    val_int(clock_wall_ms()), val_blob(raw->data, raw->len) };
	int64_t changed = 0;
	enum err r;

	r = store_run(store, SQL_RESULT_FACE_ADD, v, 4, NULL, NULL, &changed);
	*fresh = changed > 0;
	return (r);
}

/* At once, so that the desk sees it; what fails here is caught up with. */
static void
derive(struct store *store, const char *name, const char *digest)
{
	size_t n;
	int done;
	enum err r;

	r = finding_derive(store, digest, 0, &n, &done);
	if (r != ERR_OK)
		log_line(LOG_WARN, "finding", "%s: %s; again later", name,
		    err_text(r, ERR_EN));
}

static enum err
hand_over(struct intake *in, struct shelf_file *f, const struct blob *raw,
    struct result **result, const struct taker *t)
{
	char digest[DIGEST_HEX];
	int again, fresh;
	enum err r;

	if ((r = digest_known(in->store, SQL_RESULT_HAS_FILE, f->name,
	    &again)) != ERR_OK ||
	    (r = add_result(in->store, f, raw, &fresh)) != ERR_OK)
		return (r);
	memcpy(digest, f->digest, sizeof(digest));
	settle(f);
	if (!fresh)
		return (ERR_OK);
	if (again)
		log_line(LOG_WARN, "intake", "%s: came again with other "
		    "content", f->name);
	derive(in->store, f->name, digest);
	(*t->n)++;
	return (t->each(t->ctx, result, digest));
}

static enum err
take(struct intake *in, struct shelf_file *f, const struct blob *raw,
    const struct taker *t)
{
	struct result *result = NULL;
	const char *why;
	enum err r;

	if ((r = result_read(f->name, raw->len > 0 ? (const void *)raw->data :
	    "", raw->len, &result, NULL)) != ERR_OK)
		return (r);
	if (result_outcome(result) == RESULT_WAITING)
		put_off(f);
	else if ((why = why_not(in, result)) != NULL)
		leave(f, why);
	else
		r = hand_over(in, f, raw, &result, t);
	result_free(&result);
	return (r);
}

/* The store first: what it has is neither parsed nor waited for. */
static enum err
compare(struct intake *in, struct shelf_file *f, const struct blob *raw,
    const struct taker *t)
{
	char digest[DIGEST_HEX];
	int known, agrees;
	enum err r;

	if ((r = digest_of(raw, NULL, digest)) != ERR_OK ||
	    (r = digest_known(in->store, SQL_RESULT_HAS_DIGEST, digest,
	    &known)) != ERR_OK)
		return (r);
	if (known) {
		settle(f);
		return (ERR_OK);
	}
	agrees = strcmp(digest, f->digest) == 0;
	memcpy(f->digest, digest, sizeof(f->digest));
	if (agrees)
		return (take(in, f, raw, t));
	f->tries = 0;	/* its writer lives */
	put_off(f);
	return (ERR_OK);
}

static int
is_same(const struct folder_stamp *a, const struct folder_stamp *b)
{
	return (a->inode == b->inode && a->size == b->size &&
	    a->changed == b->changed);
}

/* What could not be read agrees with nothing. */
static void
read_in_vain(struct shelf_file *f, enum err r)
{
	f->digest[0] = '\0';
	if (r == ERR_FOREIGN)
		leave(f, "no regular file");
	else if (r == ERR_XML_BIG)
		leave(f, err_text(r, ERR_EN));
	else
		put_off(f);
}

static enum err
read_one(struct intake *in, struct shelf_file *f, const struct taker *t)
{
	struct folder_stamp stamp;
	struct blob raw = { 0 };
	int found;
	enum err r;

	/* Before it is read: what is written meanwhile is a change. */
	folder_stamp(in->folder, f->name, &stamp);
	if (!is_same(&stamp, &f->stamp)) {
		f->stamp = stamp;
		f->digest[0] = '\0';
		f->tries = 0;
	}
	r = folder_read_once(in->folder, f->name, RESULT_MAX, &raw, &found);
	if (r == ERR_OK && found)
		r = compare(in, f, &raw, t);
	else if (r != ERR_NOMEM) {
		read_in_vain(f, r);
		r = ERR_OK;
	}
	blob_free(&raw);
	return (r);
}

/* --- a look --- */

static int
has_changed(struct intake *in, const struct shelf_file *f)
{
	struct folder_stamp now;

	return (folder_stamp(in->folder, f->name, &now) &&
	    !is_same(&now, &f->stamp));
}

/* A share is asked once per file, so that only some are asked for. */
static int
is_in_turn(const struct intake *in, size_t i)
{
	return ((i + in->shelf.n - in->turn) % in->shelf.n < INTAKE_CHECKS);
}

static enum err
read_due(struct intake *in, const struct taker *t)
{
	struct shelf *s = &in->shelf;
	int64_t now = clock_ms();
	enum err r = ERR_OK;
	int left = INTAKE_READS;

	in->turn = in->turn < s->n ? in->turn : 0;
	for (size_t i = 0; i < s->n && left > 0 && r == ERR_OK; i++) {
		if (s->v[i].due > now && !(is_in_turn(in, i) &&
		    has_changed(in, &s->v[i])))
			continue;
		r = read_one(in, &s->v[i], t);
		left--;
	}
	in->turn += INTAKE_CHECKS;
	return (r);
}

static int64_t
earliest(const struct shelf *s)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < s->n; i++) {
		if (s->v[i].due < due)
			due = s->v[i].due;
	}
	return (due);
}

enum err
intake_look(struct intake *in, intake_each *each, void *ctx, size_t *n)
{
	const struct taker t = { each, ctx, n };
	enum err r;

	*n = 0;
	in->next = INT64_MAX;
	/* Anew: a share may have gone and come back under the same path. */
	folder_close(&in->folder);
	if ((r = folder_open(in->path, &in->folder, NULL)) != ERR_OK ||
	    (r = shelf_list(&in->shelf, in->folder)) != ERR_OK ||
	    (r = read_due(in, &t)) != ERR_OK)
		return (r);
	in->next = earliest(&in->shelf);
	return (ERR_OK);
}

void
intake_wait(struct intake *in, int ms)
{
	int64_t left = in->next - clock_ms();

	if (left < ms)
		ms = left > 0 ? (int)left : 0;
	if (in->folder == NULL)
		clock_sleep(ms);
	else
		folder_wait(in->folder, ms, 1);
}
