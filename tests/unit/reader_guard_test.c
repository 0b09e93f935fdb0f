#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reader/attributes.h"
#include "reader/card.h"
#include "reader/guard.h"
#include "reader/iso7816.h"
#include "reader/pin.h"
#include "reader/read.h"
#include "reader/surface.h"
#include "tests/lib/test_card.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define RAW_MAX	64

#define JPKI	"D392F000260100000001"
#define TEXT	"D3921000310001010408"
#define SURFACE	"D3921000310001010402"

/* 照合番号B of the test card, and a SHA-256 in its DigestInfo. */
#define NUMBER_B "3335303630323230333530313233"
#define INFO	"3031300D060960864801650304020105000420"
#define HASH	"000102030405060708090A0B0C0D0E0F" \
		"101112131415161718191A1B1C1D1E1F"

static size_t
unhex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;
	unsigned v;

	assert_true(4 + n <= RAW_MAX && strlen(hex) % 2 == 0);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &v), 1);
		out[i] = (uint8_t)v;
	}
	return (n);
}

/* A permissive card: whatever it could be talked into, it does. */
struct open_card {
	struct test_card	t;
	struct card		card;
	struct blob		rsp;
};

static void
put_in(struct open_card *o, int short_ids)
{
	const struct card_opts opts = { short_ids, 1 };

	*o = (struct open_card){ .rsp = { 0 } };
	test_card_open(&o->t);
	test_card_extend(&o->t);
	o->t.card->conf.short_ids = 1;
	o->t.card->conf.short_aid = 1;
	assert_int_equal(tp_begin(o->t.tp), ERR_OK);
	assert_int_equal(card_open(&o->card, o->t.tp, &opts), ERR_OK);
}

static void
take_out(struct open_card *o)
{
	blob_free(&o->rsp);
	test_card_close(&o->t);
}

static void
verify(struct open_card *o, enum pin_kind kind)
{
	static const char *const digits[] = {
		[PIN_AUTH] = TEST_CARD_PIN, [PIN_TEXT] = TEST_CARD_TEXT_PIN,
		[PIN_SURFACE_B] = TEST_CARD_NUMBER_B,
		[PIN_TEXT_B] = TEST_CARD_NUMBER_B,
	};
	struct secret pin = { { 0 }, 0 };
	int tries;

	assert_int_equal(secret_set(&pin, digits[kind],
	    strlen(digits[kind])), ERR_OK);
	assert_int_equal(pin_verify(&o->card, kind, &pin, &tries), ERR_OK);
	secret_wipe(&pin);
}

/* In the application, its PIN verified, ef selected (0: whichever is). */
static void
go_to(struct open_card *o, enum guard_app app, uint16_t ef)
{
	if (app == GUARD_NO_APP)
		guard_forget(&o->card.guard);
	if (app == GUARD_JPKI)
		verify(o, PIN_AUTH);
	if (app == GUARD_TEXT) {
		assert_int_equal(attributes_select(&o->card), ERR_OK);
		verify(o, PIN_TEXT);
		verify(o, PIN_TEXT_B);
	}
	if (app == GUARD_SURFACE) {
		assert_int_equal(surface_select(&o->card), ERR_OK);
		verify(o, PIN_SURFACE_B);
	}
	if (ef != 0)
		assert_int_equal(select_ef(&o->card, ef), ERR_OK);
}

/* --- what must not leave --- */

enum proof {
	QUIET,	/* nothing counts it */
	BITES	/* sent past the guard, the card counts it as forbidden */
};

