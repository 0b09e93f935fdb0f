#ifndef TESTS_LIB_FAKE_COMMAND_H
#define TESTS_LIB_FAKE_COMMAND_H

#include "tests/lib/fake_card.h"

/*
 * What the card does with one command: data in out, status word returned.
 * The card has power; faults and counts of commands are fake_card's.
 */
uint16_t	fake_command(struct fake_card *, struct buf apdu,
		    struct blob *out);

#endif
