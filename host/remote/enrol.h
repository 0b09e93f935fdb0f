#ifndef HOST_REMOTE_ENROL_H
#define HOST_REMOTE_ENROL_H

#include "base/buf.h"
#include "host/remote/ca.h"
#include "host/remote/device.h"

/*
 * The agent's end of an enrolment.  A code is guessed at from anywhere, so
 * five wrong ones in a minute hold all of them off for a minute.
 */
#define ENROL_WRONG	5
#define ENROL_WRONG_MS	60000

struct enrol_gate {
	int	wrong;
	int64_t	since;		/* clock_ms() of the first of them */
};

struct enrol {
	struct store		*store;
	const struct ca		*ca;
	struct enrol_gate	*gate;
};

/*
 * Answers ENROL: its payload, and the reply's body.  One at a time for a gate
 * and a store.  ERR_CODE, ERR_TOO_MANY, ERR_LAYOUT, ERR_CERT_FORM,
 * ERR_LINK_REVOKED (the key was in the list before), ERR_ROW (the name has
 * come into use): nothing was changed, and out is as it was.
 */
enum err	enrol_serve(const struct enrol *, struct buf payload,
		    struct blob *out, struct device *, struct note *);

#endif
