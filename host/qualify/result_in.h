#ifndef HOST_QUALIFY_RESULT_IN_H
#define HOST_QUALIFY_RESULT_IN_H

#include "host/qualify/kind.h"
#include "host/qualify/layout.h"
#include "host/qualify/result.h"

/*
 * Inside of a result, for result.c, result_json.c and pack.c.
 *
 * Of a bulk result its units may have been cut out, and be counted; one of
 * them may stand there alone, with the header, which counts them all.
 */
enum result_part { RESULT_WHOLE, RESULT_HEAD, RESULT_UNIT };

struct result {
	enum result_part	 part;
	size_t			 units;		/* of RESULT_HEAD */
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

/* XML whatever the name's extension says; else as result_read. */
enum err	result_read_part(const char *file, const void *, size_t,
		    enum result_part, size_t units, struct result **out);
/* Refused, or with ERR_HALF waiting, for this reason instead of its own;
 * ERR_NOMEM. */
enum err	result_refuse(struct result *, enum err, const struct reason_what *);

/*
 * What a finding keeps of a single result or of a unit (finding.h); NULL when
 * out of memory.
 */
json_t		*result_finding_json(const struct result *);

#endif
