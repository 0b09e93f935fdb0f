#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/quirk.h"
#include "host/cli/bundle.h"
#include "host/cli/doctor.h"

/*
 * The way to a card: service, permission, reader, driver, kernel, the
 * configured one, card.  A reader that pcscd does not offer is looked for on
 * USB, because driver and kernel are then what is wrong.
 */

/* These stand for themselves; everything else goes through pcscd. */
static const char *const others[] = { "link:", "nfc:", "vpcd:", "replay:" };
static const char *const wrappers[] = { "trace:", "record:", "overlay:" };

/*
 * Modules that take a reader for the kernel's own NFC, which knows nothing of
 * a My Number card's applications (card-and-readers.md 6.3).
 */
static const char *const in_the_way[] = { "pn533_usb", "pn533", "port100" };

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static int
begins(const char *s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strncmp(s, words[i], strlen(words[i])) == 0)
			return (1);
	}
	return (0);
}

/* "trace:FILE:pcsc:R" is "pcsc:R" that is also written down. */
static const char *
inmost(const char *s)
{
	const char *file, *rest;

	while (begins(s, wrappers, LEN(wrappers)) &&
	    (file = strchr(s, ':')) != NULL &&
	    (rest = strchr(file + 1, ':')) != NULL)
		s = rest + 1;
	return (s);
}

static int
by_pcsc(const struct doctor *d)
{
	return (!begins(inmost(d->transport), others, LEN(others)));
}

/* Not needed by this kind of reader, and nothing wrong. */
static int
passed_over(const struct doctor *d, struct finding *f)
{
	if (by_pcsc(d))
		return (0);
	f->verdict = V_SKIPPED;
	note_set(&f->note, cli_say(d->cli, "PC/SC を使わない設定です (%.*s)",
	    "not through PC/SC (%.*s)"), (int)strcspn(d->transport, ":") + 1,
	    d->transport);
	return (1);
}

/* --- the service --- */

static void
socket_path(const struct doctor *d, char out[PATH_MAX])
{
	const char *named = getenv("PCSCLITE_CSOCK_NAME");

	if (named != NULL && d->root[0] == '\0')
		snprintf(out, PATH_MAX, "%s", named);
	else
		snprintf(out, PATH_MAX, "%s/run/pcscd/pcscd.comm", d->root);
}

static int
is_pcscd(const char *root, const char *pid)
{
	char path[PATH_MAX], comm[32] = "";
	FILE *f;

	if (snprintf(path, sizeof(path), "%s/proc/%s/comm", root, pid) >=
	    (int)sizeof(path) || (f = fopen(path, "re")) == NULL)
		return (0);
	if (fgets(comm, sizeof(comm), f) == NULL)
		comm[0] = '\0';
	fclose(f);
	return (strcmp(comm, "pcscd\n") == 0);
}

static int
pcscd_runs(const char *root)
{
	char path[PATH_MAX];
	struct dirent *e;
	int found = 0;
	DIR *dir;

	if (snprintf(path, sizeof(path), "%s/proc", root) >=
	    (int)sizeof(path) || (dir = opendir(path)) == NULL)
		return (0);
	while (!found && (e = readdir(dir)) != NULL)
		found = isdigit((unsigned char)e->d_name[0]) &&
		    is_pcscd(root, e->d_name);
	closedir(dir);
	return (found);
}

/* Refused is not absent: that is the next layer's. */
void
check_service(struct doctor *d, struct finding *f)
{
	char path[PATH_MAX];

	if (passed_over(d, f))
		return;
	d->listed = d->list(d->readers, DOCTOR_READERS, &d->nreaders,
	    &d->list_note);
	if (d->nreaders > DOCTOR_READERS)
		d->nreaders = DOCTOR_READERS;
	f->note = d->list_note;
	if (d->listed == ERR_OK || d->listed == ERR_NO_READER ||
	    d->listed == ERR_READER_DENIED) {
		note_set(&f->note, "pcscd");
		return;
	}
	finding_set(f, d->listed);
	if (d->listed != ERR_NO_SERVICE)
		return;
	socket_path(d, path);
	note_set(&f->note, cli_say(d->cli, "%s: %s、pcscd のプロセス: %s",
	    "%s: %s, a process pcscd: %s"), path, access(path, F_OK) == 0 ?
	    cli_say(d->cli, "ソケットあり", "is there") :
	    cli_say(d->cli, "ソケットなし", "is not there"),
	    pcscd_runs(d->root) ? cli_say(d->cli, "あり", "yes") :
	    cli_say(d->cli, "なし", "no"));
}

