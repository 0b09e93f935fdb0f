#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sanitizer.h"
#include "base/wipe.h"

void
wipe_start(void)
{
}

#if SANITIZED || !defined(__GLIBC__)

int
wipe_active(void)
{
	return (0);
}

#else

/* glibc's own, under the names it keeps for programs that replace them. */
extern void	__libc_free(void *);

int
wipe_active(void)
{
	return (1);
}

void
free(void *p)
{
	int saved = errno;

	if (p == NULL)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	__libc_free(p);
	errno = saved;
}

/* Never moves a block by itself: the old place would keep its bytes. */
void *
realloc(void *old, size_t size)
{
	size_t had;
	void *p;

	if (old == NULL)
		return (malloc(size));
	if (size == 0) {
		free(old);
		return (NULL);
	}
	had = malloc_usable_size(old);
	if (size <= had && size > had / 2)
		return (old);
	if ((p = malloc(size)) == NULL)
		return (NULL);
	memcpy(p, old, had < size ? had : size);
	free(old);
	return (p);
}

#endif
