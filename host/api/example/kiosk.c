/*
 * A small kiosk backend, from the start of the kiosk to the outcome of one
 * visit: what a maker of kiosks writes, without screens and camera.
 *
 *	kiosk-example --socket PATH --token-file F --mode face
 *	    --key ed25519.pem --number-b-file F [--consent all|none]
 *	kiosk-example --socket PATH --token-file F --mode pin
 *	    --pin-stdin [--consent all|none]
 *
 * Elsewhere: cc kiosk.c $(pkg-config --cflags --libs shikaku)
 *
 * The agent works; a client answers what the visit wants.  So a kiosk is a
 * table from wants to functions (wishes, below) and one loop that waits for
 * events between them.  Files with secrets are the user's own (chmod 600).
 * 照合番号B is what a kiosk's camera reads from the card; here it is a file.
 *
 * THE FACE MATCH OF THIS PROGRAM COMPARES NOTHING.  It says that every face
 * is the right one, under the engine name "example": it is for test cards.
 *
 * Ends with 0 when an outcome was shown, else with 1; with 2 for its usage.
 */
#include <sys/stat.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <shikaku.h>

#define EVENT_MS	60000	/* then the visit is read in any case */
#define REFUSALS_MAX	3	/* in one visit; then it is given up */

struct kiosk {
	const char		*number_b_file;
	struct shikaku_order	 order;
	int			 consent_all, pin_stdin;
	struct shikaku		*agent;
	struct shikaku_client	 self;
	struct shikaku_visit	 visit;		/* as answered last */
};

/* Prints why the last call failed, when it did. */
static enum shikaku_err
report(const struct kiosk *k, const char *what, enum shikaku_err r)
{
	const struct shikaku_problem *p = shikaku_last_problem(k->agent);

	if (r != SHIKAKU_OK)
		fprintf(stderr, "kiosk-example: %s: %s: %s; %s%s%s\n", what,
		    p->code, p->text.en, p->next.en,
		    p->detail[0] != '\0' ? ": " : "", p->detail);
	return (r);
}

/* Consent belongs to its own step; the others do not look at it. */
static enum shikaku_err
answer(struct kiosk *k, enum shikaku_step step)
{
	int all = k->consent_all;
	const struct shikaku_decision decision = {
		.step = step, .yes = 1,
		.consent = { .limit = all, .disease = all, .checkup = all,
		    .drug = all, .diagnosis = all, .operation = all,
		    .prescription = k->self.electronic_prescription ?
		    SHIKAKU_PRESCRIPTION_PAPER : SHIKAKU_PRESCRIPTION_NONE },
	};

	return (report(k, "answer", shikaku_answer(k->agent, &k->visit,
	    &decision)));
}

static enum shikaku_err
give_up(struct kiosk *k, const char *why)
{
	printf("giving up: %s\n", why);
	return (answer(k, SHIKAKU_STEP_CANCELLATION));
}

/*
 * Reads digits from a descriptor, up to a line feed.  By read(2): stdio would
 * keep a copy in its buffer.
 */
static int
read_digits(int fd, char *digits, size_t n)
{
	size_t len = 0;
	char c = '\n';

	while (read(fd, &c, 1) == 1 && c >= '0' && c <= '9' && len < n)
		digits[len++] = c;
	return (len == n && (c == '\n' || c == '\r') ? 0 : -1);
}

