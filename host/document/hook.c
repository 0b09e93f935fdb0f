#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "host/document/hook.h"
#include "host/document/row.h"

/* What the job says beside the patient; ERR_ROW for words that are none. */
static enum err
read_data(const json_t *data, struct document_ask *ask, struct note *note)
{
	const char *form = json_string_value(json_object_get(data, "form"));

	ask->form = DOCUMENT_PDF;
	ask->treatments = json_is_true(json_object_get(data, "treatments"));
	if (form == NULL || document_form_of(form, &ask->form))
		return (ERR_OK);
	note_set(note, "form: pdf or xml");
	return (ERR_ROW);
}

static void
end_answered(struct job_end *end, const char *document)
{
	end->state = "answered";
	snprintf(end->id, sizeof(end->id), "%s", document);
}

static enum err
ask_one(void *ctx, struct store *store, enum document_kind kind,
    const struct job_post *p, char file[128], struct job_end *end,
    struct note *note)
{
	const struct audit_who who = { p->client, p->staff, "" };
	struct document_ask ask = { .kind = kind,
	    .chart_number = p->chart_number, .who = &who,
	    .since = p->since, .again = p->again };
	struct document_asked asked;
	enum err r;

	file[0] = '\0';
	*end = (struct job_end){ .state = NULL };
	if (kind == DOCUMENT_DRUG) {
		ask.from = p->from;
		ask.to = p->to;
	}
	if ((r = read_data(p->data, &ask, note)) != ERR_OK ||
	    (r = document_ask(ctx, store, &ask, &asked, note)) != ERR_OK)
		return (r);
	if (asked.document[0] != '\0')
		end_answered(end, asked.document);
	else
		snprintf(file, 128, "%s", asked.file);
	return (ERR_OK);
}

static enum err
ask_checkup(void *ctx, struct store *store, const struct job_post *p,
    char file[128], struct job_end *end, struct note *note)
{
	return (ask_one(ctx, store, DOCUMENT_CHECKUP, p, file, end, note));
}

static enum err
ask_drug(void *ctx, struct store *store, const struct job_post *p,
    char file[128], struct job_end *end, struct note *note)
{
	return (ask_one(ctx, store, DOCUMENT_DRUG, p, file, end, note));
}

static enum err
look_one(void *ctx, struct store *store, const char *file,
    struct job_end *end)
{
	const struct val v = val_text(file);
	struct asking a = { .id = "" };
	struct note note;
	enum err r;

	*end = (struct job_end){ .state = NULL };
	if ((r = document_look(ctx, store, file, &note)) != ERR_OK ||
	    (r = store_run(store, SQL_DOCUMENT_ASK_BY_FILE, &v, 1, row_asking,
	    &a, NULL)) != ERR_OK)
		return (r);
	if (strcmp(a.state, "delivered") == 0)
		end_answered(end, a.document);
	else if (strcmp(a.state, "refused") == 0 && !row_is_untaken(&a)) {
		end->state = "error";
		snprintf(end->code, sizeof(end->code), "%s", a.code[0] ==
		    '\0' ? err_name(ERR_REFUSED) : a.code);
		text_copy(end->message, sizeof(end->message), a.text);
	}
	return (ERR_OK);
}

void
hook_documents(const struct document_conf *conf, struct job_hook out[HOOK_ROWS])
{
	void *ctx = (void *)(uintptr_t)conf;

	out[0] = (struct job_hook){ document_kind_word(DOCUMENT_CHECKUP), ctx,
	    ask_checkup, look_one };
	out[1] = (struct job_hook){ document_kind_word(DOCUMENT_DRUG), ctx,
	    ask_drug, look_one };
	out[2] = (struct job_hook){ .category = NULL };
}
