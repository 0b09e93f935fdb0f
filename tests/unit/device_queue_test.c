#include <fcntl.h>

#include "tests/unit/device_folder.h"

#define AT	INT64_C(1795132800123)

static struct queue q;

static int
queue_up(void **state)
{
	struct note note = { "" };

	if (folder_up(state) != 0)
		return (-1);
	return (queue_open(&folder, &q, &note) == ERR_OK ? 0 : -1);
}

static int
queue_down(void **state)
{
	queue_close(&q);
	return (folder_down(state));
}

static void
add(const char *id, int64_t at, const char *text)
{
	struct note note = { "" };
	struct blob b = { 0 };

	assert_int_equal(blob_add_str(&b, text), ERR_OK);
	assert_int_equal(queue_add(&q, id, at, &b, &note), ERR_OK);
	blob_free(&b);
}

struct seen {
	char		names[8][QUEUE_NAME];
	enum err	why[8];
	size_t		n;
};

static enum err
see(void *ctx, const struct queue_row *row)
{
	struct seen *s = ctx;

	assert_true(s->n < 8);
	snprintf(s->names[s->n], QUEUE_NAME, "%s", row->name);
	s->why[s->n++] = row->why;
	return (ERR_OK);
}

static struct seen
list(void)
{
	struct note note = { "" };
	struct seen s = { .n = 0 };

	assert_int_equal(queue_list(&q, see, &s, &note), ERR_OK);
	return (s);
}

static void
oldest_first(void **state)
{
	struct note note = { "" };
	struct blob b = { 0 };
	struct seen s;

	(void)state;
	add("b", AT + 1000, "second");
	add("a", AT + 2000, "third");
	add("c", AT, "first");
	s = list();
	assert_int_equal(s.n, 3);
	assert_string_equal(s.names[0], "20261120090000123-c.rec");
	assert_int_equal(queue_read(&q, s.names[0], &b, &note), ERR_OK);
	assert_string_equal(blob_str(&b), "first");
	assert_int_equal(queue_read(&q, s.names[2], &b, &note), ERR_OK);
	assert_string_equal(blob_str(&b), "third");
	blob_free(&b);
}

static void
nobody_else_may_read_it(void **state)
{
	struct stat st;

	(void)state;
	add("a", AT, "x");
	assert_int_equal(fstatat(folder.fd, "queue", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(fstatat(q.waiting.fd, list().names[0], &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
what_is_dropped_is_gone(void **state)
{
	struct note note = { "" };
	struct blob b = { 0 };
	char name[QUEUE_NAME];

	(void)state;
	add("a", AT, "x");
	snprintf(name, sizeof(name), "%s", list().names[0]);
	assert_int_equal(queue_drop(&q, name, &note), ERR_OK);
	assert_int_equal(list().n, 0);
	assert_int_equal(queue_read(&q, name, &b, &note), ERR_NOT_FOUND);
	/* Another program was faster. */
	assert_int_equal(queue_drop(&q, name, &note), ERR_OK);
}

static void
what_is_refused_is_kept_apart(void **state)
{
	struct note note = { "" };
	struct seen s;

	(void)state;
	add("a", AT, "x");
	add("b", AT + 1, "y");
	s = list();
	assert_int_equal(queue_refuse(&q, s.names[0], ERR_TICKET_EXPIRED,
	    &note), ERR_OK);
	s = list();
	assert_int_equal(s.n, 2);
	assert_string_equal(s.names[0], "20261120090000124-b.rec");
	assert_int_equal(s.why[0], ERR_OK);
	assert_string_equal(s.names[1], "20261120090000123-a.rec");
	assert_int_equal(s.why[1], ERR_TICKET_EXPIRED);
	assert_int_equal(folder_count("refused", ".rec"), 1);
}

/* Killed between the reason and the move: it waits, and is refused again. */
static void
half_a_refusal_is_no_refusal(void **state)
{
	struct note note = { "" };
	struct seen s;

	(void)state;
	add("a", AT, "x");
	assert_int_equal(dir_write(&q.refused, "20261120090000123-a.why",
	    "TICKET_USED\n", 12, &note), ERR_OK);
	s = list();
	assert_int_equal(s.n, 1);
	assert_int_equal(s.why[0], ERR_OK);
	assert_int_equal(queue_refuse(&q, s.names[0], ERR_TICKET_USED, &note),
	    ERR_OK);
	assert_int_equal(list().why[0], ERR_TICKET_USED);
}

/* The reason is damaged: still not taken for one that waits. */
static void
a_lost_reason_is_still_a_refusal(void **state)
{
	struct note note = { "" };

	(void)state;
	add("a", AT, "x");
	assert_int_equal(queue_refuse(&q, list().names[0], ERR_TICKET_USED,
	    &note), ERR_OK);
	assert_int_equal(dir_write(&q.refused, "20261120090000123-a.why",
	    "nonsense", 8, &note), ERR_OK);
	assert_int_equal(list().n, 1);
	assert_int_not_equal(list().why[0], ERR_OK);
}

/* What a killed program left half written is not in the queue. */
static void
what_is_not_finished_is_not_there(void **state)
{
	int fd;

	(void)state;
	fd = openat(q.waiting.fd, ".new-20261120090000123-a.rec",
	    O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "ha", 2), 2);
	close(fd);
	assert_int_equal(list().n, 0);
	add("a", AT, "whole");
	assert_int_equal(list().n, 1);
}

static void
an_open_folder_is_refused(void **state)
{
	struct note note = { "" };
	struct queue again;

	(void)state;
	assert_int_equal(fchmod(q.waiting.fd, 0755), 0);
	assert_int_equal(queue_open(&folder, &again, &note), ERR_FOLDER);
	assert_non_null(strstr(note.text, "queue"));
}

static void
a_link_is_not_followed(void **state)
{
	struct note note = { "" };
	struct blob b = { 0 };

	(void)state;
	assert_int_equal(symlinkat("/etc/hostname", q.waiting.fd, "x.rec"),
	    0);
	assert_int_not_equal(queue_read(&q, "x.rec", &b, &note), ERR_OK);
	assert_int_equal(b.len, 0);
}

static void
an_id_is_no_path(void **state)
{
	struct note note = { "" };
	struct blob b = { 0 };

	(void)state;
	assert_int_equal(queue_add(&q, "../x", AT, &b, &note), ERR_TOOBIG);
}

#define T(f) cmocka_unit_test_setup_teardown(f, queue_up, queue_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(oldest_first), T(nobody_else_may_read_it),
		T(what_is_dropped_is_gone), T(what_is_refused_is_kept_apart),
		T(half_a_refusal_is_no_refusal),
		T(a_lost_reason_is_still_a_refusal),
		T(what_is_not_finished_is_not_there),
		T(an_open_folder_is_refused), T(a_link_is_not_followed),
		T(an_id_is_no_path),
	};

	return (cmocka_run_group_tests_name("queue", tests, folder_keys_up,
	    folder_keys_down));
}
