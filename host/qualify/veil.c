#include <stdlib.h>
#include <string.h>

#include "host/qualify/veil.h"

#define AGE	700000L		/* 70 years in days written YYYYMMDD */
#define LIMIT	"LimitApplicationCertificateRelatedInfo"
#define ELDERLY	"ElderlyRecipientCertificateInfo"
#define CONSENT	"LimitApplicationCertificateRelatedConsFlg"
#define SHARE	"InsuredPartialContributionRatio"
#define SHARE_ELDERLY "ElderlyRecipientContributionRatio"

/* What decides; "" where it is not said. */
struct said {
	const char	*flag, *asked;		/* consent: come, asked with */
	const char	*insurer, *birthdate, *day;
};

const char *
veil_text(enum err_lang lang)
{
	return (lang == ERR_JA ? "同意がないため表示しません" :
	    "not shown: no consent");
}

static int
consents(const struct said *s)
{
	return ((s->flag[0] != '\0' ? s->flag : s->asked)[0] == '1');
}

/* 後期高齢者医療 begins with 39; from 70 on there is 高齢受給者証. */
static int
is_elderly(const struct said *s)
{
	const char *insurer = s->insurer + strspn(s->insurer, " ");

	if (strlen(insurer) == 8 && strncmp(insurer, "39", 2) == 0)
		return (1);
	return (strlen(s->birthdate) == 8 && strlen(s->day) == 8 &&
	    strtol(s->day, NULL, 10) - strtol(s->birthdate, NULL, 10) >= AGE);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return (s == NULL ? "" : s);
}

/* --- a record as JSON --- */

int
veil_withholds(const json_t *record, const char *name)
{
	const json_t *list = json_object_get(record, VEIL_KEY), *one;
	size_t i;

	json_array_foreach(list, i, one) {
		if (strcmp(json_string_value(one), name) == 0)
			return (1);
	}
	return (0);
}

static enum err
tell(json_t *record, const char *name)
{
	json_t *list = json_object_get(record, VEIL_KEY);

	if (list == NULL) {
		list = json_array();
		if (json_object_set_new(record, VEIL_KEY, list) != 0)
			return (ERR_NOMEM);
	}
	return (json_array_append_new(list, json_string(name)) == 0 ? ERR_OK :
	    ERR_NOMEM);
}

static enum err
take(json_t *record, json_t *from, const char *name)
{
	if (json_object_get(from, name) == NULL)
		return (ERR_OK);
	json_object_del(from, name);
	return (veil_withholds(record, name) ? ERR_OK : tell(record, name));
}

/* A group, or where a record has more of the name a list of them. */
static enum err
take_elderly(json_t *record)
{
	json_t *group = json_object_get(record, ELDERLY), *one;
	enum err r = ERR_OK;
	size_t i;

	if (json_is_object(group))
		return (take(record, group, SHARE_ELDERLY));
	json_array_foreach(group, i, one) {
		if (r == ERR_OK)
			r = take(record, one, SHARE_ELDERLY);
	}
	return (r);
}

/* What the codes of the certificate mean stands beside the record. */
static enum err
take_limit(json_t *record)
{
	static const char *const coded[] = {
		"LimitApplicationCertificateClassification",
		"LimitApplicationCertificateClassificationFlag",
	};
	json_t *texts = json_object_get(record, "texts");

	for (size_t i = 0; i < sizeof(coded) / sizeof(coded[0]); i++)
		json_object_del(texts, coded[i]);
	return (take(record, record, LIMIT));
}

static enum err
veil_record(json_t *record, const struct said *s)
{
	enum err r;

	if (consents(s))
		return (ERR_OK);
	if ((r = take_limit(record)) == ERR_OK &&
	    (r = take_elderly(record)) == ERR_OK && is_elderly(s))
		r = take(record, record, SHARE);
	return (r);
}

/* --- all of an answer --- */

/* The values that no layout fits lie apart, under their path. */
static void
veil_remainder(json_t *list)
{
	static const char *const names[] = { LIMIT, SHARE, SHARE_ELDERLY };
	const char *path;

	for (size_t i = json_array_size(list); i-- > 0;) {
		path = text_of(json_array_get(list, i), "path");
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			if (strstr(path, names[k]) != NULL) {
				json_array_remove(list, i);
				break;
			}
		}
	}
}

/* beside: the body, or the unit that a finding is; a record of a bulk result
 * carries the fields of its unit itself. */
static enum err
veil_all(json_t *o, const char *beside)
{
	const json_t *echo = json_object_get(json_object_get(o, beside),
	    "QualificationConfirmSearchInfo"), *own;
	json_t *record;
	int bare = 0;
	size_t i;
	enum err r = ERR_OK;

	json_array_foreach(json_object_get(o, "records"), i, record) {
		own = json_object_get(record,
		    "QualificationConfirmSearchInfo");
		const struct said s = { .flag = text_of(record, CONSENT),
		    .asked = text_of(own != NULL ? own : echo, CONSENT),
		    .insurer = text_of(record, "InsurerNumber"),
		    .birthdate = text_of(record, "Birthdate"),
		    .day = text_of(json_object_get(o, "header"),
		    "QualificationConfirmationDate") };
		bare |= !consents(&s);
		if (r == ERR_OK)
			r = veil_record(record, &s);
	}
	if (bare)
		veil_remainder(json_object_get(o, "remainder"));
	return (r);
}

enum err
veil_data(json_t *data)
{
	return (veil_all(data, "unit"));
}

json_t *
veil_result(const struct result *result)
{
	json_t *o = result_json(result);

	if (o != NULL && veil_all(o, "body") != ERR_OK) {
		json_decref(o);
		o = NULL;
	}
	return (o);
}

int
veil_hides(const struct result *r, size_t record, enum field f)
{
	const char *name = field_row(f)->name;
	json_t *o, *one;
	int hidden;

	if ((field_row(f)->places & PLACE_LIMIT) != 0)
		name = LIMIT;
	else if (strcmp(name, SHARE) != 0 && strcmp(name, SHARE_ELDERLY) != 0)
		return (0);
	o = veil_result(r);
	one = json_array_get(json_object_get(o, "records"), record);
	hidden = o == NULL || veil_withholds(one, name);
	json_decref(o);
	return (hidden);
}
