#include "tests/lib/fake_layout.h"

/* card-and-readers.md 2.1; the security domain is 1.5 */
const struct fake_app_row fake_apps[FAKE_APPS] = {
	[FAKE_JPKI] = { "jpki", { 0xd3, 0x92, 0xf0, 0x00, 0x26, 0x01, 0x00,
	    0x00, 0x00, 0x01 }, 10 },
	[FAKE_TEXT] = { "text", { 0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01,
	    0x01, 0x04, 0x08 }, 10 },
	[FAKE_SURFACE] = { "surface", { 0xd3, 0x92, 0x10, 0x00, 0x31, 0x00,
	    0x01, 0x01, 0x04, 0x02 }, 10 },
	[FAKE_COMMON] = { "common", { 0xd3, 0x92, 0x10, 0x00, 0x31, 0x00,
	    0x01, 0x01, 0x01, 0x00 }, 10 },
	[FAKE_JUKI] = { "juki", { 0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01,
	    0x01, 0x04, 0x01 }, 10 },
	[FAKE_DOMAIN] = { "mf", { 0xa0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00 },
	    7 },
};

/*
 * Tries: card-and-readers.md 2.3.  The common PIN's count is not public, 3 as
 * the other 4-digit ones [guess].  The birth-date key is taken for the "key
 * without counter" that answers 6300 (2.6) [guess].
 */
const struct fake_lock_row fake_locks[FAKE_LOCKS] = {
	[FAKE_AUTH_PIN] = { "auth_pin", "0018", 3 },
	[FAKE_SIGN_PASSWORD] = { "sign_password", "001B", 5 },
	[FAKE_TEXT_PIN] = { "text_pin", "0011", 3 },
	[FAKE_TEXT_ISSUE] = { "text_issue_key", "0012", 3 },
	[FAKE_TEXT_A] = { "text_number_a", "0014", 10 },
	[FAKE_TEXT_B] = { "text_number_b", "0015", 10 },
	[FAKE_SURFACE_BIRTH] = { "surface_birth", "surface.0011", 0 },
	[FAKE_SURFACE_B] = { "surface_number_b", "surface.0012", 10 },
	[FAKE_SURFACE_A] = { "surface_number_a", "surface.0013", 10 },
	[FAKE_COMMON_PIN] = { "common_pin", "common.001C", 3 },
	[FAKE_JUKI_PIN] = { "juki_pin", "juki.001C", 3 },
};

#define AUTH	FAKE_OPENS(FAKE_AUTH_PIN)
#define SIGN	FAKE_OPENS(FAKE_SIGN_PASSWORD)
#define PIN	FAKE_OPENS(FAKE_TEXT_PIN)
#define TA	FAKE_OPENS(FAKE_TEXT_A)
#define TB	FAKE_OPENS(FAKE_TEXT_B)
#define BIRTH	FAKE_OPENS(FAKE_SURFACE_BIRTH)
#define SA	FAKE_OPENS(FAKE_SURFACE_A)
#define SB	FAKE_OPENS(FAKE_SURFACE_B)

/*
 * card-and-readers.md 2.2; the GET DATA objects are 1.5.  Who may read text
 * 0008 is not public; the strict answer is taken [guess].
 */
