#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/new_file.h"

/* 1 if all of it went out. */
static int
put(int fd, struct buf b)
{
	ssize_t n;

	while (b.left > 0) {
		if ((n = write(fd, b.p, b.left)) == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (0);
		b.p += n;
		b.left -= (size_t)n;
	}
	return (1);
}

static int
put_all(int fd, const struct buf *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!put(fd, parts[i]))
			return (0);
	}
	return (fsync(fd) == 0);
}

enum err
new_file_write(const char *path, const struct buf *parts, size_t n,
    struct note *note)
{
	int fd, ok, saved;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1) {
		note_set(note, "%s: %s", path, strerror(errno));
		return (ERR_NEW_FILE);
	}
	ok = put_all(fd, parts, n);
	saved = errno;
	if (close(fd) != 0 && ok) {
		saved = errno;
		ok = 0;
	}
	if (ok)
		return (ERR_OK);
	unlink(path);
	note_set(note, "%s: %s", path, strerror(saved));
	return (ERR_NEW_FILE);
}
