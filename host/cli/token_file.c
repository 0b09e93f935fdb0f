#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/token_file.h"

/* 1 if all of it went out. */
static int
put(int fd, const char *text)
{
	size_t left = strlen(text);
	ssize_t n;

	while (left > 0) {
		if ((n = write(fd, text, left)) == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (0);
		text += n;
		left -= (size_t)n;
	}
	return (1);
}

enum err
token_file_write(const char *path, const char *token, struct note *note)
{
	int fd, ok, saved;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	if (fd == -1) {
		note_set(note, "%s: %s", path, strerror(errno));
		return (ERR_NEW_FILE);
	}
	ok = put(fd, token) && put(fd, "\n") && fsync(fd) == 0;
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
