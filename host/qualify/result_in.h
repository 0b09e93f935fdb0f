#ifndef HOST_QUALIFY_RESULT_IN_H
#define HOST_QUALIFY_RESULT_IN_H

#include "host/qualify/kind.h"
#include "host/qualify/layout.h"
#include "host/qualify/result.h"

/* Inside of a result, for result.c and result_json.c. */
struct result {
	char			*file;		/* name without folder */
	struct kind_name	 name;
	enum result_outcome	 outcome;
	enum err		 err;
	struct blob		 reason[2];	/* by enum err_lang */
	struct blob		 detail;	/* the terminal's own words */
	struct reason_what	 why;
	struct xml		*xml;		/* NULL if unreadable */
	struct layout		 layout;
};

#endif
