#include <sys/socket.h>
#include <sys/stat.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "tests/lib/card_file.h"
#include "tests/lib/fake_ef.h"
#include "tests/lib/fake_pki.h"
#include "tests/lib/fake_tp.h"
#include "tests/lib/fake_vpcd.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static char pki[] = "/tmp/fakes-XXXXXX";

static int
make_pki(void **state)
{
	struct note note = { "" };

	(void)state;
	if (mkdtemp(pki) == NULL || fake_pki_make(pki, &note) != ERR_OK) {
		fprintf(stderr, "%s: %s\n", pki, note.text);
		return (-1);
	}
	return (0);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return (remove(path));
}

static int
remove_pki(void **state)
{
	(void)state;
	return (nftw(pki, remove_one, 8, FTW_DEPTH | FTW_PHYS));
}

/* conf: settings with ';' between them. */
static struct fake_card *
card_of(const char *name, const char *conf)
{
	char path[128], copy[256], *save = NULL;
	struct note note = { "" };
	struct fake_card *card;

	snprintf(path, sizeof(path), "%s/cards/%s", pki, name);
	assert_int_equal(card_file_load(path, &card, &note), ERR_OK);
	card->conf.first_6f00 = 0;
	snprintf(copy, sizeof(copy), "%s", conf == NULL ? "" : conf);
	for (char *s = strtok_r(copy, ";", &save); s != NULL;
	    s = strtok_r(NULL, ";", &save))
		assert_int_equal(card_file_assign(card, s, &note), ERR_OK);
	return (card);
}

static size_t
from_hex(const char *s, size_t n, uint8_t *out)
{
	assert_int_equal(n % 2, 0);
	for (size_t i = 0; i < n / 2; i++) {
		unsigned v;

		assert_int_equal(sscanf(s + 2 * i, "%2x", &v), 1);
		out[i] = (uint8_t)v;
	}
	return (n / 2);
}

/* One command; gives the status word, data and its length. */
static unsigned
send_hex(struct fake_card *card, const char *hex, size_t n, uint8_t *rsp,
    size_t *len)
{
	uint8_t apdu[600];
	size_t txlen = from_hex(hex, n, apdu);

	*len = FAKE_RSP_MAX;
	fake_card_apdu(card, apdu, txlen, rsp, len);
	if (*len < 2)
		return (0);
	*len -= 2;
	return ((unsigned)(rsp[*len] << 8 | rsp[*len + 1]));
}

/*
 * A script is words: on, off, reset, pull, insert, or HEX=SW, HEX=SW+BYTES
 * of data, HEX=none.
 */
static void
run_word(struct fake_card *card, const char *word, uint8_t *rsp)
{
	static const struct {
		const char	*word;
		void		(*run)(struct fake_card *);
	} events[] = {
		{ "on", fake_card_power_on }, { "off", fake_card_power_off },
		{ "reset", fake_card_reset }, { "pull", fake_card_pull },
		{ "insert", fake_card_insert },
	};
	size_t n = strcspn(word, "="), len;
	unsigned want = 0, bytes = 0, got;

	for (size_t i = 0; i < LEN(events); i++) {
		if (strcmp(events[i].word, word) == 0) {
			events[i].run(card);
			return;
		}
	}
	assert_true(word[n] == '=');
	got = send_hex(card, word, n, rsp, &len);
	if (strcmp(word + n, "=none") == 0) {
		assert_int_equal(got, 0);
		return;
	}
	assert_true(sscanf(word + n, "=%x+%u", &want, &bytes) >= 1);
	if (got != want || len != bytes)
		fail_msg("%s: %04x and %zu bytes", word, got, len);
}

static void
run_script(struct fake_card *card, const char *script)
{
	uint8_t *rsp = malloc(FAKE_RSP_MAX);
	char *copy = strdup(script), *save = NULL;

	assert_non_null(rsp);
	assert_non_null(copy);
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	    w = strtok_r(NULL, " ", &save))
		run_word(card, w, rsp);
	free(copy);
	free(rsp);
}

#define JPKI	" 00A4040C0AD392F000260100000001=9000 "
#define TEXT	" 00A4040C0AD3921000310001010408=9000 "
#define SURFACE	" 00A4040C0AD3921000310001010402=9000 "
#define COMMON	" 00A4040C0AD3921000310001010100=9000 "
#define JUKI	" 00A4040C0AD3921000310001010401=9000 "
#define EF(id)	" 00A4020C02" id "=9000 "
#define TRIES	" 00200080="
#define RIGHT	" 002000800431323334="
#define WRONG	" 002000800430303030="
#define OPENED	JPKI EF("0018") RIGHT "9000 "
#define READ	" 00B0000000="
/* P1=02: a bare hash, the card adds the DigestInfo */
#define HASH	"000102030405060708090A0B0C0D0E0F" \
		"101112131415161718191A1B1C1D1E1F"
#define SIGN	" 802A028020" HASH "00="
/* a DigestInfo of SHA-256, before the hash */
#define INFO	"3031300D060960864801650304020105000420"
/* 照合番号B, where a row sets it */
#define B	" 002000800E3335303630323230333530313233="

