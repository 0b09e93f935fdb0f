#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>

#include "tests/lib/card_file.h"

#define FILE_MAX	65536	/* ours: the largest EF is below 4096 */
#define PIN_MAX		16	/* characters of the longest password */

struct key {
	const char	*name;
	enum err	(*set)(struct fake_card *, const struct key *,
			    const char *);
	size_t		 at;	/* in struct fake_conf, or the fault's kind */
	long		 min, max;
};

/* A whole number within the range, in the base given. */
static enum err
number(const char *s, int base, long min, long max, long *out)
{
	char *end;
	long v;

	errno = 0;
	v = strtol(s, &end, base);
	if (*s == '\0' || *end != '\0' || errno != 0 || v < min || v > max)
		return (ERR_CONF);
	*out = v;
	return (ERR_OK);
}

static enum err
set_field(struct fake_card *card, const struct key *key, const char *value,
    int base)
{
	long v;
	int field;
	enum err r;

	if ((r = number(value, base, key->min, key->max, &v)) != ERR_OK)
		return (r);
	field = (int)v;
	memcpy((char *)&card->conf + key->at, &field, sizeof(field));
	return (ERR_OK);
}

static enum err
set_int(struct fake_card *card, const struct key *key, const char *value)
{
	return (set_field(card, key, value, 10));
}

static enum err
set_sw(struct fake_card *card, const struct key *key, const char *value)
{
	return (set_field(card, key, value, 16));
}

static enum err
set_ec(struct fake_card *card, const struct key *key, const char *value)
{
	(void)key;
	if (strcmp(value, "raw") != 0 && strcmp(value, "der") != 0)
		return (ERR_CONF);
	card->conf.ec_form = value[0] == 'r' ? FAKE_EC_RAW : FAKE_EC_DER;
	return (ERR_OK);
}

static enum err
set_atr(struct fake_card *card, const struct key *key, const char *value)
{
	char byte[3] = { 0 };
	size_t n = strlen(value) / 2;
	long v;

	(void)key;
	if (n < 2 || n > FAKE_ATR_MAX || strlen(value) % 2 != 0)
		return (ERR_CONF);
	for (size_t i = 0; i < n; i++) {
		memcpy(byte, value + 2 * i, 2);
		if (number(byte, 16, 0, 0xff, &v) != ERR_OK)
			return (ERR_CONF);
		card->atr[i] = (uint8_t)v;
	}
	card->atrlen = n;
	return (ERR_OK);
}

static enum err
add_app(const char *name, size_t len, unsigned *apps)
{
	for (int i = 0; i < FAKE_DOMAIN; i++) {
		if (strlen(fake_apps[i].name) == len &&
		    memcmp(fake_apps[i].name, name, len) == 0) {
			*apps |= 1u << i;
			return (ERR_OK);
		}
	}
	return (ERR_CONF);
}

/* Names with spaces between; the rest is not on the card. */
static enum err
set_apps(struct fake_card *card, const struct key *key, const char *value)
{
	unsigned apps = 0;
	enum err r = ERR_OK;

	(void)key;
	while (*value != '\0' && r == ERR_OK) {
		size_t n = strcspn(value, " ");

		r = add_app(value, n, &apps);
		value += n;
		value += strspn(value, " ");
	}
	if (r == ERR_OK)
		card->apps = apps;
	return (r);
}

/* "N", or "N=SW" for an answer instead. */
static enum err
set_fault(struct fake_card *card, const struct key *key, const char *value)
{
	enum fake_fault_kind kind = (enum fake_fault_kind)key->at;
	char at[16];
	size_t i, n = strcspn(value, "=");
	long v, sw = 0;

	if (n >= sizeof(at) || (value[n] == '=') != (kind == FAKE_FAULT_SW))
		return (ERR_CONF);
	memcpy(at, value, n);
	at[n] = '\0';
	if (number(at, 10, key->min, key->max, &v) != ERR_OK)
		return (ERR_CONF);
	if (kind == FAKE_FAULT_SW &&
	    number(value + n + 1, 16, 0x6000, 0x9fff, &sw) != ERR_OK)
		return (ERR_CONF);
	for (i = 0; i < FAKE_FAULTS; i++) {
		if (card->fault[i].kind == FAKE_FAULT_NONE)
			break;
	}
	if (i == FAKE_FAULTS)
		return (ERR_CONF);
	card->fault[i] = (struct fake_fault){ kind, (unsigned)v,
	    (uint16_t)sw };
	return (ERR_OK);
}