static const struct row {
	const char	*name;
	enum guard_app	 app;
	uint16_t	 ef;
	enum proof	 proof;
	const char	*apdu;
	const char	*before;	/* sent the same way, refused as well */
} rows[] = {
	/* the 12-digit number, text EF 0001 */
	{ "number: SELECT EF", GUARD_TEXT, 0, BITES, "00A4020C020001", NULL },
	{ "number: SELECT EF, attributes selected", GUARD_TEXT, 2, BITES,
	    "00A4020C020001", NULL },
	{ "number: SELECT EF with Le", GUARD_TEXT, 0, QUIET,
	    "00A4020C02000100", NULL },
	{ "number: SELECT EF, P2 00", GUARD_TEXT, 0, QUIET,
	    "00A40200020001", NULL },
	{ "number: SELECT EF, P1 00", GUARD_TEXT, 0, QUIET,
	    "00A4000C020001", NULL },
	{ "number: SELECT by path", GUARD_TEXT, 0, QUIET, "00A4090C020001",
	    NULL },
	{ "number: SELECT EF, extended Lc", GUARD_TEXT, 0, BITES,
	    "00A4020C0000020001", NULL },
	{ "number: SELECT EF, extended Lc and Le", GUARD_TEXT, 0, QUIET,
	    "00A4020C00000200010000", NULL },
	{ "number: SELECT EF, CLA 80", GUARD_TEXT, 0, QUIET,
	    "80A4020C020001", NULL },
	{ "number: SELECT EF, CLA 01", GUARD_TEXT, 0, QUIET,
	    "01A4020C020001", NULL },
	{ "number: SELECT EF, chained", GUARD_TEXT, 0, QUIET,
	    "10A4020C020001", NULL },
	{ "number: SELECT EF, secure messaging", GUARD_TEXT, 0, QUIET,
	    "0CA4020C020001", NULL },
	{ "number: SELECT EF, CLA FF", GUARD_TEXT, 0, QUIET,
	    "FFA4020C020001", NULL },
	{ "number: short id", GUARD_TEXT, 0, BITES, "00B0810000", NULL },
	{ "number: short id, attributes selected", GUARD_TEXT, 2, BITES,
	    "00B0810000", NULL },
	{ "number: short id, offset", GUARD_TEXT, 0, BITES, "00B0810311",
	    NULL },
	{ "number: short id, extended Le", GUARD_TEXT, 0, BITES,
	    "00B08100000000", NULL },
	{ "number: short id, CLA 80", GUARD_TEXT, 0, QUIET, "80B0810000",
	    NULL },
	{ "number: short id, bit 6", GUARD_TEXT, 0, QUIET, "00B0A10000",
	    NULL },
	{ "number: short id, bit 7", GUARD_TEXT, 0, QUIET, "00B0C10000",
	    NULL },
	{ "number: short id, both bits", GUARD_TEXT, 0, QUIET, "00B0E10000",
	    NULL },
	{ "number: READ BINARY B1", GUARD_TEXT, 0, QUIET,
	    "00B1000104540200000C", NULL },
	{ "number: READ BINARY after a refused SELECT", GUARD_TEXT, 0, QUIET,
	    "00B0000000", "00A4020C020001" },
	{ "number: READ BINARY after a refused short id", GUARD_TEXT, 0,
	    QUIET, "00B0000000", "00B0810000" },
	{ "number: in an ENVELOPE", GUARD_TEXT, 0, QUIET,
	    "00C200000700A4020C020001", NULL },
	{ "number: nothing selected", GUARD_NO_APP, 0, QUIET,
	    "00A4020C020002", NULL },

	/* other files of the text application */
	{ "text 0003", GUARD_TEXT, 0, QUIET, "00A4020C020003", NULL },
	{ "text 0003 by short id", GUARD_TEXT, 0, QUIET, "00B0830000", NULL },
	{ "text 0007", GUARD_TEXT, 0, QUIET, "00A4020C020007", NULL },
	{ "text 0012", GUARD_TEXT, 0, QUIET, "00A4020C020012", NULL },
	{ "text 0013, its key", GUARD_TEXT, 0, QUIET,
	    "802A000033" INFO HASH "00",
	    NULL },
	{ "text, key by short id", GUARD_TEXT, 0, QUIET,
	    "802A009333" INFO HASH "00",
	    NULL },
	{ "text, JPKI's key by short id", GUARD_TEXT, 0, QUIET,
	    "802A009733" INFO HASH "00", NULL },
	{ "text, JPKI's certificate", GUARD_TEXT, 0, QUIET, "00B08A0000",
	    NULL },
	{ "text, number A", GUARD_TEXT, 0, BITES, "00A4020C020014", NULL },
	{ "text, number A with 12 digits", GUARD_TEXT, 0, BITES,
	    "002000940C303030303030303030303030", NULL },
	{ "text, number A with 4 digits", GUARD_TEXT, 0, BITES,
	    "002000940430303030", NULL },
	{ "text, number A, tries left", GUARD_TEXT, 0, BITES, "00200094",
	    NULL },
	{ "text, number B with 4 digits", GUARD_TEXT, 0, QUIET,
	    "002000950430303030", NULL },
	{ "text, number B with 12 digits", GUARD_TEXT, 0x15, QUIET,
	    "002000800C303030303030303030303030", NULL },
	{ "text, number B with 13 digits", GUARD_TEXT, 0, QUIET,
	    "002000950D33353036303232303335303132", NULL },
	{ "text, number B with 15 digits", GUARD_TEXT, 0, QUIET,
	    "002000950F" NUMBER_B "30", NULL },
	{ "text, number B with Le", GUARD_TEXT, 0, QUIET,
	    "002000950E" NUMBER_B "00", NULL },
	{ "text, number B is no file to read", GUARD_TEXT, 0, QUIET,
	    "00B0950000", NULL },
	{ "text, number A with 14 digits", GUARD_TEXT, 0, BITES,
	    "002000940E" NUMBER_B, NULL },
	{ "text, 0012 with 14 digits", GUARD_TEXT, 0, QUIET,
	    "002000920E" NUMBER_B, NULL },
	{ "text, its key signs our challenge", GUARD_TEXT, 0, QUIET,
	    "802A000033" INFO HASH "00", NULL },
	{ "text PIN, 12 digits", GUARD_TEXT, 0, QUIET,
	    "002000910C303030303030303030303030", NULL },
	{ "text PIN, 14 digits", GUARD_TEXT, 0x11, QUIET,
	    "002000800E3335303630323230333530313233", NULL },
	{ "text PIN is no file to read", GUARD_TEXT, 0x11, QUIET,
	    "00B0000000", NULL },
	{ "text, attributes are no PIN", GUARD_TEXT, 2, QUIET,
	    "002000800430303030", NULL },

	/* JPKI: the signing side */
	{ "JPKI 0001", GUARD_JPKI, 0, BITES, "00A4020C020001", NULL },
	{ "JPKI 0001 by short id", GUARD_JPKI, 0, BITES, "00B0810000", NULL },
	{ "JPKI 0002", GUARD_JPKI, 0, QUIET, "00A4020C020002", NULL },
	{ "JPKI 0002 by short id", GUARD_JPKI, 0, QUIET, "00B0820000", NULL },
	{ "JPKI 000B", GUARD_JPKI, 0, QUIET, "00A4020C02000B", NULL },
	{ "JPKI 0016", GUARD_JPKI, 0, QUIET, "00A4020C020016", NULL },
	{ "JPKI 0016 by short id", GUARD_JPKI, 0, QUIET, "00B0960000", NULL },
	{ "JPKI 001A", GUARD_JPKI, 0, BITES, "00A4020C02001A", NULL },
	{ "JPKI 001A by short id", GUARD_JPKI, 0, BITES, "00B09A0000", NULL },
	{ "JPKI 001B", GUARD_JPKI, 0, BITES, "00A4020C02001B", NULL },
	{ "JPKI 001B by short id", GUARD_JPKI, 0, BITES, "00B09B0000", NULL },
	{ "JPKI id in the high byte", GUARD_JPKI, 0, QUIET, "00A4020C020A00",
	    NULL },
	{ "password", GUARD_JPKI, 0, BITES, "0020009B06414243313233", NULL },
	{ "password, 4 characters", GUARD_JPKI, 0, BITES,
	    "0020009B0431323334", NULL },
	{ "password, tries left", GUARD_JPKI, 0, BITES, "0020009B", NULL },
	{ "sign with the signing key", GUARD_JPKI, 0, BITES,
	    "802A009A33" INFO HASH "00", NULL },
	{ "sign with the key 0016", GUARD_JPKI, 0, QUIET,
	    "802A009633" INFO HASH "00",
	    NULL },
	{ "sign with the PIN file", GUARD_JPKI, 0x18, QUIET,
	    "802A008033" INFO HASH "00", NULL },
	{ "sign, nothing selected", GUARD_NO_APP, 0, QUIET,
	    "802A008033" INFO HASH "00", NULL },
	{ "sign what the card hashes", GUARD_JPKI, 0x17, QUIET,
	    "802A038033" INFO HASH "00", NULL },
	{ "sign nothing", GUARD_JPKI, 0x17, QUIET, "802A008000", NULL },
	{ "sign, CLA 00", GUARD_JPKI, 0x17, QUIET,
	    "002A008033" INFO HASH "00", NULL },
	{ "sign, ISO's own P1 P2", GUARD_JPKI, 0x17, QUIET,
	    "002A9E9A33" INFO HASH "00", NULL },
	{ "key is no file to read", GUARD_JPKI, 0x17, QUIET, "00B0000000",
	    NULL },
	{ "PIN is no file to read", GUARD_JPKI, 0, QUIET, "00B0980000",
	    NULL },

	/* PINs */
	{ "PIN, 3 digits", GUARD_JPKI, 0x18, QUIET, "0020008003313233",
	    NULL },
	{ "PIN, 5 digits", GUARD_JPKI, 0x18, QUIET, "00200080053132333435",
	    NULL },
	{ "PIN, 12 digits", GUARD_JPKI, 0x18, QUIET,
	    "002000800C303030303030303030303030", NULL },
	{ "PIN, 14 digits", GUARD_JPKI, 0, QUIET,
	    "002000980E3335303630323230333530313233", NULL },
	{ "PIN with Le", GUARD_JPKI, 0x18, QUIET, "00200080043132333400",
	    NULL },
	{ "tries left with Le", GUARD_JPKI, 0x18, QUIET, "0020008000", NULL },
	{ "PIN, P1 01", GUARD_JPKI, 0x18, QUIET, "002001800431323334", NULL },
	{ "PIN, P2 00", GUARD_JPKI, 0x18, QUIET, "002000000431323334", NULL },
	{ "PIN, P2 D8", GUARD_JPKI, 0x18, QUIET, "002000D80431323334", NULL },
	{ "PIN, CLA 80", GUARD_JPKI, 0x18, QUIET, "802000800431323334",
	    NULL },
	{ "PIN by VERIFY 21", GUARD_JPKI, 0x18, QUIET, "002100800431323334",
	    NULL },
	{ "PIN of another file", GUARD_JPKI, 0xa, QUIET, "002000800431323334",
	    NULL },
	{ "PIN of the text application", GUARD_JPKI, 0, QUIET,
	    "002000910431323334", NULL },
	{ "change the PIN", GUARD_JPKI, 0x18, BITES, "002401800431313131",
	    NULL },
	{ "change the PIN by short id", GUARD_JPKI, 0, BITES,
	    "002401980431313131", NULL },
	{ "change, old and new", GUARD_JPKI, 0x18, BITES,
	    "00240080083132333431313131", NULL },
	{ "change a key", GUARD_JPKI, 0x18, BITES, "803200800431313131",
	    NULL },
	{ "reset the counter", GUARD_JPKI, 0x18, QUIET,
	    "002C00800831323334313131", NULL },

	/* the surface application; 0005 is the image of the number */
	{ "surface 0001", GUARD_SURFACE, 0, QUIET, "00A4020C020001", NULL },
	{ "surface 0001 by short id", GUARD_SURFACE, 0, QUIET, "00B0810000",
	    NULL },
	{ "surface 0003", GUARD_SURFACE, 0, QUIET, "00A4020C020003", NULL },
	{ "surface 0003 by short id", GUARD_SURFACE, 2, QUIET, "00B0830000",
	    NULL },
	{ "surface 0005", GUARD_SURFACE, 0, BITES, "00A4020C020005", NULL },
	{ "surface 0005, face selected", GUARD_SURFACE, 2, BITES,
	    "00A4020C020005", NULL },
	{ "surface 0005, extended Lc", GUARD_SURFACE, 0, BITES,
	    "00A4020C0000020005", NULL },
	{ "surface 0005 by short id", GUARD_SURFACE, 0, BITES, "00B0850000",
	    NULL },
	{ "surface 0005 by short id, offset", GUARD_SURFACE, 2, BITES,
	    "00B0850A10", NULL },
	{ "surface 0005 by short id, extended Le", GUARD_SURFACE, 0, BITES,
	    "00B08500000000", NULL },
	{ "surface 0005, READ after a refused SELECT", GUARD_SURFACE, 0,
	    QUIET, "00B0000000", "00A4020C020005" },
	{ "surface 0005, SELECT is refused before", GUARD_NO_APP, 0, QUIET,
	    "00B0850000", "00A4040C09D39210003100010104" },
	{ "surface 0006", GUARD_SURFACE, 0, QUIET, "00A4020C020006", NULL },
	{ "surface 0011, birth date", GUARD_SURFACE, 0, QUIET,
	    "00A4020C020011", NULL },
	{ "surface 0011 with 6 digits", GUARD_SURFACE, 0, QUIET,
	    "0020009106333530363032", NULL },
	{ "surface 0011 with 4 digits", GUARD_SURFACE, 0, QUIET,
	    "002000910430303030", NULL },
	{ "surface 0011, tries left", GUARD_SURFACE, 0, QUIET, "00200091",
	    NULL },
	{ "surface, number A", GUARD_SURFACE, 0, BITES, "00A4020C020013",
	    NULL },
	{ "surface, number A with 12 digits", GUARD_SURFACE, 0, BITES,
	    "002000930C303030303030303030303030", NULL },
	{ "surface, number A with 14 digits", GUARD_SURFACE, 0, BITES,
	    "002000930E" NUMBER_B, NULL },
	{ "surface, number A, tries left", GUARD_SURFACE, 0, BITES,
	    "00200093", NULL },
	{ "surface, number B with 4 digits", GUARD_SURFACE, 0x12, QUIET,
	    "002000800431323334", NULL },
	{ "surface, number B with 12 digits", GUARD_SURFACE, 0x12, QUIET,
	    "002000800C303030303030303030303030", NULL },
	{ "surface, number B with 13 digits", GUARD_SURFACE, 0, QUIET,
	    "002000920D33353036303232303335303132", NULL },
	{ "surface, number B with 15 digits", GUARD_SURFACE, 0, QUIET,
	    "002000920F" NUMBER_B "30", NULL },
	{ "surface, number B with Le", GUARD_SURFACE, 0x12, QUIET,
	    "002000800E" NUMBER_B "00", NULL },
	{ "surface, number B is no file to read", GUARD_SURFACE, 0x12, QUIET,
	    "00B0000000", NULL },
	{ "surface, number B of the text", GUARD_SURFACE, 0, QUIET,
	    "002000950E" NUMBER_B, NULL },
	{ "surface, face is no PIN", GUARD_SURFACE, 2, QUIET,
	    "002000800E" NUMBER_B, NULL },
	{ "surface, change of number B", GUARD_SURFACE, 0x12, BITES,
	    "002401800E" NUMBER_B, NULL },
	{ "surface key: one byte", GUARD_SURFACE, 0, QUIET, "802A000001AA00",
	    NULL },
	{ "surface key: a bare hash", GUARD_SURFACE, 0, QUIET,
	    "802A000020" HASH "00", NULL },
	{ "surface key: a byte less", GUARD_SURFACE, 0, QUIET,
	    "802A000032" INFO "0102030405060708090A0B0C0D0E0F"
	    "101112131415161718191A1B1C1D1E1F" "00", NULL },
	{ "surface key: a byte more", GUARD_SURFACE, 0, QUIET,
	    "802A000034" INFO HASH "FF00", NULL },
	{ "surface key: SHA-1 in its DigestInfo, as long", GUARD_SURFACE, 0,
	    QUIET, "802A000033302F300906052B0E03021A050004"
	    "20FFFFFFFF" HASH "00", NULL },
	{ "surface key: without Le", GUARD_SURFACE, 0, QUIET,
	    "802A000033" INFO HASH, NULL },
	{ "surface key: what the card hashes", GUARD_SURFACE, 0, QUIET,
	    "802A030033" INFO HASH "00", NULL },
	{ "surface key: by P2 80", GUARD_SURFACE, 2, QUIET,
	    "802A008033" INFO HASH "00", NULL },
	{ "surface key: by short id", GUARD_SURFACE, 0, QUIET,
	    "802A009333" INFO HASH "00", NULL },
	{ "surface key: CLA 00", GUARD_SURFACE, 0, QUIET,
	    "002A000033" INFO HASH "00", NULL },
	{ "surface key: in JPKI", GUARD_JPKI, 0x17, QUIET,
	    "802A000033" INFO HASH "00", NULL },
	{ "surface key: nothing selected", GUARD_NO_APP, 0, QUIET,
	    "802A000033" INFO HASH "00", NULL },
	{ "surface, JPKI's key by short id", GUARD_SURFACE, 0, QUIET,
	    "802A009733" INFO HASH "00", NULL },
	{ "surface AID of 9", GUARD_JPKI, 0, QUIET,
	    "00A4040C09D39210003100010104", NULL },
	{ "surface AID and a byte", GUARD_JPKI, 0, QUIET,
	    "00A4040C0B" SURFACE "00", NULL },
	{ "surface AID with Le", GUARD_JPKI, 0, QUIET,
	    "00A4040C0A" SURFACE "00", NULL },

	/* other applications */
	{ "common", GUARD_JPKI, 0, QUIET, "00A4040C0AD3921000310001010100",
	    NULL },
	{ "juki", GUARD_JPKI, 0, QUIET, "00A4040C0AD3921000310001010401",
	    NULL },
	{ "licence", GUARD_JPKI, 0, QUIET,
	    "00A4040C10A000000231060000000000000000000000", NULL },
	{ "security domain", GUARD_JPKI, 0, QUIET,
	    "00A4040C07A0000001510000", NULL },
	{ "no AID", GUARD_JPKI, 0, QUIET, "00A4040C", NULL },
	{ "AID of 5", GUARD_JPKI, 0, QUIET, "00A4040C05D392100031", NULL },
	{ "AID of 8", GUARD_JPKI, 0, QUIET, "00A4040C08D392100031000101",
	    NULL },
	{ "JPKI AID of 9", GUARD_TEXT, 0, QUIET,
	    "00A4040C09D392F0002601000000", NULL },
	{ "text AID of 9", GUARD_JPKI, 0, QUIET,
	    "00A4040C09D39210003100010104", NULL },
	{ "JPKI AID and a byte", GUARD_JPKI, 0, QUIET, "00A4040C0B" JPKI "00",
	    NULL },
	{ "text AID and a byte", GUARD_JPKI, 0, QUIET, "00A4040C0B" TEXT "FF",
	    NULL },
	{ "text AID with Le", GUARD_JPKI, 0, QUIET, "00A4040C0A" TEXT "00",
	    NULL },
	{ "text AID, P2 00", GUARD_JPKI, 0, QUIET, "00A404000A" TEXT, NULL },
	{ "text AID, next", GUARD_JPKI, 0, QUIET, "00A4040E0A" TEXT, NULL },
	{ "text AID, CLA 01", GUARD_JPKI, 0, QUIET, "01A4040C0A" TEXT, NULL },
	{ "text AID as EF id", GUARD_JPKI, 0, QUIET, "00A4020C0A" TEXT,
	    NULL },
	{ "master file", GUARD_JPKI, 0, QUIET, "00A4000C023F00", NULL },
	{ "parent", GUARD_JPKI, 0, QUIET, "00A4030C", NULL },

	/* other commands */
	{ "GET DATA", GUARD_JPKI, 0, QUIET, "00CA5F5100", NULL },
	{ "GET DATA, card number", GUARD_NO_APP, 0, QUIET, "00CA004500",
	    NULL },
	{ "READ RECORD", GUARD_JPKI, 0xa, QUIET, "00B2010400", NULL },
	{ "GET CHALLENGE", GUARD_JPKI, 0, QUIET, "0084000008", NULL },
	{ "INTERNAL AUTHENTICATE", GUARD_JPKI, 0, QUIET, "0088009901AA00",
	    NULL },
	{ "INTERNAL AUTHENTICATE, signing key", GUARD_JPKI, 0, QUIET,
	    "0088009A01AA00", NULL },
	{ "PIN-less", GUARD_JPKI, 0, BITES, "80A20000", NULL },
	{ "PIN-less with data", GUARD_JPKI, 0, BITES, "80A2000001AA", NULL },
	{ "secure messaging", GUARD_TEXT, 0, QUIET, "80AE000001AA", NULL },
	{ "phone marker", GUARD_JPKI, 0, QUIET, "80FC0000", NULL },
	{ "MANAGE CHANNEL", GUARD_JPKI, 0, QUIET, "0070000001", NULL },
	{ "MANAGE SECURITY ENVIRONMENT", GUARD_JPKI, 0, QUIET,
	    "002241B6038401AA", NULL },
	{ "UPDATE BINARY", GUARD_TEXT, 2, QUIET, "00D6000001AA", NULL },
	{ "ERASE BINARY", GUARD_TEXT, 2, QUIET, "000E0000", NULL },
	{ "GET RESPONSE uncalled for", GUARD_JPKI, 0xa, QUIET, "00C0000000",
	    NULL },
	{ "reader: UID", GUARD_JPKI, 0, QUIET, "FFCA000000", NULL },
	{ "reader: direct transmit", GUARD_JPKI, 0, QUIET,
	    "FF00000002D44A", NULL },
	{ "reader: load keys", GUARD_JPKI, 0, QUIET,
	    "FF82000006FFFFFFFFFFFF", NULL },
	{ "reader: read", GUARD_JPKI, 0xa, QUIET, "FFB0000010", NULL },

	/* no command at all */
	{ "nothing", GUARD_JPKI, 0xa, QUIET, "", NULL },
	{ "one byte", GUARD_JPKI, 0xa, QUIET, "00", NULL },
	{ "two bytes", GUARD_JPKI, 0xa, QUIET, "00B0", NULL },
	{ "three bytes", GUARD_JPKI, 0xa, QUIET, "00B000", NULL },
	{ "READ without Le", GUARD_JPKI, 0xa, QUIET, "00B00000", NULL },
	{ "READ with data", GUARD_JPKI, 0xa, QUIET, "00B0000001AA00", NULL },
	{ "READ and a byte", GUARD_JPKI, 0xa, QUIET, "00B0000010FF", NULL },
	{ "READ, extended Le of one byte", GUARD_JPKI, 0xa, QUIET,
	    "00B000000001", NULL },
	{ "READ, extended Le and a byte", GUARD_JPKI, 0xa, QUIET,
	    "00B00000000100FF", NULL },
	{ "SELECT without data", GUARD_JPKI, 0, QUIET, "00A4020C", NULL },
	{ "SELECT, Lc and nothing", GUARD_JPKI, 0, QUIET, "00A4020C02",
	    NULL },
	{ "SELECT, one byte short", GUARD_JPKI, 0, QUIET, "00A4020C0200",
	    NULL },
	{ "SELECT, one byte of id", GUARD_JPKI, 0, QUIET, "00A4020C0106",
	    NULL },
	{ "SELECT, three bytes of id", GUARD_JPKI, 0, QUIET,
	    "00A4020C03000A00", NULL },
	{ "SELECT and two bytes", GUARD_JPKI, 0, QUIET, "00A4020C02000A0001",
	    NULL },
	{ "SELECT and a command", GUARD_TEXT, 0, QUIET,
	    "00A4020C02000200B0810000", NULL },
	{ "SELECT, extended Lc of zero", GUARD_JPKI, 0, QUIET,
	    "00A4020C000000000A", NULL },
	{ "SELECT, extended Lc too long", GUARD_JPKI, 0, QUIET,
	    "00A4020C000003000A", NULL },
	{ "SELECT, extended Lc too short", GUARD_JPKI, 0, QUIET,
	    "00A4020C000001000A", NULL },
	{ "VERIFY, Lc longer than data", GUARD_JPKI, 0x18, QUIET,
	    "0020008004313233", NULL },
	{ "VERIFY and a byte", GUARD_JPKI, 0x18, QUIET,
	    "00200080043132333431", NULL },
};

