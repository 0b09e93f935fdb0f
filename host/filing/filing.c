#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "crypto/hex.h"
#include "crypto/seal.h"
#include "crypto/ticket.h"
#include "host/filing/filing.h"
#include "host/proof/offline.h"
#include "host/visit/record.h"

#define DAY_S		(24 * 3600)
#define HASH		32
#define HEX(n)		(2 * (n) + 1)
#define REFUSALS_KEPT	1000
#define REFUSALS_DAYS	90

/* --- tickets --- */

static enum err
count_row(void *ctx, const struct val *cols, size_t n)
{
	*(int64_t *)ctx = n == 1 ? val_num(&cols[0]) : 0;
	return (ERR_OK);
}

static enum err
count_alive(struct store *st, const char *device, int64_t *n)
{
	const struct val p[] = { val_text(device),
	    val_int(clock_wall_ms()) };

	*n = 0;
	return (store_run(st, SQL_TICKET_ALIVE, p, 2, count_row, n, NULL));
}

static enum err
add_ticket(const struct filing *f, struct store *st,
    const struct filing_device *d, struct blob *out)
{
	struct ticket t = { .issued = clock_wall_ms() / 1000 };
	char id[HEX(TICKET_ID)], device[HEX(TICKET_PRINT)];
	uint8_t bytes[TICKET_LEN];
	enum err r;

	memcpy(t.device, d->print, sizeof(t.device));
	memcpy(t.institution, f->institution, sizeof(t.institution));
	t.until = t.issued + (int64_t)f->ticket_hours * 3600;
	if ((r = ticket_make(&t, f->ticket_key, bytes)) != ERR_OK ||
	    (r = blob_add(out, bytes, sizeof(bytes))) != ERR_OK)
		return (r);
	hex_write(t.id, sizeof(t.id), id);
	hex_write(t.device, sizeof(t.device), device);
	{
		const struct val p[] = { val_text(id), val_text(device),
		    val_int(t.issued * 1000), val_int(t.until * 1000) };

		return (store_run(st, SQL_TICKET_ADD, p, 4, NULL, NULL,
		    NULL));
	}
}

static enum err
add_tickets(const struct filing *f, struct store *st,
    const struct filing_device *d, unsigned n, struct blob *out)
{
	enum err r = ERR_OK;

	for (unsigned i = 0; r == ERR_OK && i < n; i++)
		r = add_ticket(f, st, d, out);
	return (r);
}

enum err
filing_tickets(const struct filing *f, struct store *st,
    const struct filing_device *d, unsigned n, struct blob *out)
{
	char device[HEX(TICKET_PRINT)];
	size_t before = out->len;
	int64_t alive = 0;
	enum err r;

	if (n == 0 || n > FILING_TICKETS)
		return (ERR_LAYOUT);
	hex_write(d->print, TICKET_PRINT, device);
	if ((r = store_begin(st)) != ERR_OK)
		return (r);
	if ((r = count_alive(st, device, &alive)) == ERR_OK) {
		if (alive + n > FILING_ALIVE)
			n = alive < FILING_ALIVE ?
			    (unsigned)(FILING_ALIVE - alive) : 0;
		if ((r = add_tickets(f, st, d, n, out)) == ERR_OK)
			r = store_commit(st);
	}
	if (r != ERR_OK) {
		store_rollback(st);
		blob_cut(out, before);
	}
	return (r);
}

/* --- one record --- */

/* On its way into the store. */
struct parcel {
	const struct filing		*f;
	struct store			*st;
	const struct filing_device	*device;
	char				 digest[HEX(HASH)];
	struct offline			 offline;
	struct ticket			 ticket;
	struct statement		 statement;
	int64_t				 now;		/* wall ms */
	struct note			*note;
};

static enum err
found_row(void *ctx, const struct val *cols, size_t n)
{
	(void)cols;
	(void)n;
	*(int *)ctx = 1;
	return (ERR_OK);
}

