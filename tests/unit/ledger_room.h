#ifndef TESTS_UNIT_LEDGER_ROOM_H
#define TESTS_UNIT_LEDGER_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/ledger/column.h"
#include "host/ledger/coverage.h"
#include "host/ledger/offer.h"
#include "host/store/audit.h"

/* A store in a folder of its own, patients of features.md 1.14, and rows of a
 * history as one line of text. */

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define TEST(f)	cmocka_unit_test_setup_teardown(f, room_up, room_down)

static char room_dir[64], room_path[96];
static struct store *store;
static const struct audit_who desk = { "desk-1", "資格 花子", "本人に確認" };

static inline int
room_up(void **state)
{
	(void)state;
	snprintf(room_dir, sizeof(room_dir), "/tmp/ledger_test.XXXXXX");
	if (mkdtemp(room_dir) == NULL)
		return (-1);
	snprintf(room_path, sizeof(room_path), "%s/db", room_dir);
	return (store_open(room_path, &store, NULL) == ERR_OK ? 0 : -1);
}

static inline int
room_down(void **state)
{
	(void)state;
	store_close(&store);
	unlink(room_path);
	return (rmdir(room_dir));
}

static const struct patient p01 = { .chart_number = "0000000001",
    .name = "こすもす　和子", .kana = "ｺｽﾓｽ ｶｽﾞｺ", .sex = SEX_FEMALE,
    .birthdate = "19500101", .insurer_number = "172010",
    .insured_card_symbol = "123", .insured_identification_number = "456",
    .insured_branch_number = "01" };

/* insurer/number:from-until;... of one kind, newest first */
static inline void
expect_history(const char *chart, enum coverage_kind kind, const char *want)
{
	struct coverages list;
	char text[1024] = "";
	size_t at = 0;

	assert_int_equal(coverage_list(store, chart, &list), ERR_OK);
	for (size_t i = 0; i < list.n; i++) {
		const struct coverage *c = &list.row[i];

		if (c->kind != kind)
			continue;
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%s/%s:%s-%s;", coverage_field(c, "insurer_number"),
		    coverage_field(c, "insured_identification_number"),
		    c->valid_from, c->valid_until);
	}
	assert_string_equal(text, want);
	coverages_free(&list);
}

static inline void
expect_columns(const char *chart, const char *insurer, const char *number,
    const char *branch)
{
	struct patient p;

	assert_int_equal(patient_get(store, chart, &p), ERR_OK);
	assert_string_equal(p.insurer_number, insurer);
	assert_string_equal(p.insured_identification_number, number);
	assert_string_equal(p.insured_branch_number, branch);
}

/* A row of the history, or of an offer. */
static inline struct coverage
row_of(enum coverage_kind kind, const char *insurer, const char *number,
    const char *from, const char *until)
{
	struct coverage c = { .kind = kind };

	snprintf(c.valid_from, sizeof(c.valid_from), "%s", from);
	snprintf(c.valid_until, sizeof(c.valid_until), "%s", until);
	assert_int_equal(coverage_set(&c, "insurer_number", insurer), ERR_OK);
	assert_int_equal(coverage_set(&c, "insured_identification_number",
	    number), ERR_OK);
	return (c);
}

static inline void
put_row(const char *chart, struct coverage c)
{
	snprintf(c.chart_number, sizeof(c.chart_number), "%s", chart);
	assert_int_equal(coverage_put(store, &c), ERR_OK);
	coverage_free(&c);
}

static inline enum err
count_audit(void *ctx, const struct audit_row *row)
{
	(void)row;
	++*(int *)ctx;
	return (ERR_OK);
}

/* How often it was done to a subject. */
static inline int
audited(const char *action, const char *subject)
{
	struct audit_query q = { .action = action, .subject = subject,
	    .limit = 1000 };
	int n = 0;

	assert_int_equal(audit_list(store, &q, count_audit, &n, NULL),
	    ERR_OK);
	return (n);
}

#endif
