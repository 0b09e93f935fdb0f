#include <sys/syscall.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/*
 * Preloaded into a program: its machine has slept for as many more seconds as
 * the file $CLOCK_JUMP says, as far as CLOCK_BOOTTIME tells.
 */
static long
slept(void)
{
	const char *path = getenv("CLOCK_JUMP");
	long s = 0;
	FILE *f;

	if (path == NULL || (f = fopen(path, "re")) == NULL)
		return (0);
	if (fscanf(f, "%9ld", &s) != 1)
		s = 0;
	fclose(f);
	return (s);
}

/* The program's own comes before that of libc. */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (rc == 0 && id == CLOCK_BOOTTIME)
		ts->tv_sec += slept();
	return (rc);
}
