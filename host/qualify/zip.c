#include <string.h>
#include <strings.h>

#include <zip.h>

#include "base/secret.h"
#include "host/qualify/result.h"
#include "host/qualify/zip.h"

static enum err
refuse(struct reason_what *why, enum reason reason, const char *file)
{
	reason_set(why, reason, file);
	return (ERR_LAYOUT);
}

/*
 * An archive is complete with its end record, "PK\5\6" and 18 bytes more
 * (APPNOTE 4.3.16), at its end, because the official ones have no comment.
 */
static int
is_whole(const uint8_t *p, size_t len)
{
	return (len >= 22 && memcmp(p + len - 22, "PK\5\6", 4) == 0);
}

static int
begins_like_zip(const uint8_t *p, size_t len)
{
	return (memcmp(p, "PK\3\4", len < 4 ? len : 4) == 0);
}

static enum err
open_archive(const char *file, const void *data, size_t len, zip_t **zip,
    struct reason_what *why)
{
	zip_source_t *src;
	zip_error_t e;

	*zip = NULL;
	if (!is_whole(data, len))
		return (begins_like_zip(data, len) ? ERR_HALF :
		    refuse(why, REASON_ZIP_BAD, file));
	zip_error_init(&e);
	if ((src = zip_source_buffer_create(data, len, 0, &e)) != NULL &&
	    (*zip = zip_open_from_source(src, ZIP_RDONLY | ZIP_CHECKCONS,
	    &e)) == NULL)
		zip_source_free(src);
	zip_error_fini(&e);
	return (*zip != NULL ? ERR_OK : refuse(why, REASON_ZIP_BAD, file));
}

static int
leads_out(const char *name)
{
	return (strchr(name, '/') != NULL || strchr(name, '\\') != NULL ||
	    strchr(name, ':') != NULL || strcmp(name, "..") == 0 ||
	    name[0] == '\0');
}

static int
has_ext(const char *name, const char *ext)
{
	size_t n = strlen(name), m = strlen(ext);

	return (n > m && strcasecmp(name + n - m, ext) == 0);
}

/* The archive's name with .xml for .zip, in any case. */
static int
is_like_named(const char *file, const char *name)
{
	size_t n = strlen(file);

	return (strlen(name) == n && has_ext(name, ".xml") &&
	    strncasecmp(file, name, n - 4) == 0);
}

static enum err
check_entry(const char *file, const struct zip_stat *st, uint64_t max,
    struct reason_what *why)
{
	const zip_uint64_t need = ZIP_STAT_NAME | ZIP_STAT_SIZE |
	    ZIP_STAT_ENCRYPTION_METHOD;

	if ((st->valid & need) != need)
		return (refuse(why, REASON_ZIP_BAD, file));
	if (leads_out(st->name))
		return (refuse(why, REASON_ZIP_NAME, file));
	if (st->encryption_method != ZIP_EM_NONE)
		return (refuse(why, REASON_ZIP_CRYPT, file));
	if (has_ext(st->name, ".zip"))
		return (refuse(why, REASON_ZIP_NESTED, file));
	if (st->size > max)
		return (ERR_XML_BIG);
	return (ERR_OK);
}

static enum err
find_entry(zip_t *zip, const char *file, uint64_t max, zip_uint64_t *index,
    struct reason_what *why)
{
	zip_int64_t n = zip_get_num_entries(zip, 0);
	struct zip_stat st;
	size_t found = 0;
	enum err r;

	if (n > UNZIP_ENTRIES)
		return (refuse(why, REASON_ZIP_MANY, file));
	for (zip_int64_t i = 0; i < n; i++) {
		zip_stat_init(&st);
		if (zip_stat_index(zip, (zip_uint64_t)i, 0, &st) != 0)
			return (refuse(why, REASON_ZIP_BAD, file));
		if ((r = check_entry(file, &st, max, why)) != ERR_OK)
			return (r);
		if (is_like_named(file, st.name)) {
			*index = (zip_uint64_t)i;
			found++;
		}
	}
	return (found == 1 ? ERR_OK : refuse(why, REASON_ZIP_NONE, file));
}

/* The size in the directory is a claim: count what really comes. */
static enum err
inflate_entry(zip_t *zip, const char *file, zip_uint64_t index,
    const struct unzip *to, struct reason_what *why)
{
	uint8_t chunk[65536];
	uint64_t left = to->max;
	zip_int64_t n = -1;
	enum err r = ERR_OK;
	zip_file_t *f;

	if ((f = zip_fopen_index(zip, index, 0)) == NULL)
		return (refuse(why, REASON_ZIP_BAD, file));
	while (r == ERR_OK && (n = zip_fread(f, chunk, sizeof(chunk))) > 0) {
		r = (uint64_t)n > left ? ERR_XML_BIG :
		    to->each(to->ctx, chunk, (size_t)n);
		left -= (uint64_t)n;
	}
	if (r == ERR_OK && n < 0)
		r = refuse(why, REASON_ZIP_BAD, file);
	zip_fclose(f);
	secret_cleanse(chunk, sizeof(chunk));
	return (r);
}

enum err
unzip_parts(const char *file, const void *data, size_t len,
    const struct unzip *to, struct reason_what *why)
{
	zip_uint64_t index = 0;
	zip_t *zip = NULL;
	enum err r;

	if ((r = open_archive(file, data, len, &zip, why)) != ERR_OK)
		return (r);
	if ((r = find_entry(zip, file, to->max, &index, why)) == ERR_OK)
		r = inflate_entry(zip, file, index, to, why);
	zip_discard(zip);
	return (r);
}

static enum err
add_part(void *ctx, const void *data, size_t len)
{
	return (blob_add(ctx, data, len));
}

enum err
unzip_result(const char *file, const void *data, size_t len,
    struct blob *out, struct reason_what *why)
{
	const struct unzip to = { RESULT_MAX, add_part, out };
	enum err r;

	blob_reset(out);
	if ((r = unzip_parts(file, data, len, &to, why)) != ERR_OK)
		blob_reset(out);
	return (r);
}
