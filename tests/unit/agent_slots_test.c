#include <sys/wait.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/clock.h"
#include "driver/serve.h"
#include "host/agent/slots.h"
#include "tests/unit/visit_stage.h"

#define HANGS_S		60
#define KIOSK		"kiosk-1"

/*
 * Slots with real reader processes, each of which plays a script: an empty
 * one is a reader without a card, a long list of cards one with a card.
 */
static struct slots *slots;
static char empty[128], card[128], gone[128];

static struct {
	pthread_mutex_t	lock;
	pthread_cond_t	changed;
	unsigned	changes;
	char		states[512];	/* " ready busy …" */
} told = { .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER };

/* --- a moment between two steps of a slot's thread --- */

static _Atomic int hold;	/* 1: stop at the next question of 0 ms */
static _Atomic int held;	/* 1: it stopped there */

static int
is_look(const uint8_t *b, size_t len)
{
	static const uint8_t none[4];

	return (len > 8 && memcmp(b + len - 4, none, 4) == 0);
}

/* The program's own comes before that of libc: how a frame leaves. */
ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	if (is_look(data, len) && atomic_load(&hold)) {
		atomic_store(&held, 1);
		while (atomic_load(&hold))
			syscall(SYS_nanosleep, &pause, NULL);
	}
	return (syscall(SYS_sendto, fd, data, len, flags, NULL, 0));
}

/* --- around each test --- */

static void
changed(void *ctx, const char *client, const char *state, int has_card)
{
	size_t n;

	(void)ctx;
	(void)client;
	(void)has_card;
	pthread_mutex_lock(&told.lock);
	n = strlen(told.states);
	snprintf(told.states + n, sizeof(told.states) - n, " %s", state);
	told.changes++;
	pthread_cond_broadcast(&told.changed);
	pthread_mutex_unlock(&told.lock);
}

static void
script(char path[128], const char *name, const char *text, int times)
{
	FILE *f;

	snprintf(path, 128, "%s/%s", stage_dir, name);
	assert_non_null(f = fopen(path, "w"));
	for (int i = 0; i < times; i++)
		assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* A device that brings its reader over a network: a script again, served by a
 * thread of this program. */
static struct {
	pthread_mutex_t	lock;
	int		there, dials;
	int		far;		/* of its connection; -1: none */
	pthread_t	thread;
	const char	*script;
} device = { .lock = PTHREAD_MUTEX_INITIALIZER, .far = -1 };

static void *
serve_device(void *arg)
{
	char transport[160];
	struct note note;
	struct tp *tp;

	(void)arg;
	snprintf(transport, sizeof(transport), "replay:%s", device.script);
	assert_int_equal(tp_open(transport, &tp, &note), ERR_OK);
	(void)serve(tp, device.far);
	tp_close(&tp);
	return (NULL);
}

static enum err
dial_device(void *ctx, const char *name, int *fd, struct note *note)
{
	enum err r = ERR_DEVICE_AWAY;
	int sv[2];

	(void)ctx;
	assert_string_equal(name, "tablet");
	pthread_mutex_lock(&device.lock);
	device.dials++;
	if (device.there && device.far == -1) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM |
		    SOCK_CLOEXEC, 0, sv), 0);
		*fd = sv[0];
		device.far = sv[1];
		assert_int_equal(pthread_create(&device.thread, NULL,
		    serve_device, NULL), 0);
		r = ERR_OK;
	}
	pthread_mutex_unlock(&device.lock);
	note_set(note, "%s", name);
	return (r);
}

static void
device_comes(const char *with)
{
	pthread_mutex_lock(&device.lock);
	device.there = 1;
	device.script = with;
	pthread_mutex_unlock(&device.lock);
	slots_knock(slots, "tablet");
}

static void
device_goes(void)
{
	pthread_mutex_lock(&device.lock);
	device.there = 0;
	if (device.far != -1) {
		shutdown(device.far, SHUT_RDWR);
		pthread_join(device.thread, NULL);
		close(device.far);
		device.far = -1;
	}
	pthread_mutex_unlock(&device.lock);
}

