#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/vault.h"
#include "host/document/row.h"
#include "host/store/audit.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const kinds[] = {
	[DOCUMENT_CHECKUP] = "checkup", [DOCUMENT_DRUG] = "drug",
};

static const char *const forms[] = {
	[DOCUMENT_PDF] = "pdf", [DOCUMENT_XML] = "xml",
};

static const struct {
	const char	*word, *text[2];	/* by enum err_lang */
} states[] = {
	[DOCUMENT_NONE_ASKED] = { "none_asked",
	    { "not asked for; whether there is any is not known",
	    "未取得 (有無は分かりません)" } },
	[DOCUMENT_ASKED] = { "asked",
	    { "asked for, no answer yet", "取得中 (回答待ち)" } },
	[DOCUMENT_NOT_CONSENTED] = { "not_consented",
	    { "not asked for: no consent is known",
	    "未取得 (同意が確認できません)" } },
	[DOCUMENT_ENDED] = { "ended",
	    { "not asked for: the consent has ended",
	    "未取得 (同意の期限が切れています)" } },
	[DOCUMENT_DELIVERED] = { "delivered",
	    { "delivered", "取得済" } },
	[DOCUMENT_REFUSED] = { "refused",
	    { "refused by the terminal", "端末が拒否しました" } },
};

static int
word_of(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], word) == 0)
			return ((int)i);
	}
	return (-1);
}

const char *
document_kind_word(enum document_kind kind)
{
	return (kinds[kind]);
}

const char *
document_form_word(enum document_form form)
{
	return (forms[form]);
}

int
document_kind_of(const char *word, enum document_kind *out)
{
	int at = word_of(kinds, LEN(kinds), word);

	if (at >= 0)
		*out = (enum document_kind)at;
	return (at >= 0);
}

int
document_form_of(const char *word, enum document_form *out)
{
	int at = word_of(forms, LEN(forms), word);

	if (at >= 0)
		*out = (enum document_form)at;
	return (at >= 0);
}

const char *
document_state_word(enum document_state state)
{
	return (states[state].word);
}

const char *
document_state_text(enum document_state state, enum err_lang lang)
{
	return (states[state].text[lang]);
}

/* --- the list --- */

struct listing {
	document_each	*each;
	void		*ctx;
};

static enum err
list_row(void *ctx, const struct val *cols, size_t n)
{
	const struct listing *l = ctx;
	struct document d = { .id = "" };
	enum err r;

	if ((r = row_document(&d, cols, n)) != ERR_OK)
		return (r);
	return (l->each(l->ctx, &d));
}

enum err
document_list(struct store *store, const char *chart, document_each *each,
    void *ctx)
{
	struct listing l = { each, ctx };
	const struct val v[] = { val_text(chart), val_int(clock_wall_ms()) };

	return (store_run(store, SQL_DOCUMENT_LIST, v, LEN(v), list_row, &l,
	    NULL));
}

/* --- how far it is --- */

struct newest {
	struct asking	asking;
	char		request[16], message[512], kept[UUID_LEN];
};

static enum err
newest_row(void *ctx, const struct val *cols, size_t n)
{
	struct newest *w = ctx;

	if (n < 17)
		return (ERR_SEQUENCE);
	row_copy(w->request, sizeof(w->request), &cols[14]);
	row_copy(w->message, sizeof(w->message), &cols[15]);
	row_copy(w->kept, sizeof(w->kept), &cols[16]);
	return (row_asking(&w->asking, cols, n));
}

/* What a request that has ended without an answer is to the asking. */
static void
say_ended(struct document_standing *s, const struct newest *w)
{
	if (strcmp(w->request, "returned") == 0) {
		s->state = DOCUMENT_REFUSED;
		snprintf(s->text, sizeof(s->text), "%s", w->message);
	} else if (strcmp(w->request, "withdrawn") == 0) {
		s->state = DOCUMENT_NONE_ASKED;
		snprintf(s->text, sizeof(s->text), "%s",
		    err_text(ERR_NOT_TAKEN, ERR_JA));
	}
}

