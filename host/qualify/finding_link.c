#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "base/text.h"
#include "host/ledger/choice.h"
#include "host/qualify/finding_in.h"

static void
set_link(struct finding *f, const char *link, const char *chart_number)
{
	snprintf(f->link, sizeof(f->link), "%s", link);
	snprintf(f->chart_number, sizeof(f->chart_number), "%s",
	    chart_number);
}

static const struct {
	enum err	 err;
	const char	*link;
} links[] = {
	{ ERR_OK, "certain" }, { ERR_NO_MATCH, "none" },
	{ ERR_MANY_MATCH, "many" }, { ERR_UNSURE_MATCH, "possible" },
};

/* --- twins --- */

/* The space behind the family name, wide or not; NULL if there is none. */
static const char *
family_end(const char *name)
{
	const char *wide = strstr(name, "\xe3\x80\x80");
	const char *narrow = strchr(name, ' ');

	return (wide == NULL || (narrow != NULL && narrow < wide) ? narrow :
	    wide);
}

static size_t
first_char(const char *name)
{
	size_t n = name[0] != '\0';

	while (((unsigned char)name[n] & 0xc0) == 0x80)
		n++;
	return (n);
}

static enum err
family_key(const char *name, size_t len, struct blob *key)
{
	struct blob family = { 0 };
	enum err r;

	r = blob_add(&family, name, len);
	if (r == ERR_OK)
		r = text_name_key(blob_str(&family), key);
	blob_free(&family);
	return (r);
}

/* Where a name has no space its first character is all that is known. */
static int
same_family(const char *a, const char *b)
{
	const char *ea = family_end(a), *eb = family_end(b);
	const int whole = ea != NULL && eb != NULL;
	struct blob ka = { 0 }, kb = { 0 };
	int same;

	same = family_key(a, whole ? (size_t)(ea - a) : first_char(a), &ka) ==
	    ERR_OK && family_key(b, whole ? (size_t)(eb - b) : first_char(b),
	    &kb) == ERR_OK && ka.len > 0 &&
	    strcmp(blob_str(&ka), blob_str(&kb)) == 0;
	blob_free(&ka);
	blob_free(&kb);
	return (same);
}

struct siblings {
	const struct patient	*of;
	int			 n;
};

static enum err
look_for_sibling(void *ctx, const struct patient *p)
{
	struct siblings *s = ctx;

	s->n += strcmp(p->chart_number, s->of->chart_number) != 0 &&
	    match_sexes(p->sex, s->of->sex) != SAYS_DIFFERENT &&
	    same_family(p->name, s->of->name);
	return (ERR_OK);
}

/*
 * Of one birth date, sex and family: at a card its holder is there, a file is
 * for a person to look at.
 */
static enum err
has_sibling(struct store *store, const struct patient *p, int *yes)
{
	struct siblings s = { p, 0 };
	enum err r;

	r = patient_list(store, p->birthdate, look_for_sibling, &s);
	*yes = s.n > 0;
	return (r);
}

/* What the ledger leaves open may have been decided before. */
static enum err
remember(struct store *store, const struct finding_person *p,
    const struct match_person *who, char chart_number[33], char link[12])
{
	const struct choice_person asked = { *who, p->insurer_number,
	    p->number, p->branch_number };
	struct patient found;
	enum err r;

	r = choice_find(store, &asked, &found);
	if (r == ERR_OK) {
		memcpy(chart_number, found.chart_number, 33);
		snprintf(link, 12, "chosen");
	}
	patient_wipe(&found);
	return (r == ERR_NO_MATCH ? ERR_OK : r);
}

static enum err
take_certain(struct store *store, const struct patient *found,
    char chart_number[33], char link[12])
{
	int twin = 0;
	enum err r;

	if ((r = has_sibling(store, found, &twin)) != ERR_OK)
		return (r);
	if (twin)
		snprintf(link, 12, "many");
	else
		memcpy(chart_number, found->chart_number, 33);
	return (ERR_OK);
}

enum err
finding_match(struct store *store, const struct finding_person *p,
    char chart_number[33], char link[12])
{
	const struct match_person who = { p->name, p->kana, p->birthdate,
	    p->sex };
	struct patient found;
	enum err r;

	chart_number[0] = '\0';
	link[0] = '\0';
	if (p->birthdate[0] == '\0')
		return (ERR_OK);
	r = match_find(store, &who, &found, NULL);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (r != links[i].err)
			continue;
		snprintf(link, 12, "%s", links[i].link);
		if (r == ERR_OK)
			r = take_certain(store, &found, chart_number, link);
		else
			r = ERR_OK;
		break;
	}
	patient_wipe(&found);
	if (r != ERR_OK || chart_number[0] != '\0')
		return (r);
	return (remember(store, p, &who, chart_number, link));
}

/*
 * Whom the question was about: of a check its request says it, of a list the
 * identifier that is echoed, which is a chart number.
 */
static const char *
asked_for(const struct finding_source *src, const struct finding_draft *d)
{
	return (src->chart_number[0] != '\0' ? src->chart_number :
	    strcmp(d->f.source, "list") == 0 ? d->f.identifier : "");
}

