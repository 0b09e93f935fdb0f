#include <string.h>

#include "host/api/body.h"

static int
is_word(const char *s, const char *const *words)
{
	while (*words != NULL && strcmp(*words, s) != 0)
		words++;
	return (*words != NULL);
}

/* Control characters have no place in what people read. */
static int
is_clean(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return (0);
	}
	return (1);
}

size_t
body_length(const char *s)
{
	size_t n = 0;

	/* Every byte but those that go on with a character. */
	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return (n);
}

static int
is_text(const json_t *v, const struct body_rule *rule)
{
	const char *s = json_string_value(v);
	size_t len = json_string_length(v), n;

	if (s == NULL || strlen(s) != len)
		return (0);
	if (rule->words != NULL)
		return (is_word(s, rule->words));
	n = body_length(s);
	if (n < (size_t)rule->min || n > (size_t)rule->max)
		return (0);
	return (rule->set != NULL ? strspn(s, rule->set) == len :
	    is_clean(s, len));
}

static int
fits(const json_t *v, const struct body_rule *rule)
{
	if (v == NULL)
		return (!rule->required);
	switch (rule->type) {
	case BODY_TEXT:
		return (is_text(v, rule));
	case BODY_INT:
		return (json_is_integer(v) &&
		    json_integer_value(v) >= rule->min &&
		    json_integer_value(v) <= rule->max);
	case BODY_BOOL:
		return (json_is_boolean(v));
	}
	return (0);
}

enum err
body_check(const json_t *body, const struct body_rule *rules, size_t n,
    struct note *note)
{
	size_t known = 0;

	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_object_get(body, rules[i].name);

		if (!fits(v, &rules[i])) {
			note_set(note, "%s", rules[i].name);
			return (ERR_BAD_REQUEST);
		}
		known += v != NULL;
	}
	if (json_object_size(body) != known) {
		note_set(note, "a member that is not described");
		return (ERR_BAD_REQUEST);
	}
	return (ERR_OK);
}

const char *
body_text(const json_t *body, const char *name)
{
	const char *s = json_string_value(json_object_get(body, name));

	return (s == NULL ? "" : s);
}

int
body_int(const json_t *body, const char *name)
{
	return ((int)json_integer_value(json_object_get(body, name)));
}

int
body_is(const json_t *body, const char *name)
{
	return (json_is_true(json_object_get(body, name)));
}
