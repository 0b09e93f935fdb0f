#include <sys/wait.h>
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
#include "base/clock.h"
#include "crypto/hex.h"
#include "crypto/passcode.h"
#include "host/visit/passcode.h"
#include "tests/lib/fake_clock.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define START	INT64_C(1795132800000)	/* 2026-11-20 */
#define MINUTE	INT64_C(60000)
#define DAY	(1440 * MINUTE)

static char dir[64], path[96];
static struct store *st;

static struct store *
open_store(void)
{
	struct store *s = NULL;

	assert_int_equal(store_open(path, &s, NULL), ERR_OK);
	return (s);
}

static int
set_up(void **state)
{
	(void)state;
	fake_clock_set(START);
	snprintf(dir, sizeof(dir), "/tmp/passcode_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/shikaku.db", dir);
	st = open_store();
	return (0);
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

/* --- passcodes of the tests: hashed once, as a hash takes its time --- */

enum which { RIGHT, OTHER, EXPIRED, REVOKED, WHICH };

static const char *const digits_of[WHICH] = { "40718293", "55501234",
    "61620000", "00000000" };
#define WRONG "40718294"

static struct passcode_hash hashes[WHICH];

static int
hash_all(void **state)
{
	(void)state;
	for (int i = 0; i < WHICH; i++)
		if (passcode_hash((const uint8_t *)digits_of[i],
		    strlen(digits_of[i]), &hashes[i]) != ERR_OK)
			return (-1);
	return (0);
}

/* A row as issuing makes it, good for days from now on; its id is id. */
static void
put(enum which which, const char *id, int days)
{
	char salt[2 * PASSCODE_SALT + 1], hash[2 * PASSCODE_HASH + 1];
	struct val v[] = { val_text(id), val_int(8), val_text("cli:a"),
	    val_int(clock_wall_ms()), val_int(clock_wall_ms() + days * DAY),
	    val_text(NULL), val_text(NULL) };

	hex_write(hashes[which].salt, PASSCODE_SALT, salt);
	hex_write(hashes[which].hash, PASSCODE_HASH, hash);
	v[5] = val_text(salt);
	v[6] = val_text(hash);
	assert_int_equal(store_run(st, SQL_PASSCODE_ADD, v, LEN(v), NULL,
	    NULL, NULL), ERR_OK);
}

static struct passcode
end_row(const char *id)
{
	struct passcode p;

	assert_int_equal(passcode_revoke(st, id, &p), ERR_OK);
	return (p);
}

/* --- issuing --- */

static const struct limit {
	const char	*name;
	int		 length, days;
	const char	*by;
	enum err	 want;
} limits[] = {
	{ "issue: shortest, one day", 6, 1, "cli:a", ERR_OK },
	{ "issue: longest, a leap year", 12, 366, "cli:a", ERR_OK },
	{ "issue: longest issuer", 8, 30, "12345678901234567890123456789012",
	    ERR_OK },
	{ "issue: too short", 5, 30, "cli:a", ERR_USAGE },
	{ "issue: too long", 13, 30, "cli:a", ERR_USAGE },
	{ "issue: no length", 0, 30, "cli:a", ERR_USAGE },
	{ "issue: negative length", -8, 30, "cli:a", ERR_USAGE },
	{ "issue: no day", 8, 0, "cli:a", ERR_USAGE },
	{ "issue: negative days", 8, -1, "cli:a", ERR_USAGE },
	{ "issue: too many days", 8, 367, "cli:a", ERR_USAGE },
	{ "issue: by nobody", 8, 30, "", ERR_USAGE },
	{ "issue: issuer too long", 8, 30,
	    "123456789012345678901234567890123", ERR_USAGE },
};

static enum err
count_row(void *ctx, const struct passcode *p)
{
	(void)p;
	++*(int *)ctx;
	return (ERR_OK);
}

static int
count_passcodes(void)
{
	int n = 0;

	assert_int_equal(passcode_list(st, count_row, &n), ERR_OK);
	return (n);
}

static void
limit_row(void **state)
{
	const struct limit *row = *state;
	char digits[PASSCODE_MAX + 1];
	struct passcode p;

	memset(digits, 'x', sizeof(digits));
	assert_int_equal(passcode_issue(st, row->length, row->days, row->by,
	    digits, &p), row->want);
	assert_int_equal(count_passcodes(), row->want == ERR_OK);
	if (row->want != ERR_OK) {
		assert_string_equal(digits, "");
		assert_string_equal(p.id, "");
		return;
	}
	assert_int_equal(strlen(digits), row->length);
	assert_int_equal(strspn(digits, "0123456789"), row->length);
	assert_int_equal(strspn(p.id, "0123456789abcdef"), PASSCODE_ID - 1);
	assert_int_equal(strlen(p.id), PASSCODE_ID - 1);
	assert_string_equal(p.issued_by, row->by);
	assert_int_equal(p.length, row->length);
	assert_int_equal(p.issued_at, START);
	assert_int_equal(p.expires_at, START + row->days * DAY);
	assert_int_equal(p.revoked_at, 0);
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
digits_are_not_in_the_store(void **state)
{
	char digits[PASSCODE_MAX + 1], hex[2 * PASSCODE_MAX + 1] = "";
	struct passcode p;
	int64_t until;
	int left;

	(void)state;
	assert_int_equal(passcode_issue(st, PASSCODE_MAX, 30, "cli:a", digits,
	    &p), ERR_OK);
	for (int i = 0; i < PASSCODE_MAX; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned)digits[i]);
	assert_true(is_in_file("-wal", p.id));
	assert_false(is_in_file("-wal", digits));
	assert_false(is_in_file("", digits));
	assert_false(is_in_file("-wal", hex));
	assert_int_equal(passcode_check(st, "k", digits, &left, &until),
	    ERR_OK);
}

/* Expired and revoked ones do not count; one that ends makes room. */
static void
as_many_as_may_be(void **state)
{
	static const char *const ids[] = { "1", "2", "3", "4" };
	char digits[PASSCODE_MAX + 1];
	struct passcode p;

	(void)state;
	put(EXPIRED, "5", -1);
	put(REVOKED, "6", 1);
	(void)end_row("6");
	for (size_t i = 0; i < PASSCODE_VALID_MAX; i++)
		put(RIGHT, ids[i], 1);
	assert_int_equal(passcode_issue(st, 8, 30, "cli:a", digits, &p),
	    ERR_PASSCODES);
	assert_string_equal(digits, "");
	(void)end_row("1");
	assert_int_equal(passcode_issue(st, 8, 30, "cli:a", digits, &p),
	    ERR_OK);
}

static enum err
keep_row(void *ctx, const struct passcode *p)
{
	struct passcode **next = ctx;

	*(*next)++ = *p;
	return (ERR_OK);
}

static void
list_is_newest_first(void **state)
{
	struct passcode rows[3], *next = rows;

	(void)state;
	put(RIGHT, "1", 1);
	fake_clock_add(MINUTE);
	put(RIGHT, "2", 2);
	end_row("1");
	assert_int_equal(passcode_list(st, keep_row, &next), ERR_OK);
	assert_int_equal(next - rows, 2);
	assert_string_equal(rows[0].id, "2");
	assert_string_equal(rows[0].issued_by, "cli:a");
	assert_int_equal(rows[0].length, 8);
	assert_int_equal(rows[0].issued_at, START + MINUTE);
	assert_int_equal(rows[0].expires_at, START + MINUTE + 2 * DAY);
	assert_int_equal(rows[0].revoked_at, 0);
	assert_string_equal(rows[1].id, "1");
	assert_int_equal(rows[1].revoked_at, START + MINUTE);
}

static void
states_have_words(void **state)
{
	struct passcode p = { .expires_at = START + DAY };

	(void)state;
	assert_string_equal(passcode_word(passcode_state(&p)), "valid");
	fake_clock_set(p.expires_at - 1);
	assert_int_equal(passcode_state(&p), PASSCODE_VALID);
	fake_clock_add(1);
	assert_string_equal(passcode_word(passcode_state(&p)), "expired");
	p.revoked_at = START;
	assert_string_equal(passcode_word(passcode_state(&p)), "revoked");
	fake_clock_set(START);
	assert_int_equal(passcode_state(&p), PASSCODE_REVOKED);
	assert_string_equal(passcode_word((enum passcode_state)3), "");
}

static enum err
stop(void *ctx, const struct passcode *p)
{
	(void)p;
	++*(int *)ctx;
	return (ERR_CANCELLED);
}

static void
list_ends_when_told(void **state)
{
	int n = 0;

	(void)state;
	put(RIGHT, "1", 1);
	put(RIGHT, "2", 1);
	assert_int_equal(passcode_list(st, stop, &n), ERR_CANCELLED);
	assert_int_equal(n, 1);
}

static void
revoking_twice_keeps_the_first_time(void **state)
{
	struct passcode p;

	(void)state;
	put(RIGHT, "1", 1);
	p = end_row("1");
	assert_int_equal(p.revoked_at, START);
	fake_clock_add(MINUTE);
	/* Its own id as the argument. */
	assert_int_equal(passcode_revoke(st, p.id, &p), ERR_OK);
	assert_int_equal(p.revoked_at, START);
	assert_string_equal(p.id, "1");
}

static void
revoking_none_is_refused(void **state)
{
	static const char *const ids[] = { "", "0123456789abcdef", "x",
	    "' OR 1=1 --", "0123456789abcdef0123456789abcdef" };
	struct passcode got;
	int left;
	int64_t until;

	(void)state;
	put(RIGHT, "1", 1);
	for (size_t i = 0; i < LEN(ids); i++) {
		memset(&got, 'x', sizeof(got));
		assert_int_equal(passcode_revoke(st, ids[i], &got),
		    ERR_NO_SUCH);
		assert_string_equal(got.id, "");
	}
	assert_int_equal(passcode_check(st, "k", digits_of[RIGHT], &left,
	    &until), ERR_OK);
}

/* --- entries --- */

/*
 * What happens, one character each, on a store with a passcode for a day:
 *
 *	R the right digits	W as many wrong ones	1 one digit short
 *	9 one more		0 none			a no digit at the end
 *	O the other passcode's	X expired, V revoked one's
 *	< the clock to 1 ms before the lock of k ends	> the 1 ms that lacks
 *	b the client from here on is the other one	k and again the first
 *	U unlocked by an administrator	S the store is closed and opened
 *
 * and what each entry comes to: . ok, 4 3 2 1 tries left, L locked.
 */
static const struct entries {
	const char	*name, *what, *want;
} entries[] = {
	{ "four wrong and right: a full count", "WWWWRW", "4321.4" },
	{ "right at 29:59.999 and at 30:00", "WWWWWW<R>R", "4321LLL." },
	{ "five more at 30:00", "WWWWW<>WWWWWR", "4321L4321LL" },
	{ "of two clients", "WWbWRkR", "434.." },
	{ "right at one does not open the other", "WbRkW", "4.3" },
	{ "a closed store counts on", "WSWSW", "432" },
	{ "a lock is one client's, and outlives a closed store",
	    "WWWWWSRbRUkR", "4321LL.L" },
	{ "unlocked: at once, a full count", "WWWWWUW", "4321L4" },
	{ "unlocked before the fifth", "WWUW", "434" },
	{ "other passcode opens too", "ROW", "..4" },
	{ "expired one", "XR", "4." },
	{ "revoked one", "VR", "4." },
	{ "digits missing, too many, no digit", "190aR", "4321." },
};

/* Only those that take part: each is one more hash per entry. */
static void
put_for(const char *what)
{
	put(EXPIRED, "e", 1);
	fake_clock_add(DAY);
	put(RIGHT, "r", 1);
	put(REVOKED, "v", 1);
	end_row("v");
	if (strchr(what, 'O') != NULL)
		put(OTHER, "o", 1);
}

static const char *
entry_of(char what)
{
	switch (what) {
	case 'R': return (digits_of[RIGHT]);
	case 'O': return (digits_of[OTHER]);
	case 'X': return (digits_of[EXPIRED]);
	case 'V': return (digits_of[REVOKED]);
	case '1': return ("4071829");
	case '9': return ("4071829340718293");
	case '0': return ("");
	case 'a': return ("4071829a");
	default: return (WRONG);
	}
}

static char
outcome(enum err r, int left, int64_t until, int64_t want_until)
{
	switch (r) {
	case ERR_OK:
		return (left == 0 && until == 0 ? '.' : '?');
	case ERR_PASSCODE:
		return (until == 0 ? (char)('0' + left) : '?');
	case ERR_LOCKED:
		return (left == 0 && until == want_until ? 'L' : '?');
	default:
		return ('!');
	}
}

static int64_t
locked_until(const char *client)
{
	int64_t until = -1;

	assert_int_equal(passcode_locked(st, client, &until), ERR_OK);
	return (until);
}

/* Everything but an entry; 1 if it was that. */
static int
move(char what, const char **client)
{
	switch (what) {
	case '<': fake_clock_set(locked_until("k") - 1); return (1);
	case '>': fake_clock_add(1); return (1);
	case 'b': *client = "b"; return (1);
	case 'k': *client = "k"; return (1);
	case 'U':
		assert_int_equal(passcode_unlock(st, *client), ERR_OK);
		assert_int_equal(locked_until(*client), 0);
		return (1);
	case 'S':
		store_close(&st);
		st = open_store();
		return (1);
	default:
		return (0);
	}
}

static void
entries_row(void **state)
{
	const struct entries *row = *state;
	char got[32] = "";
	const char *client = "k";
	int64_t until;
	size_t n = 0;
	enum err r;
	int left;

	put_for(row->what);
	for (const char *w = row->what; *w != '\0'; w++) {
		if (move(*w, &client))
			continue;
		left = 9;
		until = 9;
		r = passcode_check(st, client, entry_of(*w), &left, &until);
		got[n++] = outcome(r, left, until, locked_until(client));
	}
	assert_string_equal(got, row->want);
}

static void
lock_ends_after_thirty_minutes(void **state)
{
	int64_t until = 0;
	int left;

	(void)state;
	put(RIGHT, "1", 1);
	for (int i = 0; i < PASSCODE_WRONG; i++, fake_clock_add(1000))
		(void)passcode_check(st, "k", WRONG, &left, &until);
	/* From the fifth on, not from the first. */
	assert_int_equal(until, START + 4000 + 30 * MINUTE);
	assert_int_equal(locked_until("k"), until);
	assert_int_equal(locked_until("b"), 0);
	fake_clock_set(until - 1);
	assert_int_equal(locked_until("k"), until);
	fake_clock_set(until);
	assert_int_equal(locked_until("k"), 0);
}

/* One more entry than would lock. */
static void
expect_no_passcode(void)
{
	int64_t until;
	int left;

	for (int i = 0; i <= PASSCODE_WRONG; i++) {
		left = 9;
		until = 9;
		assert_int_equal(passcode_check(st, "k", digits_of[RIGHT],
		    &left, &until), ERR_NO_PASSCODE);
		assert_int_equal(left, 0);
		assert_int_equal(until, 0);
	}
}

static void
without_a_passcode_nothing_is_counted(void **state)
{
	int64_t until;
	int left;

	(void)state;
	expect_no_passcode();
	put(RIGHT, "1", 1);
	end_row("1");
	expect_no_passcode();
	put(RIGHT, "2", 1);
	fake_clock_add(DAY);
	expect_no_passcode();
	put(RIGHT, "3", 1);
	assert_int_equal(passcode_check(st, "k", WRONG, &left, &until),
	    ERR_PASSCODE);
	assert_int_equal(left, PASSCODE_WRONG - 1);
}

static void
what_cannot_be_counted_is_not_looked_at(void **state)
{
	int64_t until;
	int left;

	(void)state;
	put(RIGHT, "1", 1);
	assert_int_equal(store_begin(st), ERR_OK);
	assert_int_equal(passcode_check(st, "k", digits_of[RIGHT], &left,
	    &until), ERR_SEQUENCE);
	store_rollback(st);
	assert_int_equal(passcode_check(st, "k", digits_of[RIGHT], &left,
	    &until), ERR_OK);
}

/* What stands in a row that somebody changed; nothing is counted then. */
static const struct damage {
	const char	*name, *id, *by, *salt, *hash;
} damages[] = {
	{ "damaged: salt cut", "1", "a", "00", NULL },
	{ "damaged: salt no hex", "1", "a",
	    "zz0102030405060708090a0b0c0d0e0f", NULL },
	{ "damaged: hash cut", "1", "a", NULL, "00" },
	{ "damaged: hash empty", "1", "a", NULL, "" },
	{ "damaged: id too long", "0123456789abcdef0", "a", NULL, NULL },
	{ "damaged: issuer too long", "1",
	    "123456789012345678901234567890123", NULL, NULL },
};

static void
damage_row(void **state)
{
	static const char salt[] = "000102030405060708090a0b0c0d0e0f";
	const struct damage *row = *state;
	char hash[65];
	int64_t until, changed;
	int left;

	put(RIGHT, "0", 1);
	snprintf(hash, sizeof(hash), "%s%s", salt, salt);
	{
		const struct val v[] = { val_text(row->id), val_int(8),
		    val_text(row->by), val_int(START), val_int(START + DAY),
		    val_text(row->salt == NULL ? salt : row->salt),
		    val_text(row->hash == NULL ? hash : row->hash) };

		assert_int_equal(store_run(st, SQL_PASSCODE_ADD, v, LEN(v),
		    NULL, NULL, &changed), ERR_OK);
	}
	for (int i = 0; i < PASSCODE_WRONG + 1; i++)
		assert_int_equal(passcode_check(st, "k",
		    digits_of[RIGHT], &left, &until), ERR_STORE);
	assert_int_equal(locked_until("k"), 0);
}

/* --- several processes --- */

static int go[2];

/* Five wrong entries when told; how many were told to be tried again. */
static int
enter_wrong(void)
{
	struct store *s = NULL;
	int again = 0, left;
	int64_t until;
	enum err r;
	char c;

	if (store_open(path, &s, NULL) != ERR_OK || read(go[0], &c, 1) != 0)
		return (100);
	for (int i = 0; i < PASSCODE_WRONG; i++) {
		r = passcode_check(s, "k", WRONG, &left, &until);
		if (r != ERR_PASSCODE && r != ERR_LOCKED)
			return (101);
		again += r == ERR_PASSCODE;
	}
	store_close(&s);
	return (again);
}

static void
processes_share_five_entries(void **state)
{
	pid_t pids[3];
	int64_t until;
	int left, again = 0, status;

	(void)state;
	put(RIGHT, "1", 1);
	assert_int_equal(pipe(go), 0);
	for (size_t i = 0; i < LEN(pids); i++) {
		assert_true((pids[i] = fork()) >= 0);
		if (pids[i] == 0) {
			close(go[1]);
			_exit(enter_wrong());
		}
	}
	close(go[1]);
	for (size_t i = 0; i < LEN(pids); i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFEXITED(status));
		assert_in_range(WEXITSTATUS(status), 0, 4);
		again += WEXITSTATUS(status);
	}
	close(go[0]);
	/* Four of fifteen may go on, the fifth locks. */
	assert_int_equal(again, PASSCODE_WRONG - 1);
	assert_int_equal(passcode_check(st, "k", digits_of[RIGHT], &left,
	    &until), ERR_LOCKED);
}

