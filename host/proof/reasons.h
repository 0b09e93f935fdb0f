#ifndef HOST_PROOF_REASONS_H
#define HOST_PROOF_REASONS_H

#include "base/err.h"

/* Why visual confirmation may be used (OQS-09). */
#define REASON_LIST(X)							\
/* X(code word, word, Japanese, English) */				\
X(FACE_AND_PIN,	"face_and_pin",						\
    "顔認証ができず、暗証番号も使えない",				\
    "face recognition fails and the PIN is forgotten or blocked")	\
X(DISABILITY,	"disability", "認知症・障害のため", "dementia or disability") \
X(ILLNESS,	"illness", "病気・けがのため", "illness or injury")	\
X(MACHINE,	"machine", "機器の不具合のため", "trouble with the machine")

enum reason {
#define REASON_ENUM(id, word, ja, en) REASON_##id,
	REASON_LIST(REASON_ENUM)
#undef REASON_ENUM
	REASONS
};

const char	*reason_label(const char *word, enum err_lang); /* NULL: none */

#endif