#define AT(field) offsetof(struct fake_conf, field)

static const struct key keys[] = {
	{ "extended", set_int, AT(extended), 0, 1 },
	{ "short_ids", set_int, AT(short_ids), 0, 1 },
	{ "short_aid", set_int, AT(short_aid), 0, 1 },
	{ "first_6f00", set_int, AT(first_6f00), 0, 1 },
	{ "get_response", set_int, AT(get_response), 0, 1 },
	{ "verified_9000", set_int, AT(verified_9000), 0, 1 },
	{ "cert_needs_pin", set_int, AT(cert_needs_pin), 0, 1 },
	{ "blocked_sw", set_sw, AT(blocked_sw), 0x6000, 0x9fff },
	{ "none_sw", set_sw, AT(none_sw), 0x6000, 0x9fff },
	{ "eof_sw", set_sw, AT(eof_sw), 0x6000, 0x9fff },
	{ "delay_ms", set_int, AT(delay_ms), 0, 600000 },
	{ "sign_delay_ms", set_int, AT(sign_delay_ms), 0, 600000 },
	{ "ec_form", set_ec, 0, 0, 0 },
	{ "atr", set_atr, 0, 0, 0 },
	{ "apps", set_apps, 0, 0, 0 },
	{ "sw_at", set_fault, FAKE_FAULT_SW, 1, 1000000 },
	{ "pull_at", set_fault, FAKE_FAULT_PULL, 1, 1000000 },
	{ "pull_lost_at", set_fault, FAKE_FAULT_LOST, 1, 1000000 },
	{ "pull_half_at", set_fault, FAKE_FAULT_HALF, 1, 1000000 },
	{ "pull_torn_at", set_fault, FAKE_FAULT_TORN, 1, 1000000 },
};

/* "auth_pin = 1234", "auth_pin = none", "auth_pin_tries = 1" */
static enum err
set_pin(struct fake_card *card, enum fake_lock lock, const char *suffix,
    const char *value)
{
	struct fake_pin *pin = &card->pin[lock];
	long v;

	if (strcmp(suffix, "_tries") == 0) {
		if (number(value, 10, 0, fake_locks[lock].tries, &v) != ERR_OK)
			return (ERR_CONF);
		pin->tries = (int)v;
		return (ERR_OK);
	}
	if (*suffix != '\0' || *value == '\0')
		return (ERR_CONF);
	if (strlen(value) > PIN_MAX)
		return (ERR_TOOBIG);
	secret_wipe(&pin->value);
	if (strcmp(value, "none") == 0)
		return (ERR_OK);
	return (secret_set(&pin->value, value, strlen(value)));
}

static enum err
set_any(struct fake_card *card, const char *key, const char *value)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, key) == 0)
			return (keys[i].set(card, &keys[i], value));
	}
	for (int i = 0; i < FAKE_LOCKS; i++) {
		size_t n = strlen(fake_locks[i].conf);

		if (strncmp(fake_locks[i].conf, key, n) == 0 &&
		    (key[n] == '\0' || key[n] == '_'))
			return (set_pin(card, (enum fake_lock)i, key + n,
			    value));
	}
	return (ERR_CONF);
}

enum err
card_file_set(struct fake_card *card, const char *key, const char *value,
    struct note *note)
{
	enum err r = set_any(card, key, value);

	/* The value may be a PIN: only the key is named. */
	if (r != ERR_OK)
		note_set(note, "%s: no such key of a card, or a value it "
		    "does not take (tests/lib/README.md lists them)", key);
	return (r);
}