void
check_permission(struct doctor *d, struct finding *f)
{
	if (passed_over(d, f))
		return;
	note_set(&f->note, cli_say(d->cli, "ユーザー番号 %u", "user %u"),
	    (unsigned)geteuid());
	if (d->listed != ERR_READER_DENIED)
		return;
	finding_set(f, ERR_READER_DENIED);
	note_set(&f->note, cli_say(d->cli,
	    "ユーザー番号 %u (例: host/agent/50-shikaku-pcscd.rules)",
	    "user %u (example: host/agent/50-shikaku-pcscd.rules)"),
	    (unsigned)geteuid());
}

/* --- the reader and what is on USB --- */

static int
takes_readers(const char *module)
{
	for (size_t i = 0; i < LEN(in_the_way); i++) {
		if (strcmp(in_the_way[i], module) == 0)
			return (1);
	}
	return (0);
}

/* Only card readers stay in the list. */
static void
look_at_usb(struct doctor *d)
{
	struct bundle known;
	size_t kept = 0;

	if (usb_nodes(d->root, d->usb, DOCTOR_USB, &d->nusb) != ERR_OK ||
	    bundle_load(d->root, &known) != ERR_OK) {
		d->nusb = 0;
		return;
	}
	for (size_t i = 0; i < d->nusb && i < DOCTOR_USB; i++) {
		if (d->usb[i].ccid || takes_readers(d->usb[i].holder) ||
		    quirk_find(d->usb[i].vid, d->usb[i].pid) != NULL ||
		    bundle_knows(&known, d->usb[i].vid, d->usb[i].pid))
			d->usb[kept++] = d->usb[i];
	}
	d->nusb = kept;
	bundle_free(&known);
}

static void
note_device(const struct usb_node *u, struct note *note)
{
	const struct quirk *q = quirk_find(u->vid, u->pid);

	note_set(note, "%04x:%04x %s (USB %s, %x.%02x)", u->vid, u->pid,
	    q != NULL && q->name[0] != '\0' ? q->name : u->product, u->path,
	    u->firmware >> 8, u->firmware & 0xff);
}

static void
note_reader(const struct doctor *d, struct note *note)
{
	const struct usb_node *u = &d->usb[0];
	const struct quirk *q = quirk_find(u->vid, u->pid);
	struct note device = { "" };
	char slow[96] = "";

	note_device(u, &device);
	if (q != NULL && q->slow > 0)
		snprintf(slow, sizeof(slow), cli_say(d->cli,
		    "、カードに気付くまで %d ms かかることがあります",
		    ", may take %d ms to notice a card"), q->slow);
	/* CCID issues 36, 37: a reader that sleeps can lose its card. */
	note_set(note, "%s%s%s", device.text, slow, u->autosuspend ?
	    cli_say(d->cli, "、USBの省電力が有効です",
	    ", USB may put it to sleep") : "");
}

void
check_reader(struct doctor *d, struct finding *f)
{
	if (passed_over(d, f))
		return;
	look_at_usb(d);
	if (d->nreaders == 0 && d->nusb == 0)
		finding_set(f, ERR_NO_READER);
	else if (d->nusb > 0)
		note_reader(d, &f->note);
	if (d->nusb > 0 || d->nreaders == 0)
		return;
	note_set(&f->note, cli_say(d->cli, "pcscd に %zu台",
	    "%zu of pcscd"), d->nreaders);
}

/* A reader nobody serves is an emergency only where no other one is. */
static void
hinder(const struct doctor *d, enum err r, struct finding *f)
{
	f->err = r;
	f->verdict = d->nreaders > 0 ? V_WARNING : V_BROKEN;
}