static const struct row {
	const char	*name, *card, *conf;
	unsigned	 verifies;	/* of JPKI 0018 */
	unsigned	 forbidden;
	const char	*script;
} rows[] = {
	/* power and SELECT */
	{ "no power: mute", "p03", NULL, 0, 0,
	    "off 00A4040C0AD392F000260100000001" "=none" },
	{ "first command gets 6F00", "p03", "first_6f00=1", 0, 0,
	    "00A4040C0AD392F000260100000001=6F00" JPKI },
	{ "6F00 not after a warm reset", "p03", "first_6f00=1", 0, 0,
	    "00A4040C0AD392F000260100000001=6F00 reset" JPKI },
	{ "6F00 again after power", "p03", "first_6f00=1", 0, 0,
	    "00B0000000=6F00" JPKI
	    "off on 00A4040C0AD392F000260100000001=6F00" },
	{ "all applications", "p03", NULL, 0, 0,
	    JPKI TEXT SURFACE COMMON JUKI "00A4040C07A0000001510000=9000" },
	{ "unknown AID", "p03", NULL, 0, 0,
	    "00A4040C0AD392F000260100000002=6A82" },
	{ "short AID refused", "p03", NULL, 0, 0,
	    "00A4040C09D392F0002601000000" "=6A82" },
	{ "short AID as the real card", "p03", "short_aid=1", 0, 0,
	    "00A4040C09D392F0002601000000=9000" },
	{ "AID of 4 bytes", "p03", "short_aid=1", 0, 0,
	    "00A4040C04D392F000=6700" },
	{ "FCI for P2=00 with Le", "p03", NULL, 0, 0,
	    "00A404000AD392F00026010000000100=9000+14" },
	{ "Le where none is due", "p03", NULL, 0, 0,
	    "00A4040C0AD392F00026010000000100=6700" },
	{ "bare SELECT after power-on", "p03", NULL, 0, 0,
	    "00A40000=6A86" },
	{ "bare SELECT in an AP changes nothing", "p03", NULL, 0, 0,
	    JPKI EF("0018") "00A4000C=9000" TRIES "63C3" },
	{ "no 3F00", "p03", NULL, 0, 0,
	    "00A4000C023F00=6A82" JPKI "00A4000C023F00=6A82" },
	{ "EF before AP", "p03", NULL, 0, 0,
	    "00A4020C02000A=6A82" },
	{ "EF that is not there", "p03", NULL, 0, 0,
	    JPKI "00A4020C021234=6A82" },
	{ "GET DATA tags are no EFs", "p03", NULL, 0, 0,
	    "00A4020C020045=6A82" },
	{ "EF by path", "p03", NULL, 0, 0,
	    JPKI "00A4080C02000A=6A86" },
	{ "AP change forgets the EF", "p03", NULL, 0, 0,
	    JPKI EF("000A") JPKI READ "6986" },
	{ "phone has no text AP", "phone", NULL, 0, 0,
	    "00A4040C0AD3921000310001010408=6A82" },
	{ "no-text", "no-text", NULL, 0, 0,
	    "00A4040C0AD3921000310001010408=6A82" SURFACE },
	/* classes and lengths */
	{ "CLA unknown", "p03", NULL, 0, 0,
	    "90A40000=6E00 FFCA000000=6E00 " "A0A40000023F00=6E00" },
	{ "known INS, other class", "p03", NULL, 0, 0,
	    "80A40000=6E00" },
	{ "INS unknown", "p03", NULL, 0, 0,
	    "00F20000=6D00 802C0080=6D00" },
	{ "channels", "p03", NULL, 0, 0,
	    "01A40000=6881 03A40000=6881 " "41A40000=6881" },
	{ "secure messaging", "p03", NULL, 0, 0,
	    "04A40000=6882 0CA40000=6882" },
	{ "chaining", "p03", NULL, 0, 0,
	    "10A40000=6884" },
	{ "three bytes", "p03", NULL, 0, 0,
	    "00A404=6700" },
	{ "Lc says more than there is", "p03", NULL, 0, 0,
	    "00A4040C0BD392F000260100000001=6700" },
	{ "Lc says less than there is", "p03", NULL, 0, 0,
	    "00A4040C08D392F000260100000001=6700" },
	{ "extended Le refused", "p03", NULL, 0, 0,
	    JPKI EF("000A") "00B00000000800=6700" },
	{ "extended Le", "p03", "extended=1", 0, 0,
	    JPKI EF("000A") "00B00000000640=9000+1600" },
	{ "extended VERIFY", "p03", "extended=1", 1, 0,
	    JPKI EF("0018") "0020008000000431323334=9000" },
	{ "extended Lc of 0", "p03", "extended=1", 1, 0,
	    JPKI EF("0018") "00200080000000=6700" },
	/* reading */
	{ "certificate in 7 reads", "p03", NULL, 0, 0,
	    JPKI EF("000A") READ
	    "9000+256 00B0010000=9000+256 00B0020000=9000+256 "
	    "00B0030000=9000+256 00B0040000=9000+256 00B0050000=9000+256 "
	    "00B0060040=9000+64" },
	{ "to the end and not past it", "p03", NULL, 0, 0,
	    JPKI EF("000A")
	    "00B0070000=9000+256 00B007FF02=9000+1 00B0080000=6B00 "
	    "00B07FFF01=6B00" },
	{ "6282 at the end", "p03", "eof_sw=6282", 0, 0,
	    JPKI EF("000A") "00B007FF02=6282+1" },
	{ "exact files", "p03", NULL, 0, 0,
	    JPKI EF("0006") READ "9000+160 "
	    "00B0000000=9000+160 00B000A001=6B00" EF("0008") READ "9000+3" },
	{ "read with no EF", "p03", NULL, 0, 0,
	    READ "6986" JPKI READ "6986" },
	{ "read without Le", "p03", NULL, 0, 0,
	    JPKI EF("000A") "00B00000=6700" },
	{ "a PIN is not read", "p03", NULL, 0, 0,
	    JPKI EF("0018") READ "6981" },
	{ "a key is not read", "p03", NULL, 1, 0,
	    OPENED EF("0017") READ "6981" },
	{ "nobody reads 0009", "p03", NULL, 1, 0,
	    OPENED EF("0009") READ "6982" },
	{ "short id refused", "p03", NULL, 0, 0,
	    JPKI "00B08A0004=6A86" },
	{ "short id", "p03", "short_ids=1", 0, 0,
	    JPKI "00B08A0004=9000+4 "
	    "00B0000004=9000+4 00B0800004=6A86 00B08C0004=6A82" },
	{ "short id with no AP", "p03", "short_ids=1", 0, 0,
	    "00B08A0004=6A82" },
	{ "phone: certificate after VERIFY", "phone", NULL, 1, 0,
	    JPKI EF("000A") READ "6982" EF("0018") RIGHT "9000" EF("000A")
	    READ "9000+256" },
	{ "signing certificate is locked", "p03", NULL, 1, 2,
	    OPENED EF("0001") READ "6982" },
	{ "signing certificate opens", "p03", NULL, 0, 4,
	    JPKI EF("001B") "0020008006414243313233=9000" EF("0001") READ
	    "9000+256" },
	{ "lower case is wrong", "p03", NULL, 0, 2,
	    JPKI EF("001B") "0020008006616263313233=63C4" },
	/* the PIN */
	{ "tries cost nothing", "p03", NULL, 0, 0,
	    JPKI EF("0018") TRIES "63C3" TRIES "63C3" },
	{ "right", "p03", NULL, 1, 0,
	    JPKI EF("0018") RIGHT "9000" TRIES "63C3" },
	{ "empty VERIFY says verified", "p03", "verified_9000=1", 1, 0,
	    JPKI EF("0018") TRIES "63C3" RIGHT "9000" TRIES "9000" },
	{ "wrong counts down", "p03", NULL, 2, 0,
	    JPKI EF("0018") WRONG "63C2" WRONG "63C1" TRIES "63C1" },
	{ "right resets the counter", "p03", NULL, 3, 0,
	    JPKI EF("0018") WRONG "63C2" RIGHT "9000" WRONG "63C2" },
	{ "third wrong blocks, right stays refused", "p03", NULL, 5, 0,
	    JPKI EF("0018") WRONG "63C2" WRONG "63C1" WRONG "63C0" RIGHT
	    "6984" TRIES "6984 off on" JPKI EF("0018") RIGHT "6984" },
	{ "6983 by configuration", "blocked", "blocked_sw=6983", 0, 0,
	    JPKI EF("0018") TRIES "6983" },
	{ "a wrong one takes back the right one", "p03", NULL, 2, 0,
	    OPENED WRONG "63C2" EF("0017") SIGN "6982" },
	{ "wrong shapes cost a try", "p03", NULL, 2, 0,
	    JPKI EF("0018") "0020008003313233=63C2 00200080053132333435=63C1" },
	{ "VERIFY with Le", "p03", NULL, 1, 0,
	    JPKI EF("0018") "00200080043132333400=6700" TRIES "63C3" },
	{ "VERIFY of no PIN", "p03", NULL, 0, 0,
	    JPKI RIGHT "6986" EF("000A") RIGHT "6981" },
	{ "VERIFY P2", "p03", NULL, 1, 0,
	    JPKI EF("0018") "002000000431323334=6A86 002001800431323334=6A86" },
	{ "VERIFY by short id", "p03", "short_ids=1", 1, 0,
	    JPKI "002000980431323334=9000" },
	{ "short id VERIFY refused but counted", "p03", NULL, 1, 0,
	    JPKI "002000980431323334=6A86" },
	{ "blocked", "blocked", NULL, 1, 0,
	    JPKI EF("0018") TRIES "6984" RIGHT "6984" },
	{ "one try", "onetry", NULL, 2, 0,
	    JPKI EF("0018") TRIES "63C1" WRONG "63C0" RIGHT "6984" },
	{ "no PIN was set", "pinless", NULL, 1, 0,
	    JPKI EF("0018") TRIES "6984" RIGHT "6984" TEXT EF("0011") TRIES
	    "6984" },
	{ "no PIN was set, by configuration", "pinless", "none_sw=6a88", 0, 0,
	    JPKI EF("0018") TRIES "6A88" },
	{ "PINs have counters of their own", "p03", NULL, 1, 0,
	    JPKI EF("0018") WRONG "63C2" TEXT EF("0011") TRIES "63C3" },
	{ "split PINs", "split-pins", NULL, 0, 0,
	    TEXT EF("0011") RIGHT "63C2 " "002000800435363738=9000" },
	{ "text PIN at its last try", "text-low", NULL, 0, 0,
	    JPKI EF("0018") TRIES "63C3" TEXT EF("0011") TRIES "63C1" },
	{ "what lasts: reset and SELECT", "p03", NULL, 1, 0,
	    OPENED TEXT "reset" JPKI EF("0017") SIGN "9000+256" },
	{ "what ends it: power", "p03", NULL, 1, 0,
	    OPENED "off on" JPKI EF("0017") SIGN "6982" },
	{ "what ends it: pulled", "p03", NULL, 1, 0,
	    OPENED "pull insert on" JPKI EF("0017") SIGN "6982" },
	{ "a PIN is changed after VERIFY only", "p03", NULL, 3, 2,
	    JPKI EF("0018") "002401800435363738=6982" RIGHT
	    "9000 002401800435363738=9000" WRONG
	    "63C2 002000800435363738=9000" },
	{ "a new PIN is 4 digits", "p03", NULL, 1, 2,
	    OPENED "0024018003313233=6A80 002401800441424344=6A80" },
	/* signing */
	{ "no signature without PIN", "p03", NULL, 0, 0,
	    JPKI EF("0017") SIGN "6982" },
	{ "no signature with the text PIN", "p03", NULL, 0, 0,
	    TEXT EF("0011") RIGHT "9000" JPKI EF("0017") SIGN "6982" },
	{ "signing key needs its password", "p03", NULL, 1, 2,
	    OPENED EF("001A") SIGN "6982" },
	{ "a PIN does not sign", "p03", NULL, 1, 0,
	    OPENED SIGN "6981" },
	{ "no key selected", "p03", NULL, 1, 0,
	    OPENED JPKI SIGN "6986" },
	{ "signing P1", "p03", NULL, 1, 0,
	    OPENED EF("0017") "802A06800131" "00=6A86" },
	{ "hash of 31 bytes", "p03", NULL, 1, 0,
	    OPENED EF("0017") "802A0280010000=6700" },
	{ "signing without Le", "p03", NULL, 1, 0,
	    OPENED EF("0017") "802A028020" HASH "=6700" },
	{ "signing with a small Le", "p03", NULL, 1, 0,
	    OPENED EF("0017") "802A028020" HASH "80=6700" },
	{ "sign by short id", "p03", "short_ids=1", 1, 0,
	    OPENED "802A029720" HASH "00=9000+256" },
	{ "AP key without PIN", "p03", NULL, 0, 0,
	    SURFACE "802A020020" HASH "00=9000+256" TEXT "802A020020" HASH
	    "00=9000+256" },
	{ "JPKI has no AP key", "p03", NULL, 1, 0,
	    OPENED "802A020020" HASH "00=6A86" },
	{ "P-384 takes 48 bytes", "p384", NULL, 1, 0,
	    OPENED EF("0017") SIGN "6A86 802A008030" HASH
	    "202122232425262728292A2B2C2D2E2F" "00=9000+96 802A008020" HASH
	    "00=6700" },
	/* text, surface, common, juki */
	{ "attributes need the PIN", "p03", NULL, 0, 0,
	    TEXT EF("0002") READ "6982" EF("0011") RIGHT "9000" EF("0002")
	    READ "9000+256" },
	{ "the auth PIN does not open text", "p03", NULL, 1, 0,
	    OPENED TEXT EF("0002") READ "6982" },
	{ "the number is counted", "p03", NULL, 0, 2,
	    TEXT EF("0001") READ "6982" },
	{ "number A is counted", "p03", NULL, 0, 2,
	    TEXT EF("0014") "002000800C303030303030303030303031=63C9" },
	{ "text 0012 is blocked from issue", "p03", NULL, 0, 0,
	    TEXT EF("0012") TRIES "6984" RIGHT "6984" },
	{ "surface needs B", "p03", NULL, 0, 0,
	    SURFACE EF("0002") READ "6982" EF("0012") TRIES "63CA" WRONG
	    "63C9" },
	{ "surface birth key has no counter", "p03", NULL, 0, 0,
	    SURFACE EF("0001") READ "6982" EF("0011") TRIES "6300"
	    " 0020008006333530363031=6300 0020008006333530363032=9000"
	    EF("0001") READ "9000+256" },
	{ "surface certificate is free", "p03", NULL, 0, 0,
	    SURFACE EF("0004") READ "9000+256 00B0020038=9000+56 "
	    "00B0023801=6B00" },
	{ "surface key signs before B", "p03", NULL, 0, 0,
	    SURFACE "802A000033" INFO HASH "00=9000+256" },
	{ "surface key is no JPKI key", "p03", NULL, 0, 0,
	    JPKI "802A000033" INFO HASH "00=6A86" },
	{ "surface, the PIN does not open it", "p03", NULL, 1, 0,
	    OPENED SURFACE EF("0002") READ "6982" },
	{ "surface, the text's B does not open it", "p03",
	    "text_number_b=35060220350123", 0, 0, TEXT EF("0015") B "9000"
	    SURFACE EF("0002") READ "6982" },
	{ "text, B opens the attributes", "p03",
	    "text_number_b=35060220350123", 0, 0, TEXT EF("0015") B "9000"
	    EF("0002") READ "9000+256" EF("0003") READ "9000+256" },
	{ "text, B does not open the number", "p03",
	    "text_number_b=35060220350123", 0, 2, TEXT EF("0015") B "9000"
	    EF("0001") READ "6982" },
	{ "b-six", "b-six", NULL, 0, 0, SURFACE EF("0012") TRIES "63C6" },
	{ "b-five", "b-five", NULL, 0, 0,
	    SURFACE EF("0012") TRIES "63C5" TEXT EF("0015") TRIES "63CA" },
	{ "b-one", "b-one", NULL, 0, 0,
	    SURFACE EF("0012") TRIES "63C1" WRONG "63C0" TRIES "6984" },
	{ "b-blocked", "b-blocked", NULL, 0, 0,
	    SURFACE EF("0012") TRIES "6984" WRONG "6984" },
	{ "text-b-five", "text-b-five", NULL, 0, 0,
	    TEXT EF("0015") TRIES "63C5" SURFACE EF("0012") TRIES "63CA" },
	{ "ten wrong ones lock B", "p03", NULL, 0, 0,
	    SURFACE EF("0012") WRONG "63C9" WRONG "63C8" WRONG "63C7" WRONG
	    "63C6" WRONG "63C5" WRONG "63C4" WRONG "63C3" WRONG "63C2" WRONG
	    "63C1" WRONG "63C0" WRONG "6984" TRIES "6984" },
	{ "no-surface", "no-surface", NULL, 0, 0,
	    "00A4040C0AD3921000310001010402=6A82" TEXT },
	{ "phone has no surface", "phone", NULL, 0, 0,
	    "00A4040C0AD3921000310001010402=6A82" },
	{ "surface image of the number", "p03", NULL, 0, 2,
	    SURFACE EF("0005") READ "6982" },
	{ "common record", "p03", NULL, 0, 0,
	    COMMON EF("0001")
	    "00B2010400=9000+30 00B2020400=6A83 00B2010000=6A86 "
	    "00B2010410=6700" READ "6981" },
	{ "record of a binary file", "p03", NULL, 0, 0,
	    JPKI EF("000A") "00B2010400=6981" },
	{ "internal authenticate", "p03", NULL, 0, 0,
	    "0088009904" "01020304" "00=6985" COMMON "0088009904"
	    "0102030400=9000+256 " "0088008004" "0102030400=6A86" },
	{ "juki PIN", "p03", NULL, 0, 0,
	    JUKI EF("001C") RIGHT "9000" },
	/* the rest */
	{ "GET DATA at MF only", "p03", NULL, 0, 0,
	    "00CA00F200=9000+8 " "00CA00F000=9000+5" JPKI
	    "00CA00F200=6A88 00CA5F5100=9000+8" },
	{ "GET DATA unknown", "p03", NULL, 0, 0,
	    "00CA123400=6A88 " "00CA006600=6A88" },
	{ "GET DATA, short Le", "p03", NULL, 0, 0,
	    "00CA00F204=6700 " "00CA00F800=6700" },
	{ "GET DATA, extended Le", "p03", "extended=1", 0, 0,
	    "00CA00F8000000=9000+568" },
	{ "GET CHALLENGE", "p03", NULL, 0, 0,
	    "0084000008=9000+8 "
	    "0084000000=9000+256 0084010008=6A86 00840000=6700" },
	{ "GET CHALLENGE, extended Le", "p03", "extended=1", 0, 0,
	    "00840000000100=6985" },
	{ "PIN-less command", "p03", NULL, 0, 1,
	    JPKI "80A206C1=6985" },
	{ "phone marker on plastic", "p03", NULL, 0, 0,
	    "80FC0000=6700" },
	{ "GET RESPONSE is unknown", "p03", NULL, 0, 0,
	    "00C0000000=6D00" },
	{ "61xx", "p03", "get_response=1", 1, 0,
	    OPENED EF("0017") SIGN "6100 "
	    "00C0000080=6180+128 00C0000000=9000+128 00C0000000=6985" },
	{ "61xx is lost by another command", "p03", "get_response=1", 1, 0,
	    OPENED EF("0017") SIGN "6100" EF("0018") "00C0000000=6985" },
	{ "6Cxx", "p03", "get_response=1", 0, 0,
	    JPKI EF("0008") READ "6C03 " "00B0000003=9000+3" },
	/* faults of the card */
	{ "SW at n, not executed", "p03", "sw_at=2=6F00", 0, 0,
	    JPKI "00A4020C020018=6F00" TRIES "6986" },
	{ "SW at VERIFY: counted, no try spent", "p03", "sw_at=3=6F00", 1, 0,
	    JPKI EF("0018") WRONG "6F00" TRIES "63C3" },
	{ "pulled before", "p03", "pull_at=3", 1, 0,
	    JPKI EF("0018") WRONG "none " "insert on" JPKI EF("0018") TRIES
	    "63C3" },
	{ "pulled after: the try is spent", "p03", "pull_lost_at=3", 1, 0,
	    JPKI EF("0018") WRONG "none insert on" JPKI EF("0018") TRIES
	    "63C2" },
	{ "pulled card is mute", "p03", "pull_at=1", 0, 0,
	    "00B0000000=none " "00B0000000=none" },
};

