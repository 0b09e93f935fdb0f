#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "host/qualify/kind.h"

#define XML	(1u << KIND_XML)
#define PDF	(1u << KIND_PDF)
#define ZIP	(1u << KIND_ZIP)

/* Stems that end in 02 are the downloads of the 01 above them. */
static const struct kind kinds[] = {
	{ "OQSsiquc01", KIND_SINGLE,	XML,		&request_siquc },
	{ "OQSsiimm01", KIND_REGISTER,	XML,		&request_siimm },
	{ "OQSmuquc01", KIND_RECEPTION,	XML,		NULL },
	{ "OQSmuquc02", KIND_UNITS,	XML | ZIP,	NULL },
	{ "OQSmuimm01", KIND_RECEPTION,	XML,		NULL },
	{ "OQSmuimm02", KIND_UNITS,	XML | ZIP,	NULL },
	{ "OQSmutic01", KIND_RECEPTION,	XML,		NULL },
	{ "OQSmutic02", KIND_UNITS,	XML | ZIP,	NULL },
	{ "OQSmuhvq01", KIND_RECEPTION,	XML,		NULL },
	{ "OQSmuhvq02", KIND_UNITS,	XML | ZIP,	NULL },
	{ "OQSmuonq01", KIND_RECEPTION,	XML,		NULL },
	{ "OQSmuonq02", KIND_UNITS,	XML | ZIP,	NULL },
	{ "TKKsiquc01", KIND_CARE,	XML | PDF,	NULL },
	{ "YZKsiquc01", KIND_CARE,	XML | PDF,	NULL },
	{ "CIPsiquc01", KIND_OTHER,	XML | PDF,	NULL },
	{ "OQSsihvq01", KIND_OTHER,	XML,		NULL },
	{ "OQSsionq01", KIND_OTHER,	XML,		NULL },
	{ "OQSsihvd01", KIND_OTHER,	XML,		NULL },
	{ "OQSsiurl01", KIND_OTHER,	XML | PDF,	NULL },
	{ "OQSsiinq01", KIND_OTHER,	XML,		NULL },
	{ "OQSsiupd01", KIND_OTHER,	XML,		NULL },
	{ "PMHsimsm01", KIND_OTHER,	XML,		NULL },
};

static const char *const exts[KIND_EXTS] = {
	[KIND_XML] = ".xml", [KIND_PDF] = ".pdf", [KIND_ZIP] = ".zip",
	[KIND_ERR] = ".err",
};

/* Past the prefix, NULL if the text does not begin with it. */
static const char *
past(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return (strncasecmp(s, prefix, n) == 0 ? s + n : NULL);
}

static const char *
parse_stem(const char *s, struct kind_name *name)
{
	const char *rest;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if ((rest = past(s, kinds[i].stem)) != NULL) {
			name->kind = &kinds[i];
			return (rest);
		}
	}
	return (NULL);
}

static int
parse_ext(const char *s, size_t *stem, enum kind_ext *ext)
{
	const char *dot = strrchr(s, '.');

	for (int i = 0; dot != NULL && i < KIND_EXTS; i++) {
		if (strcasecmp(dot, exts[i]) == 0) {
			*ext = (enum kind_ext)i;
			*stem = (size_t)(dot - s);
			return (1);
		}
	}
	return (0);
}

/* A request comes back as itself or as .err; a result as its kind says. */
static int
ext_agrees(const struct kind_name *n)
{
	if (n->request)
		return (n->ext == KIND_XML || n->ext == KIND_ERR);
	if (n->face)
		return (n->ext == KIND_XML);
	return ((n->kind->exts & (1u << n->ext)) != 0);
}

/* Half-width letters and digits; S1 and S8 use digits only (1.1). */
static int
suffix_is_plain(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)s[i]) &&
		    strchr("_-+=", s[i]) == NULL)
			return (0);
	}
	return (len > 0);
}

/* The time at the end of a face name, _YYYYMMDDHHmmss (1.1). */
static int
ends_in_stamp(const char *s, size_t len)
{
	if (len < 15 || s[len - 15] != '_')
		return (0);
	for (size_t i = len - 14; i < len; i++) {
		if (!isdigit((unsigned char)s[i]))
			return (0);
	}
	return (1);
}

int
kind_parse(const char *file, struct kind_name *name)
{
	const char *rest, *suffix;
	size_t len;

	*name = (struct kind_name){ 0 };
	if (strlen(file) > KIND_NAME_MAX ||
	    (rest = parse_stem(file, name)) == NULL)
		return (0);
	name->request = past(rest, "req_") != NULL;
	if (!name->request && past(rest, "res_") == NULL)
		return (0);
	suffix = rest + 4;
	if (!parse_ext(suffix, &len, &name->ext))
		return (0);
	name->face = !name->request && name->kind->reader == KIND_SINGLE &&
	    past(suffix, "face_") != NULL;
	if (!suffix_is_plain(suffix, len) || !ext_agrees(name) ||
	    (name->face && !ends_in_stamp(suffix, len)))
		return (0);
	snprintf(name->text, sizeof(name->text), "%s%s%s", name->kind->stem,
	    name->request ? "req" : "res", name->face ? "_face" : "");
	return (1);
}

const struct kind *
kind_of_request(const struct request_layout *layout)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].request == layout)
			return (&kinds[i]);
	}
	return (NULL);
}
