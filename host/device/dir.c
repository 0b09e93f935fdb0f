#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/device/dir.h"

#define OTHERS	(S_IRWXG | S_IRWXO)

static enum err
failed(struct note *note, const char *path, const char *name)
{
	note_set(note, "%s%s%s: %s", path, *name != '\0' ? "/" : "", name,
	    strerror(errno));
	return (ERR_FOLDER);
}

/* Root's files are fine for root alone: whose program it is, they are. */
static enum err
check_rights(const struct dir *d, const char *name, const struct stat *st,
    struct note *note)
{
	const char *slash = *name != '\0' ? "/" : "";

	if (st->st_uid != geteuid()) {
		note_set(note, "%s%s%s belongs to another user", d->path,
		    slash, name);
		return (ERR_FOLDER);
	}
	if ((st->st_mode & OTHERS) == 0)
		return (ERR_OK);
	note_set(note, "%s%s%s: others have rights to it; "
	    "chmod %s, after looking who used them", d->path, slash, name,
	    S_ISDIR(st->st_mode) ? "0700" : "0600");
	return (ERR_FOLDER);
}

/* A folder that was made is there after a power cut only if its name is. */
static int
sync_parent(const char *path)
{
	char copy[PATH_MAX];
	int fd, good;

	snprintf(copy, sizeof(copy), "%s", path);
	if ((fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1)
		return (0);
	good = fsync(fd) == 0;
	close(fd);
	return (good);
}

static int
make_dir(const char *path)
{
	if (mkdir(path, 0700) != 0)
		return (errno == EEXIST);
	return (sync_parent(path));
}

enum err
dir_open(const char *path, int make, struct dir *d, struct note *note)
{
	struct stat st;
	enum err r;

	*d = (struct dir){ .fd = -1 };
	if (snprintf(d->path, sizeof(d->path), "%s", path) >=
	    (int)sizeof(d->path)) {
		note_set(note, "the folder's path is too long");
		return (ERR_FOLDER);
	}
	if (make && !make_dir(path))
		return (failed(note, path, ""));
	if ((d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    fstat(d->fd, &st) != 0)
		r = failed(note, path, "");
	else
		r = check_rights(d, "", &st, note);
	if (r != ERR_OK)
		dir_close(d);
	return (r);
}

void
dir_close(struct dir *d)
{
	if (d->fd != -1)
		close(d->fd);
	d->fd = -1;
}

enum err
dir_path(const struct dir *d, const char *name, char out[PATH_MAX])
{
	return (snprintf(out, PATH_MAX, "%s/%s", d->path, name) < PATH_MAX ?
	    ERR_OK : ERR_TOOBIG);
}

int
dir_has(const struct dir *d, const char *name)
{
	struct stat st;

	return (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0);
}

static enum err
check_file(const struct dir *d, const char *name, const struct stat *st,
    struct note *note)
{
	if (S_ISREG(st->st_mode))
		return (check_rights(d, name, st, note));
	note_set(note, "%s/%s is no plain file", d->path, name);
	return (ERR_FOLDER);
}

enum err
dir_check(const struct dir *d, const char *name, struct note *note)
{
	struct stat st;

	if (fstatat(d->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return (failed(note, d->path, name));
	return (check_file(d, name, &st, note));
}

static enum err
read_all(int fd, size_t max, struct blob *out)
{
	uint8_t *room;
	ssize_t n = 1;
	size_t had;

	while (n > 0) {
		had = out->len;
		if (had > max)
			return (ERR_TOOBIG);
		if ((room = blob_space(out, 4096)) == NULL)
			return (ERR_NOMEM);
		do {
			n = read(fd, room, 4096);
		} while (n == -1 && errno == EINTR);
		blob_cut(out, had + (n > 0 ? (size_t)n : 0));
	}
	return (n == 0 ? ERR_OK : ERR_FOLDER);
}

enum err
dir_read(const struct dir *d, const char *name, size_t max, struct blob *out,
    struct note *note)
{
	struct stat st;
	enum err r;
	int fd;

	blob_reset(out);
	if ((fd = openat(d->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC)) == -1) {
		r = errno == ENOENT ? ERR_NOT_FOUND : ERR_FOLDER;
		(void)failed(note, d->path, name);
		return (r);
	}
	if (fstat(fd, &st) != 0)
		r = failed(note, d->path, name);
	else if ((r = check_file(d, name, &st, note)) == ERR_OK &&
	    (r = read_all(fd, max, out)) == ERR_FOLDER)
		r = failed(note, d->path, name);
	if (r != ERR_OK)
		blob_reset(out);
	close(fd);
	return (r);
}

static enum err
write_all(int fd, const void *data, size_t len)
{
	const char *p = data;
	ssize_t n;

	while (len > 0) {
		if ((n = write(fd, p, len)) == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (ERR_FOLDER);
		p += n;
		len -= (size_t)n;
	}
	return (fsync(fd) == 0 ? ERR_OK : ERR_FOLDER);
}

static enum err
write_aside(const struct dir *d, const char *aside, const void *data,
    size_t len)
{
	enum err r;
	int fd;

	/* What a dead program left is not ours to go on with. */
	if (unlinkat(d->fd, aside, 0) != 0 && errno != ENOENT)
		return (ERR_FOLDER);
	if ((fd = openat(d->fd, aside, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600)) == -1)
		return (ERR_FOLDER);
	r = write_all(fd, data, len);
	if (close(fd) != 0)
		r = ERR_FOLDER;
	return (r);
}

enum err
dir_write(const struct dir *d, const char *name, const void *data, size_t len,
    struct note *note)
{
	char aside[NAME_MAX];

	/* The leading dot keeps a reader of the folder from taking it. */
	if (snprintf(aside, sizeof(aside), ".new-%s", name) >=
	    (int)sizeof(aside))
		return (ERR_TOOBIG);
	if (write_aside(d, aside, data, len) == ERR_OK &&
	    renameat(d->fd, aside, d->fd, name) == 0 && fsync(d->fd) == 0)
		return (ERR_OK);
	return (failed(note, d->path, name));
}
