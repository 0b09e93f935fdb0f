#include "tests/unit/ledger_room.h"

#include "host/ledger/apply.h"
#include "host/ledger/compare.h"
#include "host/ledger/confirm.h"

#define P01	"0000000001"
#define TODAY	"20241201"

/* Offers. */

static struct offer
offer_new(void)
{
	struct offer o = { .person = p01, .validity = "1",
	    .asked_on = TODAY, .manual = json_array() };

	o.person.chart_number[0] = '\0';
	snprintf(o.finding, sizeof(o.finding), "f1");
	return (o);
}

static void
offer_add(struct offer *o, struct coverage c)
{
	o->row[o->n++] = c;
}

/* こすもす 和子 as the manual has her: 令和6年8月1日～. */
static struct offer
offer_p01(void)
{
	struct offer o = offer_new();
	struct coverage c = row_of(COVERAGE_INSURANCE, "  172010", "456",
	    "20240801", "");

	coverage_set(&c, "insured_card_symbol", "１２３");
	coverage_set(&c, "insured_branch_number", "01");
	offer_add(&o, c);
	return (o);
}

static struct coverage
limit_row(const char *from)
{
	struct coverage c = { .kind = COVERAGE_LIMIT };

	snprintf(c.valid_from, sizeof(c.valid_from), "%s", from);
	assert_int_equal(coverage_set(&c, "classification_flag", "B04"),
	    ERR_OK);
	return (c);
}

static struct coverage
elderly_row(const char *from, const char *until, const char *ratio)
{
	struct coverage c = { .kind = COVERAGE_ELDERLY };

	snprintf(c.valid_from, sizeof(c.valid_from), "%s", from);
	snprintf(c.valid_until, sizeof(c.valid_until), "%s", until);
	assert_int_equal(coverage_set(&c, "contribution_ratio", ratio),
	    ERR_OK);
	return (c);
}

/* The patient as she was: 令和5年8月1日～. */
static void
put_p01(void)
{
	struct patient p = p01;

	struct coverage c = row_of(COVERAGE_INSURANCE, "172010", "456",
	    "20230801", "");

	assert_int_equal(patient_write(store, &p), ERR_OK);
	coverage_set(&c, "insured_card_symbol", "123");
	coverage_set(&c, "insured_branch_number", "01");
	put_row(P01, c);
}

static void
uninsure(struct patient *p)
{
	p->insurer_number[0] = p->insured_card_symbol[0] = '\0';
	p->insured_identification_number[0] = '\0';
	p->insured_branch_number[0] = '\0';
}

static void
put_uninsured(void)
{
	struct patient p = p01;

	uninsure(&p);
	assert_int_equal(patient_put(store, &p), ERR_OK);
}

struct done {
	struct apply_change	change;
	struct note		note;
	enum err		r;
};

static enum err
run(struct done *d, struct apply_ask ask)
{
	if (ask.chart_number == NULL)
		ask.chart_number = P01;
	if (ask.switch_on == NULL)
		ask.switch_on = "";
	ask.today = TODAY;
	*d = (struct done){ .r = ERR_OK };
	assert_int_equal(store_begin(store), ERR_OK);
	d->r = apply(store, &ask, &d->change, &d->note);
	if (d->r == ERR_OK)
		assert_int_equal(store_commit(store), ERR_OK);
	else
		store_rollback(store);
	return (d->r);
}

static enum err
renew(struct done *d, const struct offer *o, const char *switch_on)
{
	return (run(d, (struct apply_ask){ .action = APPLY_RENEW, .offer = o,
	    .switch_on = switch_on }));
}

static enum err
overwrite(struct done *d, const struct offer *o, const char *const *fields,
    size_t n)
{
	return (run(d, (struct apply_ask){ .action = APPLY_OVERWRITE,
	    .offer = o, .fields = fields, .n_fields = n }));
}

static enum err
undo(struct done *d, struct note *note)
{
	enum err r;

	*note = (struct note){ "" };
	assert_int_equal(store_begin(store), ERR_OK);
	r = apply_undo(store, P01, d->change.before, d->change.after, TODAY,
	    note);
	if (r == ERR_OK)
		assert_int_equal(store_commit(store), ERR_OK);
	else
		store_rollback(store);
	return (r);
}

/* "insurance closed; insurance created; " */
static void
expect_entries(const struct done *d, const char *want)
{
	char text[512] = "";
	size_t at = 0, i;
	json_t *e;

	json_array_foreach(d->change.entries, i, e)
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%s %s;", json_string_value(json_object_get(e, "kind")),
		    json_string_value(json_object_get(e, "change")));
	assert_string_equal(text, want);
}

/* Comparison. */

static const struct field_case {
	const char		*name;
	enum compare_field	 field;
	const char		*word;		/* of the coverage */
	const char		*left, *right;
	enum compare_state	 state;
	int			 may;
} field_cases[] = {
	{ "insurer: padded", COMPARE_insurer_number, "insurer_number",
	    "172010", "  172010", COMPARE_SAME, 0 },
	{ "insurer: another", COMPARE_insurer_number, "insurer_number",
	    "172010", "139980", COMPARE_DIFFERS, 1 },
	{ "symbol: width", COMPARE_insured_card_symbol,
	    "insured_card_symbol", "葛う１０", "葛う10", COMPARE_SAME, 0 },
	{ "symbol: new", COMPARE_insured_card_symbol,
	    "insured_card_symbol", "", "葛う10", COMPARE_NEW, 1 },
	{ "number: x", COMPARE_insured_identification_number,
	    "insured_identification_number", "1639960291x001",
	    "1639960291X001", COMPARE_SAME, 0 },
	{ "branch: new", COMPARE_insured_branch_number,
	    "insured_branch_number", "", "01", COMPARE_NEW, 1 },
	{ "branch: missing", COMPARE_insured_branch_number,
	    "insured_branch_number", "01", "", COMPARE_MISSING, 0 },
	{ "branch: none is not 00", COMPARE_insured_branch_number,
	    "insured_branch_number", "", "00", COMPARE_NEW, 1 },
	{ "family: differs", COMPARE_personal_family_classification,
	    "personal_family_classification", "1", "2", COMPARE_DIFFERS, 1 },
	{ "insured name: glyph", COMPARE_insured_name, "insured_name",
	    "髙橋　一郎", "高橋 一郎", COMPARE_SAME, 0 },
	{ "issued: differs", COMPARE_issued_on, "issued_on", "20120401",
	    "20240801", COMPARE_DIFFERS, 1 },
	{ "details: ratio", COMPARE_details, "contribution_ratio", "010",
	    "020", COMPARE_DIFFERS, 1 },
};

