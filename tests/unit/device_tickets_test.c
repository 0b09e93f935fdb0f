#include <sys/wait.h>

#include "tests/unit/device_folder.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static int64_t
now(void)
{
	return (clock_wall_ms() / 1000);
}

static enum err
store(const struct folder_reply *want, unsigned *n)
{
	struct note note = { "" };
	struct blob body = { 0 };
	struct tickets t;
	enum err r;

	folder_reply(want, &body);
	assert_int_equal(tickets_open(&folder, &t, &note), ERR_OK);
	r = tickets_store(&t, blob_buf(&body), folder_device.print, n, &note);
	tickets_close(&t);
	blob_free(&body);
	return (r);
}

static unsigned
count(int64_t at, int64_t *until)
{
	struct note note = { "" };
	struct tickets t;
	unsigned n;

	assert_int_equal(tickets_open(&folder, &t, &note), ERR_OK);
	assert_int_equal(tickets_count(&t, at, &n, until, &note), ERR_OK);
	tickets_close(&t);
	return (n);
}

static enum err
use(int64_t at, uint8_t out[TICKET_LEN])
{
	struct note note = { "" };
	struct tickets t;
	enum err r;

	assert_int_equal(tickets_open(&folder, &t, &note), ERR_OK);
	r = tickets_use(&t, at, out, &note);
	tickets_close(&t);
	return (r);
}

/* --- one is used once --- */

static void
each_is_used_once(void **state)
{
	uint8_t a[TICKET_LEN], b[TICKET_LEN], c[TICKET_LEN];
	int64_t until;
	unsigned n;

	(void)state;
	assert_int_equal(store(&(struct folder_reply){ .n = 2 }, &n), ERR_OK);
	assert_int_equal(n, 2);
	assert_int_equal(count(now(), &until), 2);
	assert_int_equal(use(now(), a), ERR_OK);
	assert_int_equal(count(now(), &until), 1);
	assert_int_equal(use(now(), b), ERR_OK);
	assert_memory_not_equal(a, b, TICKET_LEN);
	assert_int_equal(use(now(), c), ERR_NO_TICKET);
	assert_int_equal(count(now(), &until), 0);
}

static void
the_one_that_ends_first_goes_first(void **state)
{
	const int64_t ends[] = { now() + 900, now() + 300, now() + 600 };
	uint8_t bytes[TICKET_LEN];
	struct ticket t;
	int64_t until;
	unsigned n;

	(void)state;
	for (size_t i = 0; i < LEN(ends); i++)
		assert_int_equal(store(&(struct folder_reply){ .n = 1,
		    .until = ends[i] }, &n), ERR_OK);
	assert_int_equal(count(now(), &until), 3);
	assert_int_equal(until, ends[0]);
	assert_int_equal(use(now(), bytes), ERR_OK);
	assert_int_equal(ticket_read(bytes, TICKET_LEN, &t), ERR_OK);
	assert_int_equal(t.until, ends[1]);
}

static void
one_that_has_ended_is_not_used(void **state)
{
	uint8_t bytes[TICKET_LEN];
	int64_t until;
	unsigned n;

	(void)state;
	assert_int_equal(store(&(struct folder_reply){ .n = 1,
	    .until = now() + 100 }, &n), ERR_OK);
	assert_int_equal(count(now() + 99, &until), 1);
	assert_int_equal(use(now() + 100, bytes), ERR_NO_TICKET);
	/* The clock may be wrong: it is removed a week later. */
	assert_int_equal(folder_count("tickets", ".ticket"), 1);
	assert_int_equal(use(now() + 101 + 7 * 86400, bytes), ERR_NO_TICKET);
	assert_int_equal(folder_count("tickets", ".ticket"), 0);
}

static void
one_from_the_future_waits(void **state)
{
	struct note note = { "" };
	uint8_t bytes[TICKET_LEN];
	struct tickets t;
	unsigned n;

	(void)state;
	assert_int_equal(store(&(struct folder_reply){ .n = 1 }, &n), ERR_OK);
	assert_int_equal(tickets_open(&folder, &t, &note), ERR_OK);
	assert_int_equal(tickets_use(&t, now() - 600, bytes, &note),
	    ERR_NO_TICKET);
	assert_non_null(strstr(note.text, "clock is behind"));
	tickets_close(&t);
	assert_int_equal(use(now(), bytes), ERR_OK);
}

