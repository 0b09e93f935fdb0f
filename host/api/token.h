#ifndef HOST_API_TOKEN_H
#define HOST_API_TOKEN_H

#include "host/api/clients.h"

/*
 * The secrets a client shows: its token, and before that a one-time code.
 * What the store keeps is their SHA-256.  Neither salt nor stretching is
 * needed: nobody guesses 256 random bits, nor 50 of them within the code's
 * quarter of an hour at the rate the agent answers.
 */
#define TOKEN_DIGEST	65	/* lower-case hex + 0 */

/* 32 random bytes in base64url without padding; ERR_LIB. */
enum err	token_make(char token[CLIENT_TOKEN]);
/* ERR_NO_TOKEN when it has not the form of one. */
enum err	token_digest(const char *token, char digest[TOKEN_DIGEST]);

/* "ABCDE-FGHJK", Crockford's base32; ERR_LIB. */
enum err	code_make(char code[CLIENT_CODE]);
/*
 * Of a code as it was typed: any case, I and L for 1, O for 0, without its
 * hyphen.  ERR_CODE when it has not the form of one.
 */
enum err	code_digest(const char *code, char digest[TOKEN_DIGEST]);

#endif
