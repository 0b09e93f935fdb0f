#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "host/qualify/kind.h"

#define XML	(1u << KIND_XML)
#define PDF	(1u << KIND_PDF)
#define ZIP	(1u << KIND_ZIP)

/* For rows that have no layout: what nobody knows is not invented. */
#define UNKNOWN NULL

/*
 * A 02 is the download of the 01 above it.  Bodies of unconfirmed rows are
 * those of the like-named kind whose body is known, or a header alone where
 * the name says that nothing but the asker matters.
 */
static const struct kind kinds[] = {
	{ 1, "OQSsiquc01", KIND_SINGLE, XML, &request_siquc, 0,
	    "資格確認" },
	{ 3, "OQSsiimm01", KIND_REGISTER, XML, &request_siimm, 0,
	    "照会番号登録" },
	{ 5, "OQSmuquc01", KIND_RECEPTION, XML, &request_muquc, 0,
	    "資格確認一括照会" },
	{ 7, "OQSmuquc02", KIND_UNITS, XML | ZIP, &request_fetch, 0,
	    "資格確認一括照会 ダウンロード" },
	{ 9, "OQSmuimm01", KIND_RECEPTION, XML, &request_muimm, 0,
	    "照会番号一括登録" },
	{ 11, "OQSmuimm02", KIND_UNITS, XML | ZIP, &request_fetch, 0,
	    "照会番号一括登録 ダウンロード" },
	{ 13, "OQSmutic01", KIND_RECEPTION, XML, &request_mutic, 0,
	    "委託先資格情報の一括取得（医療扶助）" },
	{ 15, "OQSmutic02", KIND_UNITS, XML | ZIP, &request_fetch, 0,
	    "委託先資格情報の一括取得（医療扶助） ダウンロード" },
	{ 17, "OQSmuhvq01", KIND_RECEPTION, XML, &request_muhvq, 0,
	    "同意済資格情報一括取得（訪問診療等）" },
	{ 19, "OQSmuhvq02", KIND_UNITS, XML | ZIP, &request_fetch, 0,
	    "同意済資格情報一括取得（訪問診療等） ダウンロード" },
	{ 21, "OQSmuonq01", KIND_RECEPTION, XML, &request_muonq, 0,
	    "同意済資格情報一括取得（オンライン診療等）" },
	{ 23, "OQSmuonq02", KIND_UNITS, XML | ZIP, &request_fetch, 0,
	    "同意済資格情報一括取得（オンライン診療等） ダウンロード" },
	{ 25, "OQSsihvq01", KIND_SINGLE, XML, &request_sihvq, 1,
	    "資格確認（訪問診療等）" },
	{ 27, "OQSsionq01", KIND_SINGLE, XML, &request_sionq, 1,
	    "資格確認（オンライン診療等）" },
	{ 29, "", KIND_RECEPTION, XML, &request_muquc, 1,
	    "資格確認一括照会（訪問診療等）" },
	{ 31, "", KIND_UNITS, XML | ZIP, &request_fetch, 1,
	    "資格確認一括照会（訪問診療等） ダウンロード" },
	{ 33, "", KIND_RECEPTION, XML, &request_muquc, 1,
	    "資格確認一括照会（オンライン診療等）" },
	{ 35, "", KIND_UNITS, XML | ZIP, &request_fetch, 1,
	    "資格確認一括照会（オンライン診療等） ダウンロード" },
	/* The codes of what is revoked are public (OQSCD031, 032), the
	 * elements that hold them are not. */
	{ 37, "OQSsihvd01", KIND_OTHER, XML, UNKNOWN, 1,
	    "閲覧同意取り消し（訪問診療等）" },
	{ 39, "OQSsiurl01", KIND_OTHER, XML | PDF, &request_header, 1,
	    "医療機関アクセスURL取得" },
	{ 41, "OQSsiinq01", KIND_OTHER, XML, &request_header, 1,
	    "医療機関環境設定情報照会" },
	{ 43, "OQSsiupd01", KIND_OTHER, XML, UNKNOWN, 1,
	    "医療機関環境設定情報更新" },
	{ 45, "", KIND_OTHER, XML, UNKNOWN, 1,
	    "電子カルテ情報共有サービス施設利用状況回答" },
	{ 47, "", KIND_OTHER, XML, UNKNOWN, 1,
	    "資格確認（救急時医療情報閲覧）" },
	{ 49, "", KIND_OTHER, XML, &request_header, 1,
	    "目視確認用パスコード取得" },
	{ 51, "", KIND_OTHER, XML, &request_header, 1,
	    "アクティベーションコード照会" },
	{ 53, "", KIND_OTHER, XML, UNKNOWN, 1,
	    "アクティベーションコード発行" },
	{ 55, "", KIND_OTHER, XML, UNKNOWN, 1,
	    "アクティベーションコード無効化" },
	{ 0, "TKKsiquc01", KIND_CARE, XML | PDF, &request_tkk, 0,
	    "特定健診情報" },
	{ 0, "YZKsiquc01", KIND_CARE, XML | PDF, &request_yzk, 0,
	    "薬剤情報・診療情報" },
	{ 0, "CIPsiquc01", KIND_OTHER, XML | PDF, UNKNOWN, 1,
	    "電子カルテ情報共有（患者サマリー等）" },
	{ 0, "PMHsimsm01", KIND_OTHER, XML, UNKNOWN, 1,
	    "公費・医療費助成 (PMH)" },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/*
 * Of the OQS family and in no row, by the form that all its stems have: mu
 * for many, 01 and 02 for upload and download (oqs-files.md 1.1).
 */
static const struct form {
	const char	*group, *step;	/* behind OQS; behind three letters */
	struct kind	 kind;
} forms[] = {
	{ "mu", "01", { 0, "", KIND_RECEPTION, XML, NULL, 1, "" } },
	{ "mu", "02", { 0, "", KIND_UNITS, XML | ZIP, NULL, 1, "" } },
	{ "si", "01", { 0, "", KIND_OTHER, XML | PDF, NULL, 1, "" } },
};
#define STEM_LEN	10	/* "OQSsiquc01" */

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

/* OQS, two letters, three letters, two digits. */
static const struct kind *
kind_of_form(const char *s)
{
	if (past(s, "OQS") == NULL)
		return (NULL);
	for (int i = 5; i < 8; i++) {
		if (!isalpha((unsigned char)s[i]))
			return (NULL);
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (past(s + 3, forms[i].group) != NULL &&
		    past(s + 8, forms[i].step) != NULL)
			return (&forms[i].kind);
	}
	return (NULL);
}

/* Spelled as all are, whatever a share has made of it. */
static const char *
take_form(const char *s, struct kind_name *name)
{
	if (strlen(s) < STEM_LEN || (name->kind = kind_of_form(s)) == NULL)
		return (NULL);
	for (int i = 0; i < STEM_LEN; i++)
		name->stem[i] = (char)(i < 3 ? toupper((unsigned char)s[i]) :
		    tolower((unsigned char)s[i]));
	name->stem[STEM_LEN] = '\0';
	return (s + STEM_LEN);
}

static const char *
parse_stem(const char *s, struct kind_name *name)
{
	const char *rest;

	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].stem[0] == '\0' ||
		    (rest = past(s, kinds[i].stem)) == NULL)
			continue;
		name->kind = &kinds[i];
		snprintf(name->stem, sizeof(name->stem), "%s", kinds[i].stem);
		return (rest);
	}
	return (take_form(s, name));
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
	name->face = !name->request && strcmp(name->stem, "OQSsiquc01") == 0 &&
	    past(suffix, "face_") != NULL;
	if (!suffix_is_plain(suffix, len) || !ext_agrees(name) ||
	    (name->face && !ends_in_stamp(suffix, len)))
		return (0);
	snprintf(name->text, sizeof(name->text), "%s%s%s", name->stem,
	    name->request ? "req" : "res", name->face ? "_face" : "");
	return (1);
}

