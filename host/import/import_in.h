#ifndef HOST_IMPORT_IMPORT_IN_H
#define HOST_IMPORT_IMPORT_IN_H

#include "host/import/import.h"
#include "host/import/offer_of.h"
#include "host/qualify/finding.h"

/* For the files of this room. */

/* A finding, what it offers, and the patient that is looked at. */
struct subject {
	struct finding	 finding;
	struct offer	 offer;
	struct holding	 holding;
	int		 known;		/* holding is loaded */
	int		 older;		/* a later one is on his record */
	char		 today[DAY_LEN];
};

/* subject_free in any case.  chart_number NULL: the finding's own; "" none. */
enum err	subject_load(struct store *, const char *finding,
		    const char *chart_number, struct subject *);
void		subject_free(struct subject *);
/* The rest of a subject whose finding is there. */
enum err	subject_fill(struct store *, const char *chart_number,
		    struct subject *);
enum err	suggest(const struct subject *, struct suggestion *);
/* 1 if everything it says is on record. */
int		is_settled(const struct suggestion *);
/* Differing or new fields of its insurance, or aid, as words; *n. */
enum err	changed_fields(const struct subject *,
		    const char *words[COMPARE_FIELDS], size_t *n);

/* The content of a report; NULL when out of memory. */
json_t		*report_new(const char *id, int64_t at,
		    const struct subject *, const char *chart_number,
		    const char *name, enum apply_action);
/* Sections, what is shown only and what is to be entered by hand. */
enum err	report_fill(json_t *, const json_t *entries,
		    const json_t *manual);

/* The newest import of a finding that was not undone; "" chart_number: of any
 * patient; whole: of all it says, by renewal or as a new patient.  id "" when
 * there is none. */
enum err	import_standing(struct store *, const char *finding,
		    const char *chart_number, int whole, char id[UUID_LEN]);

/* The day a finding is true of; of one that does not say, when it came. */
void		asked_day(const struct finding *, char out[DAY_LEN]);

#endif
