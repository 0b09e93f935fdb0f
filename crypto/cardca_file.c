#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/cardca_table.h"
#include "crypto/hex.h"
#include "crypto/place.h"

#define FILE_MAX	16384	/* ours: a key has 560 digits */
#define ENDING		".cardca"

int
cardca_is_file(const char *name)
{
	size_t n = strlen(name), end = strlen(ENDING);

	/* A dot hides what is still being written. */
	return (name[0] != '.' && n > end &&
	    strcmp(name + n - end, ENDING) == 0);
}

static int
is_key_file(const struct dirent *entry)
{
	return (cardca_is_file(entry->d_name));
}

static const char *
take_id(struct cardca_key *key, const char *value)
{
	return (hex_read(value, key->id, CARDCA_ID) ? NULL :
	    "an id has 32 hex digits");
}

static const char *
take_modulus(struct cardca_key *key, const char *value)
{
	return (hex_read(value, key->modulus, CARDCA_RSA) &&
	    (key->modulus[0] & 0x80) != 0 &&
	    (key->modulus[CARDCA_RSA - 1] & 1) != 0 ? NULL :
	    "a modulus of RSA-2048 has 512 hex digits");
}

static const char *
take_exponent(struct cardca_key *key, const char *value)
{
	(void)key;
	return (strcmp(value, "010001") == 0 ? NULL :
	    "the exponent is 010001");
}

static const char *
take_source(struct cardca_key *key, const char *value)
{
	(void)key;
	return (*value != '\0' ? NULL : "the source is not said");
}

/* Each once, and all of them. */
static const struct field {
	const char	*name;
	const char	*(*take)(struct cardca_key *, const char *);
} fields[] = {
	{ "id", take_id },
	{ "modulus", take_modulus },
	{ "exponent", take_exponent },
	{ "source", take_source },
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

/* Cuts white space off both ends, in place. */
static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		n--;
	s[n] = '\0';
	return (s);
}

/* What is wrong with the line; NULL: nothing. */
static const char *
take_line(struct cardca_key *key, char *line, unsigned *seen)
{
	char *eq, *name;

	line = trim(line);
	if (*line == '\0' || *line == '#')
		return (NULL);
	if ((eq = strchr(line, '=')) == NULL)
		return ("not \"key = value\"");
	*eq = '\0';
	name = trim(line);
	for (size_t i = 0; i < FIELDS; i++) {
		if (strcmp(fields[i].name, name) != 0)
			continue;
		if ((*seen & 1u << i) != 0)
			return ("said twice");
		*seen |= 1u << i;
		return (fields[i].take(key, trim(eq + 1)));
	}
	return ("not id, modulus, exponent or source");
}

static enum err
parse(struct blob *text, const char *path, struct cardca_key *key,
    struct note *note)
{
	char *line = (char *)text->data, *next;
	unsigned seen = 0;
	const char *why;

	if (!text_is_utf8(blob_str(text), text->len)) {
		note_set(note, "%s: not UTF-8 text", path);
		return (ERR_CONF);
	}
	for (int no = 1; line != NULL; no++, line = next) {
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		if ((why = take_line(key, line, &seen)) != NULL) {
			note_set(note, "%s line %d: %s", path, no, why);
			return (ERR_CONF);
		}
	}
	if (seen == (1u << FIELDS) - 1)
		return (ERR_OK);
	note_set(note, "%s: id, modulus, exponent and source are needed",
	    path);
	return (ERR_CONF);
}

static enum err
read_key(const char *folder, const char *name, struct cardca_key *key,
    struct note *note)
{
	struct blob text = { 0 };
	char path[PATH_MAX];
	enum err r;

	*key = (struct cardca_key){ .test = 1 };
	if ((r = place_path(folder, name, path)) != ERR_OK)
		return (r);
	if ((r = blob_read_file(&text, path, FILE_MAX)) == ERR_OK)
		r = parse(&text, path, key, note);
	else if (r == ERR_TOOBIG) {
		note_set(note, "%s: longer than %d bytes", path, FILE_MAX);
		r = ERR_CONF;
	} else
		note_set(note, "%s: %s", path, strerror(errno));
	blob_free(&text);
	return (r);
}

static enum err
look(const char *folder, const char *name, const uint8_t id[CARDCA_ID],
    struct cardca_key *key, struct note *note)
{
	struct cardca_key one;
	enum err r;

	if ((r = read_key(folder, name, &one, note)) == ERR_OK &&
	    memcmp(one.id, id, CARDCA_ID) == 0)
		*key = one;
	return (r);
}

enum err
cardca_in_folder(const char *folder, const uint8_t id[CARDCA_ID],
    struct cardca_key *key, int *found, struct note *note)
{
	struct dirent **names = NULL;
	enum err r = ERR_OK;
	int n;

	*found = 0;
	*key = (struct cardca_key){ .test = 0 };
	if ((n = scandir(folder, &names, is_key_file, alphasort)) == -1) {
		if (errno == ENOENT)
			return (ERR_OK);
		note_set(note, "%s: %s", folder, strerror(errno));
		return (ERR_SYS);
	}
	for (int i = 0; i < n; i++) {
		if (r == ERR_OK)
			r = look(folder, names[i]->d_name, id, key, note);
		free(names[i]);
	}
	free(names);
	*found = r == ERR_OK && key->test;
	return (r);
}

int
cardca_files(const char *folder)
{
	struct dirent **names = NULL;
	int n = scandir(folder, &names, is_key_file, NULL);

	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return (n < 0 ? 0 : n);
}
