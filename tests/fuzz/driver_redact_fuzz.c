#include <stdlib.h>
#include <string.h>

#include "driver/redact.h"
#include "driver/shape.h"
#include "driver/transport.h"

/*
 * One byte of length, a command, and its answer: a recording of it must be
 * the same whatever the data are, so they are changed and it is made again.
 */
int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define HEAD_MAX	5	/* tag of two bytes, length of three */
#define NAME_MAX_LEN	16

static void
must(int good)
{
	if (!good)
		abort();
}

static void
other(uint8_t *p, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		p[i] ^= 0x5a;
}

static void
same(struct blob *a, struct blob *b)
{
	must(a->len == b->len && memcmp(a->data, b->data, a->len) == 0);
	blob_free(a);
	blob_free(b);
}

static void
command(const uint8_t *tx, size_t len)
{
	struct blob a = { 0 }, b = { 0 };
	uint8_t copy[256];
	struct shape s;

	memcpy(copy, tx, len);
	/* Lengths are kept, so they stay; where they are wrong nothing but
	 * the header is. */
	if (len >= TP_APDU_MIN && !shape_of(tx, len, &s)) {
		must(redact_command(&a, tx, len) == ERR_OK);
		must(a.len <= strlen("> 00 00 00 00 ~256"));
		blob_free(&a);
		return;
	}
	if (len < TP_APDU_MIN)
		other(copy, 0, len);
	else if (s.lc > 0 && (tx[1] != 0xa4 || tx[0] == 0xff ||
	    s.lc > NAME_MAX_LEN))
		other(copy, s.data, s.data + (size_t)s.lc);
	must(redact_command(&a, tx, len) == ERR_OK);
	must(redact_command(&b, copy, len) == ERR_OK);
	same(&a, &b);
}

static void
answer(const uint8_t *tx, size_t txlen, const uint8_t *rx, size_t len)
{
	struct blob a = { 0 }, b = { 0 };
	uint8_t *copy = malloc(len);

	must(copy != NULL);
	memcpy(copy, rx, len);
	if (len > HEAD_MAX + 2)
		other(copy, HEAD_MAX, len - 2);
	must(redact_answer(&a, tx, txlen, rx, len) == ERR_OK);
	must(redact_answer(&b, tx, txlen, copy, len) == ERR_OK);
	same(&a, &b);
	free(copy);
}

static void
atr(const uint8_t *p, size_t len)
{
	uint8_t once[TP_ATR_MAX], twice[TP_ATR_MAX];

	if (len > TP_ATR_MAX)
		return;
	redact_atr(p, len, once);
	redact_atr(once, len, twice);
	must(memcmp(once, twice, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf in = { data, len }, tx;
	uint8_t n;

	if (buf_u8(&in, &n) != ERR_OK || buf_take(&in, n, &tx) != ERR_OK)
		return (0);
	command(tx.p, tx.left);
	atr(tx.p, tx.left);
	if (in.left >= 2)
		answer(tx.p, tx.left, in.p, in.left);
	return (0);
}
