#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/qualify/answer.h"
#include "host/qualify/crypt.h"
#include "host/qualify/kind.h"
#include "host/qualify/pack_in.h"
#include "host/qualify/result_in.h"

/* One reading of the file, and what it makes of it. */
struct reading {
	struct digest	*digest;
	struct deflater	*deflater;	/* NULL: of a .zip, or digest alone */
	struct units	*units;
	enum err	 cut;		/* of the units; they end, it goes on */
	int		 begun;
	struct blob	*raw;		/* NULL: digest alone */
};

static enum err
keep_part(struct reading *rd, const void *data, size_t len)
{
	if (rd->deflater == NULL)
		return (rd->raw->len + len > PACK_ROOM ? ERR_XML_BIG :
		    blob_add(rd->raw, data, len));
	if (rd->cut == ERR_OK)
		rd->cut = units_feed(rd->units, data, len);
	return (deflater_add(rd->deflater, data, len, rd->raw));
}

static enum err
on_part(void *ctx, const void *data, size_t len)
{
	struct reading *rd = ctx;
	enum err r;

	if ((r = digest_add(rd->digest, data, len)) != ERR_OK)
		return (r);
	if (!rd->begun && crypt_is_likely(data, len))
		rd->cut = ERR_CRYPT;
	rd->begun |= len > 0;
	return (rd->raw == NULL ? ERR_OK : keep_part(rd, data, len));
}

static enum err
begin(struct reading *rd, int zip)
{
	enum err r;

	if ((r = digest_begin(&rd->digest)) != ERR_OK || rd->raw == NULL ||
	    zip || (r = units_new(NULL, NULL, &rd->units)) != ERR_OK)
		return (r);
	return (deflater_new(&rd->deflater));
}

static void
drop(struct reading *rd)
{
	digest_drop(&rd->digest);
	deflater_free(&rd->deflater);
	units_free(&rd->units);
}

/* *found 0: not there, or held by its writer. */
static enum err
read_once(struct answer_desk *d, const char *name, struct reading *rd,
    char digest[DIGEST_HEX], int *found)
{
	enum err r;

	r = folder_read_parts(d->res, name, PACK_MAX, on_part, rd, found);
	if (r == ERR_HALF) {
		*found = 0;
		r = ERR_OK;
	}
	if (r != ERR_OK || !*found)
		return (r);
	if (rd->deflater != NULL &&
	    (r = deflater_end(rd->deflater, rd->raw)) != ERR_OK)
		return (r);
	if (rd->units != NULL && rd->cut == ERR_OK)
		rd->cut = units_end(rd->units);
	return (digest_end(&rd->digest, name, digest));
}

static enum err
read_digest(struct answer_desk *d, const char *name, char digest[DIGEST_HEX],
    int *found)
{
	struct reading rd = { .cut = ERR_OK };
	enum err r;

	digest[0] = '\0';
	*found = 0;
	if ((r = begin(&rd, 0)) == ERR_OK)
		r = read_once(d, name, &rd, digest, found);
	drop(&rd);
	return (r);
}

/* --- what was read --- */

struct catch {
	struct answer_desk	*desk;
	struct answer_request	*rq;
	const char		*name;
	struct blob		 raw;
	int			 zip, vain;	/* vain: it stays there */
	struct pack_taken	*taken;
};

static enum err
head_of(struct catch *c, struct reading *rd, struct result **head)
{
	const struct pack p = { .file = c->name, .raw = c->raw.data,
	    .len = c->raw.len, .packed = !c->zip };
	const struct reason_what none = { .why = REASON_NONE };

	if (c->zip && rd->cut != ERR_CRYPT)
		return (pack_read_head(&p, head));
	return (rd->cut == ERR_OK ? pack_head(c->name, rd->units, head) :
	    pack_failed(c->name, rd->cut, &none, head));
}

static enum err
add_row(struct catch *c)
{
	const struct val v[] = { val_text(c->taken->digest),
	    val_text(c->name), val_text(c->rq->file),
	    val_int(clock_wall_ms()), val_blob(c->raw.data, c->raw.len) };

	return (store_run(c->desk->store, c->zip ? SQL_RESULT_ADD :
	    SQL_RESULT_PACK_ADD, v, 5, NULL, NULL, NULL));
}

