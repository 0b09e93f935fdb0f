#ifndef HOST_DOCUMENT_HOOK_H
#define HOST_DOCUMENT_HOOK_H

#include "host/document/document.h"
#include "host/qualify/job.h"

/*
 * Documents of many patients as a job (host/qualify/job.h), each by his own
 * consent: one without it ends with that error, and the others go on.  data
 * of the job: {"form": "pdf"|"xml", "treatments": bool}, both may be left
 * out.
 */
#define HOOK_ROWS	3	/* with the row that ends them */

/* The conf must outlive them. */
void	hook_documents(const struct document_conf *, struct job_hook [HOOK_ROWS]);

#endif
