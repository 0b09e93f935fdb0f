#include <sys/utsname.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/clock.h"
#include "host/api/clients.h"
#include "host/cli/doctor.h"
#include "host/cli/redact.h"
#include "host/cli/tarball.h"
#include "host/remote/device.h"

/*
 * What somebody far away needs to help, and nothing of any patient: no name,
 * number, date of birth, PIN or token, no certificate, no institution code.
 * Each part is made anew from what is counted or known; the store's rows are
 * never copied.
 */
#define LOG_TAIL	(256u << 10)	/* bytes of a log looked at */
#define DPKG_MAX	(64u << 20)
#define MODULES_MAX	(1u << 20)
#define WORD_LEN	24

struct support {
	const struct cli	*cli;
	struct doctor		 doctor;
	struct finding		*found;
	struct redact		 own;		/* of this house … */
	enum err		 learnt;	/* … as far as it is known */
	int64_t			 now;
};

/* --- small helpers --- */

static enum err
add_json(struct blob *out, json_t *o)
{
	char *text = o == NULL ? NULL : json_dumps(o, JSON_INDENT(1));
	enum err r = text == NULL ? ERR_NOMEM : blob_add_str(out, text);

	free(text);
	json_decref(o);
	return (r != ERR_OK ? r : blob_add_str(out, "\n"));
}

/* A file of the system below root, whole; empty where there is none. */
static void
read_system(const struct support *s, const char *name, size_t max,
    struct blob *out)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s", s->doctor.root, name) >=
	    (int)sizeof(path) || blob_read_file(out, path, max) != ERR_OK)
		blob_reset(out);
}

/* --- what this house calls its own --- */

static enum err
learn_word(void *ctx, const char *word)
{
	return (redact_learn(ctx, word));
}

static enum err
learn_client(void *ctx, const struct client *c)
{
	return (redact_learn(ctx, c->name));
}

static enum err
learn_device(void *ctx, const struct device *d)
{
	return (redact_learn(ctx, d->name));
}

static enum err
learn_invited(void *ctx, const char *name, int64_t expires_at)
{
	(void)expires_at;
	return (redact_learn(ctx, name));
}

/* Those that are gone stand in the log as well. */
static enum err
learn_store(struct support *s)
{
	struct store *store = NULL;
	enum err r;

	if ((r = store_open(s->cli->conf->store, &store, NULL)) == ERR_OK &&
	    (r = clients_list(store, learn_client, &s->own)) == ERR_OK &&
	    (r = device_list(store, learn_device, &s->own)) == ERR_OK)
		r = device_invitations(store, learn_invited, &s->own);
	store_close(&store);
	return (r);
}

static void
learn(struct support *s)
{
	s->learnt = conf_each_private(s->cli->conf, learn_word, &s->own);
	if (s->learnt == ERR_OK)
		s->learnt = learn_store(s);
}

/* --- the parts --- */

static enum err
make_readme(struct support *s, struct blob *out)
{
	char at[CLOCK_ISO_LEN];

	clock_iso(s->now, at);
	return (blob_printf(out,
	    "Support bundle of shikaku " SHIKAKU_VERSION ", %s\n\n"
	    "No patient's name, number or birth date, no PIN, token or\n"
	    "certificate, no institution code, no path, no host name and no\n"
	    "name of a kiosk or device is in it.  Please look through it\n"
	    "before you send it.\n\n"
	    "患者の氏名・番号・生年月日、暗証番号、トークン、証明書、\n"
	    "医療機関コード、端末や機器の名前は含みません。\n"
	    "送る前に中身をお確かめください。\n",
	    at));
}

/* "Package: NAME" to "Version: V" of dpkg's list. */
static enum err
add_package(const char *status, const char *name, struct blob *out)
{
	char head[64];
	const char *at, *end, *version;

	snprintf(head, sizeof(head), "Package: %s\n", name);
	at = strstr(status, head);
	end = at == NULL ? NULL : strstr(at, "\n\n");
	version = at == NULL ? NULL : strstr(at, "\nVersion: ");
	if (version == NULL || (end != NULL && version > end))
		return (blob_printf(out, "%s: not known\n", name));
	version += strlen("\nVersion: ");
	return (blob_printf(out, "%s: %.*s\n", name,
	    (int)strcspn(version, "\n"), version));
}

