#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/visit/face.h"
#include "reader/pin.h"
#include "tests/unit/visit_room.h"

#define FLAGS "<LimitApplicationCertificateRelatedConsFlg>1" \
    "</LimitApplicationCertificateRelatedConsFlg>" \
    "<PharmacistsInfoConsFlg>1</PharmacistsInfoConsFlg>" \
    "<DiagnosisInfoConsFlg>0</DiagnosisInfoConsFlg>" \
    "<OperationInfoConsFlg>2</OperationInfoConsFlg>"

/* --- whom a face reader's result means --- */

static const struct saying {
	const char		*name;
	struct stage_answer	 answer;
	enum match		 want;		/* P03 is armed */
} sayings[] = {
	{ "the person", { ANSWER_P03 }, MATCH_CERTAIN },
	{ "somebody else", { ANSWER_P02 }, MATCH_NO },
	{ "another birth date", { .name = "資格　一郎", .kana = "ｼｶｸ ｲﾁﾛｳ",
	    .birthdate = "19600603", .sex = "1" }, MATCH_NO },
	{ "another sex", { .name = "資格　一郎", .kana = "ｼｶｸ ｲﾁﾛｳ",
	    .birthdate = "19600602", .sex = "2" }, MATCH_NO },
	{ "another name", { .name = "資格　三郎", .kana = "ｼｶｸ ｻﾌﾞﾛｳ",
	    .birthdate = "19600602", .sex = "1" }, MATCH_NO },
	{ "a sex nobody knows", { .name = "資格　一郎", .kana = "ｼｶｸ ｲﾁﾛｳ",
	    .birthdate = "19600602", .sex = "3" }, MATCH_POSSIBLE },
	{ "a name with a gap", { .name = "資格　●郎", .kana = "",
	    .birthdate = "19600602", .sex = "1" }, MATCH_POSSIBLE },
	{ "nothing of a person", { .name = "", .kana = "", .birthdate = "",
	    .sex = "" }, MATCH_NO },
	{ "not accepted", { ANSWER_P03, .segment = "9" }, MATCH_NO },
	{ "two records, the second somebody else's", { ANSWER_P03, .more =
	    "</ResultOfQualificationConfirmation>"
	    "<ResultOfQualificationConfirmation><Name>ききょう　髙子</Name>"
	    "<NameKana>ｷｷｮｳ ﾀｶｺ</NameKana><Birthdate>19510401</Birthdate>"
	    "<Sex1>2</Sex1>" }, MATCH_NO },
};

static void
says_row(void **state)
{
	const struct saying *row = *state;
	struct result *r = stage_result(&row->answer);

	assert_int_equal(face_says(r, &stage_people[1]), row->want);
	result_free(&r);
}

/* --- and whether it is of now --- */

static const struct when {
	const char	*name;
	int64_t		 after;		/* it was armed; ms */
	enum match	 want;
} whens[] = {
	{ "when: at once", 0, MATCH_CERTAIN },
	{ "when: five seconds before", -FACE_EARLY_MS, MATCH_CERTAIN },
	{ "when: six seconds before", -FACE_EARLY_MS - 1000, MATCH_NO },
	{ "when: three minutes after", FACE_LATE_MS, MATCH_CERTAIN },
	{ "when: a second later", FACE_LATE_MS + 1000, MATCH_NO },
	{ "when: yesterday", -86400000, MATCH_NO },
};

static void
when_row(void **state)
{
	const int64_t armed = INT64_C(1795132800000);	/* whole seconds */
	const struct when *row = *state;
	struct stage_answer a = { ANSWER_P03 };
	char stamp[CLOCK_STAMP_LEN];
	struct result *r;

	clock_stamp(armed + row->after, stamp);
	stamp[14] = '\0';
	a.stamp = stamp;
	r = stage_result(&a);
	assert_int_equal(face_match(r, &stage_people[1], armed), row->want);
	result_free(&r);
}

