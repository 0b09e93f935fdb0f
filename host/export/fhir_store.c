#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/export/fhir_in.h"
#include "host/qualify/finding.h"

/* One text of one row. */
struct one {
	char	*out;
	size_t	 room;
	int	 found;
};

static enum err
one_row(void *ctx, const struct val *cols, size_t n)
{
	struct one *o = ctx;

	if (n < 1 || cols[0].len >= o->room)
		return (ERR_STORE);
	memcpy(o->out, val_str(&cols[0]), cols[0].len + 1);
	o->found = 1;
	return (ERR_OK);
}

/* ERR_NO_SUCH when there is no row. */
static enum err
look_up(struct store *s, enum sql which, const char *key, char *out,
    size_t room)
{
	struct one o = { out, room, 0 };
	struct val v = val_text(key);
	enum err r;

	out[0] = '\0';
	r = store_run(s, which, &v, 1, one_row, &o, NULL);
	return (r != ERR_OK ? r : o.found ? ERR_OK : ERR_NO_SUCH);
}

enum err
fhir_id(struct store *s, const char *chart_number, char id[UUID_LEN])
{
	struct val v[2];
	char made[UUID_LEN];
	enum err r;

	if ((r = look_up(s, SQL_FHIR_ID_GET, chart_number, id, UUID_LEN)) !=
	    ERR_NO_SUCH)
		return (r);
	if ((r = uuid_make(made)) != ERR_OK)
		return (r);
	v[0] = val_text(made);
	v[1] = val_text(chart_number);
	if ((r = store_run(s, SQL_FHIR_ID_ADD, v, 2, NULL, NULL, NULL)) !=
	    ERR_OK)
		return (r);
	/* Another process may have been first. */
	return (look_up(s, SQL_FHIR_ID_GET, chart_number, id, UUID_LEN));
}

enum err
fhir_chart(struct store *s, const char *id, char chart_number[33])
{
	return (look_up(s, SQL_FHIR_CHART_GET, id, chart_number, 33));
}

static enum err
add(json_t *list, json_t *resource)
{
	return (json_array_append_new(list, resource) == 0 ? ERR_OK :
	    ERR_NOMEM);
}

/* The elderly certificate of the same days: of today, if this coverage is
 * valid today, else of its last or first one. */
static const struct coverage *
elderly_of(const struct fhir_site *s, const struct coverages *all,
    const struct coverage *c)
{
	char today[CLOCK_STAMP_LEN];
	const struct coverage *e;
	const char *day = today;

	clock_stamp(s->now, today);
	today[8] = '\0';
	if (!coverage_holds(c, today))
		day = c->valid_until[0] != '\0' ? c->valid_until :
		    c->valid_from;
	e = coverages_at(all, COVERAGE_ELDERLY, day);
	return (e != NULL && coverage_holds(e, day) ? e : NULL);
}

/* Those of a patient; with an id that one alone. */
static enum err
add_coverages(const struct fhir_site *s, struct store *store,
    const char *chart, const char *patient, const char *id, json_t *list)
{
	struct coverages all = { .n = 0 };
	const struct coverage *c;
	enum err r;

	if ((r = coverage_list(store, chart, &all)) != ERR_OK)
		return (r);
	for (size_t i = 0; r == ERR_OK && i < all.n; i++) {
		c = &all.row[i];
		if (!fhir_is_coverage(c) ||
		    (id != NULL && strcmp(id, c->id) != 0))
			continue;
		r = add(list, fhir_coverage(s, patient, c, elderly_of(s, &all,
		    c)));
	}
	coverages_free(&all);
	return (r);
}

/* --- consents --- */

struct grants {
	struct grant	*row;
	size_t		 n, room;
};

static enum err
keep_grant(void *ctx, const struct grant *g)
{
	struct grants *all = ctx;
	void *more;

	if (all->n == all->room) {
		all->room = all->room == 0 ? 16 : all->room * 2;
		more = realloc(all->row, all->room * sizeof(*all->row));
		if (more == NULL)
			return (ERR_NOMEM);
		all->row = more;
	}
	all->row[all->n++] = *g;
	return (ERR_OK);
}

