#ifndef HOST_REMOTE_DEVICE_H
#define HOST_REMOTE_DEVICE_H

#include "base/err.h"
#include "host/store/store.h"

/*
 * Who may dial the agent: the devices that were enrolled, each known by the
 * print of its key and nothing else.  A name is for people and transport
 * strings; one that was revoked may be given to another device.
 */
#define DEVICE_NAME	33	/* a-z 0-9 -, begins with letter or digit; + 0 */
#define DEVICE_PRINT	32	/* SHA-256 of a SubjectPublicKeyInfo */
#define DEVICE_CODE	10	/* symbols of an invitation's code: 50 bits */
#define DEVICE_CODE_MS	(15 * 60 * 1000)

struct device {
	char	name[DEVICE_NAME];
	uint8_t	print[DEVICE_PRINT];
	int64_t	created_at, last_seen, revoked_at;	/* 0: not */
};

/* 1 if it can be a device's name. */
int		device_is_name(const char *);

/* ERR_NO_DEVICE; revoked ones are found too. */
enum err	device_get(struct store *, const char *name,
		    struct device *);
/* The one that may connect with this key: ERR_LINK_REVOKED. */
enum err	device_find(struct store *, const uint8_t print[DEVICE_PRINT],
		    struct device *);
typedef enum err device_each(void *ctx, const struct device *);
enum err	device_list(struct store *, device_each *, void *ctx);
/* It was connected now. */
enum err	device_seen(struct store *,
		    const uint8_t print[DEVICE_PRINT]);
/* Kiosks whose reader it is go with it.  ERR_NO_DEVICE, ERR_USAGE: that is no
 * name, ERR_ROW: another's. */
enum err	device_rename(struct store *, const char *name,
		    const char *to, struct note *);
/* For good, and its invitation with it; ERR_NO_DEVICE when there is neither.
 * Its connections are another's to close. */
enum err	device_revoke(struct store *, const char *name);

/*
 * A one-time code of DEVICE_CODE symbols for a name that is not in use; an
 * older one of that name ends.  The store keeps its SHA-256.  ERR_USAGE: that
 * is no name; ERR_ROW: it is in use.
 */
enum err	device_invite(struct store *, const char *name,
		    char code[DEVICE_CODE + 1], int64_t *expires_at,
		    struct note *);
/*
 * The code is spent and the device is in the list, or neither: ERR_CODE;
 * ERR_LINK_REVOKED: the key was in the list before; ERR_ROW: the name has
 * come into use meanwhile.
 */
enum err	device_enrol(struct store *, const char *code,
		    const uint8_t print[DEVICE_PRINT], struct device *);
typedef enum err device_invited(void *ctx, const char *name,
		    int64_t expires_at);
enum err	device_invitations(struct store *, device_invited *,
		    void *ctx);

#endif
