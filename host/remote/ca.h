#ifndef HOST_REMOTE_CA_H
#define HOST_REMOTE_CA_H

#include <openssl/x509.h>

#include "host/wire/wire.h"

/*
 * The folder of the agent's keys for devices, [devices] folder: mode 0700,
 * its keys 0600, PEM.
 *
 *	ca.crt ca.key		the CA: 20 years
 *	server.crt server.key	the agent's side of the link
 *	seal.crt seal.key	records are sealed to it
 *	ticket.key		Ed25519: signs tickets
 *
 * All of it is made together, or nothing; keys are never replaced.  Who loses
 * the folder enrols every device again, and cannot open what they hold.
 */
#define CA_DAYS		7305	/* 20 years */
#define CA_LEAF_DAYS	730	/* ours; devices' are the CA's */
#define CA_RENEW_DAYS	90	/* before their end */

struct ca;

/*
 * Makes the folder when it is missing or empty, and new certificates of ours
 * in the place of those that end soon.  ERR_DEVICE_KEY names the file that is
 * missing, open to others, of somebody else, or does not fit the rest.
 */
enum err	ca_open(const char *folder, struct ca **, struct note *);
void		ca_close(struct ca **);		/* NULL fine; sets NULL */
/* Only looks: nothing is made or renewed.  *made 0: missing or empty, which is
 * fine until the first start where it can be made. */
enum err	ca_check(const char *folder, int *made, struct note *);

/* New certificates where they end soon: *renewed 1 when there was one.  One
 * thread at a time. */
enum err	ca_renew(struct ca *, int *renewed, struct note *);

/* What wire_server_open needs; the ca's. */
struct wire_conf ca_wire(const struct ca *);
/* Of the CA's key, WIRE_PRINT bytes; the ca's. */
const uint8_t	*ca_print(const struct ca *);
const X509	*ca_cert(const struct ca *);
/* A device's certificate for this key; the caller frees it. */
enum err	ca_issue(const struct ca *, EVP_PKEY *, X509 **);

/* A reference of the caller's: the certificate may be renewed meanwhile. */
X509		*ca_seal_cert(struct ca *);
EVP_PKEY	*ca_seal_key(const struct ca *);	/* the ca's */
EVP_PKEY	*ca_ticket_key(const struct ca *);	/* the ca's */

#endif
