#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/transport.h"
#include "driver_fake_tp.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* One xfer in the state and with the sizes of the row. */
static const struct row {
	const char	*name;
	int		 begun;
	size_t		 txlen, room;
	size_t		 tx_max, rx_max;
	enum err	 want;
	unsigned	 xfers;
} rows[] = {
	{ "xfer", 1, 5, 258, 0, 0, ERR_OK, 1 },
	{ "longest short xfer", 1, 261, 258, 0, 0, ERR_OK, 1 },
	{ "extended where the caps say so", 1, 262, 258, TP_TX_EXT,
	    TP_RX_EXT, ERR_OK, 1 },
	{ "not begun", 0, 5, 258, 0, 0, ERR_SEQUENCE, 0 },
	{ "empty", 1, 0, 258, 0, 0, ERR_SEQUENCE, 0 },
	{ "a vpcd control byte", 1, 1, 258, 0, 0, ERR_SEQUENCE, 0 },
	{ "three bytes", 1, 3, 258, 0, 0, ERR_SEQUENCE, 0 },
	{ "past the short caps", 1, 262, 258, 0, 0, ERR_TOOBIG, 0 },
	{ "past the extended caps", 1, TP_TX_EXT + 1, 258, TP_TX_EXT,
	    TP_RX_EXT, ERR_TOOBIG, 0 },
	{ "room for 257", 1, 5, 257, 0, 0, ERR_TOOBIG, 0 },
	{ "no room", 1, 5, 0, 0, 0, ERR_TOOBIG, 0 },
};

static uint8_t tx[TP_TX_EXT + 1] = { 0x00, 0xa4 };
static uint8_t rx[TP_RX_EXT];

static void
xfer_row(void **state)
{
	const struct row *row = *state;
	size_t n = row->room;
	struct fake f;

	fake_init(&f);
	f.tx_max = row->tx_max;
	f.rx_max = row->rx_max;
	if (row->begun)
		assert_int_equal(tp_begin(&f.tp), ERR_OK);
	assert_int_equal(tp_xfer(&f.tp, tx, row->txlen, rx, &n, 100),
	    row->want);
	assert_int_equal(f.xfers, row->xfers);
	assert_int_equal(n, row->want == ERR_OK ? 2 : 0);
	tp_end(&f.tp);
	assert_int_equal(f.ends, row->begun);
}

static void
second_begin(void **state)
{
	struct fake f;

	(void)state;
	fake_init(&f);
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
	assert_int_equal(tp_begin(&f.tp), ERR_SEQUENCE);
	assert_int_equal(f.begins, 1);
	tp_end(&f.tp);
	tp_end(&f.tp);
	assert_int_equal(f.ends, 1);
}

static void
failed_begin_leaves_it_free(void **state)
{
	struct fake f;

	(void)state;
	fake_init(&f);
	f.begin_err = ERR_NO_CARD;
	assert_int_equal(tp_begin(&f.tp), ERR_NO_CARD);
	tp_end(&f.tp);
	assert_int_equal(f.ends, 0);
	f.begin_err = ERR_OK;
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
}

static void
wait_while_begun(void **state)
{
	enum tp_event ev = TP_CARD;
	struct fake f;

	(void)state;
	fake_init(&f);
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
	assert_int_equal(tp_wait(&f.tp, 0, &ev), ERR_SEQUENCE);
	assert_int_equal(ev, TP_NO_CARD);
	assert_int_equal(f.waits, 0);
}

static void
note_is_of_the_last_call(void **state)
{
	struct fake f;

	(void)state;
	fake_init(&f);
	f.begin_err = ERR_NO_READER;
	f.note = "which one";
	assert_int_equal(tp_begin(&f.tp), ERR_NO_READER);
	assert_string_equal(f.tp.note.text, "which one");
	f.begin_err = ERR_OK;
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
	assert_string_equal(f.tp.note.text, "");
}

