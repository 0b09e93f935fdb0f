#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/text.h"
#include "driver/errname.h"
#include "host/consent/consent_json.h"
#include "host/proof/reasons.h"
#include "host/proof/statement.h"

#define VERSION	1

/* --- writing --- */

static json_t *
attributes_json(const struct identity *id)
{
	const char sex[2] = { id->attributes.sex, '\0' };

	if (!id->has_attributes)
		return (json_null());
	return (json_pack("{s:s, s:s, s:s, s:s}",
	    "name", id->attributes.name, "address", id->attributes.address,
	    "birthdate", id->attributes.birthdate, "sex", sex));
}

/* A device makes no record with a certificate that is not valid. */
static json_t *
certificate_json(const struct identity *id)
{
	const struct chain_verdict *v = &id->certificate;

	if (!id->judged)
		return (json_null());
	return (json_pack("{s:s, s:s, s:s, s:i, s:b, s:s, s:s}",
	    "generation", v->generation, "from", v->not_before,
	    "to", v->not_after, "days_left", v->days_left, "test", v->test,
	    "revocation", revocation_name(v->revocation),
	    "why", v->revocation_why));
}

static json_t *
surface_json(const struct identity *id)
{
	const struct identity_surface *s = &id->surface;
	const char sex[2] = { s->sex, '\0' };

	if (!s->read)
		return (json_null());
	return (json_pack("{s:s, s:s, s:s, s:s}",
	    "verdict", cardca_word(s->verdict), "issuer", s->issuer,
	    "birthdate", s->birthdate, "sex", sex));
}

/* Without the time, which is a number of its own beside it. */
static json_t *
items_json(const struct consent *c)
{
	json_t *o = consent_json(c);

	(void)json_object_del(o, "confirmed_at");
	return (o);
}

static json_t *
statement_json(const struct statement *s)
{
	const struct identity *id = &s->identity;

	return (json_pack("{s:i, s:s, s:I, s:s, s:s, s:s, s:s, s:o, s:I, "
	    "s:s, s:o, s:s, s:o, s:o}",
	    "version", VERSION, "visit", s->visit, "at", (json_int_t)s->at,
	    "method", s->method, "purpose", s->purpose, "staff", s->staff,
	    "reason", s->reason, "consent", items_json(&s->consent),
	    "confirmed", (json_int_t)s->consent.confirmed,
	    "card", id->card, "attributes", attributes_json(id),
	    "attributes_missing", id->has_attributes ? "" :
	    err_name(id->attributes_err),
	    "certificate", certificate_json(id),
	    "surface", surface_json(id)));
}

enum err
statement_write(const struct statement *s, struct blob *out)
{
	json_t *o = statement_json(s);
	char *text = o == NULL ? NULL : json_dumps(o, JSON_COMPACT);
	enum err r = ERR_NOMEM;

	blob_reset(out);
	if (text != NULL)
		r = strlen(text) > STATEMENT_MAX ? ERR_TOOBIG :
		    blob_add_str(out, text);
	if (text != NULL)
		secret_cleanse(text, strlen(text));
	free(text);
	json_decref(o);
	return (r);
}

/* --- reading --- */

static enum err
refuse(struct note *note, const char *what)
{
	note_set(note, "%s", what);
	return (ERR_LAYOUT);
}

/* 1 if it fits, is one line and, unless empty may be, not empty. */
static int
copy(char *to, size_t room, const char *from, int may_be_empty)
{
	size_t n = strlen(from);

	if (n >= room || (n == 0 ? !may_be_empty : !text_is_line(from)))
		return (0);
	memcpy(to, from, n + 1);
	return (1);
}

static int
is_digits(const char *s, size_t n)
{
	return (strlen(s) == n && strspn(s, "0123456789") == n);
}

static int
copy_birth(char birthdate[9], char *sex, const char *birth, const char *code)
{
	if (!is_digits(birth, 8) || !is_digits(code, 1))
		return (0);
	memcpy(birthdate, birth, 9);
	*sex = code[0];
	return (1);
}

