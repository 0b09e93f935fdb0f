#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/qualify/answer.h"
#include "host/qualify/finding.h"
#include "host/qualify/pack.h"

#define LOOK_AGAIN_MS	5000	/* a share's times may be coarse */
#define ERR_WAIT_MS	3000	/* a .err comes with or after its .xml */

enum err
answer_open(const struct exchange_conf *conf, struct store *store,
    struct answer_desk *d, struct note *note)
{
	enum err r;

	*d = (struct answer_desk){ .conf = conf, .store = store };
	if ((r = folder_open(conf->req, &d->req, note)) != ERR_OK)
		return (r);
	return (folder_open(conf->res, &d->res, note));
}

void
answer_close(struct answer_desk *d)
{
	folder_close(&d->req);
	folder_close(&d->res);
}

static void
reopen(const char *path, struct folder **f)
{
	struct folder *again;

	if (folder_open(path, &again, NULL) != ERR_OK)
		return;
	folder_close(f);
	*f = again;
}

void
answer_reopen(struct answer_desk *d)
{
	reopen(d->conf->req, &d->req);
	reopen(d->conf->res, &d->res);
}

void
answer_name(const char *file, const char *marker, const char *ext, char *out,
    size_t room)
{
	struct kind_name name;
	size_t stem;

	out[0] = '\0';
	if (!kind_parse(file, &name))
		return;
	stem = strlen(name.stem);
	snprintf(out, room, "%s%s%.*s%s", name.stem, marker,
	    (int)(strlen(file) - stem - 3 - 4), file + stem + 3, ext);
}

static enum err
add_result(struct store *store, const struct answer_request *rq,
    const char *file, const struct blob *raw, int *fresh)
{
	char digest[DIGEST_HEX];
	int64_t changed = 0;
	enum err r;

	if ((r = digest_of(raw, file, digest)) != ERR_OK)
		return (r);
	const struct val v[] = { val_text(digest), val_text(file),
	    val_text(rq->file), val_int(clock_wall_ms()),
	    val_blob(raw->data, raw->len) };
	r = store_run(store, SQL_RESULT_ADD, v, 5, NULL, NULL, &changed);
	*fresh = changed > 0;
	return (r);
}

enum err
answer_set(struct store *store, const char *file, const char *state,
    const struct result *result)
{
	static const char *const outcomes[] = {
	    [RESULT_ACCEPTED] = "accepted", [RESULT_REFUSED] = "refused",
	    [RESULT_WAITING] = "waiting", [RESULT_NOT_OURS] = "refused" };
	const struct val v[] = { val_text(state), val_int(clock_wall_ms()),
	    val_text(outcomes[result_outcome(result)]), val_text(result_reason(result, ERR_JA)),
	    val_text(file) };

	return (store_run(store, SQL_REQUEST_STATE, v, 5, NULL, NULL, NULL));
}

/* Files of one answer: the result, or the returned request and its text. */
struct part {
	const char		*name;
	const struct blob	*raw;
};

/* All parts and the state, or nothing. */
static enum err
keep_answer(struct store *store, const struct answer_request *rq,
    const struct part parts[2], const char *state,
    const struct result *result)
{
	enum err r;
	int fresh;

	if ((r = store_begin(store)) != ERR_OK)
		return (r);
	for (int i = 0; i < 2 && r == ERR_OK; i++) {
		if (parts[i].raw->len > 0)
			r = add_result(store, rq, parts[i].name,
			    parts[i].raw, &fresh);
	}
	if (r == ERR_OK)
		r = answer_set(store, rq->file, state, result);
	if (r == ERR_OK)
		r = store_commit(store);
	if (r != ERR_OK)
		store_rollback(store);
	return (r);
}

void
answer_remove(struct answer_desk *d, const char *name)
{
	int gone;

	if (!d->conf->keep_results &&
	    folder_remove(d->res, name, &gone) != ERR_OK)
		log_line(LOG_WARN, "exchange", "%s: cannot be removed", name);
}

static void
say_foreign(struct answer_request *rq, const char *name, const char *why)
{
	if (!rq->foreign)
		log_line(LOG_WARN, "exchange", "%s: %s; left where it is",
		    name, why);
	rq->foreign = 1;
}

