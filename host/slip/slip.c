#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/base32.h"
#include "crypto/hex.h"
#include "host/slip/slip.h"

#define MAGIC		"SKS1"
#define MAGIC_LEN	4
#define VERSION		1
#define VERSION_FALLBACK 2	/* with a byte more */
#define SUM		8
#define HASH		32
#define ID_BYTES	16
#define GROUP		5	/* bytes that make 8 symbols */
#define SECONDS_MAX	INT64_C(253402300799)	/* the end of year 9999 */

void
slip_wipe(struct slip *s)
{
	secret_cleanse(s, sizeof(*s));
}

/* --- what a slip must be --- */

enum err
slip_check(const struct slip *s, struct note *note)
{
	const struct {
		const char	*name;
		int		 good;
	} rows[] = {
		{ "id", uuid_is(s->id) },
		{ "at", s->at > 0 && s->at / 1000 <= SECONDS_MAX },
		{ "name", text_is_line(s->name) },
		{ "birthdate", clock_is_date(s->birthdate) },
		{ "sex", s->sex == '1' || s->sex == '2' || s->sex == '9' },
		{ "address", text_is_line(s->address) },
		{ "staff", text_is_line(s->staff) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!rows[i].good) {
			note_set(note, "%s", rows[i].name);
			return (ERR_LAYOUT);
		}
	}
	return (ERR_OK);
}

/* --- writing --- */

static int
sum_of(struct buf in, uint8_t out[SUM])
{
	uint8_t hash[HASH];
	size_t n = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, in.p, in.left, hash, &n) != 1)
		return (0);
	memcpy(out, hash, SUM);
	return (1);
}

/* "xxxxxxxx-xxxx-…" without its hyphens, and back. */
static int
id_bytes(const char *id, uint8_t out[ID_BYTES])
{
	char hex[2 * ID_BYTES + 1];
	size_t n = 0;

	for (; *id != '\0' && n < 2 * ID_BYTES; id++)
		if (*id != '-')
			hex[n++] = *id;
	hex[n] = '\0';
	return (hex_read(hex, out, ID_BYTES));
}

