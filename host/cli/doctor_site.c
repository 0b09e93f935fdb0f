#include <sys/stat.h>
#include <sys/timex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/cli/doctor.h"
#include "host/cli/reader_arg.h"
#include "host/qualify/folder.h"
#include "host/qualify/share.h"

/* What a site has beside its reader: roots, folders, store, clock, terminal. */

#define DAY_MS		(24LL * 3600 * 1000)
#define ANCHOR_DAYS	60		/* warn so long before the last ends */
#define SLOW_MS		1000		/* a share that makes people wait */
#define FREE_MB		100
#define DRIFT_WARN_MS	5000
#define DRIFT_MS	60000
#define LEFT_MS		120000		/* a terminal takes files in seconds */
#define SCAN_MAX	2000		/* names looked at in one folder */
#define ROOTS_MAX	32
#define OUTCOMES	20
/* Older than this program or beyond its roots: nobody set the clock. */
#define FLOOR_MS	1767193200000LL	/* 2026-01-01 JST */
#define CEILING_MS	4102412400000LL	/* 2100-01-01 JST */

/* --- the ports of this system --- */

/* A card that is there is powered once, which is what a visit does first. */
static enum err
ask_reader(const struct doctor *d, const char *transport, enum tp_event *ev,
    struct note *note)
{
	struct readers_child child;
	enum err r;

	*ev = TP_NO_READER;
	if ((r = readers_start(transport, &child, note)) != ERR_OK)
		return (r);
	r = tp_wait(child.tp, 1000, ev);
	if (r == ERR_TIMEOUT)
		r = ERR_OK;
	if (r == ERR_OK && *ev == TP_CARD &&
	    (r = tp_begin(child.tp)) == ERR_OK)
		tp_end(child.tp);
	*note = child.tp->note;
	cli_stop_reader(d->cli, &child);
	return (r);
}

/* features.md R11: times are evidence, so the clock should be disciplined. */
static int
is_synced(void)
{
	struct timex tx = { .modes = 0 };
	int state = adjtimex(&tx);

	return (state != TIME_ERROR && state >= 0);
}

enum err
doctor_init(struct doctor *d, const struct cli *cli, struct note *note)
{
	*d = (struct doctor){ .cli = cli, .list = readers_list,
	    .ask = ask_reader, .synced = is_synced,
	    .root = cli->root == NULL ? "" : cli->root,
	    .probe = share_look, .share_ms = SHARE_MS };
	d->now = clock_wall_ms();
	return (reader_transport(cli, d->transport, note));
}

/* --- roots --- */

static void
check_ends(const struct doctor *d, const struct trust_root *roots, size_t n,
    struct finding *f)
{
	const struct trust_root *last = NULL;
	int64_t end = 0, at;

	for (size_t i = 0; i < n; i++) {
		if (roots[i].purpose != TRUST_AUTH)
			continue;
		/* These are UTC, and stamps are JST. */
		at = clock_of_stamp(roots[i].not_after) + CLOCK_JST_S * 1000LL;
		if (last == NULL || at > end) {
			last = &roots[i];
			end = at;
		}
	}
	if (last == NULL)
		return;
	note_set(&f->note, "%s, %.8s", last->name, last->not_after);
	if (end < d->now)
		finding_set(f, ERR_ANCHOR_EXPIRED);
	else if (end - d->now < ANCHOR_DAYS * DAY_MS)
		f->verdict = V_WARNING;
}

void
check_trust(struct doctor *d, struct finding *f)
{
	const struct conf *c = d->cli->conf;
	struct trust_root roots[ROOTS_MAX];
	X509_STORE *store = NULL;
	size_t n = 0;

	finding_set(f, trust_load(c->trust_folder,
	    (enum trust_mode)c->trust_mode, &store, &f->note));
	X509_STORE_free(store);
	if (f->err == ERR_OK)
		finding_set(f, trust_list(c->trust_folder,
		    (enum trust_mode)c->trust_mode, roots, ROOTS_MAX, &n,
		    &f->note));
	if (f->err == ERR_OK)
		check_ends(d, roots, n < ROOTS_MAX ? n : ROOTS_MAX, f);
	if (f->err == ERR_OK && c->trust_mode == TRUST_TEST) {
		f->verdict = V_WARNING;
		note_set(&f->note, "%s", cli_say(d->cli,
		    "試験モードです (本番では trust.mode = production)",
		    "test mode (trust.mode = production for real cards)"));
	}
}

/* --- folders --- */

/* Appends to a note; cut when it is full. */
static void
add_note(struct note *note, const char *text)
{
	char before[sizeof(note->text)];

	memcpy(before, note->text, sizeof(before));
	note_set(note, "%s%s%s", before, before[0] == '\0' ? "" : ", ", text);
}