static void
card_row(void **state)
{
	const struct row *row = *state;
	struct fake_card *card = card_of(row->card, row->conf);

	fake_card_power_on(card);
	run_script(card, row->script);
	assert_int_equal(card->stats.verify[FAKE_AUTH_PIN], row->verifies);
	assert_int_equal(card->stats.forbidden, row->forbidden);
	fake_card_free(&card);
	assert_null(card);
}

static X509 *
cert_of(const char *name, const char *file)
{
	struct blob der = { 0 };
	char path[128];
	const uint8_t *p;
	X509 *cert;

	snprintf(path, sizeof(path), "%s/%s/%s", pki, name, file);
	assert_int_equal(blob_read_file(&der, path, 65536), ERR_OK);
	p = der.data;
	cert = d2i_X509(NULL, &p, (long)der.len);
	blob_free(&der);
	return (cert);
}

static const struct sign_row {
	const char	*name, *card, *conf, *apdu;
	const char	*message;	/* hex: what was signed ... */
	int		 hashed;	/* ... is its SHA-256 already */
	int		 pad;		/* RSA padding; 0 = ECDSA */
	int		 bare;		/* no DigestInfo */
} sign_rows[] = {
	{ "P1=00 with DigestInfo", "p03", NULL, "802A0080333031300D060960"
	    "86480165030402010500" "0420" HASH "00", HASH, 1,
	    RSA_PKCS1_PADDING, 0 },
	{ "P1=00 bare", "p03", NULL, "802A00800431323334" "00", "31323334",
	    1, RSA_PKCS1_PADDING, 1 },
	{ "P1=01 card hashes, bare", "p03", NULL, "802A01800431323334" "00",
	    "31323334", 0, RSA_PKCS1_PADDING, 1 },
	{ "P1=02", "p03", NULL, "802A028020" HASH "00", HASH, 1,
	    RSA_PKCS1_PADDING, 0 },
	{ "P1=03", "p03", NULL, "802A03800431323334" "00", "31323334", 0,
	    RSA_PKCS1_PADDING, 0 },
	{ "P1=04", "p03", NULL, "802A048020" HASH "00", HASH, 1,
	    RSA_PKCS1_PSS_PADDING, 0 },
	{ "P1=05", "p03", NULL, "802A05800431323334" "00", "31323334", 0,
	    RSA_PKCS1_PSS_PADDING, 0 },
	{ "P-384 DER", "p384", "ec_form=der", "802A008030" HASH
	    "202122232425262728292A2B2C2D2E2F" "00", HASH
	    "202122232425262728292A2B2C2D2E2F", 1, 0, 0 },
};

