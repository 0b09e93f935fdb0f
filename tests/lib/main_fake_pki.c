#include <stdio.h>
#include <sysexits.h>

#include "tests/lib/fake_pki.h"

int
main(int argc, char **argv)
{
	struct note note = { "" };
	enum err r;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, "usage: fake-pki FOLDER\n"
		    "makes roots/, keys/ and cards/ in it; "
		    "tests/lib/README.md says what is what\n");
		return (EX_USAGE);
	}
	if ((r = fake_pki_make(argv[1], &note)) != ERR_OK) {
		fprintf(stderr, "fake-pki: %s%s%s\n",
		    err_text(r, ERR_EN), note.text[0] != '\0' ? ": " : "",
		    note.text);
		return (EX_CANTCREAT);
	}
	return (EX_OK);
}
