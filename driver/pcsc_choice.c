#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "driver/pcsc_choice.h"

#define SCHEME		"pcsc:"
#define EXT_PREFIX	"ext,"

static const struct {
	const char	*mark;
	enum pcsc_by	 by;
} marks[] = {
	{ "@usb=",	PCSC_BY_USB },
	{ "@serial=",	PCSC_BY_SERIAL },
};

/* The last mark in s, where the pattern ends; NULL if there is none. */
static const char *
find_mark(const char *s, enum pcsc_by *by, const char **where)
{
	for (const char *at = strrchr(s, '@'); at != NULL;
	    at = memrchr(s, '@', (size_t)(at - s))) {
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
			if (strncmp(at, marks[i].mark,
			    strlen(marks[i].mark)) != 0)
				continue;
			*by = marks[i].by;
			*where = at + strlen(marks[i].mark);
			return (at);
		}
	}
	return (NULL);
}

static enum err
refuse(struct note *note, const char *what, const char *value)
{
	note_set(note, "%s: \"%s\"", what, value);
	return (ERR_CONF);
}

enum err
pcsc_choice_parse(const char *s, struct pcsc_choice *c, struct note *note)
{
	const char *end, *where = "";

	*c = (struct pcsc_choice){ .by = PCSC_BY_NAME };
	if (strncmp(s, EXT_PREFIX, strlen(EXT_PREFIX)) == 0) {
		c->extended = 1;
		s += strlen(EXT_PREFIX);
	}
	if ((end = find_mark(s, &c->by, &where)) == NULL)
		end = s + strlen(s);
	if ((size_t)(end - s) >= sizeof(c->pattern))
		return (refuse(note, "longer than a reader's name", s));
	memcpy(c->pattern, s, (size_t)(end - s));
	if (c->by == PCSC_BY_USB && !usb_is_port(where))
		return (refuse(note, "no USB path such as 1-2.3", where));
	if (c->by == PCSC_BY_SERIAL && (where[0] == '\0' ||
	    strlen(where) >= sizeof(c->where)))
		return (refuse(note, "no serial number", where));
	memcpy(c->where, where, strlen(where));
	return (ERR_OK);
}

static int
glob(const char *pattern, const char *s)
{
	const char *star = NULL, *retry = NULL;

	while (*s != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			retry = s;
		} else if (*pattern == '?' ||
		    strncasecmp(pattern, s, 1) == 0) {
			pattern++;
			s++;
		} else if (star != NULL) {
			pattern = star;
			s = ++retry;
		} else {
			return (0);
		}
	}
	return (pattern[strspn(pattern, "*")] == '\0');
}

int
pcsc_choice_fits(const struct pcsc_choice *c, const char *name)
{
	if (strlen(name) >= TP_READER_NAME)
		return (0);
	if (strpbrk(c->pattern, "*?") != NULL)
		return (glob(c->pattern, name));
	return (strcasestr(name, c->pattern) != NULL);
}

int
pcsc_choice_names(const struct pcsc_choice *c, const char *name)
{
	return (strcasecmp(c->pattern, name) == 0);
}

int
pcsc_choice_is(const struct pcsc_choice *c, const struct usb_device *device)
{
	switch (c->by) {
	case PCSC_BY_NAME:
		return (1);
	case PCSC_BY_USB:
		return (strcmp(c->where, device->port) == 0);
	case PCSC_BY_SERIAL:
		return (strcmp(c->where, device->serial) == 0);
	}
	return (0);
}

int
pcsc_choice_means(const char *transport, const struct tp_reader *row)
{
	struct pcsc_choice c;

	return (strncmp(transport, SCHEME, strlen(SCHEME)) == 0 &&
	    pcsc_choice_parse(transport + strlen(SCHEME), &c, NULL) ==
	    ERR_OK && pcsc_choice_fits(&c, row->name) &&
	    pcsc_choice_is(&c, &row->device));
}

/* The name without the " NN MM" that changes, and nothing that a pattern
 * would take for something else. */
static void
make_pattern(const char *name, char out[TP_READER_NAME])
{
	size_t n = strlen(name), cut = strlen(" 00 00");

	if (n > cut && name[n - 3] == ' ' && name[n - 6] == ' ' &&
	    strspn(name + n - 5, "0123456789ABCDEFabcdef ") == 5)
		n -= 6;
	memcpy(out, name, n);
	out[n] = '\0';
}

/* Another reader that the string means, too. */
static int
is_taken(const struct tp_reader *all, size_t n, size_t which, const char *s)
{
	for (size_t i = 0; i < n; i++) {
		if (i != which && pcsc_choice_means(s, &all[i]))
			return (1);
	}
	return (0);
}

void
pcsc_choice_suggest(const struct tp_reader *all, size_t n, size_t which,
    char out[PCSC_CHOICE_ROOM])
{
	const struct tp_reader *row = &all[which];
	char pattern[TP_READER_NAME], port[USB_PORT + 8] = "";
	char slots[3][TP_READER_NAME + 16];
	size_t last = strlen(row->name);

	make_pattern(row->name, pattern);
	if (row->device.port[0] != '\0')
		snprintf(port, sizeof(port), "@usb=%s", row->device.port);
	snprintf(slots[0], sizeof(slots[0]), SCHEME "%s", pattern);
	/* Slots of one device differ in the last two digits. */
	snprintf(slots[1], sizeof(slots[1]), SCHEME "%s*%s", pattern,
	    last > 3 ? row->name + last - 3 : "");
	snprintf(slots[2], sizeof(slots[2]), SCHEME "%s", row->name);
	for (size_t i = 0; i < 6; i++) {
		if (i % 2 == 1 && port[0] == '\0')
			continue;
		snprintf(out, PCSC_CHOICE_ROOM, "%s%s", slots[i / 2],
		    i % 2 == 1 ? port : "");
		if (pcsc_choice_means(out, row) && !is_taken(all, n, which,
		    out))
			return;
	}
	out[0] = '\0';
}
