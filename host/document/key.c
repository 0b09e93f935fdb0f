#include <sys/stat.h>
#include <limits.h>
#include <string.h>

#include "host/document/key.h"

/* 0: it is not there yet. */
static int
stat_folder(const char *file, struct stat *st)
{
	const char *slash = strrchr(file, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - file);
	char folder[PATH_MAX];

	if (n >= sizeof(folder))
		return (0);
	memcpy(folder, file, n);
	folder[n] = '\0';
	if (n == 0)
		memcpy(folder, slash == NULL ? "." : "/", 2);
	return (stat(folder, st) == 0);
}

enum err
key_place(const char *key, const char *store, struct note *note)
{
	struct stat ours, data;

	if (store == NULL || !stat_folder(key, &ours) ||
	    !stat_folder(store, &data) || ours.st_dev != data.st_dev ||
	    ours.st_ino != data.st_ino)
		return (ERR_OK);
	note_set(note, "%s: in the folder of the store; whoever has one then "
	    "has both: name another folder", key);
	return (ERR_VAULT_KEY);
}

static enum err
take_count(void *ctx, const struct val *cols, size_t n)
{
	if (n < 1)
		return (ERR_SEQUENCE);
	*(int64_t *)ctx = val_num(&cols[0]);
	return (ERR_OK);
}

enum err
key_load(const struct document_conf *conf, struct store *store,
    struct vault *vault, struct note *note)
{
	int64_t kept = 0;
	enum err r;

	*vault = (struct vault){ .id = { 0 } };
	if ((r = key_place(conf->key, conf->store, note)) != ERR_OK ||
	    (r = store_run(store, SQL_DOCUMENT_COUNT, NULL, 0, take_count,
	    &kept, NULL)) != ERR_OK)
		return (r);
	return (vault_load(conf->key, kept == 0, vault, note));
}
