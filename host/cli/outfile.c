#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/outfile.h"

static int
write_all(int fd, const struct blob *b)
{
	size_t done = 0;
	ssize_t n;

	while (done < b->len) {
		n = write(fd, b->data + done, b->len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (0);
		done += (size_t)n;
	}
	return (1);
}

static enum err
refuse(const char *path, int error, struct note *note)
{
	note_set(note, "%s: %s", path, strerror(error));
	return (ERR_NEW_FILE);
}

enum err
outfile_write(const char *path, const struct blob *b, struct note *note)
{
	int fd, ok, saved;

	if (path == NULL) {
		fflush(stdout);
		return (write_all(STDOUT_FILENO, b) ? ERR_OK :
		    refuse("standard output", errno, note));
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1)
		return (refuse(path, errno, note));
	ok = write_all(fd, b) && fsync(fd) == 0;
	saved = errno;
	if (close(fd) != 0 && ok) {
		saved = errno;
		ok = 0;
	}
	if (ok)
		return (ERR_OK);
	unlink(path);
	return (refuse(path, saved, note));
}
