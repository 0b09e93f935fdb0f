#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static const char *const names[] = { "error", "warn", "info", "debug" };
static enum log_level limit = LOG_WARN;

void
log_set_level(enum log_level level)
{
	limit = level;
}

const char *
log_level_name(void)
{
	return (names[limit]);
}

int
log_level_named(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*level = (enum log_level)i;
			return (0);
		}
	}
	return (-1);
}

/* C0, DEL, and both bytes of what UTF-8 makes of U+0080-U+009F. */
static int
is_control(const char *line, size_t i, size_t len)
{
	unsigned char c = (unsigned char)line[i];

	if (c == 0xc2 && i + 1 < len)
		return (((unsigned char)line[i + 1] & 0xe0) == 0x80);
	return (c < 0x20 || c == 0x7f);
}

/* One write, so that lines of several processes do not mix. */
static void
put(char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!is_control(line, i, len))
			continue;
		if ((unsigned char)line[i] == 0xc2)
			line[i++] = '?';
		line[i] = '?';
	}
	line[len] = '\n';
	if (write(STDERR_FILENO, line, len + 1) == -1)
		return;		/* nowhere left to say so */
}

void
log_line(enum log_level level, const char *who, const char *fmt, ...)
{
	char line[1024], when[CLOCK_ISO_LEN];
	size_t len, room = sizeof(line) - 1;
	va_list ap;
	int n;

	if (level > limit)
		return;
	clock_iso(clock_wall_ms(), when);
	n = snprintf(line, room, "%s %s %s: ", when, names[level], who);
	len = n < 0 ? 0 : (size_t)n;
	if (len < room) {
		va_start(ap, fmt);
		n = vsnprintf(line + len, room - len, fmt, ap);
		va_end(ap);
		len += n < 0 ? 0 : (size_t)n;
	}
	put(line, len < room ? len : room - 1);
}
