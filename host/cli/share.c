#include <sys/statfs.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "host/cli/share.h"
#include "host/qualify/folder.h"
#include "host/qualify/share.h"

/* Numbers of statfs(2). */
static const struct {
	uint32_t	 type;
	const char	*name;
} kinds[] = {
	{ 0xff534d42, "cifs" }, { 0xfe534d42, "smb" }, { 0x517b, "smb" },
	{ 0x6969, "nfs" }, { 0x65735546, "fuse" }, { 0x01021994, "tmpfs" },
};

/* What the other process says; a pipe carries it in one piece. */
struct report {
	enum err	err;
	struct share	share;
};

static void
read_kind(const char *path, struct share *s)
{
	char here[PATH_MAX];
	struct statfs fs;

	if (share_here(path, here, sizeof(here), NULL) != ERR_OK ||
	    statfs(here, &fs) != 0)
		return;
	s->free_mb = (int64_t)((uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize >>
	    20);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if ((uint32_t)fs.f_type == kinds[i].type)
			snprintf(s->kind, sizeof(s->kind), "%s",
			    kinds[i].name);
	}
}

enum err
share_look(const char *path, int ours, struct share *s)
{
	int64_t since = clock_ms();
	struct folder *folder = NULL;
	enum err r;

	*s = (struct share){ .free_mb = -1 };
	if ((r = folder_open(path, &folder, &s->note)) == ERR_OK && ours)
		r = folder_probe(folder, &s->note);
	s->ms = clock_ms() - since;
	folder_close(&folder);
	if (r == ERR_OK)
		read_kind(path, s);
	return (r);
}

static void
child(int fd, share_probe *probe, const char *path, int ours)
{
	struct report report = { .err = ERR_OK };

	report.err = probe(path, ours, &report.share);
	if (write(fd, &report, sizeof(report)) != (ssize_t)sizeof(report))
		_exit(1);
	_exit(0);
}

static int
read_report(int fd, int ms, struct report *report)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t end = clock_ms() + ms, left;

	while ((left = end - clock_ms()) > 0) {
		if (poll(&p, 1, (int)left) > 0)
			return (read(fd, report, sizeof(*report)) ==
			    (ssize_t)sizeof(*report));
	}
	return (0);
}

/* One that a share holds cannot be killed, and is not waited for. */
static void
let_go(pid_t pid, int done)
{
	if (!done)
		kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, done ? 0 : WNOHANG);
}

enum err
share_try(share_probe *probe, const char *path, int ours, int ms,
    struct share *s)
{
	struct report report;
	int fds[2], done;
	pid_t pid;

	*s = (struct share){ .free_mb = -1 };
	if (pipe2(fds, O_CLOEXEC) != 0)
		return (ERR_SYS);
	if ((pid = fork()) == 0)
		child(fds[1], probe, path, ours);
	close(fds[1]);
	done = pid != -1 && read_report(fds[0], ms, &report);
	close(fds[0]);
	if (pid == -1)
		return (ERR_SYS);
	let_go(pid, done);
	if (!done) {
		note_set(&s->note, "%s: no answer in %d ms", path, ms);
		return (ERR_FOLDER);
	}
	*s = report.share;
	return (report.err);
}
