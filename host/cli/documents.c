#include <sys/stat.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/cli/cli.h"
#include "host/cli/new_file.h"
#include "host/document/view.h"
#include "host/qualify/finding.h"

#define CLIENT	64
#define CATCH_UP_MS	5000	/* a few hundred results; ours */

/* Who sits at the command line; the colon is in no client's name. */
static struct audit_who
who(const struct cli *cli, char client[CLIENT])
{
	const struct passwd *pw = getpwuid(getuid());

	if (pw != NULL)
		snprintf(client, CLIENT, "cli:%s", pw->pw_name);
	else
		snprintf(client, CLIENT, "cli:%u", (unsigned)getuid());
	return ((struct audit_who){ .client = client,
	    .staff = cli->staff == NULL ? "" : cli->staff, .reason = "" });
}

/* Answers that came are taken in, and what is over is deleted. */
static int
documents_store(struct cli *cli)
{
	struct note note = { "" };
	size_t n;
	enum err r;
	int code;

	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = document_sweep(&cli->conf->documents, cli->store, &n,
	    &note)) != ERR_OK ||
	    (r = document_prune(cli->store, &n)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	return (EXIT_VALID);
}

/* --- list --- */

static json_t *
document_json(const struct document *d)
{
	return (json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o, s:o, "
	    "s:I}", "id", d->id, "chart_number", d->chart_number,
	    "kind", document_kind_word(d->kind),
	    "form", document_form_word(d->form), "file", d->file,
	    "from", d->from, "to", d->to, "treatments", d->treatments,
	    "received_at", cli_time(d->received_at),
	    "expires_at", cli_time(d->expires_at),
	    "bytes", (json_int_t)d->bytes));
}

static enum err
document_row(void *ctx, const struct document *d)
{
	const struct cli_rows *rows = ctx;
	char until[CLOCK_ISO_LEN];

	json_array_append_new(rows->list, document_json(d));
	if (rows->cli->json)
		return (ERR_OK);
	clock_iso(d->expires_at, until);
	printf(cli_say(rows->cli, "%s  %s  %s  %.16s まで\n",
	    "%s  %s  %s  until %.16s\n"), d->id, d->chart_number, d->file,
	    until);
	return (ERR_OK);
}

static json_t *
standing_json(const struct document_standing *s)
{
	return (json_pack("{s:s, s:s, s:{s:s, s:s}, s:o, s:s, s:s*}",
	    "kind", document_kind_word(s->kind),
	    "state", document_state_word(s->state),
	    "text", "ja", document_state_text(s->state, ERR_JA),
	    "en", document_state_text(s->state, ERR_EN),
	    "at", cli_time(s->at), "message", s->text,
	    "document", s->document[0] == '\0' ? NULL : s->document));
}

/* Both kinds of one patient: "not delivered" is never "there is none". */
static enum err
list_standing(const struct cli *cli, json_t *list)
{
	struct document_standing s;
	enum err r;

	for (int k = DOCUMENT_CHECKUP; k <= DOCUMENT_DRUG; k++) {
		if ((r = document_standing(cli->store, cli->patient,
		    (enum document_kind)k, &s)) != ERR_OK)
			return (r);
		json_array_append_new(list, standing_json(&s));
		if (!cli->json)
			printf("%s: %s%s%s\n", document_kind_word(s.kind),
			    document_state_text(s.state, cli->lang),
			    s.text[0] == '\0' ? "" : ": ", s.text);
	}
	return (ERR_OK);
}

int
documents_list_main(struct cli *cli)
{
	struct cli_rows rows = { cli, json_array() };
	json_t *standing = json_array();
	enum err r = ERR_OK;
	int code;

	if ((code = documents_store(cli)) != EXIT_VALID)
		goto out;
	if (cli->patient != NULL)
		r = list_standing(cli, standing);
	if (r == ERR_OK)
		r = document_list(cli->store, cli->patient, document_row,
		    &rows);
	if (r != ERR_OK)
		code = cli_fail(cli, r, "");
	else if (cli->json)
		code = cli_json(json_pack("{s:O, s:O}", "documents", rows.list,
		    "standing", standing), EXIT_VALID);
	else
		printf("%zu%s\n", json_array_size(rows.list),
		    cli_say(cli, "件", " documents"));
out:
	json_decref(rows.list);
	json_decref(standing);
	return (code);
}

/* --- ask --- */

