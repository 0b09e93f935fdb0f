#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/device/names.h"

static enum err
failed(const struct dir *d, const char *name, struct note *note)
{
	note_set(note, "%s/%s: %s", d->path, name, strerror(errno));
	return (ERR_FOLDER);
}

static int
ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return (name[0] != '.' && n > m && strcmp(name + n - m, suffix) == 0);
}

static enum err
add(struct names *all, const char *name)
{
	char **list = reallocarray(all->list, all->n + 1, sizeof(*list));

	if (list == NULL)
		return (ERR_NOMEM);
	all->list = list;
	if ((list[all->n] = strdup(name)) == NULL)
		return (ERR_NOMEM);
	all->n++;
	return (ERR_OK);
}

static int
compare(const void *a, const void *b)
{
	return (strcmp(*(char *const *)a, *(char *const *)b));
}

enum err
names_read(const struct dir *d, const char *suffix, struct names *all,
    struct note *note)
{
	struct dirent *e;
	enum err r = ERR_OK;
	DIR *dp = NULL;
	int fd;

	*all = (struct names){ NULL, 0 };
	/* A description of its own: positions are shared by dup. */
	if ((fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1 || (dp = fdopendir(fd)) == NULL) {
		r = failed(d, "", note);
		if (fd != -1)
			close(fd);
		return (r);
	}
	while (r == ERR_OK && (e = readdir(dp)) != NULL)
		if (ends_in(e->d_name, suffix))
			r = add(all, e->d_name);
	closedir(dp);
	if (r != ERR_OK)
		names_free(all);
	else if (all->n > 0)
		qsort(all->list, all->n, sizeof(*all->list), compare);
	return (r);
}

void
names_free(struct names *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->list[i]);
	free(all->list);
	*all = (struct names){ NULL, 0 };
}

enum err
names_remove(const struct dir *d, const char *name, int *gone,
    struct note *note)
{
	int was = unlinkat(d->fd, name, 0) == 0;

	if (gone != NULL)
		*gone = was;
	if ((!was && errno != ENOENT) || fsync(d->fd) != 0)
		return (failed(d, name, note));
	return (ERR_OK);
}