/* --- the staff button --- */

static const struct button {
	const char	*name;
	int		 issued;	/* how many, a minute apart */
	int64_t		 started;	/* after the first issue; -1 never */
	int		 revoked;	/* of them, from the first on */
	int64_t		 later;		/* when it is looked at */
	int		 want;
} buttons[] = {
	{ "button: none issued", 0, 1, 0, 0, 0 },
	{ "button: issued, not started since", 1, -1, 0, 0, 0 },
	{ "button: started before", 1, -1000, 0, 0, 0 },
	{ "button: started at the same moment", 1, 0, 0, 0, 0 },
	{ "button: started after", 1, 1, 0, 0, 1 },
	{ "button: revoked", 1, 1, 1, 0, 0 },
	{ "button: expired", 1, 1, 0, DAY, 0 },
	{ "button: on the last moment", 1, 1, 0, DAY - 1, 1 },
	{ "button: a second one needs no new start", 2, 1, 1, 0, 1 },
	{ "button: both revoked", 2, 1, 2, 0, 0 },
};

static void
button_row(void **state)
{
	const struct button *row = *state;
	static const char *const ids[] = { "1", "2" };
	int shown = 9;

	for (int i = 0; i < row->issued; i++, fake_clock_add(MINUTE))
		put(RIGHT, ids[i], 1);
	for (int i = 0; i < row->revoked; i++)
		end_row(ids[i]);
	if (row->later != 0)
		fake_clock_set(START + row->later);
	assert_int_equal(passcode_button(st, row->started == -1 ? 0 :
	    START + row->started, &shown), ERR_OK);
	assert_int_equal(shown, row->want);
}

