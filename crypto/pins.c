#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "crypto/pins.h"
#include "crypto/place.h"

#define DIGITS		(CERT_SHA256 - 1)
#define FILE_MAX	16384	/* ours: two hundred pins for one root */

enum err
pins_typed(const char *typed, char hex[CERT_SHA256])
{
	size_t n = 0;

	hex[0] = '\0';
	for (; *typed != '\0'; typed++) {
		if (*typed == ' ' || *typed == ':')
			continue;
		if (!isxdigit((unsigned char)*typed) || n == DIGITS)
			goto bad;
		hex[n++] = (char)toupper((unsigned char)*typed);
	}
	if (n != DIGITS)
		goto bad;
	hex[n] = '\0';
	return (ERR_OK);
bad:
	hex[0] = '\0';
	return (ERR_PIN_OF_ROOT);
}

/* No file is an empty one. */
static enum err
read_pins(const char *dir, struct blob *out, struct note *note)
{
	char path[PATH_MAX];
	enum err r;

	if ((r = place_path(dir, PINS_FILE, path)) != ERR_OK)
		return (r);
	r = blob_read_file(out, path, FILE_MAX);
	if (r == ERR_SYS && errno == ENOENT)
		return (ERR_OK);
	if (r == ERR_SYS)
		note_set(note, "%s: %s", path, strerror(errno));
	return (r);
}

static int
is_pin(const uint8_t line[DIGITS])
{
	static const char upper[] = "0123456789ABCDEF";

	for (size_t i = 0; i < DIGITS; i++) {
		if (line[i] == 0 || strchr(upper, line[i]) == NULL)
			return (0);
	}
	return (1);
}

static enum err
find(struct buf file, const char *hex, int *has)
{
	uint8_t line[DIGITS], end;

	while (file.left > 0) {
		if (buf_read(&file, line, sizeof(line)) != ERR_OK ||
		    buf_u8(&file, &end) != ERR_OK || end != '\n' ||
		    !is_pin(line))
			return (ERR_PIN_OF_ROOT);
		if (memcmp(line, hex, DIGITS) == 0)
			*has = 1;
	}
	return (ERR_OK);
}

static enum err
look(const char *dir, const char *hex, struct blob *file, int *has,
    struct note *note)
{
	enum err r;

	*has = 0;
	if ((r = read_pins(dir, file, note)) != ERR_OK)
		return (r);
	if ((r = find(blob_buf(file), hex, has)) != ERR_OK) {
		*has = 0;
		note_set(note, "%s/%s: a line is not 64 hex digits", dir,
		    PINS_FILE);
	}
	return (r);
}

enum err
pins_has(const char *dir, const char *hex, int *has, struct note *note)
{
	struct blob file = { 0 };
	enum err r;

	r = look(dir, hex, &file, has, note);
	blob_free(&file);
	return (r);
}

enum err
pins_add(const char *dir, const char *hex, struct note *note)
{
	struct blob file = { 0 };
	enum err r;
	int has;

	if ((r = look(dir, hex, &file, &has, note)) != ERR_OK || has)
		goto out;
	if (file.len + CERT_SHA256 > FILE_MAX) {
		r = ERR_TOOBIG;		/* nobody could read it again */
		goto out;
	}
	if ((r = blob_printf(&file, "%s\n", hex)) != ERR_OK)
		goto out;
	if ((r = place_file(dir, PINS_FILE, file.data, file.len)) == ERR_SYS)
		note_set(note, "%s/%s: %s", dir, PINS_FILE, strerror(errno));
out:
	blob_free(&file);
	return (r);
}
