#include <string.h>

#include "host/cli/new_file.h"
#include "host/cli/token_file.h"

enum err
token_file_write(const char *path, const char *token, struct note *note)
{
	const struct buf parts[] = {
		{ (const uint8_t *)token, strlen(token) },
		{ (const uint8_t *)"\n", 1 },
	};

	return (new_file_write(path, parts, 2, note));
}
