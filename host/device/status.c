#include <sys/file.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/device/command.h"
#include "host/device/connect.h"
#include "host/device/line.h"
#include "host/device/state.h"
#include "host/tty/tty.h"

const char status_usage[] =
    "usage: shikaku-reader status --folder DIR\n"
    "\n"
    "Says with which agent this device is enrolled, whether it is connected,\n"
    "and what its fence refused.\n";

/* By its lock, which no crash leaves behind. */
static int
is_running(const struct dir *d)
{
	int fd = openat(d->fd, CONNECT_LOCK, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	int held;

	if (fd == -1)
		return (0);
	held = flock(fd, LOCK_EX | LOCK_NB) != 0;
	close(fd);
	return (held);
}

static void
show_time(const char *what, int64_t wall_ms)
{
	char iso[CLOCK_ISO_LEN];

	if (wall_ms == 0)
		return;
	clock_iso(wall_ms, iso);
	printf("%s %s\n", what, iso);
}

static void
show(const struct line_agent *a, const struct state *s, int running)
{
	printf("agent %s\n", a->address);
	printf("name %s\n", a->name);
	printf("state %s\n", !running ? "stopped" : s->connected != 0 ?
	    "connected" : "not connected");
	if (running)
		show_time("since", s->connected);
	show_time("last", s->last);
	if (s->err != ERR_OK)
		printf("error %s %s\n", err_name(s->err),
		    err_text(s->err, tty_lang()));
	for (int i = 0; i < FENCE_WHYS; i++)
		printf("refused %u %s: %s\n", s->refused[i],
		    fence_word((enum fence_why)i),
		    fence_means((enum fence_why)i));
}

int
status_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "folder",	required_argument,	NULL, 'd' },
		{ NULL,		0,			NULL, 0 }
	};
	const char *folder = NULL;
	struct line_agent agent;
	struct note note = { "" };
	struct state state;
	struct dir dir;
	enum err r;
	int opt;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 'd')
			return (command_usage(status_usage));
		folder = optarg;
	}
	if (folder == NULL || optind != argc)
		return (command_usage(status_usage));
	if ((r = dir_open(folder, 0, &dir, &note)) == ERR_OK &&
	    (r = line_agent_read(&dir, &agent, &note)) == ERR_OK &&
	    (r = state_read(&dir, &state, &note)) == ERR_OK)
		show(&agent, &state, is_running(&dir));
	dir_close(&dir);
	return (r == ERR_OK ? EXIT_SUCCESS : command_fail(r, &note));
}
