#ifndef HOST_PROOF_CONF_H
#define HOST_PROOF_CONF_H

#include "crypto/revocation.h"
#include "crypto/trust.h"

/* What a card is judged by; strings live as long as it. */
struct proof_conf {
	const char		*trust_folder;
	enum trust_mode		 trust_mode;
	struct revocation_conf	 revocation;
};

#endif