static void
no_time_is_no_match(void **state)
{
	static const char *const stamps[] = { "", "x", "20261120",
	    "20261320090000", "20261120250000", "99999999999999" };
	struct stage_answer a = { ANSWER_P03 };
	struct result *r;

	(void)state;
	for (size_t i = 0; i < LEN(stamps); i++) {
		a.stamp = stamps[i];
		r = stage_result(&a);
		assert_int_equal(face_match(r, &stage_people[1],
		    INT64_C(1795132800000)), MATCH_NO);
		result_free(&r);
	}
}

/* --- binding it --- */

static void
start(struct visit *v, const char *method)
{
	struct visit_about about = { .mode = "face", .client = "kiosk-1" };

	snprintf(about.method, sizeof(about.method), "%s", method);
	assert_int_equal(visit_start(v, stage_store, &room.conf, &about),
	    ERR_OK);
}

static void
bound_with_its_consent(void **state)
{
	const struct stage_answer a = { ANSWER_P03, .more = FLAGS,
	    .stamp = "20261120090003" };
	struct result *r = stage_result(&a);
	struct visit v;

	(void)state;
	stage_face(&a, "d1");
	start(&v, "face");
	assert_int_equal(face_bind(&v, &stage_people[1], &r, "d1"), ERR_OK);
	assert_null(r);
	assert_int_equal(v.state, VS_ANSWERED);
	assert_int_equal(v.consent.given[CONSENT_LIMIT], 1);
	assert_int_equal(v.consent.given[CONSENT_DRUG], 1);
	/* Only 1 is consent; what is not there is none. */
	assert_int_equal(v.consent.given[CONSENT_DIAGNOSIS], 0);
	assert_int_equal(v.consent.given[CONSENT_OPERATION], 0);
	assert_int_equal(v.consent.given[CONSENT_DISEASE], 0);
	assert_int_equal(v.consent.prescription, PRESCRIPTION_NONE);
	assert_int_equal(v.consent.confirmed, INT64_C(1795132803000));
	assert_string_equal(stage_visit(v.id, "chart_number"), P03);
	assert_string_equal(stage_visit(v.id, "outcome"), "1");
	assert_string_equal(stage_ask("SELECT visit FROM result"), v.id);
	assert_non_null(strstr(stage_visit(v.id, "identity"),
	    "official face reader"));
	visit_end(&v);
}

static void
a_contradiction_changes_nothing(void **state)
{
	const struct stage_answer a = { ANSWER_P03 };
	struct result *r = stage_result(&a);
	struct visit v;

	(void)state;
	stage_face(&a, "d1");
	start(&v, "face");
	assert_int_equal(face_bind(&v, &stage_people[0], &r, "d1"),
	    ERR_CONTRADICTS);
	assert_non_null(r);
	assert_int_equal(v.state, VS_IDLE);
	assert_string_equal(v.patient.chart_number, "");
	assert_string_equal(stage_ask("SELECT visit IS NULL FROM result"),
	    "1");
	result_free(&r);
	visit_end(&v);
}

static const struct unbound {
	const char	*name, *digest, *sql;
} unbounds[] = {
	{ "bind: no such result", "d2", NULL },
	{ "bind: bound before", "d1", "UPDATE result SET visit = "
	    "(SELECT id FROM visit LIMIT 1)" },
	{ "bind: not of a face reader", "d1", "UPDATE result SET face = 0" },
	{ "bind: the store fails", "d1", "CREATE TRIGGER broken BEFORE "
	    "UPDATE OF visit ON result BEGIN SELECT RAISE(ABORT, 'x'); END" },
};

static void
unbound_row(void **state)
{
	const struct unbound *row = *state;
	const struct stage_answer a = { ANSWER_P03 };
	struct result *r = stage_result(&a);
	struct visit v;

	stage_face(&a, "d1");
	start(&v, "face");
	if (row->sql != NULL)
		stage_sql(row->sql);
	assert_int_not_equal(face_bind(&v, &stage_people[1], &r,
	    row->digest), ERR_OK);
	assert_int_equal(v.state, VS_IDLE);
	assert_string_equal(stage_visit(v.id, "state"), "idle");
	assert_string_equal(stage_visit(v.id, "identity IS NULL AND consent "
	    "IS NULL AND chart_number IS NULL"), "1");
	result_free(&r);
	visit_end(&v);
}

/* --- a card without its PIN --- */

