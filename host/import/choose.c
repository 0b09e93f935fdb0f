#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "host/import/import_in.h"
#include "host/ledger/choice.h"
#include "host/store/joint.h"

/* Whose finding it is, by a person. */

static struct choice_person
person_of(const struct finding *f)
{
	return ((struct choice_person){ .who = { .name = f->name,
	    .kana = f->kana, .birthdate = f->birthdate, .sex = f->sex },
	    .insurer_number = f->insurer_number,
	    .number = f->insured_identification_number,
	    .branch_number = f->insured_branch_number });
}

static int
has_reason(const struct audit_who *who)
{
	return (who->reason != NULL && who->reason[0] != '\0');
}

static int
names_agree(const struct finding *f, const struct patient *p)
{
	return (match_names(f->name, p->name) == SAYS_SAME ||
	    match_kana(f->kana, p->kana) == SAYS_SAME);
}

static int
is_another(const struct finding *f, const char *chart_number)
{
	return (f->chart_number[0] != '\0' &&
	    strcmp(f->chart_number, chart_number) != 0);
}

static enum err
check(struct store *s, const struct finding *f, const char *chart_number,
    const struct audit_who *who, struct note *note)
{
	struct patient p;
	enum err r;

	if ((r = patient_get(s, chart_number, &p)) != ERR_OK)
		return (r);
	if (!has_reason(who) && (is_another(f, chart_number) ||
	    !names_agree(f, &p))) {
		note_set(note, is_another(f, chart_number) ?
		    "it is another patient's now: a reason is needed" :
		    "the names do not agree: a reason is needed");
		r = ERR_BAD_REQUEST;
	}
	patient_wipe(&p);
	return (r);
}

static enum err
choose(struct store *s, const struct finding *f, const char *chart_number,
    const struct audit_who *who)
{
	struct choice_person person = person_of(f);
	char data[64];
	enum err r;

	snprintf(data, sizeof(data), "{\"link\":\"%s\"}", f->link);
	if ((r = choice_put(s, &person, chart_number, who)) != ERR_OK ||
	    (r = finding_set_patient(s, f->id, chart_number, "chosen")) !=
	    ERR_OK ||
	    (r = audit_add(s, who, "choose", AUDIT_FINDING, f->id, data)) !=
	    ERR_OK)
		return (r);
	/* What was applied was so to the other one. */
	if (is_another(f, chart_number) && (strcmp(f->state, "imported") ==
	    0 || strcmp(f->state, "same") == 0) &&
	    (r = finding_set_state(s, f->id, "new")) != ERR_OK)
		return (r);
	/* The same print, seen before, is the same person. */
	return (finding_relink(s, f->birthdate, NULL));
}

enum err
import_choose(struct store *s, const char *finding,
    const char *chart_number, const struct audit_who *who,
    struct note *note)
{
	struct finding f = { .unit = 0 };
	int mine;
	enum err r;

	if (strspn(chart_number, "0") == strlen(chart_number))
		return (ERR_CHART_ZERO);
	if ((r = joint_begin(s, &mine)) != ERR_OK)
		return (r);
	if ((r = finding_get(s, finding, &f)) == ERR_OK &&
	    (r = check(s, &f, chart_number, who, note)) == ERR_OK)
		r = choose(s, &f, chart_number, who);
	finding_free(&f);
	return (joint_end(s, mine, r));
}

static enum err
unchoose(struct store *s, const struct finding *f,
    const struct audit_who *who, struct note *note)
{
	struct choice_person person = person_of(f);
	char standing[UUID_LEN];
	enum err r;

	if (f->chart_number[0] == '\0')
		return (ERR_NO_SUCH);
	if ((r = import_standing(s, f->id, f->chart_number, 0, standing)) !=
	    ERR_OK)
		return (r);
	if (standing[0] != '\0') {
		note_set(note, "import %s", standing);
		return (ERR_STANDS_ON);
	}
	/* "differs": nothing links it again but a person. */
	if ((r = choice_forget(s, &person)) != ERR_OK ||
	    (r = finding_set_patient(s, f->id, "", "differs")) != ERR_OK)
		return (r);
	return (audit_add(s, who, "unchoose", AUDIT_FINDING, f->id, ""));
}

enum err
import_unchoose(struct store *s, const char *finding,
    const struct audit_who *who, struct note *note)
{
	struct finding f = { .unit = 0 };
	int mine;
	enum err r;

	if (!has_reason(who)) {
		note_set(note, "a reason is needed");
		return (ERR_BAD_REQUEST);
	}
	if ((r = joint_begin(s, &mine)) != ERR_OK)
		return (r);
	if ((r = finding_get(s, finding, &f)) == ERR_OK)
		r = unchoose(s, &f, who, note);
	finding_free(&f);
	return (joint_end(s, mine, r));
}

static enum err
take_day(void *ctx, const struct patient *p)
{
	return (blob_add(ctx, p->birthdate, sizeof(p->birthdate)));
}

static int
by_day(const void *a, const void *b)
{
	return (memcmp(a, b, DAY_LEN));
}

/* Each day once, however many patients were born on it. */
static enum err
relink_days(struct store *s, const struct blob *days, size_t *n)
{
	const char *day, *last = "";
	size_t linked;
	enum err r = ERR_OK;

	for (size_t i = 0; r == ERR_OK && i < days->len; i += DAY_LEN) {
		day = (const char *)days->data + i;
		if (strcmp(day, last) == 0)
			continue;
		last = day;
		r = finding_relink(s, day, &linked);
		*n += linked;
	}
	return (r);
}

enum err
import_relink(struct store *s, const char *birthdate, size_t *n)
{
	struct blob days = { 0 };
	size_t linked = 0;
	enum err r;

	if (birthdate != NULL) {
		r = finding_relink(s, birthdate, &linked);
	} else if ((r = patient_list(s, "", take_day, &days)) == ERR_OK) {
		if (days.len > 0)
			qsort(days.data, days.len / DAY_LEN, DAY_LEN, by_day);
		r = relink_days(s, &days, &linked);
	}
	blob_free(&days);
	if (n != NULL)
		*n = linked;
	return (r);
}
