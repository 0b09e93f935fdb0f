#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/uuid.h"
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

void
body_digits(const char *text, char out[9])
{
	size_t n = 0;

	for (; *text != '\0' && n < 8; text++) {
		if (*text != '-')
			out[n++] = *text;
	}
	out[n] = '\0';
}

/* "YYYY-MM-DD" or "YYYY-MM" that the calendar has. */
static int
is_day(const char *s, size_t len, size_t want)
{
	static const char form[] = "0000-00-00";
	char digits[9];

	if (len != want)
		return (0);
	for (size_t i = 0; i < len; i++) {
		if (form[i] == '-' ? s[i] != '-' :
		    s[i] < '0' || s[i] > '9')
			return (0);
	}
	body_digits(s, digits);
	if (want == 7)
		memcpy(digits + 6, "01", 3);
	return (clock_is_date(digits));
}

static int
is_plain(const char *s, size_t len, const struct body_rule *rule)
{
	size_t n;

	if (rule->words != NULL)
		return (is_word(s, rule->words));
	n = body_length(s);
	if (n < (size_t)rule->min || n > (size_t)rule->max)
		return (0);
	return (rule->set != NULL ? strspn(s, rule->set) == len :
	    is_clean(s, len));
}

int
body_fits_text(const char *s, size_t len, const struct body_rule *rule)
{
	if (s == NULL || strlen(s) != len)
		return (0);
	switch (rule->type) {
	case BODY_DATE:
		return (is_day(s, len, 10));
	case BODY_MONTH:
		return (is_day(s, len, 7));
	case BODY_ID:
	case BODY_IDS:
		return (uuid_is(s));
	case BODY_CHARTS:
		return (len >= 1 && len <= 32 && strspn(s, BODY_PRINT) == len);
	case BODY_WORDS:
		return (is_word(s, rule->words));
	case BODY_TEXT:
	case BODY_INT:
	case BODY_BOOL:
		break;
	}
	return (is_plain(s, len, rule));
}

static int
is_text(const json_t *v, const struct body_rule *rule)
{
	return (body_fits_text(json_string_value(v), json_string_length(v),
	    rule));
}

static int
is_list(const json_t *v, const struct body_rule *rule)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) < (size_t)rule->min ||
	    json_array_size(v) > (size_t)rule->max)
		return (0);
	json_array_foreach(v, i, item) {
		if (!is_text(item, rule))
			return (0);
	}
	return (1);
}

static int
fits(const json_t *v, const struct body_rule *rule)
{
	if (v == NULL)
		return (!rule->required);
	switch (rule->type) {
	case BODY_TEXT:
	case BODY_DATE:
	case BODY_MONTH:
	case BODY_ID:
		return (is_text(v, rule));
	case BODY_IDS:
	case BODY_CHARTS:
	case BODY_WORDS:
		return (is_list(v, rule));
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

const char **
body_list(const json_t *body, const char *name, size_t *n)
{
	const json_t *list = json_object_get(body, name), *item;
	const char **out;
	size_t i;

	*n = json_array_size(list);
	if (*n == 0 || (out = calloc(*n, sizeof(*out))) == NULL)
		return (NULL);
	json_array_foreach(list, i, item)
		out[i] = json_string_value(item);
	return (out);
}