/* What the person and the kiosk do, in order. */
struct scene {
	const char	*name, *method, *card;
	const char	*numbers;	/* r right, w wrong, c cancels, s short */
	enum err	 compare;	/* what engine or staff say */
	int		 unknown_ok;	/* conf: face_unknown_issuer */
	enum err	 want;
	enum visit_state state;
	unsigned	 surface;	/* VERIFYs of 照合番号B */
	unsigned	 compared;	/* how often the photograph was shown */
};

static const struct scene scenes[] = {
	{ "face: matched", "face", "p03", "r", ERR_OK, 0, ERR_OK,
	    VS_VERIFIED, 1, 1 },
	{ "visual: matched", "visual", "p03", "r", ERR_OK, 0, ERR_OK,
	    VS_VERIFIED, 1, 1 },
	{ "no PIN was ever set", "face", "pinless", "r", ERR_OK, 0, ERR_OK,
	    VS_VERIFIED, 1, 1 },
	{ "wrong, then right", "face", "p03", "wr", ERR_OK, 0, ERR_OK,
	    VS_VERIFIED, 2, 1 },
	{ "wrong three times", "face", "p03", "wwwr", ERR_OK, 0,
	    ERR_NUMBER_B_WRONG, VS_REFUSED, 3, 0 },
	{ "wrong, then gives up", "face", "p03", "wc", ERR_OK, 0,
	    ERR_CANCELLED, VS_CANCELLED, 1, 0 },
	{ "too short: not sent", "face", "p03", "s", ERR_OK, 0,
	    ERR_NUMBER_B_FORMAT, VS_REFUSED, 0, 0 },
	{ "few tries: not sent", "face", "b-five", "r", ERR_OK, 0,
	    ERR_NUMBER_B_FEW, VS_REFUSED, 0, 0 },
	{ "wrong once brings it to the floor", "face", "b-six", "wr", ERR_OK,
	    0, ERR_NUMBER_B_FEW, VS_REFUSED, 1, 0 },
	{ "blocked", "face", "b-blocked", "r", ERR_OK, 0,
	    ERR_NUMBER_B_BLOCKED, VS_REFUSED, 0, 0 },
	{ "not the person: engine", "face", "p03", "r", ERR_NOT_MATCHED, 0,
	    ERR_NOT_MATCHED, VS_REFUSED, 1, 1 },
	{ "not the person: staff", "visual", "p03", "r", ERR_NOT_MATCHED, 0,
	    ERR_NOT_MATCHED, VS_REFUSED, 1, 1 },
	{ "evidence refused", "face", "p03", "r", ERR_EVIDENCE, 0,
	    ERR_EVIDENCE, VS_REFUSED, 1, 1 },
	{ "nobody compares", "visual", "p03", "r", ERR_TIMEOUT, 0,
	    ERR_TIMEOUT, VS_EXPIRED, 1, 1 },
	{ "issuer unknown", "face", "cv-unknown", "r", ERR_OK, 0,
	    ERR_NOT_GENUINE, VS_REFUSED, 1, 0 },
	{ "issuer unknown, and allowed", "face", "cv-unknown", "r", ERR_OK,
	    1, ERR_OK, VS_VERIFIED, 1, 1 },
	{ "forged, though unknown ones are allowed", "face", "cv-forged",
	    "r", ERR_OK, 1, ERR_NOT_GENUINE, VS_REFUSED, 1, 0 },
	{ "a copy without the key", "visual", "ap-cloned", "r", ERR_OK, 1,
	    ERR_PROOF, VS_REFUSED, 1, 0 },
	{ "photograph altered", "visual", "photo-altered", "r", ERR_OK, 1,
	    ERR_NOT_GENUINE, VS_REFUSED, 1, 0 },
	{ "two people on one card", "face", "two-people", "r", ERR_OK, 0,
	    ERR_CONTRADICTS, VS_REFUSED, 1, 0 },
	{ "expired", "face", "card-expired", "r", ERR_OK, 0,
	    ERR_CARD_EXPIRED, VS_REFUSED, 1, 0 },
};

struct play {
	const struct scene	*scene;
	const char		*next;
	unsigned		 compared;
	int			 tries[4], asked;
};

