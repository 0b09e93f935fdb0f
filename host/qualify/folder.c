#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/qualify/folder.h"
#include "host/qualify/share.h"

#define TEMP_HEAD	".shikaku-"
#define TEMP_TAIL	".tmp"
#define TEMP_STALE_S	3600

struct folder {
	int	 fd;
	int	 watch;		/* inotify, -1 where there is none */
	char	*path;		/* for notes */
};

static enum err
refuse(const struct folder *f, const char *what, struct note *note)
{
	note_set(note, "%s: %s: %s", f->path, what, strerror(errno));
	return (ERR_FOLDER);
}

/* No watch is no error: polling finds everything a little later. */
static int
start_watch(const char *path)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd != -1 && inotify_add_watch(fd, path,
	    IN_CLOSE_WRITE | IN_MOVED_TO) == -1) {
		close(fd);
		fd = -1;
	}
	return (fd);
}

static enum err
open_here(const char *path, struct folder **out, struct note *note)
{
	struct folder *f;
	enum err r = ERR_OK;

	*out = NULL;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (ERR_NOMEM);
	f->fd = f->watch = -1;
	if ((f->path = strdup(path)) == NULL)
		r = ERR_NOMEM;
	else if ((f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1)
		r = refuse(f, "open", note);
	if (r != ERR_OK) {
		folder_close(&f);
		return (r);
	}
	f->watch = start_watch(path);
	*out = f;
	return (ERR_OK);
}

enum err
folder_open(const char *path, struct folder **out, struct note *note)
{
	char here[PATH_MAX];
	struct note why = { "" };

	*out = NULL;
	if (share_here(path, here, sizeof(here), &why) == ERR_OK)
		return (open_here(here, out, note));
	note_set(note, "%s: %s", path, why.text);
	return (ERR_FOLDER);
}

void
folder_close(struct folder **f)
{
	if (f == NULL || *f == NULL)
		return;
	if ((*f)->fd != -1)
		close((*f)->fd);
	if ((*f)->watch != -1)
		close((*f)->watch);
	free((*f)->path);
	free(*f);
	*f = NULL;
}

static int
write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (-1);
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

static int
temp_name(char *name, size_t room)
{
	unsigned char r[8];

	if (getrandom(r, sizeof(r), 0) != (ssize_t)sizeof(r))
		return (-1);
	snprintf(name, room, TEMP_HEAD "%ld-%02x%02x%02x%02x%02x%02x%02x%02x"
	    TEMP_TAIL, (long)getpid(), r[0], r[1], r[2], r[3], r[4], r[5],
	    r[6], r[7]);
	return (0);
}

/*
 * Not every file system knows RENAME_NOREPLACE (cifs answers EINVAL), nor
 * hard links; the last way checks first, and the serial in the name keeps
 * two of us apart.
 */
static int
rename_new(int dir, const char *from, const char *to)
{
	struct stat st;

	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return (0);
	if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
		return (-1);
	if (linkat(dir, from, dir, to, 0) == 0)
		return (unlinkat(dir, from, 0));
	if (errno == EEXIST)
		return (-1);
	if (fstatat(dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return (-1);
	}
	return (renameat(dir, from, dir, to));
}

static int
write_temp(int dir, const char *temp, const void *data, size_t len)
{
	int fd, bad, saved;

	if ((fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0660)) == -1)
		return (-1);
	bad = write_all(fd, data, len) != 0 || fsync(fd) != 0;
	saved = errno;
	bad |= close(fd) != 0;
	if (bad) {
		unlinkat(dir, temp, 0);
		errno = saved;
	}
	return (bad ? -1 : 0);
}

enum err
folder_put(struct folder *f, const char *name, const void *data, size_t len,
    struct note *note)
{
	struct stat st;
	char temp[64];
	int saved;

	if (temp_name(temp, sizeof(temp)) != 0 ||
	    write_temp(f->fd, temp, data, len) != 0)
		return (refuse(f, "write", note));
	if (rename_new(f->fd, temp, name) != 0) {
		saved = errno;
		unlinkat(f->fd, temp, 0);
		errno = saved;
		refuse(f, name, note);
		if (saved == EEXIST)
			return (ERR_FOREIGN);
		/* A share may lose the answer to a rename it has done. */
		return (fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 &&
		    errno == ENOENT ? ERR_FOLDER : ERR_SYS);
	}
	/* Shares refuse this for folders; the file itself is synced. */
	(void)fsync(f->fd);
	return (ERR_OK);
}

enum err
folder_stage(struct folder *f, const char *stage, const void *data,
    size_t len, struct note *note)
{
	if (unlinkat(f->fd, stage, 0) != 0 && errno != ENOENT)
		return (refuse(f, "stage", note));
	return (write_temp(f->fd, stage, data, len) == 0 ? ERR_OK :
	    refuse(f, "write", note));
}

enum err
folder_show(struct folder *f, const char *stage, const char *name,
    struct note *note)
{
	if (rename_new(f->fd, stage, name) != 0) {
		if (errno == ENOENT)
			return (ERR_NO_SUCH);
		return (errno == EEXIST ? ERR_FOREIGN :
		    refuse(f, name, note));
	}
	return (ERR_OK);
}

/* Shares refuse this for folders; the files themselves are synced. */
void
folder_sync(struct folder *f)
{
	(void)fsync(f->fd);
}

/* What an open that failed says; ENOENT is no error. */
static enum err
open_failed(int *found)
{
	*found = errno != ENOENT;
	if (errno == ENOENT)
		return (ERR_OK);
	/* A symbolic link under O_NOFOLLOW; a socket. */
	if (errno == ELOOP || errno == ENXIO)
		return (ERR_FOREIGN);
	/* Windows' sharing violation while it is being written. */
	if (errno == EACCES || errno == EBUSY || errno == ETXTBSY)
		return (ERR_HALF);
	return (ERR_FOLDER);
}

/* ERR_XML_BIG when there is more than max; the first byte of it as well is
 * handed over. */
static enum err
read_fd(int fd, uint64_t max, folder_part *each, void *ctx)
{
	uint8_t chunk[65536];
	uint64_t left = max + 1;
	ssize_t n = 1;
	enum err r = ERR_OK;

	while (r == ERR_OK && n != 0 && left > 0) {
		n = read(fd, chunk, left < sizeof(chunk) ? left :
		    sizeof(chunk));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			r = ERR_HALF;
		else if (n > 0)
			r = each(ctx, chunk, (size_t)n);
		left -= n > 0 ? (uint64_t)n : 0;
	}
	secret_cleanse(chunk, sizeof(chunk));
	return (r == ERR_OK && left == 0 ? ERR_XML_BIG : r);
}

static enum err
add_part(void *ctx, const void *data, size_t len)
{
	return (blob_add(ctx, data, len));
}

enum err
folder_read_once(struct folder *f, const char *name, size_t max,
    struct blob *out, int *found)
{
	blob_reset(out);
	return (folder_read_parts(f, name, max, add_part, out, found));
}

enum err
folder_read_parts(struct folder *f, const char *name, uint64_t max,
    folder_part *each, void *ctx, int *found)
{
	struct stat st;
	enum err r;
	int fd;

	*found = 0;
	/* O_NONBLOCK: a FIFO of this name must not hold us. */
	if ((fd = openat(f->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC)) == -1)
		return (open_failed(found));
	*found = 1;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		r = ERR_FOREIGN;
	else
		r = read_fd(fd, max, each, ctx);
	close(fd);
	return (r);
}

enum err
folder_read(struct folder *f, const char *name, size_t max, int settle_ms,
    struct blob *out, int *found)
{
	struct blob again = { 0 };
	enum err r;

	r = folder_read_once(f, name, max, out, found);
	if (r != ERR_OK || !*found)
		return (r);
	clock_sleep(settle_ms);
	r = folder_read_once(f, name, max, &again, found);
	if (r == ERR_XML_BIG || (r == ERR_OK && *found &&
	    (again.len != out->len || (out->len > 0 &&
	    memcmp(again.data, out->data, out->len) != 0))))
		r = ERR_HALF;
	if (r != ERR_OK || !*found)
		blob_reset(out);
	blob_free(&again);
	return (r);
}

int
folder_has(struct folder *f, const char *name)
{
	struct stat st;

	return (fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0);
}

static int64_t
nanoseconds(const struct timespec *t)
{
	return (t->tv_sec * INT64_C(1000000000) + t->tv_nsec);
}

int
folder_stamp(struct folder *f, const char *name, struct folder_stamp *out)
{
	struct stat st;
	int64_t m, c;

	*out = (struct folder_stamp){ .size = -1 };
	if (fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (0);
	m = nanoseconds(&st.st_mtim);
	c = nanoseconds(&st.st_ctim);
	*out = (struct folder_stamp){ .changed = m > c ? m : c,
	    .size = st.st_size, .inode = st.st_ino };
	return (1);
}

enum err
folder_remove(struct folder *f, const char *name, int *gone)
{
	*gone = 0;
	if (unlinkat(f->fd, name, 0) == 0) {
		*gone = 1;
		return (ERR_OK);
	}
	return (errno == ENOENT ? ERR_OK : ERR_FOLDER);
}

enum err
folder_scan(struct folder *f, folder_each *each, void *ctx)
{
	struct dirent *e;
	enum err r = ERR_OK;
	DIR *dir = NULL;
	int fd;

	/* Of its own, so that scans do not share a position. */
	if ((fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) !=
	    -1 && (dir = fdopendir(fd)) == NULL)
		close(fd);
	if (dir == NULL)
		return (ERR_FOLDER);
	while (r == ERR_OK && (e = readdir(dir)) != NULL)
		r = each(ctx, e->d_name);
	closedir(dir);
	return (r);
}

struct find {
	const char	*name;
	char		*actual;
	size_t		 room;
};

static enum err
find_one(void *ctx, const char *name)
{
	struct find *s = ctx;

	if (strcasecmp(name, s->name) == 0)
		snprintf(s->actual, s->room, "%s", name);
	return (ERR_OK);
}

enum err
folder_find(struct folder *f, const char *name, char *actual, size_t room)
{
	struct find s = { name, actual, room };

	actual[0] = '\0';
	return (folder_scan(f, find_one, &s));
}

static int
is_temp(const char *name)
{
	size_t n = strlen(name), head = strlen(TEMP_HEAD),
	    tail = strlen(TEMP_TAIL);

	return (n > head + tail && strncmp(name, TEMP_HEAD, head) == 0 &&
	    strcmp(name + n - tail, TEMP_TAIL) == 0);
}

static enum err
clean_one(void *ctx, const char *name)
{
	struct folder *f = ctx;
	struct stat st;

	if (is_temp(name) &&
	    fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode) &&
	    st.st_mtime < time(NULL) - TEMP_STALE_S)
		(void)unlinkat(f->fd, name, 0);
	return (ERR_OK);
}

enum err
folder_clean(struct folder *f)
{
	return (folder_scan(f, clean_one, f));
}

enum err
folder_probe(struct folder *f, struct note *note)
{
	struct blob back = { 0 };
	char name[64];
	int found = 0;
	enum err r = ERR_OK;

	if (temp_name(name, sizeof(name)) != 0 ||
	    write_temp(f->fd, name, "probe", 5) != 0)
		return (refuse(f, "write", note));
	if (folder_read_once(f, name, 5, &back, &found) != ERR_OK || !found ||
	    back.len != 5)
		r = refuse(f, "read", note);
	if (unlinkat(f->fd, name, 0) != 0)
		r = refuse(f, "remove", note);
	blob_free(&back);
	return (r);
}

enum err
folder_time(struct folder *f, int64_t *wall_ms)
{
	struct stat st;
	char name[64];
	int bad;

	*wall_ms = 0;
	if (temp_name(name, sizeof(name)) != 0 ||
	    write_temp(f->fd, name, "probe", 5) != 0)
		return (ERR_FOLDER);
	bad = fstatat(f->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0;
	if (unlinkat(f->fd, name, 0) != 0 || bad)
		return (ERR_FOLDER);
	*wall_ms = nanoseconds(&st.st_mtim) / 1000000;
	return (ERR_OK);
}

void
folder_wait(struct folder *f, int ms, int watch)
{
	struct pollfd p = { .fd = f->watch, .events = POLLIN };
	char events[4096];

	if (!watch || f->watch == -1) {
		clock_sleep(ms);
		return;
	}
	if (poll(&p, 1, ms) > 0) {
		while (read(f->watch, events, sizeof(events)) > 0)
			continue;
	}
}