static int
verifies(EVP_PKEY *key, const struct sign_row *row, const uint8_t *sig,
    size_t siglen, const uint8_t *hash, size_t hashlen)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	int r;

	assert_non_null(ctx);
	assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
	if (row->pad != 0)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, row->pad),
		    1);
	if (row->pad != 0 && !row->bare)
		assert_int_equal(EVP_PKEY_CTX_set_signature_md(ctx,
		    EVP_sha256()), 1);
	r = EVP_PKEY_verify(ctx, sig, siglen, hash, hashlen);
	EVP_PKEY_CTX_free(ctx);
	return (r == 1);
}

static void
sign_row(void **state)
{
	const struct sign_row *row = *state;
	struct fake_card *card = card_of(row->card, row->conf);
	uint8_t *sig = malloc(FAKE_RSP_MAX), hash[64];
	char sub[64];
	size_t siglen, hashlen;
	X509 *cert;

	fake_card_power_on(card);
	run_script(card, OPENED EF("0017"));
	assert_int_equal(send_hex(card, row->apdu, strlen(row->apdu), sig,
	    &siglen), 0x9000);
	hashlen = from_hex(row->message, strlen(row->message), hash);
	if (!row->hashed) {
		assert_int_equal(EVP_Digest(hash, hashlen, hash, NULL,
		    EVP_sha256(), NULL), 1);
		hashlen = 32;
	}
	snprintf(sub, sizeof(sub), "cards/%s", row->card);
	cert = cert_of(sub, "jpki-000a.bin");
	assert_true(verifies(X509_get0_pubkey(cert), row, sig, siglen, hash,
	    hashlen));
	hash[0] ^= 1;
	assert_false(verifies(X509_get0_pubkey(cert), row, sig, siglen, hash,
	    hashlen));
	assert_int_equal(card->stats.sign, 1);
	X509_free(cert);
	free(sig);
	fake_card_free(&card);
}

static const struct cert_row {
	const char	*name, *card, *root;
	int		 signed_by;	/* the root's key */
	int		 in_date;
	const char	*ku;		/* a bit it must have, or NULL */
	int		 client, ca;
} cert_rows[] = {
	{ "p03", "p03", "auth-g3", 1, 1, "ds", 1, 0 },
	{ "p05", "p05", "auth-g3", 1, 1, "ds", 1, 0 },
	{ "g1", "g1", "auth-g1", 1, 1, "ds", 1, 0 },
	{ "g2", "g2", "auth-g2", 1, 1, "ds", 1, 0 },
	{ "g2 is not g3", "g2", "auth-g3", 0, 1, "ds", 1, 0 },
	{ "prod", "prod", "prod", 1, 1, "ds", 1, 0 },
	{ "expired", "expired", "auth-g3", 1, 0, "ds", 1, 0 },
	{ "not yet valid", "not-yet-valid", "auth-g3", 1, 0, "ds", 1, 0 },
	{ "wrong issuer", "wrong-issuer", "auth-g3", 0, 1, "ds", 1, 0 },
	{ "rogue issuer", "rogue-issuer", "auth-g3", 0, 1, "ds", 1, 0 },
	{ "rogue by rogue", "rogue-issuer", "rogue", 1, 1, "ds", 1, 0 },
	{ "wrong usage", "wrong-usage", "auth-g3", 1, 1, NULL, 1, 0 },
	{ "wrong eku", "wrong-eku", "auth-g3", 1, 1, "ds", 0, 0 },
	{ "ca-true", "ca-true", "auth-g3", 1, 1, "ds", 1, 1 },
	{ "p384", "p384", "auth-g3", 1, 1, "ds", 1, 0 },
};