static enum err
ask_number(void *ctx, int tries, struct secret *number)
{
	const struct secret *b = &room.fake->pin[FAKE_SURFACE_B].value;
	struct play *p = ctx;
	char what = *p->next++;

	p->tries[p->asked++] = tries;
	assert_int_equal(number->len, 0);
	if (what == 'c')
		return (ERR_CANCELLED);
	assert_int_equal(secret_set(number, b->data, b->len - (what == 's')),
	    ERR_OK);
	if (what == 'w')
		number->data[13] ^= 1;
	return (ERR_OK);
}

static enum err
compare(struct play *p, const struct blob *photo)
{
	assert_true(photo->len > 4 && memcmp(photo->data, "\x89PNG", 4) == 0);
	p->compared++;
	return (p->scene->compare);
}

static enum err
ask_evidence(void *ctx, struct blob *photo, struct evidence *e)
{
	assert_string_equal(((struct play *)ctx)->scene->method, "face");
	*e = (struct evidence){ .engine = "face-engine/2.1", .score = "0.9",
	    .threshold = "0.8" };
	return (compare(ctx, photo));
}

static enum err
ask_attestation(void *ctx, struct blob *photo)
{
	assert_string_equal(((struct play *)ctx)->scene->method, "visual");
	return (compare(ctx, photo));
}

static void
scene_row(void **state)
{
	struct play p = { .scene = *state };
	const struct scene *row = p.scene;
	const struct face_ports ports = { .ask_number = ask_number,
	    .ask_evidence = ask_evidence,
	    .ask_attestation = ask_attestation, .ctx = &p };
	struct visit v;

	p.next = row->numbers;
	room_insert(row->card, NULL);
	room.conf.face_unknown_issuer = row->unknown_ok;
	start(&v, row->method);
	assert_int_equal(login_face(&v, room.tp, &ports), row->want);
	assert_int_equal(v.state, row->state);
	assert_int_equal(p.compared, row->compared);
	assert_int_equal(p.tries[0], PIN_TRIES_UNKNOWN);
	for (int i = 1; i < p.asked; i++)
		assert_true(p.tries[i] >= 0 && p.tries[i] <= 10 - i);
	assert_int_equal(v.identity.compared, row->want != ERR_OK ?
	    COMPARED_NOT : strcmp(row->method, "face") == 0 ?
	    COMPARED_ENGINE : COMPARED_STAFF);
	if (row->want != ERR_OK) {
		assert_string_equal(v.identity.surface.birthdate, "");
		assert_string_equal(v.identity.attributes.name, "");
		assert_string_equal(stage_visit(v.id, "outcome"),
		    err_name(row->want));
	}
	/* The key for user authentication is nobody's here. */
	assert_int_equal(room.fake->stats.verify[FAKE_AUTH_PIN], 0);
	assert_int_equal(room.fake->stats.verify[FAKE_SURFACE_B],
	    row->surface);
	assert_int_equal(room.fake->stats.forbidden, 0);
	assert_int_equal(room.fake->powered, 0);
	visit_end(&v);
}

static const struct CMUnitTest singles[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, room_up, room_down)
	TEST(no_time_is_no_match),
	TEST(bound_with_its_consent),
	TEST(a_contradiction_changes_nothing),
};

#define ADD(table, func)						\
	for (size_t i = 0; i < LEN(table); i++)				\
		tests[n++] = (struct CMUnitTest){ .name = table[i].name, \
		    .test_func = func, .setup_func = room_up,		\
		    .teardown_func = room_down,				\
		    .initial_state = (void *)(uintptr_t)&table[i] }

int
main(void)
{
	struct CMUnitTest tests[LEN(sayings) + LEN(whens) + LEN(unbounds) +
	    LEN(scenes) + LEN(singles)];
	size_t n = 0;

	ADD(sayings, says_row);
	ADD(whens, when_row);
	ADD(unbounds, unbound_row);
	ADD(scenes, scene_row);
	memcpy(tests + n, singles, sizeof(singles));
	return (cmocka_run_group_tests(tests, room_make_pki,
	    room_remove_pki));
}
