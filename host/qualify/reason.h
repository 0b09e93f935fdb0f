#ifndef HOST_QUALIFY_REASON_H
#define HOST_QUALIFY_REASON_H

#include "base/buf.h"
#include "base/err.h"

/* Why a file is not taken, where the error code alone does not say it. */
#define REASON_LIST(X)							\
X(NONE, "", "")								\
X(MISSING, "is missing", "がありません")				\
X(TWICE, "stands there twice with different content",			\
    "が異なる内容で重複しています")					\
X(UNKNOWN, "has a value that is not one of the layout",			\
    "の値が仕様にありません")						\
X(ROOT, "is not the root of the file", "で始まるファイルではありません") \
X(PDF, "is what the name says, the content is none",			\
    "という名前ですが中身が異なります")					\
X(ZIP_BAD, "cannot be unpacked", "を展開できません")			\
X(ZIP_MANY, "holds too many entries", "に含まれるファイルが多すぎます")	\
X(ZIP_NAME, "holds a name that leads out of it",			\
    "に不正なファイル名が含まれています")				\
X(ZIP_CRYPT, "is encrypted", "は暗号化されています")			\
X(ZIP_NESTED, "holds another archive", "に別の圧縮ファイルが含まれています") \
X(ZIP_NONE, "does not hold exactly one file of its own name",		\
    "に同名のファイルがちょうど1つ含まれていません")			\
X(MANY, "is repeated too often", "の繰り返しが多すぎます")		\
X(DIFFERS, "differ: the result is not whole",				\
    "が一致しません（結果が揃っていません）")				\
X(UNTOLD, "does not say whether it succeeded: not understood, kept whole", \
    "は処理結果を判別できません（内容はそのまま保管しています）")	\
X(NO_TEXT, "came back without a text", "が説明なしで返されました")

enum reason {
#define REASON_ENUM(name, en, ja) REASON_##name,
	REASON_LIST(REASON_ENUM)
#undef REASON_ENUM
	REASON_COUNT
};

/* What and why: "SegmentOfResult is missing".  what: an element or "". */
struct reason_what {
	enum reason	why;
	char		what[80];
};

void	reason_set(struct reason_what *, enum reason, const char *what);

/*
 * The whole sentence in one language; out is replaced.  detail: the
 * terminal's own code and message, or a place in the file; "" if none.
 */
enum err	reason_write(enum err, const struct reason_what *,
		    const char *detail, enum err_lang, struct blob *out);

#endif
