#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/agent/readers.h"

#define READER_FD	3	/* where the child finds its socket */
#define STOP_MS		2000
#define STOP_SLICE_MS	10

/* "/…/shikaku-reader" beside the program that is running. */
static enum err
beside(char *out, size_t room)
{
	ssize_t n = readlink("/proc/self/exe", out, room - 1);
	char *slash;

	if (n <= 0)
		return (ERR_SYS);
	out[n] = '\0';
	if ((slash = strrchr(out, '/')) == NULL ||
	    (size_t)(slash + 1 - out) + sizeof("shikaku-reader") > room)
		return (ERR_SYS);
	memcpy(slash + 1, "shikaku-reader", sizeof("shikaku-reader"));
	return (ERR_OK);
}

/* In the child: only its socket and standard error stay open. */
static void
become_reader(const char *path, const char *transport, int fd)
{
	if (fd == READER_FD)
		fcntl(fd, F_SETFD, 0);
	else if (dup2(fd, READER_FD) == -1)
		_exit(127);
	close_range(READER_FD + 1, ~0u, 0);
	execl(path, "shikaku-reader", "--fd", "3", "--log", log_level_name(),
	    transport, (char *)NULL);
	_exit(127);
}

enum err
readers_start(const char *transport, struct readers_child *child,
    struct note *note)
{
	char path[4096], link[32];
	int fds[2];
	enum err r;

	*child = (struct readers_child){ .pid = -1 };
	if (beside(path, sizeof(path)) != ERR_OK || access(path, X_OK) != 0) {
		note_set(note, "%s: %s", path, strerror(errno));
		return (ERR_SYS);
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return (ERR_SYS);
	if ((child->pid = fork()) == -1) {
		close(fds[0]);
		close(fds[1]);
		return (ERR_SYS);
	}
	if (child->pid == 0)
		become_reader(path, transport, fds[1]);
	close(fds[1]);
	snprintf(link, sizeof(link), "link:%d", fds[0]);
	if ((r = tp_open(link, &child->tp, note)) != ERR_OK) {
		close(fds[0]);
		readers_stop(child);
	}
	return (r);
}

void
readers_stop(struct readers_child *child)
{
	int64_t end = clock_ms() + STOP_MS;
	pid_t got = 0;

	tp_close(&child->tp);
	if (child->pid <= 0)
		return;
	while (clock_ms() < end &&
	    (got = waitpid(child->pid, NULL, WNOHANG)) == 0)
		clock_sleep(STOP_SLICE_MS);
	if (got == 0) {
		log_line(LOG_WARN, "readers", "a reader process was killed");
		kill(child->pid, SIGKILL);
		waitpid(child->pid, NULL, 0);
	}
	child->pid = -1;
}