static void
field_row(void **state)
{
	const struct field_case *row = *state;
	struct coverage left = row_of(COVERAGE_INSURANCE, "1", "1", "", "");
	struct holding h = { .patient = p01, .coverages = { &left, 1 } };
	struct offer o = offer_new();
	struct compare *c = malloc(sizeof(*c));

	assert_non_null(c);
	offer_add(&o, row_of(COVERAGE_INSURANCE, "1", "1", "", ""));
	assert_int_equal(coverage_set(&left, row->word, row->left), ERR_OK);
	assert_int_equal(coverage_set(&o.row[0], row->word, row->right),
	    ERR_OK);
	assert_int_equal(compare(&h, &o, 0, TODAY, c), ERR_OK);
	assert_int_equal(c->row[row->field].state, row->state);
	assert_int_equal(c->row[row->field].may_overwrite, row->may);
	for (int f = 0; f < COMPARE_FIELDS; f++)
		if (f != (int)row->field)
			assert_int_equal(c->row[f].state, COMPARE_SAME);
	assert_int_equal(c->changed, row->state == COMPARE_DIFFERS ||
	    row->state == COMPARE_NEW);
	free(c);
	coverage_free(&left);
	offer_free(&o);
}

static void
eighteen_fields_in_order(void **state)
{
	static const char *const ja[] = { "カナ氏名", "漢字氏名", "性別",
	    "生年月日", "郵便番号", "住所", "保険者番号", "被保険者記号",
	    "被保険者番号", "被保険者枝番", "被保険者との続柄", "被保険者氏名",
	    "詳細情報", "保険有効開始日", "保険有効期限", "交付日",
	    "限度額開始日", "限度額終了日" };

	(void)state;
	assert_int_equal(COMPARE_FIELDS, 18);
	for (int f = 0; f < COMPARE_FIELDS; f++) {
		assert_string_equal(compare_label((enum compare_field)f,
		    ERR_JA), ja[f]);
		assert_int_equal(compare_field_of(compare_word(
		    (enum compare_field)f)), f);
	}
	assert_int_equal(compare_field_of("sex1"), COMPARE_FIELDS);
}

static void
who_it_is_is_never_overwritten(void **state)
{
	struct holding h = { .patient = p01 };
	struct offer o = offer_p01();
	struct compare *c = malloc(sizeof(*c));

	(void)state;
	assert_non_null(c);
	snprintf(o.person.name, sizeof(o.person.name), "こすもす　●子");
	snprintf(o.person.kana, sizeof(o.person.kana), "ｺｽﾓｽ ﾏｻｺ");
	o.person.sex = SEX_MALE;
	snprintf(o.person.birthdate, sizeof(o.person.birthdate), "19500102");
	snprintf(o.person.address, sizeof(o.person.address), "東京都");
	assert_int_equal(compare(&h, &o, 0, TODAY, c), ERR_OK);
	for (int f = COMPARE_kana; f <= COMPARE_birthdate; f++) {
		assert_int_equal(c->row[f].state, COMPARE_DIFFERS);
		assert_int_equal(c->row[f].may_overwrite, 0);
	}
	assert_int_equal(c->row[COMPARE_address].may_overwrite, 1);
	/* Nothing of an insurance is on record: nothing to correct. */
	assert_int_equal(c->row[COMPARE_insurer_number].state, COMPARE_NEW);
	assert_int_equal(c->row[COMPARE_insurer_number].may_overwrite, 0);
	assert_true(c->other);
	free(c);
	offer_free(&o);
}

static void
limit_counts_as_no_change(void **state)
{
	struct offer o = offer_p01();
	struct compare *c = malloc(sizeof(*c));
	struct holding h;
	json_t *list;

	(void)state;
	assert_non_null(c);
	put_p01();
	snprintf(o.row[0].valid_from, DAY_LEN, "20230801");
	offer_add(&o, limit_row("20240801"));
	assert_int_equal(holding_load(store, P01, &h), ERR_OK);
	assert_int_equal(compare(&h, &o, 0, TODAY, c), ERR_OK);
	assert_int_equal(c->row[COMPARE_limit_from].state, COMPARE_NEW);
	assert_int_equal(c->row[COMPARE_limit_from].may_overwrite, 0);
	assert_string_equal(c->row[COMPARE_details].right,
	    "B04（７０歳以上 一般）");
	assert_int_equal(c->changed, 0);
	assert_int_equal(c->other, 0);
	assert_non_null(list = compare_json(c));
	assert_int_equal(json_array_size(list), 18);
	json_decref(list);
	holding_free(&h);
	free(c);
	offer_free(&o);
}

/* The monthly confirmation, features.md DEN-19. */
static void
month_has_four_cases(void **state)
{
	(void)state;
	assert_int_equal(confirm_decide(0, 0, 0), CONFIRM_REFERENCE);
	assert_int_equal(confirm_decide(0, 1, 0), CONFIRM_NOTHING);
	assert_int_equal(confirm_decide(1, 0, 0), CONFIRM_RENEW);
	assert_int_equal(confirm_decide(1, 1, 0), CONFIRM_RENEW);
	assert_int_equal(confirm_decide(1, 1, 1), CONFIRM_RENEW);
	assert_int_equal(confirm_decide(0, 1, 1), CONFIRM_CARE);
	assert_int_equal(confirm_decide(0, 0, 1), CONFIRM_REFERENCE);
	assert_string_equal(confirm_word(CONFIRM_CARE), "care");
}

/* Renewal. */

static void
renewal_closes_the_old_one_the_day_before(void **state)
{
	struct offer o = offer_p01();
	struct done d;

	(void)state;
	put_p01();
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE,
	    "  172010/456:20240801-;172010/456:20230801-20240731;");
	expect_entries(&d, "insurance closed;insurance created;");
	apply_change_free(&d.change);
	offer_free(&o);
}

