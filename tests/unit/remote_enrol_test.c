#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "crypto/base32.h"
#include "host/remote/enrol.h"
#include "host/remote/invite.h"
#include "tests/unit/remote_room.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static struct ca *ca;
static struct enrol_gate gate;
static struct note note;
static EVP_PKEY *key;

static int
set_up(void **state)
{
	gate = (struct enrol_gate){ 0 };
	if (room_up(state) != 0)
		return (-1);
	assert_int_equal(ca_open(room.keys, &ca, &note), ERR_OK);
	key = room_key("P-256");
	return (0);
}

static int
tear_down(void **state)
{
	EVP_PKEY_free(key);
	ca_close(&ca);
	return (room_down(state));
}

/* --- invitations --- */

static struct invitation made;

static enum err
invite_at(const char *address)
{
	const struct invite_conf conf = { address, ca_print(ca) };

	return (invite_make(room.store, &conf, "tablet", &made, &note));
}

static void
names_code_and_agent(void **state)
{
	char plain[27];
	uint8_t print[WIRE_CODE_PRINT];
	struct device d;

	(void)state;
	assert_int_equal(invite_at("agent.example.jp:8789"), ERR_OK);
	assert_int_equal(strlen(made.text), 30);
	assert_int_equal(base32_plain(made.text, 26, plain), 1);
	assert_int_equal(base32_read(plain + 10, 16, print), 1);
	assert_memory_equal(print, ca_print(ca), sizeof(print));
	assert_string_equal(made.address, "agent.example.jp:8789");
	assert_int_equal(strncmp(made.qr, "shikaku-device:agent.example.jp:"
	    "8789/", 37), 0);
	assert_string_equal(made.qr + 37, made.text);
	plain[10] = '\0';
	assert_int_equal(device_enrol(room.store, plain,
	    (const uint8_t[DEVICE_PRINT]){ 1 }, &d), ERR_OK);
	assert_string_equal(d.name, "tablet");
}

static const struct place {
	const char	*address;
	enum err	 want;
} places[] = {
	{ "192.0.2.7:8789", ERR_OK },
	{ "[2001:db8::7]:8789", ERR_OK },
	{ "agent:1", ERR_OK },
	{ "0.0.0.0:8789", ERR_CONF },
	{ "[::]:8789", ERR_CONF },
	{ "", ERR_CONF },
	{ "agent", ERR_CONF },
	{ "agent:0", ERR_CONF },
	{ "agent/x:1", ERR_CONF },
};

static void
needs_a_place_to_dial(void **state)
{
	const struct place *p = *state;

	note_set(&note, "%s", "");
	assert_int_equal(invite_at(p->address), p->want);
	if (p->want != ERR_OK)
		assert_non_null(strstr(note.text, "address"));
	assert_int_equal(made.text[0] != '\0', p->want == ERR_OK);
}

/* --- ENROL --- */

static enum err
serve(const uint8_t *payload, size_t len, struct blob *out, struct device *d)
{
	const struct enrol e = { room.store, ca, &gate };

	return (enrol_serve(&e, (struct buf){ payload, len }, out, d, &note));
}

/* code, u16 length, request; more is added to the length it says. */
static size_t
write_enrol(const char *code, EVP_PKEY *signer, int more, uint8_t *out)
{
	size_t len = room_request(key, signer, NULL, out + 12);

	memset(out, '0', 10);
	memcpy(out, code, strlen(code) < 10 ? strlen(code) : 10);
	out[10] = (uint8_t)((len + (size_t)more) >> 8);
	out[11] = (uint8_t)(len + (size_t)more);
	return (12 + len);
}

static void
code_for(const char *name, char code[DEVICE_CODE + 1])
{
	int64_t until;

	assert_int_equal(device_invite(room.store, name, code, &until, &note),
	    ERR_OK);
}

static void
gives_name_and_certificates(void **state)
{
	char code[DEVICE_CODE + 1];
	uint8_t payload[8192], print[WIRE_PRINT], n;
	struct blob out = { 0 };
	struct buf in, part;
	struct device d;
	const uint8_t *p;
	uint16_t len;
	X509 *x;

	(void)state;
	code_for("tablet", code);
	assert_int_equal(serve(payload, write_enrol(code, key, 0, payload),
	    &out, &d), ERR_OK);
	in = blob_buf(&out);
	assert_int_equal(buf_u8(&in, &n), ERR_OK);
	assert_int_equal(buf_take(&in, n, &part), ERR_OK);
	assert_memory_equal(part.p, "tablet", 6);
	assert_int_equal(buf_u16(&in, &len), ERR_OK);
	assert_int_equal(buf_take(&in, len, &part), ERR_OK);
	p = part.p;
	assert_non_null(x = d2i_X509(NULL, &p, len));
	assert_ptr_equal(p, part.p + len);
	assert_int_equal(X509_check_private_key(x, key), 1);
	assert_int_equal(spki_print(x, print), ERR_OK);
	assert_memory_equal(d.print, print, sizeof(print));
	X509_free(x);
	assert_int_equal(buf_u16(&in, &len), ERR_OK);
	assert_int_equal(buf_take(&in, len, &part), ERR_OK);
	assert_int_equal(in.left, 0);
	p = part.p;
	assert_non_null(x = d2i_X509(NULL, &p, len));
	assert_int_equal(X509_cmp(x, ca_cert(ca)), 0);
	X509_free(x);
	assert_int_equal(device_find(room.store, print, &d), ERR_OK);
	blob_free(&out);
}

