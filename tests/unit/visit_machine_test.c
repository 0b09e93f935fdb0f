#include <sys/wait.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/visit/machine.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const enum visit_state before[] = { VS_IDLE, VS_CARD, VS_VERIFIED,
    VS_CONSENTED };

/* What can be reached from here, as if some rows were not there. */
static void
walk(enum visit_state from, int (*without)(const struct visit_row *),
    char seen[VS_COUNT])
{
	const struct visit_row *rows;
	size_t n;

	if (seen[from])
		return;
	seen[from] = 1;
	rows = machine_rows(&n);
	for (size_t i = 0; i < n; i++) {
		if (rows[i].from == from && !without(&rows[i]))
			walk(rows[i].to, without, seen);
	}
}

static int
none(const struct visit_row *row)
{
	(void)row;
	return (0);
}

/* An official face reader's file is identity, consent and answer in one, and a
 * visit that was made without the agent all but the answer: their rows are
 * held by whole_is_one_row and left out of the walks. */
static int
is_whole(const struct visit_row *row)
{
	return (row->event == VE_BIND || row->event == VE_FILE);
}

static int
no_confirm(const struct visit_row *row)
{
	return (row->event == VE_CONFIRM || is_whole(row));
}

static int
no_consent(const struct visit_row *row)
{
	return (row->event == VE_CONSENT || is_whole(row));
}

static int
no_verify(const struct visit_row *row)
{
	return (row->event == VE_VERIFY || is_whole(row));
}

static int
no_match(const struct visit_row *row)
{
	return (row->event == VE_MATCH || is_whole(row));
}

static int
no_answer(const struct visit_row *row)
{
	return (row->event == VE_ANSWER || is_whole(row));
}

/* Comes from the beginning, comes to an end, and the card may leave. */
static void
state_row(void **state)
{
	enum visit_state s = *(const enum visit_state *)*state;
	char seen[VS_COUNT] = { 0 }, idle[VS_COUNT] = { 0 };
	const struct visit_row *out;
	int ends = 0;

	walk(s, none, seen);
	for (int i = 0; i < VS_COUNT; i++)
		ends += seen[i] && machine_is_end((enum visit_state)i);
	assert_true(ends > 0);
	walk(VS_IDLE, none, idle);
	assert_true(idle[s]);

	out = machine_row(s, VE_CARD_OUT);
	assert_non_null(out);
	assert_true(out->to == s || out->to == VS_CANCELLED);
	assert_non_null(machine_label(s, 0));
	assert_true(machine_label(s, 0)[0] != '\0');
	assert_string_not_equal(machine_label(s, 0), machine_label(s, 1));
}

static void
card_out_before_consent_forgets(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(before); i++)
		assert_int_equal(machine_row(before[i],
		    VE_CARD_OUT)->action, VA_FORGET);
}

static void
no_row_twice(void **state)
{
	const struct visit_row *rows;
	size_t n;

	(void)state;
	rows = machine_rows(&n);
	assert_true(n > VS_COUNT);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			assert_false(rows[i].from == rows[k].from &&
			    rows[i].event == rows[k].event);
		assert_ptr_equal(machine_row(rows[i].from, rows[i].event),
		    &rows[i]);
		assert_true(rows[i].to < VS_COUNT);
	}
}

static void
ends_are_ends(void **state)
{
	static const enum visit_state ends[] = { VS_DONE, VS_REFUSED,
	    VS_CANCELLED, VS_EXPIRED };
	const struct visit_row *rows;
	size_t n, count = 0;

	(void)state;
	rows = machine_rows(&n);
	for (size_t i = 0; i < n; i++) {
		if (machine_is_end(rows[i].from)) {
			assert_int_equal(rows[i].to, rows[i].from);
			assert_int_equal(rows[i].action, VA_NONE);
		}
	}
	for (int s = 0; s < VS_COUNT; s++)
		count += (size_t)machine_is_end((enum visit_state)s);
	assert_int_equal(count, LEN(ends));
	for (size_t i = 0; i < LEN(ends); i++)
		assert_true(machine_is_end(ends[i]));
}

/* What stores anything is the person's second step, and what comes whole,
 * before which the person confirmed elsewhere. */