static int
enter(void **state)
{
	static const struct slots_ops ops = { .changed = changed,
	    .dial = dial_device };

	if (stage_up(state) != 0)
		return (-1);
	atomic_store(&stage_skew, 0);
	atomic_store(&stage_slept, 0);
	hold = held = 0;
	device.dials = 0;
	told.states[0] = '\0';
	script(empty, "empty.apdu", "# nothing\n", 1);
	script(card, "card.apdu", "wait card\n", 500);
	snprintf(gone, sizeof(gone), "%s/gone.apdu", stage_dir);
	return (slots_open(&ops, &slots) == ERR_OK ? 0 : -1);
}

static int lent;		/* a test that failed may leave it so */

static enum err
give_back(void)
{
	lent = 0;
	return (slots_give_back(slots, KIOSK));
}

static int
leave(void **state)
{
	hold = 0;
	if (lent)
		(void)give_back();
	device_goes();
	slots_close(&slots);
	return (stage_down(state));
}

static enum err
put(const char *client, const char *path)
{
	char transport[160];

	snprintf(transport, sizeof(transport), "%s%s", path[0] == '\0' ? "" :
	    "replay:", path);
	return (slots_put(slots, client, transport));
}

/* One member of the one slot that is seen; "" none. */
static const char *
seen(const char *member)
{
	static char out[64];
	json_t *all = slots_json(slots), *v;

	v = json_object_get(json_array_get(all, 0), member);
	if (json_is_object(v))
		v = json_object_get(v, "code");
	snprintf(out, sizeof(out), "%s", json_is_true(v) ? "true" :
	    json_is_false(v) ? "false" : json_is_string(v) ?
	    json_string_value(v) : "");
	json_decref(all);
	return (out);
}

static void
await(const char *state)
{
	struct timespec end;
	unsigned n;
	int rc = 0;

	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &end);
	end.tv_sec += HANGS_S;
	while (strcmp(seen("state"), state) != 0 && rc == 0) {
		pthread_mutex_lock(&told.lock);
		n = told.changes;
		pthread_mutex_unlock(&told.lock);
		if (strcmp(seen("state"), state) == 0)
			return;
		pthread_mutex_lock(&told.lock);
		while (told.changes == n && rc == 0)
			rc = pthread_cond_clockwait(&told.changed,
			    &told.lock, CLOCK_MONOTONIC, &end);
		pthread_mutex_unlock(&told.lock);
	}
	assert_int_equal(rc, 0);
}

static enum err
take(struct tp **tp)
{
	struct note note = { "" };
	enum err r = slots_take(slots, KIOSK, tp, &note);

	lent |= r == ERR_OK;
	return (r);
}

/* A reader that dies is asked for again until it was started again. */
static void
take_at_last(struct tp **tp)
{
	enum err r = ERR_NO_READER;

	for (int i = 0; r != ERR_OK && i < 10; i++)
		r = take(tp);
	assert_int_equal(r, ERR_OK);
}

/* The one reader process that is ours; 0: between two lives. */
static pid_t
child(void)
{
	char path[64], line[64] = "";
	struct dirent *e;
	int pid = 0;
	FILE *f;
	DIR *d = opendir("/proc/self/task");

	while (pid == 0 && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "/proc/self/task/%.20s/children",
		    e->d_name);
		if ((f = fopen(path, "r")) == NULL)
			continue;
		if (fgets(line, sizeof(line), f) != NULL)
			pid = atoi(line);
		fclose(f);
	}
	closedir(d);
	return (pid);
}

static pid_t
living(void)
{
	pid_t pid = child();

	assert_true(pid > 0);
	return (pid);
}

/* --- one reader --- */

