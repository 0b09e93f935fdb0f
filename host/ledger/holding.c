#include <stdlib.h>
#include <string.h>

#include "host/ledger/column.h"
#include "host/ledger/holding.h"

/* What adopting would write, for those who only look. */
static enum err
add_own(struct holding *h)
{
	static const enum column insured[] = { COL_INSURER_NUMBER,
	    COL_INSURED_CARD_SYMBOL, COL_INSURED_IDENTIFICATION_NUMBER,
	    COL_INSURED_BRANCH_NUMBER };
	struct coverage c = { .kind = COVERAGE_INSURANCE }, *grown;
	enum err r = ERR_OK;

	memcpy(c.chart_number, h->patient.chart_number,
	    sizeof(c.chart_number));
	for (size_t i = 0; r == ERR_OK && i < 4; i++)
		r = coverage_set(&c, column_name(insured[i]),
		    column_get(&h->patient, insured[i]));
	if (r == ERR_OK && json_object_size(c.fields) > 0) {
		grown = realloc(h->coverages.row,
		    (h->coverages.n + 1) * sizeof(*grown));
		if (grown != NULL) {
			h->coverages.row = grown;
			grown[h->coverages.n++] = c;
			c.fields = NULL;	/* moved */
		} else {
			r = ERR_NOMEM;
		}
	}
	coverage_free(&c);
	return (r);
}

enum err
holding_load(struct store *s, const char *chart_number, struct holding *h)
{
	enum err r;

	*h = (struct holding){ .coverages = { .n = 0 } };
	if ((r = patient_get(s, chart_number, &h->patient)) == ERR_OK &&
	    (r = coverage_list(s, chart_number, &h->coverages)) == ERR_OK &&
	    coverages_at(&h->coverages, COVERAGE_INSURANCE, "") == NULL)
		r = add_own(h);
	if (r != ERR_OK)
		holding_free(h);
	return (r);
}

void
holding_free(struct holding *h)
{
	coverages_free(&h->coverages);
	patient_wipe(&h->patient);
}

static json_t *
rows_json(const struct holding *h, const char *today)
{
	json_t *list = json_array(), *row;
	const struct coverage *c;

	for (size_t i = 0; i < h->coverages.n; i++) {
		c = &h->coverages.row[i];
		row = coverage_json(c);
		json_object_set_new(row, "now", json_boolean(
		    coverages_at(&h->coverages, c->kind, today) == c));
		json_array_append_new(list, row);
	}
	return (list);
}

json_t *
holding_json(const struct holding *h, const char *today)
{
	json_t *o = json_object();

	for (int c = 0; c < COLUMNS; c++)
		json_object_set_new(o, column_name((enum column)c),
		    c == COL_SEX ? json_integer(h->patient.sex) :
		    json_string(column_get(&h->patient, (enum column)c)));
	if (json_object_set_new(o, "coverages", rows_json(h, today)) != 0) {
		json_decref(o);
		return (NULL);
	}
	return (o);
}
