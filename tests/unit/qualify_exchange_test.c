#include <sys/resource.h>
#include <sys/stat.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/buf.h"
#include "base/clock.h"
#include "host/qualify/exchange.h"
#include "host/qualify/finding.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define CODE	"9910000001"
#define CHART	"0000000002"

static char dir[64], req[96], res[96], db[96];
static struct store *store;

static const struct patient p02 = { .chart_number = CHART,
    .name = "ききょう 髙子", .birthdate = "19510401", .insurer_number =
    "172010", .insured_card_symbol = "321", .insured_identification_number =
    "654", .reference_number = "2" };

/* What the terminal does; it is called between two looks of the agent. */
struct terminal {
	const struct row	*row;
	char			 file[128];	/* of the request it saw */
	char			 identifier[64];
	int			 calls;
};

struct row {
	const char	*name;
	int		(*act)(struct terminal *);	/* 1: cancel */
	enum err	 err;
	int		 result;	/* an outcome, -1 none */
	const char	*state;		/* of the request in the store */
	int		 left;		/* files left in res */
	int		 answer_ms;
	enum exchange_kind kind;
	int		 cp932;
};

static void
empty_folder(const char *path)
{
	struct dirent *e;
	DIR *d = opendir(path);

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if ((e->d_name[0] != '.' || strlen(e->d_name) > 2) &&
		    unlinkat(dirfd(d), e->d_name, 0) != 0)
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	closedir(d);
}

static int
count_files(const char *path)
{
	struct dirent *e;
	DIR *d = opendir(path);
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") !=
		    0;
	closedir(d);
	return (n);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/exchange_test.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return (-1);
	snprintf(req, sizeof(req), "%s/req", dir);
	snprintf(res, sizeof(res), "%s/res", dir);
	snprintf(db, sizeof(db), "%s/shikaku.db", dir);
	if (mkdir(req, 0700) != 0 || mkdir(res, 0700) != 0)
		return (-1);
	return (store_open(db, &store, NULL) == ERR_OK ? 0 : -1);
}

/* 0: as many as there may be. */
static void
limit_files(rlim_t n)
{
	struct rlimit l;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &l), 0);
	l.rlim_cur = n == 0 ? l.rlim_max : n;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &l), 0);
}

static int
tear_down(void **state)
{
	(void)state;
	limit_files(0);
	store_close(&store);
	empty_folder(req);
	empty_folder(res);
	rmdir(req);
	rmdir(res);
	empty_folder(dir);
	return (rmdir(dir));
}

static void
write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Reads the one request in req; 0 if there is none. */
static int
see_request(struct terminal *t)
{
	const char *open = "<ArbitraryFileIdentifier>", *p;
	struct blob b = { 0 };
	struct dirent *e;
	char path[384];
	DIR *d = opendir(req);

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, "OQS", 3) != 0)
			continue;
		snprintf(t->file, sizeof(t->file), "%.100s", e->d_name);
		snprintf(path, sizeof(path), "%s/%s", req, t->file);
		assert_int_equal(blob_read_file(&b, path, 1 << 20), ERR_OK);
		assert_non_null(p = strstr(blob_str(&b), open));
		snprintf(t->identifier, sizeof(t->identifier), "%.*s",
		    (int)strcspn(p + strlen(open), "<"), p + strlen(open));
	}
	closedir(d);
	blob_free(&b);
	return (t->file[0] != '\0');
}

/* Takes the request away as the terminal does. */
static int
take_request(struct terminal *t)
{
	char path[384];

	if (t->calls++ > 0 || !see_request(t))
		return (0);
	snprintf(path, sizeof(path), "%s/%s", req, t->file);
	assert_int_equal(unlink(path), 0);
	return (1);
}

struct answer {
	const char	*code, *identifier, *person, *status;
};

static void
put_answer(const struct terminal *t, const struct answer *a, const char *name,
    int cut)
{
	struct blob b = { 0 };

	assert_int_equal(blob_printf(&b, "<?xml version=\"1.0\" "
	    "encoding=\"UTF-8\"?><XmlMsg><MessageBody>"
	    "<QualificationConfirmSearchInfo><ArbitraryIdentifier>%s"
	    "</ArbitraryIdentifier></QualificationConfirmSearchInfo>"
	    "<ProcessingResultStatus>%s</ProcessingResultStatus>"
	    "<QualificationValidity>1</QualificationValidity>"
	    "</MessageBody><MessageHeader><SegmentOfResult>1"
	    "</SegmentOfResult><ArbitraryFileIdentifier>%s"
	    "</ArbitraryFileIdentifier><MedicalInstitutionCode>%s"
	    "</MedicalInstitutionCode></MessageHeader></XmlMsg>",
	    a->person == NULL ? CHART : a->person,
	    a->status == NULL ? "1" : a->status,
	    a->identifier == NULL ? t->identifier : a->identifier,
	    a->code == NULL ? CODE : a->code), ERR_OK);
	if (cut)
		b.data[b.len / 2] = '\0';
	write_file(res, name, blob_str(&b));
	blob_free(&b);
}

static const char *
answer_name(const struct terminal *t)
{
	static char name[128];

	snprintf(name, sizeof(name), "%s", t->file);
	memcpy(strstr(name, "req_"), "res_", 4);
	return (name);
}

static int
reply_with(struct terminal *t, const struct answer *a)
{
	if (take_request(t))
		put_answer(t, a, answer_name(t), 0);
	return (0);
}

static int
answers(struct terminal *t)
{
	return (reply_with(t, &(struct answer){ 0 }));
}

static int
says_error(struct terminal *t)
{
	return (reply_with(t, &(struct answer){ .status = "2" }));
}

static int
wrong_code(struct terminal *t)
{
	return (reply_with(t, &(struct answer){ .code = "9910000002" }));
}

static int
wrong_identifier(struct terminal *t)
{
	return (reply_with(t, &(struct answer){ .identifier = "SK1-0" }));
}

static int
wrong_person(struct terminal *t)
{
	return (reply_with(t, &(struct answer){ .person = "0000000001" }));
}

static int
sleeps(struct terminal *t)
{
	(void)t;
	return (0);
}

