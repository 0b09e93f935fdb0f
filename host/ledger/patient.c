#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/ledger/column.h"
#include "host/ledger/coverage.h"
#include "host/store/joint.h"

#define COL_UPDATED_AT	COLUMNS		/* the store's last column */
#define PARAMS		(COLUMNS + 1)

void
patient_wipe(struct patient *p)
{
	secret_cleanse(p, sizeof(*p));
}

/* What does not fit was not written by us. */
static enum err
from_row(struct patient *p, const struct val *cols, size_t n)
{
	int64_t sex = n == PARAMS ? val_num(&cols[COL_SEX]) : -1;

	*p = (struct patient){ .sex = SEX_UNKNOWN };
	if (sex < SEX_UNKNOWN || sex > SEX_UNSET)
		return (ERR_STORE);
	p->sex = (enum sex)sex;
	for (int c = 0; c < COLUMNS; c++)
		if (c != COL_SEX && column_set(p, (enum column)c,
		    val_str(&cols[c])) != ERR_OK)
			return (ERR_STORE);
	return (ERR_OK);
}

/* The history of a store of before there was one begins with what the patient
 * had. */
static enum err
adopt_old(struct store *s, const char *chart_number, struct patient *old,
    int *known)
{
	enum err r = patient_get(s, chart_number, old);

	*known = r == ERR_OK;
	if (r == ERR_OK)
		r = coverage_adopt(s, old);
	return (r == ERR_NO_PATIENT ? ERR_OK : r);
}

struct one {
	struct patient	*patient;
	int		 found;
};

static enum err
take_one(void *ctx, const struct val *cols, size_t n)
{
	struct one *one = ctx;

	one->found = 1;
	return (from_row(one->patient, cols, n));
}

enum err
patient_get(struct store *s, const char *chart_number, struct patient *p)
{
	struct one one = { .patient = p };
	struct val v = val_text(chart_number);
	enum err r;

	*p = (struct patient){ .sex = SEX_UNKNOWN };
	r = store_run(s, SQL_PATIENT_GET, &v, 1, take_one, &one, NULL);
	if (r != ERR_OK)
		patient_wipe(p);
	else if (!one.found)
		r = ERR_NO_PATIENT;
	return (r);
}

enum err
patient_write(struct store *s, const struct patient *p)
{
	struct val v[PARAMS];

	for (int c = 0; c < COLUMNS; c++)
		v[c] = val_text(column_get(p, (enum column)c));
	v[COL_SEX] = val_int(p->sex);
	v[COL_UPDATED_AT] = val_int(clock_wall_ms());
	return (store_run(s, SQL_PATIENT_PUT, v, PARAMS, NULL, NULL, NULL));
}

enum err
patient_put(struct store *s, const struct patient *p)
{
	char today[DAY_LEN];
	struct patient old;
	int mine, known;
	enum err r;

	day_today(today);
	if ((r = joint_begin(s, &mine)) != ERR_OK)
		return (r);
	if ((r = adopt_old(s, p->chart_number, &old, &known)) == ERR_OK &&
	    (r = patient_write(s, p)) == ERR_OK)
		r = coverage_follow(s, known ? &old : NULL, p, today);
	patient_wipe(&old);
	return (joint_end(s, mine, r));
}

enum err
patient_by_reference(struct store *s, const char *reference_number,
    struct patient *p)
{
	struct one one = { .patient = p };
	struct val v = val_text(reference_number);
	enum err r = ERR_OK;

	*p = (struct patient){ .sex = SEX_UNKNOWN };
	if (*reference_number != '\0')
		r = store_run(s, SQL_PATIENT_BY_REFERENCE, &v, 1, take_one,
		    &one, NULL);
	if (r != ERR_OK)
		patient_wipe(p);
	else if (!one.found)
		r = ERR_NO_PATIENT;
	return (r);
}

enum err
patient_confirm(struct store *s, const char *chart_number, const char *day)
{
	struct patient p;
	int mine;
	enum err r;

	if ((r = joint_begin(s, &mine)) != ERR_OK)
		return (r);
	if ((r = patient_get(s, chart_number, &p)) == ERR_OK &&
	    (r = column_set(&p, COL_CONFIRMED_ON, day)) == ERR_OK)
		r = patient_write(s, &p);
	patient_wipe(&p);
	return (joint_end(s, mine, r));
}

enum err
patient_set_reference(struct store *s, const char *chart_number,
    const char *reference_number)
{
	struct val v[] = { val_text(reference_number),
	    val_int(clock_wall_ms()), val_text(chart_number) };
	int64_t changed;
	enum err r;

	/* What could not be read back must not be written. */
	if (strlen(reference_number) >=
	    sizeof(((struct patient *)NULL)->reference_number))
		return (ERR_TOOBIG);
	r = store_run(s, SQL_PATIENT_SET_REFERENCE, v, 3, NULL, NULL,
	    &changed);
	return (r == ERR_OK && changed == 0 ? ERR_NO_PATIENT : r);
}

struct each {
	patient_each	*each;
	void		*ctx;
};

static enum err
take_each(void *ctx, const struct val *cols, size_t n)
{
	struct each *each = ctx;
	struct patient p;
	enum err r;

	if ((r = from_row(&p, cols, n)) == ERR_OK)
		r = each->each(each->ctx, &p);
	patient_wipe(&p);
	return (r);
}

enum err
patient_list(struct store *s, const char *birthdate, patient_each *each,
    void *ctx)
{
	struct each e = { each, ctx };
	struct val v = val_text(birthdate);

	if (*birthdate == '\0')
		return (store_run(s, SQL_PATIENT_ALL, NULL, 0, take_each, &e,
		    NULL));
	return (store_run(s, SQL_PATIENT_BY_BIRTHDATE, &v, 1, take_each, &e,
	    NULL));
}
