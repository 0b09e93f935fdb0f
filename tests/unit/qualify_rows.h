#ifndef TESTS_UNIT_QUALIFY_ROWS_H
#define TESTS_UNIT_QUALIFY_ROWS_H

/*
 * Results as text, and a folder and a store for them, for the tests of
 * pack.c, finding.c and grant.c.  Included once, by the test itself.
 */
#include <sys/stat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "host/ledger/patient.h"
#include "host/qualify/exchange.h"
#include "host/store/store.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

#define CODE	"9910000001"
#define LIST	"OQSmuhvq02res_20261120S0001.xml"
#define LIST_RQ	"OQSmuhvq02req_20261120S0001.xml"
#define CHECK	"OQSsiquc01res_20261120S0002.xml"
#define CHECK_RQ "OQSsiquc01req_20261120S0002.xml"
#define FACE	"OQSsiquc01res_face_99100000010123456789abcdef0123_" \
		"20261120090003.xml"

#define E(name, value)	"<" name ">" value "</" name ">"

/* 扶助 七郎 and 九郎 have one birth date (features.md 1.14 P09). */
#define PERSON(name, kana, sex, birth)					\
	E("Name", name) E("NameKana", kana) E("Sex1", sex)		\
	E("Birthdate", birth)
#define SHICHIRO PERSON("扶助　七郎", "ﾌｼﾞﾖ ｼﾁﾛｳ", "1", "19700725")
#define KUROU	PERSON("扶助　九郎", "ﾌｼﾞﾖ ｸﾛｳ", "1", "19700725")
#define ICHIRO	PERSON("資格　一郎", "ｼｶｸ ｲﾁﾛｳ", "1", "19600602")
#define CARD	E("InsuredCardClassification", "01")			\
	E("InsurerNumber", "  139980") E("InsuredCardSymbol", "葛う10")	\
	E("InsuredIdentificationNumber", "1639960291x001")		\
	E("InsuredBranchNumber", "01") E("InsurerName", "見本")
#define AID	E("InsuredCardClassification", "A1")			\
	E("InsurerNumber", "12161009")					\
	E("InsuredIdentificationNumber", "9931521")			\
	E("InsurerName", "見本福祉事務所")
#define RECORD(what)	E("ResultOfQualificationConfirmation", what)
#define OKAY	E("ProcessingResultStatus", "1")			\
	E("QualificationValidity", "1")
#define ASKED(id)	E("QualificationConfirmSearchInfo",		\
	E("ArbitraryIdentifier", id))
#define UNIT(what)	E("BulkConfirmUnit", what)
#define FAILED	E("ProcessingResultStatus", "2")			\
	E("ProcessingResultCode", "OQX-1") E("ProcessingResultMessage", "誤り")

#define DECLARED "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>"
#define HEADER(segment, more)						\
	E("MessageHeader", E("ProcessExecutionTime", "20261120090003")	\
	E("CharacterCodeIdentifier", "0")				\
	E("MedicalInstitutionCode", CODE)				\
	E("QualificationConfirmationDate", "20261120")			\
	E("SegmentOfResult", segment) more)
#define COUNT(n)	E("ReceptionNumber", "R1")			\
	E("NumberOfProcessingResult", n)
#define BULK(n, units)	DECLARED E("XmlMsg", HEADER("1", COUNT(n))	\
	E("MessageBody", units))
#define SINGLE(mark, body)	DECLARED E("XmlMsg", HEADER("1",	\
	E("ReferenceClassification", "1")				\
	E("ArbitraryFileIdentifier", mark)) E("MessageBody", body))

static char rows_dir[40], rows_store[64], rows_res[64];
static struct store *store;

static struct exchange_conf rows_conf = { .req = rows_res, .res = rows_res,
    .institution_code = CODE, .settle_ms = 1, .no_watch = 1 };

static void
rows_remove(const char *dir)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
}

/* A new store and an empty folder for each test; in memory, where a hundred
 * stores do not wait for a disk. */
static int
rows_set_up(void **state)
{
	(void)state;
	snprintf(rows_dir, sizeof(rows_dir), "%s/shikaku-rows-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(rows_dir));
	snprintf(rows_store, sizeof(rows_store), "%s/store", rows_dir);
	snprintf(rows_res, sizeof(rows_res), "%s/res", rows_dir);
	assert_int_equal(mkdir(rows_res, 0700), 0);
	assert_int_equal(store_open(rows_store, &store, NULL), ERR_OK);
	rows_conf.keep_results = 0;
	return (0);
}

static int
rows_tear_down(void **state)
{
	(void)state;
	store_close(&store);
	rows_remove(rows_dir);
	return (0);
}

static inline void
rows_path(const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", rows_res, name);
}

static inline void
rows_put(const char *name, const void *data, size_t len)
{
	char path[256];
	FILE *f;

	rows_path(name, path);
	assert_non_null(f = fopen(path, "wb"));
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static inline int
rows_has(const char *name)
{
	char path[256];

	rows_path(name, path);
	return (access(path, F_OK) == 0);
}

static inline void
rows_request(const char *file, const char *identifier, const char *chart)
{
	const struct val v[] = { val_text(file), val_text(identifier),
	    val_text("x"), val_text(NULL), val_text(chart), val_int(1) };

	assert_int_equal(store_run(store, SQL_REQUEST_ADD, v, 6, NULL, NULL,
	    NULL), ERR_OK);
}

/* As answer.c and intake.c put it there. */
static inline void
rows_result(const char *digest, const char *file, const char *request,
    const char *xml, int64_t at)
{
	const struct val v[] = { val_text(digest), val_text(file),
	    val_text(request), val_int(at), val_blob(xml, strlen(xml)) };
	const struct val face[] = { v[0], v[1], v[3], v[4] };

	if (strstr(file, "_face_") != NULL)
		assert_int_equal(store_run(store, SQL_RESULT_FACE_ADD, face, 4,
		    NULL, NULL, NULL), ERR_OK);
	else
		assert_int_equal(store_run(store, SQL_RESULT_ADD, v, 5, NULL,
		    NULL, NULL), ERR_OK);
}

static inline void
rows_patient(const char *chart, const char *name, const char *kana,
    enum sex sex, const char *birthdate)
{
	struct patient p = { .sex = sex };

	snprintf(p.chart_number, sizeof(p.chart_number), "%s", chart);
	snprintf(p.name, sizeof(p.name), "%s", name);
	snprintf(p.kana, sizeof(p.kana), "%s", kana);
	snprintf(p.birthdate, sizeof(p.birthdate), "%s", birthdate);
	assert_int_equal(patient_put(store, &p), ERR_OK);
}

#endif
