#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/fake_tp.h"
#include "tests/lib/test_card.h"
#include "tests/lib/test_certs.h"

/* features.md 1.14, P03 */
const struct fake_person test_card_person = {
	"資格\xe3\x80\x80一郎", "東京都千代田区永田町１－９９－９９",
	"19600602", "1"
};

static const char *const pins[FAKE_LOCKS] = {
	[FAKE_AUTH_PIN] = TEST_CARD_PIN,
	[FAKE_SIGN_PASSWORD] = "ABC123",
	[FAKE_TEXT_PIN] = TEST_CARD_TEXT_PIN,
	[FAKE_TEXT_A] = FAKE_NUMBER_A,
	[FAKE_TEXT_B] = TEST_CARD_NUMBER_B,
	[FAKE_SURFACE_BIRTH] = "350602",
	[FAKE_SURFACE_B] = TEST_CARD_NUMBER_B,
	[FAKE_SURFACE_A] = FAKE_NUMBER_A,
	[FAKE_COMMON_PIN] = "9012",
	[FAKE_JUKI_PIN] = "9012",
};

static void
need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "test card: %s cannot be made\n", what);
	exit(1);
}

void
test_card_put(struct fake_card *card, enum fake_app app, uint16_t id,
    const void *data, size_t len)
{
	const struct fake_ef *ef = fake_ef_find(app, id);
	struct blob *content;

	need(ef != NULL, "a file");
	content = &card->ef[fake_ef_index(ef)];
	blob_reset(content);
	need(blob_add(content, data, len) == ERR_OK, "a file's content");
}

void
test_card_put_cert(struct fake_card *card, uint16_t id, size_t len)
{
	uint8_t *der = calloc(1, len);

	need(der != NULL && len >= 4, "a certificate");
	for (size_t i = 4; i < len; i++)
		der[i] = (uint8_t)(i % 251);
	der[0] = 0x30;
	der[1] = 0x82;
	der[2] = (uint8_t)((len - 4) >> 8);
	der[3] = (uint8_t)(len - 4);
	test_card_put(card, FAKE_JPKI, id, der, len);
	free(der);
}

static void
put_label(struct fake_card *card)
{
	char token[160];	/* card-and-readers.md 1.3 */

	memset(token, 0, sizeof(token));
	memset(token, ' ', 32);
	memcpy(token, "JPKIAPICCTOKEN2", 15);
	test_card_put(card, FAKE_JPKI, 0x0006, token, sizeof(token));
}

/* Text 0001 and 0002 as the real card lays them out (5.1). */
static void
put_text(struct fake_card *card)
{
	const struct fake_face face = { .person = test_card_person };

	for (uint16_t id = 1; id <= 2; id++) {
		const struct fake_ef *ef = fake_ef_find(FAKE_TEXT, id);

		need(fake_ef_make(ef, &face,
		    &card->ef[fake_ef_index(ef)]) == ERR_OK, "an attribute");
	}
}

static void
fill(struct fake_card *card)
{
	EVP_PKEY *key = test_key(TEST_KEY_LEAF);

	card->conf.first_6f00 = 0;
	test_card_put_cert(card, 0x000a, TEST_CARD_CERT);
	test_card_put_cert(card, 0x0001, TEST_CARD_CERT);
	put_label(card);
	put_text(card);
	test_card_put(card, FAKE_SURFACE, 0x0005, "an image", 8);
	for (size_t i = 0; i < FAKE_LOCKS; i++)
		need(pins[i] == NULL || secret_set(&card->pin[i].value,
		    pins[i], strlen(pins[i])) == ERR_OK, "a PIN");
	for (size_t i = 0; i < FAKE_KEYS; i++) {
		need(EVP_PKEY_up_ref(key) == 1, "a key");
		card->key[i] = key;
	}
}

void
test_card_open(struct test_card *t)
{
	*t = (struct test_card){ .card = fake_card_new() };
	need(t->card != NULL, "a card");
	fill(t->card);
	need(fake_tp_open(t->card, &t->tp) == ERR_OK, "a transport");
}

void
test_card_close(struct test_card *t)
{
	tp_close(&t->tp);
	fake_card_free(&t->card);
}

void
test_card_extend(struct test_card *t)
{
	t->card->conf.extended = 1;
	fake_tp_conf(t->tp)->tx_max = TP_TX_EXT;
	fake_tp_conf(t->tp)->rx_max = TP_RX_EXT;
}
