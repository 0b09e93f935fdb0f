#ifndef HOST_EXPORT_ORCA_IN_H
#define HOST_EXPORT_ORCA_IN_H

#include "crypto/uuid.h"
#include "host/export/orca.h"
#include "host/qualify/folder.h"

/*
 * Shared by the files of the hand-over: the way of a file from what was
 * written beside to what 日レセ may take, some at a time.
 */
#define ORCA_TARGET	"orca"
#define ORCA_FILE	160	/* bytes of a name with its 0 */
#define ORCA_STAGE	(sizeof(FOLDER_STAGE) + UUID_LEN + 4)
#define ORCA_BATCH	64	/* files between two commits */

/* A file in the making. */
struct part {
	char	finding[UUID_LEN], file[ORCA_FILE], stage[ORCA_STAGE];
	int64_t	nth;
	int	lost;		/* another program was first */
};

/* One export in the making. */
struct run {
	const struct orca_conf	*conf;
	const struct orca_ask	*ask;
	struct store		*store;
	struct folder		*folder;
	json_t			*files, *before, *left_out;
	struct note		*note;
	size_t			 made, left;
	size_t			 n;	/* staged, not yet shown */
	struct part		 part[ORCA_BATCH];
};

/* What an earlier export of a finding left. */
struct earlier {
	int64_t	nth, at;	/* nth 0: none */
	char	file[ORCA_FILE];
};

/* nth 0 where there is none. */
enum err	orca_earlier(struct store *, const char *finding,
		    struct earlier *);
/* Into the list of those that were handed over before. */
enum err	orca_before(struct run *, const char *finding,
		    const struct earlier *);

/*
 * One more of the batch, written beside; a full batch is flushed.  ERR_FOREIGN
 * when its name is taken.
 */
enum err	orca_stage(struct run *, const char *finding,
		    const struct blob *xml, int64_t nth, int64_t now);
/* 1 if it is in the batch already. */
int		orca_staged(const struct run *, const char *finding);
/* Notes what was staged and shows it, in this order whatever happens. */
enum err	orca_flush(struct run *);
/* Takes away what was staged and will not be noted; lost: of those alone that
 * another program was first with. */
void		orca_drop(struct run *, int lost);

/* The rest of the way of one whose row is there. */
enum err	orca_show(struct folder *, const struct part *, struct note *);
enum err	orca_placed(struct store *, const struct part *);

#endif
