#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/document/key.h"
#include "host/document/row.h"
#include "host/document/take.h"
#include "host/document/view.h"
#include "host/ledger/patient.h"
#include "host/qualify/digest.h"
#include "host/qualify/folder.h"
#include "host/qualify/kind.h"
#include "host/qualify/result.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define HOUR_MS		(INT64_C(3600) * 1000)

/* What came, and the asking it answers. */
struct answer {
	const struct document_desk	*desk;
	struct asking			 asking;
	const char			*name;
	struct buf			 bytes;
	enum document_form		 form;
	int64_t				 now;
	char				 digest[DIGEST_HEX];
};

/* "YZKsiquc01res_….pdf" to "YZKsiquc01req_….xml"; 0: no answer of a kind
 * that we ask for. */
static int
request_name(const char *name, char file[128])
{
	struct kind_name kind;
	char *at;

	if (!kind_parse(name, &kind) || kind.request ||
	    kind.kind->reader != KIND_CARE ||
	    (kind.ext != KIND_XML && kind.ext != KIND_PDF))
		return (0);
	snprintf(file, 128, "%sreq%.*s", kind.kind->stem,
	    (int)(strlen(name) - strlen(kind.kind->stem) - 3 - 4),
	    name + strlen(kind.kind->stem) + 3);
	at = file + strlen(file);
	snprintf(at, 128 - (size_t)(at - file), ".xml");
	return (1);
}

enum err
take_asking(struct store *store, const char *name, struct asking *out)
{
	char file[128];
	struct val v;
	enum err r;

	*out = (struct asking){ .id = "" };
	if (!request_name(name, file))
		return (ERR_FOREIGN);
	v = val_text(file);
	if ((r = store_run(store, SQL_DOCUMENT_ASK_BY_FILE, &v, 1, row_asking,
	    out, NULL)) != ERR_OK)
		return (r);
	return (out->id[0] == '\0' ? ERR_FOREIGN : ERR_OK);
}

/* As people are told by err.h: what the terminal or we refused by its content
 * has had its use, what nobody could read is left. */
int
take_stays(const struct asking *a)
{
	static const enum err gone[] = { ERR_REFUSED, ERR_OTHER_PERSON,
	    ERR_NOT_TAKEN };

	for (size_t i = 0; i < LEN(gone); i++) {
		if (strcmp(a->code, err_name(gone[i])) == 0)
			return (0);
	}
	return (strcmp(a->state, "refused") == 0 && a->code[0] != '\0');
}

/* code NULL: delivered. */
static enum err
end_asking(const struct answer *a, const char *state, const char *document,
    const char *text, const char *code)
{
	const struct val v[] = { val_text(state), val_int(a->now),
	    val_text(document), val_text(text), val_text(code),
	    val_text(a->asking.id) };
	enum err r;

	if ((r = store_run(a->desk->store, SQL_DOCUMENT_ASK_END, v, LEN(v),
	    NULL, NULL, NULL)) != ERR_OK)
		return (r);
	return (row_tell(a->desk->store, a->asking.id, document, state));
}

/* The request has its answer; only what a person may see of it is kept. */
static enum err
end_request(const struct answer *a, const char *outcome)
{
	const struct val v[] = { val_text("answered"), val_int(a->now),
	    val_text(outcome), val_text(NULL), val_text(a->asking.file) };

	return (store_run(a->desk->store, SQL_REQUEST_STATE, v, LEN(v), NULL,
	    NULL, NULL));
}

static enum err
refuse(const struct answer *a, enum err why, const char *text)
{
	struct store *s = a->desk->store;
	enum err r;

	if ((r = store_begin(s)) != ERR_OK)
		return (r);
	if ((r = end_asking(a, "refused", NULL, text,
	    err_name(why))) == ERR_OK &&
	    (r = end_request(a, "refused")) == ERR_OK)
		r = store_commit(s);
	if (r != ERR_OK)
		store_rollback(s);
	return (r);
}

/* --- delivered --- */

static enum err
add_document(const struct answer *a, const char *id, const struct blob *sealed)
{
	const struct asking *k = &a->asking;
	const struct val v[] = { val_text(id), val_text(k->chart_number),
	    val_text(document_kind_word(k->kind)),
	    val_text(document_form_word(a->form)), val_text(a->name),
	    val_text(a->digest), val_text(k->from), val_text(k->to),
	    val_int(k->treatments), val_int(a->now),
	    val_int(a->now + a->desk->conf->keep_hours * HOUR_MS),
	    val_int((int64_t)a->bytes.left),
	    val_blob(sealed->data, sealed->len) };
	int64_t changed;
	enum err r;

	if ((r = store_run(a->desk->store, SQL_DOCUMENT_ADD, v, LEN(v), NULL,
	    NULL, &changed)) != ERR_OK)
		return (r);
	return (changed == 1 ? ERR_OK : ERR_ROW);
}