static void
refused(struct open_card *o, const char *hex)
{
	unsigned apdus = o->t.card->stats.apdus;
	uint16_t sw = 0x9000;
	uint8_t raw[RAW_MAX];
	size_t n = unhex(hex, raw);

	assert_int_equal(guard_check(&o->card.guard, raw, n), ERR_FORBIDDEN);
	assert_int_equal(apdu_send(&o->card, raw, n, &o->rsp, &sw, APDU_MS),
	    ERR_FORBIDDEN);
	assert_int_equal(o->rsp.len, 0);
	assert_int_equal(sw, 0);
	assert_int_equal(o->t.card->stats.apdus, apdus);
	assert_int_equal(o->t.card->stats.forbidden, 0);
}

/* The same bytes past the guard: the row is about something real. */
static void
bites(struct open_card *o, const char *hex)
{
	uint8_t raw[RAW_MAX], rsp[TP_RX_EXT];
	size_t n = unhex(hex, raw), room = sizeof(rsp);

	assert_int_equal(tp_xfer(o->t.tp, raw, n, rsp, &room, APDU_MS),
	    ERR_OK);
	assert_int_equal(o->t.card->stats.forbidden, 1);
}

static void
refused_row(void **state)
{
	const struct row *row = *state;
	struct open_card o;
	struct guard before;

	put_in(&o, 0);
	go_to(&o, row->app, row->ef);
	if (row->app != GUARD_NO_APP && row->ef == 0)
		o.card.guard.ef = 0;	/* as if nothing had been selected */
	if (row->before != NULL)
		refused(&o, row->before);
	before = o.card.guard;
	refused(&o, row->apdu);
	assert_memory_equal(&o.card.guard, &before, sizeof(before));
	if (row->proof == BITES)
		bites(&o, row->apdu);
	take_out(&o);
}

