#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/agent/conf.h"

/* The section that has no table: names of readers. */
#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define HEAD	"[institution]\ncode = 1319999999\n[terminal]\nreq = req\n" \
		"res = res\n"

static char path[] = "/tmp/conf_test.XXXXXX";

static enum err
load(const char *text, struct conf **c, struct note *note)
{
	FILE *f;

	assert_non_null(f = fopen(path, "w"));
	assert_true(fprintf(f, HEAD "%s", text) > 0);
	assert_int_equal(fclose(f), 0);
	note_set(note, "%s", "");
	return (conf_load(path, c, note));
}

static void
a_name_is_explained(void **state)
{
	static const struct {
		const char	*named, *transport;
		enum err	 want;
	} rows[] = {
		{ "alias:desk", "pcsc:ACS*PICC*@usb=1-2.3", ERR_OK },
		{ "alias:kiosk-1", "pcsc:@serial=RR1", ERR_OK },
		{ "alias:far", "link:/run/shikaku/reader", ERR_OK },
		{ "pcsc:desk", "pcsc:desk", ERR_OK },
		{ "", "", ERR_OK },
		{ "alias:Desk", "alias:Desk", ERR_CONF },
		{ "alias:des", "alias:des", ERR_CONF },
		{ "alias:", "alias:", ERR_CONF },
	};
	struct conf *c = NULL;
	char out[CONF_VALUE];
	struct note note;

	(void)state;
	assert_int_equal(load("[alias]\ndesk = pcsc:ACS*PICC*@usb=1-2.3\n"
	    "kiosk-1 = pcsc:@serial=RR1\nfar = link:/run/shikaku/reader\n",
	    &c, &note), ERR_OK);
	assert_int_equal(c->n_aliases, 3);
	for (size_t i = 0; i < LEN(rows); i++) {
		note_set(&note, "%s", "");
		assert_int_equal(conf_reader(c, rows[i].named, out, &note),
		    rows[i].want);
		assert_string_equal(out, rows[i].transport);
		assert_int_equal(note.text[0] != '\0',
		    rows[i].want != ERR_OK);
	}
	conf_free(&c);
}

/* Code, environment and trust are of one world; which codes are for tests the
 * site says (OQS-13). */
static void
worlds_do_not_mix(void **state)
{
#define LISTED	"test_codes = 1319999998 1319999999\n"
#define OTHERS	"test_codes =  1319999998  1319999997\n"
#define TRUST	"[trust]\nmode = test\n"
	static const struct {
		const char	*lines;
		enum err	 want;
		int		 environment;
		const char	*named;
	} rows[] = {
		{ "", ERR_OK, ENVIRONMENT_PRODUCTION, "" },
		{ TRUST, ERR_OK, ENVIRONMENT_TEST, "" },
		{ "environment = production\n", ERR_OK,
		    ENVIRONMENT_PRODUCTION, "" },
		{ "environment = test\n" TRUST, ERR_OK, ENVIRONMENT_TEST,
		    "" },
		{ LISTED TRUST, ERR_OK, ENVIRONMENT_TEST, "" },
		{ OTHERS, ERR_OK, ENVIRONMENT_PRODUCTION, "" },
		{ "environment = auto\n" OTHERS, ERR_OK,
		    ENVIRONMENT_PRODUCTION, "" },
		{ "environment = test\n", ERR_CONF, 0, "environment = test" },
		{ "environment = production\n" TRUST, ERR_CONF, 0,
		    "environment = production" },
		{ LISTED, ERR_CONF, 0, "one of test_codes" },
		{ "environment = production\n" LISTED, ERR_CONF, 0,
		    "one of test_codes" },
		{ OTHERS TRUST, ERR_CONF, 0, "none of test_codes" },
		{ "environment = test\n" OTHERS TRUST, ERR_CONF, 0,
		    "none of test_codes" },
		{ "test_codes = 131999999\n", ERR_CONF, 0, "10 digits" },
		{ "test_codes = 131999999x\n", ERR_CONF, 0, "10 digits" },
		{ "test_codes = 1319999998,1319999997\n", ERR_CONF, 0,
		    "10 digits" },
		{ "environment = demo\n", ERR_CONF, 0, "environment" },
	};
	struct conf *c = NULL;
	struct note note;
	char text[256];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		snprintf(text, sizeof(text), "[institution]\n%s",
		    rows[i].lines);
		assert_int_equal(load(text, &c, &note), rows[i].want);
		assert_non_null(strstr(note.text, rows[i].named));
		if (c != NULL)
			assert_int_equal(c->environment,
			    rows[i].environment);
		conf_free(&c);
	}
}

