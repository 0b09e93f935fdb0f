#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/secret.h"
#include "host/device/command.h"
#include "host/slip/ask.h"
#include "host/slip/page.h"
#include "host/tty/tty.h"

const char slip_usage[] =
    "usage: shikaku-reader slip [--staff NAME] [--consent ITEMS]\n"
    "           [--prescription FORM] > FILE.html\n"
    "\n"
    "A reception slip for paper, when neither card nor agent can be used: asks\n"
    "for name, birth date, sex and address, or reads them from standard input,\n"
    "one line each, and writes an HTML page of A4 with a code that the desk\n"
    "scans later.  Nothing on it is proven.\n"
    "\n"
    "  --staff NAME         who takes it down; without it, the fifth line\n"
    "  --consent ITEMS      all, none, or limit,disease,checkup,drug,diagnosis,\n"
    "                       operation\n"
    "  --prescription FORM  electronic or paper\n";

int
slip_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "staff",	required_argument,	NULL, 's' },
		{ "consent",	required_argument,	NULL, 'c' },
		{ "prescription", required_argument,	NULL, 'p' },
		{ NULL,		0,			NULL, 0 }
	};
	struct note note = { "" }, harden = { "" };
	struct blob page = { 0 };
	struct ask ask = { .staff = NULL };
	struct slip s;
	enum err r;
	int c, ok;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 's')
			ask.staff = optarg;
		else if (c == 'c')
			ask.consent = optarg;
		else if (c == 'p')
			ask.prescription = optarg;
		else
			return (command_usage(slip_usage));
	}
	if (optind != argc)
		return (command_usage(slip_usage));
	/* It holds what is personal. */
	(void)secret_harden(&harden);
	tty_catch_signals();
	if ((r = ask_slip(&ask, &s, &note)) == ERR_OK)
		r = page_write(&s, &page);
	ok = r == ERR_OK && fwrite(page.data, 1, page.len, stdout) ==
	    page.len && fflush(stdout) == 0;
	slip_wipe(&s);
	blob_free(&page);
	if (r != ERR_OK)
		return (command_fail(r, &note));
	return (ok ? EXIT_SUCCESS : EXIT_FAILURE);
}