static int
takes_only(struct terminal *t)
{
	take_request(t);
	return (0);
}

static int
is_cancelled(struct terminal *t)
{
	return (see_request(t));
}

static int
is_cancelled_late(struct terminal *t)
{
	return (take_request(t));
}

static int
writes_halves(struct terminal *t)
{
	if (take_request(t))
		put_answer(t, &(struct answer){ 0 }, answer_name(t), 1);
	else if (t->calls == 4)
		put_answer(t, &(struct answer){ 0 }, answer_name(t), 0);
	return (0);
}

static int
writes_half_only(struct terminal *t)
{
	if (take_request(t))
		put_answer(t, &(struct answer){ 0 }, answer_name(t), 1);
	return (0);
}

static int
writes_rubbish(struct terminal *t)
{
	if (take_request(t))
		write_file(res, answer_name(t), "<XmlMsg></b></XmlMsg>");
	return (0);
}

static int
spells_in_capitals(struct terminal *t)
{
	char name[128];

	if (take_request(t)) {
		snprintf(name, sizeof(name), "%s", answer_name(t));
		for (char *c = name; *c != '\0'; c++)
			*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
		put_answer(t, &(struct answer){ 0 }, name, 0);
	}
	return (0);
}

static void
put_returned(const struct terminal *t, const char *identifier)
{
	char text[160];

	snprintf(text, sizeof(text), "<XmlMsg>%s</XmlMsg>", identifier);
	write_file(res, t->file, text);
}

static void
put_text(const struct terminal *t)
{
	char name[128];

	snprintf(name, sizeof(name), "%.*serr", (int)strlen(t->file) - 3,
	    t->file);
	write_file(res, name, "項目エラー");
}

static int
returns(struct terminal *t)
{
	if (take_request(t)) {
		put_returned(t, t->identifier);
		put_text(t);
	}
	return (0);
}

static int
returns_text_later(struct terminal *t)
{
	if (take_request(t))
		put_returned(t, t->identifier);
	else if (t->calls == 4)
		put_text(t);
	return (0);
}

static int
returns_no_text(struct terminal *t)
{
	if (take_request(t))
		put_returned(t, t->identifier);
	return (0);
}

static int
returns_anothers(struct terminal *t)
{
	if (take_request(t)) {
		put_returned(t, "SK1-0");
		put_text(t);
	}
	return (0);
}

static int
links_instead(struct terminal *t)
{
	char path[384];

	if (take_request(t)) {
		write_file(dir, "elsewhere", "x");
		snprintf(path, sizeof(path), "%s/%s", res, answer_name(t));
		assert_int_equal(symlink("../elsewhere", path), 0);
	}
	return (0);
}

/* The same number of bytes, another content. */
static int
corrects_in_place(struct terminal *t)
{
	if (take_request(t))
		put_answer(t, &(struct answer){ .code = "9910000002" },
		    answer_name(t), 0);
	else if (t->calls == 4)
		put_answer(t, &(struct answer){ 0 }, answer_name(t), 0);
	return (0);
}

static int
writes_too_much(struct terminal *t)
{
	char path[384];

	if (take_request(t)) {
		write_file(res, answer_name(t), "<XmlMsg>");
		snprintf(path, sizeof(path), "%s/%s", res, answer_name(t));
		assert_int_equal(truncate(path, RESULT_MAX + 1000), 0);
	}
	return (0);
}

/* No file can be opened any more: EMFILE, as good as a share's EIO. */
static void
break_folders(void)
{
	int fd = dup(0);

	assert_true(fd > 0);
	close(fd);
	limit_files((rlim_t)fd);
}

static int
folders_fail_for_a_while(struct terminal *t)
{
	if (take_request(t)) {
		put_answer(t, &(struct answer){ 0 }, answer_name(t), 0);
		break_folders();
	} else if (t->calls == 6)
		limit_files(0);
	return (0);
}

static int
folders_fail(struct terminal *t)
{
	if (take_request(t)) {
		put_answer(t, &(struct answer){ 0 }, answer_name(t), 0);
		break_folders();
	}
	return (0);
}

