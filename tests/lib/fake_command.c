#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "tests/lib/fake_apdu.h"
#include "tests/lib/fake_command.h"

#define CASE(n)		(1u << (n))
#define AID_MIN		5	/* ISO 7816-4: a registered identifier */

static int
has_app(const struct fake_card *card, enum fake_app app)
{
	return (app == FAKE_DOMAIN || (card->apps & 1u << app) != 0);
}

static void
touch(struct fake_card *card, const struct fake_ef *ef)
{
	if (ef->forbidden)
		card->stats.forbidden++;
}

/* The bits that open it; 0 = free. */
static uint32_t
opened_by(const struct fake_card *card, const struct fake_ef *ef)
{
	if (card->conf.cert_needs_pin && ef->app == FAKE_JPKI &&
	    ef->id == 0x000a)
		return (FAKE_OPENS(FAKE_AUTH_PIN));
	return (ef->opened_by);
}

static int
is_open(const struct fake_card *card, const struct fake_ef *ef)
{
	uint32_t locks = opened_by(card, ef);

	return (locks == 0 || (locks & card->verified) != 0);
}

/* Which file a short id or, with 80, the current one names (2.4). */
static uint16_t
address(struct fake_card *card, uint8_t ref, const struct fake_ef **ef)
{
	*ef = card->current;
	if (ref == 0x80)
		return (*ef == NULL ? 0x6986 : 0x9000);
	if ((ref & 0xe0) != 0x80 || !card->conf.short_ids)
		return (0x6a86);
	*ef = card->app == FAKE_DOMAIN ? NULL :
	    fake_ef_find(card->app, ref & 0x1f);
	if (*ef == NULL)
		return (0x6a82);
	card->current = *ef;
	return (0x9000);
}

static int
aid_is(const struct fake_card *card, const struct fake_app_row *app,
    struct buf aid)
{
	if (aid.left > app->aidlen ||
	    (aid.left < app->aidlen && !card->conf.short_aid))
		return (0);
	return (memcmp(app->aid, aid.p, aid.left) == 0);
}

/* The file control information is not public; its least form (ISO 7816-4). */
static uint16_t
answer_fci(const struct fake_app_row *app, struct blob *out)
{
	const uint8_t head[] = { 0x6f, (uint8_t)(app->aidlen + 2), 0x84,
	    (uint8_t)app->aidlen };

	if (blob_add(out, head, sizeof(head)) != ERR_OK ||
	    blob_add(out, app->aid, app->aidlen) != ERR_OK)
		return (0x6f00);
	return (0x9000);
}

static uint16_t
select_app(struct fake_card *card, const struct fake_cmd *cmd, struct blob *out)
{
	if (cmd->data.left < AID_MIN || cmd->data.left > 16)
		return (0x6700);
	for (int i = 0; i < FAKE_APPS; i++) {
		if (!has_app(card, (enum fake_app)i) ||
		    !aid_is(card, &fake_apps[i], cmd->data))
			continue;
		card->app = (enum fake_app)i;
		card->current = NULL;
		return (cmd->form == 4 ? answer_fci(&fake_apps[i], out) :
		    0x9000);
	}
	return (0x6a82);
}

static uint16_t
select_ef(struct fake_card *card, const struct fake_cmd *cmd)
{
	const struct fake_ef *ef;
	struct buf data = cmd->data;
	uint16_t id;

	if (data.left != 2 || buf_u16(&data, &id) != ERR_OK)
		return (0x6700);
	if (card->app == FAKE_DOMAIN ||
	    (ef = fake_ef_find(card->app, id)) == NULL)
		return (0x6a82);
	touch(card, ef);
	card->current = ef;
	return (0x9000);
}

static uint16_t
do_select(struct fake_card *card, const struct fake_cmd *cmd, struct blob *out)
{
	/* Nothing is answered to P2=0C; to P2=00 an FCI (2.4). */
	if (cmd->p2 != 0x0c && (cmd->p2 != 0x00 || cmd->p1 == 0x02))
		return (0x6a86);
	if (cmd->p2 == 0x0c && (cmd->form == 2 || cmd->form == 4))
		return (0x6700);
	switch (cmd->p1) {
	case 0x04:
		return (select_app(card, cmd, out));
	case 0x02:
		return (select_ef(card, cmd));
	case 0x00:
		/* 1.5: 3F00 is not there; without id nothing changes */
		if (cmd->data.left > 0)
			return (0x6a82);
		return (card->app == FAKE_DOMAIN ? 0x6a86 : 0x9000);
	}
	return (0x6a86);
}

/* The file is larger than its content and filled with FF (2.5). */
static size_t
physical(const struct fake_ef *ef, size_t content)
{
	return (ef->slack ? (content / 256 + 2) * 256 : content);
}

