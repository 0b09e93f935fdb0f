#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host/qualify/job_step.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* What must never happen, in the words of the contract (job.h). */
static const struct {
	const char	*name;
	enum job_state	 from;
	enum job_event	 event;
} never[] = {
	{ "what is lost is not asked again", JOB_UNSURE, JOB_DUE },
	{ "what is out is not asked again", JOB_ASKED, JOB_DUE },
	{ "an 02req that is out is not doubled", JOB_FETCHING, JOB_DUE },
	{ "what is received is not fetched", JOB_RECEIVED, JOB_DUE },
	{ "what is received is not cancelled", JOB_RECEIVED, JOB_CANCEL },
	{ "what is out is not cancelled", JOB_ASKED, JOB_CANCEL },
	{ "an 02req that is out is not cancelled", JOB_FETCHING, JOB_CANCEL },
	{ "done is not received again", JOB_DONE, JOB_ANSWER },
	{ "done is not asked again", JOB_DONE, JOB_AGAIN },
	{ "cancelled is not asked again", JOB_CANCELLED, JOB_AGAIN },
	{ "what waits is not lost", JOB_WAITING, JOB_LOST },
	{ "what waits is not settled", JOB_WAITING, JOB_SETTLED },
	{ "a number is not fetched before it is there", JOB_ASKED,
	    JOB_AT_WORK },
	{ "what is not received is not settled", JOB_FETCHING, JOB_SETTLED },
	{ "lost twice", JOB_UNSURE, JOB_LOST },
};

static void
test_never(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(never); i++) {
		if (job_step_of(never[i].from, never[i].event) != NULL)
			fail_msg("%s", never[i].name);
	}
}

static const struct {
	enum job_state	from;
	enum job_event	event;
	enum job_state	to;
} always[] = {
	{ JOB_WAITING,	JOB_DUE,	JOB_ASKED },
	{ JOB_WAITING,	JOB_RECEPTION,	JOB_ACCEPTED },
	{ JOB_WAITING,	JOB_ANSWER,	JOB_RECEIVED },
	{ JOB_ASKED,	JOB_RECEPTION,	JOB_ACCEPTED },
	{ JOB_ASKED,	JOB_LOST,	JOB_UNSURE },
	{ JOB_ASKED,	JOB_WITHDRAWN,	JOB_WAITING },
	{ JOB_UNSURE,	JOB_RECEPTION,	JOB_ACCEPTED },
	{ JOB_UNSURE,	JOB_AGAIN,	JOB_WAITING },
	{ JOB_ACCEPTED,	JOB_DUE,	JOB_FETCHING },
	{ JOB_FETCHING,	JOB_AT_WORK,	JOB_ACCEPTED },
	{ JOB_FETCHING,	JOB_LOST,	JOB_ACCEPTED },
	{ JOB_FETCHING,	JOB_ANSWER,	JOB_RECEIVED },
	{ JOB_RECEIVED,	JOB_SETTLED,	JOB_DONE },
};

static void
test_always(void **state)
{
	const struct job_step *s;

	(void)state;
	for (size_t i = 0; i < LEN(always); i++) {
		s = job_step_of(always[i].from, always[i].event);
		assert_non_null(s);
		assert_int_equal(s->to, always[i].to);
	}
}

/* One row per state and event, real states and events, no way out of an end
 * but a person's. */
static void
test_rows(void **state)
{
	const struct job_step *s;

	(void)state;
	for (size_t i = 0; (s = job_step_at(i)) != NULL; i++) {
		assert_ptr_equal(job_step_of(s->from, s->event), s);
		assert_true(s->from < JOB_STATES && s->to < JOB_STATES);
		assert_true(s->event > JOB_NOTHING && s->event < JOB_EVENTS);
		assert_true(s->action < JOB_ACTIONS);
		assert_true(!job_state_is_end(s->from) || s->event ==
		    JOB_AGAIN);
		assert_int_equal(job_state_is_end(s->to), s->action ==
		    JOB_END);
	}
	assert_null(job_step_of(JOB_WAITING, JOB_NOTHING));
}

/* Every state leads to an end, and every one is reached from waiting. */
static void
reach(int seen[JOB_STATES], int forward)
{
	const struct job_step *s;
	int more = 1;

	while (more) {
		more = 0;
		for (size_t i = 0; (s = job_step_at(i)) != NULL; i++) {
			int at = forward ? seen[s->from] : seen[s->to];
			int *to = forward ? &seen[s->to] : &seen[s->from];

			more |= at && !*to;
			*to |= at;
		}
	}
}

static void
test_reach(void **state)
{
	int from[JOB_STATES] = { [JOB_WAITING] = 1 };
	int to[JOB_STATES] = { [JOB_DONE] = 1 };

	(void)state;
	reach(from, 1);
	reach(to, 0);
	for (int i = 0; i < JOB_STATES; i++) {
		assert_true(from[i]);
		assert_true(to[i] || i == JOB_CANCELLED);
	}
}

static void
test_words(void **state)
{
	(void)state;
	for (int i = 0; i < JOB_STATES; i++)
		assert_int_equal(job_state_read(job_state_word(
		    (enum job_state)i)), i);
	for (int i = 0; i < JOB_EVENTS; i++)
		assert_true(strlen(job_event_word((enum job_event)i)) > 0);
	assert_int_equal(job_state_read(""), JOB_STATES);
	assert_int_equal(job_state_read("Done"), JOB_STATES);
	assert_string_equal(job_state_word(JOB_STATES), "");
	assert_string_equal(job_event_word(JOB_EVENTS), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_always),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_words),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
