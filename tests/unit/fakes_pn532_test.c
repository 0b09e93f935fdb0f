#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/fake_pn532.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

#define WAKE	"55550000000000000000000000000000"
#define SAM	"0000ff03fdd414011700"
#define FIELD	"0000ff04fcd4320101f800"
#define SELECT	"0000ff05fbd44a010300de00"
#define FOUND	"0000ff12eed54b01015011223344" \
    "000005e0b381a101012800"
#define ERROR	"0000ff01ff7f8100"
#define READY	WAKE SAM FIELD SELECT

/*
 * What the host sends and what the last reply is; the frames were worked out
 * by hand from card-and-readers.md 6.5.  "" is no reply at all; bad says
 * that some bytes were none, order that a command came at the wrong time.
 */
static const struct row {
	const char	*name, *host, *chip;
	int		 bad, order;
} rows[] = {
	{ "asleep: nothing is heard", SAM, "", 1, 0 },
	{ "awake", WAKE SAM, "0000ff02fed5151600", 0, 0 },
	{ "firmware", WAKE SAM "0000ff02fed4022a00",
	    "0000ff06fad50332010607e800", 0, 0 },
	{ "echo", WAKE SAM "0000ff09f7d400006c69626e6663be00",
	    "0000ff09f7d501006c69626e6663bc00", 0, 0 },
	{ "registers are kept", WAKE SAM
	    "0000ff08f8d4086302806303805900"
	    "0000ff08f8d406630263036305f300", "0000ff05fbd5078080002400", 0,
	    0 },
	{ "a card", READY, FOUND, 0, 0 },
	{ "a second frame in the same bytes", WAKE SAM SAM,
	    "0000ff02fed5151600", 0, 0 },
	/* at the wrong time */
	{ "before SAMConfiguration", WAKE "0000ff02fed4022a00", ERROR, 0, 1 },
	{ "a select without field", WAKE SAM SELECT, ERROR, 0, 1 },
	{ "an exchange without target", WAKE SAM FIELD
	    "0000ff07f9d4400100a404004300", "0000ff03fdd54127c300", 0, 1 },
	{ "an unknown command", WAKE SAM "0000ff02fed4ff2d00", ERROR, 0, 1 },
	{ "a card in its protocol is not found again", READY SELECT,
	    "0000ff03fdd54b00e000", 0, 0 },
	{ "nor one that was released", READY "0000ff03fdd44401e700"
	    SELECT, "0000ff03fdd54b00e000", 0, 0 },
	{ "but after the field was off", READY "0000ff04fcd4320100f900" FIELD
	    SELECT, FOUND, 0, 0 },
	/* what is no frame */
	{ "length checksum", WAKE "0000ff03fcd414011700", "", 1, 0 },
	{ "data checksum", WAKE "0000ff03fdd414011800", "", 1, 0 },
	{ "postamble", WAKE "0000ff03fdd414011701", "", 1, 0 },
	{ "direction", WAKE "0000ff03fdd514011600", "", 1, 0 },
	{ "one zero before the start", WAKE SAM "00ff55",
	    "0000ff02fed5151600", 1, 0 },
	{ "noise", WAKE "aa" SAM, "0000ff02fed5151600", 1, 0 },
	{ "half a frame", WAKE "0000ff03fdd414", "", 0, 0 },
	{ "a length of 1", WAKE "0000ff01ffd42c00", "", 1, 0 },
	{ "extended, longer than there is", WAKE "0000ffffff010af5", "", 1,
	    0 },
};

static size_t
bytes(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;
	unsigned b;

	for (size_t i = 0; i < n; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &b), 1);
		out[i] = (uint8_t)b;
	}
	return (n);
}

static void
feed(struct fake_pn532 *p, const char *hex, struct fake_pn532_reply *last)
{
	uint8_t raw[512];
	size_t n = bytes(hex, raw);
	struct fake_pn532_reply r;

	/* One by one: a frame may come in any pieces. */
	for (size_t i = 0; i < n; i++) {
		fake_pn532_feed(p, raw + i, 1);
		while (fake_pn532_next(p, &r))
			*last = r;
	}
}

static void
frame_row(void **state)
{
	const struct row *row = *state;
	struct fake_pn532 *p = malloc(sizeof(*p));
	struct fake_card *card = fake_card_new();
	struct fake_pn532_reply last = { 0 };
	uint8_t want[512];
	size_t n;

	assert_non_null(p);
	assert_non_null(card);
	fake_pn532_init(p, card);
	feed(p, row->host, &last);
	n = bytes(row->chip, want);
	assert_int_equal(p->stats.bad_frames > 0, row->bad);
	assert_int_equal(p->stats.disorder > 0, row->order);
	assert_int_equal(last.len, n);
	assert_memory_equal(last.bytes, want, n);
	fake_card_free(&card);
	free(p);
}

static void
fault_names(void **state)
{
	static const char *const good[] = { "silent@1", "late@5=6000",
	    "status@13=80" };
	static const char *const bad[] = { "", "silent", "silent@", "silent@0",
	    "silent@-1", "silent@1=2", "silent@1 ", "quiet@1", "late@5",
	    "late@5=", "late@5=-1", "late@5=1s", "status@1=100",
	    "status@1=0g", "@1" };
	struct fake_pn532 *p = calloc(1, sizeof(*p));

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < LEN(good); i++)
		assert_true(fake_pn532_add_fault(p, good[i]));
	for (size_t i = 0; i < LEN(bad); i++)
		assert_false(fake_pn532_add_fault(p, bad[i]));
	assert_int_equal(p->fault[2].kind, PN532_FAULT_STATUS);
	assert_int_equal(p->fault[2].at, 13);
	assert_int_equal(p->fault[2].value, 0x80);
	assert_int_equal(p->fault[3].kind, PN532_FAULT_NONE);
	free(p);
}

int
main(void)
{
	struct CMUnitTest all[LEN(rows) + 1];

	all[LEN(rows)] = (struct CMUnitTest)cmocka_unit_test(fault_names);
	for (size_t i = 0; i < LEN(rows); i++)
		all[i] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = frame_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	return (cmocka_run_group_tests(all, NULL, NULL));
}
