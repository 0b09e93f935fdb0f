#include <string.h>

#include "host/visit/person.h"

/* DF25 of the card. */
static enum sex
sex_of(char c)
{
	return (c == '1' ? SEX_MALE : c == '2' ? SEX_FEMALE : SEX_UNKNOWN);
}

struct match_person
identity_person(const struct identity *id)
{
	if (!id->has_attributes)
		return ((struct match_person){ .name = "", .kana = "",
		    .birthdate = id->surface.birthdate,
		    .sex = sex_of(id->surface.sex) });
	return ((struct match_person){ .name = id->attributes.name,
	    .kana = "", .birthdate = id->attributes.birthdate,
	    .sex = sex_of(id->attributes.sex) });
}

/* Sex1: OQSCD007. */
struct match_person
person_of(const struct result *r, size_t record)
{
	const char *sex = result_field(r, record, FIELD_Sex1);

	return ((struct match_person){
	    .name = result_field(r, record, FIELD_Name),
	    .kana = result_field(r, record, FIELD_NameKana),
	    .birthdate = result_field(r, record, FIELD_Birthdate),
	    .sex = strcmp(sex, "1") == 0 ? SEX_MALE :
	    strcmp(sex, "2") == 0 ? SEX_FEMALE : SEX_UNKNOWN });
}

enum match
person_match(const struct result *r, const struct patient *p)
{
	enum match least = MATCH_CERTAIN, m;

	for (size_t i = 0; i < result_records(r); i++) {
		const struct match_person who = person_of(r, i);

		if ((m = match_one(&who, p)) < least)
			least = m;
	}
	return (least);
}
