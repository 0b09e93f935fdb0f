#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/secret.h"
#include "base/wipe.h"

/* What the heap itself writes into a free block: two pointers. */
#define HEAP_OWN 16
#define BLOCK	 200

/* Through pointers, so that the compiler does not know what they end. */
static void	(*volatile release)(void *) = free;
static void	*(*volatile resize)(void *, size_t) = realloc;

/* Reads a block that is free: only where no sanitizer watches. */
static int
is_wiped(const volatile uint8_t *p, size_t len)
{
	for (size_t i = HEAP_OWN; i < len; i++) {
		if (p[i] != 0)
			return (0);
	}
	return (1);
}

static uint8_t *
filled(uintptr_t *where)
{
	uint8_t *p = malloc(BLOCK);

	assert_non_null(p);
	memset(p, 0xa5, BLOCK);
	*where = (uintptr_t)p;
	return (p);
}

static void
start(void)
{
	(void)secret_harden(NULL);
	if (!wipe_active()) {
		print_message("skipped, because the sanitizer has its heap\n");
		skip();
	}
}

static void
freed(void **state)
{
	uintptr_t was;

	(void)state;
	start();
	release(filled(&was));
	assert_true(is_wiped((const volatile uint8_t *)was, BLOCK));
}

static void
moved(void **state)
{
	uintptr_t was;
	uint8_t *p;

	(void)state;
	start();
	p = resize(filled(&was), 100 * BLOCK);
	assert_non_null(p);
	assert_int_equal(p[BLOCK - 1], 0xa5);
	assert_true(is_wiped((const volatile uint8_t *)was, BLOCK));
	release(p);
}

static void
realloc_keeps_its_promises(void **state)
{
	uintptr_t was;
	uint8_t *p;

	(void)state;
	start();
	p = resize(NULL, BLOCK);
	assert_non_null(p);
	memset(p, 7, BLOCK);
	p = resize(p, BLOCK / 4);
	assert_non_null(p);
	assert_int_equal(p[BLOCK / 4 - 1], 7);
	assert_null(resize(p, 0));
	p = filled(&was);
	assert_null(resize(p, SIZE_MAX / 2));
	assert_int_equal(p[BLOCK - 1], 0xa5);
	release(p);
	release(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(freed),
		cmocka_unit_test(moved),
		cmocka_unit_test(realloc_keeps_its_promises),
	};

	return (cmocka_run_group_tests(tests, NULL, NULL));
}