static enum err
add_system_name(const struct support *s, struct blob *out)
{
	struct blob text = { 0 };
	const char *at;
	enum err r;

	read_system(s, "/etc/os-release", MODULES_MAX, &text);
	at = strstr(blob_str(&text), "PRETTY_NAME=");
	r = blob_printf(out, "system: %.*s\n",
	    at == NULL ? 0 : (int)strcspn(at, "\n"), at == NULL ? "" : at);
	blob_free(&text);
	return (r);
}

static enum err
make_versions(struct support *s, struct blob *out)
{
	static const char *const packages[] = { "pcscd", "libpcsclite1",
	    "libccid", "libnfc6", "libacsccid1", "polkitd" };
	struct blob status = { 0 };
	struct utsname u = { .sysname = "" };
	enum err r;

	(void)uname(&u);
	read_system(s, "/var/lib/dpkg/status", DPKG_MAX, &status);
	if ((r = blob_printf(out, "shikaku: " SHIKAKU_VERSION
	    "\nkernel: %s %s %s\n%s\n", u.sysname, u.release, u.machine,
	    OpenSSL_version(OPENSSL_VERSION))) == ERR_OK)
		r = add_system_name(s, out);
	for (size_t i = 0; r == ERR_OK &&
	    i < sizeof(packages) / sizeof(packages[0]); i++)
		r = add_package(blob_str(&status), packages[i], out);
	blob_free(&status);
	return (r);
}

static enum err
make_config(struct support *s, struct blob *out)
{
	return (conf_print_masked(s->cli->conf, out));
}

/* The details may hold paths. */
static enum err
make_doctor(struct support *s, struct blob *out)
{
	json_t *o = doctor_json(s->found), *row;
	struct blob text = { 0 };
	enum err r = ERR_OK;
	size_t i;

	json_array_foreach(json_object_get(o, "checks"), i, row) {
		blob_reset(&text);
		if (r == ERR_OK)
			r = redact_text(&s->own, s->found[i].note.text, &text);
		json_object_set_new(row, "detail",
		    json_string(blob_str(&text)));
	}
	blob_free(&text);
	if (r == ERR_OK)
		return (add_json(out, o));
	json_decref(o);
	return (r);
}

static enum err
make_readers(struct support *s, struct blob *out)
{
	json_t *readers = json_array(), *usb = json_array();
	const struct doctor *d = &s->doctor;
	char id[16], firmware[16];

	for (size_t i = 0; i < d->nreaders; i++)
		json_array_append_new(readers, json_pack("{s:s, s:b}",
		    "name", d->readers[i].name, "card", d->readers[i].card));
	for (size_t i = 0; i < d->nusb; i++) {
		snprintf(id, sizeof(id), "%04x:%04x", d->usb[i].vid,
		    d->usb[i].pid);
		snprintf(firmware, sizeof(firmware), "%x.%02x",
		    d->usb[i].firmware >> 8, d->usb[i].firmware & 0xff);
		json_array_append_new(usb, json_pack(
		    "{s:s, s:s, s:s, s:s, s:b, s:s, s:b}", "id", id,
		    "product", d->usb[i].product, "path", d->usb[i].path,
		    "firmware", firmware, "ccid", d->usb[i].ccid,
		    "kernel_driver", d->usb[i].holder,
		    "autosuspend", d->usb[i].autosuspend));
	}
	return (add_json(out, json_pack("{s:o, s:o}", "pcsc", readers, "usb",
	    usb)));
}

/* Those that have to do with readers, shares and serial lines. */
static enum err
make_modules(struct support *s, struct blob *out)
{
	static const char *const words[] = { "nfc", "pn53", "port100", "cifs",
	    "usbserial", "ftdi", "cp210", "ch34", "pl2303", "cdc_acm" };
	struct blob text = { 0 };
	char *line, *more = NULL;
	enum err r = ERR_OK;

	read_system(s, "/proc/modules", MODULES_MAX, &text);
	line = text.len == 0 ? NULL : strtok_r((char *)text.data, "\n",
	    &more);
	for (; r == ERR_OK && line != NULL;
	    line = strtok_r(NULL, "\n", &more)) {
		line[strcspn(line, " ")] = '\0';
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			if (strstr(line, words[i]) == NULL)
				continue;
			r = blob_printf(out, "%s\n", line);
			break;
		}
	}
	blob_free(&text);
	return (r);
}

