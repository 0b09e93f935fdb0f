#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "host/qualify/finding.h"
#include "host/qualify/job_in.h"

#define DERIVE_MS	150	/* between two looks at other jobs; ours */

/* What one unit of the answer says of its person. */
struct unit_end {
	int64_t	unit;
	char	identifier[64], chart_number[33], finding[UUID_LEN];
	char	code[JOB_CODE], message[512];
	int	answered;
};

static const char *
string_in(const json_t *o, const char *group, const char *name)
{
	const char *s = json_string_value(json_object_get(json_object_get(o,
	    group), name));

	return (s == NULL ? "" : s);
}

/* Of the question that the unit repeats (oqs-files.md 2.4). */
static const char *
echo_of(const struct finding *f)
{
	const json_t *unit = json_object_get(f->data, "unit");
	const char *s;

	s = string_in(unit, "QualificationConfirmSearchInfo",
	    "ArbitraryIdentifier");
	if (s[0] == '\0')
		s = string_in(unit, "ReferenceNumberRegistrationInfo",
		    "ReferenceNumber");
	return (s[0] == '\0' ? f->chart_number : s);
}

static void
read_end(const struct finding *f, struct unit_end *e)
{
	*e = (struct unit_end){ .unit = f->unit, .answered =
	    strcmp(f->outcome, "accepted") == 0 };
	text_copy(e->identifier, sizeof(e->identifier), echo_of(f));
	snprintf(e->chart_number, sizeof(e->chart_number), "%s",
	    f->chart_number);
	snprintf(e->finding, sizeof(e->finding), "%s", f->id);
	text_copy(e->code, sizeof(e->code), f->code);
	text_copy(e->message, sizeof(e->message), f->message);
}

static enum err
get_end(struct store *st, const char *digest, int64_t unit,
    struct unit_end *e, int *found)
{
	struct finding f;
	enum err r;

	r = finding_of_unit(st, digest, unit, &f);
	*found = r == ERR_OK;
	if (r == ERR_OK)
		read_end(&f, e);
	finding_free(&f);
	return (r == ERR_NO_SUCH ? ERR_OK : r);
}

static const char *
state_of(const struct unit_end *e)
{
	return (e->answered ? "answered" : "error");
}

/* The terminal has our number of the patient from now on. */
static enum err
registered(struct store *st, const struct job_row *j, const char *chart)
{
	enum err r;

	if (j->category != CATEGORY_REGISTRATION &&
	    j->category != CATEGORY_SINGLE_REGISTRATION)
		return (ERR_OK);
	r = patient_set_reference(st, chart, chart);
	return (r == ERR_NO_PATIENT ? ERR_OK : r);
}

/* One who was asked for; who was not is nobody's. */
static enum err
end_asked(struct store *st, const struct job_row *j,
    const struct job_part *p, const struct unit_end *e)
{
	const struct val v[] = { val_text(state_of(e)), val_text(e->finding),
	    val_text(e->code), val_text(e->message),
	    val_int(clock_wall_ms()), val_text(p->job), val_int(p->part),
	    val_text(e->identifier) };
	int64_t changed = 0;
	enum err r;

	if ((r = store_run(st, SQL_JOB_PERSON_END, v, 8, NULL, NULL,
	    &changed)) != ERR_OK || changed == 0 || !e->answered)
		return (r);
	return (registered(st, j, e->identifier));
}

/* One of a list, which says itself who is in it. */
static enum err
add_listed(struct store *st, const struct job_part *p,
    const struct unit_end *e)
{
	const struct val v[] = { val_text(p->job), val_int(e->unit + 1),
	    val_int(p->part), val_text(e->chart_number),
	    val_text(e->identifier), val_text(state_of(e)),
	    val_text(e->finding), val_text(e->code), val_text(e->message),
	    val_int(clock_wall_ms()) };

	return (store_run(st, SQL_JOB_PERSON_ADD, v, 10, NULL, NULL, NULL));
}

static enum err
write_chunk(struct store *st, const struct job_row *j, struct job_part *p,
    const struct unit_end *ends, size_t n)
{
	int named = category_row(j->category)->persons != 0;
	enum err r = ERR_OK;

	for (size_t i = 0; i < n && r == ERR_OK; i++) {
		r = named ? end_asked(st, j, p, &ends[i]) :
		    add_listed(st, p, &ends[i]);
		p->errors += !ends[i].answered;
	}
	return (r);
}

