/*
 * What bulk_rows.py measures: a bulk result out of res, into the store, to its
 * findings.  bulk-rows STORE FOLDER FILE INSTITUTION PATIENTS.csv BUDGET_MS
 */
#include <sys/resource.h>
#include <sys/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/ledger/patient.h"
#include "host/qualify/answer.h"
#include "host/qualify/finding.h"
#include "host/qualify/pack.h"

static int
fail(const char *what, enum err r, const struct note *note)
{
	fprintf(stderr, "%s: %s %s\n", what, err_name(r), note->text);
	return (1);
}

static enum err
add_request(struct store *store, const char *file)
{
	char request[128];

	answer_name(file, "req", ".xml", request, sizeof(request));
	const struct val v[] = { val_text(request), val_text(file),
	    val_text("bulk"), val_text(NULL), val_text(NULL),
	    val_int(clock_wall_ms()) };
	return (store_run(store, SQL_REQUEST_ADD, v, 6, NULL, NULL, NULL));
}

static enum err
count_row(void *ctx, const struct finding *f)
{
	size_t *linked = ctx;

	*linked += f->chart_number[0] != '\0';
	return (ERR_OK);
}

static enum err
derive(struct store *store, const char *digest, int64_t budget, size_t *n,
    size_t *calls)
{
	enum err r = ERR_OK;
	int done = 0;
	size_t some;

	*n = *calls = 0;
	while (r == ERR_OK && !done) {
		r = finding_derive(store, digest, budget, &some, &done);
		*n += some;
		++*calls;
	}
	return (r);
}

static double
seconds(const struct timeval *t)
{
	return ((double)t->tv_sec + (double)t->tv_usec / 1000000);
}

/* Of this process, since it was started. */
static double
processor(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (seconds(&used.ru_utime) + seconds(&used.ru_stime));
}

static double
since(int64_t from)
{
	return ((double)(clock_ms() - from) / 1000);
}

int
main(int argc, char *argv[])
{
	struct exchange_conf conf = { .settle_ms = 300 };
	struct import_report report;
	struct pack_taken taken;
	struct finding_query all = { .limit = 1000000 };
	struct store *store;
	FILE *warnings;
	struct note note = { "" };
	struct rusage used;
	size_t n = 0, calls, linked = 0;
	double took, derived, cpu;
	int64_t from, total;
	enum err r;

	if (argc != 7 || (warnings = fopen("/dev/null", "w")) == NULL)
		return (2);
	conf.req = conf.res = argv[2];
	conf.institution_code = argv[4];
	if ((r = store_open(argv[1], &store, &note)) != ERR_OK ||
	    (argv[5][0] != '\0' && (r = patient_import(store, argv[5], 1,
	    warnings, &report, &note)) != ERR_OK) ||
	    (r = add_request(store, argv[3])) != ERR_OK)
		return (fail("prepare", r, &note));
	from = clock_ms();
	cpu = processor();
	if ((r = pack_take(&conf, store, argv[3], &taken, &note)) != ERR_OK)
		return (fail("take", r, &note));
	if (taken.head == NULL || result_outcome(taken.head) !=
	    RESULT_ACCEPTED)
		return (fail("take", taken.head == NULL ? ERR_NO_ANSWER :
		    result_err(taken.head), &note));
	took = since(from);
	from = clock_ms();
	if ((r = derive(store, taken.digest, atoi(argv[6]), &n, &calls)) !=
	    ERR_OK)
		return (fail("derive", r, &note));
	derived = since(from);
	cpu = processor() - cpu;
	getrusage(RUSAGE_SELF, &used);
	r = finding_list(store, &all, count_row, &linked, &total);
	printf("{\"taken_s\": %.2f, \"derived_s\": %.2f, \"cpu_s\": %.2f, "
	    "\"calls\": %zu, "
	    "\"units\": %zu, \"findings\": %zu, \"listed\": %lld, "
	    "\"linked\": %zu, \"peak_mib\": %.1f}\n", took, derived, cpu, calls,
	    result_units(taken.head), n, (long long)total, linked,
	    (double)used.ru_maxrss / 1024);
	pack_taken_free(&taken);
	store_close(&store);
	return (r == ERR_OK ? 0 : 1);
}