static void
an_empty_reader_is_ready(void **state)
{
	(void)state;
	assert_int_equal(put(KIOSK, empty), ERR_OK);
	await("ready");
	assert_string_equal(seen("card"), "false");
	assert_string_equal(seen("client"), KIOSK);
	assert_string_equal(seen("error"), "");
}

static void
a_card_is_seen(void **state)
{
	(void)state;
	assert_int_equal(put(KIOSK, card), ERR_OK);
	await("ready");
	assert_string_equal(seen("card"), "true");
}

static void
it_is_lent_to_one(void **state)
{
	struct tp *tp, *second;
	enum tp_event ev;
	enum err r;

	(void)state;
	assert_int_equal(put(KIOSK, empty), ERR_OK);
	for (int i = 0; i < 3; i++) {
		await("ready");
		assert_int_equal(take(&tp), ERR_OK);
		assert_non_null(tp);
		await("busy");
		second = tp;
		assert_int_equal(take(&second), ERR_READER_BUSY);
		assert_null(second);
		r = tp_wait(tp, 0, &ev);
		assert_true(r == ERR_OK || r == ERR_TIMEOUT);
		assert_int_equal(give_back(), ERR_OK);
	}
}

static void
with_a_card_it_is_lent_too(void **state)
{
	struct tp *tp;

	(void)state;
	assert_int_equal(put(KIOSK, card), ERR_OK);
	await("ready");
	assert_int_equal(take(&tp), ERR_OK);
	assert_int_equal(give_back(), ERR_OK);
	await("ready");
}

static void
an_absent_reader_says_why(void **state)
{
	struct note note = { "" };
	struct tp *tp;

	(void)state;
	assert_int_equal(put(KIOSK, gone), ERR_OK);
	await("absent");
	assert_string_not_equal(seen("error"), "");
	assert_int_not_equal(slots_take(slots, KIOSK, &tp, &note), ERR_OK);
	assert_null(tp);
	/* It comes back by itself. */
	script(gone, "gone.apdu", "# nothing\n", 1);
	await("ready");
	assert_string_equal(seen("error"), "");
	assert_int_equal(take(&tp), ERR_OK);
	assert_int_equal(give_back(), ERR_OK);
}

static void
nobody_has_no_reader(void **state)
{
	struct tp *tp = (struct tp *)(uintptr_t)1;
	json_t *all;

	(void)state;
	assert_int_equal(take(&tp), ERR_NO_READER);
	assert_null(tp);
	assert_int_equal(slots_give_back(slots, KIOSK), ERR_OK);
	assert_int_equal(put(KIOSK, ""), ERR_OK);
	all = slots_json(slots);
	assert_int_equal(json_array_size(all), 0);
	json_decref(all);
}

static void
a_killed_reader_is_started_again(void **state)
{
	struct tp *tp;
	pid_t first;

	(void)state;
	assert_int_equal(put(KIOSK, empty), ERR_OK);
	await("ready");
	first = living();
	assert_int_equal(kill(first, SIGKILL), 0);
	take_at_last(&tp);
	assert_int_not_equal(living(), first);
	assert_int_equal(give_back(), ERR_OK);
	await("ready");
}

/* The card may have been verified: a fresh process cuts its power. */
static void
killed_while_lent(void **state)
{
	enum tp_event ev;
	struct tp *tp;

	(void)state;
	assert_int_equal(put(KIOSK, empty), ERR_OK);
	await("ready");
	assert_int_equal(take(&tp), ERR_OK);
	assert_int_equal(kill(living(), SIGKILL), 0);
	assert_int_equal(err_class(tp_wait(tp, 1000, &ev)), EC_READER);
	assert_int_equal(give_back(), ERR_OK);
	await("ready");
}

static void
killed_while_lent_and_gone(void **state)
{
	struct tp *tp;

	(void)state;
	script(gone, "gone.apdu", "# nothing\n", 1);
	assert_int_equal(put(KIOSK, gone), ERR_OK);
	await("ready");
	assert_int_equal(take(&tp), ERR_OK);
	assert_int_equal(unlink(gone), 0);
	assert_int_equal(kill(living(), SIGKILL), 0);
	assert_int_equal(give_back(), ERR_CARD_UNLOCKED);
	await("absent");
}

