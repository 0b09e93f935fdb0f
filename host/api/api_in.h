#ifndef HOST_API_API_IN_H
#define HOST_API_API_IN_H

#include "host/api/alarm.h"
#include "host/api/api.h"
#include "host/api/count.h"
#include "host/api/unlock.h"
#include "host/visit/passcode.h"

/* Inside of struct api, for the files of this room. */
struct api {
	struct api_conf	 conf;
	struct unlocks	*unlocks;
	struct alarm	 alarm;
	struct count	*count;
	/* Wrong enrolment codes: how many, since when (clock_ms()). */
	int		 wrong_codes;
	int64_t		 wrong_since;
	/* Passcodes that were valid when they were last looked at. */
	char		 valid[PASSCODE_VALID_MAX][PASSCODE_ID];
	size_t		 valid_n;
	int		 forget;	/* the store still holds what was deleted */
	int64_t		 pruned;	/* clock_ms() of the last time */
};

#endif
