#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/sanitizer.h"
#include "base/secret.h"
#include "base/wipe.h"

enum err
secret_set(struct secret *s, const void *data, size_t len)
{
	secret_wipe(s);
	if (len > sizeof(s->data))
		return (ERR_TOOBIG);
	/* Best effort: secret_harden said at start-up if it is refused. */
	(void)mlock(s, sizeof(*s));
	memcpy(s->data, data, len);
	s->len = len;
	return (ERR_OK);
}

void
secret_wipe(struct secret *s)
{
	if (s != NULL)
		OPENSSL_cleanse(s, sizeof(*s));
}

void
secret_cleanse(void *p, size_t len)
{
	if (p != NULL)
		OPENSSL_cleanse(p, len);
}

#if SANITIZED
/* LeakSanitizer traces its own process, which must stay dumpable for it. */
static int
hide(void)
{
	return (0);
}
#else
static int
hide(void)
{
	return (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}
#endif

enum err
secret_harden(struct note *note)
{
	const struct rlimit none = { 0, 0 };
	static uint8_t probe[SECRET_MAX];

	wipe_start();
	if (setrlimit(RLIMIT_CORE, &none) != 0 || hide() != 0) {
		note_set(note, "core dumps stay on: %s", strerror(errno));
		return (ERR_SYS);
	}
	if (mlock(probe, sizeof(probe)) != 0) {
		note_set(note, "memory may be swapped: %s", strerror(errno));
		return (ERR_SYS);
	}
	return (ERR_OK);
}