static int
by_finding(const void *a, const void *b)
{
	const struct grant *x = a, *y = b;
	int d = strcmp(x->finding, y->finding);

	return (d != 0 ? d : strcmp(x->item, y->item));
}

static enum err
add_consents(const struct fhir_site *s, struct store *store,
    const char *chart, const char *patient, const char *id, json_t *list)
{
	struct grant_query q = { .chart_number = chart, .now = s->now,
	    .limit = 1000 };
	struct grants all = { .n = 0 };
	size_t n;
	enum err r;

	r = grant_list(store, &q, keep_grant, &all, NULL);
	if (all.n > 0)
		qsort(all.row, all.n, sizeof(*all.row), by_finding);
	for (size_t i = 0; r == ERR_OK && i < all.n; i += n) {
		for (n = 1; i + n < all.n && strcmp(all.row[i].finding,
		    all.row[i + n].finding) == 0; n++)
			;
		if (id == NULL || strcmp(id, all.row[i].finding) == 0)
			r = add(list, fhir_consent(s, patient, &all.row[i],
			    n));
	}
	free(all.row);
	return (r);
}

static enum err
add_patient(const struct fhir_site *s, struct store *store,
    const char *chart, const char *id, json_t *list)
{
	struct patient p;
	enum err r;

	if ((r = patient_get(store, chart, &p)) == ERR_OK)
		r = add(list, fhir_patient(s, id, &p));
	patient_wipe(&p);
	return (r);
}

enum err
fhir_of_patient(const struct fhir_site *s, struct store *store,
    const char *chart_number, json_t **bundle)
{
	json_t *list = json_array();
	struct patient p;
	char id[UUID_LEN];
	enum err r;

	*bundle = NULL;
	/* Nobody who is no patient gets an id. */
	r = patient_get(store, chart_number, &p);
	patient_wipe(&p);
	if (r == ERR_OK && (r = fhir_id(store, chart_number, id)) == ERR_OK &&
	    (r = add_patient(s, store, chart_number, id, list)) == ERR_OK &&
	    (r = add_coverages(s, store, chart_number, id, NULL, list)) ==
	    ERR_OK)
		r = add_consents(s, store, chart_number, id, NULL, list);
	if (r != ERR_OK) {
		json_decref(list);
		return (r);
	}
	*bundle = fhir_bundle(s, "collection", list,
	    (int64_t)json_array_size(list));
	return (*bundle == NULL ? ERR_NOMEM : ERR_OK);
}

/* Whose it is. */
static enum err
chart_of(struct store *store, const char *type, const char *id,
    char chart[33])
{
	struct finding f = { .data = NULL };
	enum err r;

	if (strcmp(type, "Patient") == 0)
		return (fhir_chart(store, id, chart));
	if (strcmp(type, "Coverage") == 0)
		return (look_up(store, SQL_FHIR_COVERAGE_CHART, id, chart,
		    33));
	if (strcmp(type, "Consent") != 0)
		return (ERR_NO_SUCH);
	if ((r = finding_get(store, id, &f)) == ERR_OK)
		memcpy(chart, f.chart_number, 33);
	finding_free(&f);
	return (r == ERR_OK && chart[0] == '\0' ? ERR_NO_SUCH : r);
}

enum err
fhir_read(const struct fhir_site *s, struct store *store, const char *type,
    const char *id, json_t **resource)
{
	json_t *list = json_array();
	char chart[33], patient[UUID_LEN];
	enum err r;

	*resource = NULL;
	if ((r = chart_of(store, type, id, chart)) == ERR_OK)
		r = fhir_id(store, chart, patient);
	if (r == ERR_OK && strcmp(type, "Patient") == 0)
		r = add_patient(s, store, chart, patient, list);
	else if (r == ERR_OK && strcmp(type, "Coverage") == 0)
		r = add_coverages(s, store, chart, patient, id, list);
	else if (r == ERR_OK)
		r = add_consents(s, store, chart, patient, id, list);
	if (r == ERR_OK && json_array_size(list) == 0)
		r = ERR_NO_SUCH;
	if (r == ERR_OK)
		*resource = json_incref(json_array_get(list, 0));
	json_decref(list);
	return (r);
}