/* The echo of the person, where there is one, must be the person's. */
static int
echo_agrees(const struct answer_request *rq, const struct result *result)
{
	const char *echo = result_field(result, RESULT_TOP,
	    FIELD_ArbitraryIdentifier);

	return (echo[0] == '\0' || strcmp(echo, rq->chart_number) == 0);
}

int
answer_is_left(const struct kind *kind)
{
	return (kind->reader == KIND_UNITS || kind->reader == KIND_CARE);
}

/* A 02req carries none, its name and number are all there is (2.4). */
static const char *
mark_of(const struct answer_desk *d, const struct answer_request *rq)
{
	struct kind_name name;

	return (kind_parse(rq->file, &name) &&
	    name.kind->reader == KIND_UNITS ? d->conf->institution_code :
	    rq->identifier);
}

/* At once, so that the desk sees it; what fails here is caught up with. */
static void
derive(struct store *store, const char *name, const struct blob *raw)
{
	char digest[DIGEST_HEX];
	size_t n;
	int done;
	enum err r;

	if ((r = digest_of(raw, name, digest)) != ERR_OK ||
	    (r = finding_derive(store, digest, 0, &n, &done)) != ERR_OK)
		log_line(LOG_WARN, "finding", "%s: %s; again later", name,
		    err_text(r, ERR_EN));
}

static int
is_for(const struct answer_desk *d, const struct answer_request *rq,
    const struct result *result)
{
	return (strcmp(result_field(result, RESULT_TOP,
	    FIELD_MedicalInstitutionCode), d->conf->institution_code) == 0 &&
	    strcmp(result_field(result, RESULT_TOP,
	    FIELD_ArbitraryFileIdentifier), rq->identifier) == 0 &&
	    echo_agrees(rq, result));
}

/* Broken before its header could be read: nobody's, but under our name. */
static int
is_broken(const struct result *result)
{
	return (result_outcome(result) == RESULT_REFUSED &&
	    result_err(result) != ERR_REFUSED &&
	    result_field(result, RESULT_TOP,
	    FIELD_ArbitraryFileIdentifier)[0] == '\0');
}

int
answer_stays(const struct result *result)
{
	return (result_outcome(result) == RESULT_REFUSED &&
	    result_err(result) != ERR_REFUSED);
}

/* What the store knows of the answer tells whether the file is to stay. */
static enum err
remove_duplicate(struct answer_desk *d, const struct answer_request *rq,
    const char *name)
{
	struct answer_request now;
	int found;
	enum err r;

	if ((r = answer_request(d, rq->file, &now, &found)) != ERR_OK)
		return (r);
	if (found && !now.left)
		answer_remove(d, name);
	return (ERR_OK);
}

/*
 * The store has it: the same bytes are a duplicate and go; others under the
 * same name stay for a person to look at.
 */
static enum err
settle_known(struct answer_desk *d, struct answer_request *rq,
    const char *name, const struct blob *raw, int *known)
{
	char digest[DIGEST_HEX];
	int same, any;
	enum err r;

	*known = 0;
	if ((r = digest_of(raw, name, digest)) != ERR_OK ||
	    (r = digest_known(d->store, SQL_RESULT_HAS_DIGEST, digest,
	    &same)) != ERR_OK ||
	    (r = digest_known(d->store, SQL_RESULT_HAS_FILE, name, &any)) !=
	    ERR_OK)
		return (r);
	*known = same || any;
	if (same)
		return (remove_duplicate(d, rq, name));
	if (any)
		say_foreign(rq, name, "came again with other content");
	return (ERR_OK);
}

enum err
answer_peek(struct answer_desk *d, struct answer_request *rq,
    const char *name, char digest[DIGEST_HEX])
{
	struct blob raw = { 0 };
	int found, same = 0;
	enum err r;

	digest[0] = '\0';
	r = folder_read_once(d->res, name, RESULT_MAX, &raw, &found);
	if (r == ERR_FOREIGN)
		say_foreign(rq, name, err_text(r, ERR_EN));
	if (r == ERR_XML_BIG)
		r = ERR_OK;
	if (r == ERR_OK && found &&
	    (r = digest_of(&raw, name, digest)) == ERR_OK &&
	    (r = digest_known(d->store, SQL_RESULT_HAS_DIGEST, digest,
	    &same)) == ERR_OK && same)
		r = remove_duplicate(d, rq, name);
	if (r != ERR_OK || same)
		digest[0] = '\0';
	blob_free(&raw);
	return (r == ERR_FOREIGN || r == ERR_HALF ? ERR_OK : r);
}

