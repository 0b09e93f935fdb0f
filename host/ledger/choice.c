#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "host/ledger/choice.h"
#include "host/ledger/same.h"

/* One part of a print, and what ends it. */
static enum err
add_key(struct blob *all, enum same_rule rule, const char *text)
{
	struct blob key = { 0 };
	enum err r;

	if ((r = same_key(rule, text, &key)) == ERR_OK &&
	    (r = blob_add(all, key.data, key.len)) == ERR_OK)
		r = blob_add_u8(all, 0);
	blob_free(&key);
	return (r);
}

/* The name as it is shown, ● and all: another glyph is another name. */
static enum err
collect(const struct choice_person *p, struct blob *all)
{
	char sex[2] = { (char)('0' + (p->who.sex & 3)), '\0' };
	enum err r;

	if ((r = add_key(all, SAME_DAY, p->who.birthdate)) == ERR_OK &&
	    (r = add_key(all, SAME_EXACT, sex)) == ERR_OK &&
	    (r = add_key(all, SAME_KANA, p->who.kana)) == ERR_OK &&
	    (r = add_key(all, SAME_EXACT, p->who.name)) == ERR_OK &&
	    (r = add_key(all, SAME_NUMBER, p->insurer_number)) == ERR_OK)
		r = add_key(all, SAME_NUMBER, p->number);
	return (r == ERR_OK ? add_key(all, SAME_NUMBER, p->branch_number) :
	    r);
}

enum err
choice_print(const struct choice_person *p, char hex[CHOICE_PRINT])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	struct blob all = { 0 };
	unsigned n = 0;
	enum err r;

	hex[0] = '\0';
	if ((r = collect(p, &all)) == ERR_OK && EVP_Digest(all.data, all.len,
	    md, &n, EVP_sha256(), NULL) != 1)
		r = ERR_LIB;
	for (unsigned i = 0; r == ERR_OK && i < n && i < 32; i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", md[i]);
	blob_free(&all);
	return (r);
}

static int
contradicts(const struct choice_person *who, const struct patient *p)
{
	return (!clock_is_date(who->who.birthdate) ||
	    strcmp(who->who.birthdate, p->birthdate) != 0 ||
	    match_sexes(who->who.sex, p->sex) == SAYS_DIFFERENT);
}

enum err
choice_put(struct store *s, const struct choice_person *who,
    const char *chart_number, const struct audit_who *by)
{
	char print[CHOICE_PRINT];
	struct patient p;
	int wrong;
	enum err r;

	if ((r = patient_get(s, chart_number, &p)) != ERR_OK)
		return (r);
	wrong = contradicts(who, &p);
	patient_wipe(&p);
	if (wrong)
		return (ERR_CONTRADICTS);
	if ((r = choice_print(who, print)) != ERR_OK ||
	    (r = store_run(s, SQL_CHOICE_PUT, (struct val[]){
	    val_text(print), val_text(chart_number),
	    val_int(clock_wall_ms()),
	    val_text(by->client == NULL ? "" : by->client),
	    val_text(by->staff == NULL ? "" : by->staff),
	    val_text(by->reason == NULL ? "" : by->reason) }, 6, NULL, NULL,
	    NULL)) != ERR_OK)
		return (r);
	return (audit_add(s, by, "choice", AUDIT_PATIENT, chart_number, ""));
}

struct chosen {
	char	chart_number[33];
};

static enum err
take_chart(void *ctx, const struct val *v, size_t n)
{
	struct chosen *c = ctx;

	if (n < 1 || v[0].len >= sizeof(c->chart_number))
		return (ERR_STORE);
	memcpy(c->chart_number, val_str(&v[0]), v[0].len + 1);
	return (ERR_OK);
}

enum err
choice_find(struct store *s, const struct choice_person *who,
    struct patient *p)
{
	struct chosen c = { "" };
	char print[CHOICE_PRINT];
	struct val v;
	enum err r;

	*p = (struct patient){ .sex = SEX_UNKNOWN };
	if ((r = choice_print(who, print)) != ERR_OK)
		return (r);
	v = val_text(print);
	if ((r = store_run(s, SQL_CHOICE_GET, &v, 1, take_chart, &c, NULL)) !=
	    ERR_OK)
		return (r);
	if (c.chart_number[0] == '\0')
		return (ERR_NO_MATCH);
	r = patient_get(s, c.chart_number, p);
	if (r == ERR_OK && contradicts(who, p)) {
		patient_wipe(p);
		*p = (struct patient){ .sex = SEX_UNKNOWN };
		r = ERR_NO_MATCH;
	}
	return (r == ERR_NO_PATIENT ? ERR_NO_MATCH : r);
}

enum err
choice_revoke(struct store *s, const char *chart_number,
    const struct audit_who *by, size_t *n)
{
	struct val v = val_text(chart_number);
	int64_t changed = 0;
	enum err r;

	r = store_run(s, SQL_CHOICE_DROP, &v, 1, NULL, NULL, &changed);
	if (n != NULL)
		*n = (size_t)changed;
	if (r == ERR_OK && changed > 0)
		r = audit_add(s, by, "choice_end", AUDIT_PATIENT,
		    chart_number, "");
	return (r);
}

enum err
choice_forget(struct store *s, const struct choice_person *who)
{
	char print[CHOICE_PRINT];
	struct val v;
	enum err r;

	if ((r = choice_print(who, print)) != ERR_OK)
		return (r);
	v = val_text(print);
	return (store_run(s, SQL_CHOICE_FORGET, &v, 1, NULL, NULL, NULL));
}