static void
cert_row(void **state)
{
	const struct cert_row *row = *state;
	char sub[64], file[64];
	X509 *cert, *root;
	int now;

	snprintf(sub, sizeof(sub), "cards/%s", row->card);
	snprintf(file, sizeof(file), "%s.cer", row->root);
	cert = cert_of(sub, "jpki-000a.bin");
	root = cert_of("roots", file);
	assert_int_equal(i2d_X509(cert, NULL), 1600);
	assert_int_equal(X509_verify(cert, X509_get0_pubkey(root)) == 1,
	    row->signed_by);
	now = X509_cmp_current_time(X509_get0_notBefore(cert)) < 0 &&
	    X509_cmp_current_time(X509_get0_notAfter(cert)) > 0;
	assert_int_equal(now, row->in_date);
	assert_int_equal((X509_get_key_usage(cert) & KU_DIGITAL_SIGNATURE) !=
	    0, row->ku != NULL);
	assert_int_equal((X509_get_extended_key_usage(cert) &
	    XKU_SSL_CLIENT) != 0, row->client);
	assert_int_equal((X509_get_extension_flags(cert) & EXFLAG_CA) !=
	    0, row->ca);
	X509_free(cert);
	X509_free(root);
}

/* 3.2: one critical policy, and one card that has another. */
static void
policies(void **state)
{
	static const char *const policy_rows[][2] = {
		{ "cards/p03", "1.2.392.200149.8.5.1.3.30" },
		{ "cards/wrong-policy", "1.2.392.200149.8.5.1.3.99" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(policy_rows); i++) {
		X509 *cert = cert_of(policy_rows[i][0], "jpki-000a.bin");
		CERTIFICATEPOLICIES *all;
		char oid[64];
		int critical;

		all = X509_get_ext_d2i(cert, NID_certificate_policies,
		    &critical, NULL);
		assert_int_equal(critical, 1);
		assert_int_equal(sk_POLICYINFO_num(all), 1);
		OBJ_obj2txt(oid, sizeof(oid),
		    sk_POLICYINFO_value(all, 0)->policyid, 1);
		assert_string_equal(oid, policy_rows[i][1]);
		CERTIFICATEPOLICIES_free(all);
		X509_free(cert);
	}
}

static void
rogue_looks_like_g3(void **state)
{
	X509 *g3 = cert_of("roots", "auth-g3.cer");
	X509 *rogue = cert_of("roots", "rogue.cer");

	(void)state;
	assert_int_equal(X509_NAME_cmp(X509_get_subject_name(g3),
	    X509_get_subject_name(rogue)), 0);
	assert_int_equal(ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(g3),
	    X509_get0_subject_key_id(rogue)), 0);
	assert_int_not_equal(EVP_PKEY_eq(X509_get0_pubkey(g3),
	    X509_get0_pubkey(rogue)), 1);
	X509_free(g3);
	X509_free(rogue);
}

static X509_CRL *
crl_of(const char *file)
{
	struct blob der = { 0 };
	char path[128];
	const uint8_t *p;
	X509_CRL *crl;

	snprintf(path, sizeof(path), "%s/roots/%s", pki, file);
	assert_int_equal(blob_read_file(&der, path, 65536), ERR_OK);
	p = der.data;
	crl = d2i_X509_CRL(NULL, &p, (long)der.len);
	blob_free(&der);
	assert_non_null(crl);
	return (crl);
}

static void
crl_names_one_card(void **state)
{
	X509_CRL *good = crl_of("crl-good.der");
	X509_CRL *bad = crl_of("crl-revoked.der");
	X509 *root = cert_of("roots", "auth-g3.cer");
	X509 *revoked = cert_of("cards/revoked", "jpki-000a.bin");
	X509 *p03 = cert_of("cards/p03", "jpki-000a.bin");
	X509_REVOKED *rev;

	(void)state;
	assert_int_equal(X509_CRL_verify(bad, X509_get0_pubkey(root)), 1);
	assert_int_equal(X509_CRL_verify(good, X509_get0_pubkey(root)), 1);
	assert_int_equal(X509_CRL_get0_by_cert(bad, &rev, revoked), 1);
	assert_int_equal(X509_CRL_get0_by_cert(bad, &rev, p03), 0);
	assert_int_equal(X509_CRL_get0_by_cert(good, &rev, revoked), 0);
	X509_free(p03);
	X509_free(revoked);
	X509_free(root);
	X509_CRL_free(good);
	X509_CRL_free(bad);
}

static void
odd_certificates(void **state)
{
	struct fake_card *huge = card_of("huge-cert", NULL);
	struct blob *ef = &huge->ef[fake_ef_index(fake_ef_find(FAKE_JPKI,
	    0x000a))];

	(void)state;
	assert_null(cert_of("cards/garbled-cert", "jpki-000a.bin"));
	assert_int_equal(ef->data[2] << 8 | ef->data[3], 9000 - 4);
	fake_card_free(&huge);
}

/* Finds a DFxx item of a text or surface EF 0002 by its offset. */
static struct buf
item_at(const struct blob *file, size_t index)
{
	size_t head = file->data[2] == 0x82 ? 5 : file->data[2] == 0x81 ? 4 :
	    3;
	struct buf b = blob_buf(file), value;
	uint16_t offset, tag;
	uint8_t len;

	assert_int_equal(buf_skip(&b, head + 3 + 2 * index), ERR_OK);
	assert_int_equal(buf_u16(&b, &offset), ERR_OK);
	b = blob_buf(file);
	assert_int_equal(buf_skip(&b, offset), ERR_OK);
	assert_int_equal(buf_u16(&b, &tag), ERR_OK);
	assert_int_equal(tag, 0xdf22 + index);
	assert_int_equal(buf_u8(&b, &len), ERR_OK);
	assert_int_equal(buf_take(&b, len, &value), ERR_OK);
	return (value);
}

static const struct text_row {
	const char *card, *item[4];
} text_rows[] = {
	{ "p03", { "資格　一郎", "東京都千代田区永田町１－９９－９９",
	    "19600602", "1" } },
	{ "p02", { "ききょう　髙子", "石川県金沢市○○町△丁目××番地",
	    "19510401", "2" } },
	{ "p02-gap", { "ききょう　●子", "石川県金沢市○○町△丁目××番地",
	    "19510401", "2" } },
	{ "p13", { "生保　患者", "東京都千代田区永田町１－９９－９９",
	    "19890101", "1" } },
};

static void
text_row(void **state)
{
	const struct text_row *row = *state;
	struct fake_card *card = card_of(row->card, NULL);
	const struct blob *ef = &card->ef[fake_ef_index(
	    fake_ef_find(FAKE_TEXT, 0x0002))];

	for (size_t i = 0; i < 4; i++) {
		struct buf v = item_at(ef, i);

		assert_int_equal(v.left, strlen(row->item[i]));
		assert_memory_equal(v.p, row->item[i], v.left);
	}
	fake_card_free(&card);
}

/* 昭和64年1月1日 and 照合番号B: 640101, expiry year, code. */
static void
number_b_is_of_the_era(void **state)
{
	struct fake_card *card = card_of("p13", NULL);
	const struct secret *b = &card->pin[FAKE_SURFACE_B].value;

	(void)state;
	assert_int_equal(b->len, 14);
	assert_memory_equal(b->data, "640101", 6);
	assert_memory_equal(b->data + 10, "0123", 4);
	fake_card_free(&card);
}

/* The presence proof of 5.2: the key in DF24 verifies the AP's signature. */
static void
surface_opens_with_b(void **state)
{
	struct fake_card *card = card_of("p05", NULL);
	const struct secret *b = &card->pin[FAKE_SURFACE_B].value;
	uint8_t apdu[19] = { 0x00, 0x20, 0x00, 0x80, 14 };
	uint8_t rsp[258];
	size_t n = sizeof(rsp);

	(void)state;
	fake_card_power_on(card);
	run_script(card, SURFACE EF("0012"));
	memcpy(apdu + 5, b->data, 14);
	fake_card_apdu(card, apdu, sizeof(apdu), rsp, &n);
	assert_int_equal(n, 2);
	assert_int_equal(rsp[0], 0x90);
	run_script(card, EF("0002") READ "9000+256" EF("0005") READ "6982");
	fake_card_free(&card);
}

/* --- what openssl says to certificate and signature of the surface --- */

#define CERT_BODY	10	/* 7F21 82 .. .., 5F4E 82 .. .. */
#define BODY_LEN	297

