#include <stdlib.h>
#include <string.h>

#include "host/ledger/choice.h"
#include "host/ledger/link.h"
#include "host/store/joint.h"

enum link_says
link_says(const char *ours, const char *theirs)
{
	if (*theirs == '\0')
		return (LINK_NONE);
	if (*ours == '\0')
		return (LINK_NEW);
	return (strcmp(ours, theirs) == 0 ? LINK_SAME : LINK_DIFFERS);
}

const char *
link_word(enum link_says says)
{
	static const char *const words[] = { [LINK_NONE] = "none",
	    [LINK_SAME] = "same", [LINK_NEW] = "new",
	    [LINK_DIFFERS] = "differs" };

	return (words[says]);
}

static int
is_zero(const char *chart_number)
{
	return (strspn(chart_number, "0") == strlen(chart_number));
}

/* What the number was stays in the audit (DEN-21). */
static enum err
tell(struct store *s, const struct audit_who *who, const char *action,
    const char *chart_number, const char *reference_number)
{
	json_t *o = json_pack("{s:s}", "reference_number", reference_number);
	char *data = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	enum err r = ERR_NOMEM;

	if (data != NULL)
		r = audit_add(s, who, action, AUDIT_PATIENT, chart_number,
		    data);
	free(data);
	json_decref(o);
	return (r);
}

static enum err
check_free(struct store *s, const char *reference_number, struct note *note)
{
	struct patient other;
	enum err r = patient_by_reference(s, reference_number, &other);

	if (r == ERR_OK) {
		note_set(note, "chart number %s", other.chart_number);
		r = ERR_REFERENCE_TAKEN;
	}
	patient_wipe(&other);
	return (r == ERR_NO_PATIENT ? ERR_OK : r);
}

static enum err
set(struct store *s, const char *chart_number, const char *reference_number,
    const struct audit_who *who, struct note *note)
{
	struct patient p;
	enum link_says says;
	enum err r;

	if ((r = patient_get(s, chart_number, &p)) != ERR_OK)
		return (r);
	says = link_says(p.reference_number, reference_number);
	patient_wipe(&p);
	if (says == LINK_NONE)
		return (ERR_BAD_REQUEST);
	if (says == LINK_SAME)
		return (ERR_OK);
	if (says == LINK_DIFFERS)
		return (ERR_REFERENCE_DIFFERS);
	if ((r = check_free(s, reference_number, note)) == ERR_OK &&
	    (r = patient_set_reference(s, chart_number, reference_number)) ==
	    ERR_OK)
		r = tell(s, who, "link", chart_number, reference_number);
	return (r);
}

enum err
link_set(struct store *s, const char *chart_number,
    const char *reference_number, const struct audit_who *who,
    struct note *note)
{
	int mine;
	enum err r;

	if (is_zero(chart_number))
		return (ERR_CHART_ZERO);
	if ((r = joint_begin(s, &mine)) != ERR_OK)
		return (r);
	return (joint_end(s, mine, set(s, chart_number, reference_number, who,
	    note)));
}

static enum err
unset(struct store *s, const char *chart_number, const struct audit_who *who)
{
	char was[sizeof(((struct patient *)NULL)->reference_number)];
	struct patient p;
	enum err r;

	if ((r = patient_get(s, chart_number, &p)) != ERR_OK)
		return (r);
	memcpy(was, p.reference_number, sizeof(was));
	patient_wipe(&p);
	if (was[0] == '\0')
		return (ERR_NO_SUCH);
	if ((r = patient_set_reference(s, chart_number, "")) == ERR_OK &&
	    (r = tell(s, who, "unlink", chart_number, was)) == ERR_OK)
		r = choice_revoke(s, chart_number, who, NULL);
	return (r);
}

enum err
link_unset(struct store *s, const char *chart_number,
    const struct audit_who *who, struct note *note)
{
	int mine;
	enum err r;

	if (who->reason == NULL || who->reason[0] == '\0') {
		note_set(note, "a reason is needed");
		return (ERR_BAD_REQUEST);
	}
	if ((r = joint_begin(s, &mine)) != ERR_OK)
		return (r);
	return (joint_end(s, mine, unset(s, chart_number, who)));
}
