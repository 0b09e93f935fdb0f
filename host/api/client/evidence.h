#ifndef HOST_API_CLIENT_EVIDENCE_H
#define HOST_API_CLIENT_EVIDENCE_H

#include <openssl/evp.h>

#include "host/api/client/body.h"
#include "host/api/client/stamp.h"
#include "host/api/shikaku.h"

/*
 * evidence: what the kiosk's face match found, signed with the kiosk's
 * Ed25519 key over the lines openapi.yaml names.
 */

/* PEM, private as file.h wants it, no pass phrase.  The caller frees *key. */
enum shikaku_err	evidence_key(const char *path, EVP_PKEY **key,
			    struct shikaku_problem *);
/* 1 if openapi.yaml allows the match to be submitted. */
int			evidence_is_possible(const struct shikaku_match *);
/*
 * The body of the request, which the caller ends; at is the time of
 * stamp_now.
 */
enum shikaku_err	evidence_body(struct body *, EVP_PKEY *,
			    const struct shikaku_visit *,
			    const struct shikaku_match *,
			    const char at[STAMP_SIZE]);

#endif
