#ifndef UNIT_DOCUMENT_SITE_H
#define UNIT_DOCUMENT_SITE_H

/*
 * A site with a patient, folders and a store of its own, whose consent is what
 * a row says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/document/document.h"
#include "host/ledger/patient.h"
#include "host/qualify/grant.h"

#define CHART	"00001"
#define PDF	"%PDF-1.4\n\001\002 secret drugs\n%%EOF\n"
#define OK_XML(birth) "<XmlMsg><MessageHeader><ResultCode>1</ResultCode>" \
	"<QuaInf><Birth>" birth "</Birth></QuaInf></MessageHeader>"	\
	"<MessageBody/></XmlMsg>"
#define BAD_XML "<XmlMsg><MessageHeader><ResultCode>2</ResultCode>"	\
	"</MessageHeader><MessageBody><MessageContents>同意がありません"	\
	"</MessageContents></MessageBody></XmlMsg>"

/* --- the consent, as a row wants it: linked in the real one's place --- */

static enum err drug_consent, treatment_consent;
static const char *care;

enum err	__wrap_grant_valid(struct store *, const char *,
		    const char *, int64_t, struct grant *);
const char	*__wrap_grant_label(const char *, enum err_lang);
const char	*__wrap_grant_why(const struct grant *, int64_t,
		    enum err_lang);

enum err
__wrap_grant_valid(struct store *store, const char *chart, const char *item,
    int64_t now, struct grant *out)
{
	(void)store;
	(void)chart;
	(void)now;
	*out = (struct grant){ .flag = "1" };
	snprintf(out->item, sizeof(out->item), "%s", item);
	snprintf(out->care, sizeof(out->care), "%s", care);
	return (strcmp(item, "diagnosis") == 0 ? treatment_consent :
	    drug_consent);
}

const char *
__wrap_grant_label(const char *item, enum err_lang lang)
{
	(void)lang;
	return (item);
}

const char *
__wrap_grant_why(const struct grant *g, int64_t now, enum err_lang lang)
{
	(void)g;
	(void)now;
	(void)lang;
	return ("its time is over");
}

/* --- a site of its own --- */

struct site {
	char			 dir[40], db[64], req[64], res[64], key[64];
	struct exchange_conf	 exchange;
	struct document_conf	 conf;
	struct document_desk	 desk;
	struct store		*store;
};

static int
open_site(void **state)
{
	static const struct patient p = { .chart_number = CHART,
	    .name = "資格 一郎", .birthdate = "19600602",
	    .sex = SEX_MALE, .insurer_number = "06139980",
	    .insured_card_symbol = "葛う10",
	    .insured_identification_number = "310",
	    .insured_branch_number = "01" };
	struct site *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	snprintf(s->dir, sizeof(s->dir), "/tmp/shikaku-document-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->db, sizeof(s->db), "%s/db", s->dir);
	snprintf(s->req, sizeof(s->req), "%s/req", s->dir);
	snprintf(s->res, sizeof(s->res), "%s/res", s->dir);
	snprintf(s->key, sizeof(s->key), "%s/keys/documents.key", s->dir);
	assert_int_equal(mkdir(s->req, 0700), 0);
	assert_int_equal(mkdir(s->res, 0700), 0);
	s->exchange = (struct exchange_conf){ .req = s->req, .res = s->res,
	    .institution_code = "1319999999", .answer_ms = 60000,
	    .settle_ms = 1, .poll_ms = 1, .err_wait_ms = 1, .no_watch = 1 };
	s->conf = (struct document_conf){ &s->exchange, s->key, 24, s->db };
	assert_int_equal(store_open(s->db, &s->store, NULL), ERR_OK);
	assert_int_equal(patient_put(s->store, &p), ERR_OK);
	s->desk = (struct document_desk){ &s->conf, s->store };
	drug_consent = treatment_consent = ERR_OK;
	care = "2";
	*state = s;
	return (0);
}

static int
close_site(void **state)
{
	struct site *s = *state;
	char line[128];
	int r;

	store_close(&s->store);
	snprintf(line, sizeof(line), "rm -r %s", s->dir);
	r = system(line);
	free(s);
	return (r);
}

static void
put(struct site *s, const char *name, const char *bytes)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", s->res, name);
	assert_non_null(f = fopen(path, "w"));
	fputs(bytes, f);
	assert_int_equal(fclose(f), 0);
}

/* The terminal takes the request and puts an answer of this form in res. */
static void
answer(struct site *s, const char *file, const char *ext, const char *bytes)
{
	char path[256], name[128];

	snprintf(path, sizeof(path), "%s/%s", s->req, file);
	assert_int_equal(unlink(path), 0);
	snprintf(name, sizeof(name), "%.10sres%.*s%s", file,
	    (int)strlen(file) - 13 - 4, file + 13, ext);
	put(s, name, bytes);
	snprintf(path, sizeof(path), "%s/%s", s->res, name);
	assert_int_equal(access(path, F_OK), 0);
}

#endif
