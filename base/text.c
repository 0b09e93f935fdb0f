#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>
#include <unicode/utrans.h>
#include <unicode/uchar.h>

#include "base/text.h"

void
text_copy(char *to, size_t room, const char *from)
{
	size_t len = strnlen(from, room);

	if (len == room) {
		len--;
		while (len > 0 && U8_IS_TRAIL(from[len]))
			len--;
	}
	memcpy(to, from, len);
	to[len] = '\0';
}

/* ICU's name for Windows code page 932, the field's "Shift_JIS". */
#define CP932 "windows-31j"

/*
 * What each key folds, in ICU's own rule language.  U+309B/309C are the
 * free-standing sound marks, which NFKC alone would tear off with a space.
 * White space goes before NFKC, so that it keeps no mark apart, and after it,
 * because NFKC makes some.
 * The glyph rows are variants that registers and certificates mix
 * (features.md G08; pairs as in the My Number card's own substitute list are
 * not public, so the list holds the common family names only).
 */
#define MARKS "゛ > \\u3099; ゜ > \\u309A;"
#define FOLD MARKS "[:White_Space:] > ; ::NFKC; ::Lower; [:White_Space:] > ;"

static const char key_rules[] = FOLD;
static const char kana_rules[] = FOLD
    "::Hiragana-Katakana;"
    "ァ>ア; ィ>イ; ゥ>ウ; ェ>エ; ォ>オ; ッ>ツ; ャ>ヤ; ュ>ユ; ョ>ヨ; ヮ>ワ;"
    "ヵ>カ; ヶ>ケ; ゕ>カ; ゖ>ケ; [\\-‐‑‒–—―−ｰ] > ー;";
static const char name_rules[] = FOLD
    "髙>高; 﨑>崎; 碕>崎; 嵜>崎; 𠮷>吉; 濵>浜; 濱>浜; 邊>辺; 邉>辺;"
    "齋>斉; 齊>斉; 斎>斉; 澤>沢; 廣>広; 栁>柳; 嶋>島; 嶌>島; 冨>富; 瀨>瀬;"
    "德>徳; 眞>真; 惠>恵; 國>国; 櫻>桜; 龍>竜; 瀧>滝; 藪>薮; 槇>槙; 曻>昇;"
    "黑>黒; 增>増; 淸>清; 靜>静; 榮>栄; 壽>寿; 邨>村;";
static const char half_rules[] = MARKS
    "::NFKC; ::Hiragana-Katakana; ::Fullwidth-Halfwidth;";

enum rules { KEY, KANA, NAME, HALF, RULES };

static const char *const rules_text[RULES] = {
	[KEY] = key_rules, [KANA] = kana_rules, [NAME] = name_rules,
	[HALF] = half_rules,
};

/* Opened once for the life of the process; ICU shares them between threads. */
static UTransliterator *folders[RULES];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
open_folder(enum rules which)
{
	UErrorCode st = U_ZERO_ERROR;
	UParseError where;
	UChar *rules, id[] = { 'k', 0 };
	int32_t n, room = (int32_t)strlen(rules_text[which]) + 1;

	if ((rules = calloc((size_t)room, sizeof(*rules))) == NULL)
		return;
	u_strFromUTF8(rules, room, &n, rules_text[which], -1, &st);
	if (U_SUCCESS(st))
		folders[which] = utrans_openU(id, 1, UTRANS_FORWARD, rules, n,
		    &where, &st);
	free(rules);
}

static void
open_folders(void)
{
	for (int i = 0; i < RULES; i++)
		open_folder((enum rules)i);
}

static enum err
put_utf8(const UChar *s, int32_t len, struct blob *out)
{
	UErrorCode st = U_ZERO_ERROR;
	int32_t n, room = len * 3 + 1;
	enum err r;
	char *p;

	blob_reset(out);
	if ((p = calloc(1, (size_t)room)) == NULL)
		return (ERR_NOMEM);
	u_strToUTF8(p, room, &n, s, len, &st);
	r = U_SUCCESS(st) ? blob_add(out, p, (size_t)n) : ERR_CHARSET;
	free(p);
	return (r);
}

static enum err
fold(enum rules which, const char *utf8, struct blob *out)
{
	UErrorCode st = U_ZERO_ERROR;
	size_t len = strlen(utf8);
	int32_t n, room, limit;
	enum err r;
	UChar *s;

	blob_reset(out);
	pthread_once(&once, open_folders);
	if (folders[which] == NULL)
		return (ERR_LIB);
	if (len > 4096)		/* the longest field of the layouts is 400 */
		return (ERR_TOOBIG);
	/* NFKC may grow a character to 18 (UAX 15); half kana doubles. */
	room = (int32_t)len * 18 + 1;
	if ((s = calloc((size_t)room, sizeof(*s))) == NULL)
		return (ERR_NOMEM);
	u_strFromUTF8(s, room, &n, utf8, (int32_t)len, &st);
	limit = n;
	if (U_SUCCESS(st))
		utrans_transUChars(folders[which], s, &n, room, 0, &limit,
		    &st);
	r = U_SUCCESS(st) ? put_utf8(s, n, out) : ERR_CHARSET;
	free(s);
	return (r);
}

enum err
text_key(const char *utf8, struct blob *out)
{
	return (fold(KEY, utf8, out));
}

enum err
text_kana_key(const char *utf8, struct blob *out)
{
	return (fold(KANA, utf8, out));
}

