#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "host/cli/bundle.h"

#define PLIST_MAX	(1u << 20)	/* libccid's has 120 KB */
#define STEP		256

/* Debian and the like; Fedora and the like. */
static const char *const folders[] = {
	"/usr/lib/pcsc/drivers", "/usr/lib64/pcsc/drivers",
	"/usr/local/lib/pcsc/drivers",
};

/* Where the strings after a key begin, and where its array ends. */
static const char *
array_of(const char *text, const char *key, const char **end)
{
	const char *at = strstr(text, key);

	if (at == NULL || (*end = strstr(at, "</array>")) == NULL)
		return (NULL);
	return (at + strlen(key));
}

/* The next "<string>0x072F</string>"; moves past it.  -1 at the end. */
static long
next_id(const char **at, const char *end)
{
	static const char tag[] = "<string>";
	const char *s = *at == NULL ? NULL : strstr(*at, tag);

	if (s == NULL || s >= end)
		return (-1);
	*at = s + strlen(tag);
	return (strtol(*at, NULL, 16) & 0xffff);
}

static enum err
add(struct bundle *b, uint32_t id)
{
	uint32_t *more;

	if (b->n == b->room) {
		more = realloc(b->ids, (b->room + STEP) * sizeof(*more));
		if (more == NULL)
			return (ERR_NOMEM);
		b->ids = more;
		b->room += STEP;
	}
	b->ids[b->n++] = id;
	return (ERR_OK);
}

/* The lists of vendors and of products go in step. */
static enum err
take(struct bundle *b, const char *text)
{
	const char *vend = text, *pend = text, *v, *p;
	long vid, pid;
	enum err r;

	b->any = 1;
	v = array_of(text, "<key>ifdVendorID</key>", &vend);
	p = array_of(text, "<key>ifdProductID</key>", &pend);
	while ((vid = next_id(&v, vend)) >= 0 &&
	    (pid = next_id(&p, pend)) >= 0) {
		if ((r = add(b, (uint32_t)vid << 16 | (uint32_t)pid)) !=
		    ERR_OK)
			return (r);
	}
	return (ERR_OK);
}

static enum err
take_folder(struct bundle *b, const char *folder)
{
	struct blob text = { 0 };
	char path[PATH_MAX];
	struct dirent *e;
	enum err r = ERR_OK;
	DIR *dir;

	if ((dir = opendir(folder)) == NULL)
		return (ERR_OK);
	while (r == ERR_OK && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.' || snprintf(path, sizeof(path),
		    "%s/%s/Contents/Info.plist", folder, e->d_name) >=
		    (int)sizeof(path))
			continue;
		if (blob_read_file(&text, path, PLIST_MAX) == ERR_OK)
			r = take(b, blob_str(&text));
	}
	closedir(dir);
	blob_free(&text);
	return (r);
}

enum err
bundle_load(const char *root, struct bundle *b)
{
	char path[PATH_MAX];
	enum err r = ERR_OK;

	*b = (struct bundle){ .any = 0 };
	for (size_t i = 0; r == ERR_OK &&
	    i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (snprintf(path, sizeof(path), "%s%s", root, folders[i]) <
		    (int)sizeof(path))
			r = take_folder(b, path);
	}
	if (r != ERR_OK)
		bundle_free(b);
	return (r);
}

void
bundle_free(struct bundle *b)
{
	free(b->ids);
	*b = (struct bundle){ .any = 0 };
}

int
bundle_knows(const struct bundle *b, uint16_t vid, uint16_t pid)
{
	for (size_t i = 0; i < b->n; i++) {
		if (b->ids[i] == ((uint32_t)vid << 16 | pid))
			return (1);
	}
	return (0);
}
