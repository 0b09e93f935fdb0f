#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/pcsc_choice.h"

#define LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define PICC	"ACS ACR1252 Reader [ACR1252 Reader PICC] (RR1) 00 00"
#define SAM	"ACS ACR1252 Reader [ACR1252 Reader SAM] (RR1) 00 01"
#define TWIN_1	"SCM SCR 331 00 00"
#define TWIN_2	"SCM SCR 331 01 00"

/* --- what a string says --- */

static const struct {
	const char	*text, *pattern, *where;
	enum pcsc_by	 by;
	int		 extended;
} taken[] = {
	{ "", "", "", PCSC_BY_NAME, 0 },
	{ "ACS", "ACS", "", PCSC_BY_NAME, 0 },
	{ "ext,ACS", "ACS", "", PCSC_BY_NAME, 1 },
	{ "ACS*@usb=1-2.3", "ACS*", "1-2.3", PCSC_BY_USB, 0 },
	{ "@usb=1-2", "", "1-2", PCSC_BY_USB, 0 },
	{ "ext,@serial=RR1-2", "", "RR1-2", PCSC_BY_SERIAL, 1 },
	{ "A@B", "A@B", "", PCSC_BY_NAME, 0 },
	{ "A@B@usb=1-2", "A@B", "1-2", PCSC_BY_USB, 0 },
	{ "A@serial=X@Y", "A", "X@Y", PCSC_BY_SERIAL, 0 },
	{ "A@USB=1-2", "A@USB=1-2", "", PCSC_BY_NAME, 0 },
};

static void
a_string_is_taken_apart(void **state)
{
	struct note note = { "" };
	struct pcsc_choice c;

	(void)state;
	for (size_t i = 0; i < LEN(taken); i++) {
		assert_int_equal(pcsc_choice_parse(taken[i].text, &c, &note),
		    ERR_OK);
		assert_string_equal(c.pattern, taken[i].pattern);
		assert_string_equal(c.where, taken[i].where);
		assert_int_equal(c.by, taken[i].by);
		assert_int_equal(c.extended, taken[i].extended);
	}
}

static const char *const refused[] = {
	"ACS@usb=", "ACS@usb=1", "ACS@usb=1-2:1.0", "ACS@usb=../1-2",
	"ACS@usb=1-2 ", "ACS@serial=", "ACS@usb=1-2@usb=",
};

static void
what_is_no_choice(void **state)
{
	struct pcsc_choice c;

	(void)state;
	for (size_t i = 0; i < LEN(refused); i++) {
		struct note note = { "" };

		assert_int_equal(pcsc_choice_parse(refused[i], &c, &note),
		    ERR_CONF);
		assert_string_not_equal(note.text, "");
	}
}

/* The longest pattern and number, and one more of each. */
static void
how_long_it_may_be(void **state)
{
	struct pcsc_choice c;
	char text[256];

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		enum err want = more == 0 ? ERR_OK : ERR_CONF;

		memset(text, 'A', sizeof(text));
		text[TP_READER_NAME - 1 + more] = '\0';
		assert_int_equal(pcsc_choice_parse(text, &c, NULL), want);
		memset(text, 'A', sizeof(text));
		memcpy(text, "@serial=", 8);
		text[8 + USB_SERIAL - 1 + more] = '\0';
		assert_int_equal(pcsc_choice_parse(text, &c, NULL), want);
	}
}

/* --- which reader it means --- */

static const struct tp_reader readers[] = {
	{ .name = PICC, .device = { .port = "1-2", .serial = "RR1" } },
	{ .name = SAM, .device = { .port = "1-2", .serial = "RR1" } },
	{ .name = TWIN_1, .device = { .port = "1-1.3" } },
	{ .name = TWIN_2, .device = { .port = "1-1.4" } },
	{ .name = "Virtual PCD 00 00" },
};