static uint16_t
add_bytes(const struct blob *content, size_t from, size_t n, struct blob *out)
{
	for (size_t i = from; i < from + n; i++) {
		if (blob_add_u8(out, i < content->len ? content->data[i] :
		    0xff) != ERR_OK)
			return (0x6f00);
	}
	return (0x9000);
}

static uint16_t
readable(struct fake_card *card, const struct fake_ef *ef,
    enum fake_kind kind)
{
	touch(card, ef);
	if (ef->kind != kind)
		return (0x6981);
	return (is_open(card, ef) ? 0x9000 : 0x6982);
}

static uint16_t
do_read(struct fake_card *card, const struct fake_cmd *cmd, struct blob *out)
{
	size_t offset = (size_t)cmd->p1 << 8 | cmd->p2, size, n = cmd->le;
	const struct fake_ef *ef;
	const struct blob *content;
	uint16_t sw;

	if (cmd->p1 == 0x80)	/* short id 0: none has it */
		return (0x6a86);
	if ((sw = address(card, (cmd->p1 & 0x80) != 0 ? cmd->p1 : 0x80,
	    &ef)) != 0x9000)
		return (sw);
	if ((cmd->p1 & 0x80) != 0)
		offset = cmd->p2;
	if ((sw = readable(card, ef, FAKE_BINARY)) != 0x9000)
		return (sw);
	content = &card->ef[fake_ef_index(ef)];
	size = physical(ef, content->len);
	if (offset >= size)
		return (0x6b00);
	if (n <= size - offset)
		return (add_bytes(content, offset, n, out));
	n = size - offset;
	if (card->conf.get_response)
		return ((uint16_t)(0x6c00 | (n & 0xff)));
	sw = add_bytes(content, offset, n, out);
	return (sw == 0x9000 ? (uint16_t)card->conf.eof_sw : sw);
}

static uint16_t
do_read_record(struct fake_card *card, const struct fake_cmd *cmd,
    struct blob *out)
{
	const struct fake_ef *ef = card->current;
	const struct blob *content;
	uint16_t sw;

	if (cmd->p2 != 0x04)
		return (0x6a86);
	if (ef == NULL)
		return (0x6986);
	if ((sw = readable(card, ef, FAKE_RECORD)) != 0x9000)
		return (sw);
	content = &card->ef[fake_ef_index(ef)];
	if (cmd->p1 != 1 || content->len == 0)
		return (0x6a83);
	if (cmd->le < content->len)
		return (0x6700);
	return (add_bytes(content, 0, content->len, out));
}

/* 1.5: only with no application selected; 5F51 is answered by all. */
static uint16_t
do_get_data(struct fake_card *card, const struct fake_cmd *cmd,
    struct blob *out)
{
	uint16_t tag = (uint16_t)(cmd->p1 << 8 | cmd->p2);
	const struct fake_ef *ef = fake_ef_find(FAKE_DOMAIN, tag);
	const struct blob *content;

	if (ef == NULL || (card->app != FAKE_DOMAIN && tag != 0x5f51))
		return (0x6a88);
	content = &card->ef[fake_ef_index(ef)];
	if (content->len == 0)
		return (0x6a88);
	if (cmd->le < content->len)
		return (0x6700);
	return (add_bytes(content, 0, content->len, out));
}

static uint16_t
do_challenge(struct fake_card *card, const struct fake_cmd *cmd,
    struct blob *out)
{
	uint8_t random[FAKE_LE_SHORT];

	(void)card;
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return (0x6a86);
	if (cmd->ext)		/* 1.4 */
		return (0x6985);
	if (RAND_bytes(random, (int)cmd->le) != 1 ||
	    blob_add(out, random, cmd->le) != ERR_OK)
		return (0x6f00);
	return (0x9000);
}

static uint16_t
do_get_response(struct fake_card *card, const struct fake_cmd *cmd,
    struct blob *out)
{
	struct blob rest = { 0 };
	size_t n = card->pending.len < cmd->le ? card->pending.len : cmd->le;
	uint16_t sw = 0x9000;

	if (!card->conf.get_response)
		return (0x6d00);
	if (cmd->p1 != 0 || cmd->p2 != 0)
		return (0x6a86);
	if (card->pending.len == 0)
		return (0x6985);
	if (blob_add(out, card->pending.data, n) != ERR_OK ||
	    blob_add(&rest, card->pending.data + n,
	    card->pending.len - n) != ERR_OK)
		sw = 0x6f00;
	else if (rest.len > 0)
		sw = (uint16_t)(0x6100 | (rest.len < 256 ? rest.len : 0));
	blob_free(&card->pending);
	card->pending = rest;
	return (sw);
}