const struct kind *
kind_at(size_t i)
{
	return (i < KINDS ? &kinds[i] : NULL);
}

#define NUMBER "OQS-IF-"

/* "OQS-IF-029": of a row whose stem is not known. */
static int
is_number(const struct kind *k, const char *s, size_t len)
{
	char number[16];

	snprintf(number, sizeof(number), NUMBER "%03d", k->number);
	return (k->stem[0] == '\0' && strlen(number) == len &&
	    strncasecmp(s, number, len) == 0);
}

static const struct kind *
find(const char *s, size_t len)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (is_number(&kinds[i], s, len) || (len > 0 &&
		    strlen(kinds[i].stem) == len &&
		    strncasecmp(s, kinds[i].stem, len) == 0))
			return (&kinds[i]);
	}
	return (NULL);
}

const struct kind *
kind_find(const char *s)
{
	return (find(s, strlen(s)));
}

/* One word of the list: "OQSsihvq01", or "OQS-IF-049=OQSsivpc01". */
struct word {
	const char	*s, *stem;	/* stem NULL: the row's own */
	size_t		 len, key;	/* of the word, and before its = */
};

static int
next_word(const char **at, struct word *w)
{
	const char *equals;

	w->s = *at + strspn(*at, " \t");
	w->key = w->len = strcspn(w->s, " \t");
	w->stem = NULL;
	if (w->len == 0)
		return (0);
	if ((equals = memchr(w->s, '=', w->len)) != NULL) {
		w->stem = equals + 1;
		w->key = (size_t)(equals - w->s);
	}
	*at = w->s + w->len;
	return (1);
}