/* A DigestInfo of SHA-384 is the longest we make. */
static void
sign_lengths(void **state)
{
	struct guard g = { GUARD_JPKI, 0x17, 0 };
	uint8_t apdu[300] = { 0x80, 0x2a, 0x00, 0x80 };

	(void)state;
	for (size_t n = 1; n < 256; n++) {
		apdu[4] = (uint8_t)n;
		assert_int_equal(guard_check(&g, apdu, 6 + n),
		    n == 48 ? ERR_OK : ERR_FORBIDDEN);
		assert_int_equal(guard_check(&g, apdu, 5 + n),
		    ERR_FORBIDDEN);
	}
	assert_int_equal(unhex(INFO, apdu + 5), 19);
	for (size_t n = 1; n < 256; n++) {
		apdu[4] = (uint8_t)n;
		assert_int_equal(guard_check(&g, apdu, 6 + n),
		    n == 48 || n == 51 ? ERR_OK : ERR_FORBIDDEN);
	}
	apdu[4] = 51;
	for (size_t i = 0; i < 19; i++) {
		apdu[5 + i] ^= 1;
		assert_int_equal(guard_check(&g, apdu, 57), ERR_FORBIDDEN);
		apdu[5 + i] ^= 1;
	}
}

/* The application's key: one length, and nothing but a SHA-256 in front. */
static void
ap_sign_lengths(void **state)
{
	struct guard g = { GUARD_SURFACE, 0, 0 };
	uint8_t apdu[300] = { 0x80, 0x2a, 0x00, 0x00 };

	(void)state;
	assert_int_equal(unhex(INFO, apdu + 5), 19);
	for (size_t n = 1; n < 256; n++) {
		apdu[4] = (uint8_t)n;
		assert_int_equal(guard_check(&g, apdu, 6 + n),
		    n == 51 ? ERR_OK : ERR_FORBIDDEN);
		assert_int_equal(guard_check(&g, apdu, 5 + n),
		    ERR_FORBIDDEN);
	}
	apdu[4] = 51;
	for (size_t i = 0; i < 19; i++) {
		apdu[5 + i] ^= 1;
		assert_int_equal(guard_check(&g, apdu, 57), ERR_FORBIDDEN);
		apdu[5 + i] ^= 1;
	}
	assert_int_equal(guard_check(&g, apdu, 57), ERR_OK);
}