/* *known 0: no patient of ours has that number. */
static enum err
link_asked(struct store *store, const char *chart, struct finding *f,
    int *known)
{
	const struct match_person who = { f->name, f->kana, f->birthdate,
	    f->sex };
	struct patient p;
	enum err r;

	*known = 0;
	if ((r = patient_get(store, chart, &p)) != ERR_OK)
		return (r == ERR_NO_PATIENT ? ERR_OK : r);
	*known = 1;
	/* An answer without a person, "no such qualification", is of whom it
	 * was asked for. */
	if (who.name[0] == '\0' && who.birthdate[0] == '\0')
		set_link(f, "asked", chart);
	else if (match_one(&who, &p) == MATCH_NO)
		set_link(f, "differs", "");
	else
		set_link(f, "asked", chart);
	patient_wipe(&p);
	return (ERR_OK);
}

enum err
draft_link(struct store *store, const struct finding_source *src,
    struct finding_draft *d)
{
	const struct finding_person p = { d->f.name, d->f.kana,
	    d->f.birthdate, d->f.insurer_number,
	    d->f.insured_identification_number,
	    d->f.insured_branch_number, d->f.sex };
	const char *chart = asked_for(src, d);
	int known = 0;
	enum err r;

	if (d->torn) {
		set_link(&d->f, "differs", "");
		return (ERR_OK);
	}
	if (chart[0] != '\0' && strlen(chart) < sizeof(d->f.chart_number) &&
	    ((r = link_asked(store, chart, &d->f, &known)) != ERR_OK || known))
		return (r);
	return (finding_match(store, &p, d->f.chart_number, d->f.link));
}

enum err
finding_bind(struct store *store, const char *digest,
    const char *chart_number)
{
	struct finding f;
	int known = 0;
	enum err r;

	if ((r = finding_of_unit(store, digest, 0, &f)) != ERR_OK)
		return (r == ERR_NO_SUCH ? ERR_OK : r);
	if (strcmp(f.link, "chosen") != 0 && (r = link_asked(store,
	    chart_number, &f, &known)) == ERR_OK && known)
		r = finding_set_patient(store, f.id, f.chart_number, f.link);
	finding_free(&f);
	return (r);
}

/* --- again --- */

struct loose {
	char		 id[UUID_LEN];
	char		*name, *kana, *insurer_number, *number, *branch_number;
	enum sex	 sex;
};

struct loose_list {
	struct loose	*v;
	size_t		 n;
};

static void
wipe(char *s)
{
	if (s != NULL)
		secret_cleanse(s, strlen(s));
	free(s);
}

static void
loose_free(struct loose_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		wipe(l->v[i].name);
		wipe(l->v[i].kana);
		wipe(l->v[i].insurer_number);
		wipe(l->v[i].number);
		wipe(l->v[i].branch_number);
	}
	free(l->v);
}

static enum err
loose_row(void *ctx, const struct val *cols, size_t n)
{
	struct loose_list *l = ctx;
	struct loose *row;

	/* id, name, kana, sex, insurer_number, insured_identification_number,
	 * insured_branch_number */
	if (n < 7)
		return (ERR_SEQUENCE);
	row = reallocarray(l->v, l->n + 1, sizeof(*row));
	if (row == NULL)
		return (ERR_NOMEM);
	l->v = row;
	row = &l->v[l->n++];
	*row = (struct loose){ .name = strdup(val_str(&cols[1])),
	    .kana = strdup(val_str(&cols[2])),
	    .insurer_number = strdup(val_str(&cols[4])),
	    .number = strdup(val_str(&cols[5])),
	    .branch_number = strdup(val_str(&cols[6])),
	    .sex = (enum sex)val_num(&cols[3]) };
	snprintf(row->id, sizeof(row->id), "%s", val_str(&cols[0]));
	return (row->name == NULL || row->kana == NULL ||
	    row->insurer_number == NULL || row->number == NULL ||
	    row->branch_number == NULL ? ERR_NOMEM : ERR_OK);
}

static enum err
look_again(struct store *store, const struct loose *row,
    const char *birthdate, size_t *n)
{
	const struct finding_person p = { row->name, row->kana, birthdate,
	    row->insurer_number, row->number, row->branch_number, row->sex };
	char chart[33], link[12];
	int64_t changed = 0;
	enum err r;

	if ((r = finding_match(store, &p, chart, link)) != ERR_OK ||
	    link[0] == '\0')
		return (r);
	const struct val v[] = { val_text(chart[0] != '\0' ? chart : NULL),
	    val_text(link), val_text(row->id) };

	/* A person may have decided meanwhile; that stays. */
	r = store_run(store, SQL_FINDING_RELINK, v, 3, NULL, NULL, &changed);
	*n += chart[0] != '\0' && changed > 0;
	return (r);
}

enum err
finding_relink(struct store *store, const char *birthdate, size_t *n)
{
	const struct val v = val_text(birthdate);
	struct loose_list l = { NULL, 0 };
	size_t linked = 0;
	enum err r;

	r = clock_is_date(birthdate) ? store_run(store, SQL_FINDING_LOOSE,
	    &v, 1, loose_row, &l, NULL) : ERR_OK;
	for (size_t i = 0; i < l.n && r == ERR_OK; i++)
		r = look_again(store, &l.v[i], birthdate, &linked);
	loose_free(&l);
	if (n != NULL)
		*n = linked;
	return (r);
}