const struct fake_ef fake_efs[] = {
	{ FAKE_JPKI, 0x0001, FAKE_BINARY, SIGN, 0, 1, 1 },
	{ FAKE_JPKI, 0x0002, FAKE_BINARY, 0, 0, 0, 1 },
	{ FAKE_JPKI, 0x0005, FAKE_OTHER, 0, 0, 0, 0 },
	{ FAKE_JPKI, 0x0006, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_JPKI, 0x0008, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_JPKI, 0x0009, FAKE_BINARY, FAKE_NEVER, 0, 0, 0 },
	{ FAKE_JPKI, 0x000a, FAKE_BINARY, 0, 0, 0, 1 },
	{ FAKE_JPKI, 0x000b, FAKE_BINARY, 0, 0, 0, 1 },
	{ FAKE_JPKI, 0x0010, FAKE_OTHER, 0, 0, 0, 0 },
	{ FAKE_JPKI, 0x0016, FAKE_OTHER, 0, 0, 0, 0 },
	{ FAKE_JPKI, 0x0017, FAKE_KEY, AUTH, FAKE_KEY_AUTH, 0, 0 },
	{ FAKE_JPKI, 0x0018, FAKE_LOCK, 0, FAKE_AUTH_PIN, 0, 0 },
	{ FAKE_JPKI, 0x0019, FAKE_OTHER, 0, 0, 0, 0 },
	{ FAKE_JPKI, 0x001a, FAKE_KEY, SIGN, FAKE_KEY_SIGN, 1, 0 },
	{ FAKE_JPKI, 0x001b, FAKE_LOCK, 0, FAKE_SIGN_PASSWORD, 1, 0 },
	{ FAKE_JPKI, 0x001c, FAKE_OTHER, 0, 0, 0, 0 },
	{ FAKE_JPKI, 0x001e, FAKE_OTHER, 0, 0, 0, 0 },

	{ FAKE_TEXT, 0x0001, FAKE_BINARY, PIN | TA, 0, 1, 0 },
	{ FAKE_TEXT, 0x0002, FAKE_BINARY, PIN | TB, 0, 0, 1 },
	{ FAKE_TEXT, 0x0003, FAKE_BINARY, PIN | TA | TB, 0, 0, 0 },
	{ FAKE_TEXT, 0x0004, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_TEXT, 0x0005, FAKE_BINARY, 0, 0, 0, 1 },
	{ FAKE_TEXT, 0x0006, FAKE_BINARY, PIN | TA | TB, 0, 0, 1 },
	{ FAKE_TEXT, 0x0007, FAKE_BINARY, PIN | TA | TB, 0, 0, 1 },
	{ FAKE_TEXT, 0x0008, FAKE_BINARY, PIN | TA | TB, 0, 0, 0 },
	{ FAKE_TEXT, 0x0011, FAKE_LOCK, 0, FAKE_TEXT_PIN, 0, 0 },
	{ FAKE_TEXT, 0x0012, FAKE_LOCK, 0, FAKE_TEXT_ISSUE, 0, 0 },
	{ FAKE_TEXT, 0x0013, FAKE_KEY, 0, FAKE_KEY_AP, 0, 0 },
	{ FAKE_TEXT, 0x0014, FAKE_LOCK, 0, FAKE_TEXT_A, 1, 0 },
	{ FAKE_TEXT, 0x0015, FAKE_LOCK, 0, FAKE_TEXT_B, 0, 0 },

	{ FAKE_SURFACE, 0x0001, FAKE_BINARY, BIRTH, 0, 0, 1 },
	{ FAKE_SURFACE, 0x0002, FAKE_BINARY, SA | SB, 0, 0, 1 },
	{ FAKE_SURFACE, 0x0003, FAKE_BINARY, 0, 0, 0, 1 },
	{ FAKE_SURFACE, 0x0004, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_SURFACE, 0x0005, FAKE_BINARY, SA, 0, 1, 1 },
	{ FAKE_SURFACE, 0x0006, FAKE_BINARY, SA | SB, 0, 0, 0 },
	{ FAKE_SURFACE, 0x0011, FAKE_LOCK, 0, FAKE_SURFACE_BIRTH, 0, 0 },
	{ FAKE_SURFACE, 0x0012, FAKE_LOCK, 0, FAKE_SURFACE_B, 0, 0 },
	{ FAKE_SURFACE, 0x0013, FAKE_LOCK, 0, FAKE_SURFACE_A, 1, 0 },

	{ FAKE_COMMON, 0x0001, FAKE_RECORD, 0, 0, 0, 0 },
	{ FAKE_COMMON, 0x0019, FAKE_KEY, 0, FAKE_KEY_AP, 0, 0 },
	{ FAKE_COMMON, 0x001c, FAKE_LOCK, 0, FAKE_COMMON_PIN, 0, 0 },

	{ FAKE_JUKI, 0x0002, FAKE_OTHER, 0, 0, 0, 0 },
	{ FAKE_JUKI, 0x001c, FAKE_LOCK, 0, FAKE_JUKI_PIN, 0, 0 },

	{ FAKE_DOMAIN, 0x0042, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_DOMAIN, 0x0045, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_DOMAIN, 0x0066, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_DOMAIN, 0x00f0, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_DOMAIN, 0x00f2, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_DOMAIN, 0x00f7, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_DOMAIN, 0x00f8, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_DOMAIN, 0x5f51, FAKE_BINARY, 0, 0, 0, 0 },
	{ FAKE_DOMAIN, 0x7f21, FAKE_BINARY, 0, 0, 0, 0 },
};

_Static_assert(sizeof(fake_efs) / sizeof(fake_efs[0]) == FAKE_EFS,
    "FAKE_EFS counts the rows");

const struct fake_ef *
fake_ef_find(enum fake_app app, uint16_t id)
{
	for (size_t i = 0; i < FAKE_EFS; i++) {
		if (fake_efs[i].app == app && fake_efs[i].id == id)
			return (&fake_efs[i]);
	}
	return (NULL);
}

size_t
fake_ef_index(const struct fake_ef *ef)
{
	return ((size_t)(ef - fake_efs));
}