/* A light is what the transport itself can show. */
static void
signals_only_while_begun(void **state)
{
	struct fake f;
	struct tp_ops dark;

	(void)state;
	fake_init(&f);
	f.light = 1;
	tp_signal(&f.tp, TP_SIGNAL_READ);
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
	tp_signal(&f.tp, TP_SIGNAL_READ);
	tp_end(&f.tp);
	tp_signal(&f.tp, TP_SIGNAL_READ);
	assert_int_equal(f.signals, 1);
	dark = *f.tp.ops;
	dark.signal = NULL;
	f.tp.ops = &dark;
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
	assert_int_equal(f.tp.caps.can_signal, 0);
	tp_signal(&f.tp, TP_SIGNAL_READ);
	tp_end(&f.tp);
	assert_int_equal(f.signals, 1);
}

static void
close_ends_first(void **state)
{
	struct fake f;
	struct tp *tp = &f.tp;

	(void)state;
	fake_init(&f);
	assert_int_equal(tp_begin(tp), ERR_OK);
	tp_close(&tp);
	assert_null(tp);
	assert_int_equal(f.ends, 1);
	assert_int_equal(f.closes, 1);
	tp_close(&tp);
	tp_close(NULL);
	assert_int_equal(f.closes, 1);
}

static void
failed_xfer_counts_what_went_up(void **state)
{
	struct fake f;
	size_t n = sizeof(rx);

	(void)state;
	fake_init(&f);
	f.xfer_err = ERR_TORN;
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
	assert_int_equal(tp_xfer(&f.tp, tx, 5, rx, &n, 1), ERR_TORN);
	assert_int_equal(n, 0);
	assert_int_equal(f.tp.stats.apdus, 1);
	assert_int_equal(f.tp.stats.bytes_up, 5);
	assert_int_equal(f.tp.stats.bytes_down, 0);
}

/* The loop that stands in for a script entry. */
static const struct script_row {
	const char	*name;
	uint8_t		 ins[3];
	unsigned	 fail_at;
	enum err	 want;
	size_t		 done;
	unsigned	 xfers;
} script_rows[] = {
	{ "script runs through", { 0xa4, 0xb0, 0xa4 }, 0, ERR_OK, 3, 3 },
	{ "script stops at a status word", { 0xa4, 0x20, 0xa4 }, 0, ERR_OK,
	    2, 2 },
	{ "script stops at the first", { 0x20, 0xa4, 0xa4 }, 0, ERR_OK, 1, 1 },
	{ "script breaks off", { 0xa4, 0xa4, 0xa4 }, 2, ERR_CARD_RESET, 1, 2 },
	{ "script fails at once", { 0xa4, 0xa4, 0xa4 }, 1, ERR_CARD_RESET, 0,
	    1 },
};

static void
script_row(void **state)
{
	const struct script_row *row = *state;
	uint8_t cmd[3][5] = { { 0 } }, out[3][TP_RX_SHORT];
	struct tp_step steps[3] = { 0 };
	struct fake f;
	size_t done = 9;

	fake_init(&f);
	f.fail_at = row->fail_at;
	f.xfer_err = row->fail_at > 0 ? ERR_CARD_RESET : ERR_OK;
	for (size_t i = 0; i < LEN(steps); i++) {
		cmd[i][1] = row->ins[i];
		steps[i] = (struct tp_step){ .tx = cmd[i], .txlen = 5,
		    .rx = out[i], .rxlen = sizeof(out[i]), .go = 0x9000 };
	}
	assert_int_equal(tp_script(&f.tp, steps, 3, &done), ERR_SEQUENCE);
	assert_int_equal(done, 0);
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
	assert_int_equal(tp_script(&f.tp, steps, 3, &done), row->want);
	assert_int_equal(done, row->done);
	assert_int_equal(f.xfers, row->xfers);
	assert_int_equal(f.tp.stats.apdus, row->xfers);
}

static void
script_with_a_bad_step_sends_nothing(void **state)
{
	uint8_t cmd[5] = { 0, 0xa4 };
	struct tp_step steps[2] = {
	    { .tx = cmd, .txlen = 5, .rx = rx, .rxlen = 258, .go = 0x9000 },
	    { .tx = cmd, .txlen = 3, .rx = rx, .rxlen = 258, .go = 0x9000 } };
	struct fake f;
	size_t done;

	(void)state;
	fake_init(&f);
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
	assert_int_equal(tp_script(&f.tp, steps, 2, &done), ERR_SEQUENCE);
	assert_int_equal(f.xfers, 0);
}