static void
put_file(const char *name, const void *data, size_t len)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", pki, name);
	assert_non_null(f = fopen(path, "w"));
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* SubjectPublicKeyInfo of RSA-2048 with 65537, but for the modulus. */
static void
put_issuer(const uint8_t *modulus)
{
	uint8_t der[294];
	size_t n = from_hex("30820122300D06092A864886F70D01010105000382010F00"
	    "3082010A0282010100", 66, der);

	memcpy(der + n, modulus, 256);
	n += 256;
	n += from_hex("0203010001", 10, der + n);
	assert_int_equal(n, sizeof(der));
	put_file("issuer.pub", der, n);
}

/* From one object, head and all, to the one behind the last. */
static void
put_part(const char *name, const struct blob *file, uint16_t first,
    uint16_t last)
{
	struct buf from = fake_ef_item(file, first);
	struct buf to = fake_ef_item(file, last);
	size_t head = from.left > 0xff ? 5 : from.left > 0x7f ? 4 : 3;

	put_file(name, from.p - head, (size_t)(to.p - from.p) + to.left +
	    head);
}

static const struct judge_row {
	const char	*name, *card;
	int		 certificate, data;	/* openssl agrees */
} judges[] = {
	{ "openssl: p03", "p03", 1, 1 },
	{ "openssl: p02", "p02", 1, 1 },
	{ "openssl: big", "big", 1, 1 },
	{ "openssl: cv-forged", "cv-forged", 0, 1 },
	{ "openssl: cv-unknown", "cv-unknown", 1, 1 },
	{ "openssl: photo-altered", "photo-altered", 1, 0 },
	{ "openssl: photo-garbled", "photo-garbled", 1, 1 },
	{ "openssl: birth-altered", "birth-altered", 1, 0 },
	{ "openssl: expiry-altered", "expiry-altered", 1, 1 },
	{ "openssl: ap-cloned", "ap-cloned", 1, 1 },
};

static int
says_yes(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && { %s; } >/dev/null 2>&1", pki,
	    command);
	return (system(line) == 0);
}

static void
judge_row(void **state)
{
	const struct judge_row *row = *state;
	struct fake_card *card = card_of(row->card, NULL);
	const struct blob *face = &card->ef[fake_ef_index(
	    fake_ef_find(FAKE_SURFACE, 0x0002))];
	const struct blob *cert = &card->ef[fake_ef_index(
	    fake_ef_find(FAKE_SURFACE, 0x0004))];
	struct buf sig = fake_ef_item(face, 0xdf28);

	assert_int_equal(cert->len, 568);
	put_file("body", cert->data + CERT_BODY, BODY_LEN);
	put_file("cert.sig", cert->data + 312, 256);
	put_issuer(cert->data + CERT_BODY + BODY_LEN - 256);
	put_file("face.sig", sig.p, sig.left);
	put_part("p1", face, 0xdf22, 0xdf24);
	put_part("p2", face, 0xdf25, 0xdf26);
	put_part("p3", face, 0xdf27, 0xdf27);
	assert_int_equal(says_yes("openssl dgst -sha256 -keyform DER -verify "
	    "roots/card-ca.pub -signature cert.sig body"), row->certificate);
	assert_int_equal(says_yes("openssl pkeyutl -verifyrecover -pubin "
	    "-keyform DER -inkey issuer.pub -pkeyopt rsa_padding_mode:pkcs1 "
	    "-in face.sig -out info && { printf '\\060\\161\\060\\015\\006"
	    "\\011\\140\\206\\110\\001\\145\\003\\004\\002\\001\\005"
	    "\\000\\004\\140'; for p in p1 p2 p3; do openssl dgst -sha256 "
	    "-binary $p; done; } | cmp - info"), row->data);
	fake_card_free(&card);
}

/* DF24 is the key of the card that is there, but on a copy. */
static void
signed_key_is_the_cards(void **state)
{
	static const struct {
		const char	*card;
		int		 same;
	} steps[] = { { "p03", 1 }, { "cv-unknown", 1 }, { "ap-cloned", 0 } };

	(void)state;
	for (size_t i = 0; i < LEN(steps); i++) {
		struct fake_card *card = card_of(steps[i].card, NULL);
		struct buf key = fake_ef_item(&card->ef[fake_ef_index(
		    fake_ef_find(FAKE_SURFACE, 0x0002))], 0xdf24);
		uint8_t modulus[256];
		BIGNUM *n = NULL;

		assert_int_equal(EVP_PKEY_get_bn_param(card->key[FAKE_KEY_AP],
		    OSSL_PKEY_PARAM_RSA_N, &n), 1);
		assert_int_equal(BN_bn2binpad(n, modulus, 256), 256);
		assert_int_equal(key.left, 265);
		assert_memory_equal(key.p, "\x90\x03\x01\x00\x01\x91\x82\x01"
		    "\x00", 9);
		assert_int_equal(memcmp(key.p + 9, modulus, 256) == 0,
		    steps[i].same);
		BN_free(n);
		fake_card_free(&card);
	}
}

static void
odd_name_overlaps(void **state)
{
	struct fake_card *odd = card_of("odd-name", NULL);
	struct fake_card *p03 = card_of("p03", NULL);
	size_t at = fake_ef_index(fake_ef_find(FAKE_TEXT, 0x0002));

	(void)state;
	assert_int_equal(odd->ef[at].len, p03->ef[at].len);
	assert_memory_not_equal(odd->ef[at].data, p03->ef[at].data,
	    p03->ef[at].len);
	fake_card_free(&odd);
	fake_card_free(&p03);
}

static const struct half_row {
	const char	*name, *conf;
	size_t		 leaves, whole;	/* of a READ of 256 */
} half_rows[] = {
	{ "whole", NULL, 258, 258 },
	{ "half", "pull_half_at=3", 129, 258 },
	{ "torn", "pull_torn_at=3", 129, 129 },
	{ "lost", "pull_lost_at=3", 0, 258 },
	{ "pulled", "pull_at=3", 0, 0 },
};

static void
half_row(void **state)
{
	static const uint8_t read[] = { 0x00, 0xb0, 0x00, 0x00, 0x00 };
	const struct half_row *row = *state;
	struct fake_card *card = card_of("p03", row->conf);
	uint8_t rsp[258];
	size_t n = sizeof(rsp);

	fake_card_power_on(card);
	run_script(card, JPKI EF("000A"));
	fake_card_apdu(card, read, sizeof(read), rsp, &n);
	assert_int_equal(n, row->leaves);
	assert_int_equal(card->answer_len, row->whole);
	assert_int_equal(card->present, row->conf == NULL);
	fake_card_free(&card);
}

static const struct conf_row {
	const char	*name, *line;
	enum err	 want;
} conf_rows[] = {
	{ "flag", "extended = 1", ERR_OK },
	{ "flag out of range", "extended=2", ERR_CONF },
	{ "flag that is no number", "extended=yes", ERR_CONF },
	{ "nothing", "extended=", ERR_CONF },
	{ "no =", "extended", ERR_CONF },
	{ "unknown key", "unknown=1", ERR_CONF },
	{ "SW", "eof_sw=6282", ERR_OK },
	{ "SW out of range", "eof_sw=1234", ERR_CONF },
	{ "SW too long", "eof_sw=62820", ERR_CONF },
	{ "ATR", "atr=3B8880010000", ERR_OK },
	{ "ATR of odd digits", "atr=3B888", ERR_CONF },
	{ "ATR of no digits", "atr=3BGG", ERR_CONF },
	{ "ATR of 34 bytes", "atr=3B00000000000000000000000000000000000000"
	    "0000000000000000000000000000", ERR_CONF },
	{ "applications", "apps=jpki text", ERR_OK },
	{ "unknown application", "apps=jpki other", ERR_CONF },
	{ "PIN", "auth_pin=9876", ERR_OK },
	{ "PIN of 17", "auth_pin=12345678901234567", ERR_TOOBIG },
	{ "no PIN given", "auth_pin=", ERR_CONF },
	{ "tries", "auth_pin_tries=0", ERR_OK },
	{ "more tries than there are", "auth_pin_tries=4", ERR_CONF },
	{ "odd suffix", "auth_pin_try=1", ERR_CONF },
	{ "fault", "pull_at=3", ERR_OK },
	{ "fault 0", "pull_at=0", ERR_CONF },
	{ "fault with SW", "pull_at=3=6F00", ERR_CONF },
	{ "SW fault", "sw_at=3=6F00", ERR_OK },
	{ "SW fault without SW", "sw_at=3", ERR_CONF },
	{ "SW fault with no SW", "sw_at=3=ff", ERR_CONF },
	{ "EC form", "ec_form=der", ERR_OK },
	{ "EC form unknown", "ec_form=pem", ERR_CONF },
};

