#include <stdlib.h>
#include <string.h>

#include "tests/lib/fake_card.h"
#include "tests/lib/fake_command.h"

/* card-and-readers.md 1.1, row 1 and row 2 (declares extended Lc/Le). */
static const uint8_t atr_short[] = { 0x3b, 0xe0, 0x00, 0xff, 0x81, 0x31,
    0xfe, 0x45, 0x14 };
static const uint8_t atr_ext[] = { 0x3b, 0xda, 0x13, 0xff, 0x81, 0x31, 0xfb,
    0x46, 0x80, 0x12, 0x39, 0x2f, 0x31, 0xc1, 0x73, 0xc6, 0x01, 0xc0, 0x3b };

struct fake_card *
fake_card_new(void)
{
	struct fake_card *card = calloc(1, sizeof(*card));

	if (card == NULL)
		return (NULL);
	card->conf = (struct fake_conf){ .first_6f00 = 1,
	    .blocked_sw = 0x6984, .none_sw = 0x6984, .eof_sw = 0x9000 };
	card->apps = (1u << FAKE_APPS) - 1;
	card->present = 1;
	card->app = FAKE_DOMAIN;
	for (int i = 0; i < FAKE_LOCKS; i++)
		card->pin[i].tries = fake_locks[i].tries;
	card->pin[FAKE_TEXT_ISSUE].tries = 0;	/* blocked from issue (2.2) */
	return (card);
}

void
fake_card_free(struct fake_card **card)
{
	if (card == NULL || *card == NULL)
		return;
	for (size_t i = 0; i < FAKE_EFS; i++)
		blob_free(&(*card)->ef[i]);
	for (size_t i = 0; i < FAKE_KEYS; i++)
		EVP_PKEY_free((*card)->key[i]);
	for (size_t i = 0; i < FAKE_LOCKS; i++)
		secret_wipe(&(*card)->pin[i].value);
	blob_free(&(*card)->pending);
	free(*card);
	*card = NULL;
}

static void
deselect(struct fake_card *card)
{
	card->app = FAKE_DOMAIN;
	card->current = NULL;
	blob_reset(&card->pending);
}

void
fake_card_power_off(struct fake_card *card)
{
	deselect(card);
	card->powered = 0;
	card->verified = 0;
}

void
fake_card_power_on(struct fake_card *card)
{
	fake_card_power_off(card);
	if (!card->present)
		return;
	card->powered = 1;
	card->first = 1;
	card->stats.power_ons++;
}

void
fake_card_reset(struct fake_card *card)
{
	deselect(card);
}

void
fake_card_pull(struct fake_card *card)
{
	fake_card_power_off(card);
	card->present = 0;
}

void
fake_card_insert(struct fake_card *card)
{
	card->present = 1;
}

size_t
fake_card_atr(const struct fake_card *card, uint8_t out[FAKE_ATR_MAX])
{
	const uint8_t *atr = card->conf.extended ? atr_ext : atr_short;
	size_t len = card->conf.extended ? sizeof(atr_ext) :
	    sizeof(atr_short);

	if (card->atrlen > 0) {
		atr = card->atr;
		len = card->atrlen;
	}
	memcpy(out, atr, len);
	return (len);
}

/* Before anything can go wrong: a VERIFY that was sent is a VERIFY. */
static void
count_verify(struct fake_card *card, const uint8_t *apdu, size_t len)
{
	const struct fake_ef *ef = card->current;

	if (len < 6 || (apdu[0] & 0x80) != 0 || apdu[1] != 0x20)
		return;
	if (apdu[3] != 0x80)
		ef = fake_ef_find(card->app, apdu[3] & 0x1f);
	if (ef != NULL && ef->kind == FAKE_LOCK)
		card->stats.verify[ef->which]++;
	else
		card->stats.verify_stray++;
}

static struct fake_fault
fault_now(const struct fake_card *card)
{
	for (size_t i = 0; i < FAKE_FAULTS; i++) {
		if (card->fault[i].kind != FAKE_FAULT_NONE &&
		    card->fault[i].at == card->stats.apdus)
			return (card->fault[i]);
	}
	return ((struct fake_fault){ 0 });
}

/* How much of the answer leaves the card, and who is told how much. */
static size_t
leaves(struct fake_card *card, enum fake_fault_kind fault)
{
	size_t n = card->answer_len;

	if (fault == FAKE_FAULT_NONE || fault == FAKE_FAULT_SW)
		return (n);
	fake_card_pull(card);
	n = fault == FAKE_FAULT_LOST ? 0 : n / 2;
	if (fault == FAKE_FAULT_TORN)
		card->answer_len = n;
	return (n);
}

void
fake_card_apdu(struct fake_card *card, const uint8_t *apdu, size_t len,
    uint8_t *rsp, size_t *rsplen)
{
	struct fake_fault fault;
	struct blob out = { 0 };
	size_t room = *rsplen;
	uint16_t sw;

	*rsplen = 0;
	card->answer_len = 0;
	card->wait_ms = card->conf.delay_ms;
	if (!card->present || !card->powered)
		return;
	card->stats.apdus++;
	count_verify(card, apdu, len);
	fault = fault_now(card);
	if (fault.kind == FAKE_FAULT_PULL) {
		fake_card_pull(card);
		return;
	}
	sw = fault.kind == FAKE_FAULT_SW ? fault.sw :
	    fake_command(card, (struct buf){ apdu, len }, &out);
	if (blob_add_u16(&out, sw) == ERR_OK) {
		card->answer_len = out.len;
		*rsplen = leaves(card, fault.kind);
		if (*rsplen > room)
			*rsplen = 0;
		if (*rsplen > 0)
			memcpy(rsp, out.data, *rsplen);
	}
	blob_free(&out);
}
