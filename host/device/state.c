#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/errname.h"
#include "host/device/state.h"

#define STATE_MAX	4096	/* bytes of the file */

/* "word value"; a line nobody knows is left out: the file is ours, and a
 * newer program may have written it. */
static void
take_line(struct state *s, const char *word, const char *value)
{
	if (strcmp(word, "connected") == 0)
		s->connected = strtoll(value, NULL, 10);
	else if (strcmp(word, "last") == 0)
		s->last = strtoll(value, NULL, 10);
	else if (strcmp(word, "error") == 0)
		(void)errname_find((const uint8_t *)value, strlen(value),
		    &s->err);
	for (int i = 0; i < FENCE_WHYS; i++) {
		if (strncmp(word, "refused-", 8) == 0 &&
		    strcmp(word + 8, fence_word((enum fence_why)i)) == 0)
			s->refused[i] = (unsigned)strtoul(value, NULL, 10);
	}
}

enum err
state_read(const struct dir *d, struct state *s, struct note *note)
{
	struct blob b = { 0 };
	char *line, *save = NULL, *space;
	enum err r;

	*s = (struct state){ .err = ERR_OK };
	if (!dir_has(d, DIR_STATE))
		return (ERR_OK);
	if ((r = dir_read(d, DIR_STATE, STATE_MAX, &b, note)) == ERR_OK &&
	    b.data != NULL) {
		for (line = strtok_r((char *)b.data, "\n", &save);
		    line != NULL; line = strtok_r(NULL, "\n", &save)) {
			if ((space = strchr(line, ' ')) == NULL)
				continue;
			*space = '\0';
			take_line(s, line, space + 1);
		}
	}
	blob_free(&b);
	return (r);
}

enum err
state_write(const struct dir *d, const struct state *s, struct note *note)
{
	struct blob b = { 0 };
	enum err r;

	r = blob_printf(&b, "connected %" PRId64 "\nlast %" PRId64
	    "\nerror %s\n", s->connected, s->last, err_name(s->err));
	for (int i = 0; i < FENCE_WHYS && r == ERR_OK; i++)
		r = blob_printf(&b, "refused-%s %u\n",
		    fence_word((enum fence_why)i), s->refused[i]);
	if (r == ERR_OK)
		r = dir_write(d, DIR_STATE, b.data, b.len, note);
	blob_free(&b);
	return (r);
}
