#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/api/client/file.h"
#include "host/api/client/problem.h"

/* What is wrong with it; NULL if nothing. */
static const char *
fault(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return (strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ("not a regular file");
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return ("belongs to someone else");
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return ("others may use it: chmod 600");
	return (NULL);
}

/* The descriptor of a file that is private, or -1. */
static int
open_private(const char *path, struct shikaku_problem *why)
{
	const char *text;
	int fd;

	/* O_NONBLOCK: a fifo must not hold us. */
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) < 0) {
		problem_set(why, SHIKAKU_SETUP, "%s: %s", path,
		    strerror(errno));
		return (-1);
	}
	if ((text = fault(fd)) != NULL) {
		problem_set(why, SHIKAKU_SETUP, "%s: %s", path, text);
		(void)close(fd);
		return (-1);
	}
	return (fd);
}

/* How much is in it, up to room; -1 with errno. */
static ssize_t
read_all(int fd, char *out, size_t room)
{
	size_t len = 0;
	ssize_t n;

	while (len < room) {
		n = read(fd, out + len, room - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return (-1);
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return ((ssize_t)len);
}

enum shikaku_err
file_read(const char *path, char *out, size_t room,
    struct shikaku_problem *why)
{
	enum shikaku_err r = SHIKAKU_OK;
	ssize_t n;
	int fd;

	memset(out, 0, room);
	if ((fd = open_private(path, why)) < 0)
		return (SHIKAKU_SETUP);
	n = read_all(fd, out, room);
	if (n < 0)
		r = problem_set(why, SHIKAKU_SETUP, "%s: %s", path,
		    strerror(errno));
	else if ((size_t)n == room)
		r = problem_set(why, SHIKAKU_SETUP, "%s: too large", path);
	else if (memchr(out, 0, (size_t)n) != NULL)
		r = problem_set(why, SHIKAKU_SETUP, "%s: not text", path);
	(void)close(fd);
	return (r);
}

enum shikaku_err
file_check(const char *path, struct shikaku_problem *why)
{
	int fd;

	if ((fd = open_private(path, why)) < 0)
		return (SHIKAKU_SETUP);
	(void)close(fd);
	return (SHIKAKU_OK);
}