static int
by_name(const void *key, const void *seen)
{
	return (strcmp(key, ((const struct answer_seen *)seen)->name));
}

/* A second reading; the first one was long enough ago. */
static enum err
read_again(struct answer_desk *d, const struct answer_seen *seen,
    struct blob *raw, int *found)
{
	char digest[DIGEST_HEX];
	enum err r, hashed;

	r = folder_read_once(d->res, seen->name, RESULT_MAX, raw, found);
	if ((r != ERR_OK && r != ERR_XML_BIG) || !*found)
		return (r);
	if ((hashed = digest_of(raw, seen->name, digest)) != ERR_OK)
		return (hashed);
	return (strcmp(digest, seen->digest) != 0 ? ERR_HALF : r);
}

/* ERR_XML_BIG: no answer of ours, but what there is of it is in raw. */
static enum err
read_settled(struct answer_desk *d, struct answer_request *rq,
    const char *name, struct blob *raw, int *found)
{
	const struct answer_seen *seen = d->nseen == 0 ? NULL :
	    bsearch(name, d->seen, d->nseen, sizeof(*seen), by_name);
	enum err r = seen != NULL ? read_again(d, seen, raw, found) :
	    folder_read(d->res, name, RESULT_MAX, d->conf->settle_ms > 0 ?
	    d->conf->settle_ms : EXCHANGE_SETTLE_MS, raw, found);

	if (r == ERR_FOREIGN)
		say_foreign(rq, name, err_text(r, ERR_EN));
	if (r == ERR_FOREIGN || r == ERR_HALF) {
		*found = 0;
		return (ERR_OK);
	}
	return (r);
}

/* The same for what cannot be large: a request of ours, a .err. */
static enum err
read_small(struct answer_desk *d, struct answer_request *rq,
    const char *name, struct blob *raw, int *found)
{
	enum err r = read_settled(d, rq, name, raw, found);

	if (r != ERR_XML_BIG)
		return (r);
	say_foreign(rq, name, err_text(r, ERR_EN));
	blob_reset(raw);
	*found = 0;
	return (ERR_OK);
}

static int
is_unchanged(const struct answer_request *rq, const struct folder_stamp *now)
{
	return (rq->digest[0] != '\0' && rq->stamp.inode == now->inode &&
	    rq->stamp.size == now->size &&
	    rq->stamp.changed == now->changed &&
	    clock_ms() - rq->looked < LOOK_AGAIN_MS);
}

static enum err
take_read(struct answer_desk *d, struct answer_request *rq, const char *name,
    const struct blob *raw, struct result **out)
{
	const struct part parts[2] = { { name, raw }, { name,
	    &(struct blob){ 0 } } };
	struct result *result = NULL;
	enum err r;

	if ((r = result_read(name, raw->len > 0 ? (const void *)raw->data : "",
	    raw->len, &result, NULL)) != ERR_OK)
		return (r);
	if (result_outcome(result) == RESULT_WAITING)
		goto out;
	if (!is_broken(result) && !is_for(d, rq, result)) {
		say_foreign(rq, name, "not an answer to this request");
		goto out;
	}
	if ((r = keep_answer(d->store, rq, parts, "answered", result)) !=
	    ERR_OK)
		goto out;
	derive(d->store, name, raw);
	if (!answer_stays(result))
		answer_remove(d, name);
	*out = result;
	result = NULL;	/* moved */
out:
	result_free(&result);
	return (r);
}

/* What was parsed in vain is so again until a byte of it changes. */
static enum err
take_changed(struct answer_desk *d, struct answer_request *rq,
    const char *name, const struct blob *raw, struct result **out)
{
	char digest[DIGEST_HEX];
	enum err r;

	if ((r = digest_of(raw, name, digest)) != ERR_OK)
		return (r);
	if (strcmp(digest, rq->digest) != 0 &&
	    (r = take_read(d, rq, name, raw, out)) != ERR_OK)
		return (r);
	if (*out == NULL) {
		rq->looked = clock_ms();
		memcpy(rq->digest, digest, sizeof(rq->digest));
	}
	return (ERR_OK);
}