/* What an empty VERIFY, or one of a blocked PIN, is told (2.4, 2.6). */
static uint16_t
tries_sw(const struct fake_card *card, enum fake_lock lock)
{
	const struct fake_pin *pin = &card->pin[lock];

	if (pin->value.len == 0 && lock != FAKE_TEXT_ISSUE)
		return ((uint16_t)card->conf.none_sw);
	if (fake_locks[lock].tries == 0)
		return (0x6300);
	if (pin->tries == 0)
		return ((uint16_t)card->conf.blocked_sw);
	if (card->conf.verified_9000 &&
	    (card->verified & FAKE_OPENS(lock)) != 0)
		return (0x9000);
	return ((uint16_t)(0x63c0 | pin->tries));
}

static int
matches(const struct fake_pin *pin, struct buf data)
{
	return (pin->value.len > 0 && pin->value.len == data.left &&
	    CRYPTO_memcmp(pin->value.data, data.p, data.left) == 0);
}

static uint16_t
compare(struct fake_card *card, enum fake_lock lock, struct buf data)
{
	struct fake_pin *pin = &card->pin[lock];
	int counted = fake_locks[lock].tries > 0;

	card->verified &= ~FAKE_OPENS(lock);
	if (pin->value.len == 0 || (counted && pin->tries == 0))
		return (tries_sw(card, lock));
	if (matches(pin, data)) {
		pin->tries = fake_locks[lock].tries;
		card->verified |= FAKE_OPENS(lock);
		return (0x9000);
	}
	if (!counted)
		return (0x6300);
	pin->tries--;
	return ((uint16_t)(0x63c0 | pin->tries));
}

static uint16_t
find_lock(struct fake_card *card, const struct fake_cmd *cmd,
    enum fake_lock *lock)
{
	const struct fake_ef *ef;
	uint16_t sw;

	if ((sw = address(card, cmd->p2, &ef)) != 0x9000)
		return (sw);
	touch(card, ef);
	if (ef->kind != FAKE_LOCK)
		return (0x6981);
	*lock = (enum fake_lock)ef->which;
	return (0x9000);
}

static uint16_t
do_verify(struct fake_card *card, const struct fake_cmd *cmd, struct blob *out)
{
	enum fake_lock lock;
	uint16_t sw;

	(void)out;
	if (cmd->p1 != 0)
		return (0x6a86);
	if ((sw = find_lock(card, cmd, &lock)) != 0x9000)
		return (sw);
	if (cmd->form == 1)
		return (tries_sw(card, lock));
	return (compare(card, lock, cmd->data));
}

/* 2.3: what the town office's form allows. */
static int
well_formed(enum fake_lock lock, struct buf data)
{
	int letters = lock == FAKE_SIGN_PASSWORD;
	size_t min = letters ? 6 : 4, max = letters ? 16 : 4;

	if (data.left < min || data.left > max)
		return (0);
	for (size_t i = 0; i < data.left; i++) {
		uint8_t c = data.p[i];

		if ((c < '0' || c > '9') && !(letters && c >= 'A' && c <= 'Z'))
			return (0);
	}
	return (1);
}

/* 24 in JPKI and text, 80 32 in common and juki (2.4). */
static uint16_t
do_change(struct fake_card *card, const struct fake_cmd *cmd, struct blob *out)
{
	int key = card->app == FAKE_COMMON || card->app == FAKE_JUKI;
	enum fake_lock lock;
	uint16_t sw;

	(void)out;
	card->stats.forbidden++;
	if (cmd->p1 != (cmd->ins == 0x24))
		return (0x6a86);
	if (key != (cmd->ins == 0x32))
		return (0x6985);
	if ((sw = find_lock(card, cmd, &lock)) != 0x9000)
		return (sw);
	if ((card->verified & FAKE_OPENS(lock)) == 0)
		return (0x6982);
	if (!well_formed(lock, cmd->data))
		return (0x6a80);
	if (secret_set(&card->pin[lock].value, cmd->data.p,
	    cmd->data.left) != ERR_OK)
		return (0x6f00);
	return (0x9000);
}

static uint16_t
make_signature(struct fake_card *card, enum fake_key which,
    const struct fake_cmd *cmd, struct blob *out)
{
	uint16_t sw;

	if (card->key[which] == NULL)
		return (0x6a88);
	sw = fake_sign(card->key[which],
	    (enum fake_ec_form)card->conf.ec_form, cmd->p1, cmd->data, out);
	if (sw != 0x9000)
		return (sw);
	if (!card->conf.get_response && cmd->le < out->len) {
		blob_reset(out);
		return (0x6700);
	}
	card->stats.sign++;
	card->wait_ms += card->conf.sign_delay_ms;
	return (0x9000);
}

/* P2=00: the AP's own key, which proves the card without a PIN (5.2). */
static uint16_t
sign_by_ap(struct fake_card *card, const struct fake_cmd *cmd, struct blob *out)
{
	if (card->app != FAKE_TEXT && card->app != FAKE_SURFACE)
		return (0x6a86);
	return (make_signature(card, FAKE_KEY_AP, cmd, out));
}

