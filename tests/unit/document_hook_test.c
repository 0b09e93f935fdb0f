#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "host/document/hook.h"
#include "tests/unit/document_site.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

static const struct job_hook *
hook_of(const struct job_hook *hooks, const char *category)
{
	while (hooks->category != NULL &&
	    strcmp(hooks->category, category) != 0)
		hooks++;
	assert_non_null(hooks->category);
	return (hooks);
}

static const struct ask_row {
	const char	*title, *category, *from, *to, *data;
	enum err	 consent, want;
	const char	*begins;	/* of the file's name */
} asks[] = {
	{ "drugs", "drug", "202601", "202603", NULL, ERR_OK, ERR_OK,
	    "YZKsiquc01req_01" },
	{ "drugs as XML", "drug", "202601", "202603", "{\"form\":\"xml\"}",
	    ERR_OK, ERR_OK, "YZKsiquc01req_02" },
	{ "with treatments", "drug", "202601", "202603",
	    "{\"form\":\"xml\",\"treatments\":true}", ERR_OK, ERR_OK,
	    "YZKsiquc01req_04" },
	{ "a check-up", "checkup", "", "", NULL, ERR_OK, ERR_OK,
	    "TKKsiquc01req_01" },
	{ "without consent", "drug", "202601", "202603", NULL, ERR_NO_CONSENT,
	    ERR_NO_CONSENT, "" },
	{ "consent has ended", "checkup", "", "", NULL, ERR_CONSENT_ENDED,
	    ERR_CONSENT_ENDED, "" },
	{ "a form that is none", "drug", "202601", "202603",
	    "{\"form\":\"zip\"}", ERR_OK, ERR_ROW, "" },
	{ "months that are none", "drug", "202603", "202601", NULL, ERR_OK,
	    ERR_RANGE, "" },
};

static const struct ask_row *ask_now;

static void
ask_row(void **state)
{
	const struct ask_row *row = ask_now++;
	struct site *s = *state;
	struct job_hook hooks[HOOK_ROWS];
	const struct job_hook *h;
	json_t *data = row->data == NULL ? NULL : json_loads(row->data, 0,
	    NULL);
	const struct job_post p = { .job = "j1", .chart_number = CHART,
	    .from = row->from, .to = row->to, .client = "desk", .staff = "",
	    .data = data };
	struct job_end end;
	struct note note;
	char file[128];

	drug_consent = row->consent;
	hook_documents(&s->conf, hooks);
	h = hook_of(hooks, row->category);
	assert_int_equal(h->ask(h->ctx, s->store, &p, file, &end, &note),
	    row->want);
	assert_memory_equal(file, row->begins, strlen(row->begins));
	assert_int_equal(file[0] == '\0', row->want != ERR_OK);
	assert_null(end.state);
	json_decref(data);
}

static const struct look_row {
	const char	*title, *ext, *bytes, *state, *code, *message;
} looks[] = {
	{ "no answer yet", NULL, NULL, NULL, "", "" },
	{ "an answer", ".pdf", PDF, "answered", "", "" },
	{ "half an answer", ".pdf", "%PDF-1.4", NULL, "", "" },
	{ "a refusal", ".xml", BAD_XML, "error", "REFUSED",
	    "同意がありません" },
	{ "what nobody can read", ".xml", "<XmlMsg></b>", "error",
	    "XML_SYNTAX", "XML" },
};

static const struct look_row *look_now;

static void
look_row(void **state)
{
	const struct look_row *row = look_now++;
	const struct job_post p = { .job = "j1", .chart_number = CHART,
	    .from = "202601", .to = "202603", .client = "desk" };
	struct job_hook hooks[HOOK_ROWS];
	struct site *s = *state;
	char file[128], again[128];
	const struct job_hook *h;
	struct job_end end;
	struct note note;

	hook_documents(&s->conf, hooks);
	h = hook_of(hooks, "drug");
	assert_int_equal(h->ask(h->ctx, s->store, &p, file, &end, &note),
	    ERR_OK);
	/* After a crash it is the same, and not asked twice. */
	assert_int_equal(h->ask(h->ctx, s->store, &p, again, &end, &note),
	    ERR_OK);
	assert_string_equal(file, again);
	if (row->ext != NULL)
		answer(s, file, row->ext, row->bytes);
	assert_int_equal(h->look(h->ctx, s->store, file, &end), ERR_OK);
	assert_int_equal(end.state == NULL, row->state == NULL);
	if (row->state != NULL)
		assert_string_equal(end.state, row->state);
	assert_string_equal(end.code, row->code);
	assert_non_null(strstr(end.message, row->message));
	assert_int_equal(end.id[0] != '\0', row->state != NULL &&
	    row->code[0] == '\0');
}