enum err
answer_take(struct answer_desk *d, struct answer_request *rq,
    const char *name, struct result **out, int *fresh)
{
	struct folder_stamp stamp;
	struct blob raw = { 0 };
	int found, known = 0;
	enum err r;

	*out = NULL;
	*fresh = 0;
	/* Before it is read: what is written meanwhile is a change. */
	if (!folder_stamp(d->res, name, &stamp) || is_unchanged(rq, &stamp))
		return (ERR_OK);
	r = read_settled(d, rq, name, &raw, &found);
	if ((r != ERR_OK && r != ERR_XML_BIG) || !found)
		goto out;
	if ((r = settle_known(d, rq, name, &raw, &known)) != ERR_OK)
		goto out;
	rq->stamp = stamp;
	r = known ? answer_stored(d, rq, out) : take_changed(d, rq, name,
	    &raw, out);
	*fresh = !known && *out != NULL;
out:
	blob_free(&raw);
	return (r);
}

static enum err
keep_returned(struct answer_desk *d, const struct answer_request *rq,
    const struct part parts[2], struct result **out)
{
	struct result *result = NULL;
	enum err r;

	/* Without a text the returned file itself says as much as there is. */
	if ((r = result_read(parts[parts[1].raw->len > 0].name,
	    parts[parts[1].raw->len > 0].raw->data,
	    parts[parts[1].raw->len > 0].raw->len, &result, NULL)) != ERR_OK)
		return (r);
	if ((r = keep_answer(d->store, rq, parts, "returned", result)) ==
	    ERR_OK) {
		answer_remove(d, parts[0].name);
		if (parts[1].raw->len > 0)
			answer_remove(d, parts[1].name);
		*out = result;
		result = NULL;	/* moved */
	}
	result_free(&result);
	return (r);
}

/* Ours if it holds our identifier: it is our own file, byte for byte. */
static int
is_our_request(const struct answer_desk *d, const struct answer_request *rq,
    const struct blob *raw)
{
	const char *mark = mark_of(d, rq);

	return (raw->len > 0 && memmem(raw->data, raw->len, mark,
	    strlen(mark)) != NULL);
}

enum err
answer_take_returned(struct answer_desk *d, struct answer_request *rq,
    const char *name, int err_due, struct result **out, int *fresh)
{
	struct blob raw = { 0 }, text = { 0 };
	const struct part parts[2] = { { name, &raw }, { NULL, &text } };
	char beside[KIND_NAME_MAX + 1];
	int found, known = 0;
	enum err r;

	*out = NULL;
	*fresh = 0;
	if ((r = read_small(d, rq, name, &raw, &found)) != ERR_OK || !found)
		goto out;
	if ((r = settle_known(d, rq, name, &raw, &known)) != ERR_OK)
		goto out;
	if (known) {
		r = answer_stored(d, rq, out);
		goto out;
	}
	if (!is_our_request(d, rq, &raw)) {
		say_foreign(rq, name, "not a request of ours");
		goto out;
	}
	snprintf(beside, sizeof(beside), "%.*serr", (int)strlen(name) - 3,
	    name);
	if ((r = read_small(d, rq, beside, &text, &found)) != ERR_OK ||
	    ((!found || text.len == 0) && !err_due))
		goto out;
	r = keep_returned(d, rq, (const struct part[2]){ parts[0],
	    { beside, &text } }, out);
	*fresh = *out != NULL;
out:
	blob_free(&raw);
	blob_free(&text);
	return (r);
}

int
answer_err_wait(const struct answer_desk *d)
{
	return (d->conf->err_wait_ms > 0 ? d->conf->err_wait_ms :
	    ERR_WAIT_MS);
}

/* By the later of its times: a rename keeps the one of the request. */
int
answer_err_is_due(struct answer_desk *d, const char *name)
{
	struct folder_stamp stamp;

	return (folder_stamp(d->res, name, &stamp) && clock_wall_ms() -
	    stamp.changed / 1000000 >= answer_err_wait(d));
}

enum err
answer_take_text(struct answer_desk *d, struct answer_request *rq,
    const char *name, struct result **out, int *fresh)
{
	struct blob text = { 0 };
	const struct part parts[2] = { { name, &text }, { name,
	    &(struct blob){ 0 } } };
	int found, known = 0;
	enum err r;

	*out = NULL;
	*fresh = 0;
	/* Before that it waits for its request to come back. */
	if (strcmp(rq->state, "returned") != 0)
		return (ERR_OK);
	if ((r = read_small(d, rq, name, &text, &found)) != ERR_OK || !found ||
	    text.len == 0 ||
	    (r = settle_known(d, rq, name, &text, &known)) != ERR_OK || known)
		goto out;
	if ((r = result_read(name, text.data, text.len, out, NULL)) ==
	    ERR_OK &&
	    (r = keep_answer(d->store, rq, parts, "returned", *out)) ==
	    ERR_OK)
		answer_remove(d, name);
	*fresh = r == ERR_OK;
out:
	if (r != ERR_OK)
		result_free(out);
	blob_free(&text);
	return (r);
}