/* --- counts --- */

/* Words of ours as the store has them; a kind is the stem of a file's name. */
static const char *
plain(const struct val *v)
{
	const char *s = val_str(v), *rest = s;

	if (strncmp(s, "OQS", 3) == 0)
		rest += 3;
	return (strlen(s) < WORD_LEN && strspn(rest,
	    "abcdefghijklmnopqrstuvwxyz_0123456789") == strlen(rest) ? s :
	    "(other)");
}

static enum err
visit_row(void *ctx, const struct val *cols, size_t n)
{
	if (n != 5)
		return (ERR_STORE);
	json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:s, s:I}",
	    "state", plain(&cols[0]), "mode", plain(&cols[1]),
	    "method", plain(&cols[2]), "outcome",
	    redact_code(val_str(&cols[3])), "visits",
	    (json_int_t)val_num(&cols[4])));
	return (ERR_OK);
}

static enum err
request_row(void *ctx, const struct val *cols, size_t n)
{
	if (n != 4)
		return (ERR_STORE);
	json_array_append_new(ctx, json_pack("{s:s, s:s, s:s, s:I}",
	    "kind", plain(&cols[0]), "state", plain(&cols[1]),
	    "outcome", plain(&cols[2]), "requests",
	    (json_int_t)val_num(&cols[3])));
	return (ERR_OK);
}

static enum err
make_counts(struct support *s, struct blob *out)
{
	json_t *visits = json_array(), *requests = json_array();
	struct store *store = NULL;
	enum err r;

	r = store_open(s->cli->conf->store, &store, NULL);
	if (r == ERR_OK)
		r = store_run(store, SQL_VISIT_COUNTS, NULL, 0, visit_row,
		    visits, NULL);
	if (r == ERR_OK)
		r = store_run(store, SQL_REQUEST_COUNTS, NULL, 0, request_row,
		    requests, NULL);
	store_close(&store);
	return (add_json(out, json_pack("{s:s, s:o, s:o}", "store",
	    err_name(r), "visits", visits, "requests", requests)));
}

/* --- the log --- */

/* The file's last LOG_TAIL bytes, from the beginning of a line. */
static enum err
read_tail(const char *path, struct blob *out)
{
	FILE *f = fopen(path, "re");
	enum err r = ERR_NOT_FOUND;
	uint8_t *at;
	long size;
	size_t n;

	if (f == NULL)
		return (r);
	if (fseek(f, 0, SEEK_END) == 0 && (size = ftell(f)) >= 0 &&
	    fseek(f, size > (long)LOG_TAIL ? size - (long)LOG_TAIL : 0,
	    SEEK_SET) == 0 && (at = blob_space(out, LOG_TAIL)) != NULL) {
		n = fread(at, 1, LOG_TAIL, f);
		blob_cut(out, n);
		r = ERR_OK;
	}
	fclose(f);
	return (r);
}

static enum err
make_log(struct support *s, struct blob *out)
{
	struct blob text = { 0 };
	char *line, *more = NULL;
	size_t dropped = 0;
	int kept;
	enum err r;

	if ((r = read_tail(s->cli->log_file, &text)) != ERR_OK)
		return (r);
	if (s->learnt != ERR_OK) {
		blob_free(&text);
		return (blob_printf(out, "(left out: the store has the names "
		    "that must not be in it: %s)\n", err_name(s->learnt)));
	}
	line = text.len == 0 ? NULL : strtok_r((char *)text.data, "\n",
	    &more);
	for (; r == ERR_OK && line != NULL;
	    line = strtok_r(NULL, "\n", &more)) {
		r = redact_log(&s->own, line, out, &kept);
		dropped += !kept;
	}
	blob_free(&text);
	return (r != ERR_OK ? r : blob_printf(out,
	    "(%zu lines of other form left out)\n", dropped));
}

/* --- the whole --- */