static void
consent_is_kept_once(void **state)
{
	const struct visit_row *rows;
	size_t n, kept = 0;

	(void)state;
	rows = machine_rows(&n);
	for (size_t i = 0; i < n; i++) {
		if (!is_whole(&rows[i]) && (rows[i].event ==
		    VE_CONFIRM || rows[i].action == VA_KEEP_CONSENT)) {
			assert_int_equal(rows[i].event, VE_CONFIRM);
			assert_int_equal(rows[i].action, VA_KEEP_CONSENT);
			assert_int_equal(rows[i].from, VS_CONSENTED);
			assert_int_equal(rows[i].to, VS_CONFIRMED);
			kept++;
		}
	}
	assert_int_equal(kept, 1);
}

static void
whole_is_one_row(void **state)
{
	static const struct visit_row wholes[] = {
		{ VS_IDLE, VE_BIND, VS_ANSWERED, VA_KEEP_CONSENT },
		{ VS_IDLE, VE_FILE, VS_UNMATCHED, VA_KEEP_CONSENT },
	};
	const struct visit_row *rows;
	size_t n, found = 0;

	(void)state;
	rows = machine_rows(&n);
	for (size_t i = 0; i < n; i++)
		found += (size_t)is_whole(&rows[i]);
	assert_int_equal(found, LEN(wholes));
	for (size_t i = 0; i < LEN(wholes); i++) {
		rows = machine_row(wholes[i].from, wholes[i].event);
		assert_non_null(rows);
		assert_int_equal(rows->to, wholes[i].to);
		assert_int_equal(rows->action, wholes[i].action);
	}
}

/* Whoever leaves before that leaves nothing behind. */
static void
leaving_before_forgets(void **state)
{
	const struct visit_row *rows;
	size_t n;

	(void)state;
	rows = machine_rows(&n);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < LEN(before); k++) {
			if (rows[i].from == before[k] &&
			    machine_is_end(rows[i].to))
				assert_int_equal(rows[i].action, VA_FORGET);
		}
	}
}

/* A state that only that event leads to. */
static const struct cut_row {
	const char		*name;
	int			(*without)(const struct visit_row *);
	enum visit_state	 lost[8];	/* VS_IDLE ends the list */
} cuts[] = {
	{ "no VERIFY, no consent", no_verify, { VS_VERIFIED, VS_CONSENTED,
	    VS_CONFIRMED, VS_MATCHED, VS_REQUESTED, VS_ANSWERED, VS_DONE } },
	{ "no CONSENT, nothing to confirm", no_consent, { VS_CONSENTED,
	    VS_CONFIRMED, VS_MATCHED, VS_REQUESTED, VS_ANSWERED, VS_DONE } },
	{ "no CONFIRM, no request", no_confirm, { VS_CONFIRMED, VS_UNMATCHED,
	    VS_MATCHED, VS_REQUESTED, VS_UNANSWERED, VS_ANSWERED,
	    VS_DONE } },
	{ "no MATCH, no request", no_match, { VS_MATCHED, VS_REQUESTED,
	    VS_UNANSWERED, VS_ANSWERED, VS_DONE } },
	{ "no ANSWER, not done", no_answer, { VS_ANSWERED, VS_DONE } },
};

static void
cut_row(void **state)
{
	const struct cut_row *row = *state;
	char all[VS_COUNT] = { 0 }, seen[VS_COUNT] = { 0 };

	walk(VS_IDLE, none, all);
	walk(VS_IDLE, row->without, seen);
	for (size_t i = 0; row->lost[i] != VS_IDLE; i++) {
		assert_true(all[row->lost[i]]);
		assert_false(seen[row->lost[i]]);
	}
}

/* What is not in the table cannot happen. */
static const struct visit_row never[] = {
	{ VS_IDLE, VE_VERIFY, 0, 0 }, { VS_IDLE, VE_CONFIRM, 0, 0 },
	{ VS_CARD, VE_CONSENT, 0, 0 }, { VS_CARD, VE_CONFIRM, 0, 0 },
	{ VS_VERIFIED, VE_CONFIRM, 0, 0 }, { VS_VERIFIED, VE_WRITE, 0, 0 },
	{ VS_VERIFIED, VE_CARD_IN, 0, 0 }, { VS_CONSENTED, VE_WRITE, 0, 0 },
	{ VS_CONFIRMED, VE_CHANGE, 0, 0 }, { VS_CONFIRMED, VE_WRITE, 0, 0 },
	{ VS_UNMATCHED, VE_WRITE, 0, 0 }, { VS_MATCHED, VE_ANSWER, 0, 0 },
	{ VS_REQUESTED, VE_WRITE, 0, 0 }, { VS_ANSWERED, VE_WRITE, 0, 0 },
	{ VS_DONE, VE_CARD_IN, 0, 0 }, { VS_REFUSED, VE_VERIFY, 0, 0 },
	{ VS_CANCELLED, VE_CONFIRM, 0, 0 }, { VS_EXPIRED, VE_ANSWER, 0, 0 },
	{ VS_COUNT, VE_CARD_OUT, 0, 0 }, { VS_IDLE, VE_COUNT, 0, 0 },
};

