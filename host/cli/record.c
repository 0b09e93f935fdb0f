#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/agent/recording.h"
#include "host/api/clients.h"
#include "host/cli/cli.h"
#include "host/tty/tty.h"

#define MINUTES_DEFAULT	10
#define LOOK_MS		200	/* between two looks at the file */

/* A recording that is under way. */
struct record {
	const struct cli	*cli;
	const char		*client;
	int			 fd;		/* of --out */
};

/* A kiosk that has a reader, and not one that a device brings: the agent has
 * no process for it that could write along. */
static enum err
find_client(struct cli *cli, struct note *note)
{
	char plain[CONF_VALUE];
	struct client c;
	enum err r;

	note_set(note, "%s", cli->args[0]);
	if ((r = clients_get(cli->store, cli->args[0], &c)) != ERR_OK)
		return (r);
	if (c.revoked_at != 0)
		return (ERR_NO_CLIENT);
	if (c.role != ROLE_KIOSK || c.reader[0] == '\0') {
		note_set(note, cli_say(cli, "%s はリーダーのある受付端末では"
		    "ありません", "%s is no kiosk with a reader"),
		    cli->args[0]);
		return (ERR_USAGE);
	}
	/* An alias without a meaning is the agent's to complain of. */
	(void)conf_reader(cli->conf, c.reader, plain, NULL);
	if (recording_can(plain))
		return (ERR_OK);
	note_set(note, cli_say(cli, "%s のリーダーは %s です。機器のリーダーは"
	    "エージェントから記録できません",
	    "the reader of %s is %s; a device's reader cannot be recorded "
	    "from the agent"), cli->args[0], plain);
	return (ERR_USAGE);
}

/* At once, not after the minutes: a wrong path would lose them. */
static int
make_out(const char *path, struct note *note)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);

	if (fd == -1)
		note_set(note, "%s: %s", path, strerror(errno));
	return (fd);
}

static void
wait_for_end(const struct record *rec, int64_t minutes)
{
	int64_t end = clock_ms() + minutes * 60000;
	int runs = 0;

	fprintf(stderr, cli_say(rec->cli, "%s のリーダーを最長%lld分記録します。"
	    "Ctrl-C で終了\n", "recording the reader of %s for up to %lld "
	    "minutes; Ctrl-C ends it\n"), rec->client, (long long)minutes);
	while (!tty_interrupted() && clock_ms() < end) {
		if (!runs && (runs = recording_runs(rec->cli->conf->store,
		    rec->client)))
			fprintf(stderr, "%s\n", cli_say(rec->cli,
			    "記録が始まりました", "it has begun"));
		clock_sleep(LOOK_MS);
	}
}

static enum err
write_out(const struct record *rec, const struct blob *data,
    struct note *note)
{
	size_t at = 0;
	ssize_t n;

	while (at < data->len) {
		n = write(rec->fd, data->data + at, data->len - at);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			note_set(note, "%s: %s", rec->cli->out,
			    strerror(errno));
			return (ERR_NEW_FILE);
		}
		at += (size_t)n;
	}
	return (ERR_OK);
}

static enum err
record(const struct record *rec, int64_t minutes, struct blob *data,
    struct note *note)
{
	const char *store = rec->cli->conf->store;
	enum err r;

	tty_catch_signals();
	if ((r = recording_begin(store, rec->client, (int)minutes, note)) !=
	    ERR_OK)
		return (r);
	wait_for_end(rec, minutes);
	if ((r = recording_end(store, rec->client, data, note)) != ERR_OK)
		return (r);
	return (data->len == 0 ? ERR_NO_RECORDING :
	    write_out(rec, data, note));
}

static int
done(const struct record *rec, const struct blob *data)
{
	if (rec->cli->json)
		return (cli_json(json_pack("{s:s, s:s, s:I}", "client",
		    rec->client, "file", rec->cli->out, "bytes",
		    (json_int_t)data->len), EXIT_VALID));
	printf("%s: %s\n", cli_say(rec->cli, "記録を書き込みました",
	    "recording written"), rec->cli->out);
	return (EXIT_VALID);
}

int
readers_record_main(struct cli *cli)
{
	struct record rec = { .cli = cli, .client = cli->args[0], .fd = -1 };
	struct note note = { "" };
	struct blob data = { 0 };
	int64_t minutes;
	enum err r;
	int code;

	if (cli->out == NULL)
		return (cli_fail(cli, ERR_USAGE, "--out FILE"));
	if (!cli_number(cli->minutes, MINUTES_DEFAULT, 1, RECORDING_MINUTES,
	    &minutes))
		return (cli_fail(cli, ERR_USAGE, "--minutes 1 - 120"));
	if ((code = cli_store(cli)) != EXIT_VALID)
		return (code);
	if ((r = find_client(cli, &note)) != ERR_OK)
		return (cli_fail(cli, r, note.text));
	if ((rec.fd = make_out(cli->out, &note)) == -1)
		return (cli_fail(cli, ERR_NEW_FILE, note.text));
	r = record(&rec, minutes, &data, &note);
	if (close(rec.fd) != 0 && r == ERR_OK) {
		note_set(&note, "%s: %s", cli->out, strerror(errno));
		r = ERR_NEW_FILE;
	}
	if (r == ERR_OK) {
		code = done(&rec, &data);
	} else {
		unlink(cli->out);
		code = cli_fail(cli, r, note.text);
	}
	blob_free(&data);
	return (code);
}