static enum err
keep(const struct answer *a, const char *id, const struct blob *sealed)
{
	struct store *s = a->desk->store;
	enum err r;

	if ((r = store_begin(s)) != ERR_OK)
		return (r);
	if ((r = add_document(a, id, sealed)) == ERR_OK &&
	    (r = end_asking(a, "delivered", id, NULL, NULL)) == ERR_OK &&
	    (r = end_request(a, "accepted")) == ERR_OK)
		r = store_commit(s);
	if (r != ERR_OK)
		store_rollback(s);
	/* Another program was as far, with the same bytes. */
	return (r == ERR_ROW ? ERR_OK : r);
}

static enum err
deliver(const struct answer *a)
{
	struct vault_label label = { NULL, a->asking.chart_number,
	    document_kind_word(a->asking.kind) };
	struct blob sealed = { 0 };
	struct note note = { "" };
	char id[UUID_LEN];
	struct vault vault;
	enum err r;

	if ((r = uuid_make(id)) != ERR_OK)
		return (r);
	label.id = id;
	if ((r = key_load(a->desk->conf, a->desk->store, &vault,
	    &note)) == ERR_OK)
		r = vault_seal(&vault, &label, a->bytes, &sealed);
	else
		log_line(LOG_ERROR, "document", "%s", note.text);
	vault_wipe(&vault);
	if (r == ERR_OK)
		r = keep(a, id, &sealed);
	blob_free(&sealed);
	return (r);
}

/*
 * The question is by insurance number alone: a wrong one would show another
 * person's drugs.  An answer that names no birth date, or a patient without
 * one, proves nothing and is let through; a PDF cannot be looked into.
 */
static enum err
is_of_another(const struct answer *a, int *another)
{
	char says[VIEW_BIRTHDATE];
	struct patient p;
	enum err r;

	*another = 0;
	if (a->form != DOCUMENT_XML)
		return (ERR_OK);
	if ((r = view_birthdate(a->bytes, says)) != ERR_OK)
		return (r);
	r = patient_get(a->desk->store, a->asking.chart_number, &p);
	if (r == ERR_OK)
		*another = says[0] != '\0' && p.birthdate[0] != '\0' &&
		    strcmp(says, p.birthdate) != 0;
	patient_wipe(&p);
	return (r == ERR_NO_PATIENT ? ERR_OK : r);
}

static enum err
take_accepted(const struct answer *a)
{
	int another;
	enum err r;

	if ((r = is_of_another(a, &another)) != ERR_OK)
		return (r);
	return (another ? refuse(a, ERR_OTHER_PERSON, "回答の生年月日が患者と一致しません。"
	    "保険情報を確かめてください") : deliver(a));
}

/* --- what it is --- */

static enum err
judge(const struct answer *a)
{
	struct result *result = NULL;
	struct note note;
	enum err r;

	if ((r = result_read(a->name, a->bytes.p, a->bytes.left, &result,
	    &note)) != ERR_OK)
		return (r);
	switch (result_outcome(result)) {
	case RESULT_ACCEPTED:
		r = take_accepted(a);
		break;
	case RESULT_REFUSED:
		r = refuse(a, result_err(result), result_reason(result,
		    ERR_JA));
		break;
	case RESULT_WAITING:
		r = ERR_HALF;
		break;
	case RESULT_NOT_OURS:
		r = ERR_FOREIGN;
		break;
	}
	result_free(&result);
	return (r);
}

static enum err
digest_answer(struct answer *a)
{
	struct blob copy = { 0 };
	enum err r;

	if ((r = blob_add(&copy, a->bytes.p, a->bytes.left)) == ERR_OK)
		r = digest_of(&copy, a->name, a->digest);
	blob_free(&copy);
	return (r);
}

enum err
document_take(void *ctx, const char *name, const void *bytes, size_t len)
{
	struct answer a = { .desk = ctx, .name = name,
	    .bytes = { bytes, len }, .now = clock_wall_ms() };
	enum err r;

	if ((r = take_asking(a.desk->store, name, &a.asking)) != ERR_OK)
		return (r);
	a.form = strcasecmp(name + strlen(name) - 4, ".pdf") == 0 ?
	    DOCUMENT_PDF : DOCUMENT_XML;
	/* The first answer stands; a crash may have left the file of it. */
	if (strcmp(a.asking.state, "open") != 0 &&
	    !row_is_untaken(&a.asking))
		return (ERR_OK);
	if ((r = digest_answer(&a)) != ERR_OK)
		return (r);
	return (judge(&a));
}