/* --- reasons --- */

static const struct reason_row {
	const char	*name, *word, *ja;	/* ja NULL: none */
} reasons[] = {
	{ "reason: face and PIN", "face_and_pin",
	    "顔認証ができず、暗証番号も使えない" },
	{ "reason: disability", "disability", "認知症・障害のため" },
	{ "reason: illness", "illness", "病気・けがのため" },
	{ "reason: machine", "machine", "機器の不具合のため" },
	{ "reason: none", "", NULL },
	{ "reason: unknown", "hurry", NULL },
	{ "reason: upper case", "Illness", NULL },
	{ "reason: longer", "illnesses", NULL },
	{ "reason: shorter", "ill", NULL },
};

static void
reason_row(void **state)
{
	const struct reason_row *row = *state;
	const char *ja = reason_label(row->word, ERR_JA);
	const char *en = reason_label(row->word, ERR_EN);

	if (row->ja == NULL) {
		assert_null(ja);
		assert_null(en);
		return;
	}
	assert_string_equal(ja, row->ja);
	assert_true(en[0] >= 'a' && en[0] <= 'z');
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest plain[] = {
	TEST(digits_are_not_in_the_store),
	TEST(as_many_as_may_be),
	TEST(list_is_newest_first),
	TEST(states_have_words),
	TEST(list_ends_when_told),
	TEST(revoking_twice_keeps_the_first_time),
	TEST(revoking_none_is_refused),
	TEST(lock_ends_after_thirty_minutes),
	TEST(without_a_passcode_nothing_is_counted),
	TEST(what_cannot_be_counted_is_not_looked_at),
	TEST(processes_share_five_entries),
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
	struct CMUnitTest tests[LEN(plain) + LEN(limits) + LEN(entries) +
	    LEN(damages) + LEN(buttons) + LEN(reasons)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	for (size_t i = 0; i < LEN(limits); i++)
		tests[n++] = row_test(limits[i].name, limit_row, &limits[i]);
	for (size_t i = 0; i < LEN(entries); i++)
		tests[n++] = row_test(entries[i].name, entries_row,
		    &entries[i]);
	for (size_t i = 0; i < LEN(damages); i++)
		tests[n++] = row_test(damages[i].name, damage_row,
		    &damages[i]);
	for (size_t i = 0; i < LEN(buttons); i++)
		tests[n++] = row_test(buttons[i].name, button_row,
		    &buttons[i]);
	for (size_t i = 0; i < LEN(reasons); i++)
		tests[n++] = row_test(reasons[i].name, reason_row,
		    &reasons[i]);
	return (cmocka_run_group_tests_name("visit_passcode", tests,
	    hash_all, NULL));
}
