#ifndef HOST_STORE_JOINT_H
#define HOST_STORE_JOINT_H

#include "host/store/store.h"

/*
 * A transaction of one's own, or the caller's where there is one: for what
 * must be whole and is also part of something larger.
 */
enum err	joint_begin(struct store *, int *mine);
/* r ERR_OK: commits what is mine.  Else rolls it back; the caller's is his to
 * roll back.  Returns r, or the error of the commit. */
enum err	joint_end(struct store *, int mine, enum err r);

#endif