static void
another_transport_is_another_reader(void **state)
{
	struct tp *tp;
	char *again;

	(void)state;
	assert_int_equal(put(KIOSK, empty), ERR_OK);
	await("ready");
	assert_int_equal(put(KIOSK, empty), ERR_OK);	/* the same */
	assert_int_equal(take(&tp), ERR_OK);
	/* Lent: not before it came back. */
	assert_int_equal(put(KIOSK, gone), ERR_OK);
	await("busy");
	assert_int_equal(give_back(), ERR_OK);
	await("absent");
	assert_int_equal(put(KIOSK, card), ERR_OK);
	await("ready");
	assert_string_equal(seen("card"), "true");
	/* What was known of the old one is not said of the new one. */
	pthread_mutex_lock(&told.lock);
	again = strstr(told.states, "starting");
	pthread_mutex_unlock(&told.lock);
	assert_non_null(again);
}

static void
taken_away_and_put_back(void **state)
{
	struct tp *tp;
	json_t *all;

	(void)state;
	assert_int_equal(put(KIOSK, empty), ERR_OK);
	await("ready");
	assert_int_equal(put(KIOSK, ""), ERR_OK);
	all = slots_json(slots);
	assert_int_equal(json_array_size(all), 0);
	json_decref(all);
	assert_int_not_equal(take(&tp), ERR_OK);
	assert_null(tp);
	assert_int_equal(put(KIOSK, empty), ERR_OK);
	take_at_last(&tp);
	assert_int_equal(give_back(), ERR_OK);
}

/* Its reader may have lost its power: another process opens it anew, and it
 * is lent as before. */
static void
a_suspend_opens_it_anew(void **state)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct tp *tp;
	pid_t first;

	(void)state;
	assert_int_equal(put(KIOSK, empty), ERR_OK);
	await("ready");
	first = living();
	/* As much as two readings of clocks may differ is none. */
	atomic_fetch_add(&stage_slept, 100);
	assert_int_equal(take(&tp), ERR_OK);
	assert_int_equal(living(), first);
	assert_int_equal(give_back(), ERR_OK);
	await("ready");
	first = living();
	atomic_fetch_add(&stage_slept, 60000);
	slots_look(slots);
	for (int i = 0; i < HANGS_S * 1000 && (child() == first ||
	    child() == 0); i++)
		syscall(SYS_nanosleep, &pause, NULL);
	assert_int_not_equal(living(), first);
	take_at_last(&tp);
	assert_int_equal(give_back(), ERR_OK);
	await("ready");
}

/* The process lives and says so: it is kept, and asked again. */
static void
a_reader_that_comes_back(void **state)
{
	struct tp *tp;
	pid_t first;

	(void)state;
	script(gone, "gone.apdu", "wait noreader\nwait noreader\n"
	    "wait noreader\nwait nocard\n", 1);
	assert_int_equal(put(KIOSK, gone), ERR_OK);
	await("absent");
	assert_string_equal(seen("error"), "NO_READER");
	first = living();
	await("ready");
	assert_int_equal(living(), first);
	assert_int_equal(take(&tp), ERR_OK);
	assert_int_equal(give_back(), ERR_OK);
}

/* So too where the card service is gone, but not for ever. */
static void
a_service_that_comes_back(void **state)
{
	struct tp *tp;

	(void)state;
	script(gone, "gone.apdu", "! NO_SERVICE\n! NO_SERVICE\nwait nocard\n",
	    1);
	assert_int_equal(put(KIOSK, gone), ERR_OK);
	await("absent");
	assert_string_equal(seen("error"), "NO_SERVICE");
	await("ready");
	assert_string_equal(seen("error"), "");
	assert_int_equal(take(&tp), ERR_OK);
	assert_int_equal(give_back(), ERR_OK);
}

