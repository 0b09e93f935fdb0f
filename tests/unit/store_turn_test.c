#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/store/turn.h"

#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define STUCK_MS	60000	/* a failsafe: nothing is measured by it */
#define MANY		8

static struct turn turn = TURN_INIT;
static int came[MANY];		/* under the turn: who had it, in order */
static int n_came;

struct who {
	pthread_t	thread;
	int		id, ms;
	enum err	r;
	atomic_int	gone;	/* it gave up */
};

static void *
want(void *arg)
{
	struct who *w = arg;

	if ((w->r = turn_take(&turn, w->ms)) != ERR_OK) {
		atomic_store(&w->gone, 1);
		return (NULL);
	}
	came[n_came++] = w->id;
	turn_end(&turn);
	return (NULL);
}

/* The i-th, while nobody gets a turn; returns when it waits as the last one,
 * or has given up. */
static void
queue(struct who *who, int i, int id, int ms)
{
	struct who *w = &who[i];
	int here;

	w->id = id;
	w->ms = ms;
	w->r = ERR_SEQUENCE;
	atomic_store(&w->gone, 0);
	assert_int_equal(pthread_create(&w->thread, NULL, want, w), 0);
	do {
		sched_yield();
		here = turn_waiting(&turn);
		for (int k = 0; k <= i; k++)
			here += atomic_load(&who[k].gone);
	} while (here <= i);
}

static void
comes_in_order(void **state)
{
	struct who who[MANY];

	(void)state;
	for (int round = 0; round < 20; round++) {
		n_came = 0;
		assert_int_equal(turn_take(&turn, 0), ERR_OK);
		for (int i = 0; i < MANY; i++)
			queue(who, i, i, STUCK_MS);
		turn_end(&turn);
		for (int i = 0; i < MANY; i++)
			assert_int_equal(pthread_join(who[i].thread, NULL), 0);
		assert_int_equal(n_came, MANY);
		for (int i = 0; i < MANY; i++)
			assert_int_equal(came[i], i);
	}
	assert_int_equal(turn_waiting(&turn), 0);
}

/* Who just had it and wants it again is behind who waits. */
static void
is_not_kept(void **state)
{
	struct who other, again;

	(void)state;
	n_came = 0;
	assert_int_equal(turn_take(&turn, 0), ERR_OK);
	queue(&other, 0, 1, STUCK_MS);
	turn_end(&turn);
	again.id = 2;
	again.ms = STUCK_MS;
	(void)want(&again);
	pthread_join(other.thread, NULL);
	assert_int_equal(came[0], 1);
	assert_int_equal(came[1], 2);
}

static void
patience_ends(void **state)
{
	static const int patience[] = { 0, 1, 20, -1 };

	(void)state;
	assert_int_equal(turn_take(&turn, 0), ERR_OK);
	for (size_t i = 0; i < LEN(patience); i++)
		assert_int_equal(turn_take(&turn, patience[i]),
		    ERR_STORE_BUSY);
	assert_int_equal(turn_waiting(&turn), 0);
	turn_end(&turn);
	assert_int_equal(turn_take(&turn, 0), ERR_OK);
	turn_end(&turn);
}

/* One of four gives up, first, in the middle or last. */
static void
one_gives_up(void **state)
{
	struct who who[4];
	int want_next;

	(void)state;
	for (int out = 0; out < 4; out++) {
		n_came = 0;
		assert_int_equal(turn_take(&turn, 0), ERR_OK);
		for (int i = 0; i < 4; i++)
			queue(who, i, i, i == out ? 30 : STUCK_MS);
		pthread_join(who[out].thread, NULL);
		assert_int_equal(who[out].r, ERR_STORE_BUSY);
		assert_int_equal(turn_waiting(&turn), 3);
		turn_end(&turn);
		want_next = 0;
		for (int i = 0; i < 4; i++) {
			if (i == out)
				continue;
			pthread_join(who[i].thread, NULL);
			assert_int_equal(who[i].r, ERR_OK);
			assert_int_equal(came[want_next++], i);
		}
		assert_int_equal(n_came, 3);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_in_order),
		cmocka_unit_test(is_not_kept),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(one_gives_up),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