static enum err
is_known(struct parcel *p, int *known)
{
	const struct val digest = val_text(p->digest);

	*known = 0;
	return (store_run(p->st, SQL_RECORD_BY_DIGEST, &digest, 1, found_row,
	    known, NULL));
}

static enum err
unseal(struct parcel *p, struct buf sealed)
{
	struct blob content = { 0 };
	enum err r;

	if ((r = seal_open(sealed, p->f->seal_key, p->device->print, &content)) != ERR_OK)
		note_set(p->note, "seal");
	else if ((r = offline_read(blob_buf(&content), &p->offline)) !=
	    ERR_OK)
		note_set(p->note, "record");
	blob_free(&content);
	return (r);
}

static enum err
check_ticket(struct parcel *p)
{
	const struct ticket *t = &p->ticket;
	uint8_t key[ED25519_KEY];
	size_t n = sizeof(key);
	enum err r;

	if (EVP_PKEY_get_raw_public_key(p->f->ticket_key, key, &n) != 1 ||
	    n != sizeof(key))
		return (ERR_LIB);
	if ((r = ticket_check(p->offline.ticket, TICKET_LEN, key,
	    &p->ticket)) != ERR_OK)
		return (r);
	if (strcmp(t->institution, p->f->institution) != 0) {
		note_set(p->note, "institution");
		return (ERR_TICKET_FOREIGN);
	}
	if (memcmp(t->device, p->device->print, sizeof(t->device)) != 0) {
		note_set(p->note, "device");
		return (ERR_TICKET_FOREIGN);
	}
	return (ERR_OK);
}

/* As far as the device says; it has judged with its own trust folder. */
static int
is_test(const struct identity *id)
{
	if (id->surface.read)
		return (id->surface.verdict == CARDCA_GENUINE &&
		    !cardca_is_production(id->surface.issuer));
	return (id->certificate.test);
}

/* The proof before what is proven is looked at. */
static enum err
check_statement(struct parcel *p)
{
	struct note wrong = { "" };

	if (offline_verify(&p->offline) != ERR_OK) {
		note_set(p->note, "proof");
		return (ERR_RECORD_ALTERED);
	}
	if (statement_read(blob_buf(&p->offline.statement), &p->statement,
	    &wrong) != ERR_OK) {
		note_set(p->note, "statement: %s", wrong.text);
		return (ERR_RECORD_ALTERED);
	}
	if (!p->f->test_cards && is_test(&p->statement.identity)) {
		note_set(p->note, "a test card");
		return (ERR_CERT_TEST);
	}
	if (strcmp(p->statement.visit, p->offline.id) != 0 ||
	    p->offline.surface != p->statement.identity.surface.read) {
		note_set(p->note, "statement: of another record");
		return (ERR_RECORD_ALTERED);
	}
	if (p->offline.surface && !p->f->unknown_issuer &&
	    p->statement.identity.surface.verdict != CARDCA_GENUINE) {
		note_set(p->note, "%s", cardca_word(
		    p->statement.identity.surface.verdict));
		return (ERR_RECORD_ALTERED);
	}
	return (ERR_OK);
}

static enum err
check_times(struct parcel *p)
{
	const struct ticket *t = &p->ticket;
	int64_t at = p->statement.at / 1000, now = p->now / 1000;
	const char *what = NULL;

	/* One that is ahead brings times to come; the ticket's end counts. */
	if (at < t->issued - FILING_SKEW_S)
		what = "visit before the ticket: the device's clock";
	else if (at > t->until)
		what = "visit after the ticket's end";
	else if (now > t->until + (int64_t)p->f->deliver_days * DAY_S)
		what = "delivered too late";
	if (what == NULL)
		return (ERR_OK);
	note_set(p->note, "%s", what);
	return (ERR_TICKET_EXPIRED);
}

/* --- filing --- */

