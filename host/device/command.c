#include <stdio.h>
#include <stdlib.h>

#include "host/device/command.h"
#include "host/tty/tty.h"

static const struct {
	enum err	err;
	int		code;
} by_err[] = {
	{ ERR_OK,		EXIT_SUCCESS },
	{ ERR_USAGE,		COMMAND_USAGE },
	{ ERR_LINK_REVOKED,	COMMAND_REVOKED },
	{ ERR_NO_AGENT,		COMMAND_NO_AGENT },
	{ ERR_TIMEOUT,		COMMAND_NO_AGENT },
	{ ERR_NOT_FOUND,	COMMAND_SETUP },
};

/* Where err.h sends people to a program that this device does not have. */
static const struct {
	enum err	err;
	const char	*ja, *en;
} nexts[] = {
	{ ERR_USAGE,
	    "shikaku-reader コマンド --help をご覧ください",
	    "see shikaku-reader COMMAND --help" },
	{ ERR_CONF,
	    "shikaku-reader --help と --list で指定を確かめてください",
	    "see shikaku-reader --help, and --list for the readers" },
	{ ERR_FOLDER,
	    "フォルダの場所・所有者・権限(0700)を確かめてください",
	    "check the folder's path, owner and rights (0700)" },
	{ ERR_NOT_FOUND,
	    "名前と権限を確かめてください。未登録の機器は shikaku-reader enrol "
	    "で登録します",
	    "check the name and the rights; not enrolled yet: "
	    "shikaku-reader enrol" },
	{ ERR_LINK_REVOKED,
	    "受付で招待し直し、shikaku-reader enrol で別のフォルダに登録して"
	    "ください",
	    "have the desk invite the device again, then shikaku-reader enrol "
	    "with another folder" },
	{ ERR_NO_ANCHOR,
	    "院内の trust フォルダのファイルを、この機器の フォルダ/trust に"
	    "コピーしてください",
	    "copy the files of the clinic's trust folder into DIR/trust" },
	{ ERR_ANCHOR_EXPIRED,
	    "院内の trust フォルダの新しいファイルを、この機器の フォルダ/trust に"
	    "コピーしてください",
	    "copy the new files of the clinic's trust folder into DIR/trust" },
	{ ERR_CERT_CHAIN,
	    "フォルダ/trust のファイルが院内のものと同じか確かめてください",
	    "compare the files in DIR/trust with the clinic's trust folder" },
	{ ERR_CERT_NOT_YET,
	    "この機器の時計を確かめてください",
	    "check this device's clock" },
	{ ERR_CERT_TEST,
	    "試験用のカードと証明書は --test を付けたときだけ使えます",
	    "test cards and test roots work only with --test" },
	{ ERR_NO_READER,
	    "ケーブルを確かめ、shikaku-reader --list で確認してください",
	    "check the cable, then: shikaku-reader --list" },
	{ ERR_READER_AMBIGUOUS,
	    "shikaku-reader --list の一覧から1台を指定してください",
	    "name one reader exactly: see shikaku-reader --list" },
};

static const char *
next_of(enum err r, enum err_lang lang)
{
	for (size_t i = 0; i < sizeof(nexts) / sizeof(nexts[0]); i++) {
		if (nexts[i].err == r)
			return (lang == ERR_JA ? nexts[i].ja : nexts[i].en);
	}
	return (err_next(r, lang));
}

static int
exit_of(enum err r)
{
	for (size_t i = 0; i < sizeof(by_err) / sizeof(by_err[0]); i++) {
		if (by_err[i].err == r)
			return (by_err[i].code);
	}
	return (err_class(r) == EC_SETUP ? COMMAND_SETUP : EXIT_FAILURE);
}

int
command_fail(enum err r, const struct note *note)
{
	return (command_fail_then(r, note, next_of(r, tty_lang())));
}

int
command_fail_then(enum err r, const struct note *note, const char *next)
{
	enum err_lang lang = tty_lang();

	fprintf(stderr, "shikaku-reader: %s%s%s%s\n", err_text(r, lang),
	    note->text[0] != '\0' ? " (" : "", note->text,
	    note->text[0] != '\0' ? ")" : "");
	if (next[0] != '\0')
		fprintf(stderr, "  %s\n", next);
	return (exit_of(r));
}

int
command_usage(const char *usage)
{
	fputs(usage, stderr);
	return (COMMAND_USAGE);
}

const char *
command_say(const char *ja, const char *en)
{
	return (tty_lang() == ERR_JA ? ja : en);
}
