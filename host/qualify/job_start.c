#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "host/qualify/institution.h"
#include "host/qualify/job_in.h"

/* A job on its way into the store. */
struct making {
	const struct job_ask	*ask;
	struct job_row		 row;
	const struct category_row *kinds;
	const char		**charts;	/* sorted, to find doubles */
	int			 size;		/* persons of one part */
	int			 part;		/* of the person at hand */
	int			 in_part;
};

/* --- is it one --- */

static enum err
say(struct note *note, enum err r, const char *what)
{
	note_set(note, "%s", what);
	return (r);
}

static enum err
set_range(struct making *m, const char *today, struct note *note)
{
	const struct job_ask *a = m->ask;
	struct range range = { .axis = AXIS_NONE };
	enum err r;

	if (a->axis != NULL && (r = axis_read(a->axis, &range.axis)) !=
	    ERR_OK)
		return (say(note, r, "axis"));
	if (a->from == NULL && a->to == NULL) {
		if ((r = range_default(m->row.category, range.axis, today,
		    &range)) != ERR_OK)
			return (say(note, r, "axis"));
	} else {
		/* Its own, as range_default has it. */
		if (a->axis == NULL)
			range.axis = m->kinds->axis;
		if ((a->from != NULL && strlen(a->from) >=
		    sizeof(range.from)) || (a->to != NULL && strlen(a->to) >=
		    sizeof(range.to)))
			return (say(note, ERR_RANGE, "no such date"));
		snprintf(range.from, sizeof(range.from), "%s", a->from ==
		    NULL ? "" : a->from);
		snprintf(range.to, sizeof(range.to), "%s", a->to == NULL ?
		    range.from : a->to);
	}
	snprintf(m->row.axis, sizeof(m->row.axis), "%s",
	    axis_word(range.axis));
	memcpy(m->row.from, range.from, sizeof(m->row.from));
	memcpy(m->row.to, range.to, sizeof(m->row.to));
	return (range_check(m->row.category, &range, today, note));
}

/* Only those two kinds have a day in their header (oqs-files.md 2.1, 2.4). */
static enum err
set_date(struct making *m, struct note *note)
{
	const char *date = m->ask->date;

	if (date == NULL || date[0] == '\0')
		return (ERR_OK);
	if (m->row.category != CATEGORY_INSURANCE &&
	    m->row.category != CATEGORY_SINGLE)
		return (say(note, ERR_RANGE, "date: not of this category"));
	if (!clock_is_date(date))
		return (say(note, ERR_RANGE, "date: no such date"));
	memcpy(m->row.date, date, sizeof(m->row.date));
	return (ERR_OK);
}

static enum err
check(struct making *m, const struct job_conf *conf, struct note *note)
{
	const struct job_ask *a = m->ask;
	char today[CLOCK_STAMP_LEN];
	enum err r;

	if (a->category == NULL || (r = category_read(a->category,
	    &m->row.category)) != ERR_OK)
		return (say(note, ERR_CATEGORY, a->category == NULL ? "" :
		    a->category));
	m->kinds = category_row(m->row.category);
	if (m->kinds->persons == 0 && a->n > 0)
		return (say(note, ERR_ROW, "this list takes no chart numbers"));
	if (m->kinds->persons != 0 && a->n == 0)
		return (say(note, ERR_ROW, "no chart numbers"));
	clock_stamp(clock_wall_ms(), today);
	today[8] = '\0';
	if ((r = set_range(m, today, note)) != ERR_OK ||
	    (r = set_date(m, note)) != ERR_OK)
		return (r);
	m->size = m->kinds->persons < 0 ? 1 : conf->bulk_max > 0 ?
	    conf->bulk_max : JOB_BULK_MAX;
	snprintf(m->row.word, sizeof(m->row.word), "%s", m->kinds->word);
	text_copy(m->row.client, sizeof(m->row.client), a->client == NULL ?
	    "" : a->client);
	text_copy(m->row.staff, sizeof(m->row.staff), a->staff == NULL ? "" :
	    a->staff);
	m->row.limit_consent = a->limit_consent;
	m->row.data = a->data == NULL ? NULL : json_deep_copy(a->data);
	return (a->data != NULL && m->row.data == NULL ? ERR_NOMEM : ERR_OK);
}

/* --- writing it --- */

static enum err
add_job(struct store *st, struct making *m)
{
	json_t *data = job_row_data(&m->row);
	char *text = data == NULL ? NULL : json_dumps(data, JSON_COMPACT);
	const struct val v[] = { val_text(m->row.id), val_text(m->row.word),
	    val_text(m->row.axis), val_text(m->row.from),
	    val_text(m->row.to), val_text(m->row.client),
	    val_text(m->row.staff), val_int(m->row.created_at),
	    val_text("making"), val_text(text) };
	enum err r = text == NULL ? ERR_NOMEM : store_run(st, SQL_JOB_ADD, v,
	    10, NULL, NULL, NULL);

	free(text);
	json_decref(data);
	return (r);
}

