#include <sys/socket.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "driver/errname.h"
#include "host/agent/readers.h"

#define READER_FD	3	/* where the child finds its socket */
#define SLICE_MS	10
#define POWER_TRIES	3	/* begin waits a second for others by itself */
#define LIST_MAX	(64u * 1024)	/* 16 readers of 128 bytes, and room */

static char quirks[READERS_QUIRKS];	/* folder; "" for none */

enum err
readers_quirks(const char *folder)
{
	if (strlen(folder) >= sizeof(quirks))
		return (ERR_TOOBIG);
	memcpy(quirks, folder, strlen(folder) + 1);
	return (ERR_OK);
}

/* "/…/shikaku-reader" beside the program that is running. */
static enum err
beside(char *out, size_t room, struct note *note)
{
	static const char name[] = "shikaku-reader";
	ssize_t n = readlink("/proc/self/exe", out, room - 1);
	char *slash;

	if (n <= 0) {
		note_set(note, "/proc/self/exe: %s", strerror(errno));
		return (ERR_SYS);
	}
	out[n] = '\0';
	slash = strrchr(out, '/');
	if (slash == NULL ||
	    (size_t)(slash + 1 - out) + sizeof(name) > room)
		return (ERR_SYS);
	memcpy(slash + 1, name, sizeof(name));
	if (access(out, X_OK) == 0)
		return (ERR_OK);
	note_set(note, "%s: %s", out, strerror(errno));
	return (ERR_SYS);
}

/*
 * In the child: a process group of its own, so that Ctrl-C ends the visit
 * and not the reader; only its own descriptor and standard error stay open.
 */
static void
become(const char *path, int fd, int as, char *const argv[])
{
	(void)setpgid(0, 0);
	if (fd == as)
		fcntl(fd, F_SETFD, 0);
	else if (dup2(fd, as) == -1)
		_exit(127);
	close_range(READER_FD + 1, ~0u, 0);
	execv(path, argv);
	_exit(127);
}

/* The child with one end of a pair; the other end is *ours. */
static enum err
spawn(int type, int as, char *const argv[], pid_t *pid, int *ours,
    struct note *note)
{
	char path[4096];
	int fds[2];
	enum err r;

	if ((r = beside(path, sizeof(path), note)) != ERR_OK)
		return (r);
	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0)
		return (ERR_SYS);
	if ((*pid = fork()) == 0)
		become(path, fds[1], as, argv);
	close(fds[1]);
	if (*pid == -1) {
		close(fds[0]);
		return (ERR_SYS);
	}
	*ours = fds[0];
	return (ERR_OK);
}

enum err
readers_start(const char *transport, struct readers_child *child,
    struct note *note)
{
	char link[32], fd[] = "--fd", three[] = "3", log[] = "--log";
	char name[] = "shikaku-reader", level[16];
	char option[] = "--quirks";
	char *argv[] = { name, fd, three, log, level, option, quirks,
	    child->transport, NULL };
	int ours;
	enum err r;

	*child = (struct readers_child){ .pid = -1 };
	if (strncmp(transport, READERS_DEVICE, strlen(READERS_DEVICE)) == 0) {
		note_set(note, "%s: a device's reader is a kiosk's, and used "
		    "through the agent", transport);
		return (ERR_CONF);
	}
	snprintf(level, sizeof(level), "%s", log_level_name());
	if (snprintf(child->transport, sizeof(child->transport), "%s",
	    transport) >= (int)sizeof(child->transport))
		return (ERR_TOOBIG);
	if ((r = spawn(SOCK_STREAM, READER_FD, argv, &child->pid, &ours,
	    note)) != ERR_OK)
		return (r);
	snprintf(link, sizeof(link), "link:%d", ours);
	if ((r = tp_open(link, &child->tp, note)) != ERR_OK) {
		close(ours);
		(void)readers_stop(child);
	}
	return (r);
}

