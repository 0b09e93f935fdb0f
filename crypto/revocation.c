#include <stdio.h>

#include <openssl/err.h>

#include "crypto/crl.h"
#include "crypto/ocsp.h"
#include "crypto/revocation.h"
#include "crypto/url.h"

static enum revocation
ask(const struct revocation_conf *conf, X509 *leaf, X509 *issuer,
    int64_t now, struct note *why)
{
	switch (conf->how) {
	case REVOCATION_OFF:
		break;
	case REVOCATION_CRL:
		return (crl_check(conf->crl_file, leaf, issuer, now, why));
	case REVOCATION_OCSP:
		return (ocsp_check(conf, leaf, issuer, now, why));
	}
	note_set(why, "not checked");
	return (REVOCATION_UNKNOWN);
}

enum revocation
revocation_check(const struct revocation_conf *conf, X509 *leaf,
    X509 *issuer, int64_t now, char *why, size_t why_len)
{
	struct note note = { "" };
	enum revocation status;

	status = ask(conf, leaf, issuer, now, &note);
	snprintf(why, why_len, "%s", note.text);
	ERR_clear_error();
	return (status);
}

const char *
revocation_name(enum revocation status)
{
	static const char *const names[] = {
		[REVOCATION_UNKNOWN] = "unknown",
		[REVOCATION_GOOD] = "good",
		[REVOCATION_REVOKED] = "revoked",
	};

	return ((unsigned)status < sizeof(names) / sizeof(names[0]) ?
	    names[status] : names[REVOCATION_UNKNOWN]);
}

int
revocation_url_ok(const char *url)
{
	struct url u;

	return (url_cut(url, &u) == ERR_OK);
}