/* 照合番号B, 14 digits, from a file nobody else may read. */
static int
read_number_b(const char *path, char digits[14])
{
	struct stat st;
	int fd, ok;

	if (path == NULL || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return (-1);
	ok = fstat(fd, &st) == 0 &&
	    (st.st_mode & (S_IRWXG | S_IRWXO)) == 0 &&
	    read_digits(fd, digits, 14) == 0;
	(void)close(fd);
	return (ok ? 0 : -1);
}

/* --- what a visit may want, and what this kiosk does then --- */

static enum shikaku_err
on_number_b(struct kiosk *k)
{
	char digits[14];
	enum shikaku_err r;

	/* The card counts ten tries: a number is read once and sent once. */
	if (read_number_b(k->number_b_file, digits) != 0)
		r = give_up(k, "no (other) 14 digits in a private file");
	else
		r = report(k, "number B", shikaku_number_b(k->agent,
		    &k->visit, digits));
	k->number_b_file = NULL;
	explicit_bzero(digits, sizeof(digits));
	return (r);
}

/* A real kiosk compares the photograph with its camera's picture here. */
static enum shikaku_err
on_evidence(struct kiosk *k)
{
	const struct shikaku_match pretended = { .engine = "example",
	    .score = 990000, .threshold = 950000,
	    .liveness = SHIKAKU_LIVENESS_PASSED };
	static unsigned char photo[SHIKAKU_PHOTO_MAX];
	enum shikaku_err r;
	size_t len;

	r = report(k, "photograph", shikaku_photo(k->agent, k->visit.id,
	    photo, sizeof(photo), &len));
	if (r == SHIKAKU_OK) {
		printf("PRETENDED FACE MATCH, for tests only: the photograph"
		    " (%zu bytes) was compared with nothing\n", len);
		r = report(k, "evidence", shikaku_evidence(k->agent,
		    &k->visit, &pretended));
	}
	explicit_bzero(photo, sizeof(photo));
	return (r);
}

static enum shikaku_err
on_pin(struct kiosk *k)
{
	char pin[4];
	struct shikaku_pin_entry entry = { .pin = pin,
	    .tries_left = k->visit.tries_left };
	enum shikaku_err r;

	/* One entry by a person is one try: this program has one line. */
	if (!k->pin_stdin)
		return (give_up(k, "no (other) PIN to enter"));
	if (k->visit.tries_left <= 1)
		return (give_up(k, "the last try is not a program's"));
	k->pin_stdin = 0;
	printf("PIN, %d tries left\n", k->visit.tries_left);
	if (read_digits(STDIN_FILENO, pin, sizeof(pin)) != 0)
		r = give_up(k, "not four digits");
	else
		r = report(k, "PIN", shikaku_pin(k->agent, &k->visit,
		    &entry));
	explicit_bzero(pin, sizeof(pin));
	return (r);
}

static enum shikaku_err
on_consent(struct kiosk *k)
{
	printf("consent: %s\n", k->consent_all ? "all items" : "no item");
	return (answer(k, SHIKAKU_STEP_CONSENT));
}

static enum shikaku_err
on_confirmation(struct kiosk *k)
{
	return (answer(k, SHIKAKU_STEP_CONFIRMATION));
}

/* The outcome, without the name: a terminal's window is no kiosk's screen. */
static enum shikaku_err
on_closing(struct kiosk *k)
{
	printf("outcome: %s (%s)\n", k->visit.outcome, k->visit.label.en);
	return (answer(k, SHIKAKU_STEP_CLOSING));
}

/* The agent works, or somebody else must act: the next event tells. */
static enum shikaku_err
on_waiting(struct kiosk *k)
{
	struct shikaku_event ev;
	enum shikaku_err r;

	do {
		r = shikaku_wait(k->agent, EVENT_MS, &ev);
	} while (r == SHIKAKU_OK && ev.kind != SHIKAKU_EVENT_OPEN &&
	    strcmp(ev.visit, k->visit.id) != 0);
	if (r == SHIKAKU_OK || r == SHIKAKU_TIMEOUT)
		r = shikaku_get(k->agent, k->visit.id, &k->visit);
	return (report(k, "waiting", r));
}

static enum shikaku_err
on_unexpected(struct kiosk *k)
{
	return (give_up(k, "the visit wants what this kiosk has not"));
}

static const struct wish {
	const char		*text;
	enum shikaku_err	(*grant)(struct kiosk *);
} wishes[] = {
	[SHIKAKU_WANTS_NOTHING] = { "please wait", on_waiting },
	[SHIKAKU_WANTS_CARD] = { "place the card", on_waiting },
	[SHIKAKU_WANTS_NUMBER_B] = { "reading the card", on_number_b },
	[SHIKAKU_WANTS_FACE_FILE] = { "use the face reader", on_waiting },
	[SHIKAKU_WANTS_EVIDENCE] = { "look at the camera", on_evidence },
	[SHIKAKU_WANTS_ATTESTATION] = { "staff", on_unexpected },
	[SHIKAKU_WANTS_PIN] = { "enter the PIN", on_pin },
	[SHIKAKU_WANTS_TEXT_PIN] = { "enter the other PIN", on_unexpected },
	[SHIKAKU_WANTS_CONSENT] = { "choose item by item", on_consent },
	[SHIKAKU_WANTS_CONFIRMATION] = { "confirm", on_confirmation },
	[SHIKAKU_WANTS_PATIENT] = { "please ask at the desk", on_waiting },
	[SHIKAKU_WANTS_CLOSING] = { "take the card", on_closing },
	[SHIKAKU_WANTS_PIN_AT_DEVICE] = { "enter the PIN at the device",
	    on_waiting },
};

/* Until the visit is over: what it wants is granted, one thing at a time. */
static enum shikaku_err
run_visit(struct kiosk *k)
{
	enum shikaku_err r = SHIKAKU_OK;
	int refusals = 0;

	while (r == SHIKAKU_OK && k->visit.state < SHIKAKU_STATE_DONE) {
		printf("%s: %s\n", k->visit.label.en,
		    wishes[k->visit.wants].text);
		fflush(stdout);
		r = wishes[k->visit.wants].grant(k);
		/* The visit may have gone on, or ended, in the meantime. */
		if (r == SHIKAKU_REFUSED && ++refusals <= REFUSALS_MAX)
			r = report(k, "visit", shikaku_get(k->agent,
			    k->visit.id, &k->visit));
	}
	/* A person who leaves must not leave a visit behind. */
	if (r != SHIKAKU_OK)
		(void)give_up(k, "the visit did not come to its end");
	return (r);
}

/* One patient, from the touch of a button to the empty screen. */
static int
serve(struct kiosk *k)
{
	struct shikaku_event ev;

	/* Events before the visit: what happens to it is not missed. */
	if (report(k, "start", shikaku_start(k->agent, &k->self)) ||
	    report(k, "events", shikaku_wait(k->agent, EVENT_MS, &ev)) ||
	    report(k, "visit", shikaku_begin(k->agent, &k->order, &k->visit)) ||
	    run_visit(k) != SHIKAKU_OK)
		return (1);
	printf("the visit is over: %s\n", k->visit.label.en);
	if (k->visit.error.code[0] != '\0')
		printf("%s: %s; %s\n", k->visit.error.code,
		    k->visit.error.text.en, k->visit.error.next.en);
	return (k->visit.state == SHIKAKU_STATE_DONE ? 0 : 1);
}

static int
usage(void)
{
	fprintf(stderr, "usage: kiosk-example --socket PATH --token-file F\n"
	    "    --mode face --key ed25519.pem --number-b-file F |"
	    " --mode pin --pin-stdin\n    [--consent all|none]\n");
	return (2);
}

/* 0, or -1 where the command line is not as usage() says. */
static int
take_options(struct kiosk *k, struct shikaku_conf *conf, int argc,
    char *argv[])
{
	static const struct option options[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "token-file", required_argument, NULL, 't' },
		{ "key", required_argument, NULL, 'k' },
		{ "number-b-file", required_argument, NULL, 'b' },
		{ "mode", required_argument, NULL, 'm' },
		{ "consent", required_argument, NULL, 'c' },
		{ "pin-stdin", no_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	const char *mode = "face", *consent = "none";
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's': conf->socket = optarg; break;
		case 't': conf->token_file = optarg; break;
		case 'k': conf->evidence_key_file = optarg; break;
		case 'b': k->number_b_file = optarg; break;
		case 'm': mode = optarg; break;
		case 'c': consent = optarg; break;
		case 'p': k->pin_stdin = 1; break;
		default: return (-1);
		}
	}
	k->order.mode = strcmp(mode, "pin") == 0 ? SHIKAKU_MODE_PIN :
	    SHIKAKU_MODE_FACE;
	k->consent_all = strcmp(consent, "all") == 0;
	return (optind == argc && conf->socket != NULL &&
	    conf->token_file != NULL &&
	    (k->consent_all || strcmp(consent, "none") == 0) &&
	    (k->order.mode == SHIKAKU_MODE_PIN ? k->pin_stdin :
	    strcmp(mode, "face") == 0 && conf->evidence_key_file != NULL &&
	    k->number_b_file != NULL) ? 0 : -1);
}

int
main(int argc, char *argv[])
{
	struct shikaku_conf conf = { 0 };
	struct kiosk k = { 0 };
	struct shikaku_problem why;
	int code;

	if (take_options(&k, &conf, argc, argv) != 0)
		return (usage());
	if (shikaku_open(&conf, &k.agent, &why) != SHIKAKU_OK) {
		fprintf(stderr, "kiosk-example: %s: %s\n", why.text.en,
		    why.detail);
		return (1);
	}
	code = serve(&k);
	explicit_bzero(&k.visit, sizeof(k.visit));
	shikaku_close(&k.agent);
	return (code);
}