/* --- by the functions of reader/ --- */

static enum err
any_measure(struct buf head, size_t *total)
{
	*total = head.left;
	return (ERR_OK);
}

/*
 * What may be selected, which of these may be read, and which take 4 or 14
 * digits: from the rule and not from the code.
 */
static const struct rule {
	uint16_t	select[5], read[3];
	uint8_t		four, fourteen;
	int		signs;		/* by the application's key */
} rules[GUARD_APPS] = {
	[GUARD_JPKI] = { { 0x06, 0x0a, 0x17, 0x18 }, { 0x06, 0x0a }, 0x18, 0,
	    0 },
	[GUARD_TEXT] = { { 0x02, 0x11, 0x15 }, { 0x02 }, 0x11, 0x15, 0 },
	[GUARD_SURFACE] = { { 0x02, 0x04, 0x12 }, { 0x02, 0x04 }, 0, 0x12,
	    1 },
};

/* 0 ends a list and is no id. */
static int
is_in(const uint16_t *list, uint16_t id)
{
	for (; *list != 0; list++) {
		if (*list == id)
			return (1);
	}
	return (0);
}

static int
may_select(enum guard_app app, uint16_t id)
{
	return (is_in(rules[app].select, id));
}

static int
may_read(enum guard_app app, uint16_t id)
{
	return (is_in(rules[app].read, id));
}