/* What is fresh is an end without a request. */
static void
an_earlier_one_is_the_end(void **state)
{
	const struct job_post p = { .job = "j1", .chart_number = CHART,
	    .from = "202601", .to = "202603", .data =
	    json_pack("{s:s}", "form", "xml") };
	struct job_hook hooks[HOOK_ROWS];
	struct site *s = *state;
	const struct job_hook *h;
	struct job_end end;
	struct note note;
	char file[128];

	hook_documents(&s->conf, hooks);
	h = hook_of(hooks, "drug");
	assert_int_equal(h->ask(h->ctx, s->store, &p, file, &end, &note),
	    ERR_OK);
	answer(s, file, ".xml", OK_XML("19600602"));
	assert_int_equal(h->look(h->ctx, s->store, file, &end), ERR_OK);
	assert_int_equal(h->ask(h->ctx, s->store, &p, file, &end, &note),
	    ERR_OK);
	assert_string_equal(file, "");
	assert_string_equal(end.state, "answered");
	assert_int_equal(h->look(h->ctx, s->store, "nobody", &end),
	    ERR_NO_SUCH);
	json_decref((json_t *)(uintptr_t)p.data);
}

/* A person says that the first one is lost; twice is once, as before. */
static void
a_lost_one_is_asked_again(void **state)
{
	struct job_post p = { .job = "j1", .chart_number = CHART,
	    .from = "202601", .to = "202603", .client = "desk", .since = 1 };
	char file[128], again[128], third[128];
	struct job_hook hooks[HOOK_ROWS];
	struct site *s = *state;
	const struct job_hook *h;
	struct job_end end;
	struct note note;

	hook_documents(&s->conf, hooks);
	h = hook_of(hooks, "drug");
	assert_int_equal(h->ask(h->ctx, s->store, &p, file, &end, &note),
	    ERR_OK);
	clock_sleep(2);
	p.since = clock_wall_ms();
	p.again = 1;
	assert_int_equal(h->ask(h->ctx, s->store, &p, again, &end, &note),
	    ERR_OK);
	assert_string_not_equal(file, again);
	assert_int_equal(h->ask(h->ctx, s->store, &p, third, &end, &note),
	    ERR_OK);
	assert_string_equal(again, third);
}

/* Killed behind the request, whose PDF another took in meanwhile. */
static void
what_came_is_not_asked_again(void **state)
{
	struct job_post p = { .job = "j1", .chart_number = CHART,
	    .from = "202601", .to = "202603", .client = "desk",
	    .since = clock_wall_ms() };
	struct job_hook hooks[HOOK_ROWS];
	struct site *s = *state;
	const struct job_hook *h;
	struct job_end end;
	struct note note;
	char file[128];
	size_t n;

	hook_documents(&s->conf, hooks);
	h = hook_of(hooks, "drug");
	assert_int_equal(h->ask(h->ctx, s->store, &p, file, &end, &note),
	    ERR_OK);
	answer(s, file, ".pdf", PDF);
	assert_int_equal(document_sweep(&s->conf, s->store, &n, &note),
	    ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(h->ask(h->ctx, s->store, &p, file, &end, &note),
	    ERR_OK);
	assert_string_equal(file, "");
	assert_string_equal(end.state, "answered");
	/* A later part asks for it anew. */
	clock_sleep(2);
	p.since = clock_wall_ms();
	assert_int_equal(h->ask(h->ctx, s->store, &p, file, &end, &note),
	    ERR_OK);
	assert_null(end.state);
	assert_string_not_equal(file, "");
}

/* The part waits again by the state of its request, and has no end. */
static void
what_was_not_taken_has_no_end(void **state)
{
	const struct job_post p = { .job = "j1", .chart_number = CHART,
	    .from = "202601", .to = "202603", .client = "desk" };
	struct job_hook hooks[HOOK_ROWS];
	struct site *s = *state;
	const struct job_hook *h;
	struct job_end end;
	struct note note;
	char file[128], again[128];

	hook_documents(&s->conf, hooks);
	h = hook_of(hooks, "drug");
	assert_int_equal(h->ask(h->ctx, s->store, &p, file, &end, &note),
	    ERR_OK);
	s->exchange.answer_ms = 1;
	clock_sleep(5);
	assert_int_equal(h->look(h->ctx, s->store, file, &end), ERR_OK);
	assert_null(end.state);
	s->exchange.answer_ms = 60000;
	assert_int_equal(h->ask(h->ctx, s->store, &p, again, &end, &note),
	    ERR_OK);
	assert_string_not_equal(file, again);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(asks) + LEN(looks) + 4];
	size_t n = 0;

	ask_now = asks;
	look_now = looks;
	for (size_t i = 0; i < LEN(asks); i++)
		tests[n++] = (struct CMUnitTest){ .name = asks[i].title,
		    .test_func = ask_row, .setup_func = open_site,
		    .teardown_func = close_site };
	for (size_t i = 0; i < LEN(looks); i++)
		tests[n++] = (struct CMUnitTest){ .name = looks[i].title,
		    .test_func = look_row, .setup_func = open_site,
		    .teardown_func = close_site };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
	    an_earlier_one_is_the_end, open_site, close_site);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
	    a_lost_one_is_asked_again, open_site, close_site);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
	    what_came_is_not_asked_again, open_site, close_site);
	tests[n++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
	    what_was_not_taken_has_no_end, open_site, close_site);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