static int
by_text(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

/* Given twice: the first one counts. */
static int
is_again(const struct making *m, size_t i)
{
	const char *chart = m->ask->charts[i];
	const char *const *at = bsearch(&chart, m->charts, m->ask->n,
	    sizeof(*m->charts), by_text);
	size_t k = (size_t)(at - m->charts);

	if ((k == 0 || strcmp(m->charts[k - 1], chart) != 0) &&
	    (k + 1 == m->ask->n || strcmp(m->charts[k + 1], chart) != 0))
		return (0);
	for (k = 0; k < i; k++) {
		if (strcmp(m->ask->charts[k], chart) == 0)
			return (1);
	}
	return (0);
}

/* Of 0 only: カルテ番号 0 does not run (features.md DEN-03). */
static int
is_zero(const char *chart)
{
	return (chart[0] != '\0' && chart[strspn(chart, "0")] == '\0');
}

/* Why this one is not asked for; ERR_OK if he is. */
static enum err
why_not(struct store *st, const struct making *m, size_t i)
{
	const char *chart = m->ask->charts[i];
	struct patient p;
	enum err r;

	if (is_zero(chart))
		return (ERR_CHART_ZERO);
	if (is_again(m, i))
		return (ERR_CHART_TWICE);
	r = patient_get(st, chart, &p);
	patient_wipe(&p);
	return (r);
}

static enum err
add_person(struct store *st, struct making *m, size_t i)
{
	const char *chart = m->ask->charts[i];
	enum err why = why_not(st, m, i), r;

	if (why != ERR_OK && why != ERR_CHART_ZERO && why !=
	    ERR_CHART_TWICE && why != ERR_NO_PATIENT)
		return (why);
	if (why == ERR_OK && m->in_part == 0 &&
	    (r = job_part_add(st, &m->row, ++m->part)) != ERR_OK)
		return (r);
	if (why == ERR_OK)
		m->in_part = (m->in_part + 1) % m->size;
	const struct val v[] = { val_text(m->row.id), val_int((int64_t)i + 1),
	    val_int(why == ERR_OK ? m->part : 0), val_text(chart),
	    val_text(chart), val_text(why == ERR_OK ? "waiting" : "skipped"),
	    val_text(NULL), val_text(why == ERR_OK ? "" : err_name(why)),
	    val_text(why == ERR_OK ? "" : err_text(why, ERR_JA)),
	    why == ERR_OK ? val_text(NULL) : val_int(clock_wall_ms()) };

	return (store_run(st, SQL_JOB_PERSON_ADD, v, 10, NULL, NULL, NULL));
}

/* In stretches between which others write. */
static enum err
add_persons(struct store *st, struct making *m)
{
	size_t i = 0, end;
	enum err r = ERR_OK;

	while (i < m->ask->n && r == ERR_OK) {
		end = i + JOB_CHUNK < m->ask->n ? i + JOB_CHUNK : m->ask->n;
		if ((r = store_begin(st)) != ERR_OK)
			break;
		for (; i < end && r == ERR_OK; i++)
			r = add_person(st, m, i);
		if (r == ERR_OK)
			r = store_commit(st);
		if (r != ERR_OK)
			store_rollback(st);
	}
	return (r);
}

/* From here on it is asked. */
static enum err
open_job(struct store *st, const struct making *m)
{
	const struct val v[] = { val_text("open"), val_text(NULL),
	    val_text(m->row.id), val_text("making") };
	enum err r;

	if ((r = store_begin(st)) != ERR_OK)
		return (r);
	if ((r = store_run(st, SQL_JOB_STATE, v, 4, NULL, NULL, NULL)) ==
	    ERR_OK && (r = job_tell(st, m->row.id, "open", 0, NULL)) ==
	    ERR_OK && (r = job_end_if_done(st, m->row.id, "open")) == ERR_OK)
		r = store_commit(st);
	if (r != ERR_OK)
		store_rollback(st);
	return (r);
}

static enum err
write_job(struct store *st, struct making *m)
{
	enum err r;

	m->row.created_at = clock_wall_ms();
	if ((r = uuid_make(m->row.id)) != ERR_OK ||
	    (r = add_job(st, m)) != ERR_OK)
		return (r);
	r = m->kinds->persons == 0 ? job_part_add(st, &m->row, 1) :
	    add_persons(st, m);
	return (r == ERR_OK ? open_job(st, m) : r);
}

enum err
job_start(struct store *st, const struct job_conf *conf,
    const struct job_ask *ask, char id[UUID_LEN], struct note *note)
{
	struct making m = { .ask = ask, .row = { .id = "" } };
	enum err r;

	id[0] = '\0';
	if ((r = check(&m, conf, note)) != ERR_OK)
		goto out;
	if (ask->n > 0 && (m.charts = malloc(ask->n * sizeof(*m.charts))) ==
	    NULL) {
		r = ERR_NOMEM;
		goto out;
	}
	if (ask->n > 0) {
		memcpy(m.charts, ask->charts, ask->n * sizeof(*m.charts));
		qsort(m.charts, ask->n, sizeof(*m.charts), by_text);
	}
	if ((r = write_job(st, &m)) == ERR_OK)
		memcpy(id, m.row.id, sizeof(m.row.id));
out:
	free(m.charts);
	job_row_free(&m.row);
	return (r);
}

const char *
job_warning(const struct job_conf *conf, const char *word, enum err_lang lang)
{
	enum category category;

	if (category_read(word, &category) != ERR_OK ||
	    category != CATEGORY_NURSING)
		return (NULL);
	return (institution_warning(conf->exchange->institution_code, 1,
	    lang));
}
