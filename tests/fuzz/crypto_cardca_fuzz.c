#include <stdlib.h>
#include <string.h>

#include "crypto/cardca.h"

/*
 * A card's certificate and signed data: two bytes say how long the first is,
 * the rest is shared out.  Nothing a fuzzer makes is signed by a card CA.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct buf
share(struct buf *all)
{
	struct buf part = { all->p, 0 };
	uint16_t len;

	if (buf_u16(all, &len) == ERR_OK)
		(void)buf_take(all, len < all->left ? len : all->left, &part);
	return (part);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct cardca_rules rules = { TRUST_TEST, NULL };
	struct buf all = { data, len };
	struct cardca_claim claim = { .certificate = share(&all) };
	struct cardca_result result;

	for (int i = 0; i < CARDCA_PARTS; i++)
		claim.part[i] = share(&all);
	claim.signature = share(&all);
	claim.key = claim.part[0];
	if (cardca_judge(&claim, &rules, &result, NULL) != ERR_OK ||
	    result.verdict == CARDCA_GENUINE ||
	    result.issuer[CARDCA_ISSUER - 1] != '\0' ||
	    strlen(cardca_word(result.verdict)) == 0 ||
	    (result.key != NULL) !=
	    (result.verdict >= CARDCA_ISSUER_UNKNOWN))
		abort();
	EVP_PKEY_free(result.key);
	return (0);
}