/* Cuts white space off both ends, in place. */
static char *
trim(char *s)
{
	size_t n;

	s += strspn(s, " \t\r");
	n = strlen(s);
	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		n--;
	s[n] = '\0';
	return (s);
}

enum err
card_file_assign(struct fake_card *card, const char *line, struct note *note)
{
	char *copy = strdup(line), *eq;
	enum err r = ERR_CONF;

	if (copy == NULL)
		return (ERR_NOMEM);
	if ((eq = strchr(copy, '=')) == NULL) {
		note_set(note, "a setting of a card is key=value");
		goto out;
	}
	*eq = '\0';
	r = card_file_set(card, trim(copy), trim(eq + 1), note);
out:
	secret_cleanse(copy, strlen(line));
	free(copy);
	return (r);
}

static enum err
set_lines(struct fake_card *card, struct blob *text, const char *path,
    struct note *note)
{
	char *line = (char *)text->data, *next;
	struct note why = { "" };
	enum err r;

	for (int no = 1; line != NULL; no++, line = next) {
		if ((next = strchr(line, '\n')) != NULL)
			*next++ = '\0';
		line = trim(line);
		if (*line == '\0' || *line == '#')
			continue;
		if ((r = card_file_assign(card, line, &why)) != ERR_OK) {
			note_set(note, "%s line %d: %s", path, no, why.text);
			return (r);
		}
	}
	return (ERR_OK);
}

static enum err
load_conf(struct fake_card *card, const char *path, struct note *note)
{
	struct blob text = { 0 };
	enum err r;

	if ((r = blob_read_file(&text, path, FILE_MAX)) != ERR_OK)
		note_set(note, "%s: %s", path, strerror(errno));
	else
		r = set_lines(card, &text, path, note);
	blob_free(&text);
	return (r);
}

/* A file that is not there leaves the blob empty. */
static enum err
load_optional(struct blob *b, const char *path, struct note *note)
{
	enum err r = blob_read_file(b, path, FILE_MAX);

	if (r == ERR_OK || (r == ERR_SYS && errno == ENOENT))
		return (ERR_OK);
	note_set(note, "%s: cannot be read", path);
	return (r);
}

static enum err
load_efs(struct fake_card *card, const char *dir, struct note *note)
{
	struct blob path = { 0 };
	enum err r = ERR_OK;

	for (size_t i = 0; i < FAKE_EFS && r == ERR_OK; i++) {
		blob_reset(&path);
		r = blob_printf(&path, "%s/%s-%04x.bin", dir,
		    fake_apps[fake_efs[i].app].name, fake_efs[i].id);
		if (r == ERR_OK)
			r = load_optional(&card->ef[i], blob_str(&path),
			    note);
	}
	blob_free(&path);
	return (r);
}

static enum err
load_key(EVP_PKEY **key, const char *path, struct note *note)
{
	struct blob der = { 0 };
	const uint8_t *p;
	enum err r;

	if ((r = load_optional(&der, path, note)) != ERR_OK || der.len == 0)
		goto out;
	p = der.data;
	*key = d2i_AutoPrivateKey(NULL, &p, (long)der.len);
	if (*key == NULL) {
		note_set(note, "%s: not a private key in DER", path);
		r = ERR_CONF;
	}
out:
	blob_free(&der);
	return (r);
}

static enum err
load_keys(struct fake_card *card, const char *dir, struct note *note)
{
	static const char *const names[FAKE_KEYS] = {
		[FAKE_KEY_AUTH] = "jpki-0017", [FAKE_KEY_SIGN] = "jpki-001a",
		[FAKE_KEY_AP] = "ap",
	};
	struct blob path = { 0 };
	enum err r = ERR_OK;

	for (size_t i = 0; i < FAKE_KEYS && r == ERR_OK; i++) {
		blob_reset(&path);
		r = blob_printf(&path, "%s/%s.key", dir, names[i]);
		if (r == ERR_OK)
			r = load_key(&card->key[i], blob_str(&path), note);
	}
	blob_free(&path);
	return (r);
}