static const struct part {
	const char	*name, *what[2];	/* by enum err_lang */
	enum err	(*make)(struct support *, struct blob *);
} parts[] = {
	{ "README.txt", { "what this is", "この資料について" }, make_readme },
	{ "versions.txt", { "versions of programs and system",
	    "プログラムとOSの版" }, make_versions },
	{ "config.txt", { "the configuration, codes and names not shown",
	    "設定 (コードや名前は伏せる)" }, make_config },
	{ "doctor.json", { "what shikaku doctor found", "点検の結果" },
	    make_doctor },
	{ "readers.json", { "readers of PC/SC and on USB",
	    "カードリーダーの一覧" }, make_readers },
	{ "modules.txt", { "kernel modules of readers and shares",
	    "関係するカーネルモジュール" }, make_modules },
	{ "counts.json", { "how many visits and requests ended how",
	    "受付と照会の件数" }, make_counts },
	{ "log.txt", { "last lines of the log, numbers and names taken out",
	    "記録の終わりの部分 (番号や名前は除く)" }, make_log },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static int
is_left_out(const struct support *s, const struct part *p)
{
	return (p->make == make_log && s->cli->log_file == NULL);
}

static enum err
make_all(struct support *s, struct blob made[PARTS], struct note *note)
{
	enum err r = ERR_OK;

	doctor_run(&s->doctor, s->found, NULL);
	for (size_t i = 0; r == ERR_OK && i < PARTS; i++) {
		if (is_left_out(s, &parts[i]))
			continue;
		if ((r = parts[i].make(s, &made[i])) != ERR_OK)
			note_set(note, "%s", parts[i].make == make_log ?
			    s->cli->log_file : parts[i].name);
	}
	return (r);
}

/* Before anything is written. */
static void
list_all(const struct support *s, const struct blob made[PARTS], json_t *list)
{
	for (size_t i = 0; i < PARTS; i++) {
		if (is_left_out(s, &parts[i]))
			continue;
		if (!s->cli->json)
			printf("%8zu  %-14s %s\n", made[i].len, parts[i].name,
			    parts[i].what[s->cli->lang]);
		json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:s}",
		    "name", parts[i].name, "bytes", (json_int_t)made[i].len,
		    "what", parts[i].what[ERR_JA],
		    "what_en", parts[i].what[ERR_EN]));
	}
	fflush(stdout);
}

static enum err
write_all(const struct support *s, const struct blob made[PARTS],
    struct note *note)
{
	struct tarball *t = NULL;
	enum err r;

	r = tarball_open(s->cli->out, &t, note);
	for (size_t i = 0; r == ERR_OK && i < PARTS; i++) {
		if (!is_left_out(s, &parts[i]))
			r = tarball_add(t, parts[i].name, made[i].data,
			    made[i].len, s->now);
	}
	if (r != ERR_OK) {
		tarball_drop(&t);
		return (r);
	}
	return (tarball_end(&t, note));
}

static int
run(struct support *s)
{
	struct blob made[PARTS] = { { 0 } };
	const struct cli *cli = s->cli;
	json_t *list = json_array();
	struct note note = { "" };
	enum err r;

	if ((r = make_all(s, made, &note)) == ERR_OK) {
		list_all(s, made, list);
		if (!cli->list)
			r = write_all(s, made, &note);
	}
	for (size_t i = 0; i < PARTS; i++)
		blob_free(&made[i]);
	if (r != ERR_OK || !cli->json) {
		json_decref(list);
		return (r == ERR_OK ? EXIT_VALID :
		    cli_fail(cli, r, note.text));
	}
	return (cli_json(json_pack("{s:s?, s:o}", "file",
	    cli->list ? NULL : cli->out, "files", list), EXIT_VALID));
}

int
support_main(struct cli *cli)
{
	struct note note = { "" };
	struct cli english;
	struct support *s;
	enum err r;
	int code;

	if (!cli->list && cli->out == NULL)
		return (cli_fail(cli, ERR_USAGE, "--out FILE"));
	if ((code = cli_conf(cli)) != EXIT_VALID)
		return (code);
	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->found = calloc(doctor_count(), sizeof(*s->found))) == NULL) {
		free(s);
		return (cli_fail(cli, ERR_NOMEM, ""));
	}
	/* What is not ASCII in a detail is then not ours. */
	english = *cli;
	english.lang = ERR_EN;
	s->cli = cli;
	s->now = clock_wall_ms();
	learn(s);
	r = doctor_init(&s->doctor, &english, &note);
	code = r == ERR_OK ? run(s) : cli_fail(cli, r, note.text);
	redact_free(&s->own);
	free(s->found);
	free(s);
	return (code);
}
