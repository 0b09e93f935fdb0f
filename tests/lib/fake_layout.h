#ifndef TESTS_LIB_FAKE_LAYOUT_H
#define TESTS_LIB_FAKE_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a My Number card consists of, as tables: applications, elementary
 * files, PINs and keys (card-and-readers.md 2.1-2.3).  The state machine is
 * fake_card, the contents are a folder of files (card_file).
 */
enum fake_app {
	FAKE_JPKI, FAKE_TEXT, FAKE_SURFACE, FAKE_COMMON, FAKE_JUKI,
	FAKE_DOMAIN,	/* what is selected at power-on (1.5) */
	FAKE_APPS
};

/* Whatever is opened by VERIFY.  A and B are 照合番号A and 照合番号B. */
enum fake_lock {
	FAKE_AUTH_PIN, FAKE_SIGN_PASSWORD, FAKE_TEXT_PIN, FAKE_TEXT_ISSUE,
	FAKE_TEXT_A, FAKE_TEXT_B, FAKE_SURFACE_BIRTH, FAKE_SURFACE_B,
	FAKE_SURFACE_A, FAKE_COMMON_PIN, FAKE_JUKI_PIN,
	FAKE_LOCKS
};

enum fake_key { FAKE_KEY_AUTH, FAKE_KEY_SIGN, FAKE_KEY_AP, FAKE_KEYS };

enum fake_kind {
	FAKE_BINARY,	/* READ BINARY */
	FAKE_RECORD,	/* READ RECORD, one record */
	FAKE_LOCK,	/* VERIFY; which is an enum fake_lock */
	FAKE_KEY,	/* signatures; which is an enum fake_key */
	FAKE_OTHER	/* exists, its use is not public */
};

#define FAKE_OPENS(lock)	(1u << (lock))
#define FAKE_NEVER		(1u << 31)	/* by nothing that is public */

struct fake_ef {
	enum fake_app	app;
	uint16_t	id;		/* of FAKE_DOMAIN: the GET DATA tag */
	enum fake_kind	kind;
	uint32_t	opened_by;	/* any of these; 0 = free */
	int		which;
	int		forbidden;	/* a clinic has no business there */
	int		slack;		/* larger than its content (2.5) */
};

struct fake_app_row {
	const char	*name;		/* as in file names: "jpki" */
	uint8_t		 aid[16];
	size_t		 aidlen;
};

struct fake_lock_row {
	const char	*conf;		/* key in card.conf; "_tries" follows */
	const char	*shown;		/* key in the count file */
	int		 tries;		/* when new; 0 = has no counter */
};

/* Index is the enum. */
extern const struct fake_app_row	fake_apps[FAKE_APPS];
extern const struct fake_lock_row	fake_locks[FAKE_LOCKS];

#define FAKE_EFS 53
extern const struct fake_ef		fake_efs[FAKE_EFS];

/* NULL when the application has no such file. */
const struct fake_ef	*fake_ef_find(enum fake_app, uint16_t id);
/* Its place in the table, where the card keeps the content. */
size_t			 fake_ef_index(const struct fake_ef *);

#endif
