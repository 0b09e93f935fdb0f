#include "base/clock.h"
#include "host/api/call.h"
#include "host/api/rows.h"
#include "host/visit/record.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))

/* Noted by hand; the last one counts, and the audit has each. */
enum err
visits_fallback(struct call *c)
{
	static const char *const ways[] = { "portal", "notice", "certificate",
	    "statement", NULL };
	static const struct body_rule rules[] = {
		{ "way", BODY_TEXT, 1, 0, 0, NULL, ways },
		{ "staff", BODY_TEXT, 1, 1, 32, NULL, NULL } };
	struct audit_who who;
	struct record rec;
	const char *way;
	enum err r;

	if ((r = call_body(c, rules, LEN(rules))) != ERR_OK ||
	    (r = record_get(c->conf->store, c->param, &rec)) != ERR_OK)
		return (r);
	record_wipe(&rec);
	who = rows_who(c);
	way = body_text(c->req->json, "way");
	const struct val v[] = { val_text(c->param), val_text(way),
	    val_text(who.staff), val_int(clock_wall_ms()) };

	if ((r = store_begin(c->conf->store)) != ERR_OK)
		return (r);
	if ((r = store_run(c->conf->store, SQL_FALLBACK_SET, v, 4, NULL, NULL,
	    NULL)) == ERR_OK && (r = audit_add(c->conf->store, &who,
	    "fallback", "visit:", c->param, "")) == ERR_OK)
		r = store_commit(c->conf->store);
	if (r != ERR_OK) {
		store_rollback(c->conf->store);
		return (r);
	}
	return (visits_show(c, c->param, 200));
}