static void
try_id(struct open_card *o, enum guard_app app, uint16_t id)
{
	unsigned apdus = o->t.card->stats.apdus;

	if (!may_select(app, id)) {
		assert_int_equal(select_ef(&o->card, id), ERR_FORBIDDEN);
		assert_int_equal(read_ef(&o->card, id, any_measure, &o->rsp),
		    ERR_FORBIDDEN);
		assert_int_equal(o->t.card->stats.apdus, apdus);
	} else if (!may_read(app, id)) {
		assert_int_equal(read_ef(&o->card, id, any_measure, &o->rsp),
		    ERR_FORBIDDEN);
		assert_true(o->t.card->stats.apdus <= apdus + 1);
	}
	assert_int_equal(o->t.card->stats.forbidden, 0);
}

static void
every_id(void **state)
{
	static const enum guard_app where[] = { GUARD_JPKI, GUARD_TEXT,
	    GUARD_SURFACE };
	struct open_card o;

	(void)state;
	for (int short_ids = 0; short_ids < 2; short_ids++) {
		for (size_t i = 0; i < LEN(where); i++) {
			put_in(&o, short_ids);
			go_to(&o, where[i], 0);
			for (unsigned id = 0; id <= 0xffff; id++)
				try_id(&o, where[i], (uint16_t)id);
			take_out(&o);
		}
	}
}

/* After an error nothing is selected, and so nothing may be addressed. */
static void
forgets(void **state)
{
	static const char *const then[] = { "00B0000000", "00B0820000",
	    "00A4020C020002", "00200091",
	    "802A009733" INFO HASH "00", "00C0000000" };
	struct open_card o;

	(void)state;
	put_in(&o, 0);
	go_to(&o, GUARD_TEXT, 2);
	o.card.guard.more = 1;
	guard_forget(&o.card.guard);
	for (size_t i = 0; i < LEN(then); i++)
		refused(&o, then[i]);
	take_out(&o);
}

/* --- every P1 and P2 --- */

static const uint8_t inss[] = { 0xa4, 0xb0, 0x20, 0x2a, 0xc0 };
static const char *const bodies[] = { "", "00", "0000", "000000", "11",
    "020001", "020002", "02000100", "0000020001", "020011", "0A" JPKI,
    "0A" TEXT, "0A" TEXT "00", "0BD392100031000101040800",
    "0A" SURFACE, "0435363738", "043536373800", "01AA00", "020004", "020005",
    "020012", "020013", "020014", "020015", "0E" NUMBER_B,
    "0E" NUMBER_B "00", "0C303030303030303030303030",
    "33" INFO HASH, "33" INFO HASH "00", "33" HASH INFO "00" };

/* The id a body "02xxxx" names; 0: it is none. */
static uint16_t
id_in(const char *body)
{
	unsigned id = 0;

	if (strlen(body) == 6 && strncmp(body, "02", 2) == 0)
		assert_int_equal(sscanf(body + 2, "%4x", &id), 1);
	return ((uint16_t)id);
}

/* P2 of a VERIFY names this file. */
static int
names(uint8_t p2, uint16_t ef, uint8_t file)
{
	return (file != 0 && (p2 == (0x80 | file) || (p2 == 0x80 &&
	    ef == file)));
}

/* The oracle for an application, from its rule. */
static int
oracle(enum guard_app app, uint16_t ef, const uint8_t head[4],
    const char *body)
{
	const struct rule *rule = &rules[app];
	uint8_t p1 = head[2], p2 = head[3];
	int is_read = strcmp(body, "00") == 0 || strcmp(body, "11") == 0 ||
	    strcmp(body, "000000") == 0;
	int asks = strcmp(body, "") == 0;
	int is_aid = strcmp(body, "0A" JPKI) == 0 ||
	    strcmp(body, "0A" TEXT) == 0 || strcmp(body, "0A" SURFACE) == 0;

	if (head[0] != 0)
		return (head[0] == 0x80 && head[1] == 0x2a && rule->signs &&
		    p1 == 0 && p2 == 0 &&
		    strcmp(body, "33" INFO HASH "00") == 0);
	switch (head[1]) {
	case 0xa4:
		return (p2 == 0x0c && ((p1 == 4 && is_aid) ||
		    (p1 == 2 && may_select(app, id_in(body)))));
	case 0xb0:
		return (is_read && may_read(app, p1 < 0x80 ? ef :
		    (uint16_t)(p1 - 0x80)));
	case 0x20:
		return (p1 == 0 && ((names(p2, ef, rule->four) && (asks ||
		    strcmp(body, "0435363738") == 0)) ||
		    (names(p2, ef, rule->fourteen) && (asks ||
		    strcmp(body, "0E" NUMBER_B) == 0))));
	}
	return (0);
}

static unsigned
check_all(const uint8_t start[2], const char *body, enum guard_app app,
    uint16_t ef)
{
	uint8_t raw[RAW_MAX] = { start[0], start[1] };
	size_t n = 4 + unhex(body, raw + 4);
	struct guard g = { app, ef, 0 };
	unsigned allowed = 0;

	for (unsigned p = 0; p <= 0xffff; p++) {
		int want;

		raw[2] = (uint8_t)(p >> 8);
		raw[3] = (uint8_t)p;
		want = oracle(app, ef, raw, body);
		if ((guard_check(&g, raw, n) == ERR_OK) != want)
			fail_msg("%02x %02x %04x %s, EF %04x: not %s",
			    start[0], start[1], p, body, ef,
			    want ? "allowed" : "refused");
		allowed += (unsigned)want;
	}
	return (allowed);
}

