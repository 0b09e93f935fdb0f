#include <string.h>

#include "host/cli/reader_arg.h"

enum err
reader_arg(const struct cli *cli, char out[CONF_VALUE])
{
	const char *r = cli->reader != NULL ? cli->reader : cli->conf->reader;
	int n;

	n = snprintf(out, CONF_VALUE, "%s%s",
	    strchr(r, ':') == NULL ? "pcsc:" : "", r);
	return (n >= 0 && n < CONF_VALUE ? ERR_OK : ERR_USAGE);
}

enum err
reader_new(const struct cli *cli, char out[CONF_VALUE], struct note *note)
{
	struct note why = { "too long" };

	if (reader_arg(cli, out) == ERR_OK &&
	    conf_transport(out, &why) == ERR_OK)
		return (ERR_OK);
	note_set(note, "--reader: %s", why.text);
	return (ERR_USAGE);
}

enum err
reader_transport(const struct cli *cli, char out[CONF_VALUE],
    struct note *note)
{
	char named[CONF_VALUE];
	enum err r;

	if ((r = reader_arg(cli, named)) != ERR_OK) {
		note_set(note, "--reader");
		return (r);
	}
	return (conf_reader(cli->conf, named, out, note));
}
