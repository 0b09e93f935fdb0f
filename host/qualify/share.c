#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/qualify/share.h"

#define SESSION_HOST "tsclient"

/* \\host\share\folder as host/share/folder. */
struct unc {
	char	text[512];
	size_t	host;		/* length of its parts */
	size_t	share;
};

static int
is_slash(char c)
{
	return (c == '\\' || c == '/');
}

static int
is_named(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] < 0x20 ||
		    strchr("\"<>|*?:", s[i]) != NULL)
			return (0);
	}
	return (len > 0 && s[0] != '.');
}

/* With and without a slash at the end; none twice in the middle. */
static int
parse(const char *path, struct unc *u)
{
	size_t n = 0, len;
	int parts = 0;

	*u = (struct unc){ .host = 0 };
	if (path[0] != '\\' || path[1] != '\\')
		return (0);
	for (path += 2; *path != '\0'; path += is_slash(path[len]) ?
	    len + 1 : len) {
		len = strcspn(path, "\\/");
		if (!is_named(path, len) || n + len + 2 > sizeof(u->text))
			return (0);
		if (parts > 0)
			u->text[n++] = '/';
		memcpy(u->text + n, path, len);
		n += len;
		if (parts == 0)
			u->host = len;
		if (parts == 1)
			u->share = len;
		parts++;
	}
	u->text[n] = '\0';
	return (parts >= 2);
}

static int
is_session(const struct unc *u)
{
	return (u->host == strlen(SESSION_HOST) &&
	    strncasecmp(u->text, SESSION_HOST, u->host) == 0);
}

enum share_kind
share_kind(const char *path)
{
	struct unc u;

	if (!parse(path, &u))
		return (SHARE_NONE);
	return (is_session(&u) ? SHARE_SESSION : SHARE_UNC);
}

/* A mount of the table, "36 35 98:0 / /mnt/req rw - cifs //10.51.1.2/req rw":
 * \040 is a blank there. */
static void
unescape(char *s)
{
	char *out = s;

	for (; *s != '\0'; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' &&
		    isdigit((unsigned char)s[2]) &&
		    isdigit((unsigned char)s[3])) {
			*out++ = (char)((s[1] - '0') * 64 +
			    (s[2] - '0') * 8 + s[3] - '0');
			s += 3;
		} else
			*out++ = *s;
	}
	*out = '\0';
}

struct mount {
	char	root[512], at[512], type[32], source[512];
};

static int
parse_mount(const char *line, struct mount *m)
{
	const char *behind = strstr(line, " - ");

	if (behind == NULL ||
	    sscanf(line, "%*d %*d %*s %511s %511s", m->root, m->at) != 2 ||
	    sscanf(behind, " - %31s %511s", m->type, m->source) != 2)
		return (0);
	unescape(m->root);
	unescape(m->at);
	unescape(m->source);
	return (1);
}

/* Behind what stands before it in any case; NULL if it does not. */
static const char *
behind(const char *path, const char *above)
{
	size_t n = strlen(above);

	while (n > 0 && is_slash(above[n - 1]))
		n--;
	if (strncasecmp(path, above, n) != 0 ||
	    (path[n] != '\0' && path[n] != '/'))
		return (NULL);
	return (path + n);
}

/* The rest of the share's path below this mount; NULL: not of this share. */
static const char *
rest_below(const struct unc *u, const struct mount *m)
{
	const char *rest;

	if ((strcmp(m->type, "cifs") != 0 && strcmp(m->type, "smb3") != 0) ||
	    !is_slash(m->source[0]) || !is_slash(m->source[1]) ||
	    (rest = behind(u->text, m->source + 2)) == NULL ||
	    (size_t)(rest - u->text) <= u->host)
		return (NULL);
	/* A part of the share was mounted. */
	return (strcmp(m->root, "/") == 0 ? rest : behind(rest, m->root));
}

static int
find_unc(const struct unc *u, FILE *f, char *out, size_t room)
{
	struct mount m;
	const char *rest;
	char *line = NULL;
	size_t size = 0;
	int found = 0;

	while (!found && getline(&line, &size, f) > 0) {
		if (!parse_mount(line, &m) ||
		    (rest = rest_below(u, &m)) == NULL)
			continue;
		found = snprintf(out, room, "%s%s", m.at, rest) < (int)room;
	}
	free(line);
	return (found);
}

/* xrdp shows the drives of a session in a folder of the user's home. */
static void
say_session(const struct unc *u, const char *path, struct note *note)
{
	note_set(note, "%s is a drive of a remote desktop session, which "
	    "is there for its user alone: mount the terminal's own share "
	    "here and name that folder (under xrdp the drive is "
	    "~/thinclient_drives%s)", path, u->text + u->host);
}

static void
say_mount(const struct unc *u, struct note *note)
{
	const char *share = u->text + u->host + 1;

	note_set(note, "a Windows share that is not mounted here: mount -t "
	    "cifs '//%.*s' /mnt/%.*s -o credentials=FILE,uid=shikaku,"
	    "file_mode=0600,dir_mode=0700 (and in /etc/fstab)",
	    (int)(u->host + 1 + u->share), u->text, (int)u->share, share);
}

enum err
share_find(const char *path, const char *mounts, char *out, size_t room,
    struct note *note)
{
	struct unc u;
	FILE *f;
	int found;

	out[0] = '\0';
	if (!parse(path, &u)) {
		note_set(note, "\\\\SERVER\\SHARE\\ is expected");
		return (ERR_CONF);
	}
	if (is_session(&u)) {
		say_session(&u, path, note);
		return (ERR_FOLDER);
	}
	if ((f = fopen(mounts, "re")) == NULL) {
		note_set(note, "%s cannot be read", mounts);
		return (ERR_FOLDER);
	}
	found = find_unc(&u, f, out, room);
	fclose(f);
	if (found)
		return (ERR_OK);
	out[0] = '\0';
	say_mount(&u, note);
	return (ERR_FOLDER);
}

enum err
share_here(const char *path, char *out, size_t room, struct note *note)
{
	if (share_kind(path) != SHARE_NONE)
		return (share_find(path, SHARE_MOUNTS, out, room, note));
	if (strlen(path) < room) {
		memcpy(out, path, strlen(path) + 1);
		return (ERR_OK);
	}
	out[0] = '\0';
	note_set(note, "the path is too long");
	return (ERR_CONF);
}