static unsigned
sweep(enum guard_app app, const uint16_t *efs, size_t n)
{
	unsigned allowed = 0;

	for (size_t b = 0; b < LEN(bodies); b++) {
		for (size_t i = 0; i < LEN(inss); i++) {
			for (size_t e = 0; e < n; e++)
				allowed += check_all((uint8_t[]){ 0x00,
				    inss[i] }, bodies[b], app, efs[e]);
			allowed += check_all((uint8_t[]){ 0x80, inss[i] },
			    bodies[b], app, 2);
		}
	}
	return (allowed);
}

/* Counted by hand: 3 reads by the current EF, 5 times 3 by each short id, 3
 * applications and 3 ids to select, each PIN by short id and as current. */
static void
every_p1_p2(void **state)
{
	static const uint16_t efs[] = { 0, 2, 0x11, 0x15, 1 };

	(void)state;
	assert_int_equal(sweep(GUARD_TEXT, efs, LEN(efs)), 3 * 0x8000 +
	    5 * 3 * 0x100 + 5 * (3 + 3) + 2 * (5 * 2 + 2));
}

static void
every_p1_p2_of_the_surface(void **state)
{
	static const uint16_t efs[] = { 0, 2, 4, 0x12, 5 };

	(void)state;
	assert_int_equal(sweep(GUARD_SURFACE, efs, LEN(efs)),
	    2 * 3 * 0x8000 + 2 * 5 * 3 * 0x100 + 5 * (3 + 3) + 5 * 2 + 2 + 1);
}

/* All of it sent to the card, which counts. */
static void
send_all(struct open_card *o, enum guard_app app, uint8_t ins,
    const char *body)
{
	uint8_t raw[RAW_MAX] = { ins == 0x2a ? 0x80 : 0x00, ins };
	size_t n = 4 + unhex(body, raw + 4);
	uint16_t sw;

	for (unsigned p = 0; p <= 0xffff; p++) {
		unsigned apdus = o->t.card->stats.apdus;
		enum err r;

		raw[2] = (uint8_t)(p >> 8);
		raw[3] = (uint8_t)p;
		r = apdu_send(&o->card, raw, n, &o->rsp, &sw, APDU_MS);
		assert_true(r == ERR_OK || r == ERR_FORBIDDEN);
		if (r == ERR_FORBIDDEN)
			assert_int_equal(o->t.card->stats.apdus, apdus);
		/* Back to where the sweep is about. */
		if (o->card.guard.app != app)
			go_to(o, app, 0);
		assert_int_equal(o->t.card->stats.forbidden, 0);
	}
}

static void
every_p1_p2_sent(void **state)
{
	static const char *const sent[] = { "00", "000000", "020001",
	    "0000020001", "020002", ("0A" JPKI), "0435363738" };
	struct open_card o;

	(void)state;
	put_in(&o, 1);
	go_to(&o, GUARD_TEXT, 0);
	for (size_t b = 0; b < LEN(sent); b++) {
		for (size_t i = 0; i < LEN(inss); i++)
			send_all(&o, GUARD_TEXT, inss[i], sent[b]);
	}
	assert_int_equal(o.t.card->stats.verify_stray, 0);
	take_out(&o);
}

static void
every_p1_p2_of_the_surface_sent(void **state)
{
	static const char *const sent[] = { "00", "000000", "020005",
	    "0000020005", "020002", "020013", ("0A" JPKI),
	    ("33" INFO HASH "00"), ("0E" NUMBER_B) };
	struct open_card o;

	(void)state;
	put_in(&o, 1);
	go_to(&o, GUARD_SURFACE, 0);
	for (size_t b = 0; b < LEN(sent); b++) {
		for (size_t i = 0; i < LEN(inss); i++)
			send_all(&o, GUARD_SURFACE, inss[i], sent[b]);
	}
	assert_int_equal(o.t.card->stats.verify_stray, 0);
	assert_int_equal(o.t.card->stats.verify[FAKE_SURFACE_A], 0);
	assert_int_equal(o.t.card->stats.verify[FAKE_SURFACE_BIRTH], 0);
	assert_int_equal(o.t.card->stats.sign, 1);
	take_out(&o);
}

/* --- what is allowed, and how it is followed --- */

