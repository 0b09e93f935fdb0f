#include <ctype.h>
#include <string.h>

#include "base/log.h"
#include "host/cli/redact.h"

#define STAMP		"dddd-dd-ddTdd:dd:dd.ddd+dd:dd "
#define WORD_MAX	20	/* longer ones may be a key */
#define CODE_MAX	24
#define NOUN_MAX	16
#define RETURN_CODE	"0x801000"	/* then two digits */

static int
is_stamp(const char *s)
{
	for (const char *p = STAMP; *p != '\0'; p++, s++) {
		if (*p == 'd' ? !isdigit((unsigned char)*s) : *s != *p)
			return (0);
	}
	return (1);
}

/* What follows "STAMP level noun: ", or NULL. */
static const char *
message_of(const char *line)
{
	enum log_level level;
	char name[8] = "";
	const char *s;
	size_t n;

	if (!is_stamp(line))
		return (NULL);
	s = line + strlen(STAMP);
	n = strcspn(s, " ");
	if (n >= sizeof(name) || s[n] == '\0')
		return (NULL);
	memcpy(name, s, n);
	if (log_level_named(name, &level) != 0)
		return (NULL);
	s += n + 1;
	n = strspn(s, "abcdefghijklmnopqrstuvwxyz_");
	if (n == 0 || n > NOUN_MAX || s[n] != ':' || s[n + 1] != ' ')
		return (NULL);
	return (s + n + 2);
}

static int
is_word(char c)
{
	return (isalnum((unsigned char)c) || c == '_');
}

/* 1 if it may be a key, an identifier or a name with numbers in it. */
static int
is_dense(const char *s, size_t n)
{
	size_t digits = 0;

	for (size_t i = 0; i < n; i++)
		digits += isdigit((unsigned char)s[i]) != 0;
	return (n > WORD_MAX || (digits > 0 && digits < n && n > 2));
}

/* One word of letters and digits; returns how long it was. */
static size_t
put_word(const char *s, struct blob *out, enum err *r)
{
	size_t n = 0, code = strlen(RETURN_CODE) + 2;

	while (is_word(s[n]))
		n++;
	if (n == code && strncmp(s, RETURN_CODE, code - 2) == 0)
		*r = blob_add(out, s, n);
	else if (strspn(s, "0123456789") >= n)
		*r = blob_add_str(out, "#");
	else if (is_dense(s, n))
		*r = blob_add_str(out, "...");
	else
		*r = blob_add(out, s, n);
	return (n);
}

static size_t
put_path(const char *s, struct blob *out, enum err *r)
{
	size_t n = strcspn(s, " \t\"'(),;\n");

	while (n > 1 && s[n - 1] == ':')
		n--;
	*r = blob_add_str(out, n > 1 ? "/..." : "/");
	return (n);
}

static size_t
put_foreign(const char *s, struct blob *out, enum err *r)
{
	size_t n = 0;

	while (((unsigned char)s[n] & 0x80) != 0)
		n++;
	*r = blob_add_str(out, "?");
	return (n);
}

/* To the next quotation mark, or all of it. */
static size_t
put_quoted(const char *s, struct blob *out, enum err *r)
{
	const char *end = strchr(s + 1, '"');

	*r = blob_add_str(out, "\"...\"");
	return (end == NULL ? strlen(s) : (size_t)(end + 1 - s));
}

static size_t
put_plain(const char *s, struct blob *out, enum err *r)
{
	*r = blob_add(out, s, 1);
	return (1);
}

/* A path may begin without "/": the word before one belongs to it. */
static int
is_path(const char *s)
{
	size_t n = 0;

	while (is_word(s[n]) || (s[n] != '\0' && strchr(".-~", s[n]) != NULL))
		n++;
	return (s[n] == '/' || (s[n] == '\\' && s[n + 1] == '\\'));
}

/* --- what was learnt --- */

/* A name may have hyphens: "a" is not in "a-b". */
static int
is_name(char c)
{
	return (is_word(c) || c == '-');
}

/* How much of s is a word that was learnt, the longest; 0: nothing. */
static size_t
known(const struct redact *k, const char *s, char before)
{
	const char *w = blob_str(&k->words);
	const char *end = w + k->words.len;
	size_t n, most = 0;

	for (; w < end; w += n + 1) {
		n = strlen(w);
		if (n > most && strncmp(s, w, n) == 0 &&
		    !(is_name(w[0]) && is_name(before)) &&
		    !(is_name(w[n - 1]) && is_name(s[n])))
			most = n;
	}
	return (most);
}

static size_t
put_known(const char *s, size_t n, struct blob *out, enum err *r)
{
	if (memchr(s, '/', n) == NULL) {
		*r = blob_add_str(out, "(name)");
		return (n);
	}
	if (s[n] != '/') {
		*r = blob_add_str(out, "/...");
		return (n);
	}
	return (n + put_path(s + n, out, r));
}

static enum err
add_word(struct redact *k, const char *s, size_t n)
{
	enum err r = blob_add(&k->words, s, n);

	return (r != ERR_OK ? r : blob_add_u8(&k->words, 0));
}

enum err
redact_learn(struct redact *k, const char *word)
{
	size_t n = strlen(word);
	enum err r;

	if (n == 0)
		return (ERR_OK);
	if ((r = add_word(k, word, n)) != ERR_OK || word[0] != '/')
		return (r);
	while (--n > 0) {
		if (word[n] != '/')
			continue;
		/* Without one it goes as any path does. */
		if (memchr(word, ' ', n) == NULL)
			return (ERR_OK);
		if ((r = add_word(k, word, n)) != ERR_OK)
			return (r);
	}
	return (ERR_OK);
}

void
redact_free(struct redact *k)
{
	blob_free(&k->words);
}

/* --- lines and texts --- */

enum err
redact_log(const struct redact *k, const char *line, struct blob *out,
    int *kept)
{
	const char *s = message_of(line);
	size_t n;
	enum err r;

	*kept = s != NULL;
	if (s == NULL)
		return (ERR_OK);
	r = blob_add(out, line, (size_t)(s - line));
	while (r == ERR_OK && *s != '\0' && *s != '\n') {
		if ((n = known(k, s, s[-1])) > 0)
			s += put_known(s, n, out, &r);
		else if (((unsigned char)*s & 0x80) != 0)
			s += put_foreign(s, out, &r);
		else if (*s == '"')
			s += put_quoted(s, out, &r);
		else if (is_path(s))
			s += put_path(s, out, &r);
		else if (is_word(*s))
			s += put_word(s, out, &r);
		else
			s += put_plain(s, out, &r);
	}
	return (r != ERR_OK ? r : blob_add_str(out, "\n"));
}

enum err
redact_text(const struct redact *k, const char *s, struct blob *out)
{
	enum err r = ERR_OK;
	char before = ' ';
	size_t n;

	while (r == ERR_OK && *s != '\0') {
		if ((n = known(k, s, before)) > 0)
			s += put_known(s, n, out, &r);
		else if (((unsigned char)*s & 0x80) != 0)
			s += put_foreign(s, out, &r);
		else if (!is_word(before) && is_path(s))
			s += put_path(s, out, &r);
		else
			s += put_plain(s, out, &r);
		before = s[-1];
	}
	return (r);
}

const char *
redact_code(const char *s)
{
	size_t n = strlen(s);

	return (n <= CODE_MAX && strspn(s,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == n &&
	    (n < 2 || strpbrk(s, "0123456789") == NULL) ? s : "(other)");
}
