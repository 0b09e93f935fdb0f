#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "host/cli/tarball.h"

#define BLOCK	512

/* POSIX.1-2017 pax, "ustar Interchange Format"; numbers are octal text. */
struct header {
	char	name[100], mode[8], uid[8], gid[8], size[12], mtime[12];
	char	checksum[8], type, linkname[100], magic[6], version[2];
	char	uname[32], gname[32], major[8], minor[8], prefix[155];
	char	rest[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

struct tarball {
	char	*path;
	int	 fd;		/* for fsync; gz has its own */
	gzFile	 gz;
};

static enum err
fail(const char *path, struct note *note)
{
	note_set(note, "%s: %s", path, strerror(errno));
	return (ERR_NEW_FILE);
}

enum err
tarball_open(const char *path, struct tarball **out, struct note *note)
{
	struct tarball *t;
	int fd;

	*out = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return (ERR_NOMEM);
	t->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (t->fd == -1) {
		free(t);
		return (fail(path, note));
	}
	if ((t->path = strdup(path)) == NULL ||
	    (fd = fcntl(t->fd, F_DUPFD_CLOEXEC, 3)) == -1 ||
	    (t->gz = gzdopen(fd, "wb9")) == NULL) {
		unlink(path);
		tarball_drop(&t);
		return (ERR_NOMEM);
	}
	*out = t;
	return (ERR_OK);
}

/* width - 1 octal digits and a 0. */
static void
octal(char *out, size_t width, uint64_t n)
{
	out[width - 1] = '\0';
	for (size_t i = width - 1; i > 0; i--, n >>= 3)
		out[i - 1] = (char)('0' + (n & 7));
}

static void
fill(struct header *h, const char *name, size_t len, int64_t wall_ms)
{
	unsigned sum = 0;

	*h = (struct header){ .type = '0', .magic = "ustar",
	    .version = { '0', '0' } };
	memcpy(h->name, name, strlen(name));
	octal(h->mode, sizeof(h->mode), 0600);
	octal(h->uid, sizeof(h->uid), 0);
	octal(h->gid, sizeof(h->gid), 0);
	octal(h->size, sizeof(h->size), len);
	octal(h->mtime, sizeof(h->mtime), (uint64_t)(wall_ms / 1000));
	/* Of the header with blanks in the place of the sum. */
	memset(h->checksum, ' ', sizeof(h->checksum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += ((const unsigned char *)h)[i];
	octal(h->checksum, sizeof(h->checksum) - 1, sum);
}

static int
put(struct tarball *t, const void *data, size_t len)
{
	return (len == 0 ||
	    gzwrite(t->gz, data, (unsigned)len) == (int)len);
}

enum err
tarball_add(struct tarball *t, const char *name, const void *data, size_t len,
    int64_t wall_ms)
{
	static const char zeros[BLOCK];
	struct header h;

	if (strlen(name) >= sizeof(h.name) || len > 1u << 28 || wall_ms < 0)
		return (ERR_TOOBIG);
	fill(&h, name, len, wall_ms);
	if (!put(t, &h, sizeof(h)) || !put(t, data, len) ||
	    !put(t, zeros, (BLOCK - len % BLOCK) % BLOCK))
		return (ERR_NEW_FILE);
	return (ERR_OK);
}

enum err
tarball_end(struct tarball **tp, struct note *note)
{
	static const char zeros[2 * BLOCK];
	struct tarball *t = *tp;
	enum err r = ERR_OK;
	int closed;

	if (!put(t, zeros, sizeof(zeros)))
		r = fail(t->path, note);
	closed = gzclose(t->gz);
	t->gz = NULL;
	if (r == ERR_OK && (closed != Z_OK || fsync(t->fd) != 0))
		r = fail(t->path, note);
	if (r != ERR_OK) {
		tarball_drop(tp);
		return (r);
	}
	close(t->fd);
	free(t->path);
	free(t);
	*tp = NULL;
	return (ERR_OK);
}

void
tarball_drop(struct tarball **tp)
{
	struct tarball *t;

	if (tp == NULL || (t = *tp) == NULL)
		return;
	if (t->gz != NULL)
		(void)gzclose(t->gz);
	if (t->fd != -1)
		close(t->fd);
	if (t->path != NULL)
		unlink(t->path);
	free(t->path);
	free(t);
	*tp = NULL;
}
