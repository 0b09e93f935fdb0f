#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/device/command.h"
#include "host/device/deliver.h"
#include "host/device/state.h"
#include "host/tty/tty.h"
#include "host/wire/spki.h"

/*
 * The commands around visits without a network: fetch tickets, show what
 * waits, deliver it.
 */

#define TICKETS_DEFAULT	20
#define CLOCK_OFF_MS	(5 * 60 * 1000)	/* link.md: said to the person */

const char tickets_usage[] =
    "usage: shikaku-reader tickets --folder DIR [--count N] [--json]\n"
    "\n"
    "Fetches tickets, one per visit without a network, while the agent can be\n"
    "reached, and says how many may be used and until when.\n"
    "\n"
    "  --count N  1 to 200; 20 without it; 0 only says how many there are\n";

const char queue_usage[] =
    "usage: shikaku-reader queue --folder DIR [--json]\n"
    "\n"
    "Lists the records that wait for the agent, and those that it refused.\n";

const char deliver_usage[] =
    "usage: shikaku-reader deliver --folder DIR [--json]\n"
    "\n"
    "Gives the agent the records that wait.  What it takes is removed here;\n"
    "what it refuses is kept apart, with the reason.\n";

struct records {
	const char	*folder, *count;
	int		 json;
	struct dir	 dir;
	struct tickets	 tickets;
	struct queue	 queue;
	struct line	 line;
	struct note	 note;
};

static int
parse(struct records *a, int argc, char **argv, int counts)
{
	static const struct option options[] = {
		{ "folder",	required_argument,	NULL, 'd' },
		{ "count",	required_argument,	NULL, 'n' },
		{ "json",	no_argument,		NULL, 'j' },
		{ NULL,		0,			NULL, 0 }
	};
	struct note harden = { "" };
	int c;

	*a = (struct records){ .dir.fd = -1, .tickets.dir.fd = -1,
	    .queue = { .waiting.fd = -1, .refused.fd = -1 } };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'd')
			a->folder = optarg;
		else if (c == 'n' && counts)
			a->count = optarg;
		else if (c == 'j')
			a->json = 1;
		else
			return (0);
	}
	signal(SIGPIPE, SIG_IGN);
	/* The device's key is in here. */
	(void)secret_harden(&harden);
	return (a->folder != NULL && optind == argc);
}

static enum err
count_row(void *ctx, const struct queue_row *row)
{
	*(unsigned *)ctx += row->why == ERR_OK;
	return (ERR_OK);
}

/* They are signed with a key that the agent takes nothing of any more. */
static void
tell_stranded(struct records *a)
{
	struct note note = { "" };
	unsigned n = 0;

	if (queue_list(&a->queue, count_row, &n, &note) == ERR_OK && n > 0)
		fprintf(stderr, command_say(
		    "  受付記録 %u件はこの機器に残り、登録し直しても送信できません。"
		    "改めて訪問するか、受付票を作ってください\n",
		    "  records that stay here: %u; they cannot be delivered "
		    "under a new enrolment:\n  see the patient again, or make a "
		    "slip\n"), n);
}

/* So that queue and status say so without a network. */
static void
keep_revoked(struct records *a, enum err r)
{
	struct note note = { "" };
	struct state state;

	if ((r != ERR_OK && r != ERR_LINK_REVOKED) ||
	    state_read(&a->dir, &state, &note) != ERR_OK ||
	    (r == ERR_OK) != (state.err == ERR_LINK_REVOKED))
		return;
	state.err = r;
	(void)state_write(&a->dir, &state, &note);
}

static int
is_revoked(struct records *a)
{
	struct note note = { "" };
	struct state state;

	return (state_read(&a->dir, &state, &note) == ERR_OK &&
	    state.err == ERR_LINK_REVOKED);
}

static int
finish(struct records *a, enum err r, int code)
{
	if (r != ERR_OK)
		code = command_fail(r, &a->note);
	line_close(&a->line);
	queue_close(&a->queue);
	tickets_close(&a->tickets);
	dir_close(&a->dir);
	return (code);
}

static int
put(json_t *o)
{
	int ok = o != NULL && json_dumpf(o, stdout, JSON_COMPACT) == 0 &&
	    putchar('\n') != EOF && fflush(stdout) == 0;

	json_decref(o);
	return (ok ? EXIT_SUCCESS : EXIT_FAILURE);
}

static enum err
dial(struct records *a)
{
	int64_t off;
	enum err r;

	if ((r = line_open(&a->dir, LINE_DELIVER, &a->line, &a->note)) !=
	    ERR_OK)
		return (r);
	off = line_clock_off(&a->line);
	if (off > CLOCK_OFF_MS || off < -CLOCK_OFF_MS)
		fprintf(stderr, "%s\n", command_say(
		    "この機器の時計が5分以上ずれています。直してください",
		    "this device's clock is wrong by more than 5 minutes: "
		    "set it"));
	return (ERR_OK);
}

/* --- tickets --- */

static int
read_count(const char *text, unsigned *n)
{
	char *end;
	long value;

	*n = TICKETS_DEFAULT;
	if (text == NULL)
		return (1);
	if (*text < '0' || *text > '9')
		return (0);
	value = strtol(text, &end, 10);
	if (*end != '\0' || value > 200)
		return (0);
	*n = (unsigned)value;
	return (1);
}