/* "202601-202611". */
static int
read_months(const char *months, char from[7], char to[7])
{
	from[0] = to[0] = '\0';
	if (months == NULL)
		return (1);
	if (strlen(months) != 13 || months[6] != '-' ||
	    strspn(months, "0123456789") != 6 ||
	    strspn(months + 7, "0123456789") != 6)
		return (0);
	snprintf(from, 7, "%.6s", months);
	snprintf(to, 7, "%s", months + 7);
	return (1);
}

static int
show_asked(const struct cli *cli, const struct document_asked *a)
{
	if (cli->json)
		return (cli_json(json_pack("{s:s, s:s, s:s*, s:s*}",
		    "id", a->id, "state", document_state_word(a->state),
		    "document", a->document[0] == '\0' ? NULL : a->document,
		    "file", a->file[0] == '\0' ? NULL : a->file),
		    EXIT_VALID));
	printf("%s  %s\n", document_state_text(a->state, cli->lang),
	    a->document[0] != '\0' ? a->document : a->file);
	return (EXIT_VALID);
}

int
documents_ask_main(struct cli *cli)
{
	struct document_ask ask = { .form = DOCUMENT_PDF,
	    .chart_number = cli->args[0], .treatments = cli->treatments };
	char client[CLIENT], from[7], to[7];
	struct document_asked asked;
	struct note note = { "" };
	struct audit_who by;
	size_t n;
	enum err r;
	int code;

	if (!document_kind_of(cli->args[1], &ask.kind))
		return (cli_fail(cli, ERR_USAGE, "drug | checkup"));
	if (cli->form != NULL && !document_form_of(cli->form, &ask.form))
		return (cli_fail(cli, ERR_USAGE, "--form pdf | xml"));
	if (!read_months(cli->months, from, to))
		return (cli_fail(cli, ERR_USAGE, "--months YYYYMM-YYYYMM"));
	ask.from = from;
	ask.to = to;
	by = who(cli, client);
	ask.who = &by;
	if ((code = documents_store(cli)) != EXIT_VALID)
		return (code);
	/* What the terminal said last of consents counts. */
	if ((r = finding_catch_up(cli->store, CATCH_UP_MS, &n)) != ERR_OK)
		return (cli_fail(cli, r, ""));
	if ((r = document_ask(&cli->conf->documents, cli->store, &ask, &asked,
	    &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	return (show_asked(cli, &asked));
}

/* --- open --- */

/* In a folder it has the name it came with. */
static void
name_out(const char *out, const struct document *d, char path[CONF_VALUE])
{
	struct stat st;

	if (stat(out, &st) == 0 && S_ISDIR(st.st_mode))
		snprintf(path, CONF_VALUE, "%s/%s", out, d->file);
	else
		snprintf(path, CONF_VALUE, "%s", out);
}

static int
save(const struct cli *cli, const struct document *d, const struct blob *bytes)
{
	const struct buf whole = blob_buf(bytes);
	struct note note = { "" };
	char path[CONF_VALUE];
	json_t *o;
	enum err r;

	name_out(cli->out, d, path);
	if ((r = new_file_write(path, &whole, 1, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	if (!cli->json) {
		printf("%s\n", path);
		return (EXIT_VALID);
	}
	o = document_json(d);
	json_object_set_new(o, "out", json_string(path));
	return (cli_json(o, EXIT_VALID));
}

static int
show(const struct cli *cli, const struct document *d, const struct blob *bytes)
{
	struct note note = { "" };
	json_t *o = NULL;
	enum err r;

	if ((r = view_read(d->kind, blob_buf(bytes), &o, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	return (cli_json(o, EXIT_VALID));
}

int
documents_open_main(struct cli *cli)
{
	struct blob bytes = { 0 };
	struct note note = { "" };
	char client[CLIENT];
	struct audit_who by;
	struct document d;
	enum err r;
	int code;

	if (cli->out == NULL && !cli->json)
		return (cli_fail(cli, ERR_USAGE, "--out FILE | --json"));
	if ((code = documents_store(cli)) != EXIT_VALID)
		return (code);
	by = who(cli, client);
	if ((r = document_open(&cli->conf->documents, cli->store,
	    cli->args[0], &by, &d, &bytes, &note)) != ERR_OK)
		code = cli_fail(cli, r, note.text);
	else if (cli->out != NULL)
		code = save(cli, &d, &bytes);
	else if (d.form == DOCUMENT_XML)
		code = show(cli, &d, &bytes);
	else
		code = cli_fail(cli, ERR_USAGE, "pdf: --out FILE");
	blob_free(&bytes);
	return (code);
}