static enum err
try_folder(const struct doctor *d, const char *name, const char *path,
    int ours, struct finding *f)
{
	struct share s;
	char text[160];
	enum err r;

	if ((r = share_try(d->probe, path, ours, d->share_ms, &s)) !=
	    ERR_OK) {
		f->note = s.note;
		return (r);
	}
	snprintf(text, sizeof(text), cli_say(d->cli,
	    "%s %lld ms%s%s 空き %lld MB", "%s %lld ms%s%s, %lld MB free"),
	    name, (long long)s.ms, s.kind[0] == '\0' ? "" : " ", s.kind,
	    (long long)s.free_mb);
	add_note(&f->note, text);
	if (s.ms > SLOW_MS || (ours && s.free_mb >= 0 && s.free_mb < FREE_MB))
		f->verdict = V_WARNING;
	return (ERR_OK);
}

static int
is_one_folder(const char *a, const char *b)
{
	char here[2][CONF_VALUE];
	struct stat sa, sb;

	return (share_here(a, here[0], CONF_VALUE, NULL) == ERR_OK &&
	    share_here(b, here[1], CONF_VALUE, NULL) == ERR_OK &&
	    stat(here[0], &sa) == 0 && stat(here[1], &sb) == 0 &&
	    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino);
}

void
check_folders(struct doctor *d, struct finding *f)
{
	const struct conf *c = d->cli->conf;
	const struct {
		const char	*name, *path;
		int		 ours;
	} rows[] = {
		{ "req", c->req, 1 }, { "res", c->res, 1 },
		{ "face", c->face_folder, 0 },
	};
	enum err r;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].path[0] == '\0')
			continue;
		if ((r = try_folder(d, rows[i].name, rows[i].path,
		    rows[i].ours, f)) != ERR_OK) {
			finding_set(f, r);
			return;
		}
	}
	d->shares = 1;
	if (is_one_folder(c->req, c->res)) {
		finding_set(f, ERR_CONF);
		note_set(&f->note, "req = res: %s", c->req);
	}
}

void
check_store(struct doctor *d, struct finding *f)
{
	struct store *store = NULL;

	finding_set(f, store_open(d->cli->conf->store, &store, &f->note));
	store_close(&store);
	if (f->err == ERR_OK)
		note_set(&f->note, "%s", d->cli->conf->store);
}

/* The keys are made at the agent's first start.  The address may name the
 * house; what it listens on is a port. */
void
check_devices(struct doctor *d, struct finding *f)
{
	const struct conf *c = d->cli->conf;
	int made;

	if (c->devices_listen[0] == '\0') {
		finding_set(f, ERR_OK);
		note_set(&f->note, "%s", cli_say(d->cli, "使っていません",
		    "not used"));
		return;
	}
	finding_set(f, conf_check_devices(c, &made, &f->note));
	if (f->err == ERR_OK)
		note_set(&f->note, cli_say(d->cli, "ポート %s、%s%s",
		    "port %s, %s%s"), strrchr(c->devices_listen, ':') + 1,
		    c->devices_folder, made ? "" : cli_say(d->cli,
		    " (最初の起動で作られます)", " (made at the first start)"));
}

/* Its key is made when the first document is asked for. */
void
check_documents(struct doctor *d, struct finding *f)
{
	const struct conf *c = d->cli->conf;
	int made;

	finding_set(f, conf_check_documents(c, &made, &f->note));
	if (f->err == ERR_OK)
		note_set(&f->note, "%s%s", c->documents_key, made ? "" :
		    cli_say(d->cli, " (最初の取得で作られます)",
		    " (made when the first is asked for)"));
}

/* --- files others wrote --- */

struct scan {
	struct folder	*folder;
	int64_t		 now, newest;	/* wall ms; 0: none */
	size_t		 n, left;
};

/* Files of the exchange only; those that lie long are counted. */
static enum err
scan_row(void *ctx, const char *name)
{
	struct scan *s = ctx;
	struct folder_stamp st;
	int64_t at;

	if (s->n++ >= SCAN_MAX)
		return (ERR_TOOBIG);
	if (strncmp(name, "OQS", 3) != 0 ||
	    !folder_stamp(s->folder, name, &st))
		return (ERR_OK);
	at = st.changed / 1000000;
	if (s->newest == 0 || at > s->newest)
		s->newest = at;
	if (s->now - at > LEFT_MS)
		s->left++;
	return (ERR_OK);
}

static void
scan_folder(const struct doctor *d, const char *path, struct scan *s)
{
	*s = (struct scan){ .now = d->now };
	if (path[0] == '\0' || folder_open(path, &s->folder, NULL) != ERR_OK)
		return;
	(void)folder_scan(s->folder, scan_row, s);
	folder_close(&s->folder);
}

/* --- the clock --- */

