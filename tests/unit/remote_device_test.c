#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "crypto/hex.h"
#include "tests/unit/remote_room.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const uint8_t one[DEVICE_PRINT] = { 1 }, two[DEVICE_PRINT] = { 2 };

static char code[DEVICE_CODE + 1];
static int64_t until;
static struct note note;

static enum err
invite(const char *name)
{
	return (device_invite(room.store, name, code, &until, &note));
}

static const struct name_row {
	const char	*name;
	int		 is;
} names[] = {
	{ "a", 1 }, { "0", 1 }, { "tablet-1", 1 },
	{ "abcdefghijklmnopqrstuvwxyz012345", 1 },
	{ "abcdefghijklmnopqrstuvwxyz0123456", 0 },
	{ "", 0 }, { "-", 0 }, { "-a", 0 }, { "A", 0 }, { "a b", 0 },
	{ "a_b", 0 }, { "a/b", 0 }, { "a:b", 0 }, { "a\n", 0 },
	{ "\xe6\xa9\x9f", 0 },
};

static void
has_a_name(void **state)
{
	const struct name_row *n = *state;

	assert_int_equal(device_is_name(n->name), n->is);
	assert_int_equal(invite(n->name), n->is ? ERR_OK : ERR_USAGE);
	assert_int_equal(code[0] != '\0', n->is);
}

static void
is_enrolled_once(void **state)
{
	struct device d, other;

	(void)state;
	assert_int_equal(invite("tablet"), ERR_OK);
	assert_int_equal(strlen(code), DEVICE_CODE);
	assert_true(until > clock_wall_ms());
	assert_int_equal(device_get(room.store, "tablet", &d), ERR_NO_DEVICE);
	assert_int_equal(device_enrol(room.store, code, one, &d), ERR_OK);
	assert_string_equal(d.name, "tablet");
	assert_memory_equal(d.print, one, DEVICE_PRINT);
	/* Used up, also for itself. */
	assert_int_equal(device_enrol(room.store, code, two, &other),
	    ERR_CODE);
	assert_string_equal(other.name, "");
	assert_int_equal(device_enrol(room.store, code, one, &other),
	    ERR_CODE);
	assert_int_equal(device_find(room.store, one, &d), ERR_OK);
	assert_string_equal(d.name, "tablet");
	assert_int_equal(d.last_seen, 0);
	assert_int_equal(device_seen(room.store, one), ERR_OK);
	assert_int_equal(device_get(room.store, "tablet", &d), ERR_OK);
	assert_true(d.last_seen > 0);
	assert_int_equal(device_find(room.store, two, &d), ERR_LINK_REVOKED);
	assert_string_equal(d.name, "");
}

static void
newer_code_ends_the_older(void **state)
{
	char first[DEVICE_CODE + 1];
	struct device d;

	(void)state;
	assert_int_equal(invite("tablet"), ERR_OK);
	memcpy(first, code, sizeof(first));
	assert_int_equal(invite("tablet"), ERR_OK);
	assert_int_equal(device_enrol(room.store, first, one, &d), ERR_CODE);
	assert_int_equal(device_enrol(room.store, code, one, &d), ERR_OK);
}

/* How it may be typed; what is no code costs no more than a wrong one. */
static const struct typing {
	const char	*name, *form;	/* %s: the code */
	int		 lower;
	enum err	 want;
} typings[] = {
	{ "in capitals", "%s", 0, ERR_OK },
	{ "in small letters", "%s", 1, ERR_OK },
	{ "with hyphens", "-%s-", 0, ERR_OK },
	{ "empty", "", 0, ERR_CODE },
	{ "more", "%s0", 0, ERR_CODE },
	{ "other characters", "%%%s", 0, ERR_CODE },
	{ "another", "0000000000", 0, ERR_CODE },
};

