#ifndef TESTS_UNIT_API_STORE_H
#define TESTS_UNIT_API_STORE_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/store/store.h"
#include "tests/lib/fake_clock.h"

/* A store in a folder of its own, for one test; the clock stands. */
#define STORE_START	INT64_C(1795132800000)	/* 2026-11-20 */

static char store_dir[64], store_path[96];
static struct store *st;

static int
store_up(void **state)
{
	(void)state;
	fake_clock_set(STORE_START);
	snprintf(store_dir, sizeof(store_dir), "/tmp/api_store.XXXXXX");
	if (mkdtemp(store_dir) == NULL)
		return (-1);
	snprintf(store_path, sizeof(store_path), "%s/shikaku.db", store_dir);
	return (store_open(store_path, &st, NULL) == ERR_OK ? 0 : -1);
}

static int
store_down(void **state)
{
	char name[512];
	struct dirent *e;
	DIR *d;

	(void)state;
	store_close(&st);
	if ((d = opendir(store_dir)) == NULL)
		return (-1);
	while ((e = readdir(d)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", store_dir, e->d_name);
		unlink(name);
	}
	closedir(d);
	return (rmdir(store_dir));
}

#endif
