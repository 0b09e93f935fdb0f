#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "driver/errname.h"
#include "host/proof/identity.h"

/* DF25 of the card: 1 male, 2 female, anything else says nothing: 0. */
static int
sex_of(char c)
{
	return (c == '1' ? 1 : c == '2' ? 2 : 0);
}

static json_t *
attributes_json(const struct identity *id)
{
	if (!id->has_attributes)
		return (json_null());
	return (json_pack("{s:s, s:s, s:s, s:i}",
	    "name", id->attributes.name,
	    "address", id->attributes.address,
	    "birthdate", id->attributes.birthdate,
	    "sex", sex_of(id->attributes.sex)));
}

static json_t *
certificate_json(const struct identity *id)
{
	const struct chain_verdict *v = &id->certificate;

	if (!id->judged)
		return (json_null());
	return (json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:b, s:{s:s, s:s}}",
	    "verdict", v->err == ERR_OK ? "valid" : err_name(v->err),
	    "text", v->err == ERR_OK ? "" : err_text(v->err, ERR_JA),
	    "generation", v->generation,
	    "valid_from", v->not_before,
	    "valid_to", v->not_after,
	    "days_left", v->days_left,
	    "test", v->test,
	    "revocation",
	    "status", revocation_name(v->revocation),
	    "why", v->revocation_why));
}

static json_t *
proof_json(const struct identity *id)
{
	char at[CLOCK_ISO_LEN];

	if (!id->proven)
		return (json_null());
	clock_iso(id->at, at);
	return (json_pack("{s:s, s:s, s:s}", "outcome", "verified",
	    "algorithm", challenge_alg_name(id->alg), "at", at));
}

static json_t *
surface_json(const struct identity *id)
{
	const struct identity_surface *s = &id->surface;

	if (!s->read)
		return (json_null());
	return (json_pack("{s:s, s:s, s:s, s:s, s:i}",
	    "verdict", cardca_word(s->verdict),
	    "text", cardca_label(s->verdict, ERR_JA),
	    "issuer", s->issuer, "birthdate", s->birthdate,
	    "sex", sex_of(s->sex)));
}

static json_t *
comparison_json(const struct identity *id)
{
	static const char *const by[] = { [COMPARED_ENGINE] = "kiosk engine",
	    [COMPARED_STAFF] = "staff", [COMPARED_OFFICIAL] =
	    "official face reader" };

	if (id->compared == COMPARED_NOT)
		return (json_null());
	if (id->compared != COMPARED_ENGINE)
		return (json_pack("{s:s}", "by", by[id->compared]));
	return (json_pack("{s:s, s:s, s:s, s:s}", "by", by[id->compared],
	    "engine", id->engine, "score", id->score,
	    "threshold", id->threshold));
}

/* A phone holds certificates too, and is no card. */
static int
has_card_key(const struct identity *id)
{
	if (id->judged)
		return (id->proven && id->certificate.err == ERR_OK &&
		    strcmp(id->card, "plastic") == 0);
	return (id->proven && id->surface.verdict == CARDCA_GENUINE);
}

static int
has_phone_key(const struct identity *id)
{
	return (id->proven && id->judged && id->certificate.err == ERR_OK &&
	    strcmp(id->card, "phone") == 0);
}

static int
knows_pin(const struct identity *id)
{
	return (id->proven && id->judged);
}

static int
has_certificate(const struct identity *id)
{
	return (id->judged && id->certificate.err == ERR_OK);
}

static int
not_revoked(const struct identity *id)
{
	return (has_certificate(id) &&
	    id->certificate.revocation == REVOCATION_GOOD);
}

static int
is_known_issuer(const struct identity *id)
{
	return (id->surface.read && id->surface.verdict == CARDCA_GENUINE);
}

/* A photograph that nobody known has signed says nothing. */
static int
looks_alike(const struct identity *id)
{
	return ((id->compared == COMPARED_ENGINE ||
	    id->compared == COMPARED_STAFF) && is_known_issuer(id));
}

static int
was_accepted(const struct identity *id)
{
	return (id->compared == COMPARED_OFFICIAL);
}

/* Their signature (EF 0003 of the text application) is not read. */
static int
has_signed_name(const struct identity *id)
{
	(void)id;
	return (0);
}

