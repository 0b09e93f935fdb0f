#include <sys/stat.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/log.h"
#include "host/api/pages.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define DEPTH_MAX	8	/* folders below the top; ours */
#define ETAG_BYTES	16

static const struct {
	const char	*ending, *type;
} types[] = {
	{ ".html", "text/html; charset=utf-8" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".mjs", "text/javascript; charset=utf-8" },
	{ ".css", "text/css; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".svg", "image/svg+xml" },
	{ ".png", "image/png" },
	{ ".ico", "image/vnd.microsoft.icon" },
	{ ".woff2", "font/woff2" },
	{ ".txt", "text/plain; charset=utf-8" },
};

static const struct {
	const char	*url, *path;
} fronts[] = {
	{ "/kiosk", "kiosk/index.html" },
	{ "/desk", "desk/index.html" },
	{ "/visit", "visit/index.html" },
};

struct pages {
	struct page	page[PAGES_FILES];
	size_t		n, bytes;
	struct note	*note;	/* while loading */
};

static enum err	load_folder(struct pages *, int fd, const char *path,
		    int depth);

static const char *
type_of(const char *name)
{
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; ending != NULL && i < LEN(types); i++) {
		if (strcmp(ending, types[i].ending) == 0)
			return (types[i].type);
	}
	return (NULL);
}

static int
fits_url(const char *name)
{
	for (const char *p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("._~-", *p) == NULL)
			return (0);
	}
	return (name[0] != '.');
}

static enum err
set_etag(struct page *p)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	struct blob text = { 0 };
	enum err r;

	if (EVP_Digest(blob_str(&p->bytes), p->bytes.len, sum, NULL,
	    EVP_sha256(), NULL) != 1)
		return (ERR_LIB);
	r = blob_add_u8(&text, '"');
	for (size_t i = 0; i < ETAG_BYTES && r == ERR_OK; i++)
		r = blob_printf(&text, "%02x", sum[i]);
	if (r == ERR_OK)
		r = blob_add_u8(&text, '"');
	if (r == ERR_OK)
		snprintf(p->etag, sizeof(p->etag), "%s", blob_str(&text));
	blob_free(&text);
	return (r);
}

/* As many bytes as there are now; a file that grows meanwhile is cut. */
static enum err
read_all(int fd, size_t size, struct blob *out)
{
	uint8_t *at = blob_space(out, size);
	size_t n = 0;
	ssize_t got;

	if (size > 0 && at == NULL)
		return (ERR_NOMEM);
	while (n < size) {
		if ((got = read(fd, at + n, size - n)) == -1 && errno == EINTR)
			continue;
		if (got <= 0)
			return (ERR_NOT_FOUND);
		n += (size_t)got;
	}
	return (ERR_OK);
}

static enum err
load_file(struct pages *all, int fd, size_t size, const char *path)
{
	struct page *p = &all->page[all->n];
	enum err r;

	if (all->n == PAGES_FILES || size > PAGES_MAX - all->bytes) {
		note_set(all->note, "%s: more than %u files or %u bytes", path,
		    PAGES_FILES, PAGES_MAX);
		return (ERR_CONF);
	}
	all->n++;	/* pages_close frees it from here on */
	all->bytes += size;
	snprintf(p->path, sizeof(p->path), "%s", path);
	p->type = type_of(path);
	if ((r = read_all(fd, size, &p->bytes)) != ERR_OK)
		note_set(all->note, "%s: cannot be read", path);
	return (r == ERR_OK ? set_etag(p) : r);
}

/* A file or folder of this name; what is neither, or no page, is left out. */
static enum err
load(struct pages *all, int dir, const char *path, const char *name,
    int depth)
{
	enum err r = ERR_OK;
	struct stat st;
	int fd;

	/* Not through a link, and not blocked by a pipe. */
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ELOOP) {
		log_line(LOG_DEBUG, "pages", "a link is left out");
		return (ERR_OK);
	}
	if (fd == -1 || fstat(fd, &st) != 0) {
		note_set(all->note, "%s: %s", path, strerror(errno));
		r = ERR_NOT_FOUND;
	} else if (S_ISDIR(st.st_mode)) {
		return (load_folder(all, fd, path, depth + 1));
	} else if (S_ISREG(st.st_mode) && type_of(name) != NULL) {
		r = load_file(all, fd, (size_t)st.st_size, path);
	}
	if (fd != -1)
		close(fd);
	return (r);
}

static enum err
load_entry(struct pages *all, int dir, const char *path, const char *name,
    int depth)
{
	char below[PAGES_PATH];
	int n;

	if (!fits_url(name))
		return (ERR_OK);
	n = snprintf(below, sizeof(below), "%s%s%s", path,
	    path[0] == '\0' ? "" : "/", name);
	if (n < 0 || (size_t)n >= sizeof(below) || depth > DEPTH_MAX) {
		note_set(all->note, "%s: too deep", path);
		return (ERR_CONF);
	}
	return (load(all, dir, below, name, depth));
}

/* Owns fd. */
static enum err
load_folder(struct pages *all, int fd, const char *path, int depth)
{
	enum err r = ERR_OK;
	struct dirent *e;
	DIR *dir;

	if ((dir = fdopendir(fd)) == NULL) {
		note_set(all->note, "%s: %s", path, strerror(errno));
		close(fd);
		return (ERR_NOT_FOUND);
	}
	while (r == ERR_OK && (e = readdir(dir)) != NULL)
		r = load_entry(all, dirfd(dir), path, e->d_name, depth);
	closedir(dir);
	return (r);
}

enum err
pages_open(const char *folder, struct pages **out, struct note *note)
{
	struct pages *all;
	enum err r;
	int fd;

	*out = NULL;
	if ((all = calloc(1, sizeof(*all))) == NULL)
		return (ERR_NOMEM);
	all->note = note;
	if (folder == NULL || folder[0] == '\0') {
		*out = all;
		return (ERR_OK);
	}
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		note_set(note, "%s: %s", folder, strerror(errno));
		r = ERR_NOT_FOUND;
	} else {
		r = load_folder(all, fd, "", 0);
	}
	all->note = NULL;
	if (r != ERR_OK)
		pages_close(&all);
	*out = all;
	return (r);
}

void
pages_close(struct pages **all)
{
	if (*all == NULL)
		return;
	for (size_t i = 0; i < (*all)->n; i++)
		blob_free(&(*all)->page[i].bytes);
	free(*all);
	*all = NULL;
}

static const char *
path_of(const char *url)
{
	for (size_t i = 0; i < LEN(fronts); i++) {
		if (strcmp(url, fronts[i].url) == 0)
			return (fronts[i].path);
	}
	return (strncmp(url, "/web/", 5) == 0 ? url + 5 : NULL);
}

const struct page *
pages_find(const struct pages *all, const char *url)
{
	const char *path = path_of(url);

	for (size_t i = 0; path != NULL && i < all->n; i++) {
		if (strcmp(path, all->page[i].path) == 0)
			return (&all->page[i]);
	}
	return (NULL);
}
