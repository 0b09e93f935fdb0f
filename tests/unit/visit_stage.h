#ifndef TESTS_UNIT_VISIT_STAGE_H
#define TESTS_UNIT_VISIT_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include <cmocka.h>

#include "base/clock.h"
#include "host/ledger/patient.h"
#include "host/qualify/result.h"
#include "host/store/store.h"

/*
 * What the tests of visits stand on: a store in a folder of its own with two
 * people in it, answers of the terminal, and a clock that can be moved on for
 * a whole program, its waits included.  For one source file per program.
 */
#define LEN(a)		(sizeof(a) / sizeof((a)[0]))
#define CODE		"9910000001"
#define P02		"0000000002"		/* ききょう 髙子 */
#define P03		"13"			/* 資格 一郎 */

static char stage_dir[64], stage_db[96], stage_req[96], stage_res[96];
static struct store *stage_store;

/* --- time --- */

static _Atomic int64_t stage_skew;		/* ms the clocks are ahead */
static _Atomic int64_t stage_slept;		/* ms more the machine slept */

/* The program's own comes before that of libc, and before a sanitizer has
 * begun. */
__attribute__((no_sanitize_thread)) int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);
	int64_t ms = atomic_load(&stage_skew) + ts->tv_nsec / 1000000;

	if (id == CLOCK_BOOTTIME)
		ms += atomic_load(&stage_slept);
	ts->tv_sec += ms / 1000;
	ts->tv_nsec = ms % 1000 * 1000000 + ts->tv_nsec % 1000000;
	return (rc);
}

/* So too: it wakes often, because the time it is given may have come by a
 * move of the clock. */
int
pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
    const struct timespec *until)
{
	struct timespec soon;

	(void)until;
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &soon);
	soon.tv_nsec += 2000000;
	if (soon.tv_nsec >= 1000000000) {
		soon.tv_sec++;
		soon.tv_nsec -= 1000000000;
	}
	return (pthread_cond_clockwait(c, m, CLOCK_MONOTONIC, &soon));
}

/* Never back before the real time. */
static inline void
stage_later(int64_t ms)
{
	atomic_fetch_add(&stage_skew, ms);
}

/* --- folder and store --- */

static inline void
stage_empty(const char *path)
{
	struct dirent *e;
	DIR *d = opendir(path);

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    unlinkat(dirfd(d), e->d_name, 0) != 0)
			unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	}
	if (d != NULL)
		closedir(d);
}

static const struct patient stage_people[] = {
	{ P02, "ききょう　髙子", "ｷｷｮｳ ﾀｶｺ", SEX_FEMALE, "19510401",
	    "172010", "321", "654", "", "", "", "", "" },
	{ P03, "資格　一郎", "ｼｶｸ ｲﾁﾛｳ", SEX_MALE, "19600602", "139980",
	    "葛う10", "1639960291x001", "01", "", "", "", "" },
};

static inline int
stage_up(void **state)
{
	(void)state;
	snprintf(stage_dir, sizeof(stage_dir), "/tmp/visit_test.XXXXXX");
	if (mkdtemp(stage_dir) == NULL)
		return (-1);
	snprintf(stage_db, sizeof(stage_db), "%s/shikaku.db", stage_dir);
	snprintf(stage_req, sizeof(stage_req), "%s/req", stage_dir);
	snprintf(stage_res, sizeof(stage_res), "%s/res", stage_dir);
	if (mkdir(stage_req, 0700) != 0 || mkdir(stage_res, 0700) != 0 ||
	    store_open(stage_db, &stage_store, NULL) != ERR_OK)
		return (-1);
	for (size_t i = 0; i < LEN(stage_people); i++)
		if (patient_put(stage_store, &stage_people[i]) != ERR_OK)
			return (-1);
	return (0);
}

static inline int
stage_down(void **state)
{
	(void)state;
	store_close(&stage_store);
	stage_empty(stage_req);
	stage_empty(stage_res);
	stage_empty(stage_dir);
	return (rmdir(stage_dir));
}

