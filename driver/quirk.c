#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "driver/quirk.h"

#define FILE_MAX	(64u << 10)
#define SHIPPED		"quirks.d"
#define HEX		"0123456789abcdefABCDEF"

enum type { Q_TEXT, Q_WORD, Q_NUMBER, Q_BCD };

static const char *const drivers[] = { "ccid", "libnfc", "none", NULL };
static const char *const apdus[] = { "declared", "short", NULL };
static const char *const lights[] = { "none", "acr122", NULL };

#define AT(field) offsetof(struct quirk, field)

/* Every key but "reader"; numbers with their bounds. */
static const struct key {
	const char		*name;
	enum type		 type;
	size_t			 at;
	const char *const	*words;
	long			 min, max;
} keys[] = {
	{ "name", Q_TEXT, AT(name), NULL, 0, 0 },
	{ "driver", Q_WORD, AT(driver), drivers, 0, 0 },
	{ "apdu", Q_WORD, AT(apdu), apdus, 0, 0 },
	{ "max", Q_NUMBER, AT(max), NULL, 271, 65554 },
	{ "slow", Q_NUMBER, AT(slow), NULL, 1, 10000 },
	{ "skip", Q_TEXT, AT(skip), NULL, 0, 0 },
	{ "light", Q_WORD, AT(light), lights, 0, 0 },
	{ "firmware", Q_BCD, AT(firmware), NULL, 1, 0x9999 },
	{ "source", Q_TEXT, AT(source), NULL, 0, 0 },
};

#define KEYS (sizeof(keys) / sizeof(keys[0]))

struct parse {
	struct quirks	*out;
	size_t		 first;		/* row this text begins with */
	struct quirk	*row;
	unsigned	 given;		/* keys of the row, one bit each */
	const char	*file;
	int		 line;
	struct note	*note;
};

static enum err
fail(const struct parse *p, const char *what, const char *word)
{
	note_set(p->note, "%s:%d: %s \"%s\"", p->file, p->line, what, word);
	return (ERR_CONF);
}

/* --- values --- */

static int
set_word(const char *const *words, int *out, const char *value)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value) != 0)
			continue;
		*out = i;
		return (1);
	}
	return (0);
}

static int
set_number(const struct key *k, int *out, const char *value)
{
	char *end;
	long n;

	if (*value < '0' || *value > '9')
		return (0);
	errno = 0;
	n = strtol(value, &end, 10);
	*out = (int)n;
	return (errno == 0 && *end == '\0' && n >= k->min && n <= k->max);
}

/* "2.06" as bcdDevice has it, 0206. */
static int
set_bcd(const struct key *k, int *out, const char *value)
{
	unsigned high, low;
	int used = 0;

	if (strspn(value, "0123456789.") != strlen(value) ||
	    sscanf(value, "%2x.%2x%n", &high, &low, &used) != 2 ||
	    value[used] != '\0' || used < 4 || value[used - 3] != '.')
		return (0);
	*out = (int)(high << 8 | low);
	return (*out >= k->min && *out <= k->max);
}

static int
set_text(char *out, const char *value)
{
	size_t n = strlen(value);

	if (n >= QUIRK_TEXT)
		return (0);
	memcpy(out, value, n + 1);
	return (1);
}

static int
set(struct quirk *q, const struct key *k, const char *value)
{
	void *at = (char *)q + k->at;

	switch (k->type) {
	case Q_TEXT:
		return (set_text(at, value));
	case Q_WORD:
		return (set_word(k->words, at, value));
	case Q_NUMBER:
		return (set_number(k, at, value));
	case Q_BCD:
		return (set_bcd(k, at, value));
	}
	return (0);
}

/* --- lines --- */

static struct quirk *
find(struct quirks *q, uint16_t vid, uint16_t pid)
{
	for (size_t i = 0; i < q->n; i++) {
		if (q->rows[i].vid == vid && q->rows[i].pid == pid)
			return (&q->rows[i]);
	}
	return (NULL);
}

/* "072f:2200" begins a row. */
static enum err
begin_row(struct parse *p, const char *value)
{
	unsigned vid, pid;

	if (strlen(value) != 9 || strspn(value, HEX) != 4 ||
	    strspn(value + 5, HEX) != 4 ||
	    sscanf(value, "%4x:%4x", &vid, &pid) != 2)
		return (fail(p, "not VENDOR:PRODUCT, 4 digits each:", value));
	if (find(p->out, (uint16_t)vid, (uint16_t)pid) != NULL)
		return (fail(p, "this reader is there already:", value));
	if (p->out->n == QUIRKS_MAX)
		return (fail(p, "too many readers:", value));
	p->row = &p->out->rows[p->out->n++];
	*p->row = (struct quirk){ .vid = (uint16_t)vid,
	    .pid = (uint16_t)pid };
	p->given = 0;
	return (ERR_OK);
}

static enum err
take_key(struct parse *p, const char *word, const char *value)
{
	size_t i = 0;

	while (i < KEYS && strcmp(keys[i].name, word) != 0)
		i++;
	if (i == KEYS)
		return (fail(p, "unknown key", word));
	if (p->row == NULL)
		return (fail(p, "before the first reader:", word));
	if ((p->given & 1u << i) != 0)
		return (fail(p, "given twice:", word));
	p->given |= 1u << i;
	if (*value == '\0' || !set(p->row, &keys[i], value))
		return (fail(p, "impossible value of", word));
	return (ERR_OK);
}