/* One that is asked for while it is gone is refused at once. */
static void
nobody_waits_for_one_that_is_gone(void **state)
{
	struct note note = { "" };
	struct tp *tp;

	(void)state;
	script(gone, "gone.apdu", "wait noreader\n", 500);
	assert_int_equal(put(KIOSK, gone), ERR_OK);
	await("absent");
	assert_int_equal(slots_take(slots, KIOSK, &tp, &note),
	    ERR_NO_READER);
	assert_null(tp);
	await("absent");
}

/* The visit stopped waiting just before it was lent: nobody would ever give
 * it back. */
static void
it_is_not_lent_to_who_left(void **state)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct tp *tp;
	pid_t first;

	(void)state;
	stage_later(60000);		/* to go back from */
	assert_int_equal(put(KIOSK, card), ERR_OK);
	await("ready");
	first = living();
	atomic_store(&hold, 1);
	/* Its three seconds pass while the thread is held, for which the
	 * process is not to blame. */
	assert_int_equal(take(&tp), ERR_NO_READER);
	assert_null(tp);
	assert_int_equal(atomic_load(&held), 1);
	stage_later(-SLOTS_TAKE_MS - 500);
	atomic_store(&hold, 0);
	/* It turns to its next life, and to nobody. */
	for (int i = 0; i < HANGS_S * 1000 && child() == first &&
	    strcmp(seen("state"), "busy") != 0; i++)
		syscall(SYS_nanosleep, &pause, NULL);
	if (strcmp(seen("state"), "busy") == 0) {
		(void)give_back();	/* or it could never be closed */
		fail_msg("lent to nobody");
	}
	take_at_last(&tp);
	assert_non_null(tp);
	assert_int_equal(give_back(), ERR_OK);
	await("ready");
}

/* Many at once; one has it at a time. */
static _Atomic int holders, most, got;

static void *
borrows(void *arg)
{
	struct note note = { "" };
	struct tp *tp;

	(void)arg;
	for (int i = 0; i < 20; i++) {
		if (slots_take(slots, KIOSK, &tp, &note) != ERR_OK)
			continue;
		if (atomic_fetch_add(&holders, 1) + 1 > most)
			most = holders;
		atomic_fetch_add(&got, 1);
		atomic_fetch_sub(&holders, 1);
		(void)slots_give_back(slots, KIOSK);
	}
	return (NULL);
}

static void
many_borrow_it_in_turn(void **state)
{
	pthread_t threads[4];

	(void)state;
	assert_int_equal(put(KIOSK, empty), ERR_OK);
	await("ready");
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, borrows,
		    NULL), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true(got > 0);
	assert_int_equal(most, 1);
	await("ready");
}

/* --- a device's reader --- */

static void
a_device_comes_and_goes(void **state)
{
	struct note note = { "" };
	struct tp *tp;

	(void)state;
	assert_int_equal(slots_put(slots, KIOSK, "device:tablet"), ERR_OK);
	await("absent");
	assert_string_equal(seen("error"), "DEVICE_AWAY");
	assert_int_equal(slots_take(slots, KIOSK, &tp, &note),
	    ERR_DEVICE_AWAY);
	assert_null(tp);
	device_comes(empty);
	await("ready");
	assert_string_equal(seen("error"), "");
	device_goes();
	await("absent");
	assert_string_equal(seen("error"), "DEVICE_AWAY");
	device_comes(card);
	await("ready");
	assert_string_equal(seen("card"), "true");
}

/* Other than a process: visits follow each other on one connection. */
static void
a_device_stays_over_visits(void **state)
{
	struct tp *tp;
	int dials;

	(void)state;
	device_comes(empty);
	assert_int_equal(slots_put(slots, KIOSK, "device:tablet"), ERR_OK);
	await("ready");
	dials = device.dials;
	for (int i = 0; i < 3; i++) {
		take_at_last(&tp);
		await("busy");
		/* A visit that left without an end. */
		if (i == 1)
			assert_int_not_equal(tp_begin(tp), ERR_SEQUENCE);
		assert_int_equal(give_back(), ERR_OK);
		await("ready");
	}
	assert_int_equal(device.dials, dials);
}

