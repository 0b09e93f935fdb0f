#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "host/ledger/match.h"

#define SHOWN	5	/* chart numbers in the note */

typedef enum err key(const char *, struct blob *);

static enum says
compare(const char *a, const char *b, key *fold)
{
	struct blob ka = { 0 }, kb = { 0 };
	enum says says = SAYS_NOTHING;

	/* A text that cannot be folded, or folds to nothing, proves nothing. */
	if (!text_has_gap(a) && !text_has_gap(b) && fold(a, &ka) == ERR_OK &&
	    fold(b, &kb) == ERR_OK && ka.len > 0 && kb.len > 0)
		says = strcmp(blob_str(&ka), blob_str(&kb)) == 0 ? SAYS_SAME :
		    SAYS_DIFFERENT;
	blob_free(&ka);
	blob_free(&kb);
	return (says);
}

enum says
match_names(const char *a, const char *b)
{
	return (compare(a, b, text_name_key));
}

enum says
match_kana(const char *a, const char *b)
{
	return (compare(a, b, text_kana_key));
}

static int
is_known(enum sex sex)
{
	return (sex == SEX_MALE || sex == SEX_FEMALE);
}

enum says
match_sexes(enum sex a, enum sex b)
{
	if (!is_known(a) || !is_known(b))
		return (SAYS_NOTHING);
	return (a == b ? SAYS_SAME : SAYS_DIFFERENT);
}

/* By name, then by kana: glyphs vary more than readings do. */
static const enum match verdicts[3][3] = {
	[SAYS_NOTHING] = { [SAYS_NOTHING] = MATCH_POSSIBLE,
	    [SAYS_DIFFERENT] = MATCH_NO, [SAYS_SAME] = MATCH_POSSIBLE },
	[SAYS_DIFFERENT] = { [SAYS_NOTHING] = MATCH_NO,
	    [SAYS_DIFFERENT] = MATCH_NO, [SAYS_SAME] = MATCH_POSSIBLE },
	[SAYS_SAME] = { [SAYS_NOTHING] = MATCH_CERTAIN,
	    [SAYS_DIFFERENT] = MATCH_POSSIBLE, [SAYS_SAME] = MATCH_CERTAIN },
};

enum match
match_one(const struct match_person *who, const struct patient *p)
{
	enum says sexes = match_sexes(who->sex, p->sex);
	enum match m;

	if (!clock_is_date(who->birthdate) ||
	    strcmp(who->birthdate, p->birthdate) != 0)
		return (MATCH_NO);
	if (sexes == SAYS_DIFFERENT)
		return (MATCH_NO);
	m = verdicts[match_names(who->name, p->name)]
	    [match_kana(who->kana, p->kana)];
	return (m == MATCH_CERTAIN && sexes != SAYS_SAME ? MATCH_POSSIBLE : m);
}

struct search {
	const struct match_person	*who;
	struct patient			*certain;	/* the first one */
	size_t				 n, certains;
	char				 charts[SHOWN][33];
};

static enum err
look_at(void *ctx, const struct patient *p)
{
	struct search *s = ctx;
	enum match m = match_one(s->who, p);

	if (m == MATCH_NO)
		return (ERR_OK);
	if (s->n < SHOWN)
		memcpy(s->charts[s->n], p->chart_number,
		    sizeof(s->charts[0]));
	s->n++;
	if (m == MATCH_CERTAIN && s->certains++ == 0)
		*s->certain = *p;
	return (ERR_OK);
}

static void
name_charts(const struct search *s, struct note *note)
{
	char list[SHOWN * (sizeof(s->charts[0]) + 2) + 32];
	size_t at = 0;

	for (size_t i = 0; i < s->n && i < SHOWN; i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s",
		    i == 0 ? "" : ", ", s->charts[i]);
	if (s->n > SHOWN)
		snprintf(list + at, sizeof(list) - at, " and %zu more",
		    s->n - SHOWN);
	note_set(note, "chart number %s", list);
}

enum err
match_find(struct store *store, const struct match_person *who,
    struct patient *found, struct note *note)
{
	struct search s = { .who = who, .certain = found };
	enum err r;

	*found = (struct patient){ .sex = SEX_UNKNOWN };
	/* To the list, an empty date would mean everyone. */
	if (!clock_is_date(who->birthdate))
		return (ERR_NO_MATCH);
	r = patient_list(store, who->birthdate, look_at, &s);
	if (r == ERR_OK && s.n == 1 && s.certains == 1)
		return (ERR_OK);
	patient_wipe(found);
	if (r != ERR_OK)
		return (r);
	if (s.n == 0)
		return (ERR_NO_MATCH);
	name_charts(&s, note);
	return (s.n == 1 ? ERR_UNSURE_MATCH : ERR_MANY_MATCH);
}