static void
conf_row(void **state)
{
	const struct conf_row *row = *state;
	struct fake_card *card = fake_card_new();
	struct note note = { "" };

	assert_int_equal(card_file_assign(card, row->line, &note), row->want);
	assert_int_equal(note.text[0] != '\0', row->want != ERR_OK);
	assert_null(strstr(note.text, "12345678901234567"));
	fake_card_free(&card);
}

static void
ninth_fault_does_not_fit(void **state)
{
	struct fake_card *card = fake_card_new();
	struct note note;

	(void)state;
	for (int i = 0; i < FAKE_FAULTS; i++)
		assert_int_equal(card_file_assign(card, "pull_at=3", &note),
		    ERR_OK);
	assert_int_equal(card_file_assign(card, "pull_at=3", &note),
	    ERR_CONF);
	fake_card_free(&card);
}

static void
bad_folders(void **state)
{
	struct fake_card *card = fake_card_new();
	struct note note = { "" };
	char path[128];
	FILE *f;

	(void)state;
	fake_card_free(&card);
	assert_int_equal(card_file_load("/nonexistent", &card, &note),
	    ERR_SYS);
	assert_null(card);
	snprintf(path, sizeof(path), "%s/card.conf", pki);
	assert_non_null(f = fopen(path, "w"));
	fputs("# a comment\n\nauth_pin = 1234\nauth_pni = 1234\n", f);
	fclose(f);
	assert_int_equal(card_file_load(pki, &card, &note), ERR_CONF);
	assert_null(card);
	assert_non_null(strstr(note.text, "line 4"));
	assert_null(strstr(note.text, "1234"));
}

static void
key_that_is_none(void **state)
{
	struct fake_card *card;
	struct note note = { "" };
	char path[128];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/card.conf", pki);
	assert_non_null(f = fopen(path, "w"));
	fclose(f);
	snprintf(path, sizeof(path), "%s/ap.key", pki);
	assert_non_null(f = fopen(path, "w"));
	fputs("no key", f);
	fclose(f);
	assert_int_equal(card_file_load(pki, &card, &note), ERR_CONF);
	assert_null(card);
	assert_non_null(strstr(note.text, "ap.key"));
}

static void
tries_survive_in_a_file(void **state)
{
	struct fake_card *card = card_of("p03", NULL), *next;
	struct note note = { "" };
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/tries", pki);
	assert_int_equal(card_file_load_tries(card, path, &note), ERR_OK);
	fake_card_power_on(card);
	run_script(card, JPKI EF("0018") WRONG "63C2");
	assert_int_equal(card_file_save_tries(card, path, &note), ERR_OK);
	next = card_of("p03", NULL);
	assert_int_equal(card_file_load_tries(next, path, &note), ERR_OK);
	assert_int_equal(next->pin[FAKE_AUTH_PIN].tries, 2);
	assert_int_equal(next->pin[FAKE_TEXT_PIN].tries, 3);
	assert_int_equal(card_file_save_tries(card, "/nonexistent/x",
	    &note), ERR_SYS);
	fake_card_free(&card);
	fake_card_free(&next);
}

static void
count_file_says_what_happened(void **state)
{
	struct fake_card *card = card_of("p03", NULL);
	struct note note = { "" };
	struct blob text = { 0 };
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/count", pki);
	fake_card_power_on(card);
	run_script(card, OPENED TEXT EF("0001"));
	assert_int_equal(card_file_save_count(card, path, &note), ERR_OK);
	assert_int_equal(blob_read_file(&text, path, 4096), ERR_OK);
	assert_non_null(strstr(blob_str(&text), "\"apdus\":5,\"power_ons\":1,"
	    "\"sign\":0,\"forbidden\":1,\"present\":true"));
	assert_non_null(strstr(blob_str(&text), "\"verify\":{\"0018\":1,"));
	assert_non_null(strstr(blob_str(&text), "\"tries\":{\"0018\":3,"));
	assert_null(strstr(blob_str(&text), "1234"));
	blob_free(&text);
	fake_card_free(&card);
}

static const uint8_t select_jpki[] = { 0x00, 0xa4, 0x04, 0x0c, 0x0a, 0xd3,
    0x92, 0xf0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01 };

static const struct tp_row {
	const char		*name, *conf;
	struct fake_tp_conf	 faults;
	enum err		 first, second;	/* two SELECTs */
	unsigned		 apdus;		/* that reached the card */
} tp_rows[] = {
	{ "good", NULL, { 0 }, ERR_OK, ERR_OK, 2 },
	{ "begin fails", NULL, { .begin_err = ERR_READER_BUSY },
	    ERR_SEQUENCE, ERR_SEQUENCE, 0 },
	{ "fails before", NULL, { .fail_at = 1,
	    .fail_err = ERR_READER_FAULT }, ERR_READER_FAULT,
	    ERR_READER_FAULT, 0 },
	{ "fails after", NULL, { .fail_at = 1, .fail_err = ERR_NO_CARD,
	    .fail_after = 1 }, ERR_NO_CARD, ERR_NO_CARD, 1 },
	{ "a fault that does not stick", NULL, { .fail_at = 1,
	    .fail_err = ERR_CARD_MUTE }, ERR_CARD_MUTE, ERR_OK, 1 },
	{ "reset by another", NULL, { .reset_at = 2 }, ERR_OK,
	    ERR_CARD_RESET, 1 },
	{ "command too long", NULL, { .tx_max = 14 }, ERR_TOOBIG, ERR_TOOBIG,
	    0 },
	{ "slow card", "delay_ms=60000", { 0 }, ERR_CARD_MUTE, ERR_CARD_MUTE,
	    2 },
	{ "pulled", "pull_at=1", { 0 }, ERR_NO_CARD, ERR_NO_CARD, 1 },
	{ "lost", "pull_lost_at=1", { 0 }, ERR_NO_CARD, ERR_NO_CARD, 1 },
	{ "half", "pull_half_at=1", { 0 }, ERR_TORN, ERR_TORN, 1 },
	{ "torn below two bytes", "pull_torn_at=1", { 0 }, ERR_NO_CARD,
	    ERR_NO_CARD, 1 },
};

static enum err
select_once(struct tp *tp)
{
	uint8_t rsp[TP_RX_SHORT];
	size_t n = sizeof(rsp);

	return (tp_xfer(tp, select_jpki, sizeof(select_jpki), rsp, &n,
	    5000));
}

static void
tp_row(void **state)
{
	const struct tp_row *row = *state;
	struct fake_card *card = card_of("p03", row->conf);
	struct fake_tp_conf *conf;
	struct tp *tp;

	assert_int_equal(fake_tp_open(card, &tp), ERR_OK);
	conf = fake_tp_conf(tp);
	conf->fail_at = row->faults.fail_at;
	conf->fail_err = row->faults.fail_err;
	conf->fail_after = row->faults.fail_after;
	conf->reset_at = row->faults.reset_at;
	conf->begin_err = row->faults.begin_err;
	if (row->faults.tx_max != 0)
		conf->tx_max = row->faults.tx_max;
	assert_int_equal(tp_begin(tp), row->faults.begin_err);
	assert_int_equal(select_once(tp), row->first);
	assert_int_equal(select_once(tp), row->second);
	assert_int_equal(card->stats.apdus, row->apdus);
	tp_close(&tp);
	assert_false(card->powered);
	fake_card_free(&card);
}

static void
end_cuts_the_power(void **state)
{
	struct fake_card *card = card_of("p03", NULL);
	struct tp *tp;

	(void)state;
	assert_int_equal(fake_tp_open(card, &tp), ERR_OK);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_true(card->powered);
	assert_int_equal(tp->caps.atrlen, 9);
	run_script(card, OPENED);
	tp_end(tp);
	assert_int_equal(card->verified, 0);
	assert_int_equal(select_once(tp), ERR_SEQUENCE);
	tp_close(&tp);
	fake_card_free(&card);
}