/* How far the folder's clock is ahead of ours; 0 where it does not tell. */
static int64_t
drift_of(const char *path)
{
	struct folder *folder = NULL;
	int64_t theirs = 0, before, after;

	if (folder_open(path, &folder, NULL) != ERR_OK)
		return (0);
	before = clock_wall_ms();
	if (folder_time(folder, &theirs) != ERR_OK)
		theirs = before;
	after = clock_wall_ms();
	folder_close(&folder);
	/* Some file systems keep whole seconds, or two. */
	if (theirs > before - 2000 && theirs < after + 2000)
		return (0);
	return (theirs - before);
}

/* What the terminal wrote cannot be from the future. */
static int64_t
ahead(const struct doctor *d)
{
	const char *paths[] = { d->cli->conf->res, d->cli->conf->face_folder };
	int64_t drift = drift_of(d->cli->conf->req);
	struct scan s;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		scan_folder(d, paths[i], &s);
		if (s.newest - d->now > drift)
			drift = s.newest - d->now;
	}
	return (drift);
}

void
check_clock(struct doctor *d, struct finding *f)
{
	char now[CLOCK_ISO_LEN];
	int64_t drift;

	clock_iso(d->now, now);
	note_set(&f->note, "%s", now);
	if (d->now < FLOOR_MS || d->now > CEILING_MS) {
		finding_set(f, ERR_CLOCK);
		return;
	}
	drift = d->shares ? ahead(d) : 0;
	if (drift > DRIFT_WARN_MS || drift < -DRIFT_WARN_MS) {
		f->err = ERR_CLOCK;
		f->verdict = drift > DRIFT_MS || drift < -DRIFT_MS ? V_BROKEN :
		    V_WARNING;
		note_set(&f->note, cli_say(d->cli,
		    "%s、端末のファイルとの差 %lld秒",
		    "%s, the terminal's files say %+lld s"), now,
		    (long long)(drift / 1000));
	} else if (!d->synced()) {
		f->verdict = V_WARNING;
		note_set(&f->note, cli_say(d->cli,
		    "%s (時刻合わせがされていません: chrony か systemd-timesyncd を設定)",
		    "%s (not synchronised: set up chrony or "
		    "systemd-timesyncd)"), now);
	}
}

/* --- the terminal --- */

struct outcomes {
	size_t		n, silent;	/* in a row, newest first */
	enum err	why;
};

/* The newest outcomes; those after which the terminal is not known to be
 * there.  An answer about a person is one character: OQSCD006. */
static enum err
outcome_row(void *ctx, const struct val *cols, size_t n)
{
	static const enum err silences[] = { ERR_NOT_TAKEN, ERR_NO_ANSWER };
	const char *outcome = n > 0 ? val_str(&cols[0]) : "";
	struct outcomes *o = ctx;

	for (size_t i = 0; i < 2; i++) {
		if (o->silent < o->n ||
		    strcmp(outcome, err_name(silences[i])) != 0)
			continue;
		o->silent++;
		if (o->why == ERR_OK)
			o->why = silences[i];
		break;
	}
	o->n++;
	return (ERR_OK);
}

static enum err
count_open(void *ctx, const struct val *cols, size_t n)
{
	size_t *open = ctx;

	(void)cols;
	(void)n;
	(*open)++;
	return (ERR_OK);
}

static enum err
read_store(const struct doctor *d, struct outcomes *o, size_t *open,
    struct note *note)
{
	const struct val limit = val_int(OUTCOMES);
	struct store *store = NULL;
	enum err r;

	*o = (struct outcomes){ .why = ERR_OK };
	*open = 0;
	r = store_open(d->cli->conf->store, &store, note);
	if (r == ERR_OK)
		r = store_run(store, SQL_VISIT_OUTCOMES, &limit, 1,
		    outcome_row, o, NULL);
	if (r == ERR_OK)
		r = store_run(store, SQL_REQUEST_OPEN_LIST, NULL, 0,
		    count_open, open, NULL);
	store_close(&store);
	return (r);
}

/*
 * It is asked nothing for this: what it did with the last requests tells, and
 * what lies in req, of whichever product.
 */
void
check_terminal(struct doctor *d, struct finding *f)
{
	struct outcomes o;
	struct scan s;
	size_t open;
	enum err r;

	if ((r = read_store(d, &o, &open, &f->note)) != ERR_OK) {
		finding_set(f, r);
		return;
	}
	scan_folder(d, d->cli->conf->req, &s);
	if (s.left > 0)
		o.why = ERR_NOT_TAKEN;
	if (s.left > 0 || o.silent > 0)
		finding_set(f, o.why);
	else if (open > 0)
		f->verdict = V_WARNING;
	else if (o.n == 0)
		f->verdict = V_UNKNOWN;
	note_set(&f->note, cli_say(d->cli,
	    "続けて回答なし %zu件、回答待ち %zu件、req に残るファイル %zu件",
	    "%zu in a row without answer, %zu unanswered, %zu left in req"),
	    o.silent, open, s.left);
}
