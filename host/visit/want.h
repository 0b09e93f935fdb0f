#ifndef HOST_VISIT_WANT_H
#define HOST_VISIT_WANT_H

/* What a visit may wait for a client to do (schema Wants of openapi.yaml),
 * and for how long; a patient who chose ゆっくり has twice as long. */
#define WANT_LIST(X)							\
/* X(code word, word, seconds; 0: by configuration, or for ever) */	\
X(CARD,		"card",		0)					\
/* issue of the armed kiosk: 60 s */					\
X(NUMBER_B,	"number_b",	60)					\
X(FACE_FILE,	"face_file",	60)					\
X(EVIDENCE,	"evidence",	60)					\
X(ATTESTATION,	"attestation",	120)					\
X(PIN,		"pin",		60)					\
X(TEXT_PIN,	"text_pin",	60)					\
/* at the reader's device, which takes it; nothing is taken here */	\
X(PIN_AT_DEVICE, "pin_at_device", 60)					\
X(CONSENT,	"consent",	120)					\
X(CONFIRMATION,	"confirmation",	60)					\
X(PATIENT,	"patient",	0)					\
X(CLOSING,	"closing",	60)

enum want {
	WANT_NOTHING,
#define WANT_ENUM(id, word, s) WANT_##id,
	WANT_LIST(WANT_ENUM)
#undef WANT_ENUM
	WANTS
};

const char	*want_word(enum want);	/* NULL for WANT_NOTHING */
int		 want_ms(enum want);	/* 0: no time of its own */

#endif