/* As another program would, past the store. */
static inline void
stage_sql(const char *text)
{
	sqlite3 *raw = NULL;

	assert_int_equal(sqlite3_open(stage_db, &raw), SQLITE_OK);
	sqlite3_busy_timeout(raw, 5000);
	assert_int_equal(sqlite3_exec(raw, text, NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(raw);
}

/* The one value a question has, as text; "" for none. */
static inline const char *
stage_ask(const char *text)
{
	static char out[2048];
	sqlite3_stmt *st = NULL;
	sqlite3 *raw = NULL;
	const char *s = NULL;

	assert_int_equal(sqlite3_open(stage_db, &raw), SQLITE_OK);
	sqlite3_busy_timeout(raw, 5000);
	assert_int_equal(sqlite3_prepare_v2(raw, text, -1, &st, NULL),
	    SQLITE_OK);
	if (sqlite3_step(st) == SQLITE_ROW)
		s = (const char *)sqlite3_column_text(st, 0);
	snprintf(out, sizeof(out), "%s", s == NULL ? "" : s);
	sqlite3_finalize(st);
	sqlite3_close(raw);
	return (out);
}

/* One column of one visit. */
static inline const char *
stage_visit(const char *id, const char *column)
{
	char q[160];

	snprintf(q, sizeof(q), "SELECT %s FROM visit WHERE id = '%s'", column,
	    id);
	return (stage_ask(q));
}

/* From now on this event of a visit cannot be stored. */
static inline void
stage_break(const char *event)
{
	char q[256];

	snprintf(q, sizeof(q), "CREATE TRIGGER broken BEFORE INSERT ON "
	    "visit_event WHEN NEW.event = '%s' BEGIN "
	    "SELECT RAISE(ABORT, 'broken'); END", event);
	stage_sql(q);
}

static inline void
stage_mend(void)
{
	stage_sql("DROP TRIGGER broken");
}

/* --- what the terminal says --- */

struct stage_answer {
	const char	*name, *kana, *birthdate, *sex;
	const char	*stamp;		/* NULL: now; "": none */
	const char	*segment;	/* SegmentOfResult; NULL: 1 */
	const char	*validity;	/* NULL: 1 */
	const char	*more;		/* elements of the record; NULL none */
	const char	*identifier;	/* of the request; NULL none */
};

#define ANSWER_P02 .name = "ききょう　髙子", .kana = "ｷｷｮｳ ﾀｶｺ", \
    .birthdate = "19510401", .sex = "2"
#define ANSWER_P03 .name = "資格　一郎", .kana = "ｼｶｸ ｲﾁﾛｳ", \
    .birthdate = "19600602", .sex = "1"
#define STAGE_FACE_FILE "OQSsiquc01res_face_" CODE \
    "0123456789abcdef0123_20261120090003.xml"

static inline const char *
stage_xml(const struct stage_answer *a)
{
	static char out[4096];
	char now[CLOCK_STAMP_LEN];

	clock_stamp(clock_wall_ms(), now);
	now[14] = '\0';
	snprintf(out, sizeof(out), "<?xml version=\"1.0\" encoding=\"UTF-8\" "
	    "standalone=\"no\"?>\n<XmlMsg><MessageHeader>"
	    "<ProcessExecutionTime>%s</ProcessExecutionTime>"
	    "<CharacterCodeIdentifier>0</CharacterCodeIdentifier>"
	    "<SegmentOfResult>%s</SegmentOfResult>"
	    "<QualificationConfirmationDate>20261120"
	    "</QualificationConfirmationDate>"
	    "<ReferenceClassification>1</ReferenceClassification>"
	    "<ArbitraryFileIdentifier>%s</ArbitraryFileIdentifier>"
	    "<MedicalInstitutionCode>" CODE "</MedicalInstitutionCode>"
	    "</MessageHeader><MessageBody><ResultList>"
	    "<ResultOfQualificationConfirmation><Name>%s</Name>"
	    "<NameKana>%s</NameKana><Birthdate>%s</Birthdate><Sex1>%s</Sex1>"
	    "%s</ResultOfQualificationConfirmation></ResultList>"
	    "<ProcessingResultStatus>1</ProcessingResultStatus>"
	    "<QualificationValidity>%s</QualificationValidity>"
	    "</MessageBody></XmlMsg>\n", a->stamp == NULL ? now : a->stamp,
	    a->segment == NULL ? "1" : a->segment,
	    a->identifier == NULL ? "" : a->identifier, a->name, a->kana,
	    a->birthdate, a->sex, a->more == NULL ? "" : a->more,
	    a->validity == NULL ? "1" : a->validity);
	return (out);
}

static inline struct result *
stage_result(const struct stage_answer *a)
{
	struct result *r = NULL;
	const char *xml = stage_xml(a);

	assert_int_equal(result_read(STAGE_FACE_FILE, xml, strlen(xml), &r,
	    NULL), ERR_OK);
	return (r);
}

/* One that a face reader pushed, and is in the store. */
static inline void
stage_face(const struct stage_answer *a, const char *digest)
{
	const char *xml = stage_xml(a);
	const struct val v[] = { val_text(digest), val_text(STAGE_FACE_FILE),
	    val_int(clock_wall_ms()), val_blob(xml, strlen(xml)) };

	assert_int_equal(store_run(stage_store, SQL_RESULT_FACE_ADD, v,
	    LEN(v), NULL, NULL, NULL), ERR_OK);
}

/* A request of a visit, and its answer, as the exchange leaves them. */
static inline void
stage_late(const char *visit, const char *file, const char *kind,
    const struct stage_answer *a)
{
	const char *xml = stage_xml(a);
	const struct val q[] = { val_text(file), val_text(file),
	    val_text(kind), val_text(visit), val_text(P02),
	    val_int(clock_wall_ms()) };
	const struct val d[] = { val_text(file),
	    val_text("OQSsiquc01res_20261120S0001.xml"), val_text(file),
	    val_int(clock_wall_ms()), val_blob(xml, strlen(xml)) };

	assert_int_equal(store_run(stage_store, SQL_REQUEST_ADD, q, LEN(q),
	    NULL, NULL, NULL), ERR_OK);
	assert_int_equal(store_run(stage_store, SQL_RESULT_ADD, d, LEN(d),
	    NULL, NULL, NULL), ERR_OK);
	stage_sql("UPDATE request SET state = 'answered'");
}

#endif