/* 1 if it ended by itself and in order; killed when it does not end. */
static int
reap(pid_t pid, int ms)
{
	int64_t end = clock_ms() + ms;
	int status = 0;
	pid_t got;

	while ((got = waitpid(pid, &status, WNOHANG)) == 0 &&
	    clock_ms() < end)
		clock_sleep(SLICE_MS);
	if (got == 0) {
		log_line(LOG_WARN, "readers", "a reader process was killed");
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Takes the card and lets go of it, which cuts its power.  No card is fine:
 * one that left the reader has no power. */
static enum err
cut_power(struct tp *tp)
{
	enum tp_event ev = TP_NO_CARD;
	enum err r;

	r = tp_wait(tp, 1000, &ev);
	if (r == ERR_OK && ev == TP_CARD && (r = tp_begin(tp)) == ERR_OK)
		tp_end(tp);
	if (r == ERR_TIMEOUT || err_class(r) == EC_CARD)
		r = ERR_OK;
	return (r);
}

static enum err
power_off(const char *transport)
{
	struct readers_child fresh;
	struct note note = { "" };
	enum err r = ERR_CARD_UNLOCKED;

	for (int i = 0; r != ERR_OK && i < POWER_TRIES; i++) {
		if (readers_start(transport, &fresh, &note) != ERR_OK)
			break;
		r = cut_power(fresh.tp);
		tp_close(&fresh.tp);
		if (!reap(fresh.pid, READERS_STOP_MS))
			r = ERR_CARD_UNLOCKED;
	}
	log_line(LOG_WARN, "readers", "the card's power after a lost reader "
	    "process: %s", r == ERR_OK ? "cut" : err_name(r));
	return (r == ERR_OK ? ERR_OK : ERR_CARD_UNLOCKED);
}

enum err
readers_stop(struct readers_child *child)
{
	pid_t pid = child->pid;

	tp_close(&child->tp);
	child->pid = -1;
	if (pid <= 0 || reap(pid, READERS_STOP_MS))
		return (ERR_OK);
	return (power_off(child->transport));
}

/* Everything until the far end closes, or the time is over. */
static enum err
read_until(int fd, int ms, struct blob *out)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t end = clock_ms() + ms, left;
	uint8_t chunk[1024];
	enum err r;
	ssize_t n;

	for (;;) {
		left = end - clock_ms();
		if (left <= 0 || out->len > LIST_MAX)
			return (ERR_READER_HUNG);
		if (poll(&p, 1, (int)left) <= 0)
			continue;
		if ((n = read(fd, chunk, sizeof(chunk))) <= 0)
			return (n == 0 ? ERR_OK : ERR_SYS);
		if ((r = blob_add(out, chunk, (size_t)n)) != ERR_OK)
			return (r);
	}
}

/* "usb 1-2.3", "serial ABC", "id 072f:223b"; what is not known is passed
 * over. */
static void
parse_device(const char *word, struct usb_device *d)
{
	unsigned vendor, product;

	if (strncmp(word, "usb ", 4) == 0 && usb_is_port(word + 4))
		snprintf(d->port, sizeof(d->port), "%s", word + 4);
	if (strncmp(word, "serial ", 7) == 0)
		snprintf(d->serial, sizeof(d->serial), "%s", word + 7);
	if (sscanf(word, "id %4x:%4x", &vendor, &product) == 2) {
		d->vendor = (uint16_t)vendor;
		d->product = (uint16_t)product;
	}
}

static void
parse_reader(char *text, struct tp_reader *row)
{
	char *more = NULL, *word = strtok_r(text, "\t", &more);

	snprintf(row->name, sizeof(row->name), "%s", word == NULL ? "" : word);
	while ((word = strtok_r(NULL, "\t", &more)) != NULL)
		parse_device(word, &row->device);
}

/* "card NAME", "empty NAME", or "error NAME_OF_ERROR NOTE". */
static enum err
parse_line(char *line, struct tp_reader *row, struct note *note)
{
	char *rest = strchr(line, ' ');
	enum err r;

	*row = (struct tp_reader){ .card = strncmp(line, "card ", 5) == 0 };
	if (rest == NULL)
		return (ERR_READER_FAULT);
	*rest++ = '\0';
	if (strcmp(line, "error") != 0) {
		parse_reader(rest, row);
		return (ERR_OK);
	}
	line = rest;
	if ((rest = strchr(line, ' ')) != NULL) {
		*rest++ = '\0';
		note_set(note, "%s", rest);
	}
	return (errname_find(line, strlen(line), &r) ? r : ERR_READER_FAULT);
}

static enum err
parse_list(char *text, struct tp_reader *rows, size_t max, size_t *n,
    struct note *note)
{
	struct tp_reader row;
	char *line, *more = NULL;
	enum err r;

	for (line = strtok_r(text, "\n", &more); line != NULL;
	    line = strtok_r(NULL, "\n", &more)) {
		if ((r = parse_line(line, &row, note)) != ERR_OK)
			return (r);
		if (*n < max)
			rows[*n] = row;
		(*n)++;
	}
	return (ERR_OK);
}

enum err
readers_list(struct tp_reader *rows, size_t max, size_t *n, struct note *note)
{
	char name[] = "shikaku-reader", list[] = "--list";
	char *argv[] = { name, list, NULL };
	struct blob text = { 0 };
	pid_t pid = -1;
	int fd = -1;
	enum err r;

	*n = 0;
	if ((r = spawn(SOCK_STREAM, STDOUT_FILENO, argv, &pid, &fd, note)) !=
	    ERR_OK)
		return (r);
	r = read_until(fd, READERS_LIST_MS, &text);
	close(fd);
	if (r != ERR_OK)
		kill(pid, SIGKILL);
	(void)reap(pid, READERS_LIST_MS);
	if (r == ERR_OK && text.len > 0)
		r = parse_list((char *)text.data, rows, max, n, note);
	blob_free(&text);
	return (r);
}
