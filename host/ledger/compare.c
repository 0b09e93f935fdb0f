#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "host/ledger/compare.h"
#include "host/ledger/label.h"
#include "host/ledger/same.h"

static const struct {
	const char	*word, *label[2];	/* by enum err_lang */
} names[COMPARE_FIELDS] = {
#define COMPARE_NAME(word, ja, en) { #word, { en, ja } },
	COMPARE_LIST(COMPARE_NAME)
#undef COMPARE_NAME
};

static const enum same_rule rules[COMPARE_FIELDS] = {
	[COMPARE_kana] = SAME_KANA, [COMPARE_name] = SAME_NAME,
	[COMPARE_sex] = SAME_EXACT, [COMPARE_birthdate] = SAME_DAY,
	[COMPARE_post_number] = SAME_POST, [COMPARE_address] = SAME_TEXT,
	[COMPARE_insurer_number] = SAME_NUMBER,
	[COMPARE_insured_card_symbol] = SAME_TEXT,
	[COMPARE_insured_identification_number] = SAME_NUMBER,
	[COMPARE_insured_branch_number] = SAME_NUMBER,
	[COMPARE_personal_family_classification] = SAME_EXACT,
	[COMPARE_insured_name] = SAME_NAME, [COMPARE_details] = SAME_TEXT,
	[COMPARE_valid_from] = SAME_DAY, [COMPARE_valid_until] = SAME_DAY,
	[COMPARE_issued_on] = SAME_DAY, [COMPARE_limit_from] = SAME_DAY,
	[COMPARE_limit_until] = SAME_DAY,
};

const char *
compare_word(enum compare_field f)
{
	return (names[f].word);
}

const char *
compare_label(enum compare_field f, enum err_lang lang)
{
	return (names[f].label[lang]);
}

enum compare_field
compare_field_of(const char *word)
{
	int f = 0;

	while (f < COMPARE_FIELDS && strcmp(names[f].word, word) != 0)
		f++;
	return ((enum compare_field)f);
}

const char *
compare_state_word(enum compare_state state)
{
	static const char *const words[] = { [COMPARE_SAME] = "same",
	    [COMPARE_DIFFERS] = "differs", [COMPARE_NEW] = "new",
	    [COMPARE_MISSING] = "missing" };

	return (words[state]);
}

int
compare_is_identity(enum compare_field f)
{
	return (f == COMPARE_kana || f == COMPARE_name || f == COMPARE_sex ||
	    f == COMPARE_birthdate);
}

/* One side: a patient and the rows that count. */
struct side {
	const struct patient	*person;
	const struct coverage	*main, *elderly, *limit;
	const struct coverages	*list;		/* of the record; or NULL */
};

static const char *
field(const struct coverage *c, const char *word)
{
	return (c == NULL ? "" : coverage_field(c, word));
}

static const char *
ratio_of(const struct side *s)
{
	const char *own = field(s->main, "contribution_ratio");

	return (*own != '\0' ? own : field(s->elderly, "contribution_ratio"));
}

static void
details_of(const struct side *s, char out[COMPARE_ROOM])
{
	char ratio[LABEL_ROOM], limit[LABEL_ROOM];

	label_ratio(ratio_of(s), ratio);
	label_limit(field(s->limit, "classification_flag"), limit);
	snprintf(out, COMPARE_ROOM, "%s%s%s", ratio,
	    *ratio != '\0' && *limit != '\0' ? " " : "", limit);
}

/* Neither unknown nor unset says anything. */
static const char *
sex_of(const struct patient *p)
{
	return (p->sex == SEX_MALE ? "1" : p->sex == SEX_FEMALE ? "2" : "");
}

static const char *
text_of(const struct side *s, enum compare_field f)
{
	const struct patient *p = s->person;

	switch (f) {
	case COMPARE_kana:
		return (p->kana);
	case COMPARE_name:
		return (p->name);
	case COMPARE_sex:
		return (sex_of(p));
	case COMPARE_birthdate:
		return (p->birthdate);
	case COMPARE_post_number:
		return (p->post_number);
	case COMPARE_address:
		return (p->address);
	case COMPARE_valid_from:
		return (s->main == NULL ? "" : s->main->valid_from);
	case COMPARE_valid_until:
		return (s->main == NULL ? "" : s->main->valid_until);
	case COMPARE_limit_from:
		return (s->limit == NULL ? "" : s->limit->valid_from);
	case COMPARE_limit_until:
		return (s->limit == NULL ? "" : s->limit->valid_until);
	case COMPARE_insurer_number:
	case COMPARE_insured_card_symbol:
	case COMPARE_insured_identification_number:
	case COMPARE_insured_branch_number:
	case COMPARE_personal_family_classification:
	case COMPARE_insured_name:
	case COMPARE_issued_on:
		return (field(s->main, names[f].word));
	case COMPARE_details:
	case COMPARE_FIELDS:
		break;
	}
	return ("");
}