/* Persons and how far we are, or nothing. */
static enum err
keep_chunk(struct store *st, const struct job_row *j, struct job_part *p,
    const struct unit_end *ends, size_t n, int *mine)
{
	enum err r;

	*mine = 0;
	if ((r = store_begin(st)) != ERR_OK)
		return (r);
	if ((r = write_chunk(st, j, p, ends, n)) == ERR_OK)
		r = job_part_put(st, p, mine);
	if (r == ERR_OK && *mine)
		r = store_commit(st);
	if (r != ERR_OK || !*mine)
		store_rollback(st);
	return (r);
}

static enum err
settle_chunk(struct store *st, const struct job_row *j, struct job_part *p,
    int64_t units, int *mine)
{
	struct unit_end *ends = calloc(JOB_CHUNK, sizeof(*ends));
	enum err r = ends == NULL ? ERR_NOMEM : ERR_OK;
	size_t n = 0;
	int found;

	*mine = 0;
	if (p->errors < 0)
		p->errors = 0;
	while (r == ERR_OK && n < JOB_CHUNK && p->settled < units) {
		r = get_end(st, p->result, p->settled, &ends[n], &found);
		n += r == ERR_OK && found;
		p->settled++;
	}
	if (r == ERR_OK)
		r = keep_chunk(st, j, p, ends, n, mine);
	free(ends);
	return (r);
}

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

static enum err
count_units(struct store *st, const char *digest, int64_t *n)
{
	const struct val v = val_text(digest);

	*n = 0;
	return (store_run(st, SQL_JOB_RESULT_UNITS, &v, 1, count_row, n,
	    NULL));
}

struct only {
	char	chart_number[33];
};

static enum err
only_row(void *ctx, const struct val *cols, size_t n)
{
	struct only *o = ctx;

	if (n == 2)
		snprintf(o->chart_number, sizeof(o->chart_number), "%s",
		    val_str(&cols[1]));
	return (ERR_OK);
}

/* A single question has an answer by getting here; a registration has no
 * finding. */
static enum err
settle_single(struct store *st, const struct job_row *j, struct job_part *p,
    int *moved)
{
	const struct val v[] = { val_text(p->job), val_int(p->part) };
	struct only only = { "" };
	struct unit_end e = { .finding = "" };
	int found;
	enum err r;

	if ((r = get_end(st, p->result, 0, &e, &found)) != ERR_OK ||
	    (r = store_run(st, SQL_JOB_PERSONS_ASKED, v, 2, only_row, &only,
	    NULL)) != ERR_OK ||
	    (r = registered(st, j, only.chart_number)) != ERR_OK)
		return (r);
	p->end.state = !found || e.answered ? "answered" : "error";
	snprintf(p->end.id, sizeof(p->end.id), "%s", e.finding);
	snprintf(p->end.code, sizeof(p->end.code), "%s", e.code);
	text_copy(p->end.message, sizeof(p->end.message), e.message);
	p->total = 1;
	p->errors = strcmp(p->end.state, "error") == 0;
	return (job_move(st, j, p, JOB_SETTLED, moved));
}

enum err
job_settle(struct store *st, const struct job_row *j, struct job_part *p,
    int *moved)
{
	const struct category_row *row = category_row(j->category);
	int64_t units;
	int done = 1;
	size_t n;
	enum err r;

	*moved = 0;
	/* A document, of which the end is known (job_look). */
	if (p->result[0] == '\0')
		return (job_move(st, j, p, JOB_SETTLED, moved));
	if ((r = finding_derive(st, p->result, DERIVE_MS, &n, &done)) !=
	    ERR_OK || !done) {
		*moved = r == ERR_OK;
		return (r);
	}
	if (row->fetch == NULL)
		return (settle_single(st, j, p, moved));
	if ((r = count_units(st, p->result, &units)) != ERR_OK)
		return (r);
	if (p->settled < units)
		return (settle_chunk(st, j, p, units, moved));
	if (row->persons == 0)
		p->total = units;
	if (p->errors < 0)
		p->errors = 0;
	return (job_move(st, j, p, JOB_SETTLED, moved));
}
