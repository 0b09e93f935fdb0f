#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/api/pages.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* Everything that is made below the top, in this order. */
static const struct made {
	const char	*path;
	char		 kind;	/* d folder, f file, l link, p pipe */
	const char	*text;	/* of the file; target of the link */
} made[] = {
	{ "kiosk", 'd', NULL },
	{ "kiosk/index.html", 'f', "<p>kiosk</p>" },
	{ "kiosk/kiosk.css", 'f', "p{}" },
	{ "kiosk/empty.js", 'f', "" },
	{ "texts", 'd', NULL },
	{ "texts/ja.json", 'f', "{}" },
	{ "vendor", 'd', NULL },
	{ "vendor/a.b", 'd', NULL },
	{ "vendor/a.b/htm.module.js", 'f', "1" },
	{ "notes.md", 'f', "no type of ours" },
	{ "program", 'f', "no ending" },
	{ ".hidden.html", 'f', "hidden" },
	{ ".git", 'd', NULL },
	{ ".git/config.txt", 'f', "hidden" },
	{ "with blank.html", 'f', "no URL" },
	{ "pipe.html", 'p', NULL },
	{ "link.html", 'l', "kiosk/index.html" },
	{ "out.html", 'l', "/etc/passwd" },
	{ "up", 'l', ".." },
	{ "broken.html", 'l', "nowhere" },
};

static char top[64];

static void
path_of(char *out, size_t room, const char *below)
{
	snprintf(out, room, "%s/%s", top, below);
}

static void
make(const struct made *m)
{
	char path[256];
	FILE *f;

	path_of(path, sizeof(path), m->path);
	switch (m->kind) {
	case 'd':
		assert_int_equal(mkdir(path, 0700), 0);
		break;
	case 'f':
		assert_non_null(f = fopen(path, "w"));
		assert_int_equal(fputs(m->text, f) >= 0, 1);
		assert_int_equal(fclose(f), 0);
		break;
	case 'l':
		assert_int_equal(symlink(m->text, path), 0);
		break;
	case 'p':
		assert_int_equal(mkfifo(path, 0600), 0);
		break;
	}
}

static void
unmake(const struct made *m)
{
	char path[256];

	path_of(path, sizeof(path), m->path);
	assert_int_equal(m->kind == 'd' ? rmdir(path) : unlink(path), 0);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/pages-XXXXXX");
	assert_non_null(mkdtemp(top));
	for (size_t i = 0; i < LEN(made); i++)
		make(&made[i]);
	return (0);
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = LEN(made); i > 0; i--)
		unmake(&made[i - 1]);
	assert_int_equal(rmdir(top), 0);
	return (0);
}

static const struct row {
	const char	*url, *type, *text;	/* NULL: there is none */
} rows[] = {
	{ "/kiosk", "text/html; charset=utf-8", "<p>kiosk</p>" },
	{ "/web/kiosk/index.html", "text/html; charset=utf-8",
	    "<p>kiosk</p>" },
	{ "/web/kiosk/kiosk.css", "text/css; charset=utf-8", "p{}" },
	{ "/web/kiosk/empty.js", "text/javascript; charset=utf-8", "" },
	{ "/web/texts/ja.json", "application/json", "{}" },
	{ "/web/vendor/a.b/htm.module.js", "text/javascript; charset=utf-8",
	    "1" },
	{ "/desk", NULL, NULL },
	{ "/visit", NULL, NULL },
	{ "/", NULL, NULL },
	{ "/kiosk/", NULL, NULL },
	{ "/kiosk/kiosk.css", NULL, NULL },
	{ "/web", NULL, NULL },
	{ "/web/", NULL, NULL },
	{ "/web/kiosk", NULL, NULL },
	{ "/web//kiosk/index.html", NULL, NULL },
	{ "/web/kiosk/../kiosk/index.html", NULL, NULL },
	{ "/web/notes.md", NULL, NULL },
	{ "/web/program", NULL, NULL },
	{ "/web/.hidden.html", NULL, NULL },
	{ "/web/.git/config.txt", NULL, NULL },
	{ "/web/with blank.html", NULL, NULL },
	{ "/web/pipe.html", NULL, NULL },
	{ "/web/link.html", NULL, NULL },
	{ "/web/out.html", NULL, NULL },
	{ "/web/up/kiosk/index.html", NULL, NULL },
	{ "/web/broken.html", NULL, NULL },
};