/* Which of two reasons it is that the ticket cannot be used. */
static enum err
why_not(struct parcel *p, const char *id)
{
	const struct val key = val_text(id);
	int found = 0;
	enum err r;

	if ((r = store_run(p->st, SQL_TICKET_GET, &key, 1, found_row, &found,
	    NULL)) != ERR_OK)
		return (r);
	if (found)
		return (ERR_TICKET_USED);
	note_set(p->note, "not in the list of tickets");
	return (ERR_TICKET_FOREIGN);
}

static enum err
use_ticket(struct parcel *p)
{
	char id[HEX(TICKET_ID)], device[HEX(TICKET_PRINT)];
	int64_t changed = 0;
	enum err r;

	hex_write(p->ticket.id, sizeof(p->ticket.id), id);
	hex_write(p->ticket.device, sizeof(p->ticket.device), device);
	{
		const struct val v[] = { val_text(p->statement.visit),
		    val_text(id), val_text(device) };

		r = store_run(p->st, SQL_TICKET_USE, v, 3, NULL, NULL,
		    &changed);
	}
	return (r == ERR_OK && changed != 1 ? why_not(p, id) : r);
}

static void
fill_visit(const struct parcel *p, struct visit *v)
{
	const struct statement *s = &p->statement;

	*v = (struct visit){ .about.mode = "home" };
	memcpy(v->id, s->visit, sizeof(v->id));
	memcpy(v->about.method, s->method, sizeof(v->about.method));
	memcpy(v->about.purpose, s->purpose, sizeof(v->about.purpose));
	memcpy(v->about.staff, s->staff, sizeof(v->about.staff));
	memcpy(v->about.reason, s->reason, sizeof(v->about.reason));
	v->identity = s->identity;
	v->identity.proven = 1;
	v->identity.by_device = 1;
	v->identity.alg = p->offline.alg;
	v->identity.at = s->at;
	v->consent = s->consent;
}

static enum err
add_visit(struct parcel *p)
{
	struct visit v;
	enum err r;

	fill_visit(p, &v);
	r = record_file(p->st, &v);
	visit_end(&v);
	if (r == ERR_ROW) {
		note_set(p->note, "another visit has this id");
		r = ERR_RECORD_ALTERED;
	}
	return (r);
}

static enum err
add_record(struct parcel *p)
{
	char device[HEX(PUBKEY_PRINT)];

	hex_write(p->device->print, PUBKEY_PRINT, device);
	{
		const struct val v[] = { val_text(p->statement.visit),
		    val_text(p->digest), val_text(device),
		    val_text(p->statement.visit), val_int(p->now) };

		return (store_run(p->st, SQL_RECORD_ADD, v, 5, NULL, NULL,
		    NULL));
	}
}

/* Again under the lock: the same record may come over two connections. */
static enum err
file_it(struct parcel *p, int *known)
{
	enum err r;

	if ((r = store_begin(p->st)) != ERR_OK)
		return (r);
	if ((r = is_known(p, known)) == ERR_OK && !*known &&
	    (r = use_ticket(p)) == ERR_OK && (r = add_visit(p)) == ERR_OK &&
	    (r = add_record(p)) == ERR_OK)
		r = store_commit(p->st);
	store_rollback(p->st);
	return (r);
}

static enum err
take_in(struct parcel *p, struct buf sealed, int *known)
{
	enum err r;

	if ((r = is_known(p, known)) != ERR_OK || *known)
		return (r);
	if ((r = unseal(p, sealed)) != ERR_OK ||
	    (r = check_ticket(p)) != ERR_OK ||
	    (r = check_statement(p)) != ERR_OK ||
	    (r = check_times(p)) != ERR_OK)
		return (r);
	return (file_it(p, known));
}

static enum err
prune_refusals(struct store *st)
{
	const struct val p[] = { val_int(clock_wall_ms() - REFUSALS_DAYS *
	    (int64_t)DAY_S * 1000), val_int(REFUSALS_KEPT) };

	return (store_run(st, SQL_REFUSAL_PRUNE, p, 2, NULL, NULL, NULL));
}