static void
is_read_as_typed(void **state)
{
	const struct typing *t = *state;
	char text[32];
	struct device d;

	assert_int_equal(invite("tablet"), ERR_OK);
	/* The form is a row's. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), t->form, code);
#pragma GCC diagnostic pop
	for (char *p = text; t->lower && *p != '\0'; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	assert_int_equal(device_enrol(room.store, text, one, &d), t->want);
}

/* The same code, with another end. */
static void
set_end(int64_t end)
{
	struct val v[] = { val_text("tablet"), val_text(NULL),
	    val_int(end) };
	char digest[65];
	uint8_t md[32];
	size_t n;

	assert_int_equal(EVP_Q_digest(NULL, "SHA256", NULL, code,
	    DEVICE_CODE, md, &n), 1);
	hex_write(md, n, digest);
	v[1] = val_text(digest);
	assert_int_equal(store_run(room.store, SQL_INVITATION_PUT, v, 3, NULL,
	    NULL, NULL), ERR_OK);
}

static void
code_expires(void **state)
{
	struct device d;

	(void)state;
	assert_int_equal(invite("tablet"), ERR_OK);
	assert_true(until - clock_wall_ms() <= DEVICE_CODE_MS);
	assert_true(until - clock_wall_ms() > DEVICE_CODE_MS - 60000);
	set_end(clock_wall_ms() - 1);
	assert_int_equal(device_enrol(room.store, code, one, &d), ERR_CODE);
	set_end(clock_wall_ms() + 60000);
	assert_int_equal(device_enrol(room.store, code, one, &d), ERR_OK);
}

static void
keeps_no_code(void **state)
{
	char file[160], all[1 << 16];
	size_t n;
	FILE *f;

	(void)state;
	assert_int_equal(invite("tablet"), ERR_OK);
	snprintf(file, sizeof(file), "%s-wal", room.path);
	assert_non_null(f = fopen(file, "r"));
	n = fread(all, 1, sizeof(all), f);
	fclose(f);
	assert_true(n > 0);
	assert_null(memmem(all, n, code, DEVICE_CODE));
}

/* A key belongs to one device, and comes back by no other name. */
static void
key_is_used_once(void **state)
{
	struct device d;

	(void)state;
	room_device("tablet", one);
	assert_int_equal(invite("other"), ERR_OK);
	assert_int_equal(device_enrol(room.store, code, one, &d),
	    ERR_LINK_REVOKED);
	assert_int_equal(device_revoke(room.store, "tablet"), ERR_OK);
	assert_int_equal(device_enrol(room.store, code, one, &d),
	    ERR_LINK_REVOKED);
	/* The refusals have not spent the code. */
	assert_int_equal(device_enrol(room.store, code, two, &d), ERR_OK);
}

/* Its name has become another's, twice; renamed before, too. */
static void
revoked_key_never_comes_back(void **state)
{
	const uint8_t three[DEVICE_PRINT] = { 3 };
	struct device d;

	(void)state;
	room_device("tablet", one);
	assert_int_equal(device_rename(room.store, "tablet", "home", &note),
	    ERR_OK);
	assert_int_equal(device_revoke(room.store, "home"), ERR_OK);
	room_device("home", two);
	assert_int_equal(device_revoke(room.store, "home"), ERR_OK);
	assert_int_equal(device_revoke(room.store, "home"), ERR_OK);
	room_device("home", three);
	assert_int_equal(invite("other"), ERR_OK);
	assert_int_equal(device_enrol(room.store, code, one, &d),
	    ERR_LINK_REVOKED);
	assert_int_equal(device_enrol(room.store, code, two, &d),
	    ERR_LINK_REVOKED);
	assert_int_equal(device_find(room.store, one, &d), ERR_LINK_REVOKED);
	assert_int_equal(device_find(room.store, three, &d), ERR_OK);
	assert_int_equal(device_revoke(room.store, "other"), ERR_OK);
	assert_int_equal(device_find(room.store, three, &d), ERR_OK);
}

static void
name_in_use_is_not_invited(void **state)
{
	struct device d;

	(void)state;
	assert_int_equal(invite("tablet"), ERR_OK);
	room_device("other", two);
	assert_int_equal(invite("other"), ERR_ROW);
	assert_non_null(strstr(note.text, "other"));
	assert_string_equal(code, "");
	assert_int_equal(device_revoke(room.store, "other"), ERR_OK);
	assert_int_equal(invite("other"), ERR_OK);
	assert_int_equal(device_enrol(room.store, code, one, &d), ERR_OK);
	assert_int_equal(device_find(room.store, one, &d), ERR_OK);
	assert_int_equal(d.revoked_at, 0);
	/* The key before it stays out. */
	assert_int_equal(device_find(room.store, two, &d), ERR_LINK_REVOKED);
}

/* Renamed into the name while the invitation was open. */
static void
name_taken_meanwhile(void **state)
{
	char held[DEVICE_CODE + 1];
	struct device d;

	(void)state;
	assert_int_equal(invite("new"), ERR_OK);
	memcpy(held, code, sizeof(held));
	room_device("tablet", one);
	assert_int_equal(device_rename(room.store, "tablet", "new", &note),
	    ERR_OK);
	assert_int_equal(device_enrol(room.store, held, two, &d), ERR_ROW);
	assert_int_equal(device_find(room.store, two, &d), ERR_LINK_REVOKED);
	assert_int_equal(device_find(room.store, one, &d), ERR_OK);
}

static void
revoked_is_over(void **state)
{
	struct device d;
	int64_t at;

	(void)state;
	room_device("tablet", one);
	assert_int_equal(device_revoke(room.store, "tablet"), ERR_OK);
	assert_int_equal(device_find(room.store, one, &d), ERR_LINK_REVOKED);
	assert_int_equal(device_get(room.store, "tablet", &d), ERR_OK);
	at = d.revoked_at;
	assert_true(at > 0);
	/* Again is no mistake, and not later. */
	assert_int_equal(device_revoke(room.store, "tablet"), ERR_OK);
	assert_int_equal(device_get(room.store, "tablet", &d), ERR_OK);
	assert_int_equal(d.revoked_at, at);
	assert_int_equal(device_rename(room.store, "tablet", "x", &note),
	    ERR_NO_DEVICE);
	assert_int_equal(device_revoke(room.store, "nobody"), ERR_NO_DEVICE);
}

static void
invitation_is_revoked(void **state)
{
	struct device d;

	(void)state;
	assert_int_equal(invite("tablet"), ERR_OK);
	assert_int_equal(device_revoke(room.store, "tablet"), ERR_OK);
	assert_int_equal(device_enrol(room.store, code, one, &d), ERR_CODE);
	assert_int_equal(device_revoke(room.store, "tablet"), ERR_NO_DEVICE);
}

struct reader {
	char	text[64];
};

static enum err
take_reader(void *ctx, const struct val *cols, size_t n)
{
	struct reader *r = ctx;

	assert_true(n > 3);
	snprintf(r->text, sizeof(r->text), "%s", val_str(&cols[3]));
	return (ERR_OK);
}

static const char *
reader_of(const char *client)
{
	static struct reader r;
	const struct val v = val_text(client);

	assert_int_equal(store_run(room.store, SQL_CLIENT_GET, &v, 1,
	    take_reader, &r, NULL), ERR_OK);
	return (r.text);
}

static void
put_client(const char *name, const char *reader)
{
	const struct val v[] = { val_text(name), val_text("kiosk"),
	    val_int(0), val_text(reader), val_int(1) };

	assert_int_equal(store_run(room.store, SQL_CLIENT_ADD, v, 5, NULL,
	    NULL, NULL), ERR_OK);
}

static void
kiosks_go_with_a_name(void **state)
{
	struct device d;

	(void)state;
	room_device("tablet", one);
	room_device("other", two);
	put_client("k1", "device:tablet");
	put_client("k2", "device:tablet-2");
	put_client("k3", "pcsc:tablet");
	assert_int_equal(device_rename(room.store, "tablet", "other", &note),
	    ERR_ROW);
	assert_string_equal(reader_of("k1"), "device:tablet");
	assert_int_equal(device_rename(room.store, "tablet", "Home", &note),
	    ERR_USAGE);
	assert_int_equal(device_rename(room.store, "nobody", "home", &note),
	    ERR_NO_DEVICE);
	assert_int_equal(device_rename(room.store, "tablet", "home", &note),
	    ERR_OK);
	assert_string_equal(reader_of("k1"), "device:home");
	assert_string_equal(reader_of("k2"), "device:tablet-2");
	assert_string_equal(reader_of("k3"), "pcsc:tablet");
	assert_int_equal(device_find(room.store, one, &d), ERR_OK);
	assert_string_equal(d.name, "home");
}

static enum err
count_device(void *ctx, const struct device *d)
{
	*(int *)ctx += d->revoked_at != 0 ? 100 : 1;
	return (ERR_OK);
}

static enum err
count_invited(void *ctx, const char *name, int64_t expires_at)
{
	assert_string_equal(name, "third");
	assert_true(expires_at > clock_wall_ms());
	*(int *)ctx += 10;
	return (ERR_OK);
}

static enum err
fails(void *ctx, const struct device *d)
{
	(void)ctx;
	(void)d;
	return (ERR_NOMEM);
}

static void
lists(void **state)
{
	int n = 0;

	(void)state;
	room_device("one", one);
	room_device("two", two);
	assert_int_equal(device_revoke(room.store, "two"), ERR_OK);
	assert_int_equal(invite("third"), ERR_OK);
	assert_int_equal(device_list(room.store, count_device, &n), ERR_OK);
	assert_int_equal(device_invitations(room.store, count_invited, &n),
	    ERR_OK);
	assert_int_equal(n, 111);
	assert_int_equal(device_list(room.store, fails, NULL), ERR_NOMEM);
}

#define WITH_ROOM(f) cmocka_unit_test_setup_teardown(f, room_up, room_down)

int
main(void)
{
	static struct CMUnitTest tests[LEN(names) + LEN(typings) + 12];
	const struct CMUnitTest others[] = {
		WITH_ROOM(is_enrolled_once),
		WITH_ROOM(newer_code_ends_the_older),
		WITH_ROOM(code_expires),
		WITH_ROOM(keeps_no_code),
		WITH_ROOM(key_is_used_once),
		WITH_ROOM(revoked_key_never_comes_back),
		WITH_ROOM(name_in_use_is_not_invited),
		WITH_ROOM(name_taken_meanwhile),
		WITH_ROOM(revoked_is_over),
		WITH_ROOM(invitation_is_revoked),
		WITH_ROOM(kiosks_go_with_a_name),
		WITH_ROOM(lists),
	};
	size_t n = 0;

	for (size_t i = 0; i < LEN(names); i++)
		tests[n++] = (struct CMUnitTest){ names[i].name, has_a_name,
		    room_up, room_down, (void *)(uintptr_t)&names[i] };
	for (size_t i = 0; i < LEN(typings); i++)
		tests[n++] = (struct CMUnitTest){ typings[i].name,
		    is_read_as_typed, room_up, room_down,
		    (void *)(uintptr_t)&typings[i] };
	for (size_t i = 0; i < LEN(others); i++)
		tests[n++] = others[i];
	return (_cmocka_run_group_tests("device", tests, n, NULL, NULL));
}