static void
id_text(const uint8_t b[ID_BYTES], char out[SLIP_ID])
{
	char hex[2 * ID_BYTES + 1];

	hex_write(b, ID_BYTES, hex);
	snprintf(out, SLIP_ID, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
}

static uint8_t
consent_bits(const struct consent *c)
{
	uint8_t bits = 0;

	for (int i = 0; i < CONSENT_ITEMS; i++)
		bits |= (uint8_t)((c->given[i] != 0) << i);
	return (bits);
}

static enum err
add_text(struct blob *b, const char *text)
{
	enum err r;

	if ((r = blob_add_u16(b, (uint16_t)strlen(text))) != ERR_OK)
		return (r);
	return (blob_add_str(b, text));
}

static enum err
add_fields(const struct slip *s, struct blob *b)
{
	uint64_t at = (uint64_t)s->at / 1000;
	uint8_t id[ID_BYTES];
	enum err r;

	if (!id_bytes(s->id, id))
		return (ERR_LAYOUT);
	if ((r = blob_add_u8(b, s->fallback == FALLBACK_NONE ? VERSION :
	    VERSION_FALLBACK)) != ERR_OK ||
	    (r = blob_add(b, id, sizeof(id))) != ERR_OK ||
	    (r = blob_add_u32(b, (uint32_t)(at >> 32))) != ERR_OK ||
	    (r = blob_add_u32(b, (uint32_t)at)) != ERR_OK ||
	    (r = blob_add_u8(b, (uint8_t)s->sex)) != ERR_OK ||
	    (r = blob_add_u32(b, (uint32_t)strtoul(s->birthdate, NULL, 10))) !=
	    ERR_OK ||
	    (r = blob_add_u8(b, consent_bits(&s->consent))) != ERR_OK ||
	    (r = blob_add_u8(b, (uint8_t)s->consent.prescription)) != ERR_OK ||
	    (r = add_text(b, s->name)) != ERR_OK ||
	    (r = add_text(b, s->address)) != ERR_OK ||
	    (r = add_text(b, s->staff)) != ERR_OK)
		return (r);
	return (s->fallback == FALLBACK_NONE ? ERR_OK :
	    blob_add_u8(b, (uint8_t)s->fallback));
}

static enum err
add_sum(struct blob *b)
{
	uint8_t sum[SUM];
	enum err r;

	if (!sum_of(blob_buf(b), sum))
		return (ERR_LIB);
	if ((r = blob_add(b, sum, sizeof(sum))) != ERR_OK)
		return (r);
	while (r == ERR_OK && b->len % GROUP != 0)
		r = blob_add_u8(b, 0);
	return (r);
}

enum err
slip_write(const struct slip *s, struct blob *text)
{
	struct blob b = { 0 };
	size_t n;
	char *to;
	enum err r;

	blob_reset(text);
	if ((r = slip_check(s, NULL)) == ERR_OK &&
	    (r = add_fields(s, &b)) == ERR_OK && (r = add_sum(&b)) ==
	    ERR_OK) {
		n = b.len / GROUP * 8;
		if (n + MAGIC_LEN > SLIP_TEXT_MAX)
			r = ERR_TOOBIG;
		else if ((r = blob_add_str(text, MAGIC)) == ERR_OK &&
		    (to = (char *)blob_space(text, n)) == NULL)
			r = ERR_NOMEM;
		else if (r == ERR_OK)
			base32_write(b.data, n, to);
	}
	blob_free(&b);
	return (r);
}

/* --- reading --- */

static int
take_text(struct buf *in, char *out, size_t room)
{
	struct buf text;
	uint16_t len;

	if (buf_u16(in, &len) != ERR_OK || len >= room ||
	    buf_take(in, len, &text) != ERR_OK)
		return (0);
	memcpy(out, text.p, len);
	out[len] = '\0';
	return (strlen(out) == len);
}

static int
take_head(struct buf *in, uint8_t version, struct slip *s)
{
	uint8_t id[ID_BYTES], sex, bits, form;
	uint32_t high, low, birth;
	uint64_t seconds;

	if ((version != VERSION && version != VERSION_FALLBACK) ||
	    buf_read(in, id, sizeof(id)) != ERR_OK ||
	    buf_u32(in, &high) != ERR_OK || buf_u32(in, &low) != ERR_OK ||
	    (seconds = (uint64_t)high << 32 | low) > SECONDS_MAX ||
	    buf_u8(in, &sex) != ERR_OK ||
	    buf_u32(in, &birth) != ERR_OK || birth > 99999999 ||
	    buf_u8(in, &bits) != ERR_OK || bits >> CONSENT_ITEMS != 0 ||
	    buf_u8(in, &form) != ERR_OK || form > PRESCRIPTION_PAPER)
		return (0);
	id_text(id, s->id);
	s->at = (int64_t)seconds * 1000;
	s->sex = (char)sex;
	snprintf(s->birthdate, sizeof(s->birthdate), "%08u", birth);
	for (int i = 0; i < CONSENT_ITEMS; i++)
		s->consent.given[i] = bits >> i & 1;
	s->consent.prescription = (enum prescription)form;
	s->consent.confirmed = s->at;
	return (1);
}

/* The sum ends where the zeros begin. */
static int
take_sum(struct buf all, struct buf rest)
{
	uint8_t want[SUM], got[SUM];
	uint8_t zero;

	if (!sum_of((struct buf){ all.p, all.left - rest.left }, want) ||
	    buf_read(&rest, got, SUM) != ERR_OK ||
	    memcmp(want, got, SUM) != 0 || rest.left >= GROUP)
		return (0);
	while (buf_u8(&rest, &zero) == ERR_OK)
		if (zero != 0)
			return (0);
	return (1);
}

static int
take_fallback(struct buf *in, uint8_t version, struct slip *s)
{
	uint8_t f;

	if (version == VERSION)
		return (1);
	if (buf_u8(in, &f) != ERR_OK || f == FALLBACK_NONE ||
	    f >= FALLBACK_COUNT)
		return (0);
	s->fallback = (enum fallback)f;
	return (1);
}

static int
take_all(struct buf all, struct slip *s)
{
	struct buf in = all;
	uint8_t version;

	return (buf_u8(&in, &version) == ERR_OK &&
	    take_head(&in, version, s) &&
	    take_text(&in, s->name, sizeof(s->name)) &&
	    take_text(&in, s->address, sizeof(s->address)) &&
	    take_text(&in, s->staff, sizeof(s->staff)) &&
	    take_fallback(&in, version, s) &&
	    take_sum(all, in) && slip_check(s, NULL) == ERR_OK);
}

/* The symbols behind the magic as bytes; empty when they are none. */
static void
decode(const char *text, struct blob *out)
{
	char plain[SLIP_TEXT_MAX + 1];
	size_t n;
	uint8_t *to;

	text += strspn(text, " \t\r\n");
	n = strcspn(text, " \t\r\n");
	if (n <= MAGIC_LEN || n > SLIP_TEXT_MAX ||
	    text[n + strspn(text + n, " \t\r\n")] != '\0')
		return;
	memcpy(plain, text, n);
	plain[n] = '\0';
	n -= MAGIC_LEN;
	/* In any case: some scanners invert it with the Caps Lock key. */
	for (char *p = plain; *p != '\0'; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	if (strncmp(plain, MAGIC, MAGIC_LEN) == 0 && n % 8 == 0 &&
	    (to = blob_space(out, n / 8 * GROUP)) != NULL &&
	    !base32_read(plain + MAGIC_LEN, n, to))
		blob_reset(out);
	secret_cleanse(plain, sizeof(plain));
}

enum err
slip_read(const char *text, struct slip *s)
{
	struct blob b = { 0 };
	int ok;

	*s = (struct slip){ .at = 0 };
	decode(text, &b);
	ok = b.len > 0 && take_all(blob_buf(&b), s);
	blob_free(&b);
	if (ok)
		return (ERR_OK);
	slip_wipe(s);
	return (ERR_SLIP);
}