static int
read_attributes(json_t *o, const char *missing, struct identity *id)
{
	const char *name, *address, *birthdate, *sex;
	struct attributes *a = &id->attributes;

	if (json_is_null(o))
		return (errname_find(missing, strlen(missing),
		    &id->attributes_err) && id->attributes_err != ERR_OK);
	if (missing[0] != '\0' || json_unpack(o, "{s:s, s:s, s:s, s:s !}",
	    "name", &name, "address", &address, "birthdate", &birthdate,
	    "sex", &sex) != 0 ||
	    !copy(a->name, sizeof(a->name), name, 0) ||
	    !copy(a->address, sizeof(a->address), address, 1) ||
	    !copy_birth(a->birthdate, &a->sex, birthdate, sex))
		return (0);
	id->has_attributes = 1;
	id->attributes_err = ERR_OK;
	return (1);
}

static int
read_revocation(const char *word, struct chain_verdict *v)
{
	static const enum revocation all[] = { REVOCATION_UNKNOWN,
	    REVOCATION_GOOD };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		v->revocation = all[i];
		if (strcmp(word, revocation_name(all[i])) == 0)
			return (1);
	}
	return (0);
}

/* "" or 14 digits. */
static int
copy_stamp(char out[15], const char *text)
{
	if (text[0] != '\0' && !is_digits(text, 14))
		return (0);
	memcpy(out, text, strlen(text) + 1);
	return (1);
}

static int
read_certificate(json_t *o, struct identity *id)
{
	const char *generation, *from, *to, *revocation, *why;
	struct chain_verdict *v = &id->certificate;

	if (json_is_null(o))
		return (1);
	if (json_unpack(o, "{s:s, s:s, s:s, s:i, s:b, s:s, s:s !}",
	    "generation", &generation, "from", &from, "to", &to,
	    "days_left", &v->days_left, "test", &v->test,
	    "revocation", &revocation, "why", &why) != 0 ||
	    !copy(v->generation, sizeof(v->generation), generation, 0) ||
	    !copy_stamp(v->not_before, from) ||
	    !copy_stamp(v->not_after, to) || !read_revocation(revocation, v) ||
	    !copy(v->revocation_why, sizeof(v->revocation_why), why, 1))
		return (0);
	v->err = ERR_OK;
	id->judged = 1;
	return (1);
}

/* What was forged or altered makes no record. */
static int
read_verdict(const char *word, enum cardca_verdict *v)
{
	for (*v = CARDCA_ISSUER_UNKNOWN; *v < CARDCA_VERDICTS; (*v)++)
		if (strcmp(word, cardca_word(*v)) == 0)
			return (1);
	return (0);
}

static int
read_surface(json_t *o, struct identity *id)
{
	const char *verdict, *issuer, *birthdate, *sex;
	struct identity_surface *s = &id->surface;

	if (json_is_null(o))
		return (1);
	if (json_unpack(o, "{s:s, s:s, s:s, s:s !}", "verdict", &verdict,
	    "issuer", &issuer, "birthdate", &birthdate, "sex", &sex) != 0 ||
	    !read_verdict(verdict, &s->verdict) ||
	    !copy(s->issuer, sizeof(s->issuer), issuer, 0) ||
	    !copy_birth(s->birthdate, &s->sex, birthdate, sex))
		return (0);
	s->read = 1;
	id->compared = COMPARED_STAFF;
	return (1);
}

static int
read_consent(json_t *o, json_int_t confirmed, struct statement *s)
{
	const json_t *form = json_object_get(o, "prescription");

	if (json_object_size(o) != CONSENT_ITEMS + 1 || confirmed <= 0 ||
	    confirmed > s->at || form == NULL)
		return (0);
	for (int i = 0; i < CONSENT_ITEMS; i++)
		if (!json_is_boolean(json_object_get(o,
		    consent_word((enum consent_item)i))))
			return (0);
	consent_from_json(o, &s->consent);
	s->consent.confirmed = confirmed;
	return (json_is_null(form) ||
	    s->consent.prescription != PRESCRIPTION_NONE);
}