static void
a_device_is_lost_while_lent(void **state)
{
	enum tp_event ev;
	struct tp *tp;

	(void)state;
	device_comes(empty);
	assert_int_equal(slots_put(slots, KIOSK, "device:tablet"), ERR_OK);
	await("ready");
	assert_int_equal(take(&tp), ERR_OK);
	device_goes();
	assert_int_equal(tp_wait(tp, 1000, &ev), ERR_DEVICE_AWAY);
	assert_int_equal(err_class(ERR_DEVICE_AWAY), EC_READER);
	assert_int_equal(give_back(), ERR_OK);
	await("absent");
	/* The next visit works when it is there again. */
	device_comes(empty);
	await("ready");
	take_at_last(&tp);
	assert_int_equal(give_back(), ERR_OK);
}

static void
another_device_s_knock_is_nothing(void **state)
{
	(void)state;
	assert_int_equal(slots_put(slots, KIOSK, "device:tablet"), ERR_OK);
	await("absent");
	slots_knock(slots, "table");
	slots_knock(slots, "tablet-2");
	slots_knock(slots, "");
	assert_string_equal(seen("state"), "absent");
	assert_int_equal(slots_put(slots, KIOSK, ""), ERR_OK);
	slots_knock(slots, "tablet");
}

static void
where_no_device_can_connect(void **state)
{
	static const struct slots_ops ops = { .changed = changed };

	(void)state;
	slots_close(&slots);
	assert_int_equal(slots_open(&ops, &slots), ERR_OK);
	assert_int_equal(slots_put(slots, KIOSK, "device:tablet"), ERR_OK);
	await("absent");
	assert_string_equal(seen("error"), "DEVICE_AWAY");
}

static void
closing_leaves_no_process(void **state)
{
	static const char *const names[] = { "a", "b", "c" };
	struct tp *tp;

	(void)state;
	for (size_t i = 0; i < LEN(names); i++)
		assert_int_equal(put(names[i], i == 2 ? gone : empty),
		    ERR_OK);
	assert_int_equal(slots_take(slots, "a", &tp, &(struct note){ "" }),
	    ERR_OK);
	assert_int_equal(slots_give_back(slots, "a"), ERR_OK);
	slots_close(&slots);
	assert_null(slots);
	slots_close(&slots);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)
	const struct CMUnitTest tests[] = {
		TEST(an_empty_reader_is_ready),
		TEST(a_card_is_seen),
		TEST(it_is_lent_to_one),
		TEST(with_a_card_it_is_lent_too),
		TEST(an_absent_reader_says_why),
		TEST(nobody_has_no_reader),
		TEST(a_killed_reader_is_started_again),
		TEST(killed_while_lent),
		TEST(killed_while_lent_and_gone),
		TEST(another_transport_is_another_reader),
		TEST(taken_away_and_put_back),
		TEST(a_suspend_opens_it_anew),
		TEST(a_reader_that_comes_back),
		TEST(a_service_that_comes_back),
		TEST(nobody_waits_for_one_that_is_gone),
		TEST(it_is_not_lent_to_who_left),
		TEST(many_borrow_it_in_turn),
		TEST(a_device_comes_and_goes),
		TEST(a_device_stays_over_visits),
		TEST(a_device_is_lost_while_lent),
		TEST(another_device_s_knock_is_nothing),
		TEST(where_no_device_can_connect),
		TEST(closing_leaves_no_process),
	};

	if (access(TEST_BIN "/shikaku-reader", X_OK) != 0) {
		print_message("skipped, because there is no "
		    "shikaku-reader\n");
		return (0);
	}
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