/* Of a head that was judged: how many findings are to come, less 1. */
static enum err
set_due(struct catch *c, const struct result *head)
{
	int64_t n = result_outcome(head) == RESULT_ACCEPTED ?
	    -1 - (int64_t)result_units(head) : 0;
	const struct val v[] = { val_int(n), val_text(c->taken->digest) };

	return (store_run(c->desk->store, SQL_RESULT_FOUND, v, 2, NULL, NULL,
	    NULL));
}

static enum err
keep(struct catch *c, const struct result *head)
{
	struct store *store = c->desk->store;
	enum err r;

	if ((r = store_begin(store)) != ERR_OK)
		return (r);
	if ((r = add_row(c)) == ERR_OK && (r = set_due(c, head)) == ERR_OK &&
	    (r = answer_set(store, c->rq->file, "answered", head)) == ERR_OK)
		r = store_commit(store);
	if (r != ERR_OK)
		store_rollback(store);
	return (r);
}

static enum err
reception_row(void *ctx, const struct val *cols, size_t n)
{
	char *number = ctx;

	if (n < 1)
		return (ERR_SEQUENCE);
	snprintf(number, 101, "%s", val_str(&cols[0]));
	return (ERR_OK);
}

/*
 * 02req carries no identifier (oqs-files.md 2.4): an answer is ours by its
 * name, the institution and, where both say one, the reception number.
 */
static enum err
is_ours(struct catch *c, const struct result *head, int *ours)
{
	const struct val v = val_text(c->rq->file);
	const char *number = result_field(head, RESULT_TOP,
	    FIELD_ReceptionNumber);
	char asked[101] = "";
	enum err r;

	*ours = strcmp(result_field(head, RESULT_TOP,
	    FIELD_MedicalInstitutionCode),
	    c->desk->conf->institution_code) == 0;
	if (!*ours || number[0] == '\0')
		return (ERR_OK);
	r = store_run(c->desk->store, SQL_RESULT_RECEPTION, &v, 1,
	    reception_row, asked, NULL);
	*ours = asked[0] == '\0' || strcmp(asked, number) == 0;
	return (r);
}

/* Broken before its header could be read: nobody's, but under our name. */
static int
is_broken(const struct result *head)
{
	return (result_outcome(head) == RESULT_REFUSED &&
	    result_err(head) != ERR_REFUSED && result_field(head, RESULT_TOP,
	    FIELD_MedicalInstitutionCode)[0] == '\0');
}

static enum err
keep_read(struct catch *c, struct reading *rd)
{
	struct result *head = NULL;
	int ours = 1;
	enum err r;

	if ((r = head_of(c, rd, &head)) != ERR_OK)
		return (r);
	if (result_outcome(head) == RESULT_WAITING &&
	    result_err(head) == ERR_HALF)
		goto out;
	if (!is_broken(head) && ((r = is_ours(c, head, &ours)) != ERR_OK ||
	    !ours)) {
		log_line(LOG_WARN, "exchange", "%s: not an answer to this "
		    "request; left where it is", c->name);
		c->vain = 1;
		goto out;
	}
	if ((r = keep(c, head)) != ERR_OK)
		goto out;
	if (!answer_stays(head))
		answer_remove(c->desk, c->name);
	c->taken->fresh = 1;
	c->taken->head = head;
	head = NULL;	/* moved */
out:
	result_free(&head);
	return (r);
}

static enum err
read_settled(struct catch *c)
{
	struct reading rd = { .raw = &c->raw };
	char again[DIGEST_HEX];
	int found;
	enum err r;

	clock_sleep(c->desk->conf->settle_ms > 0 ? c->desk->conf->settle_ms :
	    EXCHANGE_SETTLE_MS);
	if ((r = begin(&rd, c->zip)) == ERR_OK)
		r = read_once(c->desk, c->name, &rd, again, &found);
	if (r == ERR_OK && found && strcmp(again, c->taken->digest) == 0)
		r = keep_read(c, &rd);
	drop(&rd);
	return (r);
}

/* --- what is no use --- */

#define VAIN		256	/* files at a time; ours */
#define VAIN_MS		30000	/* a share's times may be coarse */

/*
 * A file that is not taken stays, and is asked for again every second: it is
 * read and spoken of again when it changes, or after a while.
 */
static struct vain {
	char			name[KIND_NAME_MAX + 1];
	struct folder_stamp	stamp;
	int64_t			looked;		/* monotonic; 0: none */
} vain[VAIN];
static pthread_mutex_t vain_lock = PTHREAD_MUTEX_INITIALIZER;