static void
what_is_no_ticket_is_dropped(void **state)
{
	struct note note = { "" };
	uint8_t bytes[TICKET_LEN];
	struct tickets t;
	int64_t until;

	(void)state;
	assert_int_equal(tickets_open(&folder, &t, &note), ERR_OK);
	assert_int_equal(dir_write(&t.dir, "x.ticket", "rubbish", 7, &note),
	    ERR_OK);
	tickets_close(&t);
	assert_int_equal(use(now(), bytes), ERR_NO_TICKET);
	assert_int_equal(count(now(), &until), 0);
}

/* --- what the agent sends --- */

static void
one_bad_ticket_and_none_is_kept(void **state)
{
	EVP_PKEY *stranger = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	unsigned n;

	(void)state;
	assert_int_equal(store(&(struct folder_reply){ .n = 2,
	    .signer = stranger }, &n), ERR_TICKET_ALTERED);
	assert_int_equal(store(&(struct folder_reply){ .n = 2,
	    .print = folder_other.print }, &n), ERR_TICKET_FOREIGN);
	assert_int_equal(n, 0);
	assert_int_equal(folder_count("tickets", ".ticket"), 0);
	EVP_PKEY_free(stranger);
}

static void
every_cut_of_the_reply_is_refused(void **state)
{
	struct note note = { "" };
	struct blob body = { 0 };
	struct tickets t;
	unsigned n;

	(void)state;
	folder_reply(&(struct folder_reply){ .n = 1 }, &body);
	assert_int_equal(tickets_open(&folder, &t, &note), ERR_OK);
	for (size_t len = 0; len < body.len; len++)
		assert_int_equal(tickets_store(&t, (struct buf){ body.data,
		    len }, folder_device.print, &n, &note), ERR_LAYOUT);
	assert_int_equal(blob_add_u8(&body, 0), ERR_OK);
	assert_int_equal(tickets_store(&t, blob_buf(&body),
	    folder_device.print, &n, &note), ERR_LAYOUT);
	assert_int_equal(folder_count("tickets", ".ticket"), 0);
	tickets_close(&t);
	blob_free(&body);
}

static void
the_recipient_is_kept(void **state)
{
	struct note note = { "" };
	struct tickets t;
	X509 *x = NULL;
	unsigned n;

	(void)state;
	assert_int_equal(tickets_open(&folder, &t, &note), ERR_OK);
	assert_int_equal(tickets_recipient(&t, &x, &note), ERR_NO_TICKET);
	assert_int_equal(store(&(struct folder_reply){ .n = 0 }, &n),
	    ERR_OK);
	assert_int_equal(tickets_recipient(&t, &x, &note), ERR_OK);
	assert_int_equal(X509_cmp(x, folder_agent.cert), 0);
	X509_free(x);
	assert_int_equal(dir_write(&t.dir, "seal.der", "x", 1, &note),
	    ERR_OK);
	assert_int_equal(tickets_recipient(&t, &x, &note), ERR_FOLDER);
	tickets_close(&t);
}

/* Two programs, one ticket: only one of them has it. */
static void
two_programs_share_no_ticket(void **state)
{
	uint8_t bytes[TICKET_LEN];
	unsigned n, got = 0;
	int status;

	(void)state;
	assert_int_equal(store(&(struct folder_reply){ .n = 20 }, &n),
	    ERR_OK);
	for (int i = 0; i < 4; i++) {
		if (fork() == 0) {
			struct note note = { "" };
			struct tickets t;

			n = 0;
			if (tickets_open(&folder, &t, &note) != ERR_OK)
				_exit(99);
			while (tickets_use(&t, now(), bytes, &note) ==
			    ERR_OK)
				n++;
			_exit((int)n);
		}
	}
	for (int i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0 && WIFEXITED(status));
		got += (unsigned)WEXITSTATUS(status);
	}
	assert_int_equal(got, 20);
}

#define T(f) cmocka_unit_test_setup_teardown(f, folder_up, folder_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(each_is_used_once), T(the_one_that_ends_first_goes_first),
		T(one_that_has_ended_is_not_used),
		T(one_from_the_future_waits),
		T(what_is_no_ticket_is_dropped),
		T(one_bad_ticket_and_none_is_kept),
		T(every_cut_of_the_reply_is_refused),
		T(the_recipient_is_kept), T(two_programs_share_no_ticket),
	};

	return (cmocka_run_group_tests_name("tickets", tests, folder_keys_up,
	    folder_keys_down));
}