/* What is known of its make; 0 when that is no hindrance. */
static int
is_hindered(const struct doctor *d, const struct quirk *q,
    const struct usb_node *u, struct finding *f)
{
	struct note device = { "" };
	const char *why = NULL;

	if (q == NULL)
		return (0);
	if (q->driver == QUIRK_NO_DRIVER)
		why = cli_say(d->cli, "Linuxでは使えない機種です",
		    "not usable on Linux");
	else if (q->driver == QUIRK_LIBNFC)
		why = cli_say(d->cli, "nfc: で指定する機種です",
		    "name it by nfc:");
	else if (u->firmware != 0 && u->firmware < q->firmware)
		why = cli_say(d->cli, "ファームウェアが古すぎます",
		    "its firmware is too old");
	if (why == NULL)
		return (0);
	hinder(d, ERR_READER_DRIVER, f);
	note_device(u, &device);
	note_set(&f->note, "%s: %s", device.text, why);
	return (1);
}

static void
check_device(const struct doctor *d, const struct bundle *known,
    const struct usb_node *u, struct finding *f)
{
	if (f->verdict == V_BROKEN ||
	    is_hindered(d, quirk_find(u->vid, u->pid), u, f) ||
	    bundle_knows(known, u->vid, u->pid))
		return;
	hinder(d, ERR_READER_DRIVER, f);
	note_device(u, &f->note);
}

void
check_driver(struct doctor *d, struct finding *f)
{
	struct bundle known;
	enum err r;

	if (passed_over(d, f))
		return;
	if ((r = bundle_load(d->root, &known)) != ERR_OK) {
		finding_set(f, r);
		return;
	}
	for (size_t i = 0; i < d->nusb; i++)
		check_device(d, &known, &d->usb[i], f);
	if (f->verdict == V_OK)
		note_set(&f->note, "%s", d->nusb > 0 ? cli_say(d->cli,
		    "あります", "pcscd has one") : cli_say(d->cli,
		    "USBのリーダーはありません", "no reader on USB"));
	bundle_free(&known);
}

/* --- the kernel --- */

/* The first of the modules that is loaded, or NULL. */
static const char *
loaded(const struct doctor *d)
{
	char path[PATH_MAX], line[512];
	const char *found = NULL;
	FILE *fp;

	if (snprintf(path, sizeof(path), "%s/proc/modules", d->root) >=
	    (int)sizeof(path) || (fp = fopen(path, "re")) == NULL)
		return (NULL);
	while (found == NULL && fgets(line, sizeof(line), fp) != NULL) {
		line[strcspn(line, " ")] = '\0';
		for (size_t i = 0; i < LEN(in_the_way); i++) {
			if (strcmp(line, in_the_way[i]) == 0)
				found = in_the_way[i];
		}
	}
	fclose(fp);
	return (found);
}

/*
 * A module that holds a device is in the way.  One that is only loaded is so
 * when pcscd offers no reader although there is one.
 */
void
check_module(struct doctor *d, struct finding *f)
{
	const char *module = loaded(d);

	for (size_t i = 0; i < d->nusb; i++) {
		if (!takes_readers(d->usb[i].holder))
			continue;
		hinder(d, ERR_READER_TAKEN, f);
		note_set(&f->note, "%s (%04x:%04x)", d->usb[i].holder,
		    d->usb[i].vid, d->usb[i].pid);
		return;
	}
	note_set(&f->note, "%s", module != NULL ? module : cli_say(d->cli,
	    "NFCのモジュールはありません", "no NFC module"));
	if (module == NULL)
		return;
	if (by_pcsc(d) && d->nreaders == 0)
		finding_set(f, ERR_READER_TAKEN);
}

/* --- the configured reader and its card --- */

void
check_match(struct doctor *d, struct finding *f)
{
	d->asked = d->ask(d, d->transport, &d->event, &d->ask_note);
	f->note = d->ask_note;
	if (d->asked == ERR_OK && d->event == TP_NO_READER)
		d->asked = ERR_NO_READER;
	/* A card that does not answer is the next layer's. */
	if (err_class(d->asked) != EC_CARD && d->asked != ERR_READER_BUSY)
		finding_set(f, d->asked);
	if (f->note.text[0] == '\0')
		note_set(&f->note, "%s", d->transport);
}

void
check_card(struct doctor *d, struct finding *f)
{
	finding_set(f, d->asked != ERR_OK ? d->asked :
	    d->event == TP_CARD ? ERR_OK : ERR_NO_CARD);
	if (f->err == ERR_READER_BUSY)
		f->verdict = V_WARNING;
	note_set(&f->note, "%s", d->asked != ERR_OK ? d->ask_note.text :
	    f->err == ERR_OK ? cli_say(d->cli, "応答しています",
	    "it answers") : "");
}
