#include <stddef.h>
#include <time.h>

#include "base/clock.h"
#include "host/store/turn.h"

/* On the stack of who waits. */
struct waiter {
	struct waiter	*next;
};

static void
join(struct turn *t, struct waiter *w)
{
	struct waiter **at;

	for (at = &t->first; *at != NULL; at = &(*at)->next)
		continue;
	*at = w;
}

/* Who comes next now may be another. */
static void
leave(struct turn *t, const struct waiter *w)
{
	struct waiter **at;

	for (at = &t->first; *at != w; at = &(*at)->next)
		continue;
	*at = w->next;
	pthread_cond_broadcast(&t->moved);
}

enum err
turn_take(struct turn *t, int ms)
{
	int64_t end = clock_ms() + ms;
	const struct timespec until = { .tv_sec = end / 1000,
	    .tv_nsec = end % 1000 * 1000000 };
	struct waiter w = { NULL };
	int mine, late = 0;

	pthread_mutex_lock(&t->lock);
	join(t, &w);
	while (!(mine = !t->taken && t->first == &w) && !late)
		late = pthread_cond_clockwait(&t->moved, &t->lock,
		    CLOCK_MONOTONIC, &until) != 0;
	leave(t, &w);
	if (mine)
		t->taken = 1;
	pthread_mutex_unlock(&t->lock);
	return (mine ? ERR_OK : ERR_STORE_BUSY);
}

void
turn_end(struct turn *t)
{
	pthread_mutex_lock(&t->lock);
	t->taken = 0;
	pthread_cond_broadcast(&t->moved);
	pthread_mutex_unlock(&t->lock);
}

int
turn_waiting(struct turn *t)
{
	int n = 0;

	pthread_mutex_lock(&t->lock);
	for (const struct waiter *w = t->first; w != NULL; w = w->next)
		n++;
	pthread_mutex_unlock(&t->lock);
	return (n);
}