/* By PIN the certificate was judged, by sight the surface; never both. */
static const char *
check_method(const struct statement *s)
{
	int visual = strcmp(s->method, "visual") == 0;

	if (!visual && strcmp(s->method, "pin") != 0)
		return ("method");
	if (visual != s->identity.surface.read)
		return ("surface");
	if (visual == s->identity.judged)
		return ("certificate");
	return (visual != (reason_label(s->reason, ERR_EN) != NULL) ||
	    (!visual && s->reason[0] != '\0') ? "reason" : NULL);
}

int
statement_is_purpose(const char *word)
{
	return (strcmp(word, "home_visit") == 0 ||
	    strcmp(word, "outpatient") == 0);
}

static int
is_card(const char *word)
{
	return (strcmp(word, "plastic") == 0 || strcmp(word, "phone") == 0);
}

struct texts {
	const char	*visit, *method, *purpose, *staff, *reason, *card,
			*missing;
};

static const char *
take_texts(const struct texts *t, struct statement *s)
{
	const struct {
		const char	*name, *from;
		char		*to;
		size_t		 room;
	} rows[] = {
		{ "visit", t->visit, s->visit, sizeof(s->visit) },
		{ "method", t->method, s->method, sizeof(s->method) },
		{ "purpose", t->purpose, s->purpose, sizeof(s->purpose) },
		{ "staff", t->staff, s->staff, sizeof(s->staff) },
		{ "card", t->card, s->identity.card,
		    sizeof(s->identity.card) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!copy(rows[i].to, rows[i].room, rows[i].from, 0))
			return (rows[i].name);
	if (!copy(s->reason, sizeof(s->reason), t->reason, 1))
		return ("reason");
	if (!statement_is_purpose(s->purpose))
		return ("purpose");
	if (!is_card(s->identity.card))
		return ("card");
	return (uuid_is(s->visit) ? NULL : "visit");
}

/* NULL, or the member that is wrong. */
static const char *
take_all(json_t *o, struct statement *s)
{
	json_t *consent, *attributes, *certificate, *surface;
	json_int_t at, confirmed;
	struct texts t;
	const char *wrong;
	int version;

	if (json_unpack(o, "{s:i, s:s, s:I, s:s, s:s, s:s, s:s, s:o, s:I, "
	    "s:s, s:o, s:s, s:o, s:o !}", "version", &version,
	    "visit", &t.visit, "at", &at, "method", &t.method,
	    "purpose", &t.purpose, "staff", &t.staff, "reason", &t.reason,
	    "consent", &consent, "confirmed", &confirmed, "card", &t.card,
	    "attributes", &attributes, "attributes_missing", &t.missing,
	    "certificate", &certificate, "surface", &surface) != 0)
		return ("members");
	s->at = at;
	if (version != VERSION || at <= 0)
		return (version != VERSION ? "version" : "at");
	if ((wrong = take_texts(&t, s)) != NULL)
		return (wrong);
	if (!read_consent(consent, confirmed, s))
		return ("consent");
	if (!read_attributes(attributes, t.missing, &s->identity))
		return ("attributes");
	if (!read_certificate(certificate, &s->identity))
		return ("certificate");
	if (!read_surface(surface, &s->identity))
		return ("surface");
	return (check_method(s));
}

enum err
statement_read(struct buf in, struct statement *s, struct note *note)
{
	const char *wrong = "JSON";
	json_t *o = NULL;

	*s = (struct statement){ .identity = { .mode = "home",
	    .text_tries = -1, .attributes_err = ERR_UNREAD } };
	if (in.left <= STATEMENT_MAX)
		o = json_loadb((const char *)in.p, in.left,
		    JSON_REJECT_DUPLICATES, NULL);
	if (o != NULL)
		wrong = take_all(o, s);
	json_decref(o);
	if (wrong != NULL) {
		secret_cleanse(s, sizeof(*s));
		return (refuse(note, wrong));
	}
	memcpy(s->identity.method, s->method, sizeof(s->identity.method));
	return (ERR_OK);
}
