#include <sys/file.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/place.h"

static enum err
fits(int n)
{
	return (n < 0 || n >= PATH_MAX ? ERR_TOOBIG : ERR_OK);
}

enum err
place_path(const char *dir, const char *name, char path[PATH_MAX])
{
	return (fits(snprintf(path, PATH_MAX, "%s/%s", dir, name)));
}

static enum err
open_dir(const char *dir, int *fd)
{
	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return (*fd == -1 ? ERR_SYS : ERR_OK);
}

enum err
place_lock(const char *dir, int *lock)
{
	enum err r;

	*lock = -1;
	if (mkdir(dir, 0755) == -1 && errno != EEXIST)
		return (ERR_SYS);
	if ((r = open_dir(dir, lock)) != ERR_OK)
		return (r);
	while (flock(*lock, LOCK_EX) == -1) {
		if (errno == EINTR)
			continue;
		place_unlock(*lock);
		*lock = -1;
		return (ERR_SYS);
	}
	return (ERR_OK);
}

void
place_unlock(int lock)
{
	int saved = errno;

	if (lock != -1)
		close(lock);
	errno = saved;
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
			return (ERR_SYS);
		p += n;
		len -= (size_t)n;
	}
	return (ERR_OK);
}

static enum err
write_aside(char aside[PATH_MAX], const void *data, size_t len)
{
	enum err r;
	int fd, saved;

	if ((fd = mkostemp(aside, O_CLOEXEC)) == -1)
		return (ERR_SYS);
	r = write_all(fd, data, len);
	if (r == ERR_OK && (fchmod(fd, 0644) == -1 || fsync(fd) == -1))
		r = ERR_SYS;
	saved = errno;
	if (close(fd) == -1 && r == ERR_OK) {
		r = ERR_SYS;
		saved = errno;
	}
	if (r != ERR_OK)
		unlink(aside);
	errno = saved;
	return (r);
}

static enum err
flush_dir(const char *dir)
{
	enum err r;
	int fd;

	if ((r = open_dir(dir, &fd)) != ERR_OK)
		return (r);
	if (fsync(fd) == -1)
		r = ERR_SYS;
	place_unlock(fd);
	return (r);
}

enum err
place_file(const char *dir, const char *name, const void *data, size_t len)
{
	char path[PATH_MAX], aside[PATH_MAX];
	enum err r;
	int saved;

	/* The leading dot keeps a reader of the folder from taking it. */
	if ((r = place_path(dir, name, path)) != ERR_OK ||
	    (r = place_path(dir, ".new-XXXXXX", aside)) != ERR_OK)
		return (r);
	if ((r = write_aside(aside, data, len)) != ERR_OK)
		return (r);
	if (rename(aside, path) == -1) {
		saved = errno;
		unlink(aside);
		errno = saved;
		return (ERR_SYS);
	}
	return (flush_dir(dir));
}