static enum err
own_print(struct records *a, uint8_t print[TICKET_PRINT])
{
	char path[PATH_MAX];
	X509 *cert = NULL;
	enum err r;

	if ((r = dir_path(&a->dir, DIR_CERT, path)) != ERR_OK ||
	    (r = spki_read(path, &cert, &a->note)) != ERR_OK)
		return (r);
	r = spki_print(cert, print);
	X509_free(cert);
	return (r);
}

static enum err
fetch(struct records *a, unsigned n, unsigned *got)
{
	uint8_t print[TICKET_PRINT];
	enum err r;

	*got = 0;
	if (n == 0)
		return (ERR_OK);
	if ((r = dial(a)) != ERR_OK || (r = own_print(a, print)) != ERR_OK)
		return (r);
	return (deliver_tickets(&a->line, &a->tickets, print, n, got,
	    &a->note));
}

static int
show_tickets(const struct records *a, unsigned got, unsigned n, int64_t until)
{
	char iso[CLOCK_ISO_LEN] = "";

	if (n > 0)
		clock_iso(until * 1000, iso);
	if (a->json)
		return (put(json_pack("{s:i, s:i, s:s?}", "fetched", (int)got,
		    "usable", (int)n, "until", n > 0 ? iso : NULL)));
	printf(command_say("オフライン受付券: 取得 %u、使用できる %u",
	    "tickets: fetched %u, usable %u"), got, n);
	printf(n > 0 ? command_say(" (%.16s まで)\n", " (until %.16s)\n") :
	    "\n", iso);
	return (fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int
tickets_main(int argc, char **argv)
{
	struct records a;
	unsigned want, got = 0, n = 0;
	int64_t until = 0;
	enum err r;

	if (!parse(&a, argc, argv, 1) || !read_count(a.count, &want))
		return (command_usage(tickets_usage));
	if ((r = dir_open(a.folder, 0, &a.dir, &a.note)) == ERR_OK &&
	    (r = tickets_open(&a.dir, &a.tickets, &a.note)) == ERR_OK &&
	    (r = fetch(&a, want, &got)) == ERR_OK)
		r = tickets_count(&a.tickets, clock_wall_ms() / 1000, &n,
		    &until, &a.note);
	return (finish(&a, r, r == ERR_OK ? show_tickets(&a, got, n, until) :
	    0));
}

/* --- queue --- */

struct listing {
	int	 json;
	json_t	*waiting, *refused;
};

static enum err
list_row(void *ctx, const struct queue_row *row)
{
	struct listing *l = ctx;
	json_t *o;

	if (!l->json) {
		printf("%s %s%s%s\n", row->why == ERR_OK ? command_say("送信待ち",
		    "waiting") : command_say("受付不可", "refused"), row->name,
		    row->why == ERR_OK ? "" : " ", row->why == ERR_OK ? "" :
		    err_text(row->why, tty_lang()));
	}
	o = row->why == ERR_OK ? json_string(row->name) :
	    json_pack("{s:s, s:s}", "name", row->name, "why",
	    err_name(row->why));
	return (json_array_append_new(row->why == ERR_OK ? l->waiting :
	    l->refused, o) == 0 ? ERR_OK : ERR_NOMEM);
}

static int
show_queue(const struct listing *l)
{
	if (l->json)
		return (put(json_pack("{s:O, s:O}", "waiting", l->waiting,
		    "refused", l->refused)));
	printf(command_say("送信待ち %zu件、受付不可 %zu件\n",
	    "%zu waiting, %zu refused\n"), json_array_size(l->waiting),
	    json_array_size(l->refused));
	return (fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int
queue_main(int argc, char **argv)
{
	struct listing l = { 0, json_array(), json_array() };
	struct records a;
	enum err r;
	int code;

	if (!parse(&a, argc, argv, 0)) {
		json_decref(l.waiting);
		json_decref(l.refused);
		return (command_usage(queue_usage));
	}
	l.json = a.json;
	if ((r = dir_open(a.folder, 0, &a.dir, &a.note)) == ERR_OK &&
	    (r = queue_open(&a.dir, &a.queue, &a.note)) == ERR_OK)
		r = queue_list(&a.queue, list_row, &l, &a.note);
	if (r == ERR_OK && is_revoked(&a))
		tell_stranded(&a);
	code = finish(&a, r, r == ERR_OK ? show_queue(&l) : 0);
	json_decref(l.waiting);
	json_decref(l.refused);
	return (code);
}

/* --- deliver --- */

static int
show_delivery(const struct records *a, const struct deliver_count *n)
{
	if (a->json)
		return (put(json_pack("{s:i, s:i, s:i}", "filed",
		    (int)n->filed, "known", (int)n->known, "refused",
		    (int)n->refused)));
	printf(command_say("登録 %u件、登録済み %u件、受付不可 %u件\n",
	    "%u filed, %u filed before, %u refused\n"), n->filed, n->known,
	    n->refused);
	return (fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

int
deliver_main(int argc, char **argv)
{
	struct deliver_count n = { 0 };
	struct records a;
	enum err r;

	if (!parse(&a, argc, argv, 0))
		return (command_usage(deliver_usage));
	if ((r = dir_open(a.folder, 0, &a.dir, &a.note)) == ERR_OK &&
	    (r = queue_open(&a.dir, &a.queue, &a.note)) == ERR_OK &&
	    (r = dial(&a)) == ERR_OK)
		r = deliver_queue(&a.line, &a.queue, &n, &a.note);
	keep_revoked(&a, r);
	if (r == ERR_LINK_REVOKED)
		tell_stranded(&a);
	return (finish(&a, r, r == ERR_OK ? show_delivery(&a, &n) : 0));
}
