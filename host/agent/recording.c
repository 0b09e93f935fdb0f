#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "host/agent/conf.h"
#include "host/agent/readers.h"
#include "host/agent/recording.h"

#define MINUTE_MS	60000
#define RECORDING_MAX	(2u << 20)	/* above what driver/record.c writes */
#define PATH_ROOM	(CONF_VALUE + 80)

struct paths {
	char	wish[PATH_ROOM], tmp[PATH_ROOM], data[PATH_ROOM];
};

static void
find(const char *store, const char *client, struct paths *p)
{
	snprintf(p->wish, sizeof(p->wish), "%s.record-%s", store, client);
	snprintf(p->tmp, sizeof(p->tmp), "%s.record-%s.new", store, client);
	snprintf(p->data, sizeof(p->data), "%s.recording-%s", store, client);
}

static enum err
refuse(enum err why, const char *path, struct note *note)
{
	note_set(note, "%s: %s", path, strerror(errno));
	return (why);
}

/* --- who asks --- */

/* A new file with these bytes for the owner of the store, who is not root
 * where root asks. */
static enum err
make_file(const char *path, const char *text, const struct stat *owner,
    struct note *note)
{
	size_t len = strlen(text);
	int fd, bad;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return (refuse(ERR_NEW_FILE, path, note));
	bad = write(fd, text, len) != (ssize_t)len ||
	    (geteuid() == 0 && fchown(fd, owner->st_uid, owner->st_gid) != 0);
	if (bad)
		(void)refuse(ERR_NEW_FILE, path, note);
	if (close(fd) != 0 || bad) {
		unlink(path);
		return (ERR_NEW_FILE);
	}
	return (ERR_OK);
}

enum err
recording_begin(const char *store, const char *client, int minutes,
    struct note *note)
{
	struct paths p;
	struct stat owner;
	char until[32];
	enum err r;

	find(store, client, &p);
	if (strchr(p.data, ':') != NULL) {
		note_set(note, "%s: a colon in the store's path", p.data);
		return (ERR_NEW_FILE);
	}
	if (stat(store, &owner) != 0)
		return (refuse(ERR_NEW_FILE, store, note));
	if (geteuid() != 0 && geteuid() != owner.st_uid) {
		note_set(note, "%s: its owner or root must ask", store);
		return (ERR_NEW_FILE);
	}
	snprintf(until, sizeof(until), "%lld\n", (long long)(clock_wall_ms() +
	    (int64_t)minutes * MINUTE_MS));
	(void)unlink(p.wish);
	if ((r = make_file(p.data, "", &owner, note)) != ERR_OK ||
	    (r = make_file(p.tmp, until, &owner, note)) != ERR_OK)
		return (r);
	/* Whole or not at all. */
	return (rename(p.tmp, p.wish) == 0 ? ERR_OK :
	    refuse(ERR_NEW_FILE, p.wish, note));
}

int
recording_can(const char *reader)
{
	return (reader[0] != '\0' && strncmp(reader, READERS_DEVICE,
	    strlen(READERS_DEVICE)) != 0);
}

int
recording_runs(const char *store, const char *client)
{
	struct paths p;
	struct stat st;

	find(store, client, &p);
	return (stat(p.data, &st) == 0 && st.st_size > 0);
}

enum err
recording_end(const char *store, const char *client, struct blob *out,
    struct note *note)
{
	struct paths p;
	enum err r;

	find(store, client, &p);
	(void)unlink(p.wish);
	r = blob_read_file(out, p.data, RECORDING_MAX);
	if (r == ERR_SYS)
		r = refuse(ERR_NOT_FOUND, p.data, note);
	(void)unlink(p.data);
	return (r);
}

/* --- the agent --- */

/* Ours, a file and no link; -1 if it is not. */
static int
open_own(const char *path, int how)
{
	struct stat st;
	int fd = open(path, how | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid())
		return (fd);
	close(fd);
	return (-1);
}

/* Until when, on the wall clock; 0: it is not asked for. */
static int64_t
wished_until(const struct paths *p)
{
	char text[24] = "", *end;
	int64_t until, now = clock_wall_ms();
	ssize_t n;
	int fd;

	if ((fd = open_own(p->wish, O_RDONLY)) == -1)
		return (0);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	until = n <= 0 ? 0 : strtoll(text, &end, 10);
	if (until <= now || *end != '\n' ||
	    until - now > (int64_t)RECORDING_MINUTES * MINUTE_MS)
		return (0);
	return (until);
}

static int
can_write(const char *path)
{
	int fd = open_own(path, O_WRONLY);

	if (fd != -1)
		close(fd);
	return (fd != -1);
}

void
recording_transport(const char *store, const char *client,
    const char *reader, char *out, size_t room)
{
	struct paths p;

	find(store, client, &p);
	if (recording_can(reader) && wished_until(&p) != 0) {
		if (can_write(p.data) && (size_t)snprintf(out, room,
		    "record:%s:%s", p.data, reader) < room)
			return;
		log_line(LOG_WARN, "recording", "%s cannot be written, or "
		    "its name is too long", p.data);
	}
	snprintf(out, room, "%s", reader);
}