enum err
document_standing(struct store *store, const char *chart,
    enum document_kind kind, struct document_standing *out)
{
	static const struct {
		const char		*word;
		enum document_state	 state;
	} rows[] = {
		{ "open", DOCUMENT_ASKED },
		{ "not_consented", DOCUMENT_NOT_CONSENTED },
		{ "ended", DOCUMENT_ENDED },
		{ "delivered", DOCUMENT_DELIVERED },
		{ "refused", DOCUMENT_REFUSED },
	};
	const struct val v[] = { val_text(chart), val_text(kinds[kind]) };
	struct newest w = { .kept = "" };
	enum err r;

	*out = (struct document_standing){ .kind = kind };
	if ((r = store_run(store, SQL_DOCUMENT_ASK_NEWEST, v, LEN(v),
	    newest_row, &w, NULL)) != ERR_OK || w.asking.id[0] == '\0')
		return (r);
	for (size_t i = 0; i < LEN(rows); i++) {
		if (strcmp(rows[i].word, w.asking.state) == 0)
			out->state = rows[i].state;
	}
	if (row_is_untaken(&w.asking))
		out->state = DOCUMENT_NONE_ASKED;
	out->at = w.asking.moved_at;
	snprintf(out->document, sizeof(out->document), "%s", w.kept);
	snprintf(out->text, sizeof(out->text), "%s", w.asking.text);
	if (out->state == DOCUMENT_ASKED)
		say_ended(out, &w);
	return (ERR_OK);
}

/* --- opening --- */

struct sealed {
	struct document	document;
	struct blob	bytes;
};

static enum err
sealed_row(void *ctx, const struct val *cols, size_t n)
{
	struct sealed *s = ctx;
	enum err r;

	if (n < 12)
		return (ERR_SEQUENCE);
	if ((r = row_document(&s->document, cols, n)) != ERR_OK)
		return (r);
	return (blob_add(&s->bytes, cols[11].data, cols[11].len));
}

static enum err
unseal(const char *path, const struct sealed *s, struct blob *out,
    struct note *note)
{
	const struct vault_label label = { s->document.id,
	    s->document.chart_number, kinds[s->document.kind] };
	struct vault vault;
	enum err r;

	if ((r = vault_load(path, 0, &vault, note)) == ERR_OK)
		r = vault_open(&vault, &label, blob_buf(&s->bytes), out);
	vault_wipe(&vault);
	if (r != ERR_OK && r != ERR_VAULT_KEY)
		note_set(note, "%s", s->document.id);
	return (r);
}

/* Who opened it is kept before anybody sees it. */
enum err
document_open(const struct document_conf *conf, struct store *store,
    const char *id, const struct audit_who *who, struct document *doc,
    struct blob *out, struct note *note)
{
	const struct val v[] = { val_text(id), val_int(clock_wall_ms()) };
	struct sealed s = { .document = { .id = "" } };
	enum err r;

	blob_reset(out);
	*doc = s.document;
	r = store_run(store, SQL_DOCUMENT_GET, v, LEN(v), sealed_row, &s,
	    NULL);
	if (r == ERR_OK && s.document.id[0] == '\0') {
		note_set(note, "%s", id);
		r = ERR_NO_SUCH;
	}
	if (r == ERR_OK && (r = unseal(conf->key, &s, out, note)) == ERR_OK)
		r = audit_add(store, who, "open", DOCUMENT_AUDIT, id, "");
	blob_free(&s.bytes);
	if (r == ERR_OK)
		*doc = s.document;
	else
		blob_reset(out);
	return (r);
}

/*
 * 1: what was deleted may be in the log of the database still, which cannot be
 * dropped while another connection is at it.  At the start nobody knows.
 */
static atomic_int owed = 1;

enum err
document_prune(struct store *store, size_t *n)
{
	const struct val v = val_int(clock_wall_ms());
	int64_t gone = 0;
	enum err r;

	*n = 0;
	if ((r = store_run(store, SQL_DOCUMENT_PRUNE, &v, 1, NULL, NULL,
	    &gone)) != ERR_OK)
		return (r);
	*n = (size_t)gone;
	if (gone > 0)
		owed = 1;
	/* Taken before it is done: who deletes meanwhile owes anew. */
	if (atomic_exchange(&owed, 0) && !store_forget(store))
		owed = 1;
	return (ERR_OK);
}
