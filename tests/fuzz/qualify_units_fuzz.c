#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "host/qualify/pack.h"
#include "host/qualify/units.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static enum err
see(void *ctx, size_t unit, const struct result *r)
{
	(void)unit;
	(void)r;
	++*(size_t *)ctx;
	return (ERR_OK);
}

/*
 * The first byte is the length of a stretch.  Where a border falls changes
 * nothing, and what the whole file is counted to have comes one by one.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct pack p = { "OQSmuhvq02res_202611200001.xml", data + 1,
	    len - 1, 0 };
	struct result *head = NULL;
	struct units *u = NULL;
	size_t n = 0, step;
	enum err r;

	if (len < 1 || (step = data[0]) == 0)
		return (0);
	if ((r = units_new(NULL, NULL, &u)) != ERR_OK)
		abort();
	for (size_t i = 0; i < p.len && r == ERR_OK; i += step)
		r = units_feed(u, data + 1 + i, p.len - i < step ? p.len - i :
		    step);
	if (r == ERR_OK)
		r = units_end(u);
	if (pack_read_head(&p, &head) == ERR_OK && r == ERR_OK &&
	    result_units(head) != units_count(u))
		abort();
	if (r == ERR_OK && pack_units(&p, 0, see, &n) == ERR_OK &&
	    n != units_count(u))
		abort();
	result_free(&head);
	units_free(&u);
	return (0);
}
