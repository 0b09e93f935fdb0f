#include <sys/wait.h>
#include <ctype.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "crypto/hex.h"
#include "host/api/clients.h"
#include "host/api/token.h"
#include "tests/lib/fake_clock.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define START	INT64_C(1795132800000)	/* 2026-11-20 */

static char dir[64], path[96];
static struct store *st;

static int
set_up(void **state)
{
	(void)state;
	fake_clock_set(START);
	snprintf(dir, sizeof(dir), "/tmp/clients_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/shikaku.db", dir);
	return (store_open(path, &st, NULL) == ERR_OK ? 0 : -1);
}

static int
tear_down(void **state)
{
	char name[512];
	struct dirent *e;
	DIR *d;

	(void)state;
	store_close(&st);
	if ((d = opendir(dir)) == NULL)
		return (-1);
	while ((e = readdir(d)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", dir, e->d_name);
		unlink(name);
	}
	closedir(d);
	return (rmdir(dir));
}

static enum err
add(const char *name, enum role role)
{
	struct client c = { .role = role };

	snprintf(c.name, sizeof(c.name), "%s", name);
	return (clients_add(st, &c, NULL));
}

/* --- adding --- */

#define NAME32 "a2345678901234567890123456789012"

static const struct added {
	const char	*name, *client, *reader;
	int		 role, home;
	enum err	 want;
} addeds[] = {
	{ "add: kiosk", "front-1", "pcsc:ACS", ROLE_KIOSK, 0, ERR_OK },
	{ "add: kiosk without reader", "1", "", ROLE_KIOSK, 0, ERR_OK },
	{ "add: for home visits", "tablet", "link:5", ROLE_KIOSK, 1, ERR_OK },
	{ "add: longest name", NAME32, "", ROLE_DESK, 0, ERR_OK },
	{ "add: medical", "m", "", ROLE_MEDICAL, 0, ERR_OK },
	{ "add: admin", "a", "", ROLE_ADMIN, 0, ERR_OK },
	{ "add: monitor", "x", "", ROLE_MONITOR, 0, ERR_OK },
	{ "add: reader in Japanese", "j", "pcsc:受付", ROLE_KIOSK, 0, ERR_OK },
	{ "add: no name", "", "", ROLE_DESK, 0, ERR_USAGE },
	{ "add: hyphen first", "-a", "", ROLE_DESK, 0, ERR_USAGE },
	{ "add: upper case", "Front", "", ROLE_DESK, 0, ERR_USAGE },
	{ "add: blank", "front 1", "", ROLE_DESK, 0, ERR_USAGE },
	{ "add: underscore", "front_1", "", ROLE_DESK, 0, ERR_USAGE },
	{ "add: slash", "../x", "", ROLE_DESK, 0, ERR_USAGE },
	{ "add: line feed", "a\n", "", ROLE_DESK, 0, ERR_USAGE },
	{ "add: Japanese", "受付", "", ROLE_DESK, 0, ERR_USAGE },
	{ "add: no role", "a", "", ROLES, 0, ERR_USAGE },
	{ "add: a negative role", "a", "", -1, 0, ERR_USAGE },
	{ "add: home visits of the desk", "a", "", ROLE_DESK, 1, ERR_USAGE },
	{ "add: home visits of an admin", "a", "", ROLE_ADMIN, 1, ERR_USAGE },
	{ "add: reader of the desk", "a", "pcsc:A", ROLE_DESK, 0, ERR_USAGE },
	{ "add: reader of a monitor", "a", "pcsc:A", ROLE_MONITOR, 0,
	    ERR_USAGE },
	{ "add: control character", "a", "pcsc:A\x1b[2J", ROLE_KIOSK, 0,
	    ERR_USAGE },
	{ "add: reader not UTF-8", "a", "pcsc:\x8e", ROLE_KIOSK, 0,
	    ERR_USAGE },
};

static enum err
count_row(void *ctx, const struct client *c)
{
	(void)c;
	++*(int *)ctx;
	return (ERR_OK);
}

static int
count_clients(void)
{
	int n = 0;

	assert_int_equal(clients_list(st, count_row, &n), ERR_OK);
	return (n);
}

static void
added_row(void **state)
{
	const struct added *row = *state;
	struct client c = { .role = (enum role)row->role,
	    .home = row->home }, got;
	struct note note = { "" };

	snprintf(c.name, sizeof(c.name), "%s", row->client);
	snprintf(c.reader, sizeof(c.reader), "%s", row->reader);
	assert_int_equal(clients_add(st, &c, &note), row->want);
	assert_int_equal(note.text[0] != '\0', row->want != ERR_OK);
	assert_int_equal(count_clients(), row->want == ERR_OK);
	if (row->want != ERR_OK)
		return;
	assert_int_equal(clients_get(st, row->client, &got), ERR_OK);
	assert_string_equal(got.name, row->client);
	assert_string_equal(got.reader, row->reader);
	assert_int_equal(got.role, row->role);
	assert_int_equal(got.home, row->home);
	assert_int_equal(got.created_at, START);
	assert_int_equal(got.started_at, 0);
	assert_int_equal(got.revoked_at, 0);
	assert_int_equal(got.enrolled, 0);
	assert_int_equal(got.has_key, 0);
}

static void
names_are_used_once(void **state)
{
	struct client c = { .name = "a", .role = ROLE_KIOSK };
	struct note note = { "" };

	(void)state;
	assert_int_equal(add("a", ROLE_DESK), ERR_OK);
	assert_int_equal(clients_add(st, &c, &note), ERR_ROW);
	assert_non_null(strstr(note.text, "a: "));
	assert_int_equal(clients_revoke(st, "a"), ERR_OK);
	assert_int_equal(clients_add(st, &c, NULL), ERR_ROW);
	assert_int_equal(clients_get(st, "a", &c), ERR_OK);
	assert_int_equal(c.role, ROLE_DESK);
	assert_int_equal(c.revoked_at, START);
}

static void
longest_reader_is_kept(void **state)
{
	struct client c = { .name = "a", .role = ROLE_KIOSK };

	(void)state;
	memset(c.reader, 'r', sizeof(c.reader));	/* no end: too long */
	assert_int_equal(clients_add(st, &c, NULL), ERR_USAGE);
	c.reader[sizeof(c.reader) - 1] = '\0';
	assert_int_equal(clients_add(st, &c, NULL), ERR_OK);
	assert_int_equal(clients_get(st, "a", &c), ERR_OK);
	assert_int_equal(strlen(c.reader), CLIENT_READER - 1);
}

static void
name_without_an_end_is_refused(void **state)
{
	struct client c = { .role = ROLE_DESK };

	(void)state;
	memset(c.name, 'a', sizeof(c.name));
	assert_int_equal(clients_add(st, &c, NULL), ERR_USAGE);
	assert_int_equal(count_clients(), 0);
}

static enum err
join_names(void *ctx, const struct client *c)
{
	return (blob_printf(ctx, "%s ", c->name));
}

static enum err
stop(void *ctx, const struct client *c)
{
	(void)c;
	++*(int *)ctx;
	return (ERR_CANCELLED);
}

static void
list_is_by_name(void **state)
{
	struct blob names = { 0 };
	int n = 0;

	(void)state;
	assert_int_equal(add("b", ROLE_DESK), ERR_OK);
	assert_int_equal(add("c", ROLE_KIOSK), ERR_OK);
	assert_int_equal(add("a", ROLE_ADMIN), ERR_OK);
	assert_int_equal(clients_revoke(st, "c"), ERR_OK);
	assert_int_equal(clients_list(st, join_names, &names), ERR_OK);
	assert_string_equal(blob_str(&names), "a b c ");
	blob_free(&names);
	assert_int_equal(clients_list(st, stop, &n), ERR_CANCELLED);
	assert_int_equal(n, 1);
}

static void
roles_have_words(void **state)
{
	static const char *const none[] = { "", "Kiosk", "kiosk ", "kios",
	    "root", "受付端末" };
	enum role role;

	(void)state;
	for (int i = 0; i < ROLES; i++) {
		assert_int_equal(role_named(role_word((enum role)i), &role),
		    ERR_OK);
		assert_int_equal(role, i);
		assert_true((unsigned char)role_label(role, ERR_JA)[0] > 127);
		assert_true(islower(role_label(role, ERR_EN)[0]));
	}
	for (size_t i = 0; i < LEN(none); i++) {
		assert_int_equal(role_named(none[i], &role), ERR_USAGE);
		assert_int_equal(role, ROLES);
	}
	assert_string_equal(role_word(ROLES), "");
	assert_string_equal(role_label(ROLES, ERR_JA), "");
}

/* --- what needs a client in use --- */

enum deed { TOKEN, CODE, STARTED, KEY_AWAY, READER, REVOKE, GET, DEEDS };

static enum err
do_deed(enum deed deed, const char *name)
{
	char token[CLIENT_TOKEN], code[CLIENT_CODE];
	struct client c;
	int64_t until;
	enum err r;

	switch (deed) {
	case TOKEN:
		r = clients_token(st, name, token);
		assert_true(r == ERR_OK || token[0] == '\0');
		return (r);
	case CODE:
		r = clients_code(st, name, code, &until);
		assert_true(r == ERR_OK || (code[0] == '\0' && until == 0));
		return (r);
	case STARTED:	return (clients_started(st, name));
	case KEY_AWAY:	return (clients_key(st, name, NULL, NULL));
	case READER:	return (clients_reader(st, name, "pcsc:B"));
	case REVOKE:	return (clients_revoke(st, name));
	case GET:	return (clients_get(st, name, &c));
	case DEEDS:	break;
	}
	fail();
	return (ERR_OK);
}

static const struct deed_row {
	const char	*name;
	enum deed	 deed;
	enum err	 kiosk, desk, revoked;
} deeds[] = {
	{ "deed: token", TOKEN, ERR_OK, ERR_OK, ERR_NO_CLIENT },
	{ "deed: code", CODE, ERR_OK, ERR_OK, ERR_NO_CLIENT },
	{ "deed: started", STARTED, ERR_OK, ERR_OK, ERR_NO_CLIENT },
	{ "deed: key", KEY_AWAY, ERR_OK, ERR_USAGE, ERR_NO_CLIENT },
	{ "deed: reader", READER, ERR_OK, ERR_USAGE, ERR_NO_CLIENT },
	{ "deed: revoke", REVOKE, ERR_OK, ERR_OK, ERR_OK },
	{ "deed: get", GET, ERR_OK, ERR_OK, ERR_OK },
};

static void
deed_row(void **state)
{
	static const char *const none[] = { "", "x", "K", "k ", "' OR '1'='1" };
	const struct deed_row *row = *state;
	struct client c;

	assert_int_equal(add("k", ROLE_KIOSK), ERR_OK);
	assert_int_equal(add("d", ROLE_DESK), ERR_OK);
	assert_int_equal(add("r", ROLE_KIOSK), ERR_OK);
	assert_int_equal(clients_revoke(st, "r"), ERR_OK);
	fake_clock_add(1);
	assert_int_equal(do_deed(row->deed, "k"), row->kiosk);
	assert_int_equal(do_deed(row->deed, "d"), row->desk);
	assert_int_equal(do_deed(row->deed, "r"), row->revoked);
	for (size_t i = 0; i < LEN(none); i++)
		assert_int_equal(do_deed(row->deed, none[i]), ERR_NO_CLIENT);
	assert_int_equal(clients_get(st, "r", &c), ERR_OK);
	assert_int_equal(c.revoked_at, START);
	assert_int_equal(c.started_at, 0);
	assert_string_equal(c.reader, "");
	assert_int_equal(c.enrolled, 0);
}

static void
start_and_reader_are_kept(void **state)
{
	struct client c;

	(void)state;
	assert_int_equal(add("k", ROLE_KIOSK), ERR_OK);
	fake_clock_add(5);
	assert_int_equal(clients_started(st, "k"), ERR_OK);
	assert_int_equal(clients_reader(st, "k", "pcsc:B"), ERR_OK);
	assert_int_equal(clients_reader(st, "k", "pcsc:\n"), ERR_USAGE);
	assert_int_equal(clients_get(st, "k", &c), ERR_OK);
	assert_int_equal(c.started_at, START + 5);
	assert_string_equal(c.reader, "pcsc:B");
	assert_int_equal(clients_reader(st, "k", ""), ERR_OK);
	assert_int_equal(clients_get(st, "k", &c), ERR_OK);
	assert_string_equal(c.reader, "");
}

/* RFC 8032 7.1, test 1. */
#define RFC_KEY \
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static void
keys_come_and_go(void **state)
{
	static const char pem[] = "-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
	    "-----END PUBLIC KEY-----\n";
	struct note note = { "" };
	uint8_t want[CLIENT_KEY];
	struct client c;
	char file[96];
	FILE *f;

	(void)state;
	snprintf(file, sizeof(file), "%s/key.pem", dir);
	assert_non_null(f = fopen(file, "w"));
	fputs(pem, f);
	fclose(f);
	assert_true(hex_read(RFC_KEY, want, sizeof(want)));
	assert_int_equal(add("k", ROLE_KIOSK), ERR_OK);
	assert_int_equal(add("d", ROLE_DESK), ERR_OK);
	assert_int_equal(clients_key(st, "k", file, &note), ERR_OK);
	/* What is refused leaves the one that was there. */
	assert_int_equal(clients_key(st, "k", path, &note), ERR_KEY_FILE);
	assert_int_equal(clients_key(st, "k", "/nowhere", &note),
	    ERR_NOT_FOUND);
	assert_int_equal(clients_key(st, "d", file, &note), ERR_USAGE);
	assert_string_equal(note.text, "d is no kiosk");
	assert_int_equal(clients_get(st, "k", &c), ERR_OK);
	assert_int_equal(c.has_key, 1);
	assert_memory_equal(c.key, want, sizeof(want));
	assert_int_equal(clients_key(st, "k", NULL, &note), ERR_OK);
	assert_int_equal(clients_get(st, "k", &c), ERR_OK);
	assert_int_equal(c.has_key, 0);
}

static void
damaged_key_is_an_error(void **state)
{
	static const char *const bad[] = { "", "00", RFC_KEY "00",
	    "x75a980182b10ab7d54bfed3c964073a"
	    "0ee172f3daa62325af021a68f707511a" };
	struct client c;

	(void)state;
	assert_int_equal(add("k", ROLE_KIOSK), ERR_OK);
	for (size_t i = 0; i < LEN(bad); i++) {
		const struct val v[] = { val_text(bad[i]), val_text("k") };

		assert_int_equal(store_run(st, SQL_CLIENT_KEY, v, 2, NULL,
		    NULL, NULL), ERR_OK);
		assert_int_equal(clients_get(st, "k", &c), ERR_STORE);
		assert_string_equal(c.name, "");
	}
}

/* --- tokens --- */

static void
token_finds_its_client(void **state)
{
	char a[CLIENT_TOKEN], b[CLIENT_TOKEN], old[CLIENT_TOKEN];
	struct client c;

	(void)state;
	assert_int_equal(add("a", ROLE_KIOSK), ERR_OK);
	assert_int_equal(add("b", ROLE_DESK), ERR_OK);
	assert_int_equal(clients_token(st, "a", old), ERR_OK);
	assert_int_equal(clients_token(st, "b", b), ERR_OK);
	assert_int_equal(clients_find(st, old, &c), ERR_OK);
	assert_int_equal(clients_token(st, "a", a), ERR_OK);
	assert_string_not_equal(a, old);
	assert_int_equal(clients_find(st, old, &c), ERR_NO_TOKEN);
	assert_string_equal(c.name, "");
	assert_int_equal(c.role, ROLES);
	assert_int_equal(clients_find(st, a, &c), ERR_OK);
	assert_string_equal(c.name, "a");
	assert_int_equal(c.enrolled, 1);
	assert_int_equal(clients_revoke(st, "a"), ERR_OK);
	assert_int_equal(clients_find(st, a, &c), ERR_NO_TOKEN);
	assert_int_equal(clients_find(st, b, &c), ERR_OK);
	assert_string_equal(c.name, "b");
}

static const struct token_row {
	const char	*name;
	char		 put;		/* instead of … */
	int		 at;		/* … this one; -1 the whole text */
	const char	*text;
} tokens[] = {
	{ "token: first letter", '\0', 0, NULL },
	{ "token: last letter", '\0', CLIENT_TOKEN - 2, NULL },
	{ "token: blank", ' ', 5, NULL }, { "token: plus", '+', 5, NULL },
	{ "token: slash", '/', 5, NULL }, { "token: padding", '=', 42, NULL },
	{ "token: empty", 0, -1, "" }, { "token: short", 0, -1, "abc" },
	{ "token: a digest", 0, -1,
	    "e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855" },
	{ "token: of another length", 0, -1,
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
	{ "token: of none", 0, -1,
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
};

static void
token_row(void **state)
{
	const struct token_row *row = *state;
	char token[CLIENT_TOKEN];
	struct client c = { .name = "x" };

	assert_int_equal(add("a", ROLE_KIOSK), ERR_OK);
	assert_int_equal(clients_token(st, "a", token), ERR_OK);
	assert_int_equal(strlen(token), 43);
	if (row->at >= 0)
		token[row->at] = row->put != '\0' ? row->put :
		    token[row->at] == 'A' ? 'B' : 'A';
	assert_int_equal(clients_find(st, row->at >= 0 ? token : row->text,
	    &c), ERR_NO_TOKEN);
	assert_string_equal(c.name, "");
}

static int
is_in_file(const char *suffix, const char *text)
{
	struct blob file = { 0 };
	char name[128];
	int found;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	assert_int_equal(blob_read_file(&file, name, BLOB_MAX), ERR_OK);
	found = memmem(file.data, file.len, text, strlen(text)) != NULL;
	blob_free(&file);
	return (found);
}

static void
only_digests_are_in_the_store(void **state)
{
	char token[CLIENT_TOKEN], code[CLIENT_CODE], digest[TOKEN_DIGEST];
	char plain[CLIENT_CODE];
	int64_t until;

	(void)state;
	assert_int_equal(add("a", ROLE_KIOSK), ERR_OK);
	assert_int_equal(clients_token(st, "a", token), ERR_OK);
	assert_int_equal(clients_code(st, "a", code, &until), ERR_OK);
	snprintf(plain, sizeof(plain), "%.5s%s", code, code + 6);
	assert_false(is_in_file("-wal", token));
	assert_false(is_in_file("-wal", code));
	assert_false(is_in_file("-wal", plain));
	assert_int_equal(token_digest(token, digest), ERR_OK);
	assert_true(is_in_file("-wal", digest));
	assert_int_equal(code_digest(code, digest), ERR_OK);
	assert_true(is_in_file("-wal", digest));
}

/* Worked out by sha256sum. */
static void
digests_are_sha256(void **state)
{
	char digest[TOKEN_DIGEST];

	(void)state;
	assert_int_equal(token_digest(
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", digest), ERR_OK);
	assert_string_equal(digest, "0f007385b6f9d4b7eeb2748605afe1a9"
	    "84a0a3bfa3f014d09e2a784ce9e5cd1a");
	assert_int_equal(code_digest("0123456789", digest), ERR_OK);
	assert_string_equal(digest, "84d89877f0d4041efb6bf91a16f0248f"
	    "2fd573e6af05c19f96bedb9f882f7882");
}

/* --- codes --- */

/* How a code may be typed: all against "01ABC-01XYZ". */
static const struct typed {
	const char	*name, *code;
	int		 same;
} typeds[] = {
	{ "code: as printed", "01ABC-01XYZ", 1 },
	{ "code: without the hyphen", "01ABC01XYZ", 1 },
	{ "code: small letters", "01abc-01xyz", 1 },
	{ "code: I for 1", "0IABC-0IXYZ", 1 },
	{ "code: L for 1", "0LABC-0LXYZ", 1 },
	{ "code: i and l for 1", "0iABC-0lXYZ", 1 },
	{ "code: O for 0", "O1ABC-o1XYZ", 1 },
	{ "code: another", "01ABC-01XYA", 0 },
	{ "code: empty", "", 0 },
	{ "code: a hyphen", "-", 0 },
	{ "code: cut", "01ABC-01XY", 0 },
	{ "code: half", "01ABC", 0 },
	{ "code: half and hyphen", "01ABC-", 0 },
	{ "code: longer", "01ABC-01XYZ0", 0 },
	{ "code: blank after it", "01ABC-01XYZ ", 0 },
	{ "code: blank before it", " 01ABC-01XYZ", 0 },
	{ "code: two hyphens", "01ABC--01XYZ", 0 },
	{ "code: hyphen elsewhere", "01AB-C01XYZ", 0 },
	{ "code: hyphen at the end", "01ABC01XYZ-", 0 },
	{ "code: U is no symbol", "01ABC-01XYU", 0 },
	{ "code: u is no symbol", "01abc-01xyu", 0 },
	{ "code: full width", "０１ABC-01XYZ", 0 },
	{ "code: a percent sign", "%1ABC-01XYZ", 0 },
};

static void
typed_row(void **state)
{
	const struct typed *row = *state;
	char want[TOKEN_DIGEST], got[TOKEN_DIGEST] = "x";
	enum err r;

	assert_int_equal(code_digest("01ABC-01XYZ", want), ERR_OK);
	r = code_digest(row->code, got);
	if (r != ERR_OK) {
		assert_int_equal(r, ERR_CODE);
		assert_string_equal(got, "");
	}
	assert_int_equal(strcmp(got, want) == 0, row->same);
}

static void
codes_are_of_all_symbols(void **state)
{
	static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char code[CLIENT_CODE], seen[256] = { 0 };
	int n = 0;

	(void)state;
	/* 10000 symbols: one of 32 is missing once in 10^136 runs. */
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(code_make(code), ERR_OK);
		assert_int_equal(strlen(code), CLIENT_CODE - 1);
		assert_int_equal(code[5], '-');
		code[5] = code[0];
		assert_int_equal(strspn(code, symbols), CLIENT_CODE - 1);
		for (int k = 0; k < CLIENT_CODE - 1; k++)
			seen[(unsigned char)code[k]] = 1;
	}
	for (size_t i = 0; i < sizeof(seen); i++)
		n += seen[i];
	assert_int_equal(n, 32);
}

static void
code_becomes_a_token_once(void **state)
{
	char code[CLIENT_CODE], token[CLIENT_TOKEN], old[CLIENT_TOKEN];
	struct client c;
	int64_t until;

	(void)state;
	assert_int_equal(add("a", ROLE_KIOSK), ERR_OK);
	assert_int_equal(clients_token(st, "a", old), ERR_OK);
	assert_int_equal(clients_code(st, "a", code, &until), ERR_OK);
	assert_int_equal(until, START + CLIENT_CODE_MS);
	/* The old token is good until the code is used. */
	assert_int_equal(clients_find(st, old, &c), ERR_OK);
	assert_int_equal(clients_enrol(st, code, token, &c), ERR_OK);
	assert_string_equal(c.name, "a");
	assert_int_equal(c.enrolled, 1);
	assert_int_equal(clients_find(st, old, &c), ERR_NO_TOKEN);
	assert_int_equal(clients_find(st, token, &c), ERR_OK);
	assert_int_equal(clients_enrol(st, code, old, &c), ERR_CODE);
	assert_string_equal(old, "");
	assert_string_equal(c.name, "");
	assert_int_equal(clients_find(st, token, &c), ERR_OK);
}

enum before { NOTHING, LAST_MOMENT, TOO_LATE, REVOKED, NEWER_CODE, NEW_TOKEN,
    OTHERS_CODE, LOWER_CASE };

static const struct enrolment {
	const char	*name;
	enum before	 before;
	enum err	 want;
} enrolments[] = {
	{ "enrol: at once", NOTHING, ERR_OK },
	{ "enrol: at 14:59.999", LAST_MOMENT, ERR_OK },
	{ "enrol: at 15:00", TOO_LATE, ERR_CODE },
	{ "enrol: revoked meanwhile", REVOKED, ERR_CODE },
	{ "enrol: a newer code was issued", NEWER_CODE, ERR_CODE },
	{ "enrol: a token was made meanwhile", NEW_TOKEN, ERR_OK },
	{ "enrol: another client's code", OTHERS_CODE, ERR_OK },
	{ "enrol: small letters, no hyphen", LOWER_CASE, ERR_OK },
};

static void
make_before(enum before what, char code[CLIENT_CODE])
{
	char other[CLIENT_CODE], token[CLIENT_TOKEN];
	int64_t until;

	switch (what) {
	case NOTHING:
		return;
	case LAST_MOMENT:
		fake_clock_add(CLIENT_CODE_MS - 1);
		return;
	case TOO_LATE:
		fake_clock_add(CLIENT_CODE_MS);
		return;
	case REVOKED:
		assert_int_equal(clients_revoke(st, "a"), ERR_OK);
		return;
	case NEWER_CODE:
		assert_int_equal(clients_code(st, "a", other, &until), ERR_OK);
		assert_string_not_equal(code, other);
		return;
	case NEW_TOKEN:
		assert_int_equal(clients_token(st, "a", token), ERR_OK);
		return;
	case OTHERS_CODE:
		assert_int_equal(clients_code(st, "b", other, &until), ERR_OK);
		return;
	case LOWER_CASE:
		for (int i = 0; code[i] != '\0'; i++)
			code[i] = (char)tolower(code[i]);
		memmove(code + 5, code + 6, 6);
		return;
	}
}

static void
enrolment_row(void **state)
{
	const struct enrolment *row = *state;
	char code[CLIENT_CODE], token[CLIENT_TOKEN];
	struct client c;
	int64_t until;

	assert_int_equal(add("a", ROLE_KIOSK), ERR_OK);
	assert_int_equal(add("b", ROLE_DESK), ERR_OK);
	assert_int_equal(clients_code(st, "a", code, &until), ERR_OK);
	make_before(row->before, code);
	memset(token, 'x', sizeof(token));
	assert_int_equal(clients_enrol(st, code, token, &c), row->want);
	assert_string_equal(c.name, row->want == ERR_OK ? "a" : "");
	assert_int_equal(strlen(token), row->want == ERR_OK ? 43 : 0);
	if (row->want == ERR_OK)
		assert_int_equal(clients_find(st, token, &c), ERR_OK);
}

static void
failed_exchange_leaves_the_code(void **state)
{
	char code[CLIENT_CODE], token[CLIENT_TOKEN];
	struct client c;
	int64_t until;

	(void)state;
	assert_int_equal(add("a", ROLE_KIOSK), ERR_OK);
	assert_int_equal(clients_code(st, "a", code, &until), ERR_OK);
	assert_int_equal(store_begin(st), ERR_OK);
	assert_int_equal(clients_enrol(st, code, token, &c), ERR_SEQUENCE);
	store_rollback(st);
	/* A wrong one does not use up the right one. */
	assert_int_equal(clients_enrol(st, "00000-00000", token, &c),
	    ERR_CODE);
	/* And leaves no transaction behind. */
	assert_int_equal(clients_enrol(st, code, token, &c), ERR_OK);
}

static int go[2];

static int
enrol_when_told(const char *code)
{
	char token[CLIENT_TOKEN], c;
	struct store *s = NULL;
	struct client got;
	enum err r;

	if (store_open(path, &s, NULL) != ERR_OK || read(go[0], &c, 1) != 0)
		return (100);
	r = clients_enrol(s, code, token, &got);
	store_close(&s);
	return (r == ERR_OK ? 1 : r == ERR_CODE ? 0 : 101);
}

static void
processes_cannot_share_a_code(void **state)
{
	char code[CLIENT_CODE];
	int64_t until;
	int status, got = 0;
	pid_t pids[3];

	(void)state;
	assert_int_equal(add("a", ROLE_KIOSK), ERR_OK);
	assert_int_equal(clients_code(st, "a", code, &until), ERR_OK);
	assert_int_equal(pipe(go), 0);
	for (size_t i = 0; i < LEN(pids); i++) {
		assert_true((pids[i] = fork()) >= 0);
		if (pids[i] == 0) {
			close(go[1]);
			_exit(enrol_when_told(code));
		}
	}
	close(go[1]);
	for (size_t i = 0; i < LEN(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_in_range(WEXITSTATUS(status), 0, 1);
		got += WEXITSTATUS(status);
	}
	close(go[0]);
	assert_int_equal(got, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest plain[] = {
	TEST(names_are_used_once),
	TEST(longest_reader_is_kept),
	TEST(name_without_an_end_is_refused),
	TEST(list_is_by_name),
	TEST(roles_have_words),
	TEST(start_and_reader_are_kept),
	TEST(keys_come_and_go),
	TEST(damaged_key_is_an_error),
	TEST(token_finds_its_client),
	TEST(only_digests_are_in_the_store),
	TEST(digests_are_sha256),
	TEST(codes_are_of_all_symbols),
	TEST(code_becomes_a_token_once),
	TEST(failed_exchange_leaves_the_code),
	TEST(processes_cannot_share_a_code),
};

static struct CMUnitTest
row_test(const char *name, CMUnitTestFunction f, const void *row)
{
	return ((struct CMUnitTest){ .name = name, .test_func = f,
	    .setup_func = set_up, .teardown_func = tear_down,
	    .initial_state = (void *)(uintptr_t)row });
}

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(addeds) + LEN(deeds) +
	    LEN(tokens) + LEN(typeds) + LEN(enrolments)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(addeds); i++)
		tests[n++] = row_test(addeds[i].name, added_row, &addeds[i]);
	for (size_t i = 0; i < LEN(deeds); i++)
		tests[n++] = row_test(deeds[i].name, deed_row, &deeds[i]);
	for (size_t i = 0; i < LEN(tokens); i++)
		tests[n++] = row_test(tokens[i].name, token_row, &tokens[i]);
	for (size_t i = 0; i < LEN(typeds); i++)
		tests[n++] = row_test(typeds[i].name, typed_row, &typeds[i]);
	for (size_t i = 0; i < LEN(enrolments); i++)
		tests[n++] = row_test(enrolments[i].name, enrolment_row,
		    &enrolments[i]);
	return (cmocka_run_group_tests_name("api_clients", tests, NULL,
	    NULL));
}
