#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "driver/journal.h"

/* Appends; for us alone even if it was there before.  Not through a link
 * that someone else may have laid. */
static int
open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0600);

	if (fd != -1 && fchmod(fd, 0600) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

enum err
journal_open(const char *details, const char *what, struct journal *j,
    struct tp **inner, struct note *note)
{
	const char *colon = strchr(details, ':');
	char *path;
	enum err r;

	*j = (struct journal){ .fd = -1 };
	*inner = NULL;
	if (colon == NULL || colon == details) {
		note_set(note, "%s:FILE:READER expected, got \"%s\"", what,
		    details);
		return (ERR_CONF);
	}
	if ((path = strndup(details, (size_t)(colon - details))) == NULL)
		return (ERR_NOMEM);
	if ((r = tp_open(colon + 1, inner, note)) != ERR_OK)
		goto out;
	if ((j->fd = open_file(path)) == -1) {
		note_set(note, "%s: %s", path, strerror(errno));
		tp_close(inner);
		r = ERR_CONF;
	}
out:
	free(path);
	return (r);
}

void
journal_close(struct journal *j)
{
	if (j->fd != -1)
		close(j->fd);
	j->fd = -1;
}

static int
has_room(struct journal *j, size_t len)
{
	static const char end[] = "# full: what came after is not here\n";
	struct stat st;

	if (j->max == 0)
		return (1);
	if (j->full || fstat(j->fd, &st) != 0)
		return (0);
	if ((size_t)st.st_size + len + sizeof(end) <= j->max)
		return (1);
	j->full = 1;
	if (write(j->fd, end, sizeof(end) - 1) == -1)
		j->broken = 1;
	return (0);
}

void
journal_put(struct journal *j, struct blob *lines)
{
	if (has_room(j, lines->len) &&
	    write(j->fd, lines->data, lines->len) != (ssize_t)lines->len) {
		if (!j->broken)
			log_line(LOG_WARN, "journal", "cannot be written");
		/* Half a line is the last one of a file that is read again. */
		j->broken = 1;
		j->full = j->max != 0;
	}
	blob_free(lines);
}
