#ifndef HOST_API_CLIENTS_H
#define HOST_API_CLIENTS_H

#include "base/err.h"
#include "host/store/store.h"

/*
 * Who may talk to the agent: programs and pages, one token each.  The store
 * holds digests of tokens and codes, never themselves.
 */
#define ROLE_LIST(X)							\
/* X(code word, word, Japanese, English) */				\
X(KIOSK,	"kiosk",	"受付端末", "kiosk")			\
X(DESK,		"desk",		"窓口", "staff desk")			\
X(MEDICAL,	"medical",	"医療情報閲覧", "medical information")	\
X(ADMIN,	"admin",	"管理者", "administrator")		\
X(MONITOR,	"monitor",	"監視", "monitoring")

enum role {
#define ROLE_ENUM(id, word, ja, en) ROLE_##id,
	ROLE_LIST(ROLE_ENUM)
#undef ROLE_ENUM
	ROLES
};

const char	*role_word(enum role);
const char	*role_label(enum role, enum err_lang);
/* ERR_USAGE when there is no such role. */
enum err	 role_named(const char *, enum role *);

#define CLIENT_NAME	33	/* a-z 0-9 -, begins with letter or digit; + 0 */
#define CLIENT_READER	512
#define CLIENT_TOKEN	44	/* 32 random bytes in base64url, + 0 */
#define CLIENT_DIGEST	65	/* SHA-256 of the token, hex + 0 */
#define CLIENT_CODE	12	/* "ABCDE-FGHJK" + 0: 50 bits, no I L O U */
#define CLIENT_CODE_MS	(15 * 60 * 1000)
#define CLIENT_KEY	32	/* Ed25519, RFC 8032 5.1.5 */

struct client {
	char		name[CLIENT_NAME];
	enum role	role;
	int		home;		/* a phone or tablet on home visits */
	char		reader[CLIENT_READER];	/* transport string; kiosks */
	int		enrolled;	/* it has a token, of which … */
	char		token[CLIENT_DIGEST];	/* … the digest */
	int		has_key;
	uint8_t		key[CLIENT_KEY];	/* for face evidence */
	int64_t		created_at, started_at, revoked_at;	/* 0: not */
};

/* ERR_USAGE names what is wrong with it: the name, a home client or one with
 * a reader that is no kiosk; ERR_ROW: the name was used before. */
enum err	clients_add(struct store *, const struct client *,
		    struct note *);
/* ERR_NO_CLIENT; revoked ones are found too. */
enum err	clients_get(struct store *, const char *name,
		    struct client *);
typedef enum err clients_each(void *ctx, const struct client *);
enum err	clients_list(struct store *, clients_each *, void *ctx);
enum err	clients_revoke(struct store *, const char *name);
/* A PEM file with an Ed25519 public key; NULL takes the key away. */
enum err	clients_key(struct store *, const char *name,
		    const char *file, struct note *);
enum err	clients_reader(struct store *, const char *name,
		    const char *reader);
enum err	clients_started(struct store *, const char *name);

/* A new token; the one before ends.  The caller wipes it. */
enum err	clients_token(struct store *, const char *name,
		    char token[CLIENT_TOKEN]);
/* A one-time code; an older one of this client ends. */
enum err	clients_code(struct store *, const char *name,
		    char code[CLIENT_CODE], int64_t *expires_at);
/* Exchanges it, with or without the hyphen and in any case; ERR_CODE. */
enum err	clients_enrol(struct store *, const char *code,
		    char token[CLIENT_TOKEN], struct client *);
/* By the digest of its token; ERR_NO_TOKEN when it is nobody's any more. */
enum err	clients_holding(struct store *, const char *digest,
		    struct client *);
/* ERR_NO_TOKEN when it is none, or revoked. */
enum err	clients_find(struct store *, const char *token,
		    struct client *);

#endif