static const struct claim {
	const char	*word;
	int		(*holds)(const struct identity *);
} claims[] = {
	{ "genuine card present",		has_card_key },
	{ "holder knows the PIN",		knows_pin },
	{ "certificate chain and dates",	has_certificate },
	{ "certificate not revoked",		not_revoked },
	{ "card face signed by its issuer",	is_known_issuer },
	{ "person resembles the photograph",	looks_alike },
	{ "phone with the person's certificate present", has_phone_key },
	{ "official face reader accepted the person", was_accepted },
	{ "name and address signed by their issuer", has_signed_name },
};

/* Those that hold, or those that do not. */
static json_t *
claims_json(const struct identity *id, int held)
{
	json_t *a = json_array();

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		if (!claims[i].holds(id) == !held)
			json_array_append_new(a,
			    json_string(claims[i].word));
	}
	return (a);
}

/* What we prove ourselves stands apart from what a device says it judged. */
static json_t *
held_json(const struct identity *id, int by_device)
{
	return (id->by_device == by_device ? claims_json(id, 1) :
	    json_array());
}

json_t *
identity_json(const struct identity *id)
{
	return (json_pack("{s:s, s:s, s:s, s:o, s:s?, s:o, s:o, s:o, s:o, "
	    "s:o, s:o, s:o, s:o}",
	    "mode", id->mode,
	    "method", id->method,
	    "card", id->card,
	    "attributes", attributes_json(id),
	    "attributes_missing", id->attributes_err == ERR_OK ? NULL :
	    err_name(id->attributes_err),
	    "text_tries_left", id->text_tries < 0 ? json_null() :
	    json_integer(id->text_tries),
	    "certificate", certificate_json(id),
	    "proof", proof_json(id),
	    "surface", surface_json(id),
	    "comparison", comparison_json(id),
	    "proven", held_json(id, 0),
	    "judged_by_device", held_json(id, 1),
	    "not_proven", claims_json(id, 0)));
}

/* One text member, cut where somebody else wrote it. */
static void
take(const json_t *o, const char *name, char *out, size_t room)
{
	const char *s = json_string_value(json_object_get(o, name));

	snprintf(out, room, "%s", s == NULL ? "" : s);
}

void
identity_from_json(const json_t *o, struct identity *id)
{
	const json_t *a = json_object_get(o, "attributes");
	const json_t *s = json_object_get(o, "surface");
	char why[64];

	*id = (struct identity){ .text_tries = -1,
	    .attributes_err = ERR_UNREAD };
	take(o, "mode", id->mode, sizeof(id->mode));
	take(o, "method", id->method, sizeof(id->method));
	take(o, "card", id->card, sizeof(id->card));
	take(o, "attributes_missing", why, sizeof(why));
	(void)errname_find(why, strlen(why), &id->attributes_err);
	if (json_is_object(s)) {
		id->surface.read = 1;
		take(s, "birthdate", id->surface.birthdate,
		    sizeof(id->surface.birthdate));
		id->surface.sex = (char)('0' + json_integer_value(
		    json_object_get(s, "sex")) % 10);
	}
	if (!json_is_object(a))
		return;
	id->has_attributes = 1;
	id->attributes_err = ERR_OK;
	take(a, "name", id->attributes.name, sizeof(id->attributes.name));
	take(a, "address", id->attributes.address,
	    sizeof(id->attributes.address));
	take(a, "birthdate", id->attributes.birthdate,
	    sizeof(id->attributes.birthdate));
	id->attributes.sex = (char)('0' +
	    json_integer_value(json_object_get(a, "sex")) % 10);
}

void
identity_forget(struct identity *id)
{
	struct identity kept = { .judged = id->judged,
	    .certificate = id->certificate, .attributes_err =
	    id->attributes_err, .text_tries = id->text_tries,
	    .surface.read = id->surface.read,
	    .surface.verdict = id->surface.verdict };

	memcpy(kept.mode, id->mode, sizeof(kept.mode));
	memcpy(kept.method, id->method, sizeof(kept.method));
	memcpy(kept.card, id->card, sizeof(kept.card));
	secret_cleanse(kept.certificate.not_before,
	    sizeof(kept.certificate.not_before));
	secret_cleanse(kept.certificate.not_after,
	    sizeof(kept.certificate.not_after));
	kept.certificate.days_left = 0;
	secret_cleanse(id, sizeof(*id));
	*id = kept;
}