enum err
card_file_load(const char *dir, struct fake_card **out, struct note *note)
{
	struct fake_card *card = fake_card_new();
	struct blob path = { 0 };
	enum err r;

	*out = NULL;
	if (card == NULL)
		return (ERR_NOMEM);
	if ((r = blob_printf(&path, "%s/card.conf", dir)) != ERR_OK ||
	    (r = load_conf(card, blob_str(&path), note)) != ERR_OK ||
	    (r = load_efs(card, dir, note)) != ERR_OK ||
	    (r = load_keys(card, dir, note)) != ERR_OK)
		goto out;
	*out = card;
	card = NULL;	/* moved */
out:
	blob_free(&path);
	fake_card_free(&card);
	return (r);
}

enum err
card_file_load_tries(struct fake_card *card, const char *path,
    struct note *note)
{
	struct blob text = { 0 };
	enum err r;

	if ((r = load_optional(&text, path, note)) == ERR_OK && text.len > 0)
		r = set_lines(card, &text, path, note);
	blob_free(&text);
	return (r);
}

static enum err
replace(const char *path, const struct blob *text, struct note *note)
{
	struct blob tmp = { 0 };
	FILE *f = NULL;
	enum err r;

	if ((r = blob_printf(&tmp, "%s.tmp", path)) != ERR_OK)
		return (r);
	if ((f = fopen(blob_str(&tmp), "we")) == NULL ||
	    fwrite(text->data, 1, text->len, f) != text->len)
		r = ERR_SYS;
	if (f != NULL && fclose(f) != 0)
		r = ERR_SYS;
	if (r == ERR_OK && rename(blob_str(&tmp), path) != 0)
		r = ERR_SYS;
	if (r != ERR_OK)
		note_set(note, "%s: %s", path, strerror(errno));
	blob_free(&tmp);
	return (r);
}

enum err
card_file_save_tries(const struct fake_card *card, const char *path,
    struct note *note)
{
	struct blob text = { 0 };
	enum err r = ERR_OK;

	for (int i = 0; i < FAKE_LOCKS && r == ERR_OK; i++)
		r = blob_printf(&text, "%s_tries = %d\n", fake_locks[i].conf,
		    card->pin[i].tries);
	if (r == ERR_OK)
		r = replace(path, &text, note);
	blob_free(&text);
	return (r);
}

static enum err
add_counts(const struct fake_card *card, struct blob *json)
{
	enum err r = blob_printf(json, "\"verify\":{");

	for (int i = 0; i < FAKE_LOCKS && r == ERR_OK; i++)
		r = blob_printf(json, "%s\"%s\":%u", i == 0 ? "" : ",",
		    fake_locks[i].shown, card->stats.verify[i]);
	if (r == ERR_OK)
		r = blob_printf(json, "},\"tries\":{");
	for (int i = 0; i < FAKE_LOCKS && r == ERR_OK; i++)
		r = blob_printf(json, "%s\"%s\":%d", i == 0 ? "" : ",",
		    fake_locks[i].shown, card->pin[i].tries);
	return (r);
}

enum err
card_file_save_count(const struct fake_card *card, const char *path,
    struct note *note)
{
	const struct fake_stats *s = &card->stats;
	struct blob json = { 0 };
	enum err r;

	r = blob_printf(&json, "{\"apdus\":%u,\"power_ons\":%u,\"sign\":%u,"
	    "\"forbidden\":%u,\"present\":%s,\"verify_stray\":%u,", s->apdus,
	    s->power_ons, s->sign, s->forbidden,
	    card->present ? "true" : "false", s->verify_stray);
	if (r == ERR_OK)
		r = add_counts(card, &json);
	if (r == ERR_OK)
		r = blob_printf(&json, "}}\n");
	if (r == ERR_OK)
		r = replace(path, &json, note);
	blob_free(&json);
	return (r);
}