/* An answer longer than the transport carries, after it was executed. */
static void
answer_does_not_fit(void **state)
{
	static const uint8_t read[] = { 0x00, 0xb0, 0x00, 0x00, 0x00, 0x04,
	    0x00 };
	struct fake_card *card = card_of("p03", "extended=1");
	uint8_t rsp[2048];
	size_t n = sizeof(rsp);
	struct tp *tp;

	(void)state;
	assert_int_equal(fake_tp_open(card, &tp), ERR_OK);
	assert_int_equal(tp_begin(tp), ERR_OK);
	run_script(card, JPKI EF("000A"));
	assert_int_equal(tp_xfer(tp, read, sizeof(read), rsp, &n, 5000),
	    ERR_TOOBIG);
	tp_end(tp);
	fake_tp_conf(tp)->rx_max = TP_RX_EXT;
	assert_int_equal(tp_begin(tp), ERR_OK);
	run_script(card, JPKI EF("000A"));
	n = sizeof(rsp);
	assert_int_equal(tp_xfer(tp, read, sizeof(read), rsp, &n, 5000),
	    ERR_OK);
	assert_int_equal(n, 1026);
	tp_close(&tp);
	fake_card_free(&card);
}

static void
slot_is_watched(void **state)
{
	struct fake_card *card = card_of("p03", NULL);
	enum tp_event ev;
	struct tp *tp;

	(void)state;
	assert_int_equal(fake_tp_open(card, &tp), ERR_OK);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_CARD);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_SEQUENCE);
	fake_tp_slot(tp, TP_NO_CARD);
	assert_int_equal(select_once(tp), ERR_NO_CARD);
	fake_tp_slot(tp, TP_CARD);
	assert_int_equal(select_once(tp), ERR_NO_CARD);
	tp_end(tp);
	assert_int_equal(tp_begin(tp), ERR_OK);
	assert_int_equal(select_once(tp), ERR_OK);
	tp_end(tp);
	fake_tp_slot(tp, TP_NO_CARD);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_CARD);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_TIMEOUT);
	assert_int_equal(tp_begin(tp), ERR_NO_CARD);
	fake_tp_slot(tp, TP_NO_READER);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_OK);
	assert_int_equal(ev, TP_NO_READER);
	assert_int_equal(tp_begin(tp), ERR_NO_READER);
	tp_close(&tp);
	fake_card_free(&card);
}

static void *
cancel_it(void *tp)
{
	tp_cancel(tp);
	return (NULL);
}

static void
wait_is_cancelled(void **state)
{
	struct fake_card *card = card_of("p03", NULL);
	enum tp_event ev;
	pthread_t t;
	struct tp *tp;

	(void)state;
	fake_card_pull(card);
	assert_int_equal(fake_tp_open(card, &tp), ERR_OK);
	assert_int_equal(pthread_create(&t, NULL, cancel_it, tp), 0);
	assert_int_equal(tp_wait(tp, -1, &ev), ERR_CANCELLED);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(tp_wait(tp, 0, &ev), ERR_TIMEOUT);
	tp_close(&tp);
	fake_card_free(&card);
}

static const struct vpcd_row {
	const char	*name, *bytes;	/* hex, as they arrive */
	size_t		 messages;	/* that are whole */
	size_t		 last;		/* length of the last of them */
} vpcd_rows[] = {
	{ "control", "000104", 1, 1 },
	{ "two in one piece", "000104000400A40000", 2, 4 },
	{ "half a length", "00", 0, 0 },
	{ "length only", "0004", 0, 0 },
	{ "half a payload", "000400A4", 0, 0 },
	{ "one and a half", "000104000400A4", 1, 1 },
	{ "empty", "0000", 1, 0 },
};

static void
vpcd_row(void **state)
{
	static struct fake_vpcd line;
	static uint8_t msg[FAKE_VPCD_MSG];
	const struct vpcd_row *row = *state;
	uint8_t bytes[64];
	size_t n = from_hex(row->bytes, strlen(row->bytes), bytes);
	size_t messages = 0, len = 0;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	line = (struct fake_vpcd){ .fd = fds[0] };
	assert_int_equal(write(fds[1], bytes, n), (ssize_t)n);
	assert_int_equal(fake_vpcd_receive(&line), ERR_OK);
	while (fake_vpcd_next(&line, msg, &len))
		messages++;
	assert_int_equal(messages, row->messages);
	assert_int_equal(len, row->last);
	close(fds[1]);
	assert_int_equal(fake_vpcd_receive(&line), ERR_NO_SERVICE);
	fake_vpcd_hang_up(&line);
	fake_vpcd_hang_up(&line);
	assert_int_equal(line.fd, -1);
}

static void
vpcd_sends_part_of_a_frame(void **state)
{
	static struct fake_vpcd line;
	uint8_t got[8];
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	line = (struct fake_vpcd){ .fd = fds[0] };
	assert_int_equal(fake_vpcd_send(&line, (const uint8_t *)"abcd", 5, 4),
	    ERR_TOOBIG);
	assert_int_equal(fake_vpcd_send(&line, (const uint8_t *)"abcd", 2, 4),
	    ERR_OK);
	fake_vpcd_hang_up(&line);
	assert_int_equal(read(fds[1], got, sizeof(got)), 4);
	assert_memory_equal(got, "\0\4ab", 4);
	assert_int_equal(read(fds[1], got, sizeof(got)), 0);
	close(fds[1]);
}

static void
vpcd_nobody_listens(void **state)
{
	static struct fake_vpcd line;

	(void)state;
	assert_int_equal(fake_vpcd_dial(&line, "127.0.0.1", "1"),
	    ERR_NO_SERVICE);
	assert_int_equal(fake_vpcd_dial(&line, "localhost", "1"), ERR_CONF);
	assert_int_equal(fake_vpcd_dial(&line, "127.0.0.1", "x"), ERR_CONF);
	assert_int_equal(line.fd, -1);
}

/* A row's first member is its name. */
#define ADD(rows, fn) do {						\
	for (size_t i_ = 0; i_ < LEN(rows); i_++)			\
		tests[n++] = (struct CMUnitTest){ *(const char *const *)\
		    (const void *)&(rows)[i_], (fn), NULL, NULL,	\
		    (void *)(uintptr_t)&(rows)[i_] };			\
} while (0)

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(policies),
	cmocka_unit_test(rogue_looks_like_g3),
	cmocka_unit_test(crl_names_one_card),
	cmocka_unit_test(odd_certificates),
	cmocka_unit_test(number_b_is_of_the_era),
	cmocka_unit_test(surface_opens_with_b),
	cmocka_unit_test(signed_key_is_the_cards),
	cmocka_unit_test(odd_name_overlaps),
	cmocka_unit_test(ninth_fault_does_not_fit),
	cmocka_unit_test(bad_folders),
	cmocka_unit_test(key_that_is_none),
	cmocka_unit_test(tries_survive_in_a_file),
	cmocka_unit_test(count_file_says_what_happened),
	cmocka_unit_test(end_cuts_the_power),
	cmocka_unit_test(answer_does_not_fit),
	cmocka_unit_test(slot_is_watched),
	cmocka_unit_test(wait_is_cancelled),
	cmocka_unit_test(vpcd_sends_part_of_a_frame),
	cmocka_unit_test(vpcd_nobody_listens),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(rows) + LEN(sign_rows) + LEN(cert_rows) +
	    LEN(text_rows) + LEN(half_rows) + LEN(conf_rows) + LEN(tp_rows) +
	    LEN(vpcd_rows) + LEN(judges) + LEN(singles)];
	size_t n = 0;

	ADD(rows, card_row);
	ADD(sign_rows, sign_row);
	ADD(cert_rows, cert_row);
	ADD(text_rows, text_row);
	ADD(half_rows, half_row);
	ADD(conf_rows, conf_row);
	ADD(tp_rows, tp_row);
	ADD(vpcd_rows, vpcd_row);
	ADD(judges, judge_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests_name("fakes_card", tests, make_pki,
	    remove_pki));
}