/* Longer than any of ours: cut between characters. */
static void
fill_text(const char *text, char out[COMPARE_ROOM])
{
	size_t len = strlen(text);

	if (len >= COMPARE_ROOM)
		len = COMPARE_ROOM - 1;
	while (text[len] != '\0' && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	memcpy(out, text, len);
	out[len] = '\0';
}

static void
fill(const struct side *s, enum compare_field f, char out[COMPARE_ROOM])
{
	if (f == COMPARE_details)
		details_of(s, out);
	else
		fill_text(text_of(s, f), out);
}

static int
is_of_limit(enum compare_field f)
{
	return (f == COMPARE_limit_from || f == COMPARE_limit_until);
}

/* Of the row on record: what is not there cannot be corrected (COS-33). */
static int
may_overwrite(const struct side *left, enum compare_field f)
{
	if (compare_is_identity(f))
		return (0);
	if (f == COMPARE_post_number || f == COMPARE_address)
		return (left->person->chart_number[0] != '\0');
	return (is_of_limit(f) ? left->limit != NULL : left->main != NULL);
}

/* An end that was cut by the next row on record says the same as a later one,
 * or none: the finding does not know that row. */
static int
is_cut(const struct side *left, const struct side *right,
    enum compare_field f)
{
	const struct coverage *ours = f == COMPARE_valid_until ? left->main :
	    f == COMPARE_limit_until ? left->limit : NULL;
	const struct coverage *theirs = f == COMPARE_valid_until ?
	    right->main : right->limit;
	struct coverage row;
	char end[DAY_LEN];

	if (ours == NULL || theirs == NULL || left->list == NULL)
		return (0);
	row = *ours;	/* in the place of ours */
	memcpy(row.valid_until, theirs->valid_until, DAY_LEN);
	coverages_end(left->list, &row, ours->valid_from, end);
	return (ours->valid_until[0] != '\0' &&
	    strcmp(end, ours->valid_until) == 0);
}

static enum compare_state
state_of(const struct side *left, const struct side *right,
    const struct compare_row *row, enum compare_field f)
{
	if (same(rules[f], row->left, row->right) || is_cut(left, right, f))
		return (COMPARE_SAME);
	if (row->left[0] == '\0')
		return (COMPARE_NEW);
	return (row->right[0] == '\0' ? COMPARE_MISSING : COMPARE_DIFFERS);
}

/* Whether a field means that the insurance changed: not who it is or where he
 * lives, and no limit certificate, which is shown only. */
static int
counts(const struct side *left, const struct side *right,
    enum compare_field f)
{
	if (compare_is_identity(f) || f == COMPARE_post_number ||
	    f == COMPARE_address || is_of_limit(f))
		return (0);
	return (f != COMPARE_details || (*ratio_of(right) != '\0' &&
	    !same(SAME_EXACT, ratio_of(left), ratio_of(right))));
}

static int
is_other(const struct coverage *left, const struct coverage *right)
{
	if (right == NULL)
		return (0);
	if (left == NULL || !coverage_is_same(left, right))
		return (1);
	return (left->valid_from[0] != '\0' && right->valid_from[0] != '\0' &&
	    strcmp(right->valid_from, left->valid_from) > 0);
}

/* The same insurance, which ended on record and holds by the finding. */
static int
is_revived(const struct coverage *left, const struct coverage *right,
    const char *day)
{
	return (left != NULL && right != NULL && left->valid_until[0] != '\0' &&
	    !coverage_holds(left, day) && coverage_holds(right, day));
}

static void
compare_sides(const struct side *left, const struct side *right,
    const char *day, struct compare *out)
{
	struct compare_row *row;

	for (int i = 0; i < COMPARE_FIELDS; i++) {
		enum compare_field f = (enum compare_field)i;

		row = &out->row[f];
		fill(left, f, row->left);
		fill(right, f, row->right);
		row->state = state_of(left, right, row, f);
		row->may_overwrite = may_overwrite(left, f) &&
		    (row->state == COMPARE_DIFFERS ||
		    row->state == COMPARE_NEW);
		if (counts(left, right, f) && (row->state == COMPARE_DIFFERS ||
		    row->state == COMPARE_NEW))
			out->changed++;
	}
	out->other = is_other(left->main, right->main);
	if (!out->other && right->main != NULL &&
	    right->main->valid_until[0] == '\0' &&
	    out->row[COMPARE_valid_until].state != COMPARE_SAME &&
	    is_revived(left->main, right->main, day)) {
		out->row[COMPARE_valid_until].may_overwrite = 1;
		out->changed++;
	}
}

enum err
compare(const struct holding *h, const struct offer *o, int aid,
    const char *today, struct compare *out)
{
	static const struct patient nobody = { .sex = SEX_UNKNOWN };
	enum coverage_kind kind = aid ? COVERAGE_AID : COVERAGE_INSURANCE;
	const char *day = o->asked_on[0] == '\0' ? today : o->asked_on;
	struct side left = { .person = &nobody }, right = {
	    .person = &o->person, .main = offer_row(o, kind, NULL) };

	*out = (struct compare){ .aid = aid };
	if (h != NULL) {
		left.person = &h->patient;
		left.list = &h->coverages;
		left.main = coverages_at(&h->coverages, kind, day);
	}
	if (h != NULL && !aid) {
		left.elderly = coverages_at(&h->coverages, COVERAGE_ELDERLY,
		    day);
		left.limit = coverages_at(&h->coverages, COVERAGE_LIMIT, day);
	}
	if (!aid) {
		right.elderly = offer_row(o, COVERAGE_ELDERLY, NULL);
		right.limit = offer_row(o, COVERAGE_LIMIT, NULL);
	}
	compare_sides(&left, &right, day, out);
	return (ERR_OK);
}

void
compare_wipe(struct compare *c)
{
	secret_cleanse(c, sizeof(*c));
}

json_t *
compare_json(const struct compare *c)
{
	json_t *list = json_array();

	for (int f = 0; f < COMPARE_FIELDS; f++) {
		const struct compare_row *row = &c->row[f];

		json_array_append_new(list, json_pack(
		    "{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "field",
		    names[f].word, "ja", names[f].label[ERR_JA], "en",
		    names[f].label[ERR_EN], "left", row->left, "right",
		    row->right, "state", compare_state_word(row->state),
		    "may_overwrite", row->may_overwrite));
	}
	if (json_array_size(list) == COMPARE_FIELDS)
		return (list);
	json_decref(list);
	return (NULL);
}
