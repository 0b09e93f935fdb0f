#ifndef TESTS_LIB_TEST_CARD_H
#define TESTS_LIB_TEST_CARD_H

#include "driver/transport.h"
#include "tests/lib/fake_card.h"
#include "tests/lib/fake_ef.h"

/*
 * A fake card filled by hand, in its slot, for tests that need neither a
 * certificate that verifies nor a folder: a pattern of TEST_CARD_CERT bytes
 * in a certificate's frame, the four attributes of one fixture person, every
 * PIN, one RSA-2048 key.  Whatever is forbidden is there as well and would
 * answer.  What cannot be made ends the program with a message.
 */
struct test_card {
	struct fake_card	*card;
	struct tp		*tp;	/* not begun: conf may still be set */
};

#define TEST_CARD_CERT		1600
#define TEST_CARD_PIN		"1234"
#define TEST_CARD_TEXT_PIN	"5678"
#define TEST_CARD_NUMBER_B	"35060220350123"
/* How what it signs begins: the DigestInfo of a SHA-256. */
#define TEST_CARD_INFO							\
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,	\
    0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20

extern const struct fake_person	test_card_person;

void	test_card_open(struct test_card *);
void	test_card_close(struct test_card *);
/* Replaces the content of one file. */
void	test_card_put(struct fake_card *, enum fake_app, uint16_t id,
	    const void *, size_t);
/* The same, with a frame 30 82 hh ll and a pattern, len bytes in all. */
void	test_card_put_cert(struct fake_card *, uint16_t id, size_t len);
/* From now on the card and its reader carry extended lengths. */
void	test_card_extend(struct test_card *);

#endif