static enum err
load_row(void *ctx, const struct val *cols, size_t n)
{
	struct result **out = ctx;

	/* digest, file, request_file, received_at, raw, packed; newest first */
	if (n < 6 || *out != NULL)
		return (ERR_OK);
	return (pack_read(&(struct pack){ val_str(&cols[1]), cols[4].data,
	    cols[4].len, (int)val_num(&cols[5]) }, out));
}

enum err
answer_stored(struct answer_desk *d, const struct answer_request *rq,
    struct result **out)
{
	static const char *const forms[][2] = { { "res", ".xml" },
	    { "res", ".zip" }, { "req", ".err" }, { "req", ".xml" } };
	char name[KIND_NAME_MAX + 1];
	enum err r = ERR_OK;

	*out = NULL;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) &&
	    r == ERR_OK && *out == NULL; i++) {
		answer_name(rq->file, forms[i][0], forms[i][1], name,
		    sizeof(name));
		const struct val v = val_text(name);
		r = store_run(d->store, SQL_RESULT_BY_FILE, &v, 1, load_row,
		    out, NULL);
	}
	return (r);
}

struct request_row {
	struct answer_request	*rq;
	int			 found;
};

static enum err
request_row(void *ctx, const struct val *cols, size_t n)
{
	struct request_row *row = ctx;
	struct answer_request *rq = row->rq;

	const char *refused = err_text(ERR_REFUSED, ERR_JA);

	/* file, identifier, kind, visit, chart_number, state, created_at,
	 * answered_at, outcome, message */
	if (n < 10)
		return (ERR_SEQUENCE);
	snprintf(rq->file, sizeof(rq->file), "%s", val_str(&cols[0]));
	snprintf(rq->identifier, sizeof(rq->identifier), "%s",
	    val_str(&cols[1]));
	snprintf(rq->chart_number, sizeof(rq->chart_number), "%s",
	    val_str(&cols[4]));
	snprintf(rq->state, sizeof(rq->state), "%s", val_str(&cols[5]));
	rq->created_at = val_num(&cols[6]);
	/* The message begins with the error: only the terminal's own is taken
	 * out of res, see answer_stays. */
	rq->left = strcmp(val_str(&cols[8]), "refused") == 0 &&
	    strncmp(val_str(&cols[9]), refused, strlen(refused)) != 0;
	row->found = 1;
	return (ERR_OK);
}

enum err
answer_request(struct answer_desk *d, const char *file,
    struct answer_request *rq, int *found)
{
	struct request_row row = { .rq = rq };
	const struct val v = val_text(file);
	enum err r;

	*rq = (struct answer_request){ .foreign = 0 };
	r = store_run(d->store, SQL_REQUEST_BY_FILE, &v, 1, request_row, &row,
	    NULL);
	*found = row.found;
	return (r);
}

enum err
answer_move(struct answer_desk *d, const char *file, const char *state,
    char now[16])
{
	const struct val v[] = { val_text(state), val_text(file) };
	struct answer_request rq;
	int64_t changed = 0;
	int found;
	enum err r;

	if (now != NULL)
		snprintf(now, 16, "%s", state);
	r = store_run(d->store, SQL_REQUEST_MOVE, v, 2, NULL, NULL, &changed);
	if (r != ERR_OK || changed > 0 || now == NULL)
		return (r);
	if ((r = answer_request(d, file, &rq, &found)) == ERR_OK)
		snprintf(now, 16, "%s", rq.state);
	return (r);
}

enum err
answer_give_up(struct answer_desk *d, const char *file, int gone,
    char now[16])
{
	return (answer_move(d, file, gone ? "withdrawn" : "unanswered", now));
}

enum err
answer_take_back(struct answer_desk *d, const char *file, char now[16])
{
	enum err r;
	int gone;

	if ((r = folder_remove(d->req, file, &gone)) != ERR_OK)
		return (r);
	return (answer_give_up(d, file, gone, now));
}