static const struct {
	const char	*transport;
	unsigned	 means;		/* bit i: readers[i] */
} meanings[] = {
	{ "pcsc:", 0x1f },
	{ "pcsc:PICC", 0x01 },
	{ "pcsc:*picc*", 0x01 },
	{ "pcsc:acs*", 0x03 },
	{ "pcsc:@usb=1-2", 0x03 },
	{ "pcsc:PICC@usb=1-2", 0x01 },
	{ "pcsc:ext,SAM@serial=RR1", 0x02 },
	{ "pcsc:SCM@usb=1-1.4", 0x08 },
	{ "pcsc:SCM@usb=1-1", 0 },
	{ "pcsc:ACS@serial=rr1", 0 },
	{ "pcsc:SCM@usb=1-2", 0 },
	{ "pcsc:Virtual@usb=1-2", 0 },
	{ "pcsc:SCM@usb=x", 0 },
	{ "nfc:SCM", 0 },
	{ "SCM", 0 },
	{ "", 0 },
};

static void
a_string_means_readers(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(meanings); i++)
		for (size_t k = 0; k < LEN(readers); k++)
			assert_int_equal(pcsc_choice_means(
			    meanings[i].transport, &readers[k]),
			    meanings[i].means >> k & 1);
}

/* A name as long as there is room for, and longer ones of nobody. */
static void
no_name_is_too_long(void **state)
{
	struct pcsc_choice c;
	char name[TP_READER_NAME + 2];

	(void)state;
	assert_int_equal(pcsc_choice_parse("", &c, NULL), ERR_OK);
	memset(name, 'N', sizeof(name));
	name[TP_READER_NAME - 1] = '\0';
	assert_true(pcsc_choice_fits(&c, name));
	name[TP_READER_NAME - 1] = 'N';
	name[TP_READER_NAME] = '\0';
	assert_false(pcsc_choice_fits(&c, name));
}

/* --- what to write into the configuration --- */

static const char *const suggestions[] = {
	"pcsc:ACS ACR1252 Reader [ACR1252 Reader PICC] (RR1)",
	"pcsc:ACS ACR1252 Reader [ACR1252 Reader SAM] (RR1)",
	"pcsc:SCM SCR 331@usb=1-1.3",
	"pcsc:SCM SCR 331@usb=1-1.4",
	"pcsc:Virtual PCD",
};

static void
each_has_a_suggestion(void **state)
{
	char out[PCSC_CHOICE_ROOM];

	(void)state;
	for (size_t i = 0; i < LEN(readers); i++) {
		pcsc_choice_suggest(readers, LEN(readers), i, out);
		assert_string_equal(out, suggestions[i]);
	}
}

static void
two_slots_are_told_apart(void **state)
{
	static const struct tp_reader slots[] = {
		{ .name = "Virtual PCD 00 00" },
		{ .name = "Virtual PCD 00 01" },
		{ .name = "Twin 00 00", .device = { .port = "1-1" } },
		{ .name = "Twin 00 01", .device = { .port = "1-1" } },
		{ .name = "Twin 01 00", .device = { .port = "1-2" } },
		{ .name = "Nobody 01 00" },
		{ .name = "Nobody 02 00" },
	};
	static const char *const wanted[] = { "pcsc:Virtual PCD* 00",
	    "pcsc:Virtual PCD* 01", "pcsc:Twin* 00@usb=1-1",
	    "pcsc:Twin* 01", "pcsc:Twin@usb=1-2", "pcsc:Nobody 01 00",
	    "pcsc:Nobody 02 00" };
	char out[PCSC_CHOICE_ROOM];

	(void)state;
	for (size_t i = 0; i < LEN(slots); i++) {
		pcsc_choice_suggest(slots, LEN(slots), i, out);
		assert_string_equal(out, wanted[i]);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_string_is_taken_apart),
		cmocka_unit_test(what_is_no_choice),
		cmocka_unit_test(how_long_it_may_be),
		cmocka_unit_test(a_string_means_readers),
		cmocka_unit_test(no_name_is_too_long),
		cmocka_unit_test(each_has_a_suggestion),
		cmocka_unit_test(two_slots_are_told_apart),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