static void
never_happens(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(never); i++)
		assert_null(machine_row(never[i].from, never[i].event));
}

static int
is_word(const char *s)
{
	return (s[0] != '\0' &&
	    s[strspn(s, "abcdefghijklmnopqrstuvwxyz-")] == '\0');
}

static void
words(void **state)
{
	(void)state;
	for (int s = 0; s < VS_COUNT; s++) {
		assert_true(is_word(machine_state((enum visit_state)s)));
		for (int k = 0; k < s; k++)
			assert_string_not_equal(
			    machine_state((enum visit_state)s),
			    machine_state((enum visit_state)k));
	}
	for (int e = 0; e < VE_COUNT; e++) {
		assert_true(is_word(machine_event((enum visit_event)e)));
		for (int k = 0; k < e; k++)
			assert_string_not_equal(
			    machine_event((enum visit_event)e),
			    machine_event((enum visit_event)k));
	}
	assert_string_equal(machine_state(VS_CONFIRMED), "confirmed");
	assert_string_equal(machine_event(VE_CARD_OUT), "card-out");
	assert_string_equal(machine_state(VS_COUNT), "?");
	assert_string_equal(machine_event(VE_COUNT), "?");
	assert_string_equal(machine_label(VS_COUNT, 1), "?");
	assert_false(machine_is_end(VS_COUNT));
}

static size_t
count_of(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return (n);
}

static void
diagram_is_whole(void **state)
{
	char *text = NULL;
	size_t len = 0, n;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	machine_print(f);
	assert_int_equal(fclose(f), 0);
	(void)machine_rows(&n);
	assert_int_equal(count_of(text, " -> "), n);
	assert_int_equal(count_of(text, "peripheries=2"), 4);
	assert_int_equal(count_of(text, "(keep consent)"), 3);
	assert_non_null(strstr(text, "\"consented\" -> \"confirmed\""));
	free(text);
}

static void
diagram_parses(void **state)
{
	FILE *dot;
	int status;

	(void)state;
	if (system("dot -V >/dev/null 2>&1") != 0) {
		print_message("skipped, because there is no Graphviz\n");
		skip();
	}
	dot = popen("dot -Tsvg >/dev/null", "w");
	assert_non_null(dot);
	machine_print(dot);
	status = pclose(dot);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static const enum visit_state states[] = {
#define STATE(id, word, end, ja, en) VS_##id,
	VISIT_STATES(STATE)
#undef STATE
};

static const struct CMUnitTest singles[] = {
	cmocka_unit_test(card_out_before_consent_forgets),
	cmocka_unit_test(no_row_twice),
	cmocka_unit_test(ends_are_ends),
	cmocka_unit_test(consent_is_kept_once),
	cmocka_unit_test(whole_is_one_row),
	cmocka_unit_test(leaving_before_forgets),
	cmocka_unit_test(never_happens),
	cmocka_unit_test(words),
	cmocka_unit_test(diagram_is_whole),
	cmocka_unit_test(diagram_parses),
};

int
main(void)
{
	struct CMUnitTest tests[LEN(states) + LEN(cuts) + LEN(singles)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(states); i++)
		tests[n++] = (struct CMUnitTest){
		    .name = machine_state(states[i]),
		    .test_func = state_row,
		    .initial_state = (void *)(uintptr_t)&states[i] };
	for (size_t i = 0; i < LEN(cuts); i++)
		tests[n++] = (struct CMUnitTest){ .name = cuts[i].name,
		    .test_func = cut_row,
		    .initial_state = (void *)(uintptr_t)&cuts[i] };
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