/* A stem for a row that has none: of the form of all, and nobody's. */
static int
is_stem(const struct kind *k, const struct word *w)
{
	size_t len = w->len - w->key - 1;
	const struct kind *form;

	if (len != STEM_LEN || find(w->stem, len) != NULL ||
	    (form = kind_of_form(w->stem)) == NULL)
		return (0);
	return (k->reader == form->reader);
}

static int
is_word(const struct word *w)
{
	const struct kind *k = find(w->s, w->key);

	if (k == NULL || !k->unconfirmed || k->request == NULL)
		return (0);
	return (k->stem[0] != '\0' ? w->stem == NULL :
	    w->stem != NULL && is_stem(k, w));
}

/* Twice the same row, or one stem for two of them. */
static int
clashes(const struct word *a, const struct word *b)
{
	if (find(a->s, a->key) == find(b->s, b->key))
		return (1);
	return (a->stem != NULL && b->stem != NULL &&
	    strncasecmp(a->stem, b->stem, STEM_LEN) == 0);
}

enum err
kind_check(const char *on, struct note *note)
{
	const char *at = on, *before;
	struct word w, other;
	int good;

	while (next_word(&at, &w)) {
		good = is_word(&w);
		before = on;
		while (good && next_word(&before, &other) && other.s != w.s)
			good = !clashes(&other, &w);
		if (good)
			continue;
		note_set(note, "\"%.*s\": the stem of a kind whose request is "
		    "unconfirmed, or its number and a stem, such as "
		    NUMBER "049=OQSsixxx01; each once", (int)w.len, w.s);
		return (ERR_CONF);
	}
	return (ERR_OK);
}

static enum err
off(const struct kind *k, const char *what, struct note *note)
{
	if (k->number > 0)
		note_set(note, NUMBER "%03d %s: %s", k->number, k->stem, what);
	else
		note_set(note, "%s: %s", k->stem, what);
	return (ERR_KIND_OFF);
}

enum err
kind_stem(const struct kind *k, const char *on, char stem[KIND_STEM_MAX + 1],
    struct note *note)
{
	const char *at = on == NULL ? "" : on, *from = k->stem;
	int found = !k->unconfirmed;
	struct word w;

	stem[0] = '\0';
	if (k->request == NULL)
		return (off(k, "what its request holds is not known", note));
	while (!found && next_word(&at, &w)) {
		found = find(w.s, w.key) == k && is_word(&w);
		if (found && w.stem != NULL)
			from = w.stem;
	}
	if (!found)
		return (off(k, "not confirmed, and off", note));
	snprintf(stem, KIND_STEM_MAX + 1, "%.*s", STEM_LEN, from);
	return (ERR_OK);
}