static int
is_vain(const char *name, const struct folder_stamp *now)
{
	int yes = 0;

	pthread_mutex_lock(&vain_lock);
	for (size_t i = 0; i < VAIN; i++)
		yes |= vain[i].looked != 0 &&
		    strcmp(vain[i].name, name) == 0 &&
		    vain[i].stamp.inode == now->inode &&
		    vain[i].stamp.size == now->size &&
		    vain[i].stamp.changed == now->changed &&
		    clock_ms() - vain[i].looked < VAIN_MS;
	pthread_mutex_unlock(&vain_lock);
	return (yes);
}

/* Instead of the one of its name, or of the oldest. */
static void
set_vain(const char *name, const struct folder_stamp *stamp)
{
	size_t at = 0;

	pthread_mutex_lock(&vain_lock);
	for (size_t i = 0; i < VAIN; i++) {
		if (vain[i].looked < vain[at].looked)
			at = i;
	}
	for (size_t i = 0; i < VAIN; i++) {
		if (strcmp(vain[i].name, name) == 0)
			at = i;
	}
	snprintf(vain[at].name, sizeof(vain[at].name), "%s", name);
	vain[at].stamp = *stamp;
	vain[at].looked = clock_ms();
	pthread_mutex_unlock(&vain_lock);
}

/* --- what the store has --- */

static enum err
head_row(void *ctx, const struct val *cols, size_t n)
{
	struct pack_taken *t = ctx;

	/* digest, file, request_file, received_at, raw, packed */
	if (n < 6)
		return (ERR_SEQUENCE);
	return (pack_read_head(&(struct pack){ val_str(&cols[1]),
	    cols[4].data, cols[4].len, (int)val_num(&cols[5]) }, &t->head));
}

static enum err
take_known(struct catch *c)
{
	const struct val v = val_text(c->taken->digest);
	enum err r;

	if ((r = store_run(c->desk->store, SQL_RESULT_BY_DIGEST, &v, 1,
	    head_row, c->taken, NULL)) != ERR_OK)
		return (r);
	if (c->taken->head != NULL && !answer_stays(c->taken->head))
		answer_remove(c->desk, c->name);
	c->vain = folder_has(c->desk->res, c->name);
	return (ERR_OK);
}

static enum err
take(struct catch *c)
{
	struct store *store = c->desk->store;
	int found, same, any;
	enum err r;

	if ((r = read_digest(c->desk, c->name, c->taken->digest, &found)) !=
	    ERR_OK || !found ||
	    (r = digest_known(store, SQL_RESULT_HAS_DIGEST,
	    c->taken->digest, &same)) != ERR_OK)
		return (r);
	if (same)
		return (take_known(c));
	if ((r = digest_known(store, SQL_RESULT_HAS_FILE, c->name, &any)) !=
	    ERR_OK || any) {
		c->vain = any;
		if (any)
			log_line(LOG_WARN, "exchange", "%s: came again with "
			    "other content; left where it is", c->name);
		return (r);
	}
	return (read_settled(c));
}

enum err
pack_take(const struct exchange_conf *conf, struct store *store,
    const char *name, struct pack_taken *taken, struct note *note)
{
	char request[KIND_NAME_MAX + 1];
	struct answer_request rq;
	struct answer_desk d;
	struct catch c = { .desk = &d, .rq = &rq, .name = name,
	    .taken = taken };
	struct folder_stamp stamp;
	struct kind_name kind;
	int found = 0;
	enum err r;

	*taken = (struct pack_taken){ .head = NULL };
	if (!pack_is_units(name) || !kind_parse(name, &kind))
		return (ERR_FOREIGN);
	c.zip = kind.ext == KIND_ZIP;
	answer_name(name, "req", ".xml", request, sizeof(request));
	if ((r = answer_open(conf, store, &d, note)) == ERR_OK &&
	    (r = answer_request(&d, request, &rq, &found)) == ERR_OK &&
	    found && folder_stamp(d.res, name, &stamp) &&
	    !is_vain(name, &stamp)) {
		r = take(&c);
		/* Only the stamp of before: what is written meanwhile is a
		 * change. */
		if (c.vain || r == ERR_XML_BIG)
			set_vain(name, &stamp);
	}
	if (r == ERR_XML_BIG)
		note_set(note, "%s", name);
	blob_free(&c.raw);
	answer_close(&d);
	return (r);
}

void
pack_taken_free(struct pack_taken *taken)
{
	if (taken != NULL)
		result_free(&taken->head);
}