static void
find_row(void **state)
{
	const struct row *row = *state;
	const struct page *p;
	struct pages *pages;

	assert_int_equal(pages_open(top, &pages, NULL), ERR_OK);
	p = pages_find(pages, row->url);
	assert_int_equal(p != NULL, row->type != NULL);
	if (p != NULL) {
		assert_string_equal(p->type, row->type);
		assert_string_equal(blob_str(&p->bytes), row->text);
		assert_int_equal(strlen(p->etag), PAGES_ETAG - 2);
	}
	pages_close(&pages);
	assert_null(pages);
}

static void
etags(void **state)
{
	static const struct made other = { "kiosk/other.html", 'f',
	    "<p>kiosk</p>" };
	const struct page *a, *b, *c;
	struct pages *pages;

	(void)state;
	make(&other);
	assert_int_equal(pages_open(top, &pages, NULL), ERR_OK);
	assert_non_null(a = pages_find(pages, "/kiosk"));
	assert_non_null(b = pages_find(pages, "/web/kiosk/other.html"));
	assert_non_null(c = pages_find(pages, "/web/kiosk/kiosk.css"));
	assert_string_equal(a->etag, b->etag);
	assert_string_not_equal(a->etag, c->etag);
	pages_close(&pages);
	unmake(&other);
}

/* What has changed on disk since does not change what is served. */
static void
held(void **state)
{
	static const struct made file = { "late.html", 'f', "first" };
	const struct page *p;
	struct pages *pages;

	(void)state;
	make(&file);
	assert_int_equal(pages_open(top, &pages, NULL), ERR_OK);
	unmake(&file);
	assert_non_null(p = pages_find(pages, "/web/late.html"));
	assert_string_equal(blob_str(&p->bytes), "first");
	pages_close(&pages);
}

static void
none(void **state)
{
	struct pages *pages = NULL;

	(void)state;
	assert_int_equal(pages_open("", &pages, NULL), ERR_OK);
	assert_null(pages_find(pages, "/kiosk"));
	pages_close(&pages);
	assert_int_equal(pages_open(NULL, &pages, NULL), ERR_OK);
	pages_close(&pages);
	pages_close(&pages);
}

static const struct bad_row {
	const char	*name, *folder;
} bad_rows[] = {
	{ "no folder", "/nonexistent/shikaku" },
	{ "a file", "/etc/passwd" },
};

static void
bad_row(void **state)
{
	const struct bad_row *row = *state;
	struct pages *pages = NULL;
	struct note note = { "" };

	assert_int_equal(pages_open(row->folder, &pages, &note),
	    ERR_NOT_FOUND);
	assert_null(pages);
	assert_non_null(strstr(note.text, row->folder));
}

static void
too_much(void **state)
{
	static const struct made big = { "big.txt", 'f', "" };
	struct pages *pages = NULL;
	struct note note = { "" };
	char path[256];

	(void)state;
	make(&big);
	path_of(path, sizeof(path), big.path);
	assert_int_equal(truncate(path, PAGES_MAX + 1), 0);
	assert_int_equal(pages_open(top, &pages, &note), ERR_CONF);
	assert_null(pages);
	assert_non_null(strstr(note.text, "big.txt"));
	unmake(&big);
}

int
main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(etags),
		cmocka_unit_test(held),
		cmocka_unit_test(none),
		cmocka_unit_test(too_much),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(bad_rows) + LEN(others)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].url,
		    .test_func = find_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(bad_rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = bad_rows[i].name,
		    .test_func = bad_row,
		    .initial_state = (void *)(uintptr_t)&bad_rows[i] };
	memcpy(tests + n, others, sizeof(others));
	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