static uint16_t
do_sign(struct fake_card *card, const struct fake_cmd *cmd, struct blob *out)
{
	const struct fake_ef *ef;
	uint16_t sw;

	if (cmd->p2 == 0x00)
		return (sign_by_ap(card, cmd, out));
	if (card->app != FAKE_JPKI)
		return (0x6a86);
	if ((sw = address(card, cmd->p2, &ef)) != 0x9000)
		return (sw);
	touch(card, ef);
	if (ef->kind != FAKE_KEY)
		return (0x6981);
	if (!is_open(card, ef))
		return (0x6982);
	return (make_signature(card, (enum fake_key)ef->which, cmd, out));
}

/* 2.4: common AP, key 0019 by its short id whatever conf says. */
static uint16_t
do_internal_auth(struct fake_card *card, const struct fake_cmd *cmd,
    struct blob *out)
{
	if (card->app != FAKE_COMMON)
		return (0x6985);
	if (cmd->p1 != 0 || cmd->p2 != 0x99)
		return (0x6a86);
	return (make_signature(card, FAKE_KEY_AP, cmd, out));
}

/* 4.1: needs a terminal certificate, which nobody public has. */
static uint16_t
do_pinless(struct fake_card *card, const struct fake_cmd *cmd, struct blob *out)
{
	(void)cmd;
	(void)out;
	card->stats.forbidden++;
	return (0x6985);
}

/* 2.4: the marker of phones; a plastic card says 6700. */
static uint16_t
do_phone_marker(struct fake_card *card, const struct fake_cmd *cmd,
    struct blob *out)
{
	(void)card;
	(void)cmd;
	(void)out;
	return (0x6700);
}

#define ANY_CASE (CASE(1) | CASE(2) | CASE(3) | CASE(4))

static const struct ins {
	uint8_t		cla, ins;
	unsigned	cases;
	uint16_t	(*run)(struct fake_card *, const struct fake_cmd *,
			    struct blob *);
} inss[] = {
	{ 0x00, 0xa4, ANY_CASE, do_select },
	{ 0x00, 0xb0, CASE(2), do_read },
	{ 0x00, 0xb2, CASE(2), do_read_record },
	{ 0x00, 0x20, CASE(1) | CASE(3), do_verify },
	{ 0x00, 0x24, CASE(3), do_change },
	{ 0x00, 0x84, CASE(2), do_challenge },
	{ 0x00, 0x88, CASE(4), do_internal_auth },
	{ 0x00, 0xca, CASE(2), do_get_data },
	{ 0x00, 0xc0, CASE(2), do_get_response },
	{ 0x80, 0x2a, CASE(4), do_sign },
	{ 0x80, 0x32, CASE(3), do_change },
	{ 0x80, 0xa2, ANY_CASE, do_pinless },
	{ 0x80, 0xfc, ANY_CASE, do_phone_marker },
};

static uint16_t
find_ins(uint8_t cla, uint8_t ins, const struct ins **row)
{
	uint16_t sw = 0x6d00;

	for (size_t i = 0; i < sizeof(inss) / sizeof(inss[0]); i++) {
		if (inss[i].ins != ins)
			continue;
		*row = &inss[i];
		if (inss[i].cla == cla)
			return (0x9000);
		sw = 0x6e00;
	}
	return (sw);
}

uint16_t
fake_command(struct fake_card *card, struct buf apdu, struct blob *out)
{
	const struct ins *row = NULL;
	struct fake_cmd cmd = { 0 };
	uint16_t sw;

	if (card->first && card->conf.first_6f00) {
		card->first = 0;
		return (0x6f00);
	}
	if (buf_u8(&apdu, &cmd.cla) != ERR_OK ||
	    buf_u8(&apdu, &cmd.ins) != ERR_OK ||
	    buf_u8(&apdu, &cmd.p1) != ERR_OK ||
	    buf_u8(&apdu, &cmd.p2) != ERR_OK)
		return (0x6700);
	if ((sw = fake_apdu_class(cmd.cla)) != 0x9000 ||
	    (sw = find_ins(cmd.cla, cmd.ins, &row)) != 0x9000)
		return (sw);
	if (row->run != do_get_response)
		blob_reset(&card->pending);
	if (fake_apdu_body(apdu, card->conf.extended, &cmd) != ERR_OK ||
	    (row->cases & CASE(cmd.form)) == 0)
		return (0x6700);
	sw = row->run(card, &cmd, out);
	if (!card->conf.get_response || cmd.form != 4 || out->len == 0)
		return (sw);
	card->pending = *out;
	*out = (struct blob){ 0 };	/* moved */
	return ((uint16_t)(0x6100 |
	    (card->pending.len < 256 ? card->pending.len : 0)));
}
