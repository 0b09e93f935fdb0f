#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/base32.h"
#include "host/remote/invite.h"
#include "host/wire/address.h"
#include "host/wire/wire.h"

#define PRINT_SYMBOLS	16	/* of WIRE_CODE_PRINT bytes */
#define SYMBOLS		(DEVICE_CODE + PRINT_SYMBOLS)

/* "0.0.0.0" and "::" are where everybody is listened to, not dialled. */
int
invite_can_dial(const char *address)
{
	struct in6_addr v6;
	struct in_addr v4;
	struct address at;

	if (!address_read(address, &at))
		return (0);
	if (inet_pton(AF_INET, at.host, &v4) == 1)
		return (v4.s_addr != htonl(INADDR_ANY));
	if (inet_pton(AF_INET6, at.host, &v6) == 1)
		return (!IN6_IS_ADDR_UNSPECIFIED(&v6));
	return (1);
}

/* The last group has six. */
static void
write_text(const char plain[SYMBOLS + 1], char out[INVITE_TEXT])
{
	snprintf(out, INVITE_TEXT, "%.5s-%.5s-%.5s-%.5s-%.6s", plain,
	    plain + 5, plain + 10, plain + 15, plain + 20);
}

enum err
invite_make(struct store *s, const struct invite_conf *c, const char *name,
    struct invitation *out, struct note *note)
{
	char plain[SYMBOLS + 1], code[DEVICE_CODE + 1];
	enum err r;

	memset(out, 0, sizeof(*out));
	if (!invite_can_dial(c->address) ||
	    strlen(c->address) >= sizeof(out->address)) {
		note_set(note, "[devices] address: the HOST:PORT that devices "
		    "dial");
		return (ERR_CONF);
	}
	if ((r = device_invite(s, name, code, &out->expires_at, note)) !=
	    ERR_OK)
		return (r);
	memcpy(plain, code, DEVICE_CODE);
	base32_write(c->ca_print, PRINT_SYMBOLS, plain + DEVICE_CODE);
	write_text(plain, out->text);
	snprintf(out->name, sizeof(out->name), "%.32s", name);
	snprintf(out->address, sizeof(out->address), "%.263s", c->address);
	snprintf(out->qr, sizeof(out->qr), "shikaku-device:%s/%s",
	    out->address, out->text);
	secret_cleanse(plain, sizeof(plain));
	secret_cleanse(code, sizeof(code));
	return (ERR_OK);
}