enum fault { WRONG_CODE, SIGNER, LESS, MORE, CUT_CODE, NO_BYTES, SAME_KEY };

static const struct fault_row {
	const char	*name;
	enum fault	 fault;
	enum err	 want;
	int		 counted;
} faults[] = {
	{ "a wrong code", WRONG_CODE, ERR_CODE, 1 },
	{ "signed by another key", SIGNER, ERR_CERT_FORM, 0 },
	{ "less than announced", LESS, ERR_LAYOUT, 0 },
	{ "more than announced", MORE, ERR_LAYOUT, 0 },
	{ "half a code", CUT_CODE, ERR_LAYOUT, 0 },
	{ "nothing", NO_BYTES, ERR_LAYOUT, 0 },
	{ "a key that is in the list", SAME_KEY, ERR_LINK_REVOKED, 0 },
};

static void
refuses_and_changes_nothing(void **state)
{
	const struct fault_row *f = *state;
	char code[DEVICE_CODE + 1];
	uint8_t payload[8192], keep = 'k';
	EVP_PKEY *other = room_key("P-256");
	struct blob out = { 0 };
	struct device d;
	size_t len;

	if (f->fault == SAME_KEY) {
		code_for("before", code);
		assert_int_equal(serve(payload, write_enrol(code, key, 0,
		    payload), &out, &d), ERR_OK);
		blob_reset(&out);
	}
	assert_int_equal(blob_add(&out, &keep, 1), ERR_OK);
	code_for("tablet", code);
	len = write_enrol(f->fault == WRONG_CODE ? "0000000000" : code,
	    f->fault == SIGNER ? other : key, f->fault == LESS ? 1 :
	    f->fault == MORE ? -1 : 0, payload);
	len = f->fault == CUT_CODE ? 9 : f->fault == NO_BYTES ? 0 : len;
	assert_int_equal(serve(payload, len, &out, &d), f->want);
	assert_string_equal(d.name, "");
	assert_int_equal(out.len, 1);
	assert_int_equal(gate.wrong, f->counted);
	assert_int_equal(device_get(room.store, "tablet", &d),
	    ERR_NO_DEVICE);
	/* The code is still good, for who has a key that is. */
	EVP_PKEY_free(key);
	key = other;
	assert_int_equal(serve(payload, write_enrol(code, key, 0, payload),
	    &out, &d), ERR_OK);
	blob_free(&out);
}

static void
guessing_is_held_off(void **state)
{
	char code[DEVICE_CODE + 1];
	uint8_t payload[8192];
	struct blob out = { 0 };
	struct device d;
	size_t len;

	(void)state;
	code_for("tablet", code);
	len = write_enrol("0000000000", key, 0, payload);
	for (int i = 0; i < ENROL_WRONG; i++)
		assert_int_equal(serve(payload, len, &out, &d), ERR_CODE);
	len = write_enrol(code, key, 0, payload);
	assert_int_equal(serve(payload, len, &out, &d), ERR_TOO_MANY);
	/* A minute after the last of them. */
	gate.since = clock_ms() - ENROL_WRONG_MS + 30000;
	assert_int_equal(serve(payload, len, &out, &d), ERR_TOO_MANY);
	gate.since = clock_ms() - ENROL_WRONG_MS;
	assert_int_equal(serve(payload, len, &out, &d), ERR_OK);
	blob_free(&out);
}

/* Four in each minute hold nobody off. */
static void
mistyping_is_forgotten(void **state)
{
	uint8_t payload[8192];
	struct blob out = { 0 };
	struct device d;
	size_t len;

	(void)state;
	len = write_enrol("0000000000", key, 0, payload);
	for (int i = 0; i < 3 * (ENROL_WRONG - 1); i++) {
		if (i % (ENROL_WRONG - 1) == 0)
			gate.since = clock_ms() - ENROL_WRONG_MS;
		assert_int_equal(serve(payload, len, &out, &d), ERR_CODE);
	}
	blob_free(&out);
}

#define WITH_ROOM(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	static struct CMUnitTest tests[LEN(places) + LEN(faults) + 4];
	const struct CMUnitTest others[] = {
		WITH_ROOM(names_code_and_agent),
		WITH_ROOM(gives_name_and_certificates),
		WITH_ROOM(guessing_is_held_off),
		WITH_ROOM(mistyping_is_forgotten),
	};
	size_t n = 0;

	for (size_t i = 0; i < LEN(places); i++)
		tests[n++] = (struct CMUnitTest){ places[i].address,
		    needs_a_place_to_dial, set_up, tear_down,
		    (void *)(uintptr_t)&places[i] };
	for (size_t i = 0; i < LEN(faults); i++)
		tests[n++] = (struct CMUnitTest){ faults[i].name,
		    refuses_and_changes_nothing, set_up, tear_down,
		    (void *)(uintptr_t)&faults[i] };
	for (size_t i = 0; i < LEN(others); i++)
		tests[n++] = others[i];
	return (_cmocka_run_group_tests("enrol", tests, n, NULL, NULL));
}
