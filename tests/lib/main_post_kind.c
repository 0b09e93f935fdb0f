#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "host/qualify/exchange.h"

/*
 * post-kind REQ RES STORE CODE KIND [key=value]...: posts one request of any
 * kind as the agent's jobs do, looks until it is answered or its answer lies
 * in res for another, and prints what became of it as JSON.  The patients are
 * those of the store, by chart=; the other keys are those of the table below.
 */
#define MANY	16
#define LOOK_MS	20
#define END_MS	15000

struct asked {
	struct patient		 patients[MANY];
	struct request_person	 persons[MANY];
	struct range		 range;
	struct request		 rq;
	struct exchange_conf	 conf;
	const char		*charts[MANY];
	size_t			 n;
	int			 withdraw;
};

static int
set(struct asked *a, const char *key, const char *value)
{
	const struct {
		const char	*key;
		int		*number;
		const char	**text;
	} keys[] = {
		{ "cp932", &a->rq.cp932, NULL }, { "care", &a->rq.care, NULL },
		{ "form", &a->rq.form, NULL }, { "slips", &a->rq.slips, NULL },
		{ "limit", &a->rq.limit_consent, NULL },
		{ "off", &a->conf.off, NULL },
		{ "restart_from", &a->conf.restart_from, NULL },
		{ "restart_to", &a->conf.restart_to, NULL },
		{ "answer_ms", &a->conf.answer_ms, NULL },
		{ "withdraw", &a->withdraw, NULL },
		{ "date", NULL, &a->rq.date },
		{ "reception", NULL, &a->rq.reception_number },
		{ "on", NULL, &a->conf.unconfirmed },
		{ "class", NULL, &a->persons[0].limit_class },
		{ "flag", NULL, &a->persons[0].limit_flag },
		{ "mark", NULL, &a->persons[0].identifier },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].key, key) != 0)
			continue;
		if (keys[i].number != NULL)
			*keys[i].number = atoi(value);
		else
			*keys[i].text = value;
		return (1);
	}
	if (strcmp(key, "chart") == 0 && a->n < MANY) {
		a->charts[a->n++] = value;
		return (1);
	}
	if (strcmp(key, "from") == 0 || strcmp(key, "to") == 0) {
		snprintf(key[0] == 'f' ? a->range.from : a->range.to, 9, "%s",
		    value);
		return (1);
	}
	return (strcmp(key, "axis") == 0 &&
	    axis_read(value, &a->range.axis) == ERR_OK);
}

static int
read_keys(struct asked *a, char **argv)
{
	char *equals;

	for (; *argv != NULL; argv++) {
		if ((equals = strchr(*argv, '=')) == NULL)
			return (0);
		*equals = '\0';
		if (!set(a, *argv, equals + 1))
			return (0);
	}
	return (1);
}

static enum err
find_people(struct asked *a, struct store *store)
{
	enum err r = ERR_OK;

	for (size_t i = 0; i < a->n && r == ERR_OK; i++) {
		r = patient_get(store, a->charts[i], &a->patients[i]);
		a->persons[i].patient = &a->patients[i];
		/* As after a registration, which a bulk one would make. */
		if (a->patients[i].reference_number[0] == '\0')
			snprintf(a->patients[i].reference_number,
			    sizeof(a->patients[i].reference_number), "%s",
			    a->charts[i]);
	}
	if (a->n > 0)
		a->rq.persons = a->persons;
	a->rq.n = a->n;
	if (a->range.axis != AXIS_NONE)
		a->rq.range = &a->range;
	a->conf.cp932 = a->rq.cp932;
	return (r);
}

/* Until there is something, or it is at its end. */
static enum err
look(const struct asked *a, struct store *store, const char *file,
    struct exchange_look *look)
{
	int64_t end = clock_ms() + END_MS;
	enum err r;

	do {
		exchange_look_free(look);
		clock_sleep(LOOK_MS);
		r = exchange_look(&a->conf, store, file, look, NULL);
	} while (r == ERR_OK && look->result == NULL &&
	    look->left[0] == '\0' && (strcmp(look->state, "new") == 0 ||
	    strcmp(look->state, "written") == 0) && clock_ms() < end);
	return (r);
}

static void
print(enum err r, const struct note *note, const char *file,
    const struct exchange_look *look)
{
	json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:s}", "err", err_name(r),
	    "note", note->text, "file", file, "state", look->state, "left",
	    look->left);

	if (j != NULL && look->result != NULL)
		json_object_set_new(j, "result", result_json(look->result));
	if (j != NULL)
		json_dumpf(j, stdout, JSON_SORT_KEYS);
	json_decref(j);
	putchar('\n');
}

static enum err
post(struct asked *a, struct store *store, const char *kind)
{
	const struct exchange_post p = { .kind = kind_find(kind),
	    .request = &a->rq, .chart_number = a->n == 1 ? a->charts[0] :
	    NULL };
	struct exchange_look seen = { .result = NULL };
	struct note note = { "" };
	char file[128] = "";
	enum err r;

	if (p.kind == NULL)
		return (ERR_NO_SUCH);
	if ((r = find_people(a, store)) == ERR_OK &&
	    (r = exchange_post(&a->conf, store, &p, file, &note)) == ERR_OK)
		r = a->withdraw ? exchange_withdraw(&a->conf, store, file,
		    seen.state, &note) : look(a, store, file, &seen);
	print(r, &note, file, &seen);
	exchange_look_free(&seen);
	return (ERR_OK);
}

int
main(int argc, char **argv)
{
	static struct asked a = { .conf = { .answer_ms = 60000,
	    .settle_ms = 20, .err_wait_ms = 200 } };
	struct store *store = NULL;
	enum err r;

	if (argc < 6 || !read_keys(&a, argv + 6)) {
		fprintf(stderr, "usage: post-kind REQ RES STORE CODE KIND "
		    "[key=value]...\n");
		return (2);
	}
	a.conf.req = argv[1];
	a.conf.res = argv[2];
	a.conf.institution_code = argv[4];
	if ((r = store_open(argv[3], &store, NULL)) == ERR_OK)
		r = post(&a, store, argv[5]);
	store_close(&store);
	if (r != ERR_OK)
		fprintf(stderr, "%s\n", err_text(r, ERR_EN));
	return (r != ERR_OK);
}