/* A device that sends rubbish without end fills no disk. */
static enum err
keep_refusal(const struct parcel *p, enum err why)
{
	const struct val v[] = { val_text(p->digest), val_int(p->now),
	    val_text(p->device->name), val_text(err_name(why)) };
	enum err r;

	r = store_run(p->st, SQL_REFUSAL_PUT, v, 4, NULL, NULL, NULL);
	return (r != ERR_OK ? r : prune_refusals(p->st));
}

static int
digest_of(struct buf sealed, char out[HEX(HASH)])
{
	uint8_t hash[HASH];
	size_t n = 0;

	if (EVP_Q_digest(NULL, "SHA256", NULL, sealed.p, sealed.left, hash,
	    &n) != 1 || n != HASH)
		return (0);
	hex_write(hash, HASH, out);
	return (1);
}

enum err
filing_record(const struct filing *f, struct store *st,
    const struct filing_device *d, struct buf sealed,
    enum filing_verdict *verdict, struct note *note)
{
	struct parcel p = { .f = f, .st = st, .device = d,
	    .now = clock_wall_ms(), .note = note };
	int known = 0;
	enum err r, kept;

	note_set(note, "%s", "");
	if (!digest_of(sealed, p.digest))
		return (ERR_LIB);
	r = take_in(&p, sealed, &known);
	offline_wipe(&p.offline);
	secret_cleanse(&p.statement, sizeof(p.statement));
	*verdict = known ? FILING_KNOWN : FILING_NEW;
	if (!offline_is_refusal(r))
		return (r);
	log_line(LOG_WARN, "filing", "record of %s refused: %s %s", d->name,
	    err_name(r), note->text);
	/* Unless the desk will see it, the device must not let go of it. */
	kept = keep_refusal(&p, r);
	return (kept == ERR_OK ? r : kept);
}

/* --- what was refused --- */

struct refusals {
	filing_each	*each;
	void		*ctx;
};

static enum err
refusal_row(void *ctx, const struct val *cols, size_t n)
{
	const struct refusals *all = ctx;
	const struct filing_refusal row = { val_num(&cols[0]),
	    val_str(&cols[1]), val_str(&cols[2]) };

	return (n != 3 ? ERR_STORE : all->each(all->ctx, &row));
}

enum err
filing_refusals(struct store *st, int limit, filing_each *each, void *ctx,
    int64_t *total)
{
	struct refusals all = { each, ctx };
	const struct val p = val_int(limit);
	enum err r;

	*total = 0;
	if ((r = store_run(st, SQL_REFUSAL_COUNT, NULL, 0, count_row, total,
	    NULL)) != ERR_OK)
		return (r);
	return (store_run(st, SQL_REFUSAL_LIST, &p, 1, refusal_row, &all,
	    NULL));
}

/* --- where a visit comes from --- */

static enum err
origin_row(void *ctx, const struct val *cols, size_t n)
{
	struct filing_origin *o = ctx;

	if (n != 2)
		return (ERR_STORE);
	snprintf(o->device, sizeof(o->device), "%s", val_str(&cols[0]));
	o->at = val_num(&cols[1]);
	return (ERR_OK);
}

enum err
filing_origin(struct store *st, const char *visit, struct filing_origin *o)
{
	const struct val p = val_text(visit);

	*o = (struct filing_origin){ .at = 0 };
	return (store_run(st, SQL_RECORD_OF_VISIT, &p, 1, origin_row, o,
	    NULL));
}

enum err
filing_prune(struct store *st, int deliver_days)
{
	const int64_t now = clock_wall_ms(), day = (int64_t)DAY_S * 1000;
	const struct val tickets = val_int(now - (deliver_days + 1) * day);
	enum err r;

	if ((r = store_run(st, SQL_TICKET_PRUNE, &tickets, 1, NULL, NULL,
	    NULL)) != ERR_OK)
		return (r);
	return (prune_refusals(st));
}