static const struct border {
	const char	*name, *from, *switch_on, *closed;
	enum err	 want;
} borders[] = {
	{ "switch: its own start", "20240801", "", "20240731", ERR_OK },
	{ "switch: 1 March of a leap year", "20240801", "20240301",
	    "20240229", ERR_OK },
	{ "switch: 1 March of none", "20240801", "20250301", "20250228",
	    ERR_OK },
	{ "switch: 1 January", "20240801", "20240101", "20231231", ERR_OK },
	{ "switch: 1 May of 令和元年", "20190501", "20240501", "20240430",
	    ERR_OK },
	{ "switch: the day after the old one began", "20240801", "20230802",
	    "20230801", ERR_OK },
	{ "switch: before the old one began", "20240801", "20230731", "",
	    ERR_SWITCH_DATE },
	{ "start: before the old one began", "20230731", "", "",
	    ERR_SWITCH_DATE },
	{ "start: not known", "", "", "", ERR_SWITCH_DATE },
};

static void
border_row(void **state)
{
	const struct border *row = *state;
	struct offer o = offer_new();
	char want[128];
	struct done d;

	put_p01();
	offer_add(&o, row_of(COVERAGE_INSURANCE, "139980", "9", row->from,
	    ""));
	assert_int_equal(renew(&d, &o, row->switch_on), row->want);
	if (row->want == ERR_OK) {
		snprintf(want, sizeof(want), "139980/9:%s-;"
		    "172010/456:20230801-%s;", row->switch_on[0] != '\0' ?
		    row->switch_on : row->from, row->closed);
		expect_history(P01, COVERAGE_INSURANCE, want);
	} else {
		expect_history(P01, COVERAGE_INSURANCE,
		    "172010/456:20230801-;");
		assert_string_not_equal(d.note.text, "");
	}
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
same_start_replaces_a_wrong_entry(void **state)
{
	struct offer o = offer_new();
	struct note note;
	struct done d;

	(void)state;
	put_p01();
	offer_add(&o, row_of(COVERAGE_INSURANCE, "139980", "9", "20230801",
	    ""));
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "139980/9:20230801-;");
	expect_columns(P01, "139980", "9", "");
	assert_int_equal(undo(&d, &note), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:20230801-;");
	expect_columns(P01, "172010", "456", "01");
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
forgotten_card_leaves_no_blank_row(void **state)
{
	struct offer o = offer_p01();
	struct note note;
	struct done d;

	(void)state;
	put_uninsured();
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "  172010/456:20240801-;");
	expect_entries(&d, "insurance created;");
	assert_int_equal(undo(&d, &note), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "");
	expect_columns(P01, "", "", "");
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
row_without_a_start_is_completed(void **state)
{
	struct offer o = offer_p01();
	struct done d;

	(void)state;
	assert_int_equal(patient_put(store, &p01), ERR_OK);
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "  172010/456:20240801-;");
	expect_entries(&d, "insurance updated;");
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
again_changes_nothing(void **state)
{
	struct offer o = offer_p01();
	struct done d;

	(void)state;
	put_p01();
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	assert_false(d.change.empty);
	apply_change_free(&d.change);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(renew(&d, &o, ""), ERR_OK);
		assert_true(d.change.empty);
		apply_change_free(&d.change);
	}
	/* The same answer of another day: another finding, nothing new. */
	snprintf(o.finding, sizeof(o.finding), "f2");
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	assert_true(d.change.empty);
	apply_change_free(&d.change);
	expect_history(P01, COVERAGE_INSURANCE,
	    "  172010/456:20240801-;172010/456:20230801-20240731;");
	offer_free(&o);
}

static void
old_finding_stays_before_a_later_row(void **state)
{
	struct offer o = offer_new();
	struct done d;

	(void)state;
	put_p01();
	put_row(P01, row_of(COVERAGE_INSURANCE, "139980", "9", "20241001",
	    ""));
	offer_add(&o, row_of(COVERAGE_INSURANCE, "133033", "3", "20240401",
	    ""));
	snprintf(o.asked_on, DAY_LEN, "20240501");
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "139980/9:20241001-;"
	    "133033/3:20240401-20240930;172010/456:20230801-20240331;");
	expect_columns(P01, "139980", "9", "");
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
switch_in_the_future_waits(void **state)
{
	struct offer o = offer_new();
	struct done d;

	(void)state;
	put_p01();
	offer_add(&o, row_of(COVERAGE_INSURANCE, "139980", "9", "20250401",
	    ""));
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_columns(P01, "172010", "456", "01");
	assert_int_equal(coverage_settle(store, P01, "20250401"), ERR_OK);
	expect_columns(P01, "139980", "9", "");
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
limit_is_taken_of_new_patients_only(void **state)
{
	struct offer o = offer_p01();
	struct patient other = p01;
	struct done d;

	(void)state;
	offer_add(&o, limit_row("20240801"));
	put_p01();
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_entries(&d,
	    "insurance closed;insurance created;limit display;");
	expect_history(P01, COVERAGE_LIMIT, "");
	apply_change_free(&d.change);

	snprintf(other.chart_number, sizeof(other.chart_number), "2");
	uninsure(&other);
	assert_int_equal(patient_put(store, &other), ERR_OK);
	assert_int_equal(run(&d, (struct apply_ask){ .action = APPLY_RENEW,
	    .chart_number = "2", .offer = &o }), ERR_OK);
	expect_entries(&d, "insurance created;limit created;");
	expect_history("2", COVERAGE_LIMIT, "/:20240801-;");
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
certificates_follow_each_other(void **state)
{
	struct offer o = offer_p01(), later = offer_p01();
	struct done d;

	(void)state;
	put_p01();
	offer_add(&o, elderly_row("20230801", "20240731", "010"));
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	apply_change_free(&d.change);
	snprintf(later.finding, sizeof(later.finding), "f2");
	offer_add(&later, elderly_row("20240801", "20250731", "020"));
	assert_int_equal(renew(&d, &later, ""), ERR_OK);
	expect_entries(&d, "elderly created;");
	expect_history(P01, COVERAGE_ELDERLY,
	    "/:20240801-20250731;/:20230801-20240731;");
	apply_change_free(&d.change);
	offer_free(&o);
	offer_free(&later);
}

static void
diseases_have_a_line_each(void **state)
{
	struct offer o = offer_p01();
	struct coverage one = { .kind = COVERAGE_DISEASE,
	    .valid_from = "20200401" }, two = { .kind = COVERAGE_DISEASE,
	    .valid_from = "20210401" };
	struct done d;

	(void)state;
	put_p01();
	coverage_set(&one, "category", "1");
	coverage_set(&two, "category", "2");
	offer_add(&o, one);
	offer_add(&o, two);
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_history(P01, COVERAGE_DISEASE, "/:20210401-;/:20200401-;");
	apply_change_free(&d.change);
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	assert_true(d.change.empty);
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
aid_stands_beside_the_insurance(void **state)
{
	struct offer o = offer_p01();
	struct done d;

	(void)state;
	put_p01();
	offer_add(&o, row_of(COVERAGE_AID, "12161009", "9931521", "20240401",
	    ""));
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_history(P01, COVERAGE_AID, "12161009/9931521:20240401-;");
	expect_columns(P01, "  172010", "456", "01");
	apply_change_free(&d.change);
	offer_free(&o);
}

/* Refusals. */

static const struct refusal {
	const char		*name;
	const char		*chart, *validity, *birthdate;
	enum sex		 sex;
	size_t			 insurances;
	enum apply_action	 action;
	enum err		 want;
} refusals[] = {
	{ "refused: chart number 0", "0", "1", "19500101", SEX_FEMALE, 1,
	    APPLY_RENEW, ERR_CHART_ZERO },
	{ "refused: chart number 000", "000", "1", "19500101", SEX_FEMALE, 1,
	    APPLY_NEW, ERR_CHART_ZERO },
	{ "refused: no chart number", "", "1", "19500101", SEX_FEMALE, 1,
	    APPLY_RENEW, ERR_CHART_ZERO },
	{ "refused: nobody", "404", "1", "19500101", SEX_FEMALE, 1,
	    APPLY_RENEW, ERR_NO_PATIENT },
	{ "refused: not valid", P01, "2", "19500101", SEX_FEMALE, 1,
	    APPLY_RENEW, ERR_NOT_VALID },
	{ "refused: not valid, a new one is", P01, "3", "19500101",
	    SEX_FEMALE, 1, APPLY_RENEW, ERR_NOT_VALID },
	{ "refused: none found", P01, "4", "19500101", SEX_FEMALE, 0,
	    APPLY_RENEW, ERR_NOT_VALID },
	{ "refused: several say so", P01, "5", "19500101", SEX_FEMALE, 2,
	    APPLY_RENEW, ERR_NOT_VALID },
	{ "refused: untold", P01, "", "19500101", SEX_FEMALE, 1, APPLY_RENEW,
	    ERR_NOT_VALID },
	{ "refused: 6 is of aid alone", P01, "6", "19500101", SEX_FEMALE, 1,
	    APPLY_RENEW, ERR_NOT_VALID },
	{ "refused: two insurances", P01, "1", "19500101", SEX_FEMALE, 2,
	    APPLY_RENEW, ERR_SEVERAL },
	{ "refused: another birth date", P01, "1", "19500102", SEX_FEMALE, 1,
	    APPLY_RENEW, ERR_CONTRADICTS },
	{ "refused: another sex", P01, "1", "19500101", SEX_MALE, 1,
	    APPLY_RENEW, ERR_CONTRADICTS },
	{ "refused: reference of another sex", P01, "1", "19500101",
	    SEX_MALE, 1, APPLY_REFERENCE, ERR_CONTRADICTS },
	{ "refused: new, and there is one", P01, "1", "19500101", SEX_FEMALE,
	    1, APPLY_NEW, ERR_IN_LEDGER },
	{ "refused: new without a birth date", "2", "1", "", SEX_FEMALE, 1,
	    APPLY_NEW, ERR_ROW },
	{ "refused: no reference number", P01, "1", "19500101", SEX_FEMALE, 1,
	    APPLY_REFERENCE, ERR_NO_SUCH },
	{ "refused: no field is named", P01, "1", "19500101", SEX_FEMALE, 1,
	    APPLY_OVERWRITE, ERR_BAD_REQUEST },
};

static void
refusal_row(void **state)
{
	const struct refusal *row = *state;
	struct offer o = offer_new();
	struct done d;

	put_p01();
	snprintf(o.validity, sizeof(o.validity), "%s", row->validity);
	snprintf(o.person.birthdate, DAY_LEN, "%s", row->birthdate);
	o.person.sex = row->sex;
	for (size_t i = 0; i < row->insurances; i++)
		offer_add(&o, row_of(COVERAGE_INSURANCE, "139980", "9",
		    "20240801", ""));
	assert_int_equal(run(&d, (struct apply_ask){ .action = row->action,
	    .chart_number = row->chart, .offer = &o }), row->want);
	assert_null(d.change.before);
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:20230801-;");
	expect_history(row->chart, COVERAGE_AID, "");
	offer_free(&o);
}

static void
sex_that_is_not_known_does_not_contradict(void **state)
{
	struct offer o = offer_p01();
	struct done d;

	(void)state;
	put_p01();
	o.person.sex = SEX_UNSET;
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	apply_change_free(&d.change);
	offer_free(&o);
}

/* Overwriting. */

static void
ticked_fields_alone_change(void **state)
{
	static const char *const fields[] = { "insured_branch_number",
	    "valid_until" };
	struct offer o = offer_new();
	struct coverage c = row_of(COVERAGE_INSURANCE, "172010", "456",
	    "20230801", "20251231"), now;
	struct note note;
	struct done d;
	int found;

	(void)state;
	put_p01();
	coverage_set(&c, "insured_branch_number", "02");
	coverage_set(&c, "insured_card_symbol", "999");
	coverage_set(&c, "insurer_name", "金沢");
	snprintf(o.person.address, sizeof(o.person.address), "石川県");
	offer_add(&o, c);
	assert_int_equal(overwrite(&d, &o, fields, 2), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE,
	    "172010/456:20230801-20251231;");
	expect_columns(P01, "172010", "456", "02");
	assert_int_equal(coverage_at(store, P01, COVERAGE_INSURANCE, TODAY,
	    &now, &found), ERR_OK);
	assert_string_equal(coverage_field(&now, "insured_card_symbol"),
	    "123");
	assert_string_equal(coverage_field(&now, "insurer_name"), "");
	coverage_free(&now);
	assert_int_equal(undo(&d, &note), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:20230801-;");
	expect_columns(P01, "172010", "456", "01");
	apply_change_free(&d.change);
	offer_free(&o);
}

static const struct tick {
	const char	*name, *field;
	enum err	 want;
} ticks[] = {
	{ "tick: name", "name", ERR_IDENTITY },
	{ "tick: kana", "kana", ERR_IDENTITY },
	{ "tick: sex", "sex", ERR_IDENTITY },
	{ "tick: birth date", "birthdate", ERR_IDENTITY },
	{ "tick: address", "address", ERR_OK },
	{ "tick: post number", "post_number", ERR_OK },
	{ "tick: symbol", "insured_card_symbol", ERR_OK },
	{ "tick: what is the same already", "insurer_number", ERR_OK },
	{ "tick: what the finding does not say", "insured_branch_number",
	    ERR_NO_SUCH },
	{ "tick: a limit that is not on record", "limit_from",
	    ERR_NO_SUCH },
	{ "tick: no such field", "photograph", ERR_BAD_REQUEST },
	{ "tick: a column that is no field", "chart_number",
	    ERR_BAD_REQUEST },
};

static void
tick_row(void **state)
{
	const struct tick *row = *state;
	const char *fields[] = { "insured_card_symbol", row->field };
	struct offer o = offer_new();
	struct coverage c = row_of(COVERAGE_INSURANCE, "172010", "456",
	    "20230801", ""), now;
	struct patient p;
	struct done d;
	int found;

	put_p01();
	coverage_set(&c, "insured_card_symbol", "999");
	snprintf(o.person.name, sizeof(o.person.name), "資格　一郎");
	snprintf(o.person.address, sizeof(o.person.address), "石川県");
	snprintf(o.person.post_number, sizeof(o.person.post_number),
	    "921-0000");
	offer_add(&o, c);
	offer_add(&o, limit_row("20240801"));
	assert_int_equal(overwrite(&d, &o, fields, 2), row->want);
	assert_int_equal(coverage_at(store, P01, COVERAGE_INSURANCE, TODAY,
	    &now, &found), ERR_OK);
	assert_string_equal(coverage_field(&now, "insured_card_symbol"),
	    row->want == ERR_OK ? "999" : "123");
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	assert_string_equal(p.name, p01.name);
	assert_string_equal(p.address, strcmp(row->field, "address") == 0 ?
	    "石川県" : "");
	coverage_free(&now);
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
limit_on_record_may_be_corrected(void **state)
{
	static const char *const fields[] = { "limit_from" };
	struct offer o = offer_p01();
	struct done d;

	(void)state;
	put_p01();
	put_row(P01, limit_row("20230801"));
	offer_add(&o, limit_row("20240801"));
	assert_int_equal(overwrite(&d, &o, fields, 1), ERR_OK);
	expect_history(P01, COVERAGE_LIMIT, "/:20240801-;");
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:20230801-;");
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
moved_start_moves_the_end_before(void **state)
{
	static const char *const fields[] = { "valid_from" };
	struct offer o = offer_new();
	struct done d;

	(void)state;
	put_uninsured();
	put_row(P01, row_of(COVERAGE_INSURANCE, "133033", "3", "20200401",
	    "20240731"));
	put_row(P01, row_of(COVERAGE_INSURANCE, "172010", "456", "20240801",
	    ""));
	offer_add(&o, row_of(COVERAGE_INSURANCE, "172010", "456", "20240701",
	    ""));
	assert_int_equal(overwrite(&d, &o, fields, 1), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE,
	    "172010/456:20240701-;133033/3:20200401-20240630;");
	apply_change_free(&d.change);
	snprintf(o.row[0].valid_from, DAY_LEN, "20200401");
	assert_int_equal(overwrite(&d, &o, fields, 1), ERR_SWITCH_DATE);
	offer_free(&o);
}

static void
end_before_its_beginning_is_refused(void **state)
{
	static const char *const fields[] = { "valid_until" };
	struct offer o = offer_new();
	struct done d;

	(void)state;
	put_p01();
	offer_add(&o, row_of(COVERAGE_INSURANCE, "172010", "456", "",
	    "20230731"));
	assert_int_equal(overwrite(&d, &o, fields, 1), ERR_SWITCH_DATE);
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:20230801-;");
	offer_free(&o);
}

/* The next insurance is on record: the old one does not reach into it. */
static void
end_stays_before_the_next_row(void **state)
{
	static const char *const fields[] = { "valid_until" };
	struct compare *c = malloc(sizeof(*c));
	struct offer o = offer_new();
	struct holding h;
	struct done d;

	(void)state;
	assert_non_null(c);
	put_uninsured();
	put_row(P01, row_of(COVERAGE_INSURANCE, "172010", "456", "20230801",
	    "20240331"));
	put_row(P01, row_of(COVERAGE_INSURANCE, "139980", "9", "20241001",
	    ""));
	offer_add(&o, row_of(COVERAGE_INSURANCE, "172010", "456", "20230801",
	    "20250731"));
	snprintf(o.asked_on, DAY_LEN, "20240301");
	assert_int_equal(overwrite(&d, &o, fields, 1), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE,
	    "139980/9:20241001-;172010/456:20230801-20240930;");
	apply_change_free(&d.change);
	/* Cut, it is the same, with an end and without. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(holding_load(store, P01, &h), ERR_OK);
		assert_int_equal(compare(&h, &o, 0, TODAY, c), ERR_OK);
		assert_int_equal(c->row[COMPARE_valid_until].state,
		    COMPARE_SAME);
		assert_int_equal(c->row[COMPARE_valid_until].may_overwrite,
		    0);
		assert_int_equal(c->changed, 0);
		holding_free(&h);
		o.row[0].valid_until[0] = '\0';
	}
	/* An earlier end is another. */
	snprintf(o.row[0].valid_until, DAY_LEN, "20240531");
	assert_int_equal(holding_load(store, P01, &h), ERR_OK);
	assert_int_equal(compare(&h, &o, 0, TODAY, c), ERR_OK);
	assert_int_equal(c->row[COMPARE_valid_until].state, COMPARE_DIFFERS);
	holding_free(&h);
	free(c);
	offer_free(&o);
}

static void
start_stays_before_the_next_row(void **state)
{
	static const char *const fields[] = { "valid_from" };
	struct offer o = offer_new();
	struct done d;

	(void)state;
	put_p01();
	put_row(P01, row_of(COVERAGE_INSURANCE, "139980", "9", "20241001",
	    ""));
	offer_add(&o, row_of(COVERAGE_INSURANCE, "172010", "456", "20241001",
	    ""));
	snprintf(o.asked_on, DAY_LEN, "20240301");
	assert_int_equal(overwrite(&d, &o, fields, 1), ERR_SWITCH_DATE);
	expect_history(P01, COVERAGE_INSURANCE,
	    "139980/9:20241001-;172010/456:20230801-;");
	offer_free(&o);
}

/* COS-33: this year's class does not get into last year's certificate. */
static void
limit_is_kept_unless_a_person_ticks_it(void **state)
{
	static const char *const fields[] = { "details" };
	struct offer o = offer_new();
	struct coverage c = row_of(COVERAGE_INSURANCE, "172010", "456",
	    "20230801", ""), now;
	struct done d;
	int found;

	(void)state;
	put_p01();
	put_row(P01, limit_row("20230801"));
	coverage_set(&c, "contribution_ratio", "020");
	offer_add(&o, c);
	offer_add(&o, limit_row("20240801"));
	coverage_set(&o.row[1], "classification_flag", "B02");
	for (int keep = 1; keep >= 0; keep--) {
		assert_int_equal(run(&d, (struct apply_ask){
		    .action = APPLY_OVERWRITE, .offer = &o,
		    .fields = fields, .n_fields = 1, .keep_limit = keep }),
		    ERR_OK);
		apply_change_free(&d.change);
		assert_int_equal(coverage_at(store, P01, COVERAGE_INSURANCE,
		    TODAY, &now, &found), ERR_OK);
		assert_string_equal(coverage_field(&now,
		    "contribution_ratio"), "020");
		coverage_free(&now);
		assert_int_equal(coverage_at(store, P01, COVERAGE_LIMIT,
		    TODAY, &now, &found), ERR_OK);
		assert_string_equal(coverage_field(&now,
		    "classification_flag"), keep ? "B04" : "B02");
		coverage_free(&now);
	}
	offer_free(&o);
}

/* The reference number and the confirmation. */

static void
reference_is_given_once(void **state)
{
	struct offer o = offer_p01();
	struct patient p;
	struct done d;

	(void)state;
	put_p01();
	snprintf(o.person.reference_number, 51, "00010");
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_entries(&d, "insurance closed;insurance created;"
	    "patient registered;");
	apply_change_free(&d.change);
	snprintf(o.person.reference_number, 51, "00011");
	snprintf(o.finding, sizeof(o.finding), "f2");
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_entries(&d, "patient reference_differs;");
	assert_true(d.change.empty);
	apply_change_free(&d.change);
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	assert_string_equal(p.reference_number, "00010");
	assert_int_equal(run(&d, (struct apply_ask){
	    .action = APPLY_REFERENCE, .offer = &o }),
	    ERR_REFERENCE_DIFFERS);
	offer_free(&o);
}

static void
reference_of_another_patient_is_not_taken(void **state)
{
	struct patient other = p01;
	struct offer o = offer_p01();
	struct patient p;
	struct done d;

	(void)state;
	put_p01();
	snprintf(other.chart_number, sizeof(other.chart_number), "13");
	snprintf(other.reference_number, 51, "00010");
	assert_int_equal(patient_put(store, &other), ERR_OK);
	snprintf(o.person.reference_number, 51, "00010");
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_entries(&d, "insurance closed;insurance created;"
	    "patient reference_taken;");
	apply_change_free(&d.change);
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	assert_string_equal(p.reference_number, "");
	assert_int_equal(run(&d, (struct apply_ask){
	    .action = APPLY_REFERENCE, .offer = &o }), ERR_REFERENCE_TAKEN);
	assert_string_equal(d.note.text, "chart number 13");
	offer_free(&o);
}

static void
confirmation_is_a_day_of_its_own(void **state)
{
	struct offer o = offer_p01();
	struct patient p;
	struct note note;
	struct done d;

	(void)state;
	put_p01();
	assert_int_equal(run(&d, (struct apply_ask){
	    .action = APPLY_CONFIRM, .offer = &o }), ERR_OK);
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	assert_string_equal(p.confirmed_on, TODAY);
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:20230801-;");
	assert_int_equal(undo(&d, &note), ERR_OK);
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	assert_string_equal(p.confirmed_on, "");
	apply_change_free(&d.change);
	assert_int_equal(patient_confirm(store, P01, TODAY), ERR_OK);
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	assert_string_equal(p.confirmed_on, TODAY);
	assert_int_equal(patient_confirm(store, "404", TODAY),
	    ERR_NO_PATIENT);
	offer_free(&o);
}

/* New patients. */

static void
new_patient_comes_and_goes(void **state)
{
	struct offer o = offer_p01();
	struct patient p;
	struct note note;
	struct done d;

	(void)state;
	snprintf(o.person.reference_number, 51, "00010");
	snprintf(o.person.address, sizeof(o.person.address), "石川県");
	offer_add(&o, limit_row("20240801"));
	assert_int_equal(run(&d, (struct apply_ask){ .action = APPLY_NEW,
	    .offer = &o }), ERR_OK);
	expect_entries(&d, "patient created;insurance created;"
	    "limit created;patient registered;");
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	assert_string_equal(p.name, p01.name);
	assert_string_equal(p.reference_number, "00010");
	assert_string_equal(p.address, "石川県");
	expect_columns(P01, "  172010", "456", "01");
	assert_int_equal(undo(&d, &note), ERR_OK);
	assert_int_equal(patient_get(store, P01, &p), ERR_NO_PATIENT);
	expect_history(P01, COVERAGE_INSURANCE, "");
	apply_change_free(&d.change);
	offer_free(&o);
}

static enum err
first_text(void *ctx, const struct val *cols, size_t n)
{
	assert_true(n > 0);
	snprintf(ctx, 40, "%s", val_str(&cols[0]));
	return (ERR_OK);
}

/* Who gets his chart number next is another person to everybody. */
static void
new_patient_leaves_no_traces(void **state)
{
	struct offer o = offer_p01();
	const struct val chart = val_text(P01);
	char id[40] = "", ask[40] = "";
	struct note note;
	struct done d;

	(void)state;
	assert_int_equal(run(&d, (struct apply_ask){ .action = APPLY_NEW,
	    .offer = &o }), ERR_OK);
	assert_int_equal(store_run(store, SQL_FHIR_ID_ADD, (struct val[]){
	    val_text("fhir-1"), chart }, 2, NULL, NULL, NULL), ERR_OK);
	assert_int_equal(store_run(store, SQL_DOCUMENT_ASK_ADD,
	    (struct val[]){ val_text("a1"), chart, val_text("drug"),
	    val_text("pdf"), val_text("202601"), val_text("202601"),
	    val_int(0), val_text(NULL), val_text("not_consented"),
	    val_int(1) }, 10, NULL, NULL, NULL), ERR_OK);
	assert_int_equal(undo(&d, &note), ERR_OK);
	assert_int_equal(store_run(store, SQL_FHIR_ID_GET, &chart, 1,
	    first_text, id, NULL), ERR_OK);
	assert_string_equal(id, "");
	assert_int_equal(store_run(store, SQL_DOCUMENT_ASK_NEWEST,
	    (struct val[]){ chart, val_text("drug") }, 2, first_text, ask,
	    NULL), ERR_OK);
	assert_string_equal(ask, "");
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
new_patient_with_a_request_stays(void **state)
{
	struct offer o = offer_p01();
	struct note note;
	struct done d;

	(void)state;
	assert_int_equal(run(&d, (struct apply_ask){ .action = APPLY_NEW,
	    .offer = &o }), ERR_OK);
	assert_int_equal(store_run(store, SQL_REQUEST_ADD, (struct val[]){
	    val_text("r1"), val_text("i1"), val_text("k"), val_text(NULL),
	    val_text(P01), val_int(1) }, 6, NULL, NULL, NULL), ERR_OK);
	assert_int_equal(undo(&d, &note), ERR_STANDS_ON);
	assert_string_equal(note.text,
	    "visits, requests or documents are his");
	apply_change_free(&d.change);
	offer_free(&o);
}

/* Undoing. */

static void
undo_restores_exactly(void **state)
{
	struct offer o = offer_p01();
	struct holding before, after;
	json_t *a, *b;
	struct note note;
	struct done d;

	(void)state;
	put_p01();
	offer_add(&o, elderly_row("20230801", "20240731", "010"));
	snprintf(o.person.address, sizeof(o.person.address), "石川県");
	snprintf(o.person.reference_number, 51, "00010");
	assert_int_equal(holding_load(store, P01, &before), ERR_OK);
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	assert_int_equal(undo(&d, &note), ERR_OK);
	assert_int_equal(holding_load(store, P01, &after), ERR_OK);
	a = holding_json(&before, TODAY);
	b = holding_json(&after, TODAY);
	assert_true(json_equal(a, b));
	json_decref(a);
	json_decref(b);
	holding_free(&before);
	holding_free(&after);
	/* And again forwards: the finding was not consumed. */
	apply_change_free(&d.change);
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	assert_false(d.change.empty);
	apply_change_free(&d.change);
	offer_free(&o);
}

/* An insurance that ended is on record, and was cleared at the desk. */
static void
undo_leaves_an_uninsured_one_so(void **state)
{
	struct offer o = offer_p01();
	struct note note;
	struct done d;

	(void)state;
	put_uninsured();
	put_row(P01, row_of(COVERAGE_INSURANCE, "133033", "3", "20200401",
	    "20210731"));
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_columns(P01, "  172010", "456", "01");
	assert_int_equal(undo(&d, &note), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE,
	    "133033/3:20200401-20210731;");
	expect_columns(P01, "", "", "");
	apply_change_free(&d.change);
	offer_free(&o);
}

static void
undo_after_a_later_change_is_refused(void **state)
{
	struct offer o = offer_p01(), later = offer_new();
	struct done first, second;
	struct note note;

	(void)state;
	put_p01();
	assert_int_equal(renew(&first, &o, ""), ERR_OK);
	snprintf(later.finding, sizeof(later.finding), "f2");
	offer_add(&later, row_of(COVERAGE_INSURANCE, "139980", "9",
	    "20241101", ""));
	assert_int_equal(renew(&second, &later, ""), ERR_OK);
	assert_int_equal(undo(&first, &note), ERR_STANDS_ON);
	assert_string_equal(note.text, "the history was changed afterwards");
	expect_columns(P01, "139980", "9", "");
	assert_int_equal(undo(&second, &note), ERR_OK);
	assert_int_equal(undo(&first, &note), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:20230801-;");
	assert_int_equal(undo(&first, &note), ERR_STANDS_ON);
	apply_change_free(&first.change);
	apply_change_free(&second.change);
	offer_free(&o);
	offer_free(&later);
}

/* The next insurance touched nothing of it, and stands all the same. */
static void
undo_below_a_later_row_is_refused(void **state)
{
	struct offer o = offer_p01(), later = offer_new();
	struct done first, second;
	struct note note;

	(void)state;
	put_p01();
	snprintf(o.row[0].valid_until, DAY_LEN, "20241031");
	assert_int_equal(renew(&first, &o, ""), ERR_OK);
	snprintf(later.finding, sizeof(later.finding), "f2");
	offer_add(&later, row_of(COVERAGE_INSURANCE, "139980", "9",
	    "20241101", ""));
	assert_int_equal(renew(&second, &later, ""), ERR_OK);
	assert_int_equal(undo(&first, &note), ERR_STANDS_ON);
	assert_string_equal(note.text, "a later row would be overlapped");
	expect_history(P01, COVERAGE_INSURANCE, "139980/9:20241101-;"
	    "  172010/456:20240801-20241031;172010/456:20230801-20240731;");
	assert_int_equal(undo(&second, &note), ERR_OK);
	assert_int_equal(undo(&first, &note), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:20230801-;");
	apply_change_free(&first.change);
	apply_change_free(&second.change);
	offer_free(&o);
	offer_free(&later);
}

/* A row of before the later one was there already, and goes alone. */
static void
undo_of_an_old_finding_leaves_the_later_row(void **state)
{
	struct offer o = offer_new();
	struct note note;
	struct done d;

	(void)state;
	put_uninsured();
	put_row(P01, row_of(COVERAGE_INSURANCE, "172010", "456", "20230801",
	    "20240930"));
	put_row(P01, row_of(COVERAGE_INSURANCE, "139980", "9", "20241001",
	    ""));
	offer_add(&o, row_of(COVERAGE_INSURANCE, "133033", "3", "20240401",
	    ""));
	snprintf(o.asked_on, DAY_LEN, "20240501");
	assert_int_equal(renew(&d, &o, ""), ERR_OK);
	expect_columns(P01, "139980", "9", "");
	assert_int_equal(undo(&d, &note), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE,
	    "139980/9:20241001-;172010/456:20230801-20240930;");
	expect_columns(P01, "139980", "9", "");
	apply_change_free(&d.change);
	offer_free(&o);
}

/* He was asked with nothing before; what came since is valid. */
static void
undo_leaves_what_is_valid_in_the_columns(void **state)
{
	struct offer o = offer_p01(), later = offer_new();
	struct done first, second;
	struct note note;

	(void)state;
	put_uninsured();
	snprintf(o.row[0].valid_until, DAY_LEN, "20241031");
	assert_int_equal(renew(&first, &o, ""), ERR_OK);
	/* It ended since; there is none but it. */
	expect_columns(P01, "  172010", "456", "01");
	snprintf(later.finding, sizeof(later.finding), "f2");
	offer_add(&later, row_of(COVERAGE_INSURANCE, "139980", "9",
	    "20241101", ""));
	assert_int_equal(renew(&second, &later, ""), ERR_OK);
	assert_int_equal(undo(&first, &note), ERR_OK);
	expect_history(P01, COVERAGE_INSURANCE, "139980/9:20241101-;");
	expect_columns(P01, "139980", "9", "");
	apply_change_free(&first.change);
	apply_change_free(&second.change);
	offer_free(&o);
	offer_free(&later);
}

/* 照会番号の削除 (DEN-21) is a part of undoing, not in its way. */
static void
undo_after_unlinking_goes_on(void **state)
{
	const enum apply_action actions[] = { APPLY_RENEW, APPLY_NEW };
	struct offer o = offer_p01();
	struct patient p;
	struct note note;
	struct done d;

	(void)state;
	snprintf(o.person.reference_number, 51, "00010");
	for (size_t i = 0; i < LEN(actions); i++) {
		if (actions[i] == APPLY_RENEW)
			put_p01();
		assert_int_equal(run(&d, (struct apply_ask){
		    .action = actions[i], .offer = &o,
		    .chart_number = i == 0 ? P01 : "2" }), ERR_OK);
		assert_int_equal(patient_set_reference(store, i == 0 ? P01 :
		    "2", ""), ERR_OK);
		assert_int_equal(store_begin(store), ERR_OK);
		assert_int_equal(apply_undo(store, i == 0 ? P01 : "2",
		    d.change.before, d.change.after, TODAY, &note), ERR_OK);
		assert_int_equal(store_commit(store), ERR_OK);
		apply_change_free(&d.change);
	}
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	assert_string_equal(p.reference_number, "");
	expect_history(P01, COVERAGE_INSURANCE, "172010/456:20230801-;");
	assert_int_equal(patient_get(store, "2", &p), ERR_NO_PATIENT);
	offer_free(&o);
}

static void
undo_after_the_address_changed_is_refused(void **state)
{
	static const char *const fields[] = { "address" };
	struct offer o = offer_p01();
	struct patient p;
	struct note note;
	struct done d;

	(void)state;
	put_p01();
	snprintf(o.person.address, sizeof(o.person.address), "石川県");
	assert_int_equal(overwrite(&d, &o, fields, 1), ERR_OK);
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	snprintf(p.address, sizeof(p.address), "富山県");
	assert_int_equal(patient_put(store, &p), ERR_OK);
	assert_int_equal(undo(&d, &note), ERR_STANDS_ON);
	assert_string_equal(note.text, "address was changed afterwards");
	assert_int_equal(patient_get(store, P01, &p), ERR_OK);
	assert_string_equal(p.address, "富山県");
	apply_change_free(&d.change);
	offer_free(&o);
}

static const struct CMUnitTest plain[] = {
	TEST(eighteen_fields_in_order),
	TEST(who_it_is_is_never_overwritten),
	TEST(limit_counts_as_no_change),
	TEST(month_has_four_cases),
	TEST(renewal_closes_the_old_one_the_day_before),
	TEST(same_start_replaces_a_wrong_entry),
	TEST(forgotten_card_leaves_no_blank_row),
	TEST(row_without_a_start_is_completed),
	TEST(again_changes_nothing),
	TEST(old_finding_stays_before_a_later_row),
	TEST(switch_in_the_future_waits),
	TEST(limit_is_taken_of_new_patients_only),
	TEST(certificates_follow_each_other),
	TEST(diseases_have_a_line_each),
	TEST(aid_stands_beside_the_insurance),
	TEST(sex_that_is_not_known_does_not_contradict),
	TEST(ticked_fields_alone_change),
	TEST(limit_on_record_may_be_corrected),
	TEST(moved_start_moves_the_end_before),
	TEST(end_before_its_beginning_is_refused),
	TEST(end_stays_before_the_next_row),
	TEST(start_stays_before_the_next_row),
	TEST(limit_is_kept_unless_a_person_ticks_it),
	TEST(reference_is_given_once),
	TEST(reference_of_another_patient_is_not_taken),
	TEST(confirmation_is_a_day_of_its_own),
	TEST(new_patient_comes_and_goes),
	TEST(new_patient_leaves_no_traces),
	TEST(new_patient_with_a_request_stays),
	TEST(undo_restores_exactly),
	TEST(undo_leaves_an_uninsured_one_so),
	TEST(undo_after_a_later_change_is_refused),
	TEST(undo_below_a_later_row_is_refused),
	TEST(undo_of_an_old_finding_leaves_the_later_row),
	TEST(undo_leaves_what_is_valid_in_the_columns),
	TEST(undo_after_unlinking_goes_on),
	TEST(undo_after_the_address_changed_is_refused),
};

static size_t
rows(struct CMUnitTest *to, const void *table, size_t n, size_t size,
    CMUnitTestFunction f)
{
	for (size_t i = 0; i < n; i++) {
		const char *const *row = (const void *)((const char *)table +
		    i * size);

		to[i] = (struct CMUnitTest){ .name = *row, .test_func = f,
		    .setup_func = room_up, .teardown_func = room_down,
		    .initial_state = (void *)(uintptr_t)row };
	}
	return (n);
}

int
main(void)
{
	struct CMUnitTest tests[LEN(plain) + LEN(field_cases) + LEN(borders) +
	    LEN(refusals) + LEN(ticks)];
	size_t n = 0;

	n += rows(tests + n, field_cases, LEN(field_cases),
	    sizeof(field_cases[0]), field_row);
	n += rows(tests + n, borders, LEN(borders), sizeof(borders[0]),
	    border_row);
	n += rows(tests + n, refusals, LEN(refusals), sizeof(refusals[0]),
	    refusal_row);
	n += rows(tests + n, ticks, LEN(ticks), sizeof(ticks[0]), tick_row);
	for (size_t i = 0; i < LEN(plain); i++)
		tests[n++] = plain[i];
	return (cmocka_run_group_tests_name("ledger_apply", tests, NULL,
	    NULL));
}