static const struct follow_row {
	const char	*name;
	struct guard	 from;
	const char	*apdu;
	uint16_t	 sw;
	struct guard	 to;
} follows[] = {
	{ "SELECT JPKI", { 0 }, "00A4040C0A" JPKI, 0x9000,
	    { GUARD_JPKI, 0, 0 } },
	{ "SELECT text", { GUARD_JPKI, 0xa, 0 }, "00A4040C0A" TEXT, 0x9000,
	    { GUARD_TEXT, 0, 0 } },
	{ "SELECT text, extended Lc", { GUARD_JPKI, 0xa, 0 },
	    "00A4040C00000A" TEXT, 0x9000, { GUARD_TEXT, 0, 0 } },
	{ "SELECT text, not there", { GUARD_JPKI, 0xa, 0 },
	    "00A4040C0A" TEXT, 0x6a82, { GUARD_NO_APP, 0, 0 } },
	{ "SELECT text, first command", { GUARD_NO_APP, 0, 0 },
	    "00A4040C0A" TEXT, 0x6f00, { GUARD_NO_APP, 0, 0 } },
	{ "SELECT text, a warning", { GUARD_JPKI, 0xa, 0 },
	    "00A4040C0A" TEXT, 0x6283, { GUARD_NO_APP, 0, 0 } },
	{ "SELECT text, more to come", { GUARD_JPKI, 0xa, 0 },
	    "00A4040C0A" TEXT, 0x6110, { GUARD_TEXT, 0, 1 } },
	{ "SELECT EF", { GUARD_JPKI, 0, 0 }, "00A4020C02000A", 0x9000,
	    { GUARD_JPKI, 0xa, 0 } },
	{ "SELECT EF, not there", { GUARD_JPKI, 6, 0 }, "00A4020C02000A",
	    0x6a82, { GUARD_JPKI, 0, 0 } },
	{ "SELECT EF, more to come", { GUARD_JPKI, 6, 0 }, "00A4020C02000A",
	    0x6108, { GUARD_JPKI, 0xa, 1 } },
	{ "READ", { GUARD_JPKI, 0xa, 0 }, "00B0000000", 0x9000,
	    { GUARD_JPKI, 0xa, 0 } },
	{ "READ, refused", { GUARD_JPKI, 0xa, 0 }, "00B0000000", 0x6982,
	    { GUARD_JPKI, 0xa, 0 } },
	{ "READ, more to come", { GUARD_JPKI, 0xa, 0 }, "00B0000000", 0x6100,
	    { GUARD_JPKI, 0xa, 1 } },
	{ "READ by short id", { GUARD_JPKI, 0x18, 0 }, "00B08A0000", 0x9000,
	    { GUARD_JPKI, 0xa, 0 } },
	{ "READ by short id, end of file", { GUARD_JPKI, 0x18, 0 },
	    "00B0860000", 0x6282, { GUARD_JPKI, 6, 0 } },
	{ "READ by short id, more to come", { GUARD_JPKI, 0x18, 0 },
	    "00B08A0000", 0x6100, { GUARD_JPKI, 0xa, 1 } },
	{ "READ by short id, refused", { GUARD_JPKI, 0x18, 0 }, "00B08A0000",
	    0x6982, { GUARD_JPKI, 0, 0 } },
	{ "READ by short id, wrong Le", { GUARD_JPKI, 0x18, 0 },
	    "00B0860000", 0x6ca0, { GUARD_JPKI, 0, 0 } },
	{ "VERIFY", { GUARD_JPKI, 0x18, 0 }, "002000800431323334", 0x9000,
	    { GUARD_JPKI, 0x18, 0 } },
	{ "VERIFY by short id may select", { GUARD_JPKI, 0xa, 0 },
	    "002000980431323334", 0x63c2, { GUARD_JPKI, 0, 0 } },
	{ "tries by short id may select", { GUARD_JPKI, 0xa, 0 }, "00200098",
	    0x63c3, { GUARD_JPKI, 0, 0 } },
	{ "SIGN", { GUARD_JPKI, 0x17, 0 }, "802A008033" INFO HASH "00", 0x9000,
	    { GUARD_JPKI, 0x17, 0 } },
	{ "SIGN by short id may select", { GUARD_JPKI, 0xa, 0 },
	    "802A009733" INFO HASH "00", 0x6982, { GUARD_JPKI, 0, 0 } },
	{ "SELECT surface", { GUARD_TEXT, 2, 0 }, "00A4040C0A" SURFACE,
	    0x9000, { GUARD_SURFACE, 0, 0 } },
	{ "SELECT surface, not there", { GUARD_JPKI, 0xa, 0 },
	    "00A4040C0A" SURFACE, 0x6a82, { GUARD_NO_APP, 0, 0 } },
	{ "SELECT surface EF", { GUARD_SURFACE, 0x12, 0 }, "00A4020C020004",
	    0x9000, { GUARD_SURFACE, 4, 0 } },
	{ "VERIFY B of the surface", { GUARD_SURFACE, 0x12, 0 },
	    "002000800E" NUMBER_B, 0x9000, { GUARD_SURFACE, 0x12, 0 } },
	{ "VERIFY B of the text by short id", { GUARD_TEXT, 2, 0 },
	    "002000950E" NUMBER_B, 0x63c9, { GUARD_TEXT, 0, 0 } },
	{ "SIGN by the surface key may select", { GUARD_SURFACE, 2, 0 },
	    "802A000033" INFO HASH "00", 0x9000, { GUARD_SURFACE, 0, 0 } },
	{ "SIGN by the surface key, more to come", { GUARD_SURFACE, 0, 0 },
	    "802A000033" INFO HASH "00", 0x6100, { GUARD_SURFACE, 0, 1 } },
	{ "GET RESPONSE", { GUARD_JPKI, 0xa, 1 }, "00C0000000", 0x9000,
	    { GUARD_JPKI, 0xa, 0 } },
	{ "GET RESPONSE, still more", { GUARD_JPKI, 0xa, 1 }, "00C0000000",
	    0x6110, { GUARD_JPKI, 0xa, 1 } },
};

static void
follow_row(void **state)
{
	const struct follow_row *row = *state;
	struct guard g = row->from;
	uint8_t raw[RAW_MAX];
	size_t n = unhex(row->apdu, raw);

	assert_int_equal(guard_check(&g, raw, n), ERR_OK);
	assert_int_equal(g.app, row->from.app);
	assert_int_equal(g.ef, row->from.ef);
	guard_done(&g, raw, n, row->sw);
	assert_int_equal(g.app, row->to.app);
	assert_int_equal(g.ef, row->to.ef);
	assert_int_equal(g.more, row->to.more);
}

static void
no_command_forgets(void **state)
{
	struct guard g = { GUARD_JPKI, 0xa, 1 };
	const uint8_t raw[] = { 0x00, 0xa4 };

	(void)state;
	guard_done(&g, raw, sizeof(raw), 0x9000);
	assert_int_equal(g.app, GUARD_NO_APP);
	assert_int_equal(g.ef, 0);
	assert_int_equal(g.more, 0);
}

static void
aids(void **state)
{
	uint8_t raw[RAW_MAX];

	(void)state;
	assert_null(guard_aid(GUARD_NO_APP));
	assert_null(guard_aid(GUARD_APPS));
	assert_int_equal(unhex(JPKI, raw), GUARD_AID);
	assert_memory_equal(guard_aid(GUARD_JPKI), raw, GUARD_AID);
	assert_int_equal(unhex(TEXT, raw), GUARD_AID);
	assert_memory_equal(guard_aid(GUARD_TEXT), raw, GUARD_AID);
	assert_int_equal(unhex(SURFACE, raw), GUARD_AID);
	assert_memory_equal(guard_aid(GUARD_SURFACE), raw, GUARD_AID);
}

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(sign_lengths),
	cmocka_unit_test(ap_sign_lengths),
	cmocka_unit_test(every_id),
	cmocka_unit_test(forgets),
	cmocka_unit_test(every_p1_p2),
	cmocka_unit_test(every_p1_p2_sent),
	cmocka_unit_test(every_p1_p2_of_the_surface),
	cmocka_unit_test(every_p1_p2_of_the_surface_sent),
	cmocka_unit_test(no_command_forgets),
	cmocka_unit_test(aids),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(follows) + LEN(singles)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = refused_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(follows); i++)
		tests[n++] = (struct CMUnitTest){ .name = follows[i].name,
		    .test_func = follow_row,
		    .initial_state = (void *)(uintptr_t)&follows[i] };
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