enum err
text_name_key(const char *utf8, struct blob *out)
{
	return (fold(NAME, utf8, out));
}

enum err
text_half_kana(const char *utf8, struct blob *out)
{
	return (fold(HALF, utf8, out));
}

int
text_is_utf8(const void *data, size_t len)
{
	const uint8_t *s = data;
	size_t i = 0;
	UChar32 c;

	while (i < len) {
		U8_NEXT(s, i, len, c);
		if (c <= 0)
			return (0);
	}
	return (1);
}

int
text_is_line(const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return (0);
	return (text[0] != '\0' && text_is_utf8(text, strlen(text)));
}

/* Stops at what does not map instead of putting a substitute. */
static enum err
open_strict(UConverter **cnv)
{
	UErrorCode st = U_ZERO_ERROR;

	*cnv = ucnv_open(CP932, &st);
	ucnv_setToUCallBack(*cnv, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL,
	    &st);
	ucnv_setFromUCallBack(*cnv, UCNV_FROM_U_CALLBACK_STOP, NULL, NULL,
	    NULL, &st);
	/* Best-fit mappings would change a name silently. */
	ucnv_setFallback(*cnv, 0);
	if (U_SUCCESS(st))
		return (ERR_OK);
	ucnv_close(*cnv);
	*cnv = NULL;
	return (ERR_LIB);
}

/* Where the bytes start that stopped the converter before src. */
static size_t
stopped_at(UConverter *cnv, size_t src)
{
	UErrorCode st = U_ZERO_ERROR;
	int8_t n = 8;
	char bytes[8];

	ucnv_getInvalidChars(cnv, bytes, &n, &st);
	return (U_SUCCESS(st) && (size_t)n <= src ? src - (size_t)n : src);
}

enum err
text_from_cp932(const void *data, size_t len, struct blob *out, size_t *at)
{
	const char *src = data, *end = src + len;
	UErrorCode st = U_ZERO_ERROR;
	UConverter *cnv = NULL;
	UChar *s = NULL, *dst;
	enum err r;

	blob_reset(out);
	if (at != NULL)
		*at = 0;
	if (len > BLOB_MAX / 4)
		return (ERR_TOOBIG);
	if ((r = open_strict(&cnv)) != ERR_OK)
		return (r);
	if ((dst = s = calloc(len + 1, sizeof(*s))) == NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	ucnv_toUnicode(cnv, &dst, s + len + 1, &src, end, NULL, 1, &st);
	if (U_SUCCESS(st)) {
		r = put_utf8(s, (int32_t)(dst - s), out);
	} else {
		r = ERR_CHARSET;
		if (at != NULL)
			*at = stopped_at(cnv,
			    (size_t)(src - (const char *)data));
	}
out:
	free(s);
	ucnv_close(cnv);
	return (r);
}

/*
 * JIS characters that Windows maps to another code point than Unicode's own
 * table: wave dash, minus, dash, double line, cent, pound, not.  Both mean
 * the same byte pair (features.md E01).
 */
static UChar32
as_windows(UChar32 c)
{
	static const UChar32 pairs[][2] = {
		{ 0x301c, 0xff5e }, { 0x2212, 0xff0d }, { 0x2014, 0x2015 },
		{ 0x2016, 0x2225 }, { 0x00a2, 0xffe0 }, { 0x00a3, 0xffe1 },
		{ 0x00ac, 0xffe2 },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i][0] == c)
			return (pairs[i][1]);
	}
	return (c);
}

/* One character, so that the first that does not fit can be named. */
static enum err
put_cp932(UConverter *cnv, UChar32 c, struct blob *out)
{
	UErrorCode st = U_ZERO_ERROR;
	UChar u[2];
	int32_t n = 0;
	char bytes[8];

	U16_APPEND_UNSAFE(u, n, c);
	n = ucnv_fromUChars(cnv, bytes, sizeof(bytes), u, n, &st);
	if (U_FAILURE(st))
		return (ERR_CHARSET);
	return (blob_add(out, bytes, (size_t)n));
}

enum err
text_to_cp932(const char *utf8, struct blob *out, size_t *at)
{
	const uint8_t *s = (const uint8_t *)utf8;
	size_t i = 0, start = 0, len = strlen(utf8);
	UConverter *cnv = NULL;
	UChar32 c;
	enum err r;

	blob_reset(out);
	if ((r = open_strict(&cnv)) != ERR_OK)
		return (r);
	while (r == ERR_OK && i < len) {
		start = i;
		U8_NEXT(s, i, len, c);
		r = c < 0 ? ERR_CHARSET : put_cp932(cnv, as_windows(c), out);
	}
	if (at != NULL)
		*at = r == ERR_CHARSET ? start : 0;
	ucnv_close(cnv);
	return (r);
}

int
text_has_gap(const char *utf8)
{
	return (strstr(utf8, "●") != NULL || strstr(utf8, "〓") != NULL);
}

enum err
text_trim(const char *utf8, struct blob *out)
{
	const uint8_t *s = (const uint8_t *)utf8;
	size_t i = 0, len = strlen(utf8), from = len, to = 0, before;
	UChar32 c;

	blob_reset(out);
	while (i < len) {
		before = i;
		U8_NEXT(s, i, len, c);
		if (c < 0)
			return (ERR_CHARSET);
		if (u_isUWhiteSpace(c))
			continue;
		if (from == len)
			from = before;
		to = i;
	}
	return (blob_add(out, utf8 + (from < to ? from : 0),
	    from < to ? to - from : 0));
}