static void
trim_end(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		s[--n] = '\0';
}

static enum err
take_line(struct parse *p, char *line)
{
	char *value;

	p->line++;
	trim_end(line);
	line += strspn(line, " \t");
	if (*line == '\0' || *line == '#')
		return (ERR_OK);
	value = line + strcspn(line, " \t");
	if (*value != '\0') {
		*value++ = '\0';
		value += strspn(value, " \t");
	}
	if (strcmp(line, "reader") == 0)
		return (begin_row(p, value));
	return (take_key(p, line, value));
}

/* Into a table of its own: one text that is wrong leaves nothing. */
static enum err
parse_text(struct quirks *own, const char *file, const char *text,
    struct note *note)
{
	struct parse p = { .out = own, .file = file, .note = note };
	char line[QUIRK_TEXT + 32];
	enum err r = ERR_OK;
	size_t n;

	while (r == ERR_OK && *text != '\0') {
		n = strcspn(text, "\n");
		if (n >= sizeof(line)) {
			p.line++;
			return (fail(&p, "line too long:", ""));
		}
		memcpy(line, text, n);
		line[n] = '\0';
		r = take_line(&p, line);
		text += n + (text[n] == '\n');
	}
	return (r);
}

static enum err
merge(struct quirks *to, const struct quirks *from, const char *file,
    struct note *note)
{
	struct quirk *row;

	for (size_t i = 0; i < from->n; i++) {
		row = find(to, from->rows[i].vid, from->rows[i].pid);
		if (row == NULL && to->n == QUIRKS_MAX) {
			note_set(note, "%s: too many readers", file);
			return (ERR_CONF);
		}
		if (row == NULL)
			row = &to->rows[to->n++];
		*row = from->rows[i];
	}
	return (ERR_OK);
}

enum err
quirk_parse(struct quirks *q, const char *file, const char *text,
    struct note *note)
{
	struct quirks *own = calloc(1, sizeof(*own));
	size_t n = q->n;
	enum err r;

	if (own == NULL)
		return (ERR_NOMEM);
	if ((r = parse_text(own, file, text, note)) == ERR_OK &&
	    (r = merge(q, own, file, note)) != ERR_OK)
		q->n = n;
	free(own);
	return (r);
}

/* --- a folder --- */

static int
is_conf(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return (e->d_name[0] != '.' && dot != NULL &&
	    strcmp(dot, ".conf") == 0);
}

static enum err
take_file(struct quirks *q, const char *path, struct note *note)
{
	struct blob text = { 0 };
	enum err r;

	if ((r = blob_read_file(&text, path, FILE_MAX)) != ERR_OK) {
		note_set(note, "%s: %s", path, r == ERR_TOOBIG ? "too large" :
		    strerror(errno));
		r = ERR_CONF;
	} else if (memchr(text.data, '\0', text.len) != NULL) {
		note_set(note, "%s: not a text", path);
		r = ERR_CONF;
	} else {
		r = quirk_parse(q, path, blob_str(&text), note);
	}
	blob_free(&text);
	return (r);
}

enum err
quirk_folder(struct quirks *q, const char *dir, struct note *note)
{
	struct dirent **names = NULL;
	char path[4096];
	enum err r = ERR_OK;
	int n;

	if ((n = scandir(dir, &names, is_conf, alphasort)) == -1) {
		note_set(note, "%s: %s", dir, strerror(errno));
		return (ERR_CONF);
	}
	for (int i = 0; i < n; i++) {
		if (r == ERR_OK && snprintf(path, sizeof(path), "%s/%s", dir,
		    names[i]->d_name) >= (int)sizeof(path))
			r = ERR_TOOBIG;
		if (r == ERR_OK)
			r = take_file(q, path, note);
		free(names[i]);
	}
	free(names);
	return (r);
}

/* --- in force --- */

static struct quirks in_force;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* The tests hold the shipped files to being right. */
static void
load_shipped(void)
{
	struct blob text = { 0 };

	for (size_t i = 0; quirk_shipped[i] != NULL; i++)
		(void)blob_printf(&text, "%s\n", quirk_shipped[i]);
	(void)quirk_parse(&in_force, SHIPPED, blob_str(&text), NULL);
	blob_free(&text);
}

enum err
quirk_use(const char *dir, struct note *note)
{
	struct quirks *more;
	enum err r;

	pthread_once(&once, load_shipped);
	if (dir[0] == '\0')
		return (ERR_OK);
	if ((more = malloc(sizeof(*more))) == NULL)
		return (ERR_NOMEM);
	*more = in_force;
	if ((r = quirk_folder(more, dir, note)) == ERR_OK)
		in_force = *more;
	free(more);
	return (r);
}

const struct quirk *
quirk_find(uint16_t vid, uint16_t pid)
{
	pthread_once(&once, load_shipped);
	return (find(&in_force, vid, pid));
}

int
quirk_skips(const char *slot)
{
	pthread_once(&once, load_shipped);
	for (size_t i = 0; i < in_force.n; i++) {
		if (in_force.rows[i].skip[0] != '\0' &&
		    fnmatch(in_force.rows[i].skip, slot, 0) == 0)
			return (1);
	}
	return (0);
}
