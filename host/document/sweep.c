#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/vault.h"
#include "host/document/row.h"
#include "host/document/take.h"
#include "host/qualify/folder.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

struct open_asks {
	struct asking	*v;
	size_t		 n, room;
};

static enum err
keep_ask(void *ctx, const struct val *cols, size_t n)
{
	struct open_asks *l = ctx;
	void *grown;

	if (l->n == l->room) {
		l->room = l->room > 0 ? l->room * 2 : 16;
		if ((grown = realloc(l->v, l->room * sizeof(*l->v))) == NULL)
			return (ERR_NOMEM);
		l->v = grown;
	}
	l->v[l->n] = (struct asking){ .id = "" };
	return (row_asking(&l->v[l->n++], cols, n));
}

static enum err
end_refused(struct store *store, const struct asking *a, enum err why,
    const char *text)
{
	const struct val v[] = { val_text("refused"),
	    val_int(clock_wall_ms()), val_text(NULL), val_text(text),
	    val_text(err_name(why)), val_text(a->id) };
	enum err r;

	if ((r = store_run(store, SQL_DOCUMENT_ASK_END, v, LEN(v), NULL,
	    NULL, NULL)) != ERR_OK)
		return (r);
	return (row_tell(store, a->id, NULL, document_state_word(why ==
	    ERR_NOT_TAKEN ? DOCUMENT_NONE_ASKED : DOCUMENT_REFUSED)));
}

/* Out of res into the store, sealed; then out of res, unless nobody could read
 * it. */
static enum err
take_file(struct document_desk *desk, const char *name)
{
	const struct exchange_conf *ex = desk->conf->exchange;
	struct folder *res = NULL;
	struct blob bytes = { 0 };
	struct asking a;
	int found = 0, gone;
	enum err r;

	if ((r = folder_open(ex->res, &res, NULL)) != ERR_OK)
		return (r);
	r = folder_read(res, name, VAULT_MAX, ex->settle_ms > 0 ?
	    ex->settle_ms : EXCHANGE_SETTLE_MS, &bytes, &found);
	if (r == ERR_OK && !found)
		r = ERR_HALF;
	if (r == ERR_OK && (r = document_take(desk, name, bytes.data,
	    bytes.len)) == ERR_OK && !ex->keep_results &&
	    (r = take_asking(desk->store, name, &a)) == ERR_OK &&
	    !take_stays(&a))
		r = folder_remove(res, name, &gone);
	blob_free(&bytes);
	folder_close(&res);
	return (r);
}

/* *done: this asking has an end now. */
static enum err
look(struct document_desk *desk, const struct asking *a, int *done,
    struct note *note)
{
	struct exchange_look seen = { .state = "" };
	enum err r;

	*done = 0;
	r = exchange_look(desk->conf->exchange, desk->store, a->file, &seen,
	    note);
	if (r == ERR_OK && seen.left[0] != '\0') {
		r = take_file(desk, seen.left);
		*done = r == ERR_OK;
		/* Not whole yet: the next look. */
		if (r == ERR_HALF)
			r = ERR_OK;
	} else if (r == ERR_OK && strcmp(seen.state, "returned") == 0) {
		r = end_refused(desk->store, a, ERR_REFUSED,
		    seen.result != NULL ? result_reason(seen.result, ERR_JA) :
		    err_text(ERR_REFUSED, ERR_JA));
		*done = r == ERR_OK;
	} else if (r == ERR_OK && strcmp(seen.state, "withdrawn") == 0 &&
	    !row_is_untaken(a)) {
		r = end_refused(desk->store, a, ERR_NOT_TAKEN,
		    err_text(ERR_NOT_TAKEN, ERR_JA));
		*done = r == ERR_OK;
	}
	exchange_look_free(&seen);
	return (r);
}

enum err
document_look(const struct document_conf *conf, struct store *store,
    const char *file, struct note *note)
{
	struct document_desk desk = { conf, store };
	struct asking a = { .id = "" };
	const struct val v = val_text(file);
	int done;
	enum err r;

	if ((r = store_run(store, SQL_DOCUMENT_ASK_BY_FILE, &v, 1, row_asking,
	    &a, NULL)) != ERR_OK)
		return (r);
	if (a.id[0] == '\0')
		return (ERR_NO_SUCH);
	return (strcmp(a.state, "open") != 0 && !row_is_untaken(&a) ? ERR_OK :
	    look(&desk, &a, &done, note));
}

/* --- what a crash left behind --- */

struct leftovers {
	struct document_desk	*desk;
	struct folder		*res;
};

/*
 * A file whose asking has its end is what a crash left between the store and
 * its removal: a document in clear.  An answer to what was taken back is one
 * all the same: it is taken in.
 */
static enum err
drop_leftover(void *ctx, const char *name)
{
	const struct leftovers *l = ctx;
	struct asking a;
	int gone;
	enum err r;

	if ((r = take_asking(l->desk->store, name, &a)) != ERR_OK)
		return (r == ERR_FOREIGN ? ERR_OK : r);
	if (row_is_untaken(&a)) {
		r = take_file(l->desk, name);
		return (r == ERR_HALF ? ERR_OK : r);
	}
	return (strcmp(a.state, "open") == 0 || take_stays(&a) ? ERR_OK :
	    folder_remove(l->res, name, &gone));
}

static enum err
take_count(void *ctx, const struct val *cols, size_t n)
{
	if (n < 1)
		return (ERR_SEQUENCE);
	*(int64_t *)ctx = val_num(&cols[0]);
	return (ERR_OK);
}

/* Who never asked for a document does not pay for another listing of res. */
static enum err
drop_leftovers(struct document_desk *desk)
{
	struct leftovers l = { desk, NULL };
	int64_t sent = 0;
	enum err r;

	if ((r = store_run(desk->store, SQL_DOCUMENT_ASK_SENT, NULL, 0,
	    take_count, &sent, NULL)) != ERR_OK || sent == 0 ||
	    desk->conf->exchange->keep_results)
		return (r);
	if ((r = folder_open(desk->conf->exchange->res, &l.res, NULL)) ==
	    ERR_OK)
		r = folder_scan(l.res, drop_leftover, &l);
	folder_close(&l.res);
	return (r);
}

enum err
document_sweep(const struct document_conf *conf, struct store *store,
    size_t *n, struct note *note)
{
	struct document_desk desk = { conf, store };
	struct open_asks l = { .n = 0 };
	enum err r, first = ERR_OK;
	int done;

	*n = 0;
	if ((r = store_run(store, SQL_DOCUMENT_ASK_OPEN, NULL, 0, keep_ask,
	    &l, NULL)) != ERR_OK)
		first = r;
	for (size_t i = 0; i < l.n && first != ERR_NOMEM; i++) {
		r = look(&desk, &l.v[i], &done, note);
		if (first == ERR_OK)
			first = r;
		*n += done != 0;
	}
	free(l.v);
	r = drop_leftovers(&desk);
	if (first == ERR_OK)
		first = r;
	return (first);
}
