#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/qualify/shelf.h"

/* YYYYMMDDHHmmss before ".xml": kind_parse saw to it (oqs-files.md 1.1). */
static const char *
time_of(const char *name)
{
	return (name + strlen(name) - 18);
}

static int
compare(const char *a, const char *b)
{
	int c = strncmp(time_of(b), time_of(a), 14);

	return (c != 0 ? c : strcmp(a, b));
}

static int
by_age(const void *a, const void *b)
{
	return (compare(((const struct shelf_file *)a)->name,
	    ((const struct shelf_file *)b)->name));
}

static int
by_name(const void *key, const void *file)
{
	return (compare(key, ((const struct shelf_file *)file)->name));
}

/* Newest first, and no more than there may be. */
static void
arrange(struct shelf *s)
{
	if (s->n > s->sorted)
		qsort(s->v, s->n, sizeof(*s->v), by_age);
	if (s->n > s->max)
		s->n = s->max;
	s->sorted = s->n;
}

/* A quarter above max, so that it is not sorted for every name. */
static enum err
make_room(struct shelf *s)
{
	const size_t most = s->max + s->max / 4 + 1;
	size_t room = s->room > 0 ? s->room * 2 : 64;
	void *grown;

	if (s->n == most)
		arrange(s);
	if (s->n < s->room)
		return (ERR_OK);
	if (room > most)
		room = most;
	if ((grown = realloc(s->v, room * sizeof(*s->v))) == NULL)
		return (ERR_NOMEM);
	s->v = grown;
	s->room = room;
	return (ERR_OK);
}

static enum err
add_name(void *ctx, const char *name)
{
	struct shelf *s = ctx;
	struct shelf_file *f = NULL;
	struct kind_name kind;
	enum err r;

	if (!kind_parse(name, &kind) || !kind.face)
		return (ERR_OK);
	if (s->sorted > 0)
		f = bsearch(name, s->v, s->sorted, sizeof(*s->v), by_name);
	if (f != NULL) {
		f->there = 1;
		return (ERR_OK);
	}
	if (s->sorted == s->max && compare(name, s->v[s->max - 1].name) > 0)
		return (ERR_OK);
	if ((r = make_room(s)) != ERR_OK)
		return (r);
	f = &s->v[s->n++];
	*f = (struct shelf_file){ .stamp.size = -1, .there = 1 };
	snprintf(f->name, sizeof(f->name), "%s", name);
	return (ERR_OK);
}

static void
forget_gone(struct shelf *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (!s->v[i].there)
			continue;
		if (kept != i)
			s->v[kept] = s->v[i];
		kept++;
	}
	s->n = s->sorted = kept;
}

enum err
shelf_list(struct shelf *s, struct folder *folder)
{
	enum err r;

	for (size_t i = 0; i < s->n; i++)
		s->v[i].there = 0;
	r = folder_scan(folder, add_name, s);
	arrange(s);
	if (r == ERR_OK)
		forget_gone(s);
	return (r);
}

void
shelf_wipe(struct shelf *s)
{
	if (s == NULL)
		return;
	free(s->v);
	*s = (struct shelf){ .max = s->max };
}