/* A name that cannot be removed, whoever runs this. */
static int
sticks(struct terminal *t)
{
	char path[384];

	if (take_request(t)) {
		snprintf(path, sizeof(path), "%s/%s", req, t->file);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	return (0);
}

static void	run_sql(const char *);

static int
store_fails_for_a_while(struct terminal *t)
{
	if (take_request(t)) {
		put_answer(t, &(struct answer){ 0 }, answer_name(t), 0);
		run_sql("CREATE TRIGGER broken BEFORE INSERT ON result BEGIN "
		    "SELECT RAISE(ABORT, 'broken'); END");
	} else if (t->calls == 6)
		run_sql("DROP TRIGGER broken");
	return (0);
}

/* Another agent's sweep took the request back just now. */
static int
another_withdraws(struct terminal *t)
{
	if (take_request(t))
		run_sql("UPDATE request SET state = 'withdrawn'");
	return (0);
}

#define IMM EXCHANGE_SIIMM
static const struct row rows[] = {
	{ "answered", answers, ERR_OK, RESULT_ACCEPTED, "answered", 0, 60000,
	    0, 0 },
	{ "answered, sjis", answers, ERR_OK, RESULT_ACCEPTED, "answered", 0,
	    60000, 0, 1 },
	{ "registered", answers, ERR_OK, RESULT_ACCEPTED, "answered", 0,
	    60000, IMM, 0 },
	{ "refused", says_error, ERR_OK, RESULT_REFUSED, "answered", 0, 60000,
	    0, 0 },
	{ "in two writes", writes_halves, ERR_OK, RESULT_ACCEPTED, "answered",
	    0, 60000, 0, 0 },
	{ "in capitals", spells_in_capitals, ERR_OK, RESULT_ACCEPTED,
	    "answered", 0, 200, 0, 0 },
	{ "came back", returns, ERR_REFUSED, RESULT_REFUSED, "returned", 0,
	    60000, 0, 0 },
	{ "came back, text later", returns_text_later, ERR_REFUSED,
	    RESULT_REFUSED, "returned", 0, 60000, 0, 0 },
	{ "came back, no text", returns_no_text, ERR_REFUSED, RESULT_REFUSED,
	    "returned", 0, 200, 0, 0 },
	{ "rubbish is no answer to use", writes_rubbish, ERR_OK,
	    RESULT_REFUSED, "answered", 1, 60000, 0, 0 },
	{ "half for ever", writes_half_only, ERR_NO_ANSWER, -1, "unanswered",
	    1, 200, 0, 0 },
	{ "another institution", wrong_code, ERR_NO_ANSWER, -1, "unanswered",
	    1, 200, 0, 0 },
	{ "another identifier", wrong_identifier, ERR_NO_ANSWER, -1,
	    "unanswered", 1, 200, 0, 0 },
	{ "another person", wrong_person, ERR_NO_ANSWER, -1, "unanswered", 1,
	    200, 0, 0 },
	{ "another's returned", returns_anothers, ERR_NO_ANSWER, -1,
	    "unanswered", 2, 200, 0, 0 },
	{ "a link", links_instead, ERR_NO_ANSWER, -1, "unanswered", 1, 200, 0,
	    0 },
	{ "not taken", sleeps, ERR_NOT_TAKEN, -1, "withdrawn", 0, 100, 0, 0 },
	{ "taken, not answered", takes_only, ERR_NO_ANSWER, -1, "unanswered",
	    0, 100, 0, 0 },
	{ "corrected in place", corrects_in_place, ERR_OK, RESULT_ACCEPTED,
	    "answered", 0, 60000, 0, 0 },
	{ "too large is refused at once", writes_too_much, ERR_OK,
	    RESULT_REFUSED, "answered", 1, 60000, 0, 0 },
	{ "folders fail for a while", folders_fail_for_a_while, ERR_OK,
	    RESULT_ACCEPTED, "answered", 0, 60000, 0, 0 },
	{ "store fails for a while", store_fails_for_a_while, ERR_OK,
	    RESULT_ACCEPTED, "answered", 0, 60000, 0, 0 },
	{ "withdrawn by another", another_withdraws, ERR_NOT_TAKEN, -1,
	    "withdrawn", 0, 100, 0, 0 },
	{ "cancelled", is_cancelled, ERR_CANCELLED, -1, "withdrawn", 0, 60000,
	    0, 0 },
	{ "cancelled too late", is_cancelled_late, ERR_NO_ANSWER, -1,
	    "unanswered", 0, 60000, 0, 0 },
};

static int
run_terminal(void *ctx)
{
	struct terminal *t = ctx;

	return (t->row->act(t));
}

static struct exchange_conf
conf_of(const struct row *row, int no_watch)
{
	return ((struct exchange_conf){ .req = req, .res = res,
	    .institution_code = CODE, .cp932 = row->cp932, .answer_ms =
	    row->answer_ms, .settle_ms = 1, .poll_ms = 20,
	    .no_watch = no_watch });
}

static enum err
keep_state(void *ctx, const struct val *cols, size_t n)
{
	assert_true(n > 5);
	snprintf(ctx, 16, "%s", val_str(&cols[5]));
	return (ERR_OK);
}

static void
assert_state(const char *file, const char *want)
{
	const struct val v = val_text(file);
	char state[16] = "none";

	assert_int_equal(store_run(store, SQL_REQUEST_BY_FILE, &v, 1,
	    keep_state, state, NULL), ERR_OK);
	assert_string_equal(state, want);
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	(void)cols;
	(void)n;
	++*(size_t *)ctx;
	return (ERR_OK);
}

static size_t
stored_results(const char *file)
{
	const struct val v = val_text(file);
	size_t n = 0;

	assert_int_equal(store_run(store, SQL_RESULT_BY_FILE, &v, 1,
	    count_row, &n, NULL), ERR_OK);
	return (n);
}

static enum err
ask(const struct exchange_conf *conf, const struct row *row,
    struct terminal *t, struct exchange_reply *reply, struct note *note)
{
	const struct exchange_ask a = { .kind = row->kind, .patient = &p02 };

	*t = (struct terminal){ .row = row };
	return (exchange_ask(conf, store, &a, run_terminal, t, reply, note));
}

static void
ask_row(const struct row *row, int no_watch)
{
	struct exchange_conf conf = conf_of(row, no_watch);
	struct exchange_reply reply;
	struct note note = { "" };
	struct terminal t;

	assert_int_equal(ask(&conf, row, &t, &reply, &note), row->err);
	assert_int_equal(strlen(reply.file), 31);
	assert_int_equal(strncmp(reply.identifier, "SK20", 4), 0);
	assert_int_equal(strlen(reply.identifier), 28);
	if (t.identifier[0] != '\0')
		assert_string_equal(reply.identifier, t.identifier);
	if (row->result == -1)
		assert_null(reply.result);
	else
		assert_int_equal(result_outcome(reply.result), row->result);
	if (row->err == ERR_REFUSED)
		assert_non_null(strstr(note.text, row->act == returns_no_text ?
		    "説明なし" : "項目エラー"));
	assert_state(reply.file, row->state);
	assert_int_equal(count_files(req), 0);
	assert_int_equal(count_files(res), row->left);
	exchange_reply_free(&reply);
}

static void
watched(void **state)
{
	ask_row(*state, 0);
}

static void
polled(void **state)
{
	ask_row(*state, 1);
}

/* Derived at once: there is nothing to catch up with. */
static int64_t
findings(void)
{
	const struct finding_query all = { .limit = 1 };
	int64_t total = -1;
	size_t n = 9;

	assert_int_equal(finding_catch_up(store, 0, &n), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(finding_list(store, &all, NULL, NULL, &total),
	    ERR_OK);
	return (total);
}

static void
late_answer_is_swept(void **state)
{
	static const struct row row = { .act = takes_only, .answer_ms = 50 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct terminal t;
	size_t n = 9;

	(void)state;
	assert_int_equal(ask(&conf, &row, &t, &reply, NULL), ERR_NO_ANSWER);
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	put_answer(&t, &(struct answer){ .code = "9910000002" },
	    answer_name(&t), 0);
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(count_files(res), 1);
	put_answer(&t, &(struct answer){ 0 }, answer_name(&t), 0);
	write_file(res, "OQSsiquc01res_202001010001.xml", "<XmlMsg/>");
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 1);
	assert_int_equal(count_files(res), 1);
	assert_state(reply.file, "answered");
	assert_int_equal(findings(), 1);
	exchange_reply_free(&reply);
}

static void
same_again_goes_other_stays(void **state)
{
	static const struct row row = { .act = answers, .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct terminal t;
	size_t n = 9;

	(void)state;
	assert_int_equal(ask(&conf, &row, &t, &reply, NULL), ERR_OK);
	put_answer(&t, &(struct answer){ 0 }, answer_name(&t), 0);
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(count_files(res), 0);
	put_answer(&t, &(struct answer){ .status = "2" }, answer_name(&t), 0);
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(count_files(res), 1);
	assert_int_equal(stored_results(answer_name(&t)), 1);
	exchange_reply_free(&reply);
}

static void
results_are_kept(void **state)
{
	static const struct row row = { .act = answers, .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct terminal t;
	size_t n = 9;

	(void)state;
	conf.keep_results = 1;
	assert_int_equal(ask(&conf, &row, &t, &reply, NULL), ERR_OK);
	assert_int_equal(count_files(res), 1);
	/* As after a crash between the store and the removal. */
	conf.keep_results = 0;
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(count_files(res), 0);
	exchange_reply_free(&reply);
}

/* Another agent's sweep took the answer while this one waited. */
static int
another_sweeps(struct terminal *t)
{
	struct exchange_conf conf = conf_of(t->row, 1);
	struct store *other = NULL;
	size_t n = 0;

	if (take_request(t)) {
		put_answer(t, &(struct answer){ 0 }, answer_name(t), 0);
		assert_int_equal(store_open(db, &other, NULL), ERR_OK);
		assert_int_equal(exchange_sweep(&conf, other, &n, NULL),
		    ERR_OK);
		assert_int_equal(n, 1);
		store_close(&other);
	}
	return (0);
}

static void
answer_taken_by_another(void **state)
{
	static const struct row row = { .act = another_sweeps,
	    .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct terminal t;

	(void)state;
	assert_int_equal(ask(&conf, &row, &t, &reply, NULL), ERR_OK);
	assert_int_equal(result_outcome(reply.result), RESULT_ACCEPTED);
	/* Seen by the next looks, not only when the time is up. */
	assert_true(t.calls < 10);
	exchange_reply_free(&reply);
}

static void
used_serials_are_skipped(void **state)
{
	static const struct row row = { .act = sleeps, .answer_ms = 1 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	char name[160];
	struct terminal t;

	(void)state;
	assert_int_equal(ask(&conf, &row, &t, &reply, NULL), ERR_NOT_TAKEN);
	assert_string_equal(reply.file + 22, "S0001.xml");
	/* 0002 stands in res, 0003 in req under the other kind. */
	snprintf(name, sizeof(name), "OQSsiquc01res_%.8sS0002.xml",
	    reply.file + 14);
	write_file(res, name, "theirs");
	snprintf(name, sizeof(name), "OQSsiimm01req_%.8sS0003.xml",
	    reply.file + 14);
	write_file(req, name, "theirs");
	assert_int_equal(ask(&conf, &row, &t, &reply, NULL), ERR_NOT_TAKEN);
	assert_string_equal(reply.file + 22, "S0004.xml");
	/* Another letter, another agent on the same folders. */
	conf.serial_prefix = 'K';
	assert_int_equal(ask(&conf, &row, &t, &reply, NULL), ERR_NOT_TAKEN);
	assert_string_equal(reply.file + 22, "K0005.xml");
	assert_int_equal(count_files(req), 1);
	assert_int_equal(count_files(res), 1);
}

static void
nothing_is_written_without_data(void **state)
{
	static const struct row row = { .act = sleeps, .answer_ms = 1,
	    .cp932 = 1 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct patient p = p02;
	struct exchange_ask a = { .patient = &p };
	struct note note = { "" };
	size_t n = 0;
	const struct val limit = val_int(10);

	(void)state;
	p.insurer_number[0] = '\0';
	assert_int_equal(exchange_ask(&conf, store, &a, NULL, NULL, &reply,
	    &note), ERR_NO_INSURANCE);
	assert_string_equal(note.text, "InsurerNumber");
	assert_string_equal(reply.file, "");
	p = p02;
	snprintf(p.insured_card_symbol, sizeof(p.insured_card_symbol), "𠮷");
	assert_int_equal(exchange_ask(&conf, store, &a, NULL, NULL, &reply,
	    &note), ERR_CHARSET);
	conf.res = "/nonexistent";
	assert_int_equal(exchange_ask(&conf, store, &a, NULL, NULL, &reply,
	    &note), ERR_FOLDER);
	assert_int_equal(exchange_check(&conf, &note), ERR_FOLDER);
	assert_int_equal(store_run(store, SQL_REQUEST_LIST, &limit, 1,
	    count_row, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(count_files(req), 0);
}

/*
 * The store fails at one step.  Whatever it is: nothing may be lost, that
 * is, an answer in res is in the store or still in res, and no request
 * stands in req that nobody waits for.  Once the request is out, a failure
 * only delays, or is ERR_NO_ANSWER and says so.
 */
static const struct broken {
	const char	*name, *trigger;
	enum err	 want;
	int		 left;
} brokens[] = {
	{ "store fails: serial", "BEFORE INSERT ON serial", ERR_ROW, 0 },
	{ "store fails: request", "BEFORE INSERT ON request", ERR_ROW, 0 },
	{ "store fails: written", "BEFORE UPDATE ON request WHEN "
	    "NEW.state = 'written'", ERR_OK, 0 },
	{ "store fails: answer", "BEFORE INSERT ON result", ERR_NO_ANSWER,
	    1 },
	{ "store fails: answered", "BEFORE UPDATE ON request WHEN "
	    "NEW.state = 'answered'", ERR_NO_ANSWER, 1 },
	{ "store fails: every state", "BEFORE UPDATE ON request",
	    ERR_NO_ANSWER, 1 },
};

static void
run_sql(const char *text)
{
	sqlite3 *raw = NULL;

	assert_int_equal(sqlite3_open(db, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, text, NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(raw);
}

static void
store_fails(void **state)
{
	static const struct row row = { .act = answers, .answer_ms = 200 };
	const struct broken *b = *state;
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct note note = { "" };
	char sql[256];
	struct terminal t;
	size_t n = 9;

	snprintf(sql, sizeof(sql), "CREATE TRIGGER broken %s BEGIN "
	    "SELECT RAISE(ABORT, 'broken'); END", b->trigger);
	run_sql(sql);
	assert_int_equal(ask(&conf, &row, &t, &reply, &note), b->want);
	assert_int_equal(reply.result != NULL, b->want == ERR_OK);
	if (b->want == ERR_NO_ANSWER)
		assert_non_null(strstr(note.text, dir));
	assert_int_equal(count_files(req), 0);
	assert_int_equal(count_files(res), b->left);
	if (b->left > 0)
		assert_int_equal(stored_results(answer_name(&t)), 0);
	/* Mended, the answer is taken in after all. */
	run_sql("DROP TRIGGER broken");
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, (size_t)b->left);
	assert_int_equal(count_files(res), 0);
	exchange_reply_free(&reply);
}

/* Neither seen nor taken back: nobody may be told to ask again. */
static void
what_is_not_known_is_no_refusal(void **state)
{
	static const struct row rs[] = {
		{ .act = folders_fail, .answer_ms = 150 },
		{ .act = sticks, .answer_ms = 150 },
	};
	struct exchange_conf conf;
	struct exchange_reply reply;
	struct note note;
	struct terminal t;
	size_t n = 9;

	(void)state;
	for (size_t i = 0; i < LEN(rs); i++) {
		conf = conf_of(&rs[i], 1);
		note = (struct note){ "" };
		assert_int_equal(ask(&conf, &rs[i], &t, &reply, &note),
		    ERR_NO_ANSWER);
		limit_files(0);
		assert_null(reply.result);
		assert_non_null(strstr(note.text, i == 0 ? res : req));
		assert_non_null(strstr(note.text, reply.file));
		assert_int_equal(exchange_sweep(&conf, store, &n, NULL),
		    ERR_OK);
		assert_int_equal(n, i == 0);
		assert_state(reply.file, i == 0 ? "answered" : "unanswered");
		exchange_reply_free(&reply);
	}
}

static void
too_large_stays_and_is_not_read_again(void **state)
{
	static const struct row row = { .act = writes_too_much,
	    .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct terminal t;
	size_t n = 9;

	(void)state;
	assert_int_equal(ask(&conf, &row, &t, &reply, NULL), ERR_OK);
	assert_int_equal(result_err(reply.result), ERR_XML_BIG);
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(count_files(res), 1);
	assert_int_equal(stored_results(answer_name(&t)), 1);
	exchange_reply_free(&reply);
}

static enum err
keep_message(void *ctx, const struct val *cols, size_t n)
{
	assert_true(n > 9);
	snprintf(ctx, 256, "%s", val_str(&cols[9]));
	return (ERR_OK);
}

static void
assert_message(const char *file, const char *part)
{
	const struct val v = val_text(file);
	char message[256] = "";

	assert_int_equal(store_run(store, SQL_REQUEST_BY_FILE, &v, 1,
	    keep_message, message, NULL), ERR_OK);
	assert_non_null(strstr(message, part));
}

static void
sweep_beside(const struct exchange_conf *conf, size_t want)
{
	struct store *other = NULL;
	size_t n = 9;

	assert_int_equal(store_open(db, &other, NULL), ERR_OK);
	assert_int_equal(exchange_sweep(conf, other, &n, NULL), ERR_OK);
	assert_int_equal(n, want);
	store_close(&other);
}

static int
returns_beside_a_sweep(struct terminal *t)
{
	struct exchange_conf conf = conf_of(t->row, 1);

	if (take_request(t)) {
		put_returned(t, t->identifier);
		sweep_beside(&conf, 0);
	} else if (t->calls == 4)
		put_text(t);
	return (0);
}

static void
sweep_leaves_time_for_the_text(void **state)
{
	static const struct row row = { .act = returns_beside_a_sweep,
	    .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct note note = { "" };
	struct terminal t;

	(void)state;
	assert_int_equal(ask(&conf, &row, &t, &reply, &note), ERR_REFUSED);
	assert_non_null(strstr(note.text, "項目エラー"));
	assert_message(reply.file, "項目エラー");
	assert_int_equal(count_files(res), 0);
	exchange_reply_free(&reply);
}

/* The check waited alone, not long enough: the sweep reads it after all. */
static void
late_text_is_taken_in(void **state)
{
	static const struct row row = { .act = returns_no_text,
	    .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct terminal t;

	(void)state;
	conf.err_wait_ms = 100;
	assert_int_equal(ask(&conf, &row, &t, &reply, NULL), ERR_REFUSED);
	assert_message(reply.file, "説明なし");
	put_text(&t);
	sweep_beside(&conf, 1);
	assert_state(reply.file, "returned");
	assert_message(reply.file, "項目エラー");
	assert_int_equal(count_files(res), 0);
	sweep_beside(&conf, 0);
	exchange_reply_free(&reply);
}

static void
old_returned_is_swept_without_text(void **state)
{
	static const struct row row = { .act = takes_only, .answer_ms = 50 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct terminal t;

	(void)state;
	conf.err_wait_ms = 200;
	assert_int_equal(ask(&conf, &row, &t, &reply, NULL), ERR_NO_ANSWER);
	put_returned(&t, t.identifier);
	sweep_beside(&conf, 0);
	usleep(300000);
	sweep_beside(&conf, 1);
	assert_state(reply.file, "returned");
	assert_int_equal(count_files(res), 0);
	exchange_reply_free(&reply);
}

#define MANY	40

/* One after the other they would need 20 s. */
static void
all_files_settle_together(void **state)
{
	static const struct row row = { .act = sleeps, .answer_ms = 1 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct terminal t = { .calls = 1 };

	(void)state;
	conf.settle_ms = 500;
	for (int i = 0; i < MANY; i++) {
		snprintf(t.file, sizeof(t.file), "OQSsiquc01req_%d.xml", i);
		snprintf(t.identifier, sizeof(t.identifier), "SK%d", i);
		const struct val v[] = { val_text(t.file),
		    val_text(t.identifier), val_text("OQSsiquc01"),
		    val_text(NULL), val_text(CHART), val_int(1) };
		assert_int_equal(store_run(store, SQL_REQUEST_ADD, v, 6, NULL,
		    NULL, NULL), ERR_OK);
		put_answer(&t, &(struct answer){ 0 }, answer_name(&t), 0);
	}
	alarm(12);
	sweep_beside(&conf, MANY);
	alarm(0);
	assert_int_equal(count_files(res), 0);
}

/* A crash left the request in req; the sweep takes it back when due. */
static void
orphans_are_withdrawn(void **state)
{
	static const struct row row = { .act = sleeps, .answer_ms = 60000 };
	const char *file = "OQSsiquc01req_202611200001.xml";
	struct exchange_conf conf = conf_of(&row, 1);
	struct val v[6] = { val_text(file), val_text("SK1"),
	    val_text("OQSsiquc01"), val_text(NULL), val_text(CHART),
	    val_int(INT64_C(4000000000000)) };
	const char *later = "OQSsiquc01req_202611200002.xml";
	size_t n;

	(void)state;
	assert_int_equal(store_run(store, SQL_REQUEST_ADD, v, 6, NULL, NULL,
	    NULL), ERR_OK);
	write_file(req, file, "x");
	v[0] = val_text(later);
	v[1] = val_text("SK2");
	v[5] = val_int(1);
	assert_int_equal(store_run(store, SQL_REQUEST_ADD, v, 6, NULL, NULL,
	    NULL), ERR_OK);
	write_file(req, later, "x");
	write_file(req, "OQSsiquc01req_202611200003.xml", "theirs");
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_state(file, "new");
	assert_state(later, "withdrawn");
	assert_int_equal(count_files(req), 2);
}

static void
check_leaves_nothing(void **state)
{
	static const struct row row = { .act = sleeps };
	struct exchange_conf conf = conf_of(&row, 1);

	(void)state;
	assert_int_equal(exchange_check(&conf, NULL), ERR_OK);
	assert_int_equal(count_files(req), 0);
	assert_int_equal(count_files(res), 0);
}

/* --- requests nobody waits for --- */

static size_t
all_requests(void)
{
	const struct val limit = val_int(100);
	size_t n = 0;

	assert_int_equal(store_run(store, SQL_REQUEST_LIST, &limit, 1,
	    count_row, &n, NULL), ERR_OK);
	return (n);
}

static const struct request_person one = { .patient = &p02 };
static const struct request check = { .persons = &one, .n = 1 };
static const struct request fetch = { .reception_number = "R1" };

struct told {
	int		 times;
	char		 file[128];
	enum err	 err;
};

static enum err
tells(void *ctx, const char *file)
{
	struct told *told = ctx;

	told->times++;
	snprintf(told->file, sizeof(told->file), "%s", file);
	assert_state(file, "new");
	assert_int_equal(count_files(req), 0);
	return (told->err);
}

static enum err
post_kind(const struct exchange_conf *conf, const char *kind,
    const struct request *rq, struct told *told, char file[128])
{
	const struct exchange_post p = { .kind = kind_find(kind),
	    .request = rq, .chart_number = CHART, .about = tells,
	    .about_ctx = told };
	struct note note;

	return (exchange_post(conf, store, &p, file, &note));
}

static void
look_at(const struct exchange_conf *conf, const char *file, const char *state,
    int has_result)
{
	struct exchange_look look;

	assert_int_equal(exchange_look(conf, store, file, &look, NULL),
	    ERR_OK);
	assert_string_equal(look.state, state);
	assert_string_equal(look.chart_number, CHART);
	assert_int_equal(look.result != NULL, has_result);
	assert_string_equal(look.left, "");
	exchange_look_free(&look);
}

static void
posted_and_looked_for(void **state)
{
	static const struct row row = { .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct told told = { 0 };
	struct terminal t = { .row = &row };
	char file[128];

	(void)state;
	assert_int_equal(post_kind(&conf, "OQSsiquc01", &check, &told, file),
	    ERR_OK);
	assert_int_equal(told.times, 1);
	assert_string_equal(told.file, file);
	assert_int_equal(count_files(req), 1);
	look_at(&conf, file, "written", 0);
	assert_int_equal(take_request(&t), 1);
	assert_string_equal(t.file, file);
	look_at(&conf, file, "written", 0);
	put_answer(&t, &(struct answer){ 0 }, answer_name(&t), 0);
	look_at(&conf, file, "answered", 1);
	assert_int_equal(count_files(res), 0);
	/* Whoever asks again gets the same one. */
	look_at(&conf, file, "answered", 1);
	assert_int_equal(stored_results(answer_name(&t)), 1);
}

static void
a_poster_who_cannot_keep_it(void **state)
{
	static const struct row row = { .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct told told = { .err = ERR_STORE_BUSY };
	char file[128];

	(void)state;
	assert_int_equal(post_kind(&conf, "OQSsiquc01", &check, &told, file),
	    ERR_STORE_BUSY);
	assert_int_equal(count_files(req), 0);
	look_at(&conf, file, "withdrawn", 0);
}

/* Its fate is not known: its answer is looked for on, it is not taken back. */
static void
late_answer_is_looked_for(void **state)
{
	static const struct row row = { .answer_ms = 1 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct told told = { 0 };
	struct terminal t = { .row = &row };
	char file[128];

	(void)state;
	assert_int_equal(post_kind(&conf, "OQSsiquc01", &check, &told, file),
	    ERR_OK);
	assert_int_equal(take_request(&t), 1);
	usleep(5000);
	look_at(&conf, file, "unanswered", 0);
	look_at(&conf, file, "unanswered", 0);
	put_answer(&t, &(struct answer){ .identifier = "SK1-0" },
	    answer_name(&t), 0);
	look_at(&conf, file, "unanswered", 0);
	assert_int_equal(count_files(res), 1);
	put_answer(&t, &(struct answer){ 0 }, answer_name(&t), 0);
	look_at(&conf, file, "answered", 1);
	assert_int_equal(all_requests(), 1);
}

static void
overdue_is_taken_back_by_a_look(void **state)
{
	static const struct row row = { .answer_ms = 1 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct told told = { 0 };
	char file[128];

	(void)state;
	assert_int_equal(post_kind(&conf, "OQSsiquc01", &check, &told, file),
	    ERR_OK);
	usleep(5000);
	look_at(&conf, file, "withdrawn", 0);
	assert_int_equal(count_files(req), 0);
}

static void
withdrawn_or_not(void **state)
{
	static const struct row row = { .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct told told = { 0 };
	struct terminal t = { .row = &row };
	char file[128], now[16];

	(void)state;
	assert_int_equal(post_kind(&conf, "OQSsiquc01", &check, &told, file),
	    ERR_OK);
	assert_int_equal(exchange_withdraw(&conf, store, file, now, NULL),
	    ERR_OK);
	assert_string_equal(now, "withdrawn");
	assert_int_equal(count_files(req), 0);
	assert_int_equal(post_kind(&conf, "OQSsiquc01", &check, &told, file),
	    ERR_OK);
	assert_int_equal(take_request(&t), 1);
	assert_int_equal(exchange_withdraw(&conf, store, file, now, NULL),
	    ERR_OK);
	assert_string_equal(now, "written");
	put_answer(&t, &(struct answer){ 0 }, answer_name(&t), 0);
	look_at(&conf, file, "answered", 1);
	assert_int_equal(exchange_withdraw(&conf, store, file, now, NULL),
	    ERR_OK);
	assert_string_equal(now, "answered");
}

static void
nothing_posted_under_this_name(void **state)
{
	static const struct row row = { .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_look look;
	char now[16];

	(void)state;
	assert_int_equal(exchange_look(&conf, store,
	    "OQSsiquc01req_20261120S0001.xml", &look, NULL), ERR_NO_SUCH);
	assert_null(look.result);
	assert_string_equal(look.state, "");
	exchange_look_free(&look);
	assert_int_equal(exchange_withdraw(&conf, store, "x", now, NULL),
	    ERR_NO_SUCH);
	conf.res = "/nonexistent";
	assert_int_equal(exchange_look(&conf, store, "x", &look, NULL),
	    ERR_FOLDER);
}

/* Lists may be huge, and drugs must be sealed: neither look nor sweep takes
 * them in, and the request is not given up meanwhile. */
static void
answers_for_others_are_left(void **state)
{
	static const struct {
		const char	*kind, *ext;
	} kinds[] = { { "OQSmuquc02", "xml" }, { "OQSmuhvq02", "zip" },
	    { "YZKsiquc01", "pdf" }, { "TKKsiquc01", "xml" } };
	static const struct range months = { AXIS_MONTH, "202601", "202602" };
	const struct request view = { .persons = &one, .n = 1, .form = 1,
	    .care = 1, .range = &months };
	static const struct row row = { .answer_ms = 1 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_look look;
	struct told told = { 0 };
	char file[128], name[128];
	size_t n;

	(void)state;
	for (size_t i = 0; i < LEN(kinds); i++) {
		assert_int_equal(post_kind(&conf, kinds[i].kind,
		    kinds[i].kind[0] == 'O' ? &fetch : &view, &told, file),
		    ERR_OK);
		empty_folder(req);
		snprintf(name, sizeof(name), "%.10sres%.*s%s", file,
		    (int)strlen(file) - 16, file + 13, kinds[i].ext);
		/* Spelled as some shares do. */
		for (char *c = name; i == 1 && *c != '\0'; c++)
			*c = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
		write_file(res, name, "<XmlMsg>");
		usleep(5000);
		assert_int_equal(exchange_look(&conf, store, file, &look,
		    NULL), ERR_OK);
		assert_string_equal(look.left, name);
		assert_string_equal(look.state, "written");
		assert_null(look.result);
		conf.answer_ms = 60000;
		assert_int_equal(exchange_sweep(&conf, store, &n, NULL),
		    ERR_OK);
		conf.answer_ms = 1;
		assert_int_equal(n, 0);
		assert_int_equal(count_files(res), (int)i + 1);
	}
}

/* Nobody looks for it any more. */
static void
late_list_is_swept(void **state)
{
	static const char list[] = "<?xml version=\"1.0\" "
	    "encoding=\"UTF-8\"?><XmlMsg><MessageHeader>"
	    "<MedicalInstitutionCode>" CODE "</MedicalInstitutionCode>"
	    "<ReceptionNumber>R1</ReceptionNumber>"
	    "<SegmentOfResult>1</SegmentOfResult></MessageHeader>"
	    "<MessageBody><BulkConfirmUnit><ProcessingResultStatus>2"
	    "</ProcessingResultStatus></BulkConfirmUnit></MessageBody>"
	    "</XmlMsg>";
	static const struct row row = { .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct told told = { 0 };
	char file[128], name[128];
	size_t n;

	(void)state;
	assert_int_equal(post_kind(&conf, "OQSmuquc02", &fetch, &told, file),
	    ERR_OK);
	empty_folder(req);
	snprintf(name, sizeof(name), "%.10sres%s", file, file + 13);
	write_file(res, name, list);
	write_file(res, "OQSmuquc02res_20261120T0001.xml", list);
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	conf.answer_ms = 1;
	usleep(5000);
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	assert_state(file, "unanswered");
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 1);
	assert_state(file, "answered");
	assert_int_equal(stored_results(name), 1);
	assert_int_equal(count_files(res), 1);
	/* As a crash before the removal would leave it. */
	write_file(res, name, list);
	assert_int_equal(exchange_sweep(&conf, store, &n, NULL), ERR_OK);
	assert_int_equal(n, 0);
	assert_int_equal(count_files(res), 1);
}

/* An hour of restart that has just begun: nothing may be written. */
static void
begin_restart(struct exchange_conf *conf)
{
	int64_t minute = (clock_wall_ms() / 60000 + 9 * 60) % (24 * 60);

	conf->restart_from = (int)(minute + 24 * 60 - 1) % (24 * 60);
	conf->restart_to = (int)(minute + 10) % (24 * 60);
}

/* Cancels at the third time, or ends the hours then. */
struct holding {
	struct exchange_conf	*conf;
	int			 calls, cancels;
};

static int
third_time(void *ctx)
{
	struct holding *h = ctx;

	assert_int_equal(count_files(req), h->calls < 3 ? 0 : 1);
	if (++h->calls < 3)
		return (0);
	h->conf->restart_to = h->conf->restart_from;
	return (h->cancels || h->calls > 3);
}

static void
asking_waits_for_the_restart(void **state)
{
	static const struct row row = { .answer_ms = 60000 };
	struct exchange_ask a = { .patient = &p02 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct holding h = { &conf, 0, 1 };
	struct note note = { "" };

	(void)state;
	begin_restart(&conf);
	assert_int_equal(exchange_ask(&conf, store, &a, third_time, &h,
	    &reply, NULL), ERR_CANCELLED);
	assert_int_equal(h.calls, 3);
	assert_string_equal(reply.file, "");
	assert_int_equal(all_requests(), 0);
	/* Held twice, then written; the fourth call withdraws it. */
	h = (struct holding){ &conf, 0, 0 };
	begin_restart(&conf);
	assert_int_equal(exchange_ask(&conf, store, &a, third_time, &h,
	    &reply, NULL), ERR_CANCELLED);
	assert_int_equal(h.calls, 4);
	assert_state(reply.file, "withdrawn");
	a.at_once = 1;
	begin_restart(&conf);
	assert_int_equal(exchange_ask(&conf, store, &a, third_time, &h,
	    &reply, &note), ERR_HELD);
	assert_int_equal(h.calls, 4);
	assert_non_null(strstr(note.text, "not before "));
	assert_string_equal(reply.file, "");
}

static void
posting_does_not_wait_for_it(void **state)
{
	static const struct row row = { .answer_ms = 60000 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct told told = { 0 };
	char file[128] = "x";

	(void)state;
	begin_restart(&conf);
	assert_int_equal(post_kind(&conf, "OQSsiquc01", &check, &told, file),
	    ERR_HELD);
	assert_true(exchange_held(&conf, clock_wall_ms()) >
	    clock_wall_ms());
	assert_int_equal(told.times, 0);
	assert_string_equal(file, "");
	assert_int_equal(all_requests(), 0);
	conf.restart_to = conf.restart_from;
	assert_true(exchange_held(&conf, clock_wall_ms()) == 0);
	assert_int_equal(post_kind(&conf, "OQSsiquc01", &check, &told, file),
	    ERR_OK);
}

/* By setting, or because nobody knows whether it is right. */
static void
what_is_off_is_not_asked(void **state)
{
	static const struct row row = { .answer_ms = 60000 };
	const struct exchange_ask a = { .patient = &p02 };
	struct exchange_conf conf = conf_of(&row, 1);
	struct exchange_reply reply;
	struct told told = { 0 };
	struct note note = { "" };
	char file[128] = "x";

	(void)state;
	assert_int_equal(post_kind(&conf, "OQSsihvq01", &check, &told, file),
	    ERR_KIND_OFF);
	conf.unconfirmed = "OQSsihvq01";
	assert_int_equal(post_kind(&conf, "OQSsihvq01", &check, &told, file),
	    ERR_OK);
	assert_int_equal(strncmp(file, "OQSsihvq01req_", 14), 0);
	empty_folder(req);
	conf.off = 1;
	assert_int_equal(post_kind(&conf, "OQSsiquc01", &check, &told, file),
	    ERR_ASK_OFF);
	assert_string_equal(file, "");
	assert_int_equal(exchange_ask(&conf, store, &a, NULL, NULL, &reply,
	    &note), ERR_ASK_OFF);
	assert_non_null(strstr(note.text, "ask = no"));
	assert_int_equal(count_files(req), 0);
	assert_int_equal(all_requests(), 1);
}

#define HERE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static size_t
add_test(struct CMUnitTest *tests, size_t n, const char *name,
    CMUnitTestFunction f, const void *row)
{
	tests[n] = (struct CMUnitTest){ .name = name, .test_func = f,
	    .setup_func = set_up, .teardown_func = tear_down,
	    .initial_state = (void *)(uintptr_t)row };
	return (n + 1);
}

int
main(void)
{
	static const struct CMUnitTest more[] = {
		HERE(late_answer_is_swept),
		HERE(same_again_goes_other_stays), HERE(results_are_kept),
		HERE(answer_taken_by_another), HERE(used_serials_are_skipped),
		HERE(nothing_is_written_without_data),
		HERE(what_is_not_known_is_no_refusal),
		HERE(too_large_stays_and_is_not_read_again),
		HERE(sweep_leaves_time_for_the_text),
		HERE(late_text_is_taken_in),
		HERE(old_returned_is_swept_without_text),
		HERE(all_files_settle_together),
		HERE(orphans_are_withdrawn), HERE(check_leaves_nothing),
		HERE(posted_and_looked_for),
		HERE(a_poster_who_cannot_keep_it),
		HERE(late_answer_is_looked_for),
		HERE(overdue_is_taken_back_by_a_look), HERE(withdrawn_or_not),
		HERE(nothing_posted_under_this_name),
		HERE(answers_for_others_are_left), HERE(late_list_is_swept),
		HERE(asking_waits_for_the_restart),
		HERE(posting_does_not_wait_for_it),
		HERE(what_is_off_is_not_asked),
	};
	struct CMUnitTest tests[2 * LEN(rows) + LEN(brokens) + LEN(more)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++) {
		n = add_test(tests, n, rows[i].name, watched, &rows[i]);
		n = add_test(tests, n, rows[i].name, polled, &rows[i]);
	}
	for (size_t i = 0; i < LEN(brokens); i++)
		n = add_test(tests, n, brokens[i].name, store_fails,
		    &brokens[i]);
	memcpy(tests + n, more, sizeof(more));
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