/* A local reader asks nobody, whatever its caps came to say. */
static void
enter_without_the_entry(void **state)
{
	uint8_t cmd[9] = { 0, 0x20, 0, 0x80, 4, 0xff, 0xff, 0xff, 0xff };
	struct tp_step step = { .tx = cmd, .txlen = 9, .rx = rx,
	    .rxlen = 258, .go = 0x9000, .fill = 1 };
	struct fake f;
	size_t done;

	(void)state;
	fake_init(&f);
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
	f.tp.caps.can_enter = 1;
	assert_false(tp_can_enter(&f.tp));
	assert_int_equal(tp_enter(&f.tp, 1, 4, 3, 1000), ERR_SEQUENCE);
	assert_int_equal(tp_script(&f.tp, &step, 1, &done), ERR_SEQUENCE);
	assert_int_equal(f.xfers, 0);
}

static void
enter_is_over_with_the_session(void **state)
{
	struct fake f;

	(void)state;
	fake_init(&f);
	fake_asks(&f);
	assert_int_equal(tp_enter(&f.tp, 1, 4, 3, 1000), ERR_SEQUENCE);
	assert_int_equal(tp_begin(&f.tp), ERR_OK);
	assert_int_equal(tp_enter(&f.tp, 1, 4, 3, 1000), ERR_OK);
	tp_end(&f.tp);
	assert_false(tp_can_enter(&f.tp));
	assert_int_equal(tp_enter(&f.tp, 1, 4, 3, 1000), ERR_SEQUENCE);
	assert_int_equal(f.enters, 1);
}

static const char *const bad_confs[] = { "", "pcscx:A", "pcs:A", "PCSC:A",
    ":", "usb:1", "link", "replay", "trace", "trace:", "trace:FILE",
    "trace::replay:x", "trace:FILE:none:x", "link:", "link:x", "link:-1",
    "link:0x3", "link:3 ", "link:99999", "link:99999999999999999999" };

static void
bad_conf_row(void **state)
{
	const char *conf = *state;
	struct note note = { "" };
	struct tp *tp = (struct tp *)&note;

	assert_int_equal(tp_open(conf, &tp, &note), ERR_CONF);
	assert_null(tp);
	assert_string_not_equal(note.text, "");
	assert_int_equal(tp_open(conf, &tp, NULL), ERR_CONF);
}

int
main(void)
{
	static const struct CMUnitTest single[] = {
		cmocka_unit_test(second_begin),
		cmocka_unit_test(failed_begin_leaves_it_free),
		cmocka_unit_test(wait_while_begun),
		cmocka_unit_test(note_is_of_the_last_call),
		cmocka_unit_test(signals_only_while_begun),
		cmocka_unit_test(close_ends_first),
		cmocka_unit_test(failed_xfer_counts_what_went_up),
		cmocka_unit_test(script_with_a_bad_step_sends_nothing),
		cmocka_unit_test(enter_without_the_entry),
		cmocka_unit_test(enter_is_over_with_the_session),
	};
	struct CMUnitTest tests[LEN(rows) + LEN(script_rows) +
	    LEN(bad_confs) + LEN(single)];
	size_t n = 0;

	for (size_t i = 0; i < LEN(rows); i++)
		tests[n++] = (struct CMUnitTest){ .name = rows[i].name,
		    .test_func = xfer_row,
		    .initial_state = (void *)(uintptr_t)&rows[i] };
	for (size_t i = 0; i < LEN(script_rows); i++)
		tests[n++] = (struct CMUnitTest){
		    .name = script_rows[i].name, .test_func = script_row,
		    .initial_state = (void *)(uintptr_t)&script_rows[i] };
	for (size_t i = 0; i < LEN(bad_confs); i++)
		tests[n++] = (struct CMUnitTest){ .name = bad_confs[i],
		    .test_func = bad_conf_row,
		    .initial_state = (void *)(uintptr_t)bad_confs[i] };
	for (size_t i = 0; i < LEN(single); i++)
		tests[n++] = single[i];
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
