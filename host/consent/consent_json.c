#include "base/clock.h"
#include "host/consent/consent_json.h"

json_t *
consent_json(const struct consent *c)
{
	json_t *o = json_object();
	char at[CLOCK_ISO_LEN];

	for (int i = 0; i < CONSENT_ITEMS; i++)
		json_object_set_new(o, consent_word((enum consent_item)i),
		    json_boolean(c->given[i]));
	json_object_set_new(o, "prescription",
	    c->prescription == PRESCRIPTION_NONE ? json_null() :
	    json_string(prescription_word(c->prescription)));
	if (c->confirmed != 0)
		clock_iso(c->confirmed, at);
	json_object_set_new(o, "confirmed_at", c->confirmed == 0 ?
	    json_null() : json_string(at));
	return (o);
}

void
consent_from_json(const json_t *o, struct consent *c)
{
	const char *form = json_string_value(json_object_get(o,
	    "prescription"));

	*c = (struct consent){ .confirmed = 0 };
	for (int i = 0; i < CONSENT_ITEMS; i++)
		c->given[i] = json_is_true(json_object_get(o,
		    consent_word((enum consent_item)i)));
	if (form != NULL)
		(void)consent_parse_prescription(form, c, NULL);
}