/* Each is named with its line: the fourth after the head's five. */
static void
what_is_no_alias(void **state)
{
	static const char *const lines[] = {
		"Desk = pcsc:A", "-desk = pcsc:A", "de_sk = pcsc:A",
		"a23456789012345678901234567890123 = pcsc:A",
		"desk = ACS", "desk = bogus:1", "desk = nfc:",
		"desk = vpcd:0.0.0.0:35963", "desk = alias:two", "desk =", "desk = :A",
		"desk = pcsc:A@usb=", "desk = pcsc:A@usb=2",
		"desk = pcsc:A@serial=", "one = pcsc:A",
	};
	struct conf *c = NULL;
	struct note note;
	char text[256];

	(void)state;
	for (size_t i = 0; i < LEN(lines); i++) {
		snprintf(text, sizeof(text), "[alias]\none = pcsc:A\n"
		    "two = pcsc:B\n%s\n", lines[i]);
		assert_int_equal(load(text, &c, &note), ERR_CONF);
		assert_null(c);
		assert_non_null(strstr(note.text, ":9: "));
	}
}

static void
the_reader_may_be_one(void **state)
{
	struct conf *c = NULL;
	struct note note;

	(void)state;
	assert_int_equal(load("[reader]\nname = alias:desk\n[alias]\n"
	    "desk = pcsc:A\n", &c, &note), ERR_OK);
	conf_free(&c);
	assert_int_equal(load("[reader]\nname = alias:desk\n[alias]\n"
	    "deck = pcsc:A\n", &c, &note), ERR_CONF);
	assert_non_null(strstr(note.text, "alias:desk"));
	assert_null(c);
}

static void
no_more_than_there_is_room_for(void **state)
{
	char text[64 * (CONF_ALIASES + 1)] = "[alias]\n";
	struct conf *c = NULL;
	struct note note;
	size_t n;

	(void)state;
	for (int i = 0; i < CONF_ALIASES; i++) {
		n = strlen(text);
		snprintf(text + n, sizeof(text) - n, "reader-%d = pcsc:A\n",
		    i);
	}
	assert_int_equal(load(text, &c, &note), ERR_OK);
	assert_int_equal(c->n_aliases, CONF_ALIASES);
	conf_free(&c);
	n = strlen(text);
	snprintf(text + n, sizeof(text) - n, "one-more = pcsc:A\n");
	assert_int_equal(load(text, &c, &note), ERR_CONF);
	assert_non_null(strstr(note.text, "one-more"));
}

/* A second [terminal] section: HEAD has the first. */
static void
what_is_asked(void **state)
{
	static const struct {
		const char	*lines;
		enum err	 err;
		int		 off;
		const char	*unconfirmed;
	} rows[] = {
		{ "", ERR_OK, 0, "" },
		{ "ask = yes\n", ERR_OK, 0, "" },
		{ "ask = no\n", ERR_OK, 1, "" },
		{ "unconfirmed =\n", ERR_OK, 0, "" },
		{ "unconfirmed = OQSsihvq01 OQS-IF-049=OQSsivpc01\n", ERR_OK,
		    0, "OQSsihvq01 OQS-IF-049=OQSsivpc01" },
		{ "ask = maybe\n", ERR_CONF, 0, "ask" },
		{ "ask =\n", ERR_CONF, 0, "ask" },
		{ "unconfirmed = OQSsiquc01\n", ERR_CONF, 0, "unconfirmed" },
		{ "unconfirmed = OQSsihvd01\n", ERR_CONF, 0, "unconfirmed" },
		{ "unconfirmed = all\n", ERR_CONF, 0, "unconfirmed" },
		{ "unconfirmed = OQS-IF-049\n", ERR_CONF, 0,
		    "OQS-IF-number=stem" },
	};
	struct conf *c = NULL;
	struct note note;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_int_equal(load(rows[i].lines, &c, &note), rows[i].err);
		if (rows[i].err != ERR_OK) {
			assert_non_null(strstr(note.text, ":6: "));
			assert_non_null(strstr(note.text,
			    rows[i].unconfirmed));
			continue;
		}
		assert_int_equal(c->visit.exchange.off, rows[i].off);
		assert_string_equal(c->visit.exchange.unconfirmed,
		    rows[i].unconfirmed);
		conf_free(&c);
	}
}

static int
set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return (fd == -1 ? -1 : close(fd));
}

static int
tear_down(void **state)
{
	(void)state;
	return (unlink(path));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_explained),
		cmocka_unit_test(what_is_no_alias),
		cmocka_unit_test(worlds_do_not_mix),
		cmocka_unit_test(the_reader_may_be_one),
		cmocka_unit_test(no_more_than_there_is_room_for),
		cmocka_unit_test(what_is_asked),
	};

	return (cmocka_run_group_tests(tests, set_up, tear_down));
}
