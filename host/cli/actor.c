#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/actor.h"

void
actor_of(const struct cli *cli, struct actor *a)
{
	const struct passwd *pw = getpwuid(getuid());

	if (pw != NULL)
		snprintf(a->client, sizeof(a->client), "cli:%s", pw->pw_name);
	else
		snprintf(a->client, sizeof(a->client), "cli:%u",
		    (unsigned)getuid());
	a->who = (struct audit_who){ a->client,
	    cli->staff == NULL ? "" : cli->staff,
	    cli->reason == NULL ? "" : cli->reason };
}

int
actor_agrees(const struct cli *cli, const char *question)
{
	static const char *const yes[] = { "y", "yes", "Y", "はい" };
	char line[32];

	if (cli->yes)
		return (1);
	fprintf(stderr, "%s %s ", question, cli_say(cli,
	    "はい(y)/いいえ(n)", "y/n"));
	if (fgets(line, sizeof(line), stdin) == NULL)
		return (0);
	line[strcspn(line, "\r\n")] = '\0';
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (strcmp(line, yes[i]) == 0)
			return (1);
	return (0);
}
