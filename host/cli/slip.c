#include "host/cli/cli.h"
#include "host/slip/ask.h"
#include "host/slip/page.h"
#include "host/tty/tty.h"

int
slip_main(struct cli *cli)
{
	const struct ask ask = { .staff = cli->staff,
	    .consent = cli->consent, .prescription = cli->prescription,
	    .fallback = cli->fallback };
	struct note note = { "" };
	struct blob page = { 0 };
	struct slip s;
	enum err r;
	int ok;

	tty_catch_signals();
	if ((r = ask_slip(&ask, &s, &note)) == ERR_OK)
		r = page_write(&s, &page);
	ok = r == ERR_OK && fwrite(page.data, 1, page.len, stdout) ==
	    page.len && fflush(stdout) == 0;
	slip_wipe(&s);
	blob_free(&page);
	if (r != ERR_OK)
		return (cli_fail(cli, r, note.text));
	return (ok ? EXIT_VALID : EXIT_OURS);
}
