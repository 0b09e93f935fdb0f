#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "host/visit/identity.h"

/* DF25 of the card: 1 male, 2 female, anything else says nothing. */
static enum sex
sex_of(char c)
{
	return (c == '1' ? SEX_MALE : c == '2' ? SEX_FEMALE : SEX_UNKNOWN);
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
	    "sex", (int)sex_of(id->attributes.sex)));
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

json_t *
identity_json(const struct identity *id)
{
	return (json_pack("{s:s, s:s, s:o, s:s?, s:o, s:o, s:o}",
	    "mode", id->mode,
	    "card", id->card,
	    "attributes", attributes_json(id),
	    "attributes_missing", id->attributes_err == ERR_OK ? NULL :
	    err_name(id->attributes_err),
	    "text_tries_left", id->text_tries < 0 ? json_null() :
	    json_integer(id->text_tries),
	    "certificate", certificate_json(id),
	    "proof", proof_json(id)));
}

struct match_person
identity_person(const struct identity *id)
{
	return ((struct match_person){ .name = id->attributes.name,
	    .kana = "", .birthdate = id->attributes.birthdate,
	    .sex = sex_of(id->attributes.sex) });
}

void
identity_forget(struct identity *id)
{
	struct identity kept = { .judged = id->judged,
	    .certificate = id->certificate, .attributes_err =
	    id->attributes_err, .text_tries = id->text_tries };

	memcpy(kept.mode, id->mode, sizeof(kept.mode));
	memcpy(kept.card, id->card, sizeof(kept.card));
	kept.certificate.not_before[0] = '\0';
	kept.certificate.not_after[0] = '\0';
	kept.certificate.days_left = 0;
	secret_cleanse(id, sizeof(*id));
	*id = kept;
}
